//! An intset agrees with a B-tree set, and survives any bytes.

use std::collections::BTreeSet;

use ferrous_types::IntSet;
use proptest::collection::vec;
use proptest::prelude::*;

fn int() -> impl Strategy<Value = i64> {
    prop_oneof![
        4 => -20..20_i64,
        1 => (any::<i64>(), 0..64_u32).prop_map(|(int, shift)| int >> shift),
    ]
}

fn public(set: &IntSet) -> Vec<u8> {
    [&set.header(), set.payload()].concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn agrees_with_a_btree_set(edits in vec((any::<bool>(), int()), 0..200)) {
        let (mut set, mut model) = (IntSet::new(), BTreeSet::new());
        for (insert, int) in edits {
            prop_assert_eq!(set.contains(int), model.contains(&int));
            if insert {
                prop_assert_eq!(set.insert(int), model.insert(int));
            } else {
                prop_assert_eq!(set.remove(int), model.remove(&int));
            }
            prop_assert_eq!(set.len(), model.len());
        }
        prop_assert!(set.iter().eq(model.iter().copied()));
        prop_assert!(set.iter().rev().eq(model.iter().rev().copied()));
        let again = IntSet::from_bytes(&public(&set)).expect("own bytes are valid");
        prop_assert_eq!(public(&again), public(&set));
    }

    #[test]
    fn damaged_bytes_are_refused_or_sorted(
        ints in vec(int(), 0..20),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = public(&ints.into_iter().collect());
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(set) = IntSet::from_bytes(&bytes) {
            prop_assert!(set.iter().is_sorted());
            prop_assert!(set.iter().all(|int| set.contains(int)));
        }
    }
}
