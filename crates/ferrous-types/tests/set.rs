//! A set agrees with a B-tree set, whatever the limits and however often its encoding changes.

use std::collections::BTreeSet;

use ferrous_types::hash::Seed;
use ferrous_types::packed::PackedError;
use ferrous_types::random::Rng;
use ferrous_types::set::{SetLimits, SetRepr};
use ferrous_types::{IntSet, Listpack, Set};
use proptest::collection::vec;
use proptest::prelude::*;

const SEED: Seed = Seed::new(1, 2);
const SMALL: SetLimits = SetLimits {
    intset_entries: 4,
    listpack_entries: 8,
    listpack_value: 10,
};

#[derive(Clone, Debug)]
enum Edit {
    Insert(Vec<u8>),
    InsertAll(Vec<Vec<u8>>),
    Remove(Vec<u8>),
    Pop(u64),
}

fn member() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => (-12..12_i64).prop_map(|int| int.to_string().into_bytes()),
        3 => (0..12_u8).prop_map(|letter| vec![b'a' + letter]),
        1 => any::<i64>().prop_map(|int| int.to_string().into_bytes()),
        1 => vec(any::<u8>(), 0..200),
    ]
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => member().prop_map(Edit::Insert),
        1 => vec(member(), 0..12).prop_map(Edit::InsertAll),
        3 => member().prop_map(Edit::Remove),
        1 => any::<u64>().prop_map(Edit::Pop),
    ]
}

fn limits() -> impl Strategy<Value = SetLimits> {
    (0..12_usize, 0..12_usize, 1..25_usize).prop_map(|(ints, entries, value)| SetLimits {
        intset_entries: ints,
        listpack_entries: entries,
        listpack_value: value,
    })
}

fn apply(set: &mut Set, model: &mut BTreeSet<Vec<u8>>, edit: Edit, limits: &SetLimits) {
    match edit {
        Edit::Insert(member) => {
            assert_eq!(set.insert(&member, limits, SEED), model.insert(member));
        }
        Edit::InsertAll(members) => {
            let added = set.insert_all(members.iter().map(Vec::as_slice), limits, SEED);
            let before = model.len();
            model.extend(members);
            assert_eq!(added, model.len() - before);
        }
        Edit::Remove(member) => assert_eq!(set.remove(&member), model.remove(&member)),
        Edit::Pop(seed) => {
            let popped = set.pop(&mut Rng::new(seed), |member| member.to_bytes().into_owned());
            assert_eq!(popped.is_none(), model.is_empty());
            assert!(popped.is_none_or(|member| model.remove(&member)));
        }
    }
}

fn members(set: &Set) -> BTreeSet<Vec<u8>> {
    set.iter()
        .map(|member| member.to_bytes().into_owned())
        .collect()
}

