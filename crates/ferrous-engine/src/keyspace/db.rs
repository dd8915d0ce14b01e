//! The selected database as a command sees it: lookups that expire, count and touch as Redis does.

use ferrous_types::entry::{Buffer, Value};
use ferrous_types::random::Rng;
use ferrous_types::table::{Occupied, Slot};

use super::{
    AccessClock, Database, EntryRef, Held, Key, KeyTable, ObjectEntry, Partition, PartitionIndex,
    Text,
};
use crate::error::{CommandError, CommandResult};

/// What a run of commands did to the keyspace, to be added to the server's statistics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Lookups for reading that found a key.
    pub hits: u64,
    /// Lookups for reading that found none.
    pub misses: u64,
    /// Keys removed because their time had come.
    pub expired: u64,
    /// Changes, as `rdb_changes_since_last_save` counts them.
    pub dirty: u64,
}

/// What a change of a deadline came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineChange {
    /// There is no such key.
    Absent,
    /// The key has the deadline that it had, or still has none.
    Same,
    /// The key has another deadline, or none any more.
    Changed,
    /// The deadline had passed: the key is gone.
    Deleted,
}

impl DeadlineChange {
    /// True when the keyspace is not what it was.
    pub fn is_changed(self) -> bool {
        matches!(self, Self::Changed | Self::Deleted)
    }
}

/// The circumstances of a batch of commands: read once, valid for all of them.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// Milliseconds since the epoch.
    pub now_ms: i64,
    /// How accesses are noted.
    pub access: AccessClock,
    /// Reads leave access times alone (`CLIENT NO-TOUCH`).
    pub no_touch: bool,
}

/// One database, as far as its partitions are held.
///
/// A key whose time has come counts as absent: every lookup removes it first.
pub struct Db<'k> {
    held: Held<'k>,
    index: usize,
    databases: usize,
    circumstances: Circumstances,
    random: &'k mut Rng,
    /// What was done so far.
    pub tally: Tally,
    /// What was taken out and is to be dropped where it disturbs nobody.
    pub garbage: Vec<KeyTable>,
}

impl<'k> Db<'k> {
    /// Database `index` of `databases` within what is held.
    pub fn new(
        held: Held<'k>,
        index: usize,
        databases: usize,
        circumstances: Circumstances,
        random: &'k mut Rng,
    ) -> Self {
        Self {
            held,
            index,
            databases,
            circumstances,
            random,
            tally: Tally::default(),
            garbage: Vec::new(),
        }
    }

    /// Its number.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Turns to another database, within the same partitions.
    pub fn select(&mut self, index: usize) {
        self.index = index;
    }

    /// Milliseconds since the epoch: one reading for the whole batch.
    pub fn now_ms(&self) -> i64 {
        self.circumstances.now_ms
    }

    /// How accesses are noted.
    pub fn access_clock(&self) -> AccessClock {
        self.circumstances.access
    }

    /// The source of randomness.
    pub fn random(&mut self) -> &mut Rng {
        self.random
    }

    /// Counts `changes`, as `rdb_changes_since_last_save` does.
    pub fn dirty(&mut self, changes: u64) {
        self.tally.dirty += changes;
    }

    /// How many partitions there are; [`Db::visit`] takes numbers below it.
    pub fn partitions(&self) -> usize {
        self.held.partitions()
    }

