//! `HyperLogLog`s: different elements, estimated.

use crate::harness::Talk;

const NO_HYPERLOGLOG: &str = "-WRONGTYPE Key is not a valid HyperLogLog string value.";

#[test]
fn elements_are_added_and_counted() {
    let mut t = Talk::new();
    t.check_all(&[
        ("PFADD h a b c", ":1"),
        ("PFADD h a", ":0"),
        ("PFCOUNT h", ":3"),
        ("PFCOUNT missing", ":0"),
        ("PFADD empty", ":1"),
        ("PFADD empty", ":0"),
        ("PFCOUNT empty", ":0"),
        ("PFADD i c d", ":1"),
        ("PFCOUNT h i missing", ":4"),
        ("PFMERGE m h i missing", "+OK"),
        ("PFCOUNT m", ":4"),
        ("TYPE h", "+string"),
        ("OBJECT ENCODING h", "'raw'"),
        ("EXPIRE h 1000", ":1"),
        ("PFADD h z", ":1"),
        ("TTL h", ":1000"),
    ]);
}

#[test]
fn what_is_no_hyperloglog_is_refused() {
    let mut t = Talk::new();
    t.check("SET s x", "+OK");
    t.check("XADD x 1-1 f v", "'1-1'");
    for command in [
        "PFADD s a",
        "PFCOUNT s",
        "PFMERGE d s",
        "PFDEBUG ENCODING s",
    ] {
        t.check(command, NO_HYPERLOGLOG);
    }
    t.check(
        "PFADD x a",
        "-WRONGTYPE Operation against a key holding the wrong kind of value",
    );
    t.check("PFADD h a", ":1");
    t.check(r"APPEND h hello", ":26");
    t.check("PFCOUNT h", "-INVALIDOBJ Corrupted HLL object detected");
    t.check("PFMERGE d h", "-INVALIDOBJ Corrupted HLL object detected");
}

#[test]
fn registers_can_be_looked_at() {
    let mut t = Talk::new();
    t.check("PFADD h a b c", ":1");
    t.check("PFDEBUG ENCODING h", "+sparse");
    // As Redis has them: the hash is the same.
    t.check(
        "PFDEBUG DECODE h",
        "'Z:8436 v:1,1 Z:4274 v:2,1 Z:3068 v:1,1 Z:603'",
    );
    t.check("PFDEBUG TODENSE h", ":1");
    t.check("PFDEBUG TODENSE h", ":0");
    t.check("PFDEBUG ENCODING h", "+dense");
    t.check("PFDEBUG DECODE h", "-ERR HLL encoding is not sparse");
    t.check("STRLEN h", ":12304");
    t.check("PFADD h a", ":0");
    t.check("PFADD h d", ":1");
    t.check("PFCOUNT h", ":4");
    assert_eq!(t.run("PFDEBUG GETREG h").items().len(), 16384);
    t.check("PFDEBUG FOO h", "-ERR Unknown PFDEBUG subcommand 'FOO'");
    t.check(
        "PFDEBUG ENCODING missing",
        "-ERR The specified key does not exist",
    );
    t.check("PFSELFTEST", "+OK");
}

#[test]
fn a_value_grows_dense() {
    let mut t = Talk::with(&["--hll-sparse-max-bytes", "100"]);
    for number in 0..50 {
        t.run(&format!("PFADD h {number} {}", number + 1000));
    }
    t.check("PFDEBUG ENCODING h", "+dense");
    let count = t.run("PFCOUNT h");
    assert!(
        (98..=102).any(|near| count.to_string() == format!(":{near}")),
        "{count}"
    );
}
