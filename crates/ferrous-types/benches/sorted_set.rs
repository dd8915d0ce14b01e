//! A sorted set of a million members beside a `BTreeMap` with a `HashMap`, the plain way to build one.

use std::collections::{BTreeSet, HashMap};
use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ferrous_types::SortedSet;
use ferrous_types::hash::Seed;
use ferrous_types::random::Rng;
use ferrous_types::sorted_set::{AddRules, SortedSetLimits};

const MEMBERS: u64 = 1_000_000;
const SEED: Seed = Seed::new(1, 2);

fn member(number: u64) -> [u8; 16] {
    let mut member = *b"member:000000000";
    for (place, digit) in member[7..].iter_mut().rev().enumerate() {
        *digit = b'0' + (number / 10_u64.pow(place as u32) % 10) as u8;
    }
    member
}

fn add(set: &mut SortedSet, number: u64, score: f64) {
    let rules = AddRules::default();
    let added = set.add(
        &member(number),
        score,
        rules,
        SortedSetLimits::default(),
        SEED,
    );
    black_box(added.is_ok());
}

fn filled() -> SortedSet {
    let mut rng = Rng::new(1);
    let mut set = SortedSet::new();
    for number in 0..MEMBERS {
        add(&mut set, number, rng.unit() * 1e6);
    }
    set
}

fn sorted_set(c: &mut Criterion) {
    let mut rng = Rng::new(2);
    let mut set = filled();
    let mut group = c.benchmark_group("sorted_set");
    group.bench_function("rescore", |b| {
        b.iter(|| add(&mut set, rng.below(MEMBERS), rng.unit() * 1e6));
    });
    let mut next = MEMBERS;
    group.bench_function("insert", |b| {
        b.iter(|| {
            add(&mut set, next, rng.unit() * 1e6);
            next += 1;
        });
    });
    let mut set = filled();
    group.bench_function("rank", |b| {
        b.iter(|| black_box(set.rank(&member(rng.below(MEMBERS)), SEED)));
    });
    group.bench_function("score", |b| {
        b.iter(|| black_box(set.score(&member(rng.below(MEMBERS)), SEED)));
    });
    group.bench_function("range of 100", |b| {
        b.iter(|| {
            let start = rng.below(MEMBERS - 100) as usize;
            let bytes = set
                .range(start..start + 100)
                .map(|entry| entry.member.byte_len());
            black_box(bytes.sum::<usize>())
        });
    });
    group.bench_function("remove and add", |b| {
        b.iter_batched(
            || rng.below(MEMBERS),
            |number| {
                if let Some(score) = set.remove(&member(number), SEED) {
                    add(&mut set, number, score);
                }
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn plain(c: &mut Criterion) {
    let mut rng = Rng::new(1);
    let mut scores = HashMap::new();
    let mut order = BTreeSet::new();
    let mut put = |number: u64, score: f64| {
        let member = member(number);
        if let Some(old) = scores.insert(member.to_vec(), score.to_bits()) {
            order.remove(&(old, member.to_vec()));
        }
        order.insert((score.to_bits(), member.to_vec()));
    };
    (0..MEMBERS).for_each(|number| put(number, rng.unit() * 1e6));
    let mut group = c.benchmark_group("btree and hash map");
    group.bench_function("rescore", |b| {
        b.iter(|| put(rng.below(MEMBERS), rng.unit() * 1e6));
    });
    group.finish();
}

criterion_group!(benches, sorted_set, plain);
criterion_main!(benches);
