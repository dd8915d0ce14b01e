//! Hashes: the exact replies of every command on them but those on expiries.

use std::collections::BTreeSet;

use crate::harness::{Reply, Talk};

const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_INTEGER: &str = "-ERR value is not an integer or out of range";
const SYNTAX: &str = "-ERR syntax error";
const NUMBER_OF_FIELDS: &str =
    "-ERR numfields should be greater than 0 and match the provided number of fields";

#[test]
fn fields_are_set_and_read() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HSET h a 1 b 2", ":2"),
        ("HSET h a 3 c 4", ":1"),
        ("HGET h a", "'3'"),
        ("HGET h missing", "nil"),
        ("HGET missing a", "nil"),
        ("HMGET h a missing b", "['3', nil, '2']"),
        ("HMGET missing a b", "[nil, nil]"),
        ("HMSET h a 5 d 6", "+OK"),
        ("HGET h a", "'5'"),
        ("HSETNX h a 7", ":0"),
        ("HSETNX h e 7", ":1"),
        ("HLEN h", ":5"),
        ("HLEN missing", ":0"),
        ("HEXISTS h a", ":1"),
        ("HEXISTS h missing", ":0"),
        ("HSTRLEN h e", ":1"),
        ("HSTRLEN h missing", ":0"),
        ("HSTRLEN missing a", ":0"),
        (r#"HSET h "" empty "a\r\n\x00\xff" "\x00""#, ":2"),
        (r#"HGET h """#, "'empty'"),
        (r#"HGET h "a\r\n\x00\xff""#, r"'\x00'"),
        ("HDEL h a a missing", ":1"),
        ("HDEL missing a", ":0"),
        (r#"HDEL h b c d e "" "a\r\n\x00\xff""#, ":6"),
        ("EXISTS h", ":0"),
        (
            "HSET h a",
            "-ERR wrong number of arguments for 'hset' command",
        ),
        (
            "HSET h a 1 b",
            "-ERR wrong number of arguments for 'hset' command",
        ),
        (
            "HMSET h a 1 b",
            "-ERR wrong number of arguments for 'hmset' command",
        ),
        (
            "HGET h",
            "-ERR wrong number of arguments for 'hget' command",
        ),
    ]);
}

#[test]
fn whole_hashes_are_read() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HSET h a 1 b x", ":2"),
        ("HGETALL h", "['a', '1', 'b', 'x']"),
        ("HKEYS h", "['a', 'b']"),
        ("HVALS h", "['1', 'x']"),
        ("HGETALL missing", "[]"),
        ("HKEYS missing", "[]"),
    ]);
    for (line, expected) in [
        ("HGETALL h", "{'a': '1', 'b': 'x'}"),
        ("HKEYS h", "['a', 'b']"),
        ("HVALS h", "['1', 'x']"),
        ("HGETALL missing", "{}"),
        ("HVALS missing", "[]"),
        ("HGET h missing", "_"),
        ("HMGET h a missing", "['1', _]"),
    ] {
        t.check3(line, expected);
    }
}

#[test]
fn another_type_is_refused() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s v", "+OK"),
        ("HSET s a 1", WRONG_TYPE),
        ("HSETNX s a 1", WRONG_TYPE),
        ("HMSET s a 1", WRONG_TYPE),
        ("HGET s a", WRONG_TYPE),
        ("HMGET s a", WRONG_TYPE),
        ("HGETALL s", WRONG_TYPE),
        ("HKEYS s", WRONG_TYPE),
        ("HVALS s", WRONG_TYPE),
        ("HDEL s a", WRONG_TYPE),
        ("HLEN s", WRONG_TYPE),
        ("HSTRLEN s a", WRONG_TYPE),
        ("HEXISTS s a", WRONG_TYPE),
        ("HINCRBY s a 1", WRONG_TYPE),
        ("HINCRBYFLOAT s a 1", WRONG_TYPE),
        ("HRANDFIELD s", WRONG_TYPE),
        ("HSCAN s 0", WRONG_TYPE),
        ("HGETDEL s FIELDS 1 a", WRONG_TYPE),
        ("GET s", "'v'"),
    ]);
}

