//! DUMP and RESTORE: values carried from one server to another.

use crate::harness::{Reply, Talk, words};

const BAD_PAYLOAD: &str = "-ERR DUMP payload version or checksum are wrong";
pub(super) const BAD_DATA: &str = "-ERR Bad data format";

/// What Redis 7.0.15 dumps: a name, the type, and the payload.
pub(super) const FOREIGN: &[(&str, &str, &str)] = &[
    (
        "integer",
        "string",
        r#""\x00\xc1\x39\x30\x0a\x00\x9d\x94\xea\x27\x93\xfc\x08\xb9""#,
    ),
    (
        "text",
        "string",
        r#""\x00\x05\x68\x65\x6c\x6c\x6f\x0a\x00\x63\x72\xdf\x76\x65\x34\x20\x0a""#,
    ),
    (
        "compressed",
        "string",
        r#""\x00\xc3\x09\x40\x64\x01\x61\x61\xe0\x57\x00\x01\x61\x61\x0a\x00\xe8\xa3\xb5\x07\xb0\x6d\xf2\x71""#,
    ),
    (
        "listpack",
        "list",
        r#""\x12\x01\x02\x0f\x0f\x00\x00\x00\x03\x00\x81\x61\x02\x81\x62\x02\x03\x01\xff\x0a\x00\xdc\xa1\xe6\x7d\x50\x05\x50\x48""#,
    ),
    (
        "quicklist",
        "list",
        r#""\x12\x03\x02\x0b\x0b\x00\x00\x00\x02\x00\x00\x01\x01\x01\xff\x02\x0b\x0b\x00\x00\x00\x02\x00\x02\x01\x03\x01\xff\x02\x09\x09\x00\x00\x00\x01\x00\x04\x01\xff\x0a\x00\xb3\xfa\x31\x7a\x51\xb2\x0a\x5e""#,
    ),
    (
        "intset",
        "set",
        r#""\x0b\x0e\x02\x00\x00\x00\x03\x00\x00\x00\x01\x00\x02\x00\x03\x00\x0a\x00\xa5\x02\x5c\xe2\x6d\x6e\x4d\x1b""#,
    ),
    (
        "members",
        "set",
        r#""\x02\x02\x01\x61\x01\x62\x0a\x00\xfe\x64\x21\x25\xeb\x03\x3d\x0d""#,
    ),
    (
        "hash",
        "hash",
        r#""\x04\x02\x01\x67\xc0\x02\x01\x66\x01\x76\x0a\x00\xbf\xc1\x8e\xe3\xa9\xf5\x5d\x69""#,
    ),
    (
        "fields",
        "hash",
        r#""\x04\x02\x01\x67\xc0\x02\x01\x66\x01\x76\x0a\x00\xbf\xc1\x8e\xe3\xa9\xf5\x5d\x69""#,
    ),
    (
        "zset",
        "zset",
        r#""\x05\x02\x01\x62\x00\x00\x00\x00\x00\x00\x04\x40\x01\x61\x00\x00\x00\x00\x00\x00\xf0\x3f\x0a\x00\xf4\x6e\xb7\x39\x19\x76\x72\x91""#,
    ),
    (
        "scores",
        "zset",
        r#""\x05\x02\x01\x62\x00\x00\x00\x00\x00\x00\x04\x40\x01\x61\x00\x00\x00\x00\x00\x00\xf0\x3f\x0a\x00\xf4\x6e\xb7\x39\x19\x76\x72\x91""#,
    ),
    (
        "stream",
        "stream",
        r#""\x13\x01\x10\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x28\x28\x00\x00\x00\x0f\x00\x01\x01\x01\x01\x01\x01\x81\x66\x02\x00\x01\x03\x01\x00\x01\x00\x01\x81\x76\x02\x04\x01\x02\x01\x00\x01\x01\x01\x81\x77\x02\x04\x01\xff\x01\x01\x02\x01\x02\x01\x01\x02\x01\x01\x67\x01\x02\x02\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x4d\x74\x4b\x14\xa2\x01\x00\x00\x01\x01\x01\x63\x4d\x74\x4b\x14\xa2\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x02\x0a\x00\x4f\x53\x55\xc6\x57\x2e\x6c\x3d""#,
    ),
];

