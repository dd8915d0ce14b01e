//! A snapshot is the state at its start, whatever is done to the keyspace until it is over.

use std::collections::BTreeMap;

use ferrous_persist::rdb::{Event, RdbReader, RdbWriter, ReadOptions, WriteOptions};
use ferrous_types::hash::Seed;
use ferrous_types::list::End;
use ferrous_types::random::Rng;
use ferrous_types::{List, Set};

use super::{Held, Snapshot, SnapshotOptions};
use crate::codec;
use crate::keyspace::{
    AccessClock, Changes, Circumstances, Db, Digest, DueKeys, Environment, Interests, Keyspace,
    PartitionIndex, Silent,
};
use crate::limits::Limits;
use crate::scope::Scope;

const DATABASES: usize = 3;
const KEYS: u64 = 600;
const NOW_MS: i64 = 1_700_000_000_000;

/// What is known of every key: its deadline, and the fingerprint of its value.
type State = BTreeMap<(usize, Vec<u8>), (Option<i64>, Digest)>;

struct Model {
    keyspace: Keyspace,
    random: Rng,
    limits: Limits,
    now_ms: i64,
}

impl Model {
    fn new(seed: u64) -> Self {
        let mut model = Self {
            keyspace: Keyspace::new(8, DATABASES, Seed::new(seed, 1), NOW_MS),
            random: Rng::new(seed),
            limits: Limits::default(),
            now_ms: NOW_MS,
        };
        for _ in 0..4 * KEYS {
            model.change();
        }
        // Large enough to be told in pieces.
        for (index, name) in [&b"large-set"[..], b"large-list"].into_iter().enumerate() {
            model.with_db(index, |db| {
                let key = db.key(name);
                let (limits, seed) = (*db.limits(), db.seed());
                for number in 0..40_000 {
                    let member = format!("member:{number:08}");
                    let member = member.as_bytes();
                    if index == 0 {
                        let add = |set: &mut Set| set.insert(member, &limits.set, seed);
                        db.edit_or_create(&key, Set::new, add).unwrap();
                    } else {
                        let push = |list: &mut List| {
                            list.push(End::Tail, [member], limits.list);
                        };
                        db.edit_or_create(&key, List::new, push).unwrap();
                    }
                }
            });
        }
        model
    }

    fn with_db<T>(&mut self, database: usize, work: impl FnOnce(&mut Db<'_, '_>) -> T) -> T {
        let environment = Environment {
            database,
            circumstances: &Circumstances {
                now_ms: self.now_ms,
                access: AccessClock::lru(self.now_ms),
                no_touch: false,
                due_keys: DueKeys::Removed,
                in_script: false,
            },
            interests: Interests::default(),
            limits: &self.limits,
            random: &mut self.random,
        };
        let mut changes = Changes::default();
        let mut scope = Scope::everything(&self.keyspace, &mut changes);
        let result = scope.with_db(environment, |db| work(db));
        scope.finish(&Silent);
        result
    }

    /// Does something to some key.
    fn change(&mut self) {
        let name = format!("key:{}", self.random.below(KEYS));
        let other = format!("key:{}", self.random.below(KEYS));
        let database = self.random.below(DATABASES as u64) as usize;
        let action = self.random.below(14);
        let value = self.random.next_u64();
        self.with_db(database, |db| {
            let key = db.key(name.as_bytes());
            let (limits, seed) = (*db.limits(), db.seed());
            let text = format!("{value:x}").repeat(value as usize % 9 + 1);
            let deadline = NOW_MS + (value % 1000) as i64 * 1000 + 1;
            match action {
                0 | 1 => db.set_text(&key, text.as_bytes(), None),
                2 => db.set_text(&key, text.as_bytes(), Some(deadline)),
                3 => {
                    let _ = db.update_int(&key, |int| Ok(int.wrapping_add(1)));
                }
                4 => {
                    let _ = db.edit_text(&key, |buffer| buffer.extend_from_slice(b"more"));
                }
                5 | 6 => {
                    let add = |set: &mut Set| set.insert(text.as_bytes(), &limits.set, seed);
                    let _ = db.edit_or_create(&key, Set::new, add);
                }
                7 | 8 => {
                    let push = |list: &mut List| {
                        list.push(End::Tail, [text.as_bytes()], limits.list);
                    };
                    let _ = db.edit_or_create(&key, List::new, push);
                }
                9 => {
                    db.set_deadline(&key, Some(deadline));
                }
                10 => {
                    db.remove(&key);
                }
                11 => {
                    let target = db.key(other.as_bytes());
                    if let Some(entry) = db.take(&key) {
                        db.put(&target, entry.renamed(target.bytes));
                    }
                }
                12 => {
                    db.set_deadline(&key, None);
                }
                _ => {
                    let _ = db.read(&key);
                }
            }
        });
    }

    /// Does something to a whole database, or to one of the large values.
    fn upheave(&mut self) {
        let action = self.random.below(8);
        let first = self.random.below(DATABASES as u64) as usize;
        let second = self.random.below(DATABASES as u64) as usize;
        let name: &[u8] = if self.random.below(2) == 0 {
            b"large-set"
        } else {
            b"large-list"
        };
        self.with_db(first, |db| {
            let key = db.key(name);
            match action {
                0 => db.for_each_partition(|partition| {
                    drop(partition.database(first).take_all(NOW_MS));
                }),
                1 | 2 => db.swap(first, second),
                3 => {
                    db.remove(&key);
                }
                4 => {
                    let _ = db.edit::<Set, _>(&key, |set| set.remove(b"member:00000007"));
                }
                // Some of them so often that nothing is left to tell.
                5 | 6 => {
                    let mut times = first * 20 + 1;
                    db.for_each_partition(|partition| {
                        let share = partition.database(first);
                        while times > 0 && !share.prepare(&key) {
                            times -= 1;
                        }
                    });
                }
                _ => {
                    let target = db.key(b"moved");
                    if let Some(entry) = db.take(&key) {
                        db.put(&target, entry.renamed(target.bytes));
                    }
                }
            }
        });
    }

