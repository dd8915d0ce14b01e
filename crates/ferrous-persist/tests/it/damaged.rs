//! Every damaged file is refused with a clear error, unless the damage is none.

use std::collections::BTreeMap;
use std::fs;

use crate::fixtures::path;
use crate::model::Snapshot;

/// Reads a damaged file; expects the beginning of the error, or the number of keys.
#[track_caller]
fn check(name: &str, expected: Result<usize, &str>) {
    let bytes = fs::read(path("rdb-damaged").join(name)).unwrap();
    match (Snapshot::read(&bytes[..]), expected) {
        (Ok(snapshot), Ok(keys)) => {
            let found: usize = snapshot.databases.values().map(BTreeMap::len).sum();
            assert_eq!(found, keys, "{name}");
        }
        (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected, "{name}"),
        (found, _) => panic!("{name}: {found:?}"),
    }
}

#[test]
fn headers() {
    let foreign = "the file begins with neither REDIS nor VALKEY and a version";
    check(
        "zero-bytes.rdb",
        Err("RDB offset 0: header: unexpected end of the data"),
    );
    check(
        "truncated-header.rdb",
        Err("RDB offset 5: header: unexpected end of the data"),
    );
    check(
        "truncated-9.rdb",
        Err("RDB offset 9: record: unexpected end of the data"),
    );
    check(
        "bad-magic.rdb",
        Err(&format!("RDB offset 0: header: {foreign}")),
    );
    let number = "the version behind the magic is not a number";
    check(
        "version-notnum.rdb",
        Err(&format!("RDB offset 0: header: {number}")),
    );
    let version = "Redis RDB version 9999 is not understood";
    check(
        "version-9999.rdb",
        Err(&format!("RDB offset 0: header: {version}")),
    );
}

#[test]
fn records() {
    let unknown = |byte| format!("key: byte {byte} is neither an opcode nor a type of value");
    check(
        "unknown-opcode.rdb",
        Err(&format!("RDB offset 9: {}", unknown(200))),
    );
    check(
        "unknown-type-8.rdb",
        Err(&format!("RDB offset 202: {}", unknown(8))),
    );
    check(
        "no-eof.rdb",
        Err("RDB offset 202: record: unexpected end of the data"),
    );
    check(
        "truncated-half.rdb",
        Err("RDB offset 105: quicklist: unexpected end of the data"),
    );
}

#[test]
fn checksums() {
    let sums = "content sums to";
    let flipped = format!(
        "CRC error: the file's checksum is 27bbafeae61213c4, but its {sums} 26bbafeae61213c4"
    );
    check(
        "bitflip-crc.rdb",
        Err(&format!("RDB offset 202: checksum: {flipped}")),
    );
    let flipped = format!(
        "CRC error: the file's checksum is 26bbafeae61213c4, but its {sums} 4f0595dbaed1ab90"
    );
    check(
        "bitflip-value.rdb",
        Err(&format!("RDB offset 202: checksum: {flipped}")),
    );
    check(
        "truncated-no-crc.rdb",
        Err("RDB offset 203: checksum: unexpected end of the data"),
    );
    check("crc-zero.rdb", Ok(6));
    check("crc-zero-bitflip.rdb", Ok(6));
}

#[test]
fn lengths() {
    check(
        "huge-length.rdb",
        Err("RDB offset 228: string: unexpected end of the data"),
    );
    let encoding = "hash: string encoding 63 is not defined by the format";
    check(
        "huge-count.rdb",
        Err(&format!("RDB offset 221: {encoding}")),
    );
    let bomb = "6 bytes of LZF cannot expand to the announced 2199023255552";
    check(
        "lzf-bomb.rdb",
        Err(&format!("RDB offset 208: string: {bomb}")),
    );
    let short = "6 bytes of LZF cannot expand to the announced 4000";
    check(
        "lzf-short.rdb",
        Err(&format!("RDB offset 212: string: {short}")),
    );
    let cut = "LZF offset 2: instruction is cut short";
    check(
        "lzf-bad-ref.rdb",
        Err(&format!("RDB offset 210: string: {cut}")),
    );
}

#[test]
fn compact_encodings() {
    let hash = |what| format!("RDB offset 209: hash as {what}");
    let total = "listpack: listpack announces 900 bytes but has 13";
    check("bad-listpack-total.rdb", Err(&hash(total)));
    let end = "listpack: listpack offset 12: misplaced or missing end mark";
    check("listpack-no-end.rdb", Err(&hash(end)));
    check(
        "odd-listpack-hash.rdb",
        Err(&hash("listpack: 3 entries are not groups of 2")),
    );
    check(
        "odd-ziplist-hash.rdb",
        Err(&hash("ziplist: 3 entries are not groups of 2")),
    );
    check(
        "dup-fields.rdb",
        Err(&hash("ziplist: entry 2 repeats another one")),
    );
    let frame = "does not have the length and end that its header announces";
    check(
        "bad-ziplist.rdb",
        Err(&hash(&format!("ziplist: ziplist of 17 bytes {frame}"))),
    );
    let backlen = "listpack offset 9: entry does not end with its own length";
    check(
        "listpack-backlen.rdb",
        Err(&format!("RDB offset 211: hash as listpack: {backlen}")),
    );
    let width = "set as intset: intset announces integers of 3 bytes";
    check("bad-intset.rdb", Err(&format!("RDB offset 213: {width}")));
    let length = "intset of 14 bytes does not have the length that its header announces";
    check(
        "intset-len.rdb",
        Err(&format!("RDB offset 214: set as intset: {length}")),
    );
    check(
        "zset-nan.rdb",
        Err("RDB offset 209: sorted set: a score is not a number"),
    );
}

#[test]
fn what_is_no_damage() {
    // The count of entries may be left out.
    check("listpack-numele-unknown.rdb", Ok(7));
    // What an empty list comes to is up to who loads it: servers leave the key out.
    check("empty-list.rdb", Ok(7));
    // What follows may be a log that the file is the preamble of.
    check("trailing-garbage.rdb", Ok(6));
}

#[test]
#[should_panic(expected = "a key is there twice")]
fn a_key_that_comes_twice_is_for_the_keyspace_to_refuse() {
    check("dup-key.rdb", Ok(7));
}
