//! Sorted sets: the exact replies of every command on them.

use std::collections::BTreeSet;

use crate::harness::{Reply, Talk};

const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_INTEGER: &str = "-ERR value is not an integer or out of range";
const SYNTAX: &str = "-ERR syntax error";
const NOT_FLOAT: &str = "-ERR value is not a valid float";
const NOT_BOUND: &str = "-ERR min or max is not a float";
const NOT_LEX: &str = "-ERR min or max not valid string range item";
const NOT_POSITIVE: &str = "-ERR value is out of range, must be positive";

#[test]
fn members_are_added_and_scored() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        ("ZADD z 1 a", ":1"),
        ("ZADD z 1 a 2 b", ":1"),
        ("ZADD z NX 5 a", ":0"),
        ("ZADD z XX 5 a", ":0"),
        ("ZADD z XX CH 6 a 7 b 8 c", ":2"),
        (
            "ZADD z NX XX 1 a",
            "-ERR XX and NX options at the same time are not compatible",
        ),
        (
            "ZADD z GT LT 1 a",
            "-ERR GT, LT, and/or NX options at the same time are not compatible",
        ),
        (
            "ZADD z GT NX 1 a",
            "-ERR GT, LT, and/or NX options at the same time are not compatible",
        ),
        (
            "ZADD z LT NX 1 a",
            "-ERR GT, LT, and/or NX options at the same time are not compatible",
        ),
        ("ZADD z GT 1 a", ":0"),
        ("ZADD z GT CH 10 a", ":1"),
        ("ZADD z LT CH 1 a", ":1"),
        ("ZADD z INCR 5 a", "'6'"),
        ("ZADD z NX INCR 5 a", "nil"),
        ("ZADD z XX INCR 5 nope", "nil"),
        (
            "ZADD z INCR 5 a 6 b",
            "-ERR INCR option supports a single increment-element pair",
        ),
        ("ZADD z GT INCR -1 a", "nil"),
        ("ZADD z LT INCR -1 a", "'5'"),
        ("ZADD z INCR nan a", NOT_FLOAT),
        ("ZADD z nan a", NOT_FLOAT),
        ("ZADD z 1 a x", SYNTAX),
        ("ZADD z x a", NOT_FLOAT),
        ("ZADD z 1 a x b", NOT_FLOAT),
        ("ZADD z 1 a 2", SYNTAX),
        (
            "ZADD z NX",
            "-ERR wrong number of arguments for 'zadd' command",
        ),
        ("ZADD z NX 1", SYNTAX),
        ("ZADD z foo 1 a", SYNTAX),
        (
            "ZADD z CH",
            "-ERR wrong number of arguments for 'zadd' command",
        ),
        ("ZADD s x a", NOT_FLOAT),
        ("ZADD s 1 a", WRONG_TYPE),
        (
            "ZADD s NX XX 1 a",
            "-ERR XX and NX options at the same time are not compatible",
        ),
        ("ZADD z inf i -inf mi", ":2"),
        (
            "ZADD z INCR -inf i",
            "-ERR resulting score is not a number (NaN)",
        ),
        ("ZADD z +inf i2 1e400 x", NOT_FLOAT),
        (r#"ZADD z " 1" sp"#, NOT_FLOAT),
        ("ZADD z 1e-400 un", NOT_FLOAT),
        ("ZADD nz XX 1 a", ":0"),
        ("ZADD nz XX INCR 1 a", "nil"),
        ("EXISTS nz", ":0"),
        ("ZINCRBY z x a", NOT_FLOAT),
        ("ZINCRBY z nan a", NOT_FLOAT),
        ("ZINCRBY z inf i", "'inf'"),
        (
            "ZINCRBY z -inf i",
            "-ERR resulting score is not a number (NaN)",
        ),
        ("ZINCRBY z 1.1 a", "'6.1'"),
        ("ZINCRBY s 1 a", WRONG_TYPE),
        ("ZINCRBY s x a", NOT_FLOAT),
        ("ZINCRBY s nx a", SYNTAX),
        ("ZMSCORE z a nope b", "['6.1', nil, '7']"),
        ("ZMSCORE nokey a b", "[nil, nil]"),
        ("ZMSCORE s a", WRONG_TYPE),
        ("ZSCORE nokey a", "nil"),
        ("ZSCORE z nope", "nil"),
        ("ZREM z a nope a", ":1"),
        ("ZREM nokey a", ":0"),
        ("ZREM s a", WRONG_TYPE),
        ("ZCARD z", ":3"),
        ("ZCARD nokey", ":0"),
        ("ZCARD s", WRONG_TYPE),
    ]);
}

