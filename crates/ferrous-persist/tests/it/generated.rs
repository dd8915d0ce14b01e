//! Values of every encoding, made up: written in every version, they read back the same.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ferrous_persist::dump::{self, PayloadWriter};
use ferrous_persist::rdb::{Encoding, Key, Part, RdbWriter, Version, WriteError, WriteOptions};
use ferrous_types::{Element, Listpack};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

use crate::convert::WRITTEN;
use crate::model::{Entry, Snapshot, Value};
use crate::payloads;

type Bytes = Vec<u8>;

/// A value as parts that own what they hold.
#[derive(Debug, Clone)]
struct Made {
    encoding: Encoding,
    parts: Vec<Part<'static>>,
}

fn bytes() -> impl Strategy<Value = Bytes> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..40),
        2 => any::<i64>().prop_map(|int| int.to_string().into_bytes()),
        2 => (-200_i64..200).prop_map(|int| int.to_string().into_bytes()),
        1 => (any::<u8>(), 0_usize..20_000).prop_map(|(byte, len)| vec![byte; len]),
    ]
}

/// An element that lives for as long as the tests do: there are few, and they are small.
fn element(bytes: Bytes) -> Element<'static> {
    Element::Bytes(bytes.leak())
}

fn listpack(elements: impl IntoIterator<Item = Bytes>) -> Part<'static> {
    let mut listpack = Listpack::new();
    elements
        .into_iter()
        .for_each(|element| listpack.push_back(&element[..]));
    Part::Listpack(Cow::Owned(listpack))
}

fn counted(encoding: Encoding, items: Vec<Part<'static>>) -> Made {
    let count = Part::Count(items.len() as u64);
    Made {
        encoding,
        parts: [count].into_iter().chain(items).collect(),
    }
}

fn whole(encoding: Encoding, part: Part<'static>) -> Made {
    Made {
        encoding,
        parts: vec![part],
    }
}

fn score() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>().prop_filter("a number", |score| !score.is_nan()),
        Just(f64::INFINITY)
    ]
}

fn strings_and_lists() -> impl Strategy<Value = Made> {
    let node = prop_oneof![
        vec(bytes(), 1..20).prop_map(listpack),
        bytes().prop_map(|bytes| Part::Element(element(bytes))),
    ];
    let elements = |all: Vec<Bytes>| {
        all.into_iter()
            .map(|one| Part::Element(element(one)))
            .collect()
    };
    prop_oneof![
        bytes().prop_map(|bytes| whole(Encoding::String, Part::String(element(bytes)))),
        vec(bytes(), 0..30).prop_map(move |all| counted(Encoding::List, elements(all))),
        vec(node, 0..5).prop_map(|nodes| counted(Encoding::Quicklist, nodes)),
    ]
}

fn sets() -> impl Strategy<Value = Made> {
    let members = |all: BTreeSet<Bytes>| {
        all.into_iter()
            .map(|member| Part::Element(element(member)))
            .collect()
    };
    prop_oneof![
        btree_set(bytes(), 0..30).prop_map(move |all| counted(Encoding::Set, members(all))),
        btree_set(bytes(), 0..30).prop_map(|all| whole(Encoding::SetListpack, listpack(all))),
        vec(any::<i64>(), 0..30).prop_map(|ints| {
            let ints = ints.into_iter().collect();
            whole(Encoding::SetIntset, Part::Intset(Cow::Owned(ints)))
        }),
    ]
}

fn sorted_sets() -> impl Strategy<Value = Made> {
    let packed = |all: BTreeMap<Bytes, i32>| {
        let mut pairs: Vec<_> = all
            .into_iter()
            .map(|(member, score)| (score, member))
            .collect();
        pairs.sort();
        let pairs = pairs.into_iter();
        let flat = pairs.flat_map(|(score, member)| [member, score.to_string().into_bytes()]);
        whole(Encoding::SortedSetListpack, listpack(flat))
    };
    let plain = |all: BTreeMap<Bytes, f64>| {
        let members = all.into_iter();
        let members = members.map(|(member, score)| Part::Member {
            member: element(member),
            score,
        });
        counted(Encoding::SortedSet, members.collect())
    };
    prop_oneof![
        btree_map(bytes(), any::<i32>(), 0..20).prop_map(packed),
        btree_map(bytes(), score(), 0..20).prop_map(plain),
    ]
}

