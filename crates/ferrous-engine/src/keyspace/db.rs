//! The selected database as a command sees it: lookups that expire, count and touch as Redis does.

use ferrous_types::entry::{Buffer, Detached, Value};
use ferrous_types::hash::Seed;
use ferrous_types::random::Rng;
use ferrous_types::table::{Occupied, Slot, Spot};

use super::snapshot::Deleted;
use super::{
    AccessClock, Changes, Circumstances, Database, DueKeys, EntryRef, Environment, EventClasses,
    Garbage, Held, Interests, Key, Keyspace, Lending, Object, ObjectEntry, Partition,
    PartitionIndex, Text,
};
use crate::error::{CommandError, CommandResult};
use crate::limits::Limits;

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

    /// Where `key` is. Nothing when there is no such key, or its time has come.
    #[inline]
    pub(super) fn locate(&mut self, key: &Key<'_>) -> Option<Spot> {
        let now_ms = self.environment.circumstances.now_ms;
        let database = self.database(key);
        let spot = database.locate(key)?;
        let is_gone = is_due(database.keys.at(spot), now_ms) && self.expire(key);
        (!is_gone).then_some(spot)
    }

    /// Removes `key` when its time has come.
    #[inline]
    pub(super) fn remove_if_due(&mut self, key: &Key<'_>) {
        // Without a single deadline in the partition's share there is nothing to look up.
        if self.database(key).volatile() > 0 {
            self.locate(key);
        }
    }

    /// Removes `key`, whose time has come, unless keys that are due are to stay; false when it is still to be found.
    #[cold]
    fn expire(&mut self, key: &Key<'_>) -> bool {
        match self.environment.circumstances.due_keys {
            DueKeys::Removed => {}
            DueKeys::Hidden => return true,
            DueKeys::Kept => return false,
        }
        let index = self.environment.database;
        let partition = self.held.partition(key.partition);
        if let Some(entry) = partition.database(index).remove_due_key(key) {
            let lazy = self.environment.limits.lazy_free.expired;
            let interests = self.environment.interests;
            partition.watches.touch(index, key.bytes);
            self.changes.expired(index, entry, interests, lazy);
            self.ready(key);
        }
        true
    }

    /// The entry of `key`, without a trace: no access time, no statistics.
    #[inline]
    pub fn peek(&mut self, key: &Key<'_>) -> Option<EntryRef<'_>> {
        let spot = self.locate(key)?;
        Some(self.database(key).keys.at(spot))
    }

    /// The entry of `key` for reading: counts as a hit or a miss, and as an access.
    #[inline]
    pub fn read(&mut self, key: &Key<'_>) -> Option<EntryRef<'_>> {
        let Some(spot) = self.locate(key) else {
            self.changes.tally.misses += 1;
            self.notify(EventClasses::KEY_MISS, "keymiss", key);
            return None;
        };
        self.changes.tally.hits += 1;
        let Circumstances {
            access, no_touch, ..
        } = *self.environment.circumstances;
        let database = self
            .held
            .partition(key.partition)
            .database(self.environment.database);
        if !no_touch {
            let mut present = database.keys.occupied(spot);
            touch(&mut present, access, self.environment.random);
        }
        Some(database.keys.at(spot))
    }

    /// How many databases there are.
    pub fn databases(&self) -> usize {
        self.keyspace.databases()
    }

    /// True when `key` exists; counts as a hit or a miss, but not as an access.
    pub fn is_hit(&mut self, key: &Key<'_>) -> bool {
        let found = self.exists(key);
        if found {
            self.changes.tally.hits += 1;
        } else {
            self.changes.tally.misses += 1;
            self.notify(EventClasses::KEY_MISS, "keymiss", key);
        }
        found
    }

    /// True when `key` exists, which counts as an access to it.
    pub fn touch(&mut self, key: &Key<'_>) -> bool {
        let Some(spot) = self.locate(key) else {
            return false;
        };
        let access = self.environment.circumstances.access;
        let database = self
            .held
            .partition(key.partition)
            .database(self.environment.database);
        let mut present = database.keys.occupied(spot);
        touch(&mut present, access, self.environment.random);
        true
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
    #[inline]
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

    /// As [`Db::set_bytes`], but as one that was built up: it is raw, and never expires.
    pub fn set_buffer(&mut self, key: &Key<'_>, buffer: Buffer) {
        self.set(key, Value::Buffer(buffer), None);
    }

    /// Stores a value at `key`, whatever it held, with this deadline or none.
    pub fn set(&mut self, key: &Key<'_>, value: Value<'_, Object>, deadline: Option<i64>) {
        let Circumstances { access, now_ms, .. } = *self.environment.circumstances;
        let mut created = false;
        let mut old = Detached::Nothing;
        let database = self
            .held
            .partition(key.partition)
            .database(self.environment.database);
        let given_away = database.give_away_object(key);
        database.preserve(key);
        let old_deadline = match database.slot(key) {
            Slot::Occupied(mut present) => {
                let old_deadline = present.get().expire_at_ms();
                if old_deadline.is_some_and(|deadline| deadline <= now_ms) {
                    // Its time had come: what is stored takes the place of nothing.
                    created = true;
                    let environment = &self.environment;
                    self.changes.expired_key(
                        environment.database,
                        key.bytes,
                        environment.interests,
                        environment.limits.lazy_free.expired,
                    );
                }
                present.update(|entry| {
                    old = entry.set_value(value);
                    if old_deadline != deadline {
                        entry.set_expiry(deadline);
                    }
                });
                touch(&mut present, access, self.environment.random);
                old_deadline
            }
            Slot::Vacant(absent) => {
                let mut entry = ObjectEntry::new(key.bytes, value, deadline);
                entry.view_mut().set_access(access.initial());
                absent.insert(entry);
                database.born(key);
                created = !given_away;
                None
            }
        };
        if old_deadline != deadline {
            database.deadline_changed(key.hash, old_deadline, deadline);
        }
        let mut replaced = given_away;
        if let Detached::Object(object) = old {
            replaced = true;
            let field_deadline = object.view().next_field_deadline_ms();
            database
                .field_deadlines
                .changed(key.hash, field_deadline, None);
            let lazy = self.environment.limits.lazy_free.overwritten;
            self.changes.discard(Garbage::Object(object), lazy);
        }
        if replaced {
            self.ready(key);
        }
        if created {
            self.created(key);
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
        let access = self.environment.circumstances.access;
        let created = !self.exists(key);
        let database = self.database(key);
        database.preserve(key);
        if created {
            let mut entry = ObjectEntry::new(key.bytes, Value::Bytes(b""), None);
            entry.view_mut().set_access(access.initial());
            database.insert_absent(key, entry);
        }
        let Slot::Occupied(mut present) = database.slot(key) else {
            unreachable!("an absent key was just put there");
        };
        let edited = present.update(|entry| match entry.string_mut() {
            Some(text) => Ok(edit(text)),
            None => Err(CommandError::WRONG_TYPE),
        });
        if created {
            self.created(key);
        }
        edited
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
        let access = self.environment.circumstances.access;
        let database = self
            .held
            .partition(key.partition)
            .database(self.environment.database);
        database.preserve(key);
        match database.slot(key) {
            Slot::Occupied(mut present) => {
                let current = Text::int_of(&present.get().value())?;
                let new = change(current)?;
                if !present.get_mut().set_int(new) {
                    present.update(|entry| drop(entry.set_value(Value::Int(new))));
                }
                touch(&mut present, access, self.environment.random);
                Ok(new)
            }
            Slot::Vacant(absent) => {
                let new = change(0)?;
                let mut entry = ObjectEntry::new(key.bytes, Value::Int(new), None);
                entry.view_mut().set_access(access.initial());
                absent.insert(entry);
                database.born(key);
                self.created(key);
                Ok(new)
            }
        }
    }

    /// Takes the entry of `key` out of the database.
    pub fn take(&mut self, key: &Key<'_>) -> Option<ObjectEntry> {
        self.remove_if_due(key);
        let database = self.database(key);
        database.preserve(key);
        let taken = database.remove(key);
        if taken.is_some() {
            self.ready(key);
        }
        taken
    }

    /// Removes `key`; true when it existed. A large value is freed later.
    pub fn remove(&mut self, key: &Key<'_>) -> bool {
        let lazy = self.environment.limits.lazy_free.deleted;
        self.remove_if_due(key);
        match self.database(key).delete(key) {
            Deleted::Absent => return false,
            Deleted::HandedOver => {}
            Deleted::Entry(entry) => self.changes.discard(Garbage::Entry(entry), lazy),
        }
        self.ready(key);
        true
    }

    /// Puts an entry, whose key is `key`, into the database in place of what was there.
    pub fn put(&mut self, key: &Key<'_>, entry: ObjectEntry) {
        self.remove_if_due(key);
        let database = self.database(key);
        let old = database.delete(key);
        database.insert_absent(key, entry);
        match old {
            Deleted::Absent => self.created(key),
            Deleted::HandedOver => {}
            Deleted::Entry(old) => {
                let lazy = self.environment.limits.lazy_free.overwritten;
                self.changes.discard(Garbage::Entry(old), lazy);
            }
        }
        self.ready(key);
    }

    /// Gives `key` a deadline, or takes it away; a deadline that has passed deletes the key.
    pub fn set_deadline(&mut self, key: &Key<'_>, deadline: Option<i64>) -> DeadlineChange {
        let now_ms = self.environment.circumstances.now_ms;
        let Some(present) = self.peek(key) else {
            return DeadlineChange::Absent;
        };
        let old = present.expire_at_ms();
        let is_due = deadline.is_some_and(|deadline| deadline <= now_ms);
        if is_due && self.environment.circumstances.due_keys != DueKeys::Kept {
            self.remove(key);
            return DeadlineChange::Deleted;
        }
        if old == deadline {
            return DeadlineChange::Same;
        }
        let database = self.database(key);
        database.preserve(key);
        if let Slot::Occupied(mut present) = database.slot(key) {
            present.update(|entry| entry.set_expiry(deadline));
        }
        database.deadline_changed(key.hash, old, deadline);
        DeadlineChange::Changed
    }
}

#[inline]
pub(super) fn is_due(entry: EntryRef<'_>, now_ms: i64) -> bool {
    entry
        .expire_at_ms()
        .is_some_and(|deadline| deadline <= now_ms)
}

#[inline]
pub(super) fn touch(
    present: &mut Occupied<'_, ObjectEntry>,
    access: AccessClock,
    random: &mut Rng,
) {
    let field = present.get().access();
    let touched = access.touched(field, random);
    if touched != field {
        present.get_mut().set_access(touched);
    }
}