/// A value, escaped, with the version and the checksum that make it a payload.
pub(super) fn signed(value: &str, version: u16) -> String {
    let mut bytes = words(value).remove(0);
    sign(&mut bytes, version);
    quoted(&bytes)
}

/// Adds the version and the checksum.
pub(super) fn sign(bytes: &mut Vec<u8>, version: u16) {
    bytes.extend_from_slice(&version.to_le_bytes());
    bytes.extend_from_slice(&crc64(bytes).to_le_bytes());
}

/// CRC-64 by Jones, bit by bit: the definition, to check the server's against.
fn crc64(bytes: &[u8]) -> u64 {
    const POLYNOMIAL: u64 = 0x95ac_9329_ac4b_c9b5;
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ u64::from(byte), |crc, _| {
            if crc & 1 == 1 {
                crc >> 1 ^ POLYNOMIAL
            } else {
                crc >> 1
            }
        })
    })
}

/// Bytes as a word of a command line.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let escaped: Vec<String> = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    format!("\"{}\"", escaped.concat())
}

pub(super) fn dumped(t: &mut Talk, key: &str) -> Vec<u8> {
    match t.run(&format!("DUMP {key}")) {
        Reply::Bulk(payload) => payload,
        other => panic!("DUMP {key} gave {other}"),
    }
}

#[test]
fn payloads_of_redis_are_restored() {
    let mut t = Talk::new();
    for (name, kind, payload) in FOREIGN {
        t.check(&format!("RESTORE {name} 0 {payload}"), "+OK");
        t.check(&format!("TYPE {name}"), &format!("+{kind}"));
    }
    t.check("GET integer", "'12345'");
    t.check("OBJECT ENCODING integer", "'int'");
    t.check("GET text", "'hello'");
    t.check("STRLEN compressed", ":100");
    t.check("SORT listpack ALPHA", "['3', 'a', 'b']");
    t.check("SORT quicklist", "['0', '1', '2', '3', '4']");
    t.check("SORT intset", "['1', '2', '3']");
    t.check("SORT members ALPHA", "['a', 'b']");
    t.check("HMGET hash f g", "['v', '2']");
    t.check("HMGET fields f g", "['v', '2']");
    t.check("SORT scores BY nosort", "['a', 'b']");
    t.check("XRANGE stream - +", "[['1-2', ['f', 'w']]]");
    t.check("XPENDING stream g", "[:1, '1-2', '1-2', [['c', '1']]]");
}

#[test]
fn what_is_dumped_can_be_restored() {
    let mut t = Talk::with(&["--enable-debug-command", "yes"]);
    for (name, _, payload) in FOREIGN {
        t.check(&format!("RESTORE {name} 0 {payload}"), "+OK");
        let encoding = t.run(&format!("OBJECT ENCODING {name}")).to_string();
        let ours = dumped(&mut t, name);
        t.check(&format!("RESTORE copy 0 {} REPLACE", quoted(&ours)), "+OK");
        t.check("OBJECT ENCODING copy", &encoding);
        assert_eq!(dumped(&mut t, "copy"), ours, "{name}");
        let length = format!("serializedlength:{} ", ours.len() - 11);
        let object = t.run(&format!("DEBUG OBJECT {name}")).to_string();
        assert!(object.contains(&length), "{object} has no {length}");
    }
    t.check("DUMP missing", "nil");
}

