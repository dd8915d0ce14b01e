//! Any listpack as a sorted set: refused, or in order, and fit for every edit.
#![no_main]

use ferrous_types::hash::Seed;
use ferrous_types::sorted_set::{AddRules, SortedSetLimits};
use ferrous_types::{Listpack, SortedSet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let (limits, seed) = (SortedSetLimits::default(), Seed::new(1, 2));
    let Ok(list) = Listpack::from_bytes(bytes) else {
        return;
    };
    let Ok(mut set) = SortedSet::from_listpack(list, limits, seed) else {
        return;
    };
    let members: Vec<Vec<u8>> = set
        .iter()
        .map(|entry| entry.member.to_bytes().into_owned())
        .collect();
    assert_eq!(set.iter().rev().count(), members.len());
    for (rank, member) in members.iter().enumerate() {
        assert_eq!(set.rank(member, seed).map(|(rank, _)| rank), Some(rank));
    }
    for member in &members {
        set.add(member, 1.5, AddRules::default(), limits, seed)
            .expect("the score is a number");
    }
    assert_eq!(set.len(), members.len());
    set.remove_range(0..members.len(), seed, |_| ());
    assert!(set.is_empty());
});
