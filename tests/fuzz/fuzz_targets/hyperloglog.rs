//! Any bytes as a HyperLogLog: no crash, and all functions agree on whether they are one.
#![no_main]

use ferrous_types::hyperloglog::{self, Registers};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let count = hyperloglog::count(bytes);
    assert_eq!(Registers::new().absorb(bytes), count.map(drop));

    let mut dense = bytes.to_vec();
    assert_eq!(hyperloglog::make_dense(&mut dense), count.map(drop));
    assert_eq!(hyperloglog::count(&dense), count);

    let mut more = bytes.to_vec();
    for element in [&b"a"[..], b"b", b"c"] {
        let changed = hyperloglog::add(&mut more, element, 3000);
        assert!(changed.is_ok() || count.is_err());
    }
    assert_eq!(hyperloglog::count(&more).is_ok(), count.is_ok());
});
