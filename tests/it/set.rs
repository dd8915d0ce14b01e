//! Sets: the exact replies of every set command.

use std::collections::BTreeSet;

use crate::harness::Talk;

const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_INTEGER: &str = "-ERR value is not an integer or out of range";
const NOT_POSITIVE: &str = "-ERR value is out of range, must be positive";
const SYNTAX: &str = "-ERR syntax error";

#[test]
fn members_come_and_go() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SADD s 1 2 2", ":2"),
        ("SADD s 2 3", ":1"),
        ("SADD s 3", ":0"),
        ("SCARD s", ":3"),
        ("SISMEMBER s 3", ":1"),
        ("SISMEMBER s 03", ":0"),
        ("SMISMEMBER s 1 x 2", "[:1, :0, :1]"),
        ("SMISMEMBER missing 1", "[:0]"),
        ("SREM s 1 x 1", ":1"),
        ("SREM s 2 3 1", ":2"),
        ("EXISTS s", ":0"),
        ("SREM s 1", ":0"),
        ("SCARD s", ":0"),
        ("SISMEMBER s 1", ":0"),
        ("SET k v", "+OK"),
        ("SADD k a", WRONG_TYPE),
        ("SREM k a", WRONG_TYPE),
        ("SCARD k", WRONG_TYPE),
        ("SISMEMBER k a", WRONG_TYPE),
        ("SMISMEMBER k a", WRONG_TYPE),
        ("SMEMBERS k", WRONG_TYPE),
        (
            "SADD s",
            "-ERR wrong number of arguments for 'sadd' command",
        ),
    ]);
    t.check_both("SMEMBERS missing", "[]", "~[]");
    t.check("SADD s 3 1 2", ":3");
    t.check_both("SMEMBERS s", "['1', '2', '3']", "~['1', '2', '3']");
}

#[test]
fn members_move() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SADD from a 1", ":2"),
        ("SADD to b", ":1"),
        ("SMOVE from to a", ":1"),
        ("SMOVE from to a", ":0"),
        ("SMOVE from from 1", ":1"),
        ("SMOVE from from x", ":0"),
        ("SMOVE from new 1", ":1"),
        ("EXISTS from", ":0"),
        ("SMEMBERS new", "['1']"),
        ("OBJECT ENCODING new", "'intset'"),
        ("SET k v", "+OK"),
        ("SMOVE missing k a", ":0"),
        ("SMOVE to k nosuch", WRONG_TYPE),
        ("SMOVE k to a", WRONG_TYPE),
    ]);
}

#[test]
fn random_members_are_popped() {
    let mut t = Talk::new();
    t.check("SADD s a b c", ":3");
    let popped = t.run("SPOP s").to_string();
    assert!(["'a'", "'b'", "'c'"].contains(&&*popped), "{popped}");
    t.check("SCARD s", ":2");
    t.check("SPOP s 0", "[]");
    assert_eq!(t.run("SPOP s 1").items().len(), 1);
    assert_eq!(t.run("SPOP s 9").items().len(), 1);
    t.check("EXISTS s", ":0");
    t.check_both("SPOP s", "nil", "_");
    t.check_both("SPOP s 3", "[]", "~[]");
    t.check("SADD s 7", ":1");
    t.check3("SPOP s 1", "~['7']");
    t.check_all(&[
        ("SPOP s -1", NOT_POSITIVE),
        ("SPOP s x", NOT_POSITIVE),
        ("SPOP s 1 1", SYNTAX),
        ("SET k v", "+OK"),
        ("SPOP k", WRONG_TYPE),
        ("SPOP k 0", WRONG_TYPE),
    ]);
}