#[test]
fn fields_are_counted_up() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HINCRBY h n 5", ":5"),
        ("HINCRBY h n -7", ":-2"),
        (
            r#"HSET h max 9223372036854775807 text abc space " 1" empty """#,
            ":4",
        ),
        (
            "HINCRBY h max 1",
            "-ERR increment or decrement would overflow",
        ),
        ("HINCRBY h text 1", "-ERR hash value is not an integer"),
        ("HINCRBY h space 1", "-ERR hash value is not an integer"),
        ("HINCRBY h empty 1", "-ERR hash value is not an integer"),
        ("HINCRBY h n x", NOT_INTEGER),
        ("HINCRBY h n 1.5", NOT_INTEGER),
        ("HINCRBYFLOAT h n 1.5", "'-0.5'"),
        ("HINCRBYFLOAT h n -0.5", "'-1'"),
        ("HINCRBYFLOAT h new 3.0e3", "'3000'"),
        ("HINCRBYFLOAT h max 1", "'9223372036854775808'"),
        ("HINCRBYFLOAT h text 1", "-ERR hash value is not a float"),
        ("HINCRBYFLOAT h space 1", "-ERR hash value is not a float"),
        ("HINCRBYFLOAT h n x", "-ERR value is not a valid float"),
        ("HINCRBYFLOAT h n inf", "-ERR value is NaN or Infinity"),
        ("HINCRBYFLOAT h n -inf", "-ERR value is NaN or Infinity"),
        ("HINCRBYFLOAT h n nan", "-ERR value is not a valid float"),
        (
            "HINCRBYFLOAT missing n nan",
            "-ERR value is not a valid float",
        ),
        ("EXISTS missing", ":0"),
    ]);
    t.check3("HINCRBYFLOAT h n 0.25", "'-0.75'");
}

#[test]
fn draws_are_refused_or_empty() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HRANDFIELD missing", "nil"),
        ("HRANDFIELD missing 3", "[]"),
        (
            "HRANDFIELD missing -9223372036854775808",
            "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
        ),
        (
            "HRANDFIELD missing -4611686018427387904 WITHVALUES",
            "-ERR value is out of range",
        ),
        ("HRANDFIELD missing -3 WITHVALUES", "[]"),
        ("HSET h a 1", ":1"),
        ("HRANDFIELD h", "'a'"),
        ("HRANDFIELD h 0", "[]"),
        ("HRANDFIELD h 5", "['a']"),
        ("HRANDFIELD h -3", "['a', 'a', 'a']"),
        ("HRANDFIELD h 5 WITHVALUES", "['a', '1']"),
        ("HRANDFIELD h -2 WITHVALUES", "['a', '1', 'a', '1']"),
        ("HRANDFIELD h x", NOT_INTEGER),
        ("HRANDFIELD h 1 WITHSCORES", SYNTAX),
        ("HRANDFIELD h 1 WITHVALUES x", SYNTAX),
        ("HRANDFIELD h -9223372036854775808", "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807"),
        ("HRANDFIELD h -9223372036854775807 WITHVALUES", "-ERR value is out of range"),
        ("HRANDFIELD h 4611686018427387904 WITHVALUES", "-ERR value is out of range"),
    ]);
    for (line, expected) in [
        ("HRANDFIELD h 5", "['a']"),
        ("HRANDFIELD h -2 WITHVALUES", "[['a', '1'], ['a', '1']]"),
        ("HRANDFIELD missing", "_"),
        ("HRANDFIELD missing 2 WITHVALUES", "[]"),
    ] {
        t.check3(line, expected);
    }
}

#[test]
fn small_hashes_are_walked_in_one_step() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HSET h a 1 b 2 ab 3", ":3"),
        ("HSCAN h 0", "['0', ['a', '1', 'b', '2', 'ab', '3']]"),
        ("HSCAN h 0 MATCH a*", "['0', ['a', '1', 'ab', '3']]"),
        ("HSCAN h 0 MATCH a* NOVALUES COUNT 1", "['0', ['a', 'ab']]"),
        ("HSCAN h 0 NOVALUES", "['0', ['a', 'b', 'ab']]"),
        ("HSCAN missing 0", "['0', []]"),
        ("HSCAN missing 0 nonsense", "['0', []]"),
        ("HSCAN h x", "-ERR invalid cursor"),
        ("HSCAN h 18446744073709551616", "-ERR invalid cursor"),
        ("HSCAN h 0 MATCH", SYNTAX),
        ("HSCAN h 0 COUNT 0", SYNTAX),
        ("HSCAN h 0 COUNT -1", SYNTAX),
        ("HSCAN h 0 COUNT x", NOT_INTEGER),
        ("HSCAN h 0 TYPE hash", SYNTAX),
    ]);
    t.check3("HSCAN h 0 MATCH b", "['0', ['b', '2']]");
}