    /// Runs `visit` on this database's share of partition `index`, locking it for the visit unless it is held.
    pub fn visit<T>(
        &mut self,
        index: PartitionIndex,
        visit: impl FnOnce(&mut Database, &mut Rng) -> T,
    ) -> T {
        let Self {
            index: database,
            random,
            ..
        } = self;
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

    fn database(&mut self, key: &Key<'_>) -> &mut Database {
        self.held.partition(key.partition).database(self.index)
    }

    /// The key's place, once it is removed if its time has come.
    fn slot(&mut self, key: &Key<'_>) -> Slot<'_, ObjectEntry> {
        self.remove_if_due(key);
        self.database(key).slot(key)
    }

    /// Removes `key` when its time has come.
    fn remove_if_due(&mut self, key: &Key<'_>) {
        let now_ms = self.circumstances.now_ms;
        let database = self.held.partition(key.partition).database(self.index);
        // Without a single deadline in the partition's share there is nothing to look up.
        if database.volatile() > 0
            && database
                .find(key)
                .is_some_and(|entry| is_due(entry, now_ms))
        {
            database.remove(key);
            self.tally.expired += 1;
        }
    }

    fn present(&mut self, key: &Key<'_>) -> Option<Occupied<'_, ObjectEntry>> {
        match self.slot(key) {
            Slot::Occupied(present) => Some(present),
            Slot::Vacant(_) => None,
        }
    }

    /// The entry of `key`, without a trace: no access time, no statistics.
    pub fn peek(&mut self, key: &Key<'_>) -> Option<EntryRef<'_>> {
        self.present(key).map(Occupied::into_ref)
    }

    /// The entry of `key` for reading: counts as a hit or a miss, and as an access.
    pub fn read(&mut self, key: &Key<'_>) -> Option<EntryRef<'_>> {
        self.remove_if_due(key);
        let Circumstances {
            access, no_touch, ..
        } = self.circumstances;
        let database = self.held.partition(key.partition).database(self.index);
        let Slot::Occupied(mut present) = database.slot(key) else {
            self.tally.misses += 1;
            return None;
        };
        self.tally.hits += 1;
        if !no_touch {
            touch(&mut present, access, self.random);
        }
        Some(present.into_ref())
    }

    /// How many databases there are.
    pub fn databases(&self) -> usize {
        self.databases
    }

    /// True when `key` exists; counts as a hit or a miss, but not as an access.
    pub fn is_hit(&mut self, key: &Key<'_>) -> bool {
        let found = self.exists(key);
        let count = if found {
            &mut self.tally.hits
        } else {
            &mut self.tally.misses
        };
        *count += 1;
        found
    }

    /// True when `key` exists, which counts as an access to it.
    pub fn touch(&mut self, key: &Key<'_>) -> bool {
        self.remove_if_due(key);
        let access = self.circumstances.access;
        match self
            .held
            .partition(key.partition)
            .database(self.index)
            .slot(key)
        {
            Slot::Occupied(mut present) => {
                touch(&mut present, access, self.random);
                true
            }
            Slot::Vacant(_) => false,
        }
    }

    /// Bytes of the table that `key` is looked up in, shared out evenly among its keys.
    pub fn table_bytes_per_key(&mut self, key: &Key<'_>) -> usize {
        let keys = self.database(key).keys();
        keys.heap_bytes().div_ceil(keys.len().max(1))
    }

    /// True when `key` exists.
    pub fn exists(&mut self, key: &Key<'_>) -> bool {
        self.peek(key).is_some()
    }

    /// The string at `key` for reading: counts as a hit or a miss, and as an access.
    ///
    /// # Errors
    /// `WRONGTYPE` when the key holds another type.
    pub fn text(&mut self, key: &Key<'_>) -> CommandResult<Option<Text<'_>>> {
        self.read(key)
            .map(|entry| Text::of(&entry.value()).ok_or(CommandError::WRONG_TYPE))
            .transpose()
    }

    /// The string at `key`, without a trace.
    ///
    /// # Errors
    /// `WRONGTYPE` when the key holds another type.
    pub fn peek_text(&mut self, key: &Key<'_>) -> CommandResult<Option<Text<'_>>> {
        self.peek(key)
            .map(|entry| Text::of(&entry.value()).ok_or(CommandError::WRONG_TYPE))
            .transpose()
    }

    /// The deadline of `key` in ms since the epoch; nothing when it has none or does not exist.
    pub fn deadline(&mut self, key: &Key<'_>) -> Option<i64> {
        self.peek(key).and_then(EntryRef::expire_at_ms)
    }

    /// Stores a string at `key`, whatever it held, with this deadline or none. A canonical integer is stored as one.
    pub fn set_text(&mut self, key: &Key<'_>, text: &[u8], deadline: Option<i64>) {
        self.set(key, Value::string(text), deadline);
    }

    /// As [`Db::set_text`], but never as an integer: for bytes that only look like one.
    pub fn set_bytes(&mut self, key: &Key<'_>, bytes: &[u8], deadline: Option<i64>) {
        self.set(key, Value::Bytes(bytes), deadline);
    }

    /// Stores a value at `key`, whatever it held, with this deadline or none.
    pub fn set(&mut self, key: &Key<'_>, value: Value<'_, super::Object>, deadline: Option<i64>) {
        let access = self.circumstances.access;
        let database = self.held.partition(key.partition).database(self.index);
        let old_deadline = match database.slot(key) {
            Slot::Occupied(mut present) => {
                let old_deadline = present.get().expire_at_ms();
                present.update(|entry| {
                    drop(entry.set_value(value));
                    if old_deadline != deadline {
                        entry.set_expiry(deadline);
                    }
                });
                touch(&mut present, access, self.random);
                old_deadline
            }
            Slot::Vacant(absent) => {
                let mut entry = ObjectEntry::new(key.bytes, value, deadline);
                entry.view_mut().set_access(access.initial());
                absent.insert(entry);
                None
            }
        };
        if old_deadline != deadline {
            database.deadline_changed(key.hash, old_deadline, deadline);
        }
    }

    /// Changes the bytes of the string at `key` in place; an absent key begins as an empty string without a deadline.
    ///
    /// # Errors
    /// `WRONGTYPE` when the key holds another type.
    pub fn edit_text<T>(
        &mut self,
        key: &Key<'_>,
        edit: impl FnOnce(&mut Buffer) -> T,
    ) -> CommandResult<T> {
        let access = self.circumstances.access;
        let mut present = match self.slot(key) {
            Slot::Occupied(present) => present,
            Slot::Vacant(absent) => {
                let mut entry = ObjectEntry::new(key.bytes, Value::Bytes(b""), None);
                entry.view_mut().set_access(access.initial());
                absent.insert(entry)
            }
        };
        present.update(|entry| match entry.string_mut() {
            Some(text) => Ok(edit(text)),
            None => Err(CommandError::WRONG_TYPE),
        })
    }

    /// Replaces the integer at `key` by what `change` makes of it and returns that; an absent key counts as 0.
    ///
    /// # Errors
    /// `WRONGTYPE`, `ERR value is not an integer or out of range`, or what `change` refuses with; the key is as it was.
    pub fn update_int(
        &mut self,
        key: &Key<'_>,
        change: impl FnOnce(i64) -> CommandResult<i64>,
    ) -> CommandResult<i64> {
        self.remove_if_due(key);
        let access = self.circumstances.access;
        match self
            .held
            .partition(key.partition)
            .database(self.index)
            .slot(key)
        {
            Slot::Occupied(mut present) => {
                let current = Text::int_of(&present.get().value())?;
                let new = change(current)?;
                if !present.get_mut().set_int(new) {
                    present.update(|entry| drop(entry.set_value(Value::Int(new))));
                }
                touch(&mut present, access, self.random);
                Ok(new)
            }
            Slot::Vacant(absent) => {
                let new = change(0)?;
                let mut entry = ObjectEntry::new(key.bytes, Value::Int(new), None);
                entry.view_mut().set_access(access.initial());
                absent.insert(entry);
                Ok(new)
            }
        }
    }

    /// Takes the entry of `key` out of the database.
    pub fn take(&mut self, key: &Key<'_>) -> Option<ObjectEntry> {
        self.remove_if_due(key);
        self.database(key).remove(key)
    }

    /// Removes `key`; true when it existed.
    pub fn remove(&mut self, key: &Key<'_>) -> bool {
        self.take(key).is_some()
    }

    /// Puts an entry, whose key is `key`, into the database in place of what was there.
    pub fn put(&mut self, key: &Key<'_>, entry: ObjectEntry) {
        let database = self.database(key);
        database.remove(key);
        database.insert_absent(key, entry);
    }

    /// Gives `key` a deadline, or takes it away; a deadline that has passed deletes the key.
    pub fn set_deadline(&mut self, key: &Key<'_>, deadline: Option<i64>) -> DeadlineChange {
        let now_ms = self.circumstances.now_ms;
        let Some(mut present) = self.present(key) else {
            return DeadlineChange::Absent;
        };
        let old = present.get().expire_at_ms();
        if deadline.is_some_and(|deadline| deadline <= now_ms) {
            self.remove(key);
            return DeadlineChange::Deleted;
        }
        if old == deadline {
            return DeadlineChange::Same;
        }
        present.update(|entry| entry.set_expiry(deadline));
        self.database(key).deadline_changed(key.hash, old, deadline);
        DeadlineChange::Changed
    }
}

fn is_due(entry: EntryRef<'_>, now_ms: i64) -> bool {
    entry
        .expire_at_ms()
        .is_some_and(|deadline| deadline <= now_ms)
}

fn touch(present: &mut Occupied<'_, ObjectEntry>, access: AccessClock, random: &mut Rng) {
    let field = present.get().access();
    let touched = access.touched(field, random);
    if touched != field {
        present.get_mut().set_access(touched);
    }
}
