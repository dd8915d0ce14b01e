//! Keys removed to make room, when memory is full.
//!
//! No key is ever the best to go by more than an estimate: some are sampled, one partition at a time, and the best seen
//! so far are remembered in a small pool, so that a good candidate is not lost when a better one goes first. A partition
//! that is locked is passed over, so nobody waits for an eviction and it can happen in the middle of a transaction.

use ferrous_types::random::Rng;
use parking_lot::MutexGuard;

use super::{
    AccessClock, Changes, Circumstances, Database, EntryRef, Host, Keyspace, Partition,
    PartitionIndex,
};

/// Candidates that are remembered.
const POOL_LEN: usize = 16;
/// Partitions that are sampled while the pool is not half full.
const PARTITIONS: usize = 8;
/// Partitions that are tried by chance before all are gone through.
const TRIES: usize = 32;

/// What makes a key the next to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvictionOrder {
    /// It was used longest ago, or least often, as the access clock notes it.
    LeastUsed,
    /// It expires soonest.
    Soonest,
    /// Chance.
    Random,
}

/// Which keys may go, and in what order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EvictionPolicy {
    /// Only keys that have a deadline may go.
    pub volatile: bool,
    /// What makes a key the next.
    pub order: EvictionOrder,
    /// How many keys are compared.
    pub samples: usize,
}

/// A key that may go.
struct Candidate {
    /// The higher, the sooner it goes.
    score: u64,
    database: usize,
    key: Box<[u8]>,
    /// Its access field and deadline when it was sampled. A key that was used since is no candidate any more.
    access: u32,
    deadline: Option<i64>,
}

/// One thread's search for keys to remove.
#[derive(Default)]
pub struct Evictor {
    policy: Option<EvictionPolicy>,
    /// The best last.
    pool: Vec<Candidate>,
    /// About the number of keys that may go in the partition that has most of them.
    largest: usize,
}

impl Evictor {
    /// Removes the best key that is found, tells `host`, and notes the rest in `changes`; false when there is none.
    ///
    /// Takes some microseconds. A large value is freed in the background when `lazy`.
    pub fn evict_one(
        &mut self,
        keyspace: &Keyspace,
        policy: EvictionPolicy,
        circumstances: Circumstances,
        random: &mut Rng,
        lazy: bool,
        mut told: (&mut Changes, &dyn Host),
    ) -> bool {
        if self.policy != Some(policy) {
            *self = Self {
                policy: Some(policy),
                ..Self::default()
            };
        }
        // Whoever removes the candidates meanwhile makes room, too, so the search need not go on for ever.
        for _ in 0..POOL_LEN {
            // A single partition may hold nothing but keys that are far from being the next.
            for _ in 0..PARTITIONS {
                if !self.sample(keyspace, policy, circumstances.access, random) {
                    return false;
                }
                if self.pool.len() > POOL_LEN / 2 {
                    break;
                }
            }
            while let Some(candidate) = self.pool.pop() {
                if remove(keyspace, &candidate, lazy, &mut told) {
                    return true;
                }
            }
        }
        false
    }

    /// Adds candidates of one partition to the pool; false when no partition has any.
    fn sample(
        &mut self,
        keyspace: &Keyspace,
        policy: EvictionPolicy,
        clock: AccessClock,
        random: &mut Rng,
    ) -> bool {
        let Some(mut partition) = self.draw(keyspace, policy, random) else {
            return false;
        };
        let share = eligible(&mut partition, policy);
        self.largest = self.largest.max(share);
        for index in 0..keyspace.databases() {
            let database = partition.database(index);
            for _ in 0..policy.samples.min(eligible_in(database, policy)) {
                if let Some(entry) = draw_entry(database, policy, keyspace, random) {
                    self.offer(index, entry, score(entry, policy, clock, random));
                }
            }
        }
        true
    }

