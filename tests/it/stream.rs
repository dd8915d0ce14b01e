//! Streams: entries added, read, trimmed and deleted.

use crate::harness::{Reply, Talk};

const SYNTAX: &str = "-ERR syntax error";
const NOT_INTEGER: &str = "-ERR value is not an integer or out of range";
const INVALID_ID: &str = "-ERR Invalid stream ID specified as stream command argument";
const NOT_ABOVE: &str =
    "-ERR The ID specified in XADD is equal or smaller than the target stream top item";
const LIMIT_EXACT: &str = "-ERR syntax error, LIMIT cannot be used without the special ~ option";
const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";

#[test]
fn identifiers_ascend() {
    let mut t = Talk::new();
    t.check_all(&[
        ("XADD s 1-1 f v", "'1-1'"),
        ("XADD s 1-1 f v", NOT_ABOVE),
        ("XADD s 0-5 f v", NOT_ABOVE),
        ("XADD s 1-* f v", "'1-2'"),
        ("XADD s 5 f v", "'5-0'"),
        ("XADD s 5-* f v", "'5-1'"),
        ("XADD s 4-* f v", NOT_ABOVE),
        (
            "XADD s 0-0 f v",
            "-ERR The ID specified in XADD must be greater than 0-0",
        ),
        ("XADD new 0-* f v", "'0-1'"),
        ("XADD s x f v", INVALID_ID),
        ("XADD s 1-1-1 f v", INVALID_ID),
        ("XADD s *-1 f v", INVALID_ID),
        ("XLEN s", ":4"),
        ("XLEN missing", ":0"),
        ("TYPE s", "+stream"),
        ("OBJECT ENCODING s", "'stream'"),
        (
            "XADD s 18446744073709551615-18446744073709551615 f v",
            "'18446744073709551615-18446744073709551615'",
        ),
        (
            "XADD s * f v",
            "-ERR The stream has exhausted the last possible ID, unable to add more items",
        ),
    ]);
}

#[test]
fn automatic_identifiers_are_the_time() {
    let mut t = Talk::new();
    let Reply::Bulk(id) = t.run("XADD s * f v") else {
        panic!("XADD replies with an identifier");
    };
    let id = String::from_utf8(id).expect("digits and a dash");
    let (ms, seq) = id.split_once('-').expect("two numbers");
    assert!(ms.parse::<u64>().expect("a number") > 1_600_000_000_000);
    assert_eq!(seq, "0");
}

#[test]
fn additions_are_checked() {
    let mut t = Talk::new();
    let arity = "-ERR wrong number of arguments for 'xadd' command";
    t.check("XADD s * f", arity);
    t.check("XADD s * f v g", arity);
    t.check("XADD s MAXLEN 5", arity);
    t.check("XADD s NOMKSTREAM 1-1 f v", "nil");
    t.check("EXISTS s", ":0");
    t.check("XADD s MAXLEN x * f v", NOT_INTEGER);
    t.check(
        "XADD s MAXLEN -1 * f v",
        "-ERR The MAXLEN argument must be >= 0.",
    );
    t.check(
        "XADD s MAXLEN 5 MINID 1 * f v",
        "-ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
    );
    t.check("XADD s MAXLEN 5 LIMIT 5 * f v", LIMIT_EXACT);
    t.check("XADD s LIMIT 0 * f v", LIMIT_EXACT);
    t.check(
        "XADD s LIMIT 5 * f v",
        "-ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
    );
    t.check(
        "XADD s MAXLEN ~ 5 LIMIT -1 * f v",
        "-ERR The LIMIT argument must be >= 0.",
    );
    t.check("XADD s MINID x * f v", INVALID_ID);
    t.check("SET string x", "+OK");
    t.check("XADD string * f v", WRONG_TYPE);
    t.check("XLEN string", WRONG_TYPE);
    t.check("XTRIM string MAXLEN 1", WRONG_TYPE);
}

