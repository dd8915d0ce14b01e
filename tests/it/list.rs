//! Lists: the exact replies of every list command that does not wait.

use crate::harness::Talk;

const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_INTEGER: &str = "-ERR value is not an integer or out of range";
const NOT_POSITIVE: &str = "-ERR value is out of range, must be positive";
const SYNTAX: &str = "-ERR syntax error";

#[test]
fn elements_are_pushed_at_either_end() {
    let mut t = Talk::new();
    t.check("LPUSH l b a", ":2");
    t.check("RPUSH l c d", ":4");
    t.check_both(
        "LRANGE l 0 -1",
        "['a', 'b', 'c', 'd']",
        "['a', 'b', 'c', 'd']",
    );
    t.check("LLEN l", ":4");
    t.check("LPUSHX missing a", ":0");
    t.check("RPUSHX missing a", ":0");
    t.check("EXISTS missing", ":0");
    t.check("LPUSHX l y z", ":6");
    t.check("RPUSHX l e", ":7");
    t.check("LRANGE l 0 1", "['z', 'y']");
    t.check(
        "LPUSH l",
        "-ERR wrong number of arguments for 'lpush' command",
    );
    t.check("SET s v", "+OK");
    for command in ["LPUSH", "RPUSH", "LPUSHX", "RPUSHX"] {
        t.check(&format!("{command} s a"), WRONG_TYPE);
    }
    t.check("LLEN s", WRONG_TYPE);
    t.check("LLEN missing", ":0");
}

#[test]
fn elements_are_popped_from_either_end() {
    let mut t = Talk::new();
    t.check("RPUSH l a b c d e f", ":6");
    t.check("LPOP l", "'a'");
    t.check("RPOP l", "'f'");
    t.check("LPOP l 2", "['b', 'c']");
    t.check("RPOP l 0", "[]");
    t.check("RPOP l 5", "['e', 'd']");
    t.check("EXISTS l", ":0");
    t.check_both("LPOP l", "nil", "_");
    t.check_both("RPOP l 1", "nil[]", "_");
    t.check_both("LPOP l 0", "nil[]", "_");
    t.check("LPOP l x", NOT_POSITIVE);
    t.check("LPOP l -1", NOT_POSITIVE);
    t.check(
        "LPOP l 1 2",
        "-ERR wrong number of arguments for 'lpop' command",
    );
    t.check(
        "RPOP l 1 2",
        "-ERR wrong number of arguments for 'rpop' command",
    );
    t.check("SET s v", "+OK");
    t.check("LPOP s", WRONG_TYPE);
    t.check("LPOP s 0", WRONG_TYPE);
    t.check("RPOP s x", NOT_POSITIVE);
}

#[test]
fn elements_are_popped_from_the_first_list_that_exists() {
    let mut t = Talk::new();
    t.check("RPUSH l a b c", ":3");
    t.check("LMPOP 2 missing l LEFT", "['l', ['a']]");
    t.check("LMPOP 1 l RIGHT COUNT 10", "['l', ['c', 'b']]");
    t.check("EXISTS l", ":0");
    t.check_both("LMPOP 1 l RIGHT", "nil[]", "_");
    t.check("SET s v", "+OK");
    t.check("LMPOP 2 l s LEFT", WRONG_TYPE);
    let numkeys = "-ERR numkeys should be greater than 0";
    let count = "-ERR count should be greater than 0";
    t.check_all(&[
        ("LMPOP 0 l LEFT", numkeys),
        ("LMPOP x l LEFT", numkeys),
        ("LMPOP 2 l LEFT", SYNTAX),
        ("LMPOP 9223372036854775807 l LEFT", SYNTAX),
        ("LMPOP 1 l MIDDLE", SYNTAX),
        ("LMPOP 1 l LEFT COUNT", SYNTAX),
        ("LMPOP 1 l LEFT COUNT 0", count),
        ("LMPOP 1 l LEFT COUNT x", count),
        ("LMPOP 1 l LEFT COUNT 1 COUNT 1", SYNTAX),
        ("LMPOP 1 l LEFT 1", SYNTAX),
    ]);
}

