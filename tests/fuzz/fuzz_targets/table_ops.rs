//! Any sequence of insertions, removals and scans: the table agrees with a map, whatever the hashes.
#![no_main]

use std::collections::HashMap;

use ferrous_types::table::{Slot, Table};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u64, Vec<(u8, u16)>)| {
    // The multiplier decides how good or bad the hashes are.
    let (multiplier, steps) = input;
    let hash = |key: u64| key.wrapping_mul(multiplier);
    let (mut table, mut model) = (Table::<Box<[u64; 2]>>::new(), HashMap::new());
    for (step, key) in steps {
        let (value, key) = (u64::from(step), u64::from(key));
        match step % 4 {
            0 | 1 => {
                let old = match table.slot(hash(key), |pair| pair[0] == key) {
                    Slot::Occupied(mut found) => Some(found.replace(Box::new([key, value]))[1]),
                    Slot::Vacant(vacant) => {
                        vacant.insert(Box::new([key, value]));
                        None
                    }
                };
                assert_eq!(old, model.insert(key, value));
            }
            2 => {
                let removed = table.remove(hash(key), |pair| pair[0] == key);
                assert_eq!(removed.map(|pair| pair[1]), model.remove(&key));
            }
            _ => {
                let (first, last) = (key, key + 64 * value);
                table.retain(|pair| !(first..last).contains(&pair[0]));
                model.retain(|key, _| !(first..last).contains(key));
            }
        }
        assert_eq!(table.len(), model.len());
    }
    let (mut scanned, mut cursor) = (0, 0);
    loop {
        cursor = table.scan(cursor, |pair| {
            assert_eq!(model.get(&pair[0]), Some(&pair[1]));
            scanned += 1;
        });
        if cursor == 0 {
            break;
        }
    }
    assert_eq!(scanned, model.len());
});