#[test]
fn members_are_looked_up_in_ranges() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        ("ZADD z 1 a 2 b 3 c 4 d 5 e", ":5"),
        ("ZRANK z c", ":2"),
        ("ZRANK z nope", "nil"),
        ("ZRANK nokey a", "nil"),
        ("ZRANK z c WITHSCORE", "[:2, '3']"),
        ("ZREVRANK z c WITHSCORE", "[:2, '3']"),
        ("ZRANK z nope WITHSCORE", "nil[]"),
        ("ZRANK nokey nope WITHSCORE", "nil[]"),
        ("ZRANK z c WITHSCORES", SYNTAX),
        ("ZRANK z c WITHSCORE x", "-ERR wrong number of arguments for 'zrank' command"),
        ("ZRANK s a", WRONG_TYPE),
        ("ZRANGE z 0 -1", "['a', 'b', 'c', 'd', 'e']"),
        ("ZRANGE z 0 -1 WITHSCORES", "['a', '1', 'b', '2', 'c', '3', 'd', '4', 'e', '5']"),
        ("ZRANGE z -2 -1 REV", "['b', 'a']"),
        ("ZRANGE z 10 20", "[]"),
        ("ZRANGE z 5 1", "[]"),
        ("ZRANGE z x 1", NOT_INTEGER),
        ("ZRANGE z 1 x", NOT_INTEGER),
        ("ZRANGE z 0 1 LIMIT 0 1", "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"),
        ("ZRANGE z 0 1 foo", SYNTAX),
        ("ZRANGE z (1 3 BYSCORE WITHSCORES", "['b', '2', 'c', '3']"),
        ("ZRANGE z 3 (1 BYSCORE REV", "['c', 'b']"),
        ("ZRANGE z -inf +inf BYSCORE LIMIT 1 2", "['b', 'c']"),
        ("ZRANGE z -inf +inf BYSCORE LIMIT -1 2", "[]"),
        ("ZRANGE z -inf +inf BYSCORE LIMIT 1 -1", "['b', 'c', 'd', 'e']"),
        ("ZRANGE z -inf +inf BYSCORE LIMIT 1 0", "[]"),
        ("ZRANGE z -inf +inf BYSCORE LIMIT x 0", NOT_INTEGER),
        ("ZRANGE z -inf +inf BYSCORE LIMIT 1 x", NOT_INTEGER),
        ("ZRANGE z -inf +inf BYSCORE LIMIT 1", SYNTAX),
        ("ZRANGE z nan 3 BYSCORE", NOT_BOUND),
        ("ZRANGE z x 3 BYSCORE", NOT_BOUND),
        ("ZRANGE z (x 3 BYSCORE", NOT_BOUND),
        ("ZRANGE z 1 3 BYLEX", NOT_LEX),
        ("ZRANGE z - + BYLEX", "['a', 'b', 'c', 'd', 'e']"),
        ("ZRANGE z - + BYLEX WITHSCORES", "-ERR syntax error, WITHSCORES not supported in combination with BYLEX"),
        ("ZRANGE z [b (d BYLEX", "['b', 'c']"),
        ("ZRANGE z [d [b BYLEX REV", "['d', 'c', 'b']"),
        ("ZRANGE z + - BYLEX REV LIMIT 1 2", "['d', 'c']"),
        ("ZRANGE z [b + BYLEX BYSCORE", SYNTAX),
        ("ZRANGE z 1 3 BYSCORE BYLEX", SYNTAX),
        ("ZRANGE z b + BYLEX", NOT_LEX),
        ("ZRANGE s 0 x", NOT_INTEGER),
        ("ZRANGE s 0 1", WRONG_TYPE),
        ("ZRANGE nokey 0 1", "[]"),
        ("ZRANGE nokey 0 1 REV WITHSCORES", "[]"),
        ("ZRANGE z 0 0 REV REV", SYNTAX),
        ("ZRANGEBYSCORE z 1 3", "['a', 'b', 'c']"),
        ("ZRANGEBYSCORE z 1 3 WITHSCORES LIMIT 1 1", "['b', '2']"),
        ("ZRANGEBYSCORE z 1 3 REV", SYNTAX),
        ("ZRANGEBYSCORE z 1 3 BYSCORE", SYNTAX),
        ("ZREVRANGEBYSCORE z 3 1", "['c', 'b', 'a']"),
        ("ZREVRANGEBYSCORE z 3 1 LIMIT 1 1 WITHSCORES", "['b', '2']"),
        ("ZREVRANGEBYLEX z + -", "['e', 'd', 'c', 'b', 'a']"),
        ("ZREVRANGEBYLEX z + - WITHSCORES", "-ERR syntax error, WITHSCORES not supported in combination with BYLEX"),
        ("ZRANGEBYLEX z - + LIMIT 1 2", "['b', 'c']"),
        ("ZRANGEBYLEX z - + WITHSCORES", "-ERR syntax error, WITHSCORES not supported in combination with BYLEX"),
        ("ZREVRANGE z 0 1", "['e', 'd']"),
        ("ZREVRANGE z 0 1 WITHSCORES", "['e', '5', 'd', '4']"),
        ("ZREVRANGE z 0 1 LIMIT 0 1", "-ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"),
    ]);
}

