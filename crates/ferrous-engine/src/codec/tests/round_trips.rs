//! Values are the same after they were saved and loaded, whole or in pieces.

use ferrous_persist::dump::{self, PayloadReader, PayloadWriter};
use ferrous_persist::rdb::{Encoding, Part, Validation, Version};
use ferrous_types::entry::{Value, ValueRef};
use ferrous_types::field_map::{HashLimits, NewExpiry};
use ferrous_types::list::{End, ListLimits};
use ferrous_types::set::SetLimits;
use ferrous_types::sorted_set::{AddRules, SortedSetLimits};
use ferrous_types::stream::{Group, Pending, StreamId, StreamLimits};
use ferrous_types::{Hash, List, Set, SortedSet, Stream};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::seed;
use crate::codec::{Saver, encoding, load, save};
use crate::commands::encoding_name;
use crate::keyspace::{Digest, Object, ObjectEntry, ObjectRef};
use crate::limits::Limits;

/// Limits that a handful of elements outgrows.
fn narrow() -> Limits {
    Limits {
        list: ListLimits {
            listpack_size: 3,
            compress_depth: 1,
            ..ListLimits::default()
        },
        set: SetLimits {
            intset_entries: 3,
            listpack_entries: 3,
            listpack_value: 8,
        },
        hash: HashLimits {
            listpack_entries: 3,
            listpack_value: 8,
        },
        sorted_set: SortedSetLimits {
            entries: 3,
            value: 8,
        },
        stream: StreamLimits {
            node_bytes: 0,
            node_entries: 3,
        },
        ..Limits::default()
    }
}

/// The payload of an entry's value, saved in pieces of about `budget` bytes.
fn payload(entry: &ObjectEntry, version: Version, budget: usize) -> Vec<u8> {
    let value = entry.value();
    let mut writer = PayloadWriter::new(encoding(&value), version, true).unwrap();
    let mut saver = Saver::new();
    while !saver
        .save(&value, budget, |part| writer.part(part))
        .unwrap()
    {}
    writer.finish().unwrap()
}

fn restored(payload: &[u8], validation: Validation, limits: &Limits) -> ObjectEntry {
    let version = dump::verify(payload, true).unwrap();
    let mut reader = PayloadReader::new(payload, version, validation).unwrap();
    let loaded = load(reader.encoding(), &mut reader, limits, seed()).unwrap();
    reader.finish().unwrap();
    loaded
        .expect("the value has elements")
        .into_entry(b"k", None)
}

/// Saves and loads `value`, whole and in pieces, in two versions; all come out alike.
fn round_trip(value: Value<'_, Object>, limits: &Limits) {
    let entry = ObjectEntry::new(b"k", value, None);
    let newest = Version::VALKEY_9;
    let whole = payload(&entry, newest, usize::MAX);
    for budget in [1, 40] {
        assert_eq!(payload(&entry, newest, budget), whole);
    }
    let mut payloads = vec![whole];
    if encoding(&entry.value()) != Encoding::HashExpiring {
        payloads.push(payload(&entry, Version::REDIS_5, 7));
    }
    for payload_of_entry in payloads {
        for validation in [Validation::Structure, Validation::Full] {
            let copy = restored(&payload_of_entry, validation, limits);
            assert_eq!(
                Digest::of_value(copy.view()),
                Digest::of_value(entry.view())
            );
            assert_eq!(encoding_name(copy.view()), encoding_name(entry.view()));
            assert_eq!(
                copy.view().object().map(streamed),
                entry.view().object().map(streamed)
            );
        }
    }
}

/// What the digest of a stream does not tell: its groups, and what they count. Not what old versions leave out.
fn streamed(object: ObjectRef<'_>) -> String {
    let ObjectRef::Stream(stream) = object else {
        return String::new();
    };
    let mut pieces = vec![format!(
        "{} {:?}",
        stream.log.len(),
        stream.log.counters().last_id
    )];
    for (name, group) in &stream.groups {
        pieces.push(format!("{name:?} {:?}", group.last_delivered_id()));
        for (id, pending) in group.pending(..) {
            let owner = group.consumer(pending.consumer).name();
            let (time, deliveries) = (pending.delivered_at_ms, pending.deliveries);
            pieces.push(format!("{id} {owner:?} {time} {deliveries}"));
        }
        for consumer in group.consumers() {
            pieces.push(format!("{:?} {}", consumer.name(), consumer.seen_at_ms));
        }
    }
    pieces.join(" ")
}

/// Elements of all kinds: integers, what looks like some, short and long ones.
fn element() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<i64>().prop_map(|int| int.to_string().into_bytes()),
        (-200_i64..200).prop_map(|int| int.to_string().into_bytes()),
        Just(b"007".to_vec()),
        vec(any::<u8>(), 0..12),
        vec(97..100_u8, 20..300),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    prop_oneof![Just(narrow()), Just(Limits::default())]
}