#[test]
fn fields_are_taken() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HSET h a 1 b 2 c 3", ":3"),
        ("HGETDEL h FIELDS 2 a missing", "['1', nil]"),
        ("HGETDEL h FIELDS 2 b b", "['2', nil]"),
        ("HGETDEL h FIELDS 0 c", NUMBER_OF_FIELDS),
        ("HGETDEL h FIELDS 2 c", NUMBER_OF_FIELDS),
        ("HGETDEL h FIELDS 1 c d", NUMBER_OF_FIELDS),
        ("HGETDEL h FIELDS x c", NOT_INTEGER),
        ("HGETDEL h nonsense 1 c", SYNTAX),
        ("HGETDEL h FIELDS 1 c", "['3']"),
        ("EXISTS h", ":0"),
        ("HGETDEL h FIELDS 2 a b", "[nil, nil]"),
    ]);
    t.check3("HGETDEL h FIELDS 2 a b", "[_, _]");
}

#[test]
fn encodings_follow_the_limits() {
    let mut t = Talk::with(&["--hash-max-listpack-entries", "3"]);
    t.check_all(&[
        ("HSET h a 1 b 2 c 3", ":3"),
        ("OBJECT ENCODING h", "'listpack'"),
        ("HSET h d 4", ":1"),
        ("OBJECT ENCODING h", "'hashtable'"),
        ("HDEL h d c", ":2"),
        ("OBJECT ENCODING h", "'hashtable'"),
        ("HSET many a 1 b 2 c 3 d 4", ":4"),
        ("OBJECT ENCODING many", "'hashtable'"),
        ("CONFIG SET hash-max-listpack-value 5", "+OK"),
        ("HSET long a 12345", ":1"),
        ("OBJECT ENCODING long", "'listpack'"),
        ("HSET long a 123456", ":0"),
        ("OBJECT ENCODING long", "'hashtable'"),
        ("HGET long a", "'123456'"),
        ("HSET named abcdef 1", ":1"),
        ("OBJECT ENCODING named", "'hashtable'"),
        ("HSET expiring a 1", ":1"),
        ("HEXPIRE expiring 100 FIELDS 1 a", "[:1]"),
        ("OBJECT ENCODING expiring", "'hashtable'"),
    ]);
}

/// Fills `h` with a thousand fields, which make it a hashtable.
fn fill(t: &mut Talk) {
    for start in (0..1000).step_by(100) {
        let pairs: Vec<String> = (start..start + 100).map(|n| format!("f{n} {n}")).collect();
        t.check(&format!("HSET h {}", pairs.join(" ")), ":100");
    }
}

#[test]
fn a_walk_meets_every_field_that_stays() {
    let mut t = Talk::new();
    fill(&mut t);
    let (mut cursor, mut met, mut steps) = ("0".to_owned(), BTreeSet::new(), 0);
    loop {
        let step = t.run(&format!("HSCAN h {cursor} COUNT 20"));
        let [next, found] = step.items() else {
            panic!("a cursor and fields, not {step}")
        };
        for pair in found.items().chunks(2) {
            let (name, value) = (pair[0].text(), pair[1].text());
            assert_eq!(name[1..], value);
            met.insert(name);
        }
        t.run(&format!("HDEL h f{}", 999 - steps));
        steps += 1;
        cursor = next.text();
        if cursor == "0" {
            break;
        }
    }
    assert!(steps > 20, "a walk of {steps} steps is not some at a time");
    let stayed = (0..1000 - steps).filter(|n| !met.contains(&format!("f{n}")));
    assert_eq!(stayed.count(), 0);
}

#[test]
fn draws_without_repeats_are_of_different_fields() {
    let mut t = Talk::new();
    fill(&mut t);
    for count in [1, 10, 500, 999] {
        let drawn = t.run(&format!("HRANDFIELD h {count}"));
        let different: BTreeSet<String> = drawn.items().iter().map(Reply::text).collect();
        assert_eq!(different.len(), count);
    }
    let pairs = t.run("HRANDFIELD h 2000 WITHVALUES");
    assert_eq!(pairs.items().len(), 2000);
    for pair in pairs.items().chunks(2) {
        assert_eq!(pair[0].text()[1..], pair[1].text());
    }
    assert_eq!(t.run("HRANDFIELD h -1500").items().len(), 1500);
}
