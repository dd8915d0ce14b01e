//! A hash agrees with a B-tree map, whatever the limits, as fields come, go and expire.

use std::collections::BTreeMap;

use ferrous_types::field_map::{
    Field, FieldExpiry, HashLimits, HashRepr, IncrementError, NewExpiry,
};
use ferrous_types::hash::Seed;
use ferrous_types::packed::PackedError;
use ferrous_types::random::Rng;
use ferrous_types::{Element, Hash, Listpack};
use proptest::collection::vec;
use proptest::prelude::*;

const SEED: Seed = Seed::new(1, 2);
const SMALL: HashLimits = HashLimits {
    listpack_entries: 4,
    listpack_value: 10,
};

type Model = BTreeMap<Vec<u8>, (Vec<u8>, Option<i64>)>;

#[derive(Clone, Debug)]
enum Edit {
    Insert(Vec<u8>, Vec<u8>, NewExpiry),
    Remove(Vec<u8>),
    Increment(Vec<u8>, i64),
    SetExpiry(Vec<u8>, Option<i64>),
    PassTime(i64),
    ExpireDue(usize),
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => (0..12_u8).prop_map(|letter| vec![b'a' + letter]),
        2 => (0..5_i64).prop_map(|int| int.to_string().into_bytes()),
        1 => vec(0..2_u8, 60..70),
    ]
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => (-200..200_i64).prop_map(|int| int.to_string().into_bytes()),
        3 => vec(any::<u8>(), 0..20),
        1 => vec(any::<u8>(), 100..300),
    ]
}

fn expiry() -> impl Strategy<Value = NewExpiry> {
    let at = (0..100_i64).prop_map(NewExpiry::At);
    prop_oneof![4 => Just(NewExpiry::Never), 1 => Just(NewExpiry::Keep), 1 => at]
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = prop_oneof![Just(None), (0..100_i64).prop_map(Some)];
    prop_oneof![
        6 => (name(), value(), expiry()).prop_map(|(name, value, at)| Edit::Insert(name, value, at)),
        2 => name().prop_map(Edit::Remove),
        2 => (name(), -5..5_i64).prop_map(|(name, delta)| Edit::Increment(name, delta)),
        1 => (name(), at).prop_map(|(name, at)| Edit::SetExpiry(name, at)),
        1 => (0..9_i64).prop_map(Edit::PassTime),
        1 => (0..4_usize).prop_map(Edit::ExpireDue),
    ]
}

/// Live fields only: what has expired is no longer in the model.
fn apply(hash: &mut Hash, model: &mut Model, now: &mut i64, edit: Edit, limits: &HashLimits) {
    match edit {
        Edit::Insert(name, value, expiry) => {
            let old = model.get(&name);
            let expires = match expiry {
                NewExpiry::Keep => old.and_then(|old| old.1),
                NewExpiry::Never => None,
                NewExpiry::At(at) => Some(at),
            };
            assert_eq!(
                hash.insert(&name, &value, expiry, *now, limits, SEED),
                old.is_none()
            );
            model.insert(name, (value, expires));
        }
        Edit::Remove(name) => {
            assert_eq!(hash.remove(&name, *now), model.remove(&name).is_some());
        }
        Edit::Increment(name, delta) => {
            let (old, expiry) = model.get(&name).cloned().unwrap_or((b"0".to_vec(), None));
            let expected = match Element::from(old.as_slice()) {
                Element::Int(int) => Ok(int + delta),
                Element::Bytes(_) => Err(IncrementError::NotAnInteger),
            };
            assert_eq!(hash.increment(&name, delta, *now, limits, SEED), expected);
            if let Ok(sum) = expected {
                model.insert(name, (sum.to_string().into_bytes(), expiry));
            }
        }
        Edit::SetExpiry(name, at) => {
            assert_eq!(
                hash.set_expiry(&name, at, *now, SEED),
                model.contains_key(&name)
            );
            model.entry(name).and_modify(|field| field.1 = at);
        }
        Edit::PassTime(ms) => *now += ms,
        Edit::ExpireDue(budget) => {
            let (len, dead) = (hash.len(), hash.len() - hash.live_len(*now));
            let mut removed = Vec::new();
            let count = hash.expire_due(*now, budget, |name| removed.push(name.to_vec()));
            assert_eq!((count, removed.len()), (dead.min(budget), dead.min(budget)));
            assert_eq!(hash.len(), len - count);
            assert!(removed.iter().all(|name| !model.contains_key(name)));
        }
    }
    model.retain(|_, (_, expiry)| expiry.is_none_or(|at| at >= *now));
}

fn owned(field: Field<'_>) -> (Vec<u8>, (Vec<u8>, Option<i64>)) {
    let (name, value) = (field.name.to_bytes(), field.value.to_bytes());
    (name.into_owned(), (value.into_owned(), field.expires_at_ms))
}