fn agree(set: &Set, model: &BTreeSet<Vec<u8>>) {
    assert_eq!(set.len(), model.len());
    assert_eq!(members(set), *model);
    assert!(model.iter().all(|member| set.contains(member)));
    assert!(!set.contains(b"absent"));
    let (mut scanned, mut cursor) = (BTreeSet::new(), 0);
    loop {
        cursor = set.scan(cursor, |member| {
            scanned.insert(member.to_bytes().into_owned());
        });
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(scanned, *model);
    let mut rng = Rng::new(model.len() as u64);
    for count in [0, 1, model.len() / 4, model.len() / 2, model.len() + 1] {
        let mut sample = Vec::new();
        set.sample(count, &mut rng, |member| {
            sample.push(member.to_bytes().into_owned());
        });
        assert_eq!(sample.len(), count.min(model.len()));
        assert!(sample.iter().all(|member| model.contains(member)));
        assert_eq!(sample.iter().collect::<BTreeSet<_>>().len(), sample.len());
    }
    assert!(
        set.random(&mut rng)
            .is_none_or(|member| model.contains(&*member.to_bytes()))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn agrees_with_a_btree_set(limits in limits(), edits in vec(edit(), 0..80)) {
        let (mut set, mut model) = (Set::new(), BTreeSet::new());
        for edit in edits {
            apply(&mut set, &mut model, edit, &limits);
            agree(&set, &model);
        }
    }

    #[test]
    fn is_restored_from_its_parts(limits in limits(), list in vec(member(), 0..20)) {
        let mut set = Set::new();
        set.insert_all(list.iter().map(Vec::as_slice), &limits, SEED);
        let restored = match set.repr() {
            SetRepr::Ints(ints) => Set::from_ints(ints.clone(), &limits, SEED),
            SetRepr::Packed(list) => Set::from_listpack(list.clone(), &limits, SEED).unwrap(),
            SetRepr::Hashed(_) => return Ok(()),
        };
        prop_assert_eq!(restored.encoding(), set.encoding());
        prop_assert_eq!(members(&restored), members(&set));
    }
}

/// Adds what each of `commands` names to an empty set, as SADD would; the encodings in between are
/// what Valkey 9.1 says with the same limits.
#[track_caller]
fn check(limits: SetLimits, commands: &[(&str, &str)]) {
    let mut set = Set::new();
    for (members, encoding) in commands {
        let members: Vec<&[u8]> = members.split(' ').map(str::as_bytes).collect();
        set.insert_all(members, &limits, SEED);
        assert_eq!(set.encoding(), *encoding, "{commands:?}");
    }
}

#[test]
fn widens_as_valkey_does() {
    check(SMALL, &[("1 2 3 4", "intset"), ("5", "hashtable")]);
    check(SMALL, &[("1 2 3 4 5", "listpack")]);
    check(SMALL, &[("1 2 3 4 5 6 7 8 9", "hashtable")]);
    check(SMALL, &[("1 2 3 a", "listpack")]);
    check(
        SMALL,
        &[
            ("a 1 2 3 4 5 6 7", "listpack"),
            ("a", "listpack"),
            ("8", "hashtable"),
        ],
    );
    check(
        SMALL,
        &[("a", "listpack"), ("a a a a a a a a a", "hashtable")],
    );
    check(SMALL, &[("1", "intset"), ("1 1 1 1 1", "hashtable")]);
    check(SMALL, &[("12345678901 2", "intset"), ("a", "hashtable")]);
    check(SMALL, &[("a", "listpack"), ("aaaaaaaaaaa", "hashtable")]);
    check(
        SetLimits {
            intset_entries: 0,
            ..SMALL
        },
        &[("1", "listpack"), ("2", "listpack")],
    );
    let unpacked = SetLimits {
        listpack_entries: 0,
        ..SMALL
    };
    check(unpacked, &[("a", "hashtable")]);
    check(unpacked, &[("1", "intset"), ("b", "hashtable")]);
}

#[test]
fn a_packed_result_may_become_an_intset() {
    let mut set = Set::new_packed();
    set.insert(b"3", &SMALL, SEED);
    set.insert(b"1", &SMALL, SEED);
    set.unpack_ints(&SMALL);
    assert_eq!(set.encoding(), "intset");
    set.insert(b"x", &SMALL, SEED);
    set.unpack_ints(&SMALL);
    assert_eq!(set.encoding(), "listpack");
}

#[test]
fn refuses_duplicates_and_widens_what_is_too_large() {
    let list = |range: std::ops::Range<i64>| range.collect::<Listpack>();
    let doubled: Listpack = [b"1", b"a", b"1"].into_iter().collect();
    assert_eq!(
        Set::from_listpack(doubled, &SMALL, SEED).err(),
        Some(PackedError::Duplicate)
    );
    let encoding = |len| {
        Set::from_listpack(list(0..len), &SMALL, SEED)
            .unwrap()
            .encoding()
    };
    assert_eq!((encoding(8), encoding(9)), ("listpack", "hashtable"));
    let ints: IntSet = (0..5).collect();
    assert_eq!(Set::from_ints(ints, &SMALL, SEED).encoding(), "hashtable");
}

#[test]
fn is_freed_on_another_thread() {
    let set: Set = {
        let mut set = Set::new();
        for member in 0..2000_i32 {
            set.insert(format!("member {member}").as_bytes(), &SMALL, SEED);
        }
        set
    };
    assert!(set.heap_bytes(0).abs_diff(set.heap_bytes(50)) < set.heap_bytes(0) / 10);
    std::thread::spawn(move || drop(set)).join().unwrap();
}
