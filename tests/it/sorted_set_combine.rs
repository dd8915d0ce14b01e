//! Sorted sets combined with each other and with sets: unions, intersections and differences.

use crate::harness::Talk;

const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_INTEGER: &str = "-ERR value is not an integer or out of range";
const SYNTAX: &str = "-ERR syntax error";

#[test]
fn sets_are_combined() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        ("ZADD a 1 x 2 y 3 z", ":3"),
        ("ZADD b 10 y 20 z 30 w", ":3"),
        ("ZUNION 2 a b", "['x', 'y', 'z', 'w']"),
        (
            "ZUNION 2 a b WITHSCORES",
            "['x', '1', 'y', '12', 'z', '23', 'w', '30']",
        ),
        (
            "ZUNION 2 a b WEIGHTS 2 3 WITHSCORES",
            "['x', '2', 'y', '34', 'z', '66', 'w', '90']",
        ),
        ("ZUNION 2 a b WEIGHTS 2", SYNTAX),
        (
            "ZUNION 2 a b WEIGHTS 2 x",
            "-ERR weight value is not a float",
        ),
        (
            "ZUNION 2 a b WEIGHTS 2 inf WITHSCORES",
            "['x', '2', 'w', 'inf', 'y', 'inf', 'z', 'inf']",
        ),
        ("ZUNION 2 a b WEIGHTS 2 3 4", SYNTAX),
        (
            "ZUNION 2 a b AGGREGATE MIN WITHSCORES",
            "['x', '1', 'y', '2', 'z', '3', 'w', '30']",
        ),
        (
            "ZUNION 2 a b AGGREGATE MAX WITHSCORES",
            "['x', '1', 'y', '10', 'z', '20', 'w', '30']",
        ),
        ("ZUNION 2 a b AGGREGATE foo", SYNTAX),
        ("ZUNION 2 a b AGGREGATE", SYNTAX),
        ("ZUNION 1 s", WRONG_TYPE),
        ("ZUNION 2 a s", WRONG_TYPE),
        (
            "ZUNION 2 nokey a WITHSCORES",
            "['x', '1', 'y', '2', 'z', '3']",
        ),
        ("ZUNION 2 a a WITHSCORES", "['x', '2', 'y', '4', 'z', '6']"),
        (
            "ZUNION 0 a",
            "-ERR at least 1 input key is needed for 'zunion' command",
        ),
        ("ZUNION x a", NOT_INTEGER),
        (
            "ZUNION -1 a",
            "-ERR at least 1 input key is needed for 'zunion' command",
        ),
        ("ZUNION 3 a b", SYNTAX),
        ("ZUNION 1 nokey", "[]"),
        ("ZUNION 1 a foo", SYNTAX),
        (
            "ZUNION 2 a b WITHSCORES WEIGHTS 1 2 AGGREGATE MAX",
            "['x', '1', 'y', '20', 'z', '40', 'w', '60']",
        ),
        ("ZINTER 2 a b WITHSCORES", "['y', '12', 'z', '23']"),
        (
            "ZINTER 2 a b WEIGHTS 2 3 AGGREGATE MIN WITHSCORES",
            "['y', '4', 'z', '6']",
        ),
        ("ZINTER 2 a a WITHSCORES", "['x', '2', 'y', '4', 'z', '6']"),
        ("ZINTER 2 a nokey", "[]"),
        ("ZINTER 2 nokey s", WRONG_TYPE),
        (
            "ZINTER 0 a",
            "-ERR at least 1 input key is needed for 'zinter' command",
        ),
        ("ZDIFF 2 a b WITHSCORES", "['x', '1']"),
        ("ZDIFF 2 a a", "[]"),
        ("ZDIFF 1 a", "['x', 'y', 'z']"),
        ("ZDIFF 2 a b WEIGHTS 1 2", SYNTAX),
        ("ZDIFF 2 nokey a", "[]"),
        (
            "ZDIFF 2 a nokey WITHSCORES",
            "['x', '1', 'y', '2', 'z', '3']",
        ),
        (
            "ZDIFF 0 a",
            "-ERR at least 1 input key is needed for 'zdiff' command",
        ),
    ]);
    t.check3(
        "ZUNION 2 a b WITHSCORES",
        "[['x', ,1], ['y', ,12], ['z', ,23], ['w', ,30]]",
    );
    t.check3("ZDIFF 2 a b", "['x']");
}

