//! Bitmaps: strings as rows of bits.

use crate::harness::Talk;

const BIT_OFFSET: &str = "-ERR bit offset is not an integer or out of range";
const SYNTAX: &str = "-ERR syntax error";

#[test]
fn single_bits() {
    let mut t = Talk::new();
    t.check("SETBIT b 1 1", ":0");
    t.check("SETBIT b 1 1", ":1");
    t.check("GET b", "'@'");
    t.check("SETBIT b 17 1", ":0");
    t.check("GET b", r"'@\x00@'");
    t.check("GETBIT b 17", ":1");
    t.check("GETBIT b 1000000", ":0");
    t.check("GETBIT missing 0", ":0");
    t.check("SETBIT b 0 2", "-ERR bit is not an integer or out of range");
    t.check("SETBIT b -1 1", BIT_OFFSET);
    t.check("SETBIT b 4294967296 1", BIT_OFFSET);
    t.check("GETBIT b x", BIT_OFFSET);
    t.check("SET n 12", "+OK");
    t.check("SETBIT n 6 0", ":0");
    t.check("OBJECT ENCODING n", "'raw'");
}

#[test]
fn counting_bits() {
    let mut t = Talk::new();
    t.check("SET b foobar", "+OK");
    for (range, count) in [
        ("", 26),
        ("0 0", 4),
        ("1 1", 6),
        ("0 -1", 26),
        ("-2 -1", 7),
        ("-1 -2", 0),
        ("0 100", 26),
        ("1 1 BYTE", 6),
        ("5 30 BIT", 17),
        ("-16 -1 BIT", 7),
    ] {
        t.check(&format!("BITCOUNT b {range}"), &format!(":{count}"));
    }
    t.check("BITCOUNT missing", ":0");
    t.check("BITCOUNT missing 0 -1", ":0");
    t.check("BITCOUNT b 0 1 NIBBLE", SYNTAX);
    t.check(
        "BITCOUNT b x 1",
        "-ERR value is not an integer or out of range",
    );
}

#[test]
fn finding_bits() {
    let mut t = Talk::new();
    t.check(r#"SET b "\xff\xf0\x00""#, "+OK");
    for (arguments, position) in [
        ("0", 12),
        ("1", 0),
        ("1 2", -1),
        ("0 2", 16),
        ("1 1", 8),
        ("0 0 0", -1),
        ("1 -2 -1", 8),
        ("1 7 15 BIT", 7),
        ("0 0 11 BIT", -1),
        ("0 -8 -1 BIT", 16),
    ] {
        t.check(&format!("BITPOS b {arguments}"), &format!(":{position}"));
    }
    t.check(r#"SET ones "\xff\xff""#, "+OK");
    // Without an end, zeros go on for ever behind the string.
    t.check("BITPOS ones 0", ":16");
    t.check("BITPOS ones 0 0", ":16");
    t.check("BITPOS ones 0 0 -1", ":-1");
    t.check("BITPOS missing 0", ":0");
    t.check("BITPOS missing 1", ":-1");
    t.check("BITPOS b 2", "-ERR The bit argument must be 1 or 0.");
    t.check("BITPOS b x", "-ERR value is not an integer or out of range");
    t.check("BITPOS b 0 0 1 NIBBLE", SYNTAX);
}

#[test]
fn combining_strings() {
    let mut t = Talk::new();
    t.check(r#"MSET a "\xff\x0f" b "\x0f""#, "+OK");
    for (operation, length, result) in [
        ("AND d a b", 2, r"\x0f\x00"),
        ("or d a b", 2, r"\xff\x0f"),
        ("XOR d a b", 2, r"\xf0\x0f"),
        ("NOT d a", 2, r"\x00\xf0"),
        ("AND d a missing", 2, r"\x00\x00"),
        ("OR d a", 2, r"\xff\x0f"),
    ] {
        t.check(&format!("BITOP {operation}"), &format!(":{length}"));
        t.check("GET d", &format!("'{result}'"));
    }
    t.check("BITOP OR d missing gone", ":0");
    t.check("EXISTS d", ":0");
    t.check(
        "BITOP NOT d a b",
        "-ERR BITOP NOT must be called with a single source key.",
    );
    t.check("BITOP NAND d a b", SYNTAX);
    t.check(
        "BITOP AND d",
        "-ERR wrong number of arguments for 'bitop' command",
    );
}

#[test]
fn fields_of_bits() {
    let mut t = Talk::new();
    t.check(
        "BITFIELD f SET u8 0 255 GET u8 0 SET u8 0 100 GET u4 0",
        "[:0, :255, :255, :6]",
    );
    t.check("BITFIELD g INCRBY i5 100 1 GET u4 0", "[:1, :0]");
    t.check("BITFIELD f SET u8 #1 7 GET u8 8", "[:0, :7]");
    t.check(
        "BITFIELD f SET i8 0 -1 GET i8 0 GET u8 0",
        "[:100, :-1, :255]",
    );
    t.check(
        "BITFIELD f OVERFLOW SAT INCRBY u8 0 10 OVERFLOW WRAP INCRBY u8 0 10",
        "[:255, :9]",
    );
    t.check_both("BITFIELD f OVERFLOW FAIL INCRBY u8 0 250", "[nil]", "[_]");
    t.check("BITFIELD f GET i64 0", "[:650488671178326016]");
    t.check_both("BITFIELD_RO f GET u8 0", "[:9]", "[:9]");
    t.check("BITFIELD f", "[]");
    t.check(
        "BITFIELD_RO f SET u8 0 1",
        "-ERR BITFIELD_RO only supports the GET subcommand",
    );
    for (line, refusal) in [
        (
            "GET u64 0",
            "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
        ),
        (
            "GET i65 0",
            "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
        ),
        (
            "GET u8 -1",
            "ERR bit offset is not an integer or out of range",
        ),
        (
            "GET u8 #x",
            "ERR bit offset is not an integer or out of range",
        ),
        ("OVERFLOW NEVER", "ERR Invalid OVERFLOW type specified"),
        ("SET u8 0 x", "ERR value is not an integer or out of range"),
        ("NONSENSE u8 0", "ERR syntax error"),
    ] {
        t.check(&format!("BITFIELD f {line}"), &format!("-{refusal}"));
    }
    t.check("BITFIELD missing GET u8 0", "[:0]");
    t.check("EXISTS missing", ":0");
}

#[test]
fn results_are_raw_and_offsets_saturate() {
    let mut t = Talk::new();
    t.check("SET a 12", "+OK");
    t.check("BITOP OR b a a", ":2");
    t.check("OBJECT ENCODING b", "'raw'");
    t.check("BITPOS a 0 -2 -100", ":0");
    t.check("BITCOUNT a -2 -100", ":0");
}