    fn state(&mut self) -> State {
        let mut state = State::new();
        for database in 0..DATABASES {
            self.with_db(database, |db| {
                db.for_each_partition(|partition| {
                    for entry in partition.database(database).keys() {
                        assert!(!entry.is_marked(), "no mark outlives its snapshot");
                        let name = (database, entry.key().to_vec());
                        state.insert(name, (entry.expire_at_ms(), Digest::of_value(entry)));
                    }
                });
            });
        }
        state
    }

    fn begin(&self) -> Snapshot {
        let options = SnapshotOptions {
            format: WriteOptions::default(),
            access: None,
        };
        Snapshot::begin(&self.keyspace, &mut Held::all(&self.keyspace), options).unwrap()
    }
}

/// Reads records back.
fn read(file: &[u8], limits: &Limits) -> State {
    let mut reader = RdbReader::new(file, ReadOptions::default()).unwrap();
    let (mut state, mut database) = (State::new(), 0);
    loop {
        let (name, encoding, deadline) = match reader.next_event().unwrap() {
            None => return state,
            Some(Event::SelectDb(number)) => {
                database = number as usize;
                continue;
            }
            Some(Event::Key(key)) => (key.name.to_vec(), key.encoding, key.expire_at_ms),
            Some(event) => panic!("{event:?} was not written"),
        };
        let loaded = codec::load(encoding, &mut reader, limits, Seed::new(3, 4)).unwrap();
        let entry = loaded
            .expect("no collection is empty")
            .into_entry(&name, deadline);
        let told = (deadline, Digest::of_value(entry.view()));
        let before = state.insert((database, name), told);
        assert_eq!(before, None, "every key is told once");
    }
}

/// Takes a snapshot while `meanwhile` is done between its steps, and compares it with the state at its start.
#[track_caller]
fn check(seed: u64, mut meanwhile: impl FnMut(&mut Model)) {
    let mut model = Model::new(seed);
    let before = model.state();
    let mut snapshot = model.begin();
    assert_eq!(snapshot.keys(), before.len() as u64);
    let mut file = RdbWriter::new(Vec::new(), WriteOptions::default()).unwrap();
    let mut selected = None;
    loop {
        {
            let mut held = Held::in_turn(&model.keyspace);
            let Some(records) = snapshot.step(&mut held).unwrap() else {
                break;
            };
            if selected != Some(records.database) {
                selected = Some(records.database);
                file.event(&Event::SelectDb(records.database as u64))
                    .unwrap();
            }
            file.splice(records.bytes).unwrap();
        }
        meanwhile(&mut model);
    }
    assert_eq!(snapshot.keys_told(), before.len() as u64);
    let after = read(&file.finish().unwrap(), &model.limits);
    let differing = before
        .iter()
        .find(|(name, told)| after.get(name) != Some(told));
    assert_eq!(differing, None, "seed {seed}");
    assert_eq!(after.len(), before.len(), "seed {seed}");
    // Nothing is left behind: the next one finds a clean keyspace.
    model.state();
    drop(snapshot);
    model.begin().abandon(&mut Held::all(&model.keyspace));
}

#[test]
fn nothing_changes() {
    check(1, |_| {});
}

#[test]
fn keys_change() {
    for seed in 2..8 {
        check(seed, |model| (0..seed * 7).for_each(|_| model.change()));
    }
}

#[test]
fn databases_are_emptied_and_swapped_and_large_values_change() {
    for seed in 10..40 {
        let mut steps = 0;
        check(seed, |model| {
            model.change();
            steps += 1;
            if steps % 4 == 1 {
                model.upheave();
            }
        });
    }
}

#[test]
fn keys_expire() {
    let mut model = Model::new(50);
    let before = model.state();
    let mut snapshot = model.begin();
    let mut told = 0;
    while let Some(records) = snapshot.step(&mut Held::in_turn(&model.keyspace)).unwrap() {
        told += records.bytes.len();
        model.now_ms += 40_000;
        for index in 0..model.keyspace.partitions() {
            let mut changes = Changes::default();
            model.keyspace.remove_due(
                index as PartitionIndex,
                model.now_ms,
                1000,
                &mut changes,
                &Silent,
            );
        }
    }
    let lasting = before.values().filter(|(deadline, _)| deadline.is_none());
    assert!(told > 0 && snapshot.keys_told() >= lasting.count() as u64);
    model.state();
}

#[test]
fn one_that_is_given_up_leaves_nothing_behind() {
    for seed in 60..64 {
        let mut model = Model::new(seed);
        let mut snapshot = model.begin();
        for _ in 0..seed % 7 {
            let step = snapshot.step(&mut Held::in_turn(&model.keyspace)).unwrap();
            assert!(step.is_some());
            (0..50).for_each(|_| model.change());
            model.upheave();
        }
        snapshot.abandon(&mut Held::in_turn(&model.keyspace));
        model.state();
        model.begin().abandon(&mut Held::all(&model.keyspace));
    }
}
