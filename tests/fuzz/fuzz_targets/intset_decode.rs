//! Bytes that pass as an intset are sorted and come out as they were.
#![no_main]

use ferrous_types::IntSet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(set) = IntSet::from_bytes(bytes) else {
        return;
    };
    assert_eq!([&set.header(), set.payload()].concat(), bytes);
    assert!(set.iter().is_sorted());
    assert!(set.iter().all(|int| set.contains(int)));
});
