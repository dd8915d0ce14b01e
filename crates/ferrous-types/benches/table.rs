//! The keyspace's table beside `hashbrown`, both holding the same entries of 16-byte keys.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ferrous_types::entry::{Entry, Value};
use ferrous_types::hash::Seed;
use ferrous_types::random::Rng;
use ferrous_types::slot::key_slot;
use ferrous_types::table::{Slot, Table};
use hashbrown::HashTable;

const LEN: u64 = 1_000_000;
const SEED: Seed = Seed::new(1, 2);
/// Commands of a pipeline, whose keys are fetched before the first one runs.
const PIPELINE: usize = 16;

type Key = [u8; 16];

fn key(number: u64) -> Key {
    let mut key = *b"key:000000000000";
    let digits = number.to_string();
    key[16 - digits.len()..].copy_from_slice(digits.as_bytes());
    key
}

fn entry(key: &Key) -> Entry<Box<()>> {
    Entry::new(key, Value::Bytes(&[b'v'; 32]), None)
}

type EntryRef<'a> = ferrous_types::entry::EntryRef<'a, Box<()>>;

fn copy(original: EntryRef) -> Entry<Box<()>> {
    Entry::new(original.key(), Value::Bytes(&[b'v'; 32]), None)
}

fn ferrous(len: u64) -> Table<Entry<Box<()>>> {
    let mut table = Table::new();
    for key in (0..len).map(key) {
        table.insert_new(SEED.hash(&key), entry(&key));
    }
    table
}

fn hashbrown(len: u64) -> HashTable<Entry<Box<()>>> {
    let mut table = HashTable::new();
    for key in (0..len).map(key) {
        table.insert_unique(SEED.hash(&key), entry(&key), |entry| SEED.hash(entry.key()));
    }
    table
}

/// A random key below `bound` with its hash, so that hashing is not measured.
fn draw(rng: &mut Rng, bound: u64) -> (Key, u64) {
    let key = key(rng.below(bound));
    (key, SEED.hash(&key))
}

fn lookups(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("look up one of 1 M");
    let (ferrous, hashbrown) = (ferrous(LEN), hashbrown(LEN));
    let mut rng = Rng::new(1);
    for (outcome, base) in [("hit", 0), ("miss", LEN)] {
        let mut draw = || {
            let key = key(base + rng.below(LEN));
            (key, SEED.hash(&key))
        };
        group.bench_function(format!("{outcome}, ferrous"), |bencher| {
            bencher.iter_batched(
                &mut draw,
                |(key, hash)| ferrous.find(hash, |entry| entry.key() == key).is_some(),
                BatchSize::NumIterations(1000),
            );
        });
        group.bench_function(format!("{outcome}, hashbrown"), |bencher| {
            bencher.iter_batched(
                &mut draw,
                |(key, hash)| hashbrown.find(hash, |entry| entry.key() == key).is_some(),
                BatchSize::NumIterations(1000),
            );
        });
    }
    group.bench_function("hit, ferrous, prefetched by 16", |bencher| {
        bencher.iter_batched(
            || [(); PIPELINE].map(|()| draw(&mut rng, LEN)),
            |keys| {
                for (_, hash) in &keys {
                    ferrous.prefetch_bucket(*hash);
                }
                for (_, hash) in &keys {
                    ferrous.prefetch_element(*hash);
                }
                let found = keys.iter().filter(|(key, hash)| {
                    ferrous.find(*hash, |entry| entry.key() == key).is_some()
                });
                found.count()
            },
            BatchSize::NumIterations(64),
        );
    });
    group.finish();
}

fn changes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("change");
    let (mut ferrous, mut hashbrown) = (ferrous(LEN), hashbrown(LEN));
    let mut rng = Rng::new(2);
    // Half of the keys are there at any time: each step removes its key, or else adds it.
    group.bench_function("add or remove one of 1 M, ferrous", |bencher| {
        bencher.iter_batched(
            || draw(&mut rng, 2 * LEN),
            |(key, hash)| match ferrous.slot(hash, |entry| entry.key() == key) {
                Slot::Occupied(occupied) => drop(occupied.remove()),
                Slot::Vacant(vacant) => drop(vacant.insert(entry(&key))),
            },
            BatchSize::NumIterations(1000),
        );
    });
    group.bench_function("add or remove one of 1 M, hashbrown", |bencher| {
        bencher.iter_batched(
            || draw(&mut rng, 2 * LEN),
            |(key, hash)| match hashbrown.find_entry(hash, |entry| entry.key() == key) {
                Ok(occupied) => drop(occupied.remove()),
                Err(_) => {
                    hashbrown.insert_unique(hash, entry(&key), |entry| SEED.hash(entry.key()));
                }
            },
            BatchSize::NumIterations(1000),
        );
    });
    group.bench_function("overwrite one of 1 M in place", |bencher| {
        bencher.iter_batched(
            || draw(&mut rng, LEN),
            |(key, hash)| {
                let slot = ferrous.find_mut(hash, |entry| entry.key() == key);
                slot.map(|mut occupied| {
                    occupied.update(|entry| drop(entry.set_value(Value::Bytes(&[b'w'; 32]))));
                })
            },
            BatchSize::NumIterations(1000),
        );
    });
    group.finish();
}

fn filling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("fill with 100 k");
    group
        .throughput(Throughput::Elements(100_000))
        .sample_size(20);
    group.bench_function("ferrous", |bencher| {
        bencher.iter_with_large_drop(|| ferrous(100_000));
    });
    group.bench_function("hashbrown", |bencher| {
        bencher.iter_with_large_drop(|| hashbrown(100_000));
    });
    let source = ferrous(100_000);
    group.bench_function("ferrous, in the order of hashes", |bencher| {
        bencher.iter_with_large_drop(|| {
            let mut table = Table::new();
            for original in &source {
                let key = original.key();
                let slot = table.slot(SEED.hash(key), |entry: EntryRef| entry.key() == key);
                if let Slot::Vacant(vacant) = slot {
                    vacant.insert(copy(original));
                }
            }
            table
        });
    });
    group.bench_function("ferrous, as a duplicate", |bencher| {
        bencher.iter_with_large_drop(|| source.duplicate(copy));
    });
    group.finish();
}

fn keys(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("key of 16 bytes");
    let key = key(123_456);
    group.bench_function("hash", |bencher| {
        bencher.iter(|| SEED.hash(black_box(&key)));
    });
    group.bench_function("slot", |bencher| {
        bencher.iter(|| key_slot(black_box(&key)));
    });
    group.finish();
}

criterion_group!(benches, keys, lookups, changes, filling);
criterion_main!(benches);
