//! The table agrees with the standard library's map, keeps its promises to scans while it changes,
//! draws fairly, and frees every object exactly once.

use std::collections::HashMap;
use std::rc::Rc;

use ferrous_types::hash::Seed;
use ferrous_types::random::Rng;
use ferrous_types::table::{Slot, Table};
use proptest::prelude::*;

/// A key, and a value that counts how many objects are alive.
struct Pair {
    key: u64,
    value: u64,
    _alive: Rc<()>,
}

/// A table beside the map that it should equal.
struct Pairs {
    table: Table<Box<Pair>>,
    model: HashMap<u64, u64>,
    hash: fn(u64) -> u64,
    alive: Rc<()>,
}

fn siphash(key: u64) -> u64 {
    Seed::new(1, 2).hash(&key.to_le_bytes())
}

impl Pairs {
    fn new(hash: fn(u64) -> u64) -> Self {
        Self {
            table: Table::new(),
            model: HashMap::new(),
            hash,
            alive: Rc::new(()),
        }
    }

    fn pair(&self, key: u64, value: u64) -> Pair {
        Pair {
            key,
            value,
            _alive: Rc::clone(&self.alive),
        }
    }

    fn put(&mut self, key: u64, value: u64) {
        let pair = Box::new(self.pair(key, value));
        let old = match self.table.slot((self.hash)(key), |pair| pair.key == key) {
            Slot::Occupied(mut occupied) => Some(occupied.replace(pair).value),
            Slot::Vacant(vacant) => {
                assert_eq!(vacant.insert(pair).get().value, value);
                None
            }
        };
        assert_eq!(old, self.model.insert(key, value));
    }

    fn remove(&mut self, key: u64) {
        let removed = self.table.remove((self.hash)(key), |pair| pair.key == key);
        assert_eq!(removed.map(|pair| pair.value), self.model.remove(&key));
    }

    fn check(&self) {
        assert_eq!(self.table.len(), self.model.len());
        assert_eq!(Rc::strong_count(&self.alive), self.model.len() + 1);
        for (key, value) in &self.model {
            let found = self.table.find((self.hash)(*key), |pair| pair.key == *key);
            assert_eq!(found.map(|pair| pair.value), Some(*value), "key {key}");
        }
        let listed: HashMap<_, _> = self
            .table
            .iter()
            .map(|pair| (pair.key, pair.value))
            .collect();
        assert_eq!(listed, self.model);
        assert_eq!(self.table.heap_bytes() == 0, self.model.is_empty());
    }

    /// Visits what one scan step names; returns the keys and the next cursor.
    fn scan(&self, cursor: u64) -> (Vec<u64>, u64) {
        let mut keys = Vec::new();
        let next = self.table.scan(cursor, |pair| keys.push(pair.key));
        (keys, next)
    }
}