#[test]
fn ranges_are_stored_and_removed() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        ("ZADD z 1 a 2 b 3 c 4 d 5 e", ":5"),
        ("ZRANGESTORE d z 0 -1", ":5"),
        ("ZRANGESTORE d z 0 -1 WITHSCORES", SYNTAX),
        ("ZRANGESTORE d z 0 1 REV", ":2"),
        ("ZRANGE d 0 -1 WITHSCORES", "['d', '4', 'e', '5']"),
        ("ZRANGESTORE d z (1 3 BYSCORE", ":2"),
        ("ZRANGESTORE d z - + BYLEX LIMIT 1 2", ":2"),
        ("ZRANGESTORE d z 10 20", ":0"),
        ("EXISTS d", ":0"),
        ("ZRANGESTORE s z 0 0", ":1"),
        ("TYPE s", "+zset"),
        ("SET s 1", "+OK"),
        ("ZRANGESTORE d s 0 0", WRONG_TYPE),
        ("ZRANGESTORE d nokey 0 0", ":0"),
        ("ZRANGESTORE z z 0 2", ":3"),
        ("ZRANGE z 0 -1", "['a', 'b', 'c']"),
        ("ZADD z 4 d 5 e", ":2"),
        ("ZREMRANGEBYRANK z 0 0", ":1"),
        ("ZREMRANGEBYRANK z x 0", NOT_INTEGER),
        ("ZREMRANGEBYSCORE z (2 3", ":1"),
        ("ZREMRANGEBYSCORE z x 3", NOT_BOUND),
        ("ZREMRANGEBYLEX z [d [d", ":1"),
        ("ZREMRANGEBYLEX z d [d", NOT_LEX),
        ("ZREMRANGEBYRANK nokey 0 0", ":0"),
        ("ZREMRANGEBYRANK s 0 0", WRONG_TYPE),
        ("ZREMRANGEBYRANK z 0 -1", ":2"),
        ("EXISTS z", ":0"),
    ]);
}

#[test]
fn ranges_are_counted() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        ("ZADD z 1 a 2 b 3 c 4 d 5 e", ":5"),
        ("ZCOUNT z 2 4", ":3"),
        ("ZCOUNT z (2 4", ":2"),
        ("ZCOUNT z x 4", NOT_BOUND),
        ("ZCOUNT z 4 2", ":0"),
        ("ZCOUNT nokey x 4", NOT_BOUND),
        ("ZCOUNT s 1 2", WRONG_TYPE),
        ("ZLEXCOUNT z - +", ":5"),
        ("ZLEXCOUNT z [b (d", ":2"),
        ("ZLEXCOUNT z x +", NOT_LEX),
        ("ZLEXCOUNT nokey - +", ":0"),
    ]);
    t.check3("ZRANGE z 0 1 WITHSCORES", "[['a', ,1], ['b', ,2]]");
}