fn hashes() -> impl Strategy<Value = Made> {
    let fields = || btree_map(bytes(), bytes(), 0..20);
    let time = || prop::option::of(1_600_000_000_000_i64..4_000_000_000_000);
    let expiring = || btree_map(bytes(), (bytes(), time()), 0..20);
    let field = |(name, (value, expire_at_ms))| Part::Field {
        name: element(name),
        value: element(value),
        expire_at_ms,
    };
    prop_oneof![
        fields().prop_map(|all| {
            let flat = all.into_iter().flat_map(|(name, value)| [name, value]);
            whole(Encoding::HashListpack, listpack(flat))
        }),
        fields().prop_map(move |all| {
            let all = all
                .into_iter()
                .map(|(name, value)| field((name, (value, None))));
            counted(Encoding::Hash, all.collect())
        }),
        expiring().prop_map(move |all| {
            counted(Encoding::HashExpiring, all.into_iter().map(field).collect())
        }),
        expiring().prop_map(|all| {
            let mut all: Vec<_> = all.into_iter().collect();
            all.sort_by_key(|(_, (_, time))| time.unwrap_or(i64::MAX));
            let flat = all.into_iter().flat_map(|(name, (value, time))| {
                [name, value, time.unwrap_or(0).to_string().into_bytes()]
            });
            whole(Encoding::HashListpackExpiring, listpack(flat))
        }),
    ]
}

fn made() -> impl Strategy<Value = Made> {
    prop_oneof![strings_and_lists(), sets(), sorted_sets(), hashes()]
}

/// What is known about a key: expiry, idle time, frequency.
type Known = (Option<i64>, Option<u64>, Option<u8>);

impl Made {
    fn value(&self) -> Value {
        let mut value = Value::empty(self.encoding);
        self.parts
            .iter()
            .for_each(|part| value.add(self.encoding, part.clone()));
        value
    }

    /// True when a version has no place for the value.
    fn exceeds(&self, version: Version) -> bool {
        let expires = matches!(
            self.encoding,
            Encoding::HashExpiring | Encoding::HashListpackExpiring
        );
        expires && version.number() < 12
    }
}

/// Writes keys; `None` when the version cannot hold one of them.
fn write(keys: &BTreeMap<Bytes, (Known, Made)>, options: WriteOptions) -> Option<Vec<u8>> {
    let mut writer = RdbWriter::new(Vec::new(), options).unwrap();
    for (name, ((expire_at_ms, idle_secs, frequency), made)) in keys {
        let encoding = made.encoding;
        let key = Key {
            name,
            encoding,
            expire_at_ms: *expire_at_ms,
            idle_secs: *idle_secs,
            frequency: *frequency,
        };
        match writer.key(&key) {
            Err(WriteError::CannotHold { .. }) => return None,
            written => written.unwrap(),
        }
        made.parts
            .iter()
            .for_each(|part| writer.part(part).unwrap());
    }
    let bytes = writer.bytes_written();
    let file = writer.finish().unwrap();
    assert_eq!(file.len() as u64, bytes + 9);
    Some(file)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn files_come_back(
        keys in btree_map(bytes(), (any::<Known>(), made()), 0..6),
        compress: bool,
        checksum: bool,
    ) {
        let entry = |((expire_at_ms, idle_secs, frequency), made): &(Known, Made)| Entry {
            expire_at_ms: *expire_at_ms,
            idle_secs: *idle_secs,
            frequency: *frequency,
            value: made.value(),
        };
        let expected: BTreeMap<_, _> =
            keys.iter().map(|(name, key)| (name.clone(), entry(key))).collect();
        for version in WRITTEN {
            let options = WriteOptions { version, compress, checksum };
            let exceeds = keys.values().any(|(_, made)| made.exceeds(version));
            let Some(file) = write(&keys, options) else {
                prop_assert!(exceeds);
                continue;
            };
            prop_assert!(!exceeds);
            let mut snapshot = Snapshot::read(&file[..]).unwrap();
            prop_assert_eq!(&snapshot.databases.remove(&0).unwrap_or_default(), &expected);
        }
    }

    #[test]
    fn payloads_come_back(made in made(), compress: bool) {
        for version in WRITTEN.into_iter().filter(|version| !made.exceeds(*version)) {
            let mut writer = PayloadWriter::new(made.encoding, version, compress).unwrap();
            made.parts.iter().for_each(|part| writer.part(part).unwrap());
            let payload = writer.finish().unwrap();
            prop_assert_eq!(dump::verify(&payload, true), Ok(version));
            prop_assert_eq!(payloads::read(&payload, version).unwrap(), made.value());
        }
    }

    #[test]
    fn a_value_has_all_its_parts_or_is_no_value(made in made()) {
        let version = Version::VALKEY_9;
        let mut writer = PayloadWriter::new(made.encoding, version, false).unwrap();
        let (last, parts) = made.parts.split_last().unwrap();
        for part in parts {
            writer.part(part).unwrap();
        }
        let ends_in_count = matches!(last, Part::Count(_));
        if parts.is_empty() || !ends_in_count {
            prop_assert!(writer.finish().is_err());
        }
    }
}
