//! What a server held after loading a file, and whether that is what was read.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::model::{Bytes, Entry, Group, Snapshot, Stream, Value};

/// Everything that expires before this had done so when the truth was taken.
const PAST_MS: i64 = 2_000_000_000_000;

/// Asserts that a snapshot is what a truth file tells.
#[track_caller]
pub(crate) fn assert_snapshot(snapshot: &Snapshot, truth: &Json) {
    let databases = truth["dbs"].as_object().unwrap();
    for (db, keys) in &snapshot.databases {
        let expected = databases
            .get(&db.to_string())
            .map_or(&[][..], |keys| keys.as_array().unwrap());
        let alive: Vec<_> = keys
            .iter()
            .filter(|(_, entry)| !has_expired(entry))
            .collect();
        assert_eq!(alive.len(), expected.len(), "keys of database {db}");
        for expected in expected {
            let found = alive.iter().find(|(name, _)| is(name, &expected["key"]));
            let (name, entry) = found.unwrap_or_else(|| panic!("{} is missing", expected["key"]));
            assert_entry(&String::from_utf8_lossy(name), entry, expected);
        }
    }
    for db in databases.keys() {
        assert!(
            snapshot.databases.contains_key(&db.parse().unwrap()),
            "database {db}"
        );
    }
    if let Some(functions) = truth.get("functions") {
        let expected: BTreeSet<_> = functions
            .as_array()
            .unwrap()
            .iter()
            .map(|library| library["code"].as_str())
            .collect();
        let found: BTreeSet<_> = snapshot
            .functions
            .iter()
            .map(|code| std::str::from_utf8(code).ok())
            .collect();
        assert_eq!(found, expected);
    }
    for expected in truth
        .get("expired_keys_present_in_file")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
    {
        let keys = &snapshot.databases[&expected["db"].as_u64().unwrap()];
        let (name, entry) = keys
            .iter()
            .find(|(name, _)| is(name, &expected["key"]))
            .unwrap();
        assert!(has_expired(entry));
        assert_entry(&String::from_utf8_lossy(name), entry, expected);
    }
}

fn has_expired(entry: &Entry) -> bool {
    // A hash goes with its last field.
    let all_fields = match &entry.value {
        Value::Hash(fields) => fields
            .values()
            .all(|(_, time)| time.is_some_and(|time| time < PAST_MS)),
        _ => false,
    };
    all_fields || entry.expire_at_ms.is_some_and(|time| time < PAST_MS)
}

#[track_caller]
fn assert_entry(name: &str, entry: &Entry, expected: &Json) {
    assert_eq!(
        entry.expire_at_ms,
        expected["expire_at_ms"].as_i64(),
        "{name}"
    );
    if expected.get("module_type").is_none() {
        assert_value(name, &entry.value, expected);
    }
}

/// Asserts that a value is what a truth file tells of the key called `name`.
#[track_caller]
pub(crate) fn assert_value(name: &str, value: &Value, expected: &Json) {
    let content = &expected["value"];
    // Big files come without content.
    if content.is_null() {
        return;
    }
    let items = || content.as_array().unwrap();
    match (value, expected["type"].as_str().unwrap()) {
        (Value::String(string), "string") => assert!(is(string, content), "{name}"),
        (Value::List(list), "list") => assert_all(name, list.iter(), items()),
        (Value::Set(set), "set") => assert_all(name, set.iter(), items()),
        (Value::SortedSet(set), "zset") => {
            assert_eq!(set.len(), items().len(), "{name}");
            for pair in items() {
                let (_, score) = set.iter().find(|(member, _)| is(member, &pair[0])).unwrap();
                let expected: f64 = pair[1].as_str().unwrap().parse().unwrap();
                assert_eq!(*score, expected.to_bits(), "{name}");
            }
        }
        (Value::Hash(fields), "hash") => {
            let alive = fields
                .iter()
                .filter(|(_, (_, time))| time.is_none_or(|time| time > PAST_MS));
            let mut seen = 0;
            for (field, (value, time)) in alive {
                let expected = items()
                    .iter()
                    .find(|expected| is(field, &expected[0]))
                    .unwrap();
                assert!(is(value, &expected[1]), "{name}");
                assert_eq!(*time, expected.get(2).and_then(Json::as_i64), "{name}");
                seen += 1;
            }
            assert_eq!(seen, items().len(), "{name}");
        }
        (Value::Stream(stream), "stream") => assert_stream(name, stream, content),
        (value, kind) => panic!("{name} is a {kind}, not {value:?}"),
    }
}

