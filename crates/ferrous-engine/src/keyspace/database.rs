//! One partition's share of one database: its keys and when they expire.

use ferrous_persist::rdb::{Fragment, WriteError};
use ferrous_types::entry::Entry;
use ferrous_types::hash::Seed;
use ferrous_types::random::Rng;
use ferrous_types::table::{self, Table};

use super::deadlines::Deadlines;
use super::field_deadlines::{FieldDeadlines, next_field_deadline_ms};
use super::snapshot::{Deleted, Step, Walk};
use super::{Key, Object};

/// A key with its value, expiry and access time.
pub type ObjectEntry = Entry<Object>;

/// An entry as it is seen in its place.
pub type EntryRef<'a> = ferrous_types::entry::EntryRef<'a, Object>;

/// The table of a database's keys.
pub type KeyTable = Table<ObjectEntry>;

/// A partition's share of a database.
pub struct Database {
    pub(super) keys: KeyTable,
    deadlines: Deadlines,
    /// Keys that have a deadline, and the sum of their deadlines in ms.
    volatile: usize,
    deadline_sum: i128,
    pub(super) field_deadlines: FieldDeadlines,
    /// How far a snapshot is, while it has not told everything.
    pub(super) walk: Option<Box<Walk>>,
}

/// What `INFO keyspace` says of a database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DatabaseSize {
    /// Keys, expired ones that are not yet removed included.
    pub keys: usize,
    /// Keys that have a deadline.
    pub volatile: usize,
    /// Hashes of which some field has a deadline.
    pub volatile_hashes: usize,
    /// Bytes of tables, without the entries themselves.
    pub table_bytes: usize,
    /// Bytes of the indexes of deadlines.
    pub deadline_bytes: usize,
    deadline_sum: i128,
}

impl DatabaseSize {
    pub(super) fn add(&mut self, database: &Database) {
        self.keys += database.keys.len();
        self.volatile += database.volatile;
        self.volatile_hashes += database.field_deadlines.hashes();
        self.table_bytes += database.keys.heap_bytes();
        self.deadline_bytes +=
            database.deadlines.heap_bytes() + database.field_deadlines.heap_bytes();
        self.deadline_sum += database.deadline_sum;
    }

    /// The mean time to live of the keys that have a deadline, in ms; 0 when there are none.
    pub fn mean_ttl_ms(&self, now_ms: i64) -> i64 {
        match self.volatile {
            0 => 0,
            volatile => (self.deadline_sum / volatile as i128 - i128::from(now_ms)).max(0) as i64,
        }
    }
}

impl Database {
    pub(super) fn new(now_ms: i64) -> Self {
        Self {
            keys: Table::new(),
            deadlines: Deadlines::new(now_ms),
            volatile: 0,
            deadline_sum: 0,
            field_deadlines: FieldDeadlines::new(now_ms),
            walk: None,
        }
    }

    /// How many keys there are, expired ones that are not yet removed included.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// True when there is no key.
    pub fn is_empty(&self) -> bool {
        self.keys.len() == 0
    }

    /// How many keys have a deadline.
    pub fn volatile(&self) -> usize {
        self.volatile
    }

    /// The table of keys, to walk or sample.
    pub fn keys(&self) -> &KeyTable {
        &self.keys
    }

    pub(super) fn prefetch_bucket(&self, hash: u64) {
        self.keys.prefetch_bucket(hash);
    }

    pub(super) fn prefetch_entry(&self, hash: u64) {
        self.keys.prefetch_element(hash);
    }