    /// A partition with keys that may go: one that has more of them is drawn more often in proportion.
    fn draw<'k>(
        &mut self,
        keyspace: &'k Keyspace,
        policy: EvictionPolicy,
        random: &mut Rng,
    ) -> Option<MutexGuard<'k, Partition>> {
        let partitions = keyspace.partitions() as u64;
        for _ in 0..TRIES {
            let index = random.below(partitions) as PartitionIndex;
            let Some(mut partition) = keyspace.try_lock(index) else {
                continue;
            };
            let share = eligible(&mut partition, policy) as u64;
            if share > 0 && random.below((self.largest as u64).max(1)) < share {
                return Some(partition);
            }
        }
        // The largest may have shrunk, or nearly all are empty.
        self.largest = 0;
        let start = random.below(partitions);
        (start..start + partitions).find_map(|index| {
            let mut partition = keyspace.try_lock((index % partitions) as PartitionIndex)?;
            (eligible(&mut partition, policy) > 0).then_some(partition)
        })
    }

    /// Takes a key into the pool when there is room or it is better than another.
    fn offer(&mut self, database: usize, entry: EntryRef<'_>, score: u64) {
        let known = |other: &Candidate| other.database == database && *other.key == *entry.key();
        if self.pool.iter().any(known) {
            return;
        }
        let mut at = self.pool.partition_point(|other| other.score <= score);
        if self.pool.len() >= POOL_LEN {
            if at == 0 {
                return;
            }
            self.pool.remove(0);
            at -= 1;
        }
        let candidate = Candidate {
            score,
            database,
            key: entry.key().into(),
            access: entry.access(),
            deadline: entry.expire_at_ms(),
        };
        self.pool.insert(at, candidate);
    }
}

/// How many keys of `partition` may go.
fn eligible(partition: &mut Partition, policy: EvictionPolicy) -> usize {
    partition
        .databases
        .iter()
        .map(|database| eligible_in(database, policy))
        .sum()
}

fn eligible_in(database: &Database, policy: EvictionPolicy) -> usize {
    if policy.volatile {
        database.volatile()
    } else {
        database.len()
    }
}

/// A key of `database` that may go.
fn draw_entry<'a>(
    database: &'a mut Database,
    policy: EvictionPolicy,
    keyspace: &Keyspace,
    random: &mut Rng,
) -> Option<EntryRef<'a>> {
    if policy.volatile {
        let soonest = policy.order == EvictionOrder::Soonest;
        database.random_volatile(soonest, &keyspace.seed, random)
    } else {
        database.keys().random(random)
    }
}

/// How much a key is to go: the higher, the sooner.
fn score(entry: EntryRef<'_>, policy: EvictionPolicy, clock: AccessClock, random: &mut Rng) -> u64 {
    match policy.order {
        EvictionOrder::LeastUsed => match clock {
            AccessClock::Lru { .. } => u64::from(clock.idle_seconds(entry.access())),
            AccessClock::Lfu { .. } => u64::from(u8::MAX - clock.frequency(entry.access())),
        },
        EvictionOrder::Soonest => u64::MAX - entry.expire_at_ms().unwrap_or(i64::MAX) as u64,
        EvictionOrder::Random => random.next_u64(),
    }
}

/// Removes a candidate, unless it is not what it was any more or its partition is locked.
fn remove(
    keyspace: &Keyspace,
    candidate: &Candidate,
    lazy: bool,
    (changes, host): &mut (&mut Changes, &dyn Host),
) -> bool {
    let key = keyspace.key(&candidate.key);
    let Some(mut partition) = keyspace.try_lock(key.partition) else {
        return false;
    };
    let database = partition.database(candidate.database);
    let unchanged = database.find(&key).is_some_and(|entry| {
        entry.access() == candidate.access && entry.expire_at_ms() == candidate.deadline
    });
    if !unchanged {
        return false;
    }
    database.preserve(&key);
    let Some(entry) = database.remove(&key) else {
        return false;
    };
    partition.watches.touch(candidate.database, key.bytes);
    partition
        .queues
        .signal(candidate.database, key.bytes, &mut changes.ready);
    changes.evicted(candidate.database, entry, host.interests(), lazy);
    if changes.is_news() {
        host.commit(changes);
    }
    true
}