#[test]
fn members_are_popped() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        ("ZADD z 1 a 2 b 3 c 4 d 5 e", ":5"),
        ("ZPOPMIN z", "['a', '1']"),
        ("ZPOPMAX z", "['e', '5']"),
        ("ZPOPMIN z 2", "['b', '2', 'c', '3']"),
        ("ZPOPMIN z 0", "[]"),
        ("ZPOPMIN z -1", NOT_POSITIVE),
        ("ZPOPMIN z x", NOT_POSITIVE),
        ("ZPOPMIN z 1 2", SYNTAX),
        ("ZPOPMIN nokey", "[]"),
        ("ZPOPMIN nokey 2", "[]"),
        ("ZPOPMIN nokey -1", NOT_POSITIVE),
        ("ZPOPMIN s", WRONG_TYPE),
        ("ZPOPMIN s -1", NOT_POSITIVE),
        ("ZPOPMIN s 0", WRONG_TYPE),
        ("ZPOPMAX z 10", "['d', '4']"),
        ("EXISTS z", ":0"),
        ("ZADD z 1 a 2 b 3 c", ":3"),
        ("ZMPOP 1 z MIN", "['z', [['a', '1']]]"),
        (
            "ZMPOP 2 nokey z MAX COUNT 5",
            "['z', [['c', '3'], ['b', '2']]]",
        ),
        ("ZMPOP 1 z MAX", "nil[]"),
        ("ZADD z 1 a 2 b 3 c", ":3"),
        (
            "ZMPOP 1 z MIN COUNT 0 x",
            "-ERR count should be greater than 0",
        ),
        ("ZMPOP 1 z MIN COUNT 1 x", SYNTAX),
        ("ZMPOP 0 z MIN", "-ERR numkeys should be greater than 0"),
        ("ZMPOP x z MIN", "-ERR numkeys should be greater than 0"),
        ("ZMPOP 2 z MIN", SYNTAX),
        (
            "ZMPOP 1 z MIN COUNT 0",
            "-ERR count should be greater than 0",
        ),
        (
            "ZMPOP 1 z MIN COUNT x",
            "-ERR count should be greater than 0",
        ),
        ("ZMPOP 1 z MIN COUNT 1 COUNT 1", SYNTAX),
        ("ZMPOP 1 z MIN foo", SYNTAX),
        ("ZMPOP 1 z foo", SYNTAX),
        ("ZMPOP 1 s MIN", WRONG_TYPE),
        ("ZMPOP 2 nokey s MIN", WRONG_TYPE),
        ("ZMPOP 1 nokey MIN", "nil[]"),
        ("ZMPOP 3 a b MIN", SYNTAX),
        ("ZMPOP 1 z MAX COUNT", SYNTAX),
        ("ZMPOP -1 z MIN", "-ERR numkeys should be greater than 0"),
    ]);
}

#[test]
fn draws_are_refused_or_empty() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        ("ZADD z 1 a", ":1"),
        ("ZRANDMEMBER z 0", "[]"),
        ("ZRANDMEMBER z x", NOT_INTEGER),
        ("ZRANDMEMBER nokey", "nil"),
        ("ZRANDMEMBER nokey 3", "[]"),
        ("ZRANDMEMBER s", WRONG_TYPE),
        ("ZRANDMEMBER z 1 foo", SYNTAX),
        ("ZRANDMEMBER z -9223372036854775808", "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"),
        ("ZRANDMEMBER z -9223372036854775807 WITHSCORES", "-ERR value is out of range"),
        ("ZRANDMEMBER z", "'a'"),
        ("ZRANDMEMBER z 5", "['a']"),
        ("ZRANDMEMBER z -3 WITHSCORES", "['a', '1', 'a', '1', 'a', '1']"),
    ]);
    t.check3("ZRANDMEMBER z 5 WITHSCORES", "[['a', ,1]]");
    t.check3("ZRANDMEMBER z -2", "['a', 'a']");
    t.check3("ZRANDMEMBER nokey", "_");
}