    /// The entry of `key`, expired or not.
    pub fn find(&self, key: &Key<'_>) -> Option<EntryRef<'_>> {
        self.keys.find(key.hash, |entry| entry.key() == key.bytes)
    }

    /// The place of `key` in the table. Whoever changes the entry there calls [`Database::preserve`] before, whoever
    /// fills the place [`Database::born`] afterwards, and who changes a deadline [`Database::deadline_changed`].
    pub(super) fn slot(&mut self, key: &Key<'_>) -> table::Slot<'_, ObjectEntry> {
        self.keys.slot(key.hash, |entry| entry.key() == key.bytes)
    }

    /// Where `key` is in the table.
    #[inline]
    pub(super) fn locate(&self, key: &Key<'_>) -> Option<table::Spot> {
        self.keys.locate(key.hash, |entry| entry.key() == key.bytes)
    }

    /// Adds an entry whose key is `key` and not there yet.
    pub(super) fn insert_absent(&mut self, key: &Key<'_>, entry: ObjectEntry) {
        self.insert_hashed(key.hash, entry);
    }

    /// As [`Database::insert_absent`], for who has the key's hash.
    pub(super) fn insert_hashed(&mut self, hash: u64, mut entry: ObjectEntry) {
        let deadline = entry.view().expire_at_ms();
        let field_deadline = next_field_deadline_ms(entry.view());
        let is_ahead = self.is_ahead(hash);
        entry.view_mut().set_marked(is_ahead);
        self.keys.insert_new(hash, entry);
        self.deadline_changed(hash, None, deadline);
        self.field_deadlines.changed(hash, None, field_deadline);
    }

    fn is_ahead(&self, hash: u64) -> bool {
        self.walk.as_ref().is_some_and(|walk| walk.is_ahead(hash))
    }

    /// Hands over to a snapshot what `key` holds and is about to lose.
    #[inline]
    pub(super) fn preserve(&mut self, key: &Key<'_>) {
        if let Some(walk) = &mut self.walk {
            walk.preserve(&mut self.keys, key.hash, key.bytes);
        }
    }

    /// Has a snapshot told a piece of what `key` holds, if that is large and owed; true once nothing is left of it.
    #[inline]
    pub(super) fn prepare(&mut self, key: &Key<'_>) -> bool {
        match &mut self.walk {
            None => true,
            Some(walk) => walk.prepare(&mut self.keys, key.hash, key.bytes),
        }
    }

    /// Keeps an entry that was just put into its place out of the snapshot that began before.
    #[inline]
    pub(super) fn born(&mut self, key: &Key<'_>) {
        if self.is_ahead(key.hash)
            && let Some(mut present) = self
                .keys
                .find_mut(key.hash, |entry| entry.key() == key.bytes)
        {
            present.get_mut().set_marked(true);
        }
    }

    /// Takes the entry of `key` out, expired or not, for nobody but a snapshot that still owes it.
    pub(super) fn delete(&mut self, key: &Key<'_>) -> Deleted {
        if self.walk.as_ref().is_some_and(|walk| walk.has_begun(key)) {
            self.preserve(key);
        }
        match (self.remove(key), &mut self.walk) {
            (None, _) => Deleted::Absent,
            (Some(entry), None) => Deleted::Entry(entry),
            (Some(entry), Some(walk)) => walk.take_over(key.hash, entry),
        }
    }

    /// Deletes the entry of `key` if a snapshot can have the object that it holds as it is; else changes nothing.
    pub(super) fn give_away_object(&mut self, key: &Key<'_>) -> bool {
        if self.walk.is_none() || self.find(key).is_none_or(|entry| entry.object().is_none()) {
            return false;
        }
        match self.delete(key) {
            Deleted::Absent => false,
            Deleted::HandedOver => true,
            Deleted::Entry(entry) => {
                self.insert_absent(key, entry);
                false
            }
        }
    }

    /// Takes the entry of `key` out, which is due.
    pub(super) fn remove_due_key(&mut self, key: &Key<'_>) -> Option<ObjectEntry> {
        if let Some(walk) = &mut self.walk {
            walk.expire(&self.keys, key.hash, key.bytes);
        }
        self.remove(key)
    }

    /// Takes the entry of `key` out, expired or not.
    pub(super) fn remove(&mut self, key: &Key<'_>) -> Option<ObjectEntry> {
        let entry = self
            .keys
            .remove(key.hash, |entry| entry.key() == key.bytes)?;
        self.forget(key.hash, entry.view());
        Some(entry)
    }

    /// Keeps the indexes and the counts when an entry was taken out of the table.
    pub(super) fn forget(&mut self, hash: u64, entry: EntryRef<'_>) {
        self.deadline_changed(hash, entry.expire_at_ms(), None);
        self.field_deadlines
            .changed(hash, next_field_deadline_ms(entry), None);
    }

    /// Keeps the index and the counts when the entry hashed to `hash` had deadline `old` and now has `new`.
    pub(super) fn deadline_changed(&mut self, hash: u64, old: Option<i64>, new: Option<i64>) {
        self.volatile = self.volatile + usize::from(new.is_some()) - usize::from(old.is_some());
        self.deadline_sum += i128::from(new.unwrap_or(0)) - i128::from(old.unwrap_or(0));
        if let Some(deadline) = new {
            // A later deadline is found through the record of the earlier one.
            if old.is_none_or(|old| deadline < old) {
                self.deadlines.file(hash, deadline);
            }
        }
    }

    /// A key that has a deadline, by chance: any, each about equally likely, or one of those whose time comes soonest.
    /// Nothing when there is none.
    pub(super) fn random_volatile(
        &mut self,
        soonest: bool,
        seed: &Seed,
        random: &mut Rng,
    ) -> Option<EntryRef<'_>> {
        // The records of keys that are gone are dropped on the way, so this comes to an end.
        let hash = loop {
            let hash = self.deadlines.take_random(soonest, random)?;
            let deadline = self.deadline_of(hash, seed);
            if let Some(deadline) = deadline {
                self.deadlines.file(hash, deadline);
                break hash;
            }
        };
        self.keys.find(hash, |entry| seed.hash(entry.key()) == hash)
    }

    /// The deadline of the key hashed to `hash`.
    fn deadline_of(&self, hash: u64, seed: &Seed) -> Option<i64> {
        let entry = self
            .keys
            .find(hash, |entry| seed.hash(entry.key()) == hash)?;
        entry.expire_at_ms()
    }

    /// Files every deadline anew, which drops the records of keys that are gone.
    fn rebuild_deadlines(&mut self, seed: &Seed) {
        self.deadlines.clear();
        for entry in &self.keys {
            if let Some(deadline) = entry.expire_at_ms() {
                self.deadlines.file(seed.hash(entry.key()), deadline);
            }
        }
    }

    /// Removes up to `budget` keys that are due at `now_ms` and gives each to `removed`; true when more may be due.
    pub(super) fn remove_due(
        &mut self,
        now_ms: i64,
        budget: usize,
        seed: &Seed,
        mut removed: impl FnMut(ObjectEntry),
    ) -> bool {
        if self.deadlines.is_bloated(self.volatile) {
            self.rebuild_deadlines(seed);
        }
        for _ in 0..budget {
            let Some(hash) = self.deadlines.pop_due(now_ms) else {
                return false;
            };
            // Of two keys with one hash, either record finds the one that is due first.
            let due = |entry: EntryRef<'_>| {
                entry
                    .expire_at_ms()
                    .is_some_and(|deadline| deadline <= now_ms)
            };
            if let Some(walk) = &mut self.walk
                && let Some(entry) = self.keys.find(hash, due)
            {
                walk.expire(&self.keys, hash, entry.key());
            }
            if let Some(entry) = self.keys.remove(hash, due) {
                self.forget(hash, entry.view());
                removed(entry);
            } else if let Some(deadline) = self
                .keys
                .find(hash, |entry| entry.expire_at_ms().is_some())
                .and_then(EntryRef::expire_at_ms)
            {
                self.deadlines.file(hash, deadline);
            }
        }
        true
    }