#[test]
fn ranges_go_both_ways() {
    let mut t = Talk::new();
    for (id, value) in [("1-1", "a"), ("1-2", "b"), ("2-0", "c")] {
        t.check(&format!("XADD s {id} f {value}"), &format!("'{id}'"));
    }
    let (a, b, c) = (
        "['1-1', ['f', 'a']]",
        "['1-2', ['f', 'b']]",
        "['2-0', ['f', 'c']]",
    );
    for (range, entries) in [
        ("- +", format!("[{a}, {b}, {c}]")),
        ("1 1", format!("[{a}, {b}]")),
        ("1-2 +", format!("[{b}, {c}]")),
        ("(1-1 (2-0", format!("[{b}]")),
        ("(2-0 +", "[]".to_owned()),
        ("3 1", "[]".to_owned()),
        ("- + COUNT 2", format!("[{a}, {b}]")),
        ("- + COUNT 0", "nil[]".to_owned()),
        ("- + COUNT -1", "nil[]".to_owned()),
    ] {
        t.check(&format!("XRANGE s {range}"), &entries);
    }
    t.check("XREVRANGE s + - COUNT 2", &format!("[{c}, {b}]"));
    t.check("XREVRANGE s (2-0 1", &format!("[{b}, {a}]"));
    t.check("XRANGE missing - +", "[]");
    t.check("XRANGE s - + COUNT", SYNTAX);
    t.check("XRANGE s - + COUNT x", NOT_INTEGER);
    t.check("XRANGE s x +", INVALID_ID);
    t.check(
        "XRANGE s (18446744073709551615-18446744073709551615 +",
        "-ERR invalid start ID for the interval",
    );
    t.check("XRANGE s - (0-0", "-ERR invalid end ID for the interval");
    t.check3("XRANGE s 2 +", &format!("[{c}]"));
}

#[test]
fn entries_are_trimmed_and_deleted() {
    let mut t = Talk::with(&["--stream-node-max-entries", "10"]);
    for seq in 1..=100 {
        t.check(&format!("XADD s 1-{seq} f {seq}"), &format!("'1-{seq}'"));
    }
    t.check_all(&[
        ("XTRIM s MAXLEN ~ 95", ":0"),
        ("XTRIM s MAXLEN ~ 75 LIMIT 15", ":10"),
        ("XTRIM s MAXLEN ~ 75", ":10"),
        ("XTRIM s MAXLEN = 75", ":5"),
        ("XTRIM s MINID 1-31", ":5"),
        ("XTRIM s MINID ~ 1-35", ":0"),
        ("XTRIM missing MAXLEN 0", ":0"),
        ("XRANGE s - + COUNT 1", "[['1-31', ['f', '31']]]"),
        ("XADD s MAXLEN 3 2-1 f v", "'2-1'"),
        ("XLEN s", ":3"),
        ("XDEL s 1-100 7-7 2-1", ":2"),
        ("XDEL s 1-99 x", INVALID_ID),
        ("XDEL missing x", ":0"),
        ("XLEN s", ":1"),
        ("XTRIM s MAXLEN 0", ":1"),
        ("XLEN s", ":0"),
        ("EXISTS s", ":1"),
        (
            "XTRIM s LIMIT 0",
            "-ERR syntax error, XTRIM must be called with a trimming strategy",
        ),
        ("XTRIM s FOO 1", SYNTAX),
    ]);
}