fn list(elements: &[Vec<u8>], limits: &Limits) -> Value<'static, Object> {
    let mut list = List::new();
    for element in elements {
        list.push(End::Tail, [&element[..]], limits.list);
    }
    Value::Object(list.into())
}

fn set(members: &[Vec<u8>], limits: &Limits) -> Value<'static, Object> {
    let mut set = Set::new();
    for member in members {
        set.insert(member, &limits.set, seed());
    }
    Value::Object(set.into())
}

fn stream(entries: &[(Vec<u8>, bool)], owners: &[(u8, u8)], limits: &Limits) -> Stream {
    let mut stream = Stream::new();
    for (index, (value, kept)) in entries.iter().enumerate() {
        let id = StreamId {
            ms: index as u64 / 3 + 1,
            seq: index as u64,
        };
        let fields = [(&value[..value.len().min(3)], &value[..])];
        stream.log.append(id, fields, limits.stream).unwrap();
        if !kept {
            stream.log.delete(id);
        }
    }
    for (number, (group, consumer)) in owners.iter().enumerate() {
        let group = stream
            .groups
            .entry(Box::new([*group]))
            .or_insert_with(|| Group::new(StreamId::MIN, Some(3)));
        let (consumer, _) = group.ensure_consumer(&[*consumer], number as i64);
        let id = StreamId {
            ms: number as u64 / 2,
            seq: 1,
        };
        let pending = Pending {
            consumer,
            delivered_at_ms: number as i64,
            deliveries: 1 + number as u64,
        };
        group.assign(id, pending);
    }
    stream
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn strings_survive(bytes in element()) {
        round_trip(Value::string(&bytes), &Limits::default());
    }

    #[test]
    fn lists_survive(elements in vec(element(), 1..40), limits in limits()) {
        round_trip(list(&elements, &limits), &limits);
    }

    #[test]
    fn sets_survive(members in vec(element(), 1..40), limits in limits()) {
        round_trip(set(&members, &limits), &limits);
    }

    #[test]
    fn hashes_survive(fields in btree_map(element(), (element(), prop::option::of(1_i64..1 << 47)), 1..40),
                      expiring: bool, limits in limits()) {
        let mut hash = Hash::new();
        for (name, (value, time)) in &fields {
            let expiry = time.filter(|_| expiring).map_or(NewExpiry::Never, NewExpiry::At);
            hash.insert(name, value, expiry, i64::MIN, &limits.hash, seed());
        }
        round_trip(Value::Object(hash.into()), &limits);
    }

    #[test]
    fn sorted_sets_survive(members in vec((element(), -1e18..1e18), 1..40), limits in limits()) {
        let mut set = SortedSet::new();
        for (member, score) in &members {
            set.add(member, *score, AddRules::default(), limits.sorted_set, seed()).unwrap();
        }
        round_trip(Value::Object(set.into()), &limits);
    }

    #[test]
    fn streams_survive(entries in vec((element(), any::<bool>()), 0..20),
                       owners in vec((0..3_u8, 0..4_u8), 0..20), limits in limits()) {
        let stream = stream(&entries, &owners, &limits);
        round_trip(Value::Object(stream.into()), &limits);
    }
}

#[test]
fn large_tables_survive() {
    let limits = Limits::default();
    let members: Vec<_> = (0..20_000)
        .map(|n| format!("member:{n}").into_bytes())
        .collect();
    round_trip(set(&members, &limits), &limits);
    let mut sorted = SortedSet::new();
    for (member, score) in members.iter().zip(0..) {
        let score = f64::from(score);
        sorted
            .add(
                member,
                score,
                AddRules::default(),
                limits.sorted_set,
                seed(),
            )
            .unwrap();
    }
    round_trip(Value::Object(sorted.into()), &limits);
}

#[test]
fn a_budget_bounds_what_comes_at_once() {
    let members: Vec<_> = (0..5_000)
        .map(|n| format!("member:{n}").into_bytes())
        .collect();
    let entry = ObjectEntry::new(b"k", set(&members, &Limits::default()), None);
    let (mut saver, mut goes) = (Saver::new(), 0);
    loop {
        let mut bytes = 0;
        let done = saver
            .save(&entry.value(), 1000, |part| {
                if let Part::Element(element) = part {
                    bytes += element.byte_len();
                }
                Ok::<_, ()>(())
            })
            .unwrap();
        goes += 1;
        // A step of a scan is a bucket.
        assert!(bytes < 2000, "{bytes} bytes came at once");
        if done {
            break;
        }
    }
    assert!(goes > 20, "{goes} goes");
}

#[test]
fn an_error_of_the_taker_ends_the_saving() {
    let entry = ObjectEntry::new(b"k", set(&[b"a".to_vec()], &narrow()), None);
    assert_eq!(save(&entry.value(), |_| Err(7)), Err(7));
    let text: ValueRef<'_, Object> = ValueRef::Bytes(b"text");
    assert_eq!(save(&text, |_| Err(8)), Err(8));
}
