//! Looking keys up as Redis does: who meets a key whose time has come removes it, and reading counts and is noted.

use ferrous_types::random::Rng;
use ferrous_types::table::{Occupied, Spot};

use super::{AccessClock, Circumstances, Db, DueKeys, EntryRef, EventClasses, Key, ObjectEntry};

impl Db<'_, '_> {
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

    /// The deadline of `key` in ms since the epoch; nothing when it has none or does not exist.
    pub fn deadline(&mut self, key: &Key<'_>) -> Option<i64> {
        self.peek(key).and_then(EntryRef::expire_at_ms)
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