#[test]
fn combined_sets_are_stored() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        ("ZADD a 1 x 2 y 3 z", ":3"),
        ("ZADD b 10 y 20 z 30 w", ":3"),
        ("ZUNIONSTORE d 2 a b", ":4"),
        (
            "ZRANGE d 0 -1 WITHSCORES",
            "['x', '1', 'y', '12', 'z', '23', 'w', '30']",
        ),
        ("ZUNIONSTORE d 2 a b WITHSCORES", SYNTAX),
        (
            "ZUNIONSTORE d 0 a",
            "-ERR at least 1 input key is needed for 'zunionstore' command",
        ),
        ("ZUNIONSTORE d x a", NOT_INTEGER),
        ("ZUNIONSTORE d 2 a", SYNTAX),
        ("ZUNIONSTORE d 2 a b WEIGHTS 1", SYNTAX),
        ("ZINTERSTORE d 2 a b", ":2"),
        ("ZRANGE d 0 -1 WITHSCORES", "['y', '12', 'z', '23']"),
        ("ZINTERSTORE d 2 a nokey", ":0"),
        ("EXISTS d", ":0"),
        ("ZINTERSTORE s 2 a b", ":2"),
        ("TYPE s", "+zset"),
        ("SET s 1", "+OK"),
        ("ZUNIONSTORE d 2 a s", WRONG_TYPE),
        ("ZDIFFSTORE d 2 a b", ":1"),
        ("ZRANGE d 0 -1 WITHSCORES", "['x', '1']"),
        ("ZDIFFSTORE d 2 a a", ":0"),
        ("EXISTS d", ":0"),
        (
            "ZDIFFSTORE d 0 a",
            "-ERR at least 1 input key is needed for 'zdiffstore' command",
        ),
        ("ZDIFFSTORE d 2 a b WEIGHTS 1 2", SYNTAX),
        ("ZUNIONSTORE a 2 a b", ":4"),
        (
            "ZRANGE a 0 -1 WITHSCORES",
            "['x', '1', 'y', '12', 'z', '23', 'w', '30']",
        ),
    ]);
}

#[test]
fn intersections_are_counted() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET s 1", "+OK"),
        ("ZADD a 1 x 2 y 3 z 4 w", ":4"),
        ("ZADD b 10 y 20 z 30 w", ":3"),
        ("ZINTERCARD 2 a b", ":3"),
        ("ZINTERCARD 2 a b LIMIT 1", ":1"),
        ("ZINTERCARD 2 a b LIMIT 0", ":3"),
        ("ZINTERCARD 2 a b LIMIT -1", "-ERR LIMIT can't be negative"),
        ("ZINTERCARD 2 a b LIMIT x", "-ERR LIMIT can't be negative"),
        ("ZINTERCARD 2 a b foo", SYNTAX),
        ("ZINTERCARD 2 a b LIMIT", SYNTAX),
        (
            "ZINTERCARD 0 a",
            "-ERR at least 1 input key is needed for 'zintercard' command",
        ),
        ("ZINTERCARD x a", NOT_INTEGER),
        ("ZINTERCARD 3 a b", SYNTAX),
        ("ZINTERCARD 2 a s", WRONG_TYPE),
        ("ZINTERCARD 2 nokey s", WRONG_TYPE),
        ("ZINTERCARD 2 a b LIMIT 1 LIMIT 2", ":2"),
    ]);
}

#[test]
fn zeros_keep_their_signs_in_large_results() {
    let mut t = Talk::new();
    let long = "m".repeat(70);
    t.check(&format!("ZADD z 0 {long} -0.0 a"), ":2");
    t.check("ZUNIONSTORE d 1 z", ":2");
    t.check("ZSCORE d a", "'-0'");
    t.check("OBJECT ENCODING d", "'skiplist'");
    // A listpack holds integers, and there is but one zero among them.
    t.check(&format!("ZREM z {long}"), ":1");
    t.check("ZINTERSTORE d 1 z", ":1");
    t.check("ZSCORE d a", "'0'");
    t.check("OBJECT ENCODING d", "'listpack'");
}