#[test]
fn small_sets_are_walked_in_one_step() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        ("ZADD z 1 a 2 b 3 c", ":3"),
        ("ZSCAN z 0", "['0', ['a', '1', 'b', '2', 'c', '3']]"),
        ("ZSCAN z 0 MATCH a* COUNT 1", "['0', ['a', '1']]"),
        (
            "ZSCAN z 0 NOVALUES",
            "-ERR NOVALUES option can only be used in HSCAN",
        ),
        ("ZSCAN z 0 NOSCORES", "['0', ['a', 'b', 'c']]"),
        ("ZSCAN z x", "-ERR invalid cursor"),
        ("ZSCAN s 0", WRONG_TYPE),
        ("ZSCAN nokey 0", "['0', []]"),
    ]);
    t.check3("ZSCAN z 0", "['0', ['a', '1', 'b', '2', 'c', '3']]");
}

#[test]
fn extreme_scores() {
    let mut t = Talk::new();
    t.check("ZADD zero 0 x", ":1");
    t.check("ZUNION 1 zero WEIGHTS -1.5 WITHSCORES", "['x', '-0']");
    t.check("ZUNIONSTORE stored 1 zero WEIGHTS -1.5", ":1");
    t.check("ZSCORE stored x", "'0'");
    t.check_all(&[
        ("ZADD i inf x", ":1"),
        ("ZADD j -inf x", ":1"),
        ("ZUNION 2 i j WITHSCORES", "['x', '0']"),
        ("ZUNION 2 i j WEIGHTS 0 1 WITHSCORES", "['x', '-inf']"),
        ("ZADD k 0 x", ":1"),
        ("ZUNION 1 i WEIGHTS 0 WITHSCORES", "['x', '0']"),
        ("ZADD n -0 x", ":1"),
        ("ZSCORE n x", "'0'"),
        ("ZADD m 1.5 x 3.14159265358979 y 1e20 z 1e21 w 1.7976931348623157e308 v 0.1 u 100000000000000000 q 123456789012345678 r", ":8"),
        ("ZRANGE m 0 -1 WITHSCORES", "['u', '0.1', 'x', '1.5', 'y', '3.14159265358979', 'q', '100000000000000000', 'r', '123456789012345680', 'z', '1e+20', 'w', '1e+21', 'v', '1.7976931348623157e+308']"),
        ("ZINCRBY m 0.2 u", "'0.30000000000000004'"),
        ("ZSCORE m u", "'0.30000000000000004'"),
    ]);
    t.check3("ZSCORE m u", ",0.30000000000000004");
    t.check3("ZRANGE i 0 -1 WITHSCORES", "[['x', ,inf]]");
}

#[test]
fn replies_in_resp3() {
    let mut t = Talk::new();
    t.check_all(&[("ZADD z 1 a 2.5 b", ":2")]);
    t.check3("ZSCORE z b", ",2.5");
    t.check3("ZMSCORE z a nope", "[,1, _]");
    t.check3("ZADD z INCR 1 a", ",2");
    t.check3("ZADD z NX INCR 1 a", "_");
    t.check3("ZINCRBY z 0.5 a", ",2.5");
    t.check3("ZRANK z b WITHSCORE", "[:1, ,2.5]");
    t.check3("ZRANK z nope WITHSCORE", "_");
    t.check3("ZRANK z nope", "_");
    t.check3("ZRANGE z 0 -1", "['a', 'b']");
    t.check3(
        "ZREVRANGEBYSCORE z 3 0 WITHSCORES",
        "[['b', ,2.5], ['a', ,2.5]]",
    );
    t.check3("ZPOPMIN z", "['a', ,2.5]");
    t.check3("ZPOPMIN z 2", "[['b', ,2.5]]");
    t.check3("ZPOPMAX z", "[]");
    t.check3("ZADD z 1 a 2 b", ":2");
    t.check3("ZMPOP 1 z MAX COUNT 2", "['z', [['b', ,2], ['a', ,1]]]");
    t.check3("ZMPOP 1 z MAX", "_");
}