#[derive(Clone, Debug)]
enum Step {
    Put(u64, u64),
    Remove(u64),
    PutRange(u64, u64),
    RemoveRange(u64, u64),
    Retain(u64),
    Drain(usize),
    Duplicate,
    Refill(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0..3000_u64;
    prop_oneof![
        4 => (key.clone(), any::<u64>()).prop_map(|(key, value)| Step::Put(key, value)),
        4 => key.clone().prop_map(Step::Remove),
        3 => (key.clone(), 0..800_u64).prop_map(|(from, len)| Step::PutRange(from, len)),
        3 => (key, 0..1500_u64).prop_map(|(from, len)| Step::RemoveRange(from, len)),
        1 => (1..6_u64).prop_map(Step::Retain),
        1 => (0..500_usize).prop_map(Step::Drain),
        1 => Just(Step::Duplicate),
        1 => (0..5000_usize).prop_map(Step::Refill),
    ]
}

fn run(pairs: &mut Pairs, step: &Step) {
    match *step {
        Step::Put(key, value) => pairs.put(key, value),
        Step::Remove(key) => pairs.remove(key),
        Step::PutRange(from, len) => (from..from + len).for_each(|key| pairs.put(key, !key)),
        Step::RemoveRange(from, len) => (from..from + len).for_each(|key| pairs.remove(key)),
        Step::Retain(modulus) => {
            pairs.table.retain(|pair| pair.key % modulus == 0);
            pairs.model.retain(|key, _| key % modulus == 0);
        }
        Step::Drain(taken) => {
            assert_eq!(
                pairs.table.drain().take(taken).count(),
                taken.min(pairs.model.len())
            );
            pairs.model.clear();
        }
        Step::Duplicate => {
            pairs.table = pairs
                .table
                .duplicate(|pair| Box::new(pairs.pair(pair.key, pair.value)));
        }
        Step::Refill(capacity) => {
            let mut table = Table::with_capacity(capacity);
            for pair in pairs.table.drain() {
                table.insert_new((pairs.hash)(pair.key), pair);
            }
            table.fit();
            pairs.table = table;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn agrees_with_a_map(steps in prop::collection::vec(step(), 0..40)) {
        let mut pairs = Pairs::new(siphash);
        for step in steps {
            run(&mut pairs, &step);
            pairs.check();
        }
        let alive = Rc::clone(&pairs.alive);
        drop(pairs);
        assert_eq!(Rc::strong_count(&alive), 1);
    }

    /// Hashes that nobody would choose: few distinct ones, in one corner of hash space.
    #[test]
    fn bad_hashes_cost_time_only(steps in prop::collection::vec(step(), 0..8)) {
        let mut pairs = Pairs::new(|key| (key % 5) << 61 | (key % 3) << 40);
        for step in steps {
            run(&mut pairs, &step);
            pairs.check();
        }
    }

    /// Runs of keys come in the order of their hashes, and those are a small part of all.
    #[test]
    fn agrees_with_a_map_in_the_order_of_hashes(steps in prop::collection::vec(step(), 0..40)) {
        let mut pairs = Pairs::new(|key| key << 47);
        for step in steps {
            run(&mut pairs, &step);
            pairs.check();
        }
    }

    /// Elements that are there from begin to end come out exactly once, whatever else happens.
    #[test]
    fn scans_return_what_stays(
        stays in 1..3000_u64,
        comes_and_goes in 0..6000_u64,
        seed: u64,
    ) {
        let mut pairs = Pairs::new(siphash);
        let mut rng = Rng::new(seed);
        (0..stays).for_each(|key| pairs.put(key, 0));
        let (mut seen, mut cursor) = (vec![0_u32; stays as usize], 0);
        loop {
            let (keys, next) = pairs.scan(cursor);
            keys.iter().filter(|key| **key < stays).for_each(|key| seen[*key as usize] += 1);
            if next == 0 {
                break;
            }
            assert!(next > cursor);
            cursor = next;
            // Now and then the table grows or shrinks a lot.
            if rng.below(40) == 0 && comes_and_goes > 0 {
                let others = stays..stays + rng.below(comes_and_goes);
                if rng.below(2) == 0 {
                    others.for_each(|key| pairs.put(key, 0));
                } else {
                    pairs.table.retain(|pair| pair.key < stays);
                    pairs.model.retain(|key, _| *key < stays);
                }
            }
        }
        prop_assert!(seen.iter().all(|count| *count == 1));
        pairs.check();
    }
}

#[test]
fn a_panicking_update_keeps_the_element() {
    let mut pairs = Pairs::new(siphash);
    pairs.put(1, 10);
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut occupied = pairs
            .table
            .find_mut(siphash(1), |pair| pair.key == 1)
            .unwrap();
        occupied.update(|pair| {
            pair.value = 11;
            panic!("halfway");
        });
    }));
    assert!(caught.is_err());
    pairs.model.insert(1, 11);
    pairs.check();
}

#[test]
fn draws_are_fair() {
    // An uneven number of elements, so that segments differ in depth and width.
    for len in [1, 6, 100, 700, 1500] {
        let mut pairs = Pairs::new(siphash);
        (0..len).for_each(|key| pairs.put(key, 0));
        let mut rng = Rng::new(len);
        let mut counts = vec![0_u32; len as usize];
        let expected = 100.0;
        for _ in 0..len * 100 {
            counts[pairs.table.random(&mut rng).unwrap().key as usize] += 1;
        }
        let chi_square: f64 = counts
            .iter()
            .map(|count| (f64::from(*count) - expected).powi(2) / expected)
            .sum();
        // Mean `len - 1`, variance twice that: five deviations leave no doubt.
        let free = (len - 1) as f64;
        assert!(
            (chi_square - free).abs() <= 5.0 * (2.0 * free).sqrt(),
            "{len}: {chi_square}"
        );
    }
}

#[test]
fn samples_are_as_many_as_asked() {
    let mut pairs = Pairs::new(siphash);
    let mut rng = Rng::new(3);
    assert!(pairs.table.random(&mut rng).is_none());
    pairs
        .table
        .sample(&mut rng, 5, |_| panic!("there is nothing to see"));
    (0..1000).for_each(|key| pairs.put(key, 0));
    for (count, most) in [(0, 0), (5, 30), (999, 1000), (1000, 1000), (2000, 1000)] {
        let mut keys = std::collections::HashSet::new();
        pairs.table.sample(&mut rng, count, |pair| {
            keys.insert(pair.key);
        });
        assert!(
            (count.min(1000)..=most.max(count.min(1000))).contains(&keys.len()),
            "{count}"
        );
    }
}

#[test]
fn memory_follows_the_number_of_elements() {
    let mut table = Table::new();
    let mut costs = Vec::new();
    for key in 0..200_000_u64 {
        table.insert_new(siphash(key), Box::new(key));
        if table.len() > 1000 && table.len() % 1000 == 0 {
            costs.push(table.heap_bytes() as f64 / table.len() as f64);
        }
    }
    let average = costs.iter().sum::<f64>() / costs.len() as f64;
    assert!(average < 11.2, "{average}");
    assert!(costs.iter().all(|cost| *cost < 12.6), "{costs:?}");
    for key in 0..199_999_u64 {
        table.remove(siphash(key), |other| *other == key).unwrap();
        let cost = table.heap_bytes() as f64 / table.len() as f64;
        assert!(
            table.len() < 500 || cost < 20.0,
            "{cost} at {}",
            table.len()
        );
    }
    assert_eq!(table.heap_bytes(), 64 + 16);
}
