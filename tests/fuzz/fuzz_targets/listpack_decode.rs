//! Bytes that pass as a listpack can be read from both ends, searched and taken apart.
#![no_main]

use ferrous_types::Listpack;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut list) = Listpack::from_bytes(bytes) else {
        return;
    };
    assert_eq!(list.as_bytes(), bytes);
    assert_eq!(list.iter().count(), list.len());
    assert_eq!(list.iter().rev().count(), list.len());
    let _ = list.find(b"needle", 1);
    let tail = list.split_off(list.len() / 2);
    list.append(&tail);
    while let Some(last) = list.last() {
        list.remove(last);
    }
});