#[test]
fn random_members_are_shown() {
    let mut t = Talk::new();
    for members in ["1 2 3 4 5", "a 2 3 4 5"] {
        t.check(&format!("SADD s {members}"), ":5");
        let all: BTreeSet<String> = t
            .run("SMEMBERS s")
            .items()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(all.contains(&t.run("SRANDMEMBER s").to_string()));
        for (count, len, differ) in [(0, 0, true), (3, 3, true), (99, 5, true), (-12, 12, false)] {
            let drawn = t.run(&format!("SRANDMEMBER s {count}"));
            let different: BTreeSet<String> =
                drawn.items().iter().map(ToString::to_string).collect();
            assert_eq!(drawn.items().len(), len);
            assert!(different.is_subset(&all));
            assert!(!differ || different.len() == len, "{drawn}");
        }
        t.check("SCARD s", ":5");
        t.check("DEL s", ":1");
    }
    t.check_both("SRANDMEMBER s", "nil", "_");
    t.check_both("SRANDMEMBER s 3", "[]", "[]");
    t.check("SADD s 7", ":1");
    t.check_both("SRANDMEMBER s -2", "['7', '7']", "['7', '7']");
    t.check_all(&[
        ("SRANDMEMBER s x", NOT_INTEGER),
        ("SRANDMEMBER s 1 1", SYNTAX),
        ("SET k v", "+OK"),
        ("SRANDMEMBER k", WRONG_TYPE),
        (
            "SRANDMEMBER k -9223372036854775808",
            "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
        ),
    ]);
}

#[test]
fn sets_are_combined() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SADD a 1 2 3 4", ":4"),
        ("SADD b 3 4 5", ":3"),
        ("SADD c 4 6", ":2"),
    ]);
    t.check_both("SINTER a b c", "['4']", "~['4']");
    t.check_both("SDIFF a b c", "['1', '2']", "~['1', '2']");
    t.check_both(
        "SUNION a b c",
        "['1', '2', '3', '4', '5', '6']",
        "~['1', '2', '3', '4', '5', '6']",
    );
    t.check_both("SINTER a missing", "[]", "~[]");
    t.check_all(&[
        ("SUNION missing nosuch", "[]"),
        ("SDIFF missing a", "[]"),
        ("SDIFF a a", "[]"),
        ("SDIFF a missing", "['1', '2', '3', '4']"),
        ("SUNION a", "['1', '2', '3', '4']"),
        ("SINTER a a", "['1', '2', '3', '4']"),
        ("SINTERCARD 2 a b", ":2"),
        ("SINTERCARD 2 a b LIMIT 1", ":1"),
        ("SINTERCARD 2 a b LIMIT 0", ":2"),
        ("SINTERCARD 1 missing", ":0"),
        ("SINTERCARD 0 a", "-ERR numkeys should be greater than 0"),
        ("SINTERCARD x a", "-ERR numkeys should be greater than 0"),
        (
            "SINTERCARD 2 a",
            "-ERR Number of keys can't be greater than number of args",
        ),
        ("SINTERCARD 1 a LIMIT", SYNTAX),
        ("SINTERCARD 1 a b", SYNTAX),
        ("SINTERCARD 1 a LIMIT -1", "-ERR LIMIT can't be negative"),
        ("SINTERCARD 1 a LIMIT x", "-ERR LIMIT can't be negative"),
        ("SET k v", "+OK"),
        ("SINTER missing k", WRONG_TYPE),
        ("SUNION a k", WRONG_TYPE),
        ("SDIFF a k", WRONG_TYPE),
        ("SINTERCARD 2 missing k", WRONG_TYPE),
    ]);
}

#[test]
fn combinations_are_stored() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SADD a 1 2 3 4", ":4"),
        ("SADD b 3 4 x", ":3"),
        ("SET to v EX 100", "+OK"),
        ("SUNIONSTORE to a b", ":5"),
        ("TTL to", ":-1"),
        ("OBJECT ENCODING to", "'listpack'"),
        ("SINTERSTORE to a b", ":2"),
        ("SMEMBERS to", "['3', '4']"),
        ("OBJECT ENCODING to", "'intset'"),
        ("SDIFFSTORE to b a", ":1"),
        ("SMEMBERS to", "['x']"),
        ("SUNIONSTORE a a b", ":5"),
        ("SCARD a", ":5"),
        ("SINTERSTORE to a missing", ":0"),
        ("EXISTS to", ":0"),
        ("SET k v", "+OK"),
        ("SUNIONSTORE to a k", WRONG_TYPE),
        ("SDIFFSTORE k missing", ":0"),
        ("EXISTS k", ":0"),
    ]);
}