#[track_caller]
fn assert_all<'a>(name: &str, found: impl ExactSizeIterator<Item = &'a Bytes>, expected: &[Json]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    for (found, expected) in found.zip(expected) {
        assert!(is(found, expected), "{name}: {found:?} is not {expected}");
    }
}

#[track_caller]
fn assert_stream(name: &str, stream: &Stream, expected: &Json) {
    let entries = expected["entries"].as_array().unwrap();
    assert_eq!(stream.entries.len(), entries.len(), "{name}");
    for ((id, fields), expected) in stream.entries.iter().zip(entries) {
        assert_eq!(id.to_string(), expected[0].as_str().unwrap(), "{name}");
        let flat: Vec<_> = fields
            .iter()
            .flat_map(|(field, value)| [field, value])
            .collect();
        let expected = expected[1].as_array().unwrap();
        let expected: Vec<_> = expected
            .iter()
            .flat_map(|pair| pair.as_array().unwrap())
            .collect();
        assert_eq!(flat.len(), expected.len(), "{name}");
        assert!(
            flat.iter()
                .zip(expected)
                .all(|(found, expected)| is(found, expected)),
            "{name}"
        );
    }
    let info = stream.info.unwrap();
    let same = |key: &str, found: String| {
        let Some(expected) = expected.get(key) else {
            return;
        };
        assert_eq!(
            found,
            expected.to_string().trim_matches('"'),
            "{name}: {key}"
        );
    };
    same("last_id", info.last_id.to_string());
    same("first_id", info.first_id.to_string());
    same("max_deleted_id", info.max_deleted_id.to_string());
    same("entries_added", info.entries_added.to_string());
    let groups = expected["groups"].as_array().unwrap();
    assert_eq!(stream.groups.len(), groups.len(), "{name}");
    for expected in groups {
        let group = stream
            .groups
            .iter()
            .find(|group| is(&group.name, &expected["name"]))
            .unwrap();
        assert_group(name, group, expected);
    }
}

#[track_caller]
fn assert_group(name: &str, group: &Group, expected: &Json) {
    assert_eq!(
        group.last_delivered_id.to_string(),
        expected["last_delivered_id"],
        "{name}"
    );
    if let Some(read) = expected.get("entries_read") {
        assert_eq!(group.entries_read, read.as_u64(), "{name}");
    }
    let pending = expected["pel"].as_array().unwrap();
    assert_eq!(group.pending.len(), pending.len(), "{name}");
    for ((id, (time, count)), expected) in group.pending.iter().zip(pending) {
        assert_eq!(id.to_string(), expected[0], "{name}");
        let owner = group
            .consumers
            .iter()
            .find(|consumer| consumer.pending.contains(id))
            .unwrap();
        assert!(is(&owner.name, &expected[1]), "{name}");
        assert!(expected[2].is_null() || expected[2] == *time, "{name}");
        assert_eq!(expected[3], *count, "{name}");
    }
    let consumers = expected["consumers"].as_array().unwrap();
    assert_eq!(group.consumers.len(), consumers.len(), "{name}");
    for expected in consumers {
        let consumer = group
            .consumers
            .iter()
            .find(|consumer| is(&consumer.name, &expected["name"]))
            .unwrap();
        assert_eq!(expected["seen_time_ms"], consumer.seen_at_ms, "{name}");
        if let Some(active) = expected.get("active_time_ms") {
            assert_eq!(*active, consumer.active_at_ms, "{name}");
        }
    }
}

/// Whether a truth file means these bytes.
fn is(bytes: &[u8], expected: &Json) -> bool {
    if let Some(text) = expected.as_str() {
        return bytes == text.as_bytes();
    }
    if let Some(base64) = expected.get("b64") {
        return bytes == decode_base64(base64.as_str().unwrap());
    }
    let digest = Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |digest, byte| {
            digest + &format!("{byte:02x}")
        });
    expected["len"] == bytes.len() && expected["sha256"] == digest
}

/// The bytes of a base64 text.
pub(crate) fn decode_base64(text: &str) -> Bytes {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.bytes().filter(|&letter| letter != b'=') {
        let value = ALPHABET.iter().position(|&other| other == letter).unwrap();
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    bytes
}