#[test]
fn encodings_follow_the_limits() {
    let mut t = Talk::with(&["--zset-max-listpack-entries", "3"]);
    t.check_all(&[
        ("ZADD z 1 a 2 b 3 c", ":3"),
        ("OBJECT ENCODING z", "'listpack'"),
        ("ZADD z 4 d", ":1"),
        ("OBJECT ENCODING z", "'skiplist'"),
        ("ZREM z c d", ":2"),
        ("OBJECT ENCODING z", "'skiplist'"),
        ("ZUNIONSTORE small 1 z", ":2"),
        ("OBJECT ENCODING small", "'listpack'"),
        ("ZADD z 5 e 6 f", ":2"),
        ("ZUNIONSTORE large 1 z", ":4"),
        ("OBJECT ENCODING large", "'skiplist'"),
        ("ZRANGESTORE part z 0 2", ":3"),
        ("OBJECT ENCODING part", "'listpack'"),
        ("CONFIG SET zset-max-listpack-value 5", "+OK"),
        ("ZADD long 1 12345", ":1"),
        ("OBJECT ENCODING long", "'listpack'"),
        ("ZADD long 1 123456", ":1"),
        ("OBJECT ENCODING long", "'skiplist'"),
    ]);
}

/// Fills `z` with a thousand members, which make it a skiplist.
fn fill(t: &mut Talk) {
    for start in (0..1000).step_by(100) {
        let pairs: Vec<String> = (start..start + 100).map(|n| format!("{n} m{n}")).collect();
        t.check(&format!("ZADD z {}", pairs.join(" ")), ":100");
    }
}

#[test]
fn ranks_and_ranges_of_a_large_set() {
    let mut t = Talk::new();
    fill(&mut t);
    t.check_all(&[
        ("ZRANK z m500", ":500"),
        ("ZREVRANK z m500", ":499"),
        ("ZRANGE z 500 501", "['m500', 'm501']"),
        ("ZRANGE z 500 501 REV", "['m499', 'm498']"),
        ("ZRANGE z (499 +inf BYSCORE LIMIT 1 2", "['m501', 'm502']"),
        (
            "ZRANGE z +inf (499 BYSCORE REV LIMIT 1 2",
            "['m998', 'm997']",
        ),
        ("ZCOUNT z (10 20", ":10"),
        ("ZREMRANGEBYSCORE z 100 899", ":800"),
        ("ZREMRANGEBYRANK z -100 -1", ":100"),
        ("ZPOPMAX z 2", "['m99', '99', 'm98', '98']"),
        ("ZINCRBY z 1000 m0", "'1000'"),
        ("ZREVRANGE z 0 0 WITHSCORES", "['m0', '1000']"),
        ("ZADD z XX GT CH 5 m1 0 m2 50 m3", ":2"),
        ("ZCARD z", ":98"),
    ]);
}

#[test]
fn a_walk_meets_every_member_that_stays() {
    let mut t = Talk::new();
    fill(&mut t);
    let (mut cursor, mut met, mut steps) = ("0".to_owned(), BTreeSet::new(), 0);
    loop {
        let step = t.run(&format!("ZSCAN z {cursor} COUNT 20"));
        let [next, found] = step.items() else {
            panic!("a cursor and members, not {step}")
        };
        for pair in found.items().chunks(2) {
            let (member, score) = (pair[0].text(), pair[1].text());
            assert_eq!(member[1..], score);
            met.insert(member);
        }
        t.run(&format!("ZREM z m{}", 999 - steps));
        steps += 1;
        cursor = next.text();
        if cursor == "0" {
            break;
        }
    }
    assert!(steps > 20, "a walk of {steps} steps is not some at a time");
    let stayed = (0..1000 - steps).filter(|n| !met.contains(&format!("m{n}")));
    assert_eq!(stayed.count(), 0);
}

#[test]
fn draws_without_repeats_are_of_different_members() {
    let mut t = Talk::new();
    fill(&mut t);
    for count in [1, 10, 500, 999] {
        let drawn = t.run(&format!("ZRANDMEMBER z {count}"));
        let different: BTreeSet<String> = drawn.items().iter().map(Reply::text).collect();
        assert_eq!(different.len(), count);
    }
    assert_eq!(t.run("ZRANDMEMBER z 2000 WITHSCORES").items().len(), 2000);
    assert_eq!(t.run("ZRANDMEMBER z -1500").items().len(), 1500);
}
