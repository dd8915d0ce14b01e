//! The keyspace: partitions, each behind its own lock, each holding its share of every database.
//!
//! A key's partition follows from its hash slot, so keys with one hash tag share a partition. A command locks the
//! partitions of its keys in ascending order and then runs as if alone; commands over everything lock all partitions
//! or go through them one by one.

mod access;
mod census;
mod changes;
mod database;
mod db;
mod deadlines;
mod digest;
mod environment;
mod event;
mod evict;
mod field_deadlines;
mod held;
mod key_map;
mod lending;
mod lookup;
mod object;
mod report;
mod restore;
mod snapshot;
mod store;
mod strings;
mod text;
mod typed;
mod waiting;
mod watch;

use std::collections::VecDeque;
use std::sync::OnceLock;
use std::sync::atomic::{
    AtomicBool, AtomicU64, AtomicUsize,
    Ordering::{Relaxed, SeqCst},
};
use std::thread;
use std::time::Duration;

use crossbeam_utils::CachePadded;
use ferrous_types::hash::Seed;
use parking_lot::{Mutex, MutexGuard};

pub use access::AccessClock;
pub use census::Census;
pub use changes::{Changes, DatabaseKey, Effects, Garbage, Host, Interests, Silent, Tally};
pub use database::{Database, DatabaseSize, EntryRef, KeyTable, ObjectEntry};
pub use db::Db;
pub use digest::Digest;
pub use environment::{Circumstances, DueKeys, Environment};
pub use event::{Event, EventClasses};
pub use evict::{EvictionOrder, EvictionPolicy, Evictor};
pub use held::{Held, PartitionIndex};
pub use lending::{Lender, Lending};
pub use object::{Collection, Object, ObjectMut, ObjectRef};
pub use snapshot::{DatabaseAtStart, Records, Snapshot, SnapshotOptions};
pub use store::DeadlineChange;
pub use text::{IntText, Text};
pub use watch::Watcher;

/// A key with what is computed from it once per command.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The key itself.
    pub bytes: &'a [u8],
    /// Its keyed hash.
    pub hash: u64,
    /// The partition it lives in.
    pub partition: PartitionIndex,
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash && self.bytes == other.bytes
    }
}

/// One partition: its share of every database.
pub struct Partition {
    databases: Box<[Database]>,
    watches: watch::Watches,
    queues: waiting::Queues,
}

impl Partition {
    /// The share of database `index`.
    #[inline]
    pub fn database(&mut self, index: usize) -> &mut Database {
        &mut self.databases[index]
    }

    /// The share of database `index`, to look at.
    fn share(&self, index: usize) -> &Database {
        &self.databases[index]
    }

    /// Takes the keys of database `index` out and tells those who watch them or wait for them.
    fn clear(&mut self, index: usize, now_ms: i64, ready: &mut VecDeque<DatabaseKey>) -> KeyTable {
        self.watches.touch_all(index, |_| false);
        self.queues.signal_all(index, ready);
        self.databases[index].take_all(now_ms)
    }

    /// Swaps two databases' shares and tells those who watch their keys or wait for them.
    fn swap(
        &mut self,
        first: usize,
        second: usize,
        is_live: impl Fn(&Database, &[u8]) -> bool,
        ready: &mut VecDeque<DatabaseKey>,
    ) {
        self.databases.swap(first, second);
        for index in [first, second] {
            let database = &self.databases[index];
            self.watches.touch_all(index, |key| is_live(database, key));
            self.queues.signal_all(index, ready);
        }
    }
}

/// All keys of all databases.
pub struct Keyspace {
    partitions: Box<[CachePadded<Mutex<Partition>>]>,
    seed: Seed,
    databases: usize,
    tickets: AtomicU64,
    /// Held by whoever waits for a partition although he holds others. See [`Held::insist`].
    insistence: Mutex<()>,
    /// Somebody insists: who waits for a partition lets go of those that he holds.
    insisted: AtomicBool,
    /// The partitions that are held for longer than a command takes. See [`Keyspace::is_held_long`].
    held_long: Box<[AtomicBool]>,
    /// How many threads wait for a partition that somebody holds for longer than most commands take.
    waiting_threads: AtomicUsize,
    /// Lends the thread to others for as long as a wait takes, or a command.
    lender: OnceLock<Lender>,
    /// Tells those who wait that partitions held for long are about to be free.
    released: OnceLock<fn()>,
}