#[test]
fn several_streams_are_read_at_once() {
    let mut t = Talk::new();
    t.check("XADD a 1-1 f v", "'1-1'");
    t.check("XADD a 1-2 f w", "'1-2'");
    t.check("XADD b 5-0 g x", "'5-0'");
    let (a, b) = (
        "['1-1', ['f', 'v']], ['1-2', ['f', 'w']]",
        "['5-0', ['g', 'x']]",
    );
    t.check_both(
        "XREAD STREAMS a b 0 0",
        &format!("[['a', [{a}]], ['b', [{b}]]]"),
        &format!("{{'a': [{a}], 'b': [{b}]}}"),
    );
    t.check_both(
        "XREAD STREAMS a b $ 4",
        &format!("[['b', [{b}]]]"),
        &format!("{{'b': [{b}]}}"),
    );
    t.check(
        "XREAD COUNT 1 STREAMS a missing 0 0",
        "[['a', [['1-1', ['f', 'v']]]]]",
    );
    t.check_both("XREAD STREAMS a b $ $", "nil[]", "_");
    t.check(
        "XREAD STREAMS a b 0",
        "-ERR Unbalanced XREAD list of streams: for each stream key an ID or '$' must be specified.",
    );
    t.check("XREAD COUNT x STREAMS a 0", NOT_INTEGER);
    t.check(
        "XREAD BLOCK x STREAMS a 0",
        "-ERR timeout is not an integer or out of range",
    );
    t.check("XREAD BLOCK -1 STREAMS a 0", "-ERR timeout is negative");
    t.check(
        "XREAD STREAMS a >",
        "-ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
    );
    t.check("XREAD COUNT 1 a 0", SYNTAX);
    t.check("SET string x", "+OK");
    t.check("XREAD STREAMS string 0", WRONG_TYPE);
}

#[test]
fn what_is_counted_can_be_set() {
    let mut t = Talk::new();
    t.check_all(&[
        ("XSETID s 1-1", "-ERR no such key"),
        ("XADD s 2-0 f v", "'2-0'"),
        ("XSETID s 9-0", "+OK"),
        ("XADD s 8-0 f v", NOT_ABOVE),
        (
            "XSETID s 1-0",
            "-ERR The ID specified in XSETID is smaller than the target stream top item",
        ),
        (
            "XSETID s 9-0 MAXDELETEDID 10",
            "-ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
        ),
        (
            "XSETID s 9-0 ENTRIESADDED -1",
            "-ERR entries_added must be positive",
        ),
        (
            "XSETID s 9-0 ENTRIESADDED 0",
            "-ERR The entries_added specified in XSETID is smaller than the target stream length",
        ),
        ("XSETID s 9-0 ENTRIESADDED 7 MAXDELETEDID 8-0", "+OK"),
        (
            "XSETID s 7-0",
            "-ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
        ),
        ("XSETID s 9-0 FOO", SYNTAX),
    ]);
}

#[test]
fn streams_are_described() {
    let mut t = Talk::new();
    t.check("XINFO STREAM missing", "-ERR no such key");
    t.check("XADD s 1-1 f v", "'1-1'");
    t.check("XADD s 1-2 f w", "'1-2'");
    t.check("XDEL s 1-1", ":1");
    let counters = "'length': :1, 'radix-tree-keys': :1, 'radix-tree-nodes': :2, \
        'last-generated-id': '1-2', 'max-deleted-entry-id': '1-1', 'entries-added': :2, \
        'recorded-first-entry-id': '1-2'";
    let entry = "['1-2', ['f', 'w']]";
    t.check3(
        "XINFO STREAM s",
        &format!("{{{counters}, 'groups': :0, 'first-entry': {entry}, 'last-entry': {entry}}}"),
    );
    t.check3(
        "XINFO STREAM s FULL",
        &format!("{{{counters}, 'entries': [{entry}], 'groups': []}}"),
    );
    let syntax =
        "-ERR unknown subcommand or wrong number of arguments for 'STREAM'. Try XINFO HELP.";
    t.check("XINFO STREAM s FOO", syntax);
    t.check("XINFO STREAM s FULL COUNT", syntax);
    t.check("XINFO STREAM s FULL COUNT x", NOT_INTEGER);
    t.check("COPY s t", ":1");
    t.check("XRANGE t - +", &format!("[{entry}]"));
    t.check("DEL t", ":1");
    t.check("SET string x", "+OK");
    t.check("SCAN 0 TYPE stream COUNT 100", "['0', ['s']]");
}