#[test]
fn elements_are_found_by_number() {
    let mut t = Talk::new();
    t.check("RPUSH l a b c d", ":4");
    t.check_all(&[
        ("LRANGE l 1 2", "['b', 'c']"),
        ("LRANGE l -2 100", "['c', 'd']"),
        ("LRANGE l -100 0", "['a']"),
        ("LRANGE l 2 1", "[]"),
        ("LRANGE l 4 9", "[]"),
        ("LRANGE missing 0 -1", "[]"),
        ("LRANGE missing 0 x", NOT_INTEGER),
        ("LINDEX l 0", "'a'"),
        ("LINDEX l -1", "'d'"),
        ("LINDEX l 4", "nil"),
        ("LINDEX l -5", "nil"),
        ("LINDEX l x", NOT_INTEGER),
        ("LINDEX missing x", "nil"),
    ]);
    t.check3("LINDEX l 9", "_");
    t.check("SET s v", "+OK");
    t.check("LRANGE s 0 -1", WRONG_TYPE);
    t.check("LINDEX s x", WRONG_TYPE);
}

#[test]
fn elements_are_found_by_value() {
    let mut t = Talk::new();
    t.check("RPUSH l a b c 1 2 3 c c", ":8");
    t.check_all(&[
        ("LPOS l c", ":2"),
        ("LPOS l c RANK 2", ":6"),
        ("LPOS l c RANK -1", ":7"),
        ("LPOS l c RANK 4", "nil"),
        ("LPOS l c COUNT 2", "[:2, :6]"),
        ("LPOS l c COUNT 0 RANK -1", "[:7, :6, :2]"),
        ("LPOS l c MAXLEN 2", "nil"),
        ("LPOS l c COUNT 0 MAXLEN 7", "[:2, :6]"),
        ("LPOS l x COUNT 1", "[]"),
        ("LPOS missing x", "nil"),
        ("LPOS missing x COUNT 0", "[]"),
        ("LPOS l 2", ":4"),
        ("LPOS l c RANK", SYNTAX),
        ("LPOS l c FIRST 1", SYNTAX),
        ("LPOS l c RANK x", NOT_INTEGER),
        ("LPOS l c COUNT -1", "-ERR COUNT can't be negative"),
        ("LPOS l c MAXLEN x", "-ERR MAXLEN can't be negative"),
    ]);
    t.check(
        "LPOS missing c RANK 0",
        "-ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to \
         start from the end of the list",
    );
    t.check(
        "LPOS l c RANK -9223372036854775808",
        "-ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    );
    t.check3("LPOS l x", "_");
    t.check("SET s v", "+OK");
    t.check("LPOS s a", WRONG_TYPE);
}

#[test]
fn elements_are_changed_in_their_place() {
    let mut t = Talk::new();
    t.check("RPUSH l a b a c a", ":5");
    t.check_all(&[
        ("LSET l 1 B", "+OK"),
        ("LSET l -1 z", "+OK"),
        ("LSET l 5 x", "-ERR index out of range"),
        ("LSET l -6 x", "-ERR index out of range"),
        ("LSET l x x", NOT_INTEGER),
        ("LSET missing x x", "-ERR no such key"),
        ("LINSERT l BEFORE c 1", ":6"),
        ("LINSERT l after c 2", ":7"),
        ("LINSERT l AFTER nosuch 2", ":-1"),
        ("LINSERT missing AFTER c 2", ":0"),
        ("LINSERT missing BESIDE c 2", SYNTAX),
        ("LRANGE l 0 -1", "['a', 'B', 'a', '1', 'c', '2', 'z']"),
        ("RPUSH l a", ":8"),
        ("LREM l -1 a", ":1"),
        ("LREM l 1 a", ":1"),
        ("LREM l 0 nosuch", ":0"),
        ("LREM missing 0 a", ":0"),
        ("LREM missing x a", NOT_INTEGER),
        ("LRANGE l 0 -1", "['B', 'a', '1', 'c', '2', 'z']"),
        ("LTRIM l 1 -2", "+OK"),
        ("LRANGE l 0 -1", "['a', '1', 'c', '2']"),
        ("LTRIM l 5 1", "+OK"),
        ("EXISTS l", ":0"),
        ("LTRIM l 0 0", "+OK"),
        ("LTRIM l x 0", NOT_INTEGER),
        ("RPUSH l x x", ":2"),
        ("LREM l 0 x", ":2"),
        ("EXISTS l", ":0"),
        ("SET s v", "+OK"),
        ("LSET s x x", WRONG_TYPE),
        ("LINSERT s AFTER a b", WRONG_TYPE),
        ("LREM s 0 a", WRONG_TYPE),
        ("LTRIM s 0 0", WRONG_TYPE),
    ]);
}

#[test]
fn elements_move_between_lists() {
    let mut t = Talk::new();
    t.check("RPUSH l a b c", ":3");
    t.check_all(&[
        ("RPOPLPUSH l m", "'c'"),
        ("LMOVE l m LEFT RIGHT", "'a'"),
        ("LRANGE m 0 -1", "['c', 'a']"),
        ("LMOVE m m left right", "'c'"),
        ("LRANGE m 0 -1", "['a', 'c']"),
        ("LMOVE l m RIGHT LEFT", "'b'"),
        ("EXISTS l", ":0"),
        ("RPOPLPUSH l m", "nil"),
        ("RPUSH one x", ":1"),
        ("LMOVE one one LEFT LEFT", "'x'"),
        ("LRANGE one 0 -1", "['x']"),
        ("SET s v", "+OK"),
        ("LMOVE l s LEFT LEFT", "nil"),
        ("LMOVE m s LEFT LEFT", WRONG_TYPE),
        ("LMOVE s m LEFT LEFT", WRONG_TYPE),
        ("LRANGE m 0 -1", "['b', 'a', 'c']"),
        ("LMOVE m m UP LEFT", SYNTAX),
        ("LMOVE m m LEFT UP", SYNTAX),
    ]);
    t.check3("RPOPLPUSH nosuch m", "_");
}

#[test]
fn the_encoding_follows_the_size() {
    let mut t = Talk::with(&["--list-max-listpack-size", "4"]);
    t.check("RPUSH l 1 2 3 4", ":4");
    t.check("OBJECT ENCODING l", "'listpack'");
    t.check("RPUSH l 5", ":5");
    t.check("OBJECT ENCODING l", "'quicklist'");
    t.check("LPOP l 3", "['1', '2', '3']");
    t.check("OBJECT ENCODING l", "'quicklist'");
    t.check("LPOP l", "'4'");
    t.check("OBJECT ENCODING l", "'listpack'");
    t.check("CONFIG SET list-max-listpack-size -1", "+OK");
    t.check(&format!("RPUSH big {}", "x".repeat(5000)), ":1");
    t.check("OBJECT ENCODING big", "'quicklist'");
    t.check("LPUSH small x", ":1");
    t.check("OBJECT ENCODING small", "'listpack'");
}

#[test]
fn large_elements_have_nodes_of_their_own() {
    let mut t = Talk::with(&["--enable-debug-command", "yes"]);
    t.check("DEBUG QUICKLIST-PACKED-THRESHOLD 10b", "+OK");
    t.check("RPUSH l a b 0123456789 c", ":4");
    t.check("OBJECT ENCODING l", "'quicklist'");
    t.check("LINSERT l BEFORE b 9876543210", ":5");
    t.check("LSET l 0 aaaaaaaaaaaa", "+OK");
    t.check("LSET l 3 short", "+OK");
    t.check(
        "LRANGE l 0 -1",
        "['aaaaaaaaaaaa', '9876543210', 'b', 'short', 'c']",
    );
    t.check("LPOP l 2", "['aaaaaaaaaaaa', '9876543210']");
    t.check("DEBUG QUICKLIST-PACKED-THRESHOLD 0", "+OK");
    t.check("RPUSH m 0123456789", ":1");
    t.check("OBJECT ENCODING m", "'listpack'");
    t.check(
        "DEBUG QUICKLIST-PACKED-THRESHOLD 4gb",
        "-ERR argument must be a memory value bigger than 1 and smaller than 4gb",
    );
}