#[test]
fn the_encoding_follows_members_and_size() {
    let mut t = Talk::with(&[
        "--set-max-intset-entries",
        "4",
        "--set-max-listpack-entries",
        "6",
        "--set-max-listpack-value",
        "8",
    ]);
    t.check_all(&[
        ("SADD s 1 2 3 4", ":4"),
        ("OBJECT ENCODING s", "'intset'"),
        ("SADD s a b", ":2"),
        ("OBJECT ENCODING s", "'listpack'"),
        ("SADD s c", ":1"),
        ("OBJECT ENCODING s", "'hashtable'"),
        ("SADD ints 1 2 3 4 5", ":5"),
        ("OBJECT ENCODING ints", "'listpack'"),
        ("SADD long ninebytes", ":1"),
        ("OBJECT ENCODING long", "'hashtable'"),
        ("SADD many 1 2 3 4", ":4"),
        ("SADD many 5", ":1"),
        ("OBJECT ENCODING many", "'hashtable'"),
    ]);
}

#[test]
fn members_are_walked_over() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SADD s 1 2 30", ":3"),
        ("SSCAN s 0", "['0', ['1', '2', '30']]"),
        ("SSCAN s 0 MATCH ?", "['0', ['1', '2']]"),
        ("SSCAN missing 0 NONSENSE", "['0', []]"),
        ("SSCAN missing x", "-ERR invalid cursor"),
        ("SSCAN s 0 COUNT 0", SYNTAX),
        ("SSCAN s 0 COUNT x", NOT_INTEGER),
        ("SSCAN s 0 MATCH", SYNTAX),
        ("SSCAN s 0 TYPE string", SYNTAX),
        ("SET k v", "+OK"),
        ("SSCAN k 0", WRONG_TYPE),
    ]);
    let members: Vec<String> = (0..1000).map(|number| format!("member:{number}")).collect();
    t.run(&format!("SADD big {}", members.join(" ")));
    let (mut cursor, mut seen) = ("0".to_owned(), BTreeSet::new());
    loop {
        let reply = t.run(&format!("SSCAN big {cursor} COUNT 20"));
        let [next, found] = reply.items() else {
            panic!("a cursor and members, not {reply}")
        };
        assert!(found.items().len() < 100, "{reply}");
        seen.extend(found.items().iter().map(ToString::to_string));
        cursor = next.to_string().trim_matches('\'').to_owned();
        if cursor == "0" {
            break;
        }
    }
    assert_eq!(seen.len(), 1000);
}

#[test]
fn endless_draws_end_where_a_client_may_be_owed_no_more() {
    let t = Talk::new();
    let mut client = t.server.client();
    for line in [
        "CONFIG SET client-output-buffer-limit \"normal 1mb 0 0\"",
        "SADD s a b",
        "HSET h a b",
        "ZADD z 1 a",
    ] {
        assert!(!client.run(line).is_error(), "{line}");
    }
    let before = t.server.resident_bytes();
    for line in [
        "SRANDMEMBER s -9223372036854775807",
        "HRANDFIELD h -9223372036854775807",
        "ZRANDMEMBER z -4000000000000000000 WITHSCORES",
    ] {
        let mut greedy = t.server.client();
        greedy.send(line);
        greedy.read_to_close();
    }
    let grown = t.server.resident_bytes().saturating_sub(before);
    assert!(grown < 64 << 20, "{grown} bytes more");
    client.check("PING", "+PONG");
}
