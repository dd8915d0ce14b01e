//! Any sequence of insertions, removals, copies and scans: the table agrees with a map, whatever the hashes.
#![no_main]

use std::collections::HashMap;

use ferrous_types::table::{Slot, Table};
use libfuzzer_sys::fuzz_target;

type Pairs = Table<Box<[u64; 2]>>;
type Model = HashMap<u64, u64>;

/// Runs of keys end at so many elements: when all hashes agree, an operation looks at each of them.
const LEN_MAX: usize = 2000;
/// And an input at so many steps.
const STEPS_MAX: usize = 200;

fuzz_target!(|input: (u64, Vec<(u8, u16)>)| {
    // The multiplier decides how good or bad the hashes are, and whether runs come in their order.
    let (multiplier, steps) = input;
    let hash = |key: u64| key.wrapping_mul(multiplier);
    let (mut table, mut model) = (Pairs::new(), Model::new());
    for (step, key) in steps.into_iter().take(STEPS_MAX) {
        let (value, key) = (u64::from(step), u64::from(key));
        match step % 8 {
            0 | 1 => set(&mut table, &mut model, hash, [key, value]),
            2 | 3 => {
                let removed = table.remove(hash(key), |pair| pair[0] == key);
                assert_eq!(removed.map(|pair| pair[1]), model.remove(&key));
            }
            4 => {
                let (first, last) = (key, key + 64 * value);
                table.retain(|pair| !(first..last).contains(&pair[0]));
                model.retain(|key, _| !(first..last).contains(key));
            }
            5 => {
                let room = LEN_MAX.saturating_sub(model.len());
                for key in (key..key + 2 * value).take(room) {
                    set(&mut table, &mut model, hash, [key, value]);
                }
            }
            6 => table = table.duplicate(|pair| Box::new(*pair)),
            _ => {
                // In the order of the buckets, and so nearly in that of the hashes.
                let mut filled = Pairs::with_capacity(usize::from(step) * 16);
                for pair in table {
                    filled.insert_new(hash(pair[0]), pair);
                }
                filled.fit();
                table = filled;
            }
        }
        assert_eq!(table.len(), model.len());
    }
    check(&table, &model, hash);
});

fn set(table: &mut Pairs, model: &mut Model, hash: impl Fn(u64) -> u64, [key, value]: [u64; 2]) {
    let old = match table.slot(hash(key), |pair| pair[0] == key) {
        Slot::Occupied(mut found) => Some(found.replace(Box::new([key, value]))[1]),
        Slot::Vacant(vacant) => {
            vacant.insert(Box::new([key, value]));
            None
        }
    };
    assert_eq!(old, model.insert(key, value));
}

/// Compares by lookups, by a scan and by iteration.
fn check(table: &Pairs, model: &Model, hash: impl Fn(u64) -> u64) {
    for (key, value) in model {
        let found = table.find(hash(*key), |pair| pair[0] == *key);
        assert_eq!(found.map(|pair| pair[1]), Some(*value));
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
    assert_eq!(table.iter().count(), model.len());
}
