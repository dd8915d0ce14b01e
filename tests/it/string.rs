//! Strings: the exact replies of every string command.

use crate::harness::Talk;

const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_INTEGER: &str = "-ERR value is not an integer or out of range";
const SYNTAX: &str = "-ERR syntax error";

#[test]
fn get_and_set() {
    let mut t = Talk::new();
    t.check_both("GET missing", "nil", "_");
    t.check("SET k v", "+OK");
    t.check_both("GET k", "'v'", "'v'");
    t.check(r#"SET k "a\r\n\x00\xff""#, "+OK");
    t.check("GET k", r"'a\r\n\x00\xff'");
    t.check(r#"SET "" empty"#, "+OK");
    t.check(r#"GET """#, "'empty'");
    t.check("GET", "-ERR wrong number of arguments for 'get' command");
    t.check(
        "get k k",
        "-ERR wrong number of arguments for 'get' command",
    );
}

#[test]
fn set_takes_conditions() {
    let mut t = Talk::new();
    t.check_both("SET k v XX", "nil", "_");
    t.check("SET k v NX", "+OK");
    t.check_both("SET k w NX", "nil", "_");
    t.check("SET k w XX", "+OK");
    t.check("SET k x GET", "'w'");
    t.check("SET fresh x NX GET", "nil");
    t.check("SET fresh y NX GET", "'x'");
    t.check("GET fresh", "'x'");
    t.check("SET k v NX XX", SYNTAX);
    t.check("SET k v nonsense", SYNTAX);
    t.check("SET k v EX", SYNTAX);
    t.check("SET k v EX 10 PX 10", SYNTAX);
    t.check("SET k v EX 10 KEEPTTL", SYNTAX);
    t.check("SET k v KEEPTTL PERSIST", SYNTAX);
}

#[test]
fn set_takes_expiries() {
    let mut t = Talk::new();
    t.check("SET k v EX 100", "+OK");
    t.check("TTL k", ":100");
    t.check("SET k v KEEPTTL", "+OK");
    t.check("TTL k", ":100");
    t.check("SET k v", "+OK");
    t.check("TTL k", ":-1");
    t.check("SET k v PXAT 33177117420000", "+OK");
    t.check("PEXPIRETIME k", ":33177117420000");
    t.check("SET k v EXAT 33177117420", "+OK");
    t.check("EXPIRETIME k", ":33177117420");
    t.check("SET k v EX notanumber", NOT_INTEGER);
    for refused in [
        "EX 0",
        "EX -1",
        "PX 0",
        "EX 9223372036854775807",
        "PX 9223372036854775807",
        "EXAT 0",
    ] {
        t.check(
            &format!("SET k v {refused}"),
            "-ERR invalid expire time in 'set' command",
        );
    }
    // A moment that has passed is accepted and takes the key away.
    t.check("SET k v PXAT 1", "+OK");
    t.check("EXISTS k", ":0");
}

#[test]
fn older_forms_of_set() {
    let mut t = Talk::new();
    t.check("SETNX k v", ":1");
    t.check("SETNX k w", ":0");
    t.check("GETSET k x", "'v'");
    t.check_both("GETDEL missing", "nil", "_");
    t.check("GETDEL k", "'x'");
    t.check("GETSET k x", "nil");
    t.check("SETEX k 100 v", "+OK");
    t.check("TTL k", ":100");
    t.check("PSETEX k 100000 v", "+OK");
    t.check("TTL k", ":100");
    t.check("SETEX k 0 v", "-ERR invalid expire time in 'setex' command");
    t.check(
        "PSETEX k -5 v",
        "-ERR invalid expire time in 'psetex' command",
    );
    t.check("SETEX k x v", NOT_INTEGER);
}

#[test]
fn getex_changes_the_expiry() {
    let mut t = Talk::new();
    t.check("SET k v EX 100", "+OK");
    t.check("GETEX k", "'v'");
    t.check("TTL k", ":100");
    t.check("GETEX k PERSIST", "'v'");
    t.check("TTL k", ":-1");
    t.check("GETEX k PX 50000", "'v'");
    t.check("TTL k", ":50");
    t.check(
        "GETEX k EX 0",
        "-ERR invalid expire time in 'getex' command",
    );
    t.check("GETEX k EX 10 PERSIST", SYNTAX);
    t.check("GETEX k KEEPTTL", SYNTAX);
    t.check("GETEX k EXAT 1", "'v'");
    t.check_both("GETEX k", "nil", "_");
}

#[test]
fn several_keys_at_once() {
    let mut t = Talk::new();
    t.check("MSET a 1 b 2 a 3", "+OK");
    t.check_both("MGET a missing b", "['3', nil, '2']", "['3', _, '2']");
    t.check("MSETNX c 1 a 1", ":0");
    t.check("EXISTS c", ":0");
    t.check("MSETNX c 1 d 1", ":1");
    t.check(
        "MSET a",
        "-ERR wrong number of arguments for 'mset' command",
    );
    t.check(
        "MSET a 1 b",
        "-ERR wrong number of arguments for 'mset' command",
    );
    t.check(
        "MSETNX a 1 b",
        "-ERR wrong number of arguments for 'msetnx' command",
    );
}

#[test]
fn counters() {
    let mut t = Talk::new();
    t.check("INCR n", ":1");
    t.check("INCRBY n 41", ":42");
    t.check("DECR n", ":41");
    t.check("DECRBY n 50", ":-9");
    t.check("GET n", "'-9'");
    t.check("SET n 9223372036854775807", "+OK");
    t.check("INCR n", "-ERR increment or decrement would overflow");
    t.check("SET n -9223372036854775808", "+OK");
    t.check("DECR n", "-ERR increment or decrement would overflow");
    t.check(
        "DECRBY n -9223372036854775808",
        "-ERR decrement would overflow",
    );
    t.check("INCRBY n 1.5", NOT_INTEGER);
    for none in [
        "\"\"",
        "\" 11\"",
        "\"11 \"",
        "+1",
        "01",
        "x",
        "9223372036854775808",
    ] {
        t.check(&format!("SET s {none}"), "+OK");
        t.check("INCR s", NOT_INTEGER);
    }
}

#[test]
fn counting_in_fractions() {
    let mut t = Talk::new();
    t.check("INCRBYFLOAT f 1.5", "'1.5'");
    t.check("INCRBYFLOAT f 1.5", "'3'");
    t.check("INCRBYFLOAT f -1e2", "'-97'");
    t.check("INCRBYFLOAT g 0.1", "'0.1'");
    t.check("INCRBYFLOAT g 0.2", "'0.3'");
    t.check("SET f 10", "+OK");
    t.check("INCRBYFLOAT f 3.141592653589793", "'13.141592653589793'");
    t.check("INCRBYFLOAT f x", "-ERR value is not a valid float");
    t.check("INCRBYFLOAT f nan", "-ERR value is not a valid float");
    t.check(
        "INCRBYFLOAT f inf",
        "-ERR increment would produce NaN or Infinity",
    );
    t.check("SET f \" 1\"", "+OK");
    t.check("INCRBYFLOAT f 1", "-ERR value is not a valid float");
    t.check("SET f 1e5", "+OK");
    t.check("INCRBYFLOAT f 1e5", "'200000'");
}

#[test]
fn ranges_saturate() {
    let mut t = Talk::new();
    t.check("SET s hello", "+OK");
    for (range, expected) in [
        ("0 -1", "'hello'"),
        ("1 3", "'ell'"),
        ("-3 -1", "'llo'"),
        ("0 -100", "'h'"),
        ("-100 100", "'hello'"),
        ("-7 -9", "''"),
        ("3 1", "''"),
        ("5 9", "''"),
        ("-9223372036854775808 9223372036854775807", "'hello'"),
    ] {
        t.check(&format!("GETRANGE s {range}"), expected);
        t.check(&format!("SUBSTR s {range}"), expected);
    }
    t.check("GETRANGE missing 0 -1", "''");
    t.check("GETRANGE s x 1", NOT_INTEGER);
}

#[test]
fn setrange_and_append_grow_strings() {
    let mut t = Talk::new();
    t.check("SETRANGE s 0 \"\"", ":0");
    t.check("EXISTS s", ":0");
    t.check("SETRANGE s 3 abc", ":6");
    t.check("GET s", r"'\x00\x00\x00abc'");
    t.check("SETRANGE s 1 X", ":6");
    t.check("GET s", r"'\x00X\x00abc'");
    t.check("SETRANGE s -1 x", "-ERR offset is out of range");
    t.check(
        "SETRANGE s 536870912 x",
        "-ERR string exceeds maximum allowed size (proto-max-bulk-len)",
    );
    t.check("APPEND a foo", ":3");
    t.check("APPEND a bar", ":6");
    t.check("STRLEN a", ":6");
    t.check("STRLEN missing", ":0");
    t.check("SET n 12", "+OK");
    t.check("APPEND n 3", ":3");
    t.check("INCR n", ":124");
}

#[test]
fn encodings_show_how_strings_are_kept() {
    let mut t = Talk::new();
    let long = "x".repeat(45);
    let short = "x".repeat(44);
    for (value, encoding) in [
        ("12345", "'int'"),
        ("-9223372036854775808", "'int'"),
        ("9223372036854775807", "'int'"),
        ("9223372036854775808", "'embstr'"),
        ("007", "'embstr'"),
        ("\"\"", "'embstr'"),
        (&short, "'embstr'"),
        (&long, "'raw'"),
    ] {
        t.check(&format!("SET k {value}"), "+OK");
        t.check("OBJECT ENCODING k", encoding);
    }
    t.check("SET k abc", "+OK");
    t.check("APPEND k d", ":4");
    t.check("OBJECT ENCODING k", "'raw'");
    t.check("SET k abc", "+OK");
    t.check("SETRANGE k 0 x", ":3");
    t.check("OBJECT ENCODING k", "'raw'");
    t.check("SET k 9", "+OK");
    t.check("INCRBYFLOAT k 1", "'10'");
    t.check("OBJECT ENCODING k", "'embstr'");
    t.check("INCR k", ":11");
    t.check("OBJECT ENCODING k", "'int'");
}

#[test]
fn an_option_may_come_again_but_not_contradict() {
    let mut t = Talk::new();
    t.check("SET k v EX 10 EX 200", "+OK");
    t.check("TTL k", ":200");
    t.check("SET k v NX NX", "nil");
    t.check("GETEX k EX 10 EX 100", "'v'");
    t.check("TTL k", ":100");
    for line in [
        "SET k v EX 10 PX 20",
        "SET k v XX NX",
        "GETEX k EX 1 PERSIST",
    ] {
        t.check(line, SYNTAX);
    }
    // The syntax is looked at before the time.
    t.check("SET k v EX 0 nonsense", SYNTAX);
    t.check("GETEX k EX 0 nonsense", SYNTAX);
    t.check("GETEX missing EX 0", "nil");
}

#[test]
fn longest_common_subsequence() {
    let mut t = Talk::new();
    t.check("MSET a ohmytext b mynewtext", "+OK");
    t.check("LCS a b", "'mytext'");
    t.check("LCS a b LEN", ":6");
    // Keys are looked at before options.
    t.check("RPUSH list x", ":1");
    t.check(
        "LCS a list LEN IDX",
        "-ERR The specified keys must contain string values",
    );
    t.check("LCS a missing", "''");
    t.check_both(
        "LCS a b IDX",
        "['matches', [[[:4, :7], [:5, :8]], [[:2, :3], [:0, :1]]], 'len', :6]",
        "{'matches': [[[:4, :7], [:5, :8]], [[:2, :3], [:0, :1]]], 'len': :6}",
    );
    t.check_both(
        "LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN",
        "['matches', [[[:4, :7], [:5, :8], :4]], 'len', :6]",
        "{'matches': [[[:4, :7], [:5, :8], :4]], 'len': :6}",
    );
    t.check(
        "LCS a b LEN IDX",
        "-ERR If you want both the length and indexes, please just use IDX.",
    );
    t.check("LCS a b NONSENSE", SYNTAX);
}

/// Commands and options that Valkey added after 7.2.
#[test]
fn compare_and_set_or_delete() {
    let mut t = Talk::new();
    t.check_both("SET k v IFEQ old", "nil", "_");
    t.check("SET k old", "+OK");
    t.check("SET k new IFEQ other", "nil");
    t.check("SET k new IFEQ old", "+OK");
    t.check("SET k newer IFEQ new GET", "'new'");
    t.check("SET k v IFEQ newer NX", SYNTAX);
    t.check("DELIFEQ k other", ":0");
    t.check("DELIFEQ k newer", ":1");
    t.check("DELIFEQ k newer", ":0");
}

/// As Valkey 9 has it.
#[test]
fn msetex_sets_keys_that_expire() {
    let mut t = Talk::new();
    t.check("MSETEX 2 a 1 b 2 EX 100", ":1");
    t.check("TTL b", ":100");
    t.check("MSETEX 2 a 3 c 4 NX", ":0");
    t.check("MGET a b c", "['1', '2', nil]");
    t.check("MSETEX 2 a 3 b 4 XX KEEPTTL", ":1");
    t.check("TTL a", ":100");
    t.check("MGET a b", "['3', '4']");
    t.check("MSETEX 0 a 1", "-ERR invalid numkeys value or out of range");
}

#[test]
fn string_commands_refuse_other_types() {
    let mut t = Talk::new();
    t.check("HSET l f v", ":1");
    for line in [
        "GET l",
        "GETSET l v",
        "GETDEL l",
        "GETEX l",
        "APPEND l v",
        "STRLEN l",
        "INCR l",
        "DECR l",
        "INCRBY l 1",
        "INCRBYFLOAT l 1",
        "GETRANGE l 0 1",
        "SETRANGE l 0 x",
        "SET l v GET",
    ] {
        t.check(line, WRONG_TYPE);
    }
    t.check("MGET l", "[nil]");
    t.check("SETNX l v", ":0");
    t.check(
        "LCS l l",
        "-ERR The specified keys must contain string values",
    );
    t.check("SET l v", "+OK");
}
