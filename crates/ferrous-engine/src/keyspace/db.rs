//! The selected database as a command sees it: what it stands for, and what it can do to the database as a whole.

use ferrous_types::hash::Seed;
use ferrous_types::random::Rng;

use super::lookup::is_due;
use super::{
    AccessClock, Changes, Database, Environment, Garbage, Held, Interests, Key, Keyspace, Lending,
    Partition, PartitionIndex,
};
use crate::limits::Limits;

/// One database, as far as its partitions are held.
///
/// A key whose time has come counts as absent: every lookup removes it first. Whoever changes a key says so with
/// [`Db::changed`], once it is changed.
pub struct Db<'a, 'k> {
    pub(super) held: &'a mut Held<'k>,
    pub(super) changes: &'a mut Changes,
    keyspace: &'k Keyspace,
    pub(super) environment: Environment<'a>,
    /// An edit left a collection without elements; its key goes when the change is told.
    pub(super) spent: bool,
    /// A call that takes long told so.
    announced: Option<Lending<'k>>,
}

impl<'a, 'k> Db<'a, 'k> {
    /// A database of `keyspace`, within what is held of it; what is done to it goes into `changes`.
    pub(crate) fn new(
        keyspace: &'k Keyspace,
        held: &'a mut Held<'k>,
        changes: &'a mut Changes,
        environment: Environment<'a>,
    ) -> Self {
        Self {
            held,
            changes,
            keyspace,
            environment,
            spent: false,
            announced: None,
        }
    }

    /// Its number.
    pub fn index(&self) -> usize {
        self.environment.database
    }

    /// Turns to another database, within the same partitions.
    pub fn select(&mut self, index: usize) {
        self.environment.database = index;
    }

    /// Milliseconds since the epoch: one reading for the whole batch.
    pub fn now_ms(&self) -> i64 {
        self.environment.circumstances.now_ms
    }

    /// True when a script calls.
    pub fn in_script(&self) -> bool {
        self.environment.circumstances.in_script
    }

    /// How accesses are noted.
    pub fn access_clock(&self) -> AccessClock {
        self.environment.circumstances.access
    }

    /// Tells that the call takes about so many steps; see [`Lending::announce`].
    pub(super) fn announce(&mut self, steps: usize) {
        let lending = self.lending();
        lending.announce(steps);
        self.announced = Some(lending);
    }

    /// What a call that may take long is to tell.
    pub fn lending(&self) -> Lending<'k> {
        Lending::new(self.keyspace, self.held)
    }

    /// The source of randomness.
    pub fn random(&mut self) -> &mut Rng {
        self.environment.random
    }

    /// What the host wants to know of changes.
    pub(super) fn interests(&self) -> Interests {
        self.environment.interests
    }

    /// What members and fields are hashed with.
    pub fn seed(&self) -> Seed {
        self.keyspace.seed()
    }

    /// Limits from the configuration.
    pub fn limits(&self) -> &'a Limits {
        self.environment.limits
    }

    /// Hashes a key that the call's row does not declare, such as the pattern's keys of `SORT`. It can be looked up
    /// only when its partition is held.
    pub fn key<'b>(&self, bytes: &'b [u8]) -> Key<'b> {
        self.keyspace.key(bytes)
    }

    /// How many partitions there are; [`Db::visit`] takes numbers below it.
    pub fn partitions(&self) -> usize {
        self.held.count()
    }

    /// Runs `visit` on this database's share of partition `index`, locking it for the visit unless it is held.
    pub fn visit<T>(
        &mut self,
        index: PartitionIndex,
        visit: impl FnOnce(&mut Database, &mut Rng) -> T,
    ) -> T {
        let Environment {
            database, random, ..
        } = &mut self.environment;
        self.held.visit(index, |partition| {
            visit(partition.database(*database), random)
        })
    }

    /// Runs `visit` on every partition in turn, each with all its databases.
    pub fn for_each_partition(&mut self, mut visit: impl FnMut(&mut Partition)) {
        for index in 0..self.partitions() {
            self.held.visit(index as PartitionIndex, &mut visit);
        }
    }

    /// Takes every key of database `index` out. Every partition is held.
    pub fn clear(&mut self, index: usize) -> Vec<Garbage> {
        let now_ms = self.now_ms();
        self.changes.flushed |= self.interests().modified;
        let partitions = 0..self.partitions();
        let mut take = |at| {
            let partition = self.held.partition(at as PartitionIndex);
            Garbage::Table(partition.clear(index, now_ms, &mut self.changes.ready))
        };
        partitions.map(&mut take).collect()
    }

    /// Swaps two databases. Every partition is held.
    pub fn swap(&mut self, first: usize, second: usize) {
        let now_ms = self.now_ms();
        for at in 0..self.partitions() {
            let partition = self.held.partition(at as PartitionIndex);
            let is_live = |database: &Database, key: &[u8]| {
                let entry = database.find(&self.keyspace.key(key));
                entry.is_some_and(|entry| !is_due(entry, now_ms))
            };
            partition.swap(first, second, is_live, &mut self.changes.ready);
        }
    }

    #[inline]
    pub(super) fn database(&mut self, key: &Key<'_>) -> &mut Database {
        self.held
            .partition(key.partition)
            .database(self.environment.database)
    }

    /// How many databases there are.
    pub fn databases(&self) -> usize {
        self.keyspace.databases()
    }
}