/// How long somebody waits for a partition before he looks whether another insists, or holds it for long.
const PATIENCE: Duration = Duration::from_millis(1);
/// How many threads may wait longer than that, each for itself.
const WAITING_THREADS_MAX: usize = 16;
/// How long somebody waits before he tries again to have what another holds for long.
const LONG_PATIENCE: Duration = Duration::from_micros(200);

impl Keyspace {
    /// The partitions of a keyspace served by `workers` threads: enough that two of them seldom meet.
    pub fn partitions_for(workers: usize) -> usize {
        (16 * workers).next_power_of_two().clamp(64, 4096)
    }

    /// An empty keyspace. `partitions` is a power of two of at most 4096; `seed` keys its hashing.
    pub fn new(partitions: usize, databases: usize, seed: Seed, now_ms: i64) -> Self {
        assert!(
            partitions.is_power_of_two() && partitions <= 4096,
            "the number of partitions is a power of two up to 4096"
        );
        let partition = |_| {
            let databases = (0..databases).map(|_| Database::new(now_ms)).collect();
            CachePadded::new(Mutex::new(Partition {
                databases,
                watches: watch::Watches::default(),
                queues: waiting::Queues::default(),
            }))
        };
        Self {
            partitions: (0..partitions).map(partition).collect(),
            seed,
            databases,
            tickets: AtomicU64::new(0),
            insistence: Mutex::new(()),
            insisted: AtomicBool::new(false),
            held_long: (0..partitions).map(|_| AtomicBool::new(false)).collect(),
            waiting_threads: AtomicUsize::new(0),
            lender: OnceLock::new(),
            released: OnceLock::new(),
        }
    }

    /// Has `lender` run waits that may take long. Without one they keep their thread, and so do long commands.
    pub fn lend_threads(&self, lender: Lender) {
        // Whoever came first has said the same.
        let _ = self.lender.set(lender);
    }

    /// Has `released` called whenever a call that announced itself as long lets go of its partitions.
    pub fn tell_of_release(&self, released: fn()) {
        let _ = self.released.set(released);
    }

    /// How many databases there are.
    pub fn databases(&self) -> usize {
        self.databases
    }

    /// How many partitions there are.
    pub fn partitions(&self) -> usize {
        self.partitions.len()
    }