#[test]
fn payloads_have_the_version_that_is_asked_for() {
    let mut t = Talk::new();
    let version = |payload: &[u8]| payload[payload.len() - 10];
    t.check("SET k v", "+OK");
    assert_eq!(version(&dumped(&mut t, "k")), 11);
    // Redis 7.0 takes nothing later.
    t.check("CONFIG SET dump-rdb-version 10", "+OK");
    assert_eq!(dumped(&mut t, "k"), words(&signed(r#""\x00\x01v""#, 10))[0]);
    t.check("CONFIG SET rdbcompression no", "+OK");
    t.check(&format!("SET long {}", "x".repeat(100)), "+OK");
    assert!(dumped(&mut t, "long").len() > 100);
    // Fields that expire are new in version 12 of Redis and in 80 of Valkey.
    t.check("HSET h f v", ":1");
    t.check("HEXPIRE h 1000 FIELDS 1 f", "[:1]");
    let payload = dumped(&mut t, "h");
    assert_eq!(version(&payload), 80);
    t.check(&format!("RESTORE i 0 {}", quoted(&payload)), "+OK");
    t.check("HTTL i FIELDS 1 f", "[:1000]");
}

#[test]
fn options_are_obeyed() {
    let mut t = Talk::new();
    let text = signed(r#""\x00\x01v""#, 9);
    let restore = |options: &str| format!("RESTORE k {}", options.replace("TEXT", &text));
    t.check(&restore("0 TEXT"), "+OK");
    t.check(
        &restore("0 TEXT"),
        "-BUSYKEY Target key name already exists.",
    );
    t.check(&restore("1000000 TEXT REPLACE"), "+OK");
    t.check("TTL k", ":1000");
    t.check(&restore("4102444800000 TEXT ABSTTL REPLACE"), "+OK");
    t.check("PEXPIRETIME k", ":4102444800000");
    t.check(&restore("0 TEXT REPLACE IDLETIME 1000"), "+OK");
    t.check("OBJECT IDLETIME k", ":1000");
    // Whatever the value, it has expired already.
    t.check(&restore("1 TEXT ABSTTL REPLACE"), "+OK");
    t.check("EXISTS k", ":0");
    t.check(&restore("-1 TEXT"), "-ERR Invalid TTL value, must be >= 0");
    t.check(
        &restore("x TEXT"),
        "-ERR value is not an integer or out of range",
    );
    t.check(
        &restore("0 TEXT IDLETIME -1"),
        "-ERR Invalid IDLETIME value, must be >= 0",
    );
    t.check(
        &restore("0 TEXT FREQ 256"),
        "-ERR Invalid FREQ value, must be >= 0 and <= 255",
    );
    t.check(&restore("0 TEXT FREQ 1 IDLETIME 1"), "-ERR syntax error");
    t.check(&restore("0 TEXT FOO"), "-ERR syntax error");
    t.check("CONFIG SET maxmemory-policy allkeys-lfu", "+OK");
    t.check(&restore("0 TEXT FREQ 200"), "+OK");
    t.check("OBJECT FREQ k", ":200");
}

#[test]
fn wrong_payloads_are_refused() {
    let mut t = Talk::new();
    t.check("RESTORE k 0 short", BAD_PAYLOAD);
    t.check(
        &format!("RESTORE k 0 {}", signed(r#""\x00\x01v""#, 99)),
        BAD_PAYLOAD,
    );
    let mut flipped = words(&signed(r#""\x00\x01v""#, 11)).remove(0);
    flipped[2] ^= 1;
    t.check(&format!("RESTORE k 0 {}", quoted(&flipped)), BAD_PAYLOAD);
    for value in [
        // Cut short, followed by more, of an unknown type, without elements, with the same member twice.
        r#""\x00\x05v""#,
        r#""\x00\x01vv""#,
        r#""\xf0\x01v""#,
        r#""\x02\x00""#,
        r#""\x02\x02\x01a\x01a""#,
        // A listpack that tells a wrong length.
        r#""\x10\x08\x09\x00\x00\x00\x00\x00\xff\x00""#,
        // A string of 2^63 bytes, plain and compressed.
        r#""\x00\x81\x7f\xff\xff\xff\xff\xff\xff\xff""#,
        r#""\x00\xc3\x02\x81\x7f\xff\xff\xff\xff\xff\xff\xff\x00a""#,
    ] {
        t.check(&format!("RESTORE k 0 {}", signed(value, 11)), BAD_DATA);
    }
    t.check("EXISTS k", ":0");
}