fn agree(hash: &Hash, model: &Model, now: i64) {
    assert_eq!(hash.live_len(now), model.len());
    assert_eq!(hash.iter(now).map(owned).collect::<Model>(), *model);
    for (name, (value, expiry)) in model {
        assert_eq!(hash.get(name, now), Some(Element::from(value.as_slice())));
        let expected = expiry.map_or(FieldExpiry::Never, FieldExpiry::At);
        assert_eq!(hash.expiry(name, now), expected);
    }
    assert_eq!(hash.expiry(b"absent", now), FieldExpiry::Missing);
    let live_next = model.values().filter_map(|field| field.1).min();
    let next = hash.next_expiry_ms().filter(|&at| at >= now);
    assert!(next.is_none() || next == live_next);
    let (mut scanned, mut cursor) = (Model::new(), 0);
    loop {
        cursor = hash.scan(cursor, now, |field| scanned.extend([owned(field)]));
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(scanned, *model);
    let mut rng = Rng::new(model.len() as u64);
    for count in [0, 1, model.len() / 4, model.len() + 1] {
        let mut sample = Vec::new();
        hash.sample(count, &mut rng, now, |field| sample.push(owned(field)));
        assert_eq!(sample.len(), count.min(model.len()));
        let distinct: Model = sample.into_iter().collect();
        assert_eq!(distinct.len(), count.min(model.len()));
        assert!(
            distinct
                .iter()
                .all(|(name, field)| model.get(name) == Some(field))
        );
    }
    let random = hash.random(&mut rng, now).map(owned);
    assert_eq!(random.is_none(), model.is_empty());
    assert!(random.is_none_or(|(name, field)| model.get(&name) == Some(&field)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn agrees_with_a_btree_map(
        entries in 0..12_usize,
        longest in 1..70_usize,
        edits in vec(edit(), 0..100),
    ) {
        let limits = HashLimits { listpack_entries: entries, listpack_value: longest };
        let (mut hash, mut model, mut now) = (Hash::new(), Model::new(), 0);
        for edit in edits {
            apply(&mut hash, &mut model, &mut now, edit, &limits);
            agree(&hash, &model, now);
        }
    }
}

#[test]
fn widens_and_stays_wide() {
    let mut hash = Hash::new();
    for name in [b"a", b"b", b"c", b"d"] {
        hash.insert(name, b"1", NewExpiry::Never, 0, &SMALL, SEED);
    }
    hash.insert(b"a", b"0123456789", NewExpiry::Never, 0, &SMALL, SEED);
    assert_eq!(hash.encoding(), "listpack");
    hash.insert(b"e", b"1", NewExpiry::Never, 0, &SMALL, SEED);
    assert_eq!(hash.encoding(), "hashtable");
    assert!(hash.remove(b"e", 0) && hash.remove(b"a", 0));
    assert_eq!((hash.len(), hash.encoding()), (3, "hashtable"));

    let mut hash = Hash::new();
    hash.insert(b"a", b"0123456789x", NewExpiry::Never, 0, &SMALL, SEED);
    assert_eq!(hash.encoding(), "hashtable");
}

#[test]
fn only_an_expiry_that_is_set_needs_a_hashtable() {
    let mut hash = Hash::new();
    hash.insert(b"a", b"1", NewExpiry::Keep, 0, &SMALL, SEED);
    assert!(!hash.set_expiry(b"absent", Some(5), 0, SEED) && hash.set_expiry(b"a", None, 0, SEED));
    assert_eq!((hash.encoding(), hash.next_expiry_ms()), ("listpack", None));
    assert!(hash.set_expiry(b"a", Some(5), 0, SEED));
    assert_eq!(
        (hash.encoding(), hash.next_expiry_ms()),
        ("hashtable", Some(5))
    );
    assert!(hash.contains(b"a", 5) && !hash.contains(b"a", 6));
    assert_eq!((hash.len(), hash.live_len(6)), (1, 0));
    assert!(!hash.remove(b"a", 6) && hash.is_empty() && !hash.has_expiries());
}

#[test]
fn increments_within_bounds_only() {
    let mut hash = Hash::new();
    let mut add = |delta| hash.increment(b"n", delta, 0, &SMALL, SEED);
    assert_eq!(add(i64::MAX), Ok(i64::MAX));
    assert_eq!(add(1), Err(IncrementError::Overflow));
    assert_eq!(add(-1), Ok(i64::MAX - 1));
}

#[test]
fn is_restored_from_its_listpack() {
    let from = |values: &[&[u8]]| {
        Hash::from_listpack(values.iter().copied().collect::<Listpack>(), &SMALL, SEED)
    };
    assert_eq!(from(&[b"a"]).err(), Some(PackedError::OddLength));
    assert_eq!(
        from(&[b"a", b"1", b"a", b"2"]).err(),
        Some(PackedError::Duplicate)
    );
    let hash = from(&[b"a", b"1", b"b", b"1"]).unwrap();
    assert!(matches!(hash.repr(), HashRepr::Packed(list) if list.len() == 4));
    let names: [&[u8]; 10] = [b"a", b"1", b"b", b"1", b"c", b"1", b"d", b"1", b"e", b"1"];
    let hash = from(&names).unwrap();
    assert!(matches!(hash.repr(), HashRepr::Hashed(_)) && hash.len() == 5);
}

#[test]
fn five_short_fields_cost_little() {
    let mut hash = Hash::new();
    for index in 0..5 {
        let (name, value) = (format!("field{index}"), format!("value{index}"));
        let limits = HashLimits::default();
        hash.insert(
            name.as_bytes(),
            value.as_bytes(),
            NewExpiry::Never,
            0,
            &limits,
            SEED,
        );
    }
    assert_eq!((hash.heap_bytes(0), size_of::<Hash>()), (96, 8));
}