    /// Takes every key out, to be dropped where it disturbs nobody; none when a snapshot still needs them.
    pub fn take_all(&mut self, now_ms: i64) -> KeyTable {
        let taken = std::mem::replace(self, Self::new(now_ms));
        match taken.walk {
            None => taken.keys,
            Some(walk) => walk.hand_over_share(taken.keys),
        }
    }

    pub(super) fn begin_walk(&mut self, walk: Walk) {
        self.walk = Some(Box::new(walk));
    }

    /// The number that the database had when a snapshot began that is not finished with it.
    pub(super) fn walk_origin(&self) -> Option<usize> {
        self.walk.as_ref().map(|walk| walk.origin())
    }

    /// Tells some more to the snapshot that is not finished with the share.
    pub(super) fn step_walk(&mut self, fragment: &mut Fragment) -> Result<Step, WriteError> {
        let walk = self.walk.as_mut().expect("the caller found a walk here");
        let step = walk.step(&mut self.keys, fragment)?;
        if step.done {
            self.walk = None;
        }
        Ok(step)
    }

    /// Takes back some of the marks of a snapshot that was given up.
    pub(super) fn forget_walk_some(&mut self) {
        if let Some(walk) = &mut self.walk
            && walk.forget_some(&mut self.keys)
        {
            self.walk = None;
        }
    }
}