    /// Hashes `bytes` and finds its partition.
    #[inline]
    pub fn key<'a>(&self, bytes: &'a [u8]) -> Key<'a> {
        let slot = ferrous_types::slot::key_slot(bytes);
        let partition = slot & (self.partitions.len() as u16 - 1);
        Key {
            bytes,
            hash: self.seed.hash(bytes),
            partition,
        }
    }

    /// Locks one partition, unless somebody else, or this very thread, has it locked.
    #[inline]
    fn try_lock(&self, partition: PartitionIndex) -> Option<MutexGuard<'_, Partition>> {
        self.partitions[usize::from(partition)].try_lock()
    }

    /// Locks one partition. Blocks while another thread holds it, which is for one command, or for as long as a script
    /// goes on.
    pub fn lock(&self, partition: PartitionIndex) -> MutexGuard<'_, Partition> {
        match self.lock_soon(partition) {
            Some(guard) => guard,
            None => self.wait_for(|| self.lock_soon(partition)),
        }
    }

    /// Locks one partition; nothing when somebody holds it for long.
    #[inline]
    fn lock_soon(&self, partition: PartitionIndex) -> Option<MutexGuard<'_, Partition>> {
        self.try_lock(partition)
            .or_else(|| self.lock_patiently(partition, || self.is_held_long(partition)))
    }

    /// As [`Keyspace::lock_soon`] for somebody who holds others; nothing, too, when he is to make way for another.
    fn lock_next(&self, partition: PartitionIndex) -> Option<MutexGuard<'_, Partition>> {
        if let Some(guard) = self.try_lock(partition) {
            return Some(guard);
        }
        self.lock_patiently(partition, || {
            self.insisted.load(SeqCst) || self.is_held_long(partition)
        })
    }

    /// Locks one partition that somebody else holds, unless it is to be given up.
    ///
    /// Who has waited for longer than most commands take lends his thread and goes on waiting, in the order of arrival. So
    /// many may do that at a time; others get nothing, and ask again later.
    #[cold]
    fn lock_patiently(
        &self,
        partition: PartitionIndex,
        gives_up: impl Fn() -> bool,
    ) -> Option<MutexGuard<'_, Partition>> {
        let mutex = &self.partitions[usize::from(partition)];
        if gives_up() {
            return None;
        }
        let mut guard = mutex.try_lock_for(PATIENCE);
        if guard.is_none() && self.waiting_threads.fetch_add(1, SeqCst) < WAITING_THREADS_MAX {
            self.lend(&mut || {
                while guard.is_none() && !gives_up() {
                    guard = mutex.try_lock_for(PATIENCE);
                }
            });
            self.waiting_threads.fetch_sub(1, SeqCst);
        } else if guard.is_none() {
            self.waiting_threads.fetch_sub(1, SeqCst);
        }
        guard
    }

    /// Tries until `attempt` succeeds, while others may use the thread.
    #[cold]
    fn wait_for<T>(&self, mut attempt: impl FnMut() -> Option<T>) -> T {
        let mut found = None;
        let mut wait = || {
            while found.is_none() {
                thread::sleep(LONG_PATIENCE);
                found = attempt();
            }
        };
        self.lend(&mut wait);
        found.expect("the wait goes on until there is something")
    }

    /// Runs `wait` while others may use the thread.
    fn lend(&self, wait: &mut dyn FnMut()) {
        match self.lender.get() {
            Some(lend) => lend(wait),
            None => wait(),
        }
    }

    /// True when somebody holds the partition for longer than a command takes, and has said so with
    /// [`Scope::held_long`](crate::scope::Scope::held_long). Who need not wait for it does something else.
    pub fn is_held_long(&self, partition: PartitionIndex) -> bool {
        self.held_long[usize::from(partition)].load(SeqCst)
    }

    /// A number above all that were given before.
    pub(crate) fn ticket(&self) -> u64 {
        self.tickets.fetch_add(1, Relaxed) + 1
    }

    /// Starts to load what a command on `key` will touch first, so that it is in cache when the command runs.
    ///
    /// A partition that is locked at the moment is left alone: waiting would cost more than the miss.
    pub fn prefetch_bucket(&self, database: usize, key: &Key<'_>) {
        if let Some(mut partition) = self.try_lock(key.partition) {
            partition.database(database).prefetch_bucket(key.hash);
        }
    }

    /// The second stage of [`Keyspace::prefetch_bucket`]: the entry itself, once its bucket has arrived.
    pub fn prefetch_entry(&self, database: usize, key: &Key<'_>) {
        if let Some(mut partition) = self.try_lock(key.partition) {
            partition.database(database).prefetch_entry(key.hash);
        }
    }

    /// What keys, members and fields are hashed with.
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// Removes up to `budget` keys of `partition` that are due at `now_ms`, and as many fields of hashes, tells `host` and notes the rest in
    /// `changes`; true when more may be due.
    pub fn remove_due(
        &self,
        partition: PartitionIndex,
        now_ms: i64,
        budget: usize,
        changes: &mut Changes,
        host: &dyn Host,
    ) -> bool {
        // A script may hold it for long: there will be another time.
        let Some(mut partition) = self.try_lock(partition) else {
            return false;
        };
        // Whoever begins to take an interest does so with every partition locked.
        let interests = host.interests();
        changes.effects.separate = true;
        let (mut more, mut left) = (false, budget);
        let Partition {
            databases,
            watches,
            queues,
        } = &mut *partition;
        for (index, database) in databases.iter_mut().enumerate() {
            more |= database.remove_due(now_ms, left, &self.seed, |entry| {
                left -= 1;
                watches.touch(index, entry.key());
                queues.signal(index, entry.key(), &mut changes.ready);
                changes.expired(index, entry, interests, true);
            });
        }
        let mut left = budget;
        for (index, database) in databases.iter_mut().enumerate() {
            more |= database.remove_due_fields(now_ms, left, &self.seed, |fields| {
                watches.touch(index, &fields.key);
                left = left.saturating_sub(fields.names.len());
                changes.fields_expired(index, fields, interests);
            });
        }
        if changes.is_news() {
            host.commit(changes);
        }
        more
    }
}
