//! When fields of hashes are due to expire.
//!
//! A second wheel beside that of the keys: it holds the hashes that have a field with a deadline, each filed under the
//! earliest of them. The deadlines themselves stand in the hash, in order; see [`ferrous_types::Hash`].

use ferrous_types::Hash;
use ferrous_types::hash::Seed;

use super::deadlines::Deadlines;
use super::{Collection, Database, EntryRef, KeyTable, ObjectEntry, ObjectRef};

/// Which hashes of a database have fields with a deadline, and when the next of them is due.
pub(super) struct FieldDeadlines {
    wheel: Deadlines,
    hashes: usize,
}

/// Fields that were removed from one hash because their time had come.
pub(super) struct ExpiredFields {
    /// The key of the hash.
    pub(super) key: Box<[u8]>,
    /// The names of the fields.
    pub(super) names: Vec<Box<[u8]>>,
    /// The hash, when these were all it had and its key went, too.
    pub(super) emptied: Option<ObjectEntry>,
}

impl FieldDeadlines {
    pub(super) fn new(now_ms: i64) -> Self {
        Self {
            wheel: Deadlines::new(now_ms),
            hashes: 0,
        }
    }

    /// How many hashes have a field with a deadline.
    pub(super) fn hashes(&self) -> usize {
        self.hashes
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.wheel.heap_bytes()
    }

    /// Takes note that the earliest deadline of the fields at the key hashed to `hash` was `old` and is now `new`.
    pub(super) fn changed(&mut self, hash: u64, old: Option<i64>, new: Option<i64>) {
        if old == new {
            return;
        }
        self.hashes = self.hashes + usize::from(new.is_some()) - usize::from(old.is_some());
        if let Some(deadline) = new {
            // A later deadline is found through the record of the earlier one.
            if old.is_none_or(|old| deadline < old) {
                self.wheel.file(hash, deadline);
            }
        }
    }

    /// Files every hash anew, which drops the records of those that are gone.
    fn rebuild(&mut self, keys: &KeyTable, seed: &Seed) {
        self.wheel.clear();
        for entry in keys {
            if let Some(deadline) = next_field_deadline_ms(entry) {
                self.wheel.file(seed.hash(entry.key()), deadline);
            }
        }
    }
}

impl Database {
    /// Removes up to `budget` fields that are due at `now_ms` and tells `expired` of each hash that had some; true when
    /// more may be due.
    pub(super) fn remove_due_fields(
        &mut self,
        now_ms: i64,
        budget: usize,
        seed: &Seed,
        mut expired: impl FnMut(ExpiredFields),
    ) -> bool {
        if self
            .field_deadlines
            .wheel
            .is_bloated(self.field_deadlines.hashes)
        {
            self.field_deadlines.rebuild(&self.keys, seed);
        }
        let mut left = budget;
        while left > 0 {
            let Some(hash) = self.field_deadlines.wheel.pop_due(now_ms) else {
                return false;
            };
            // A record of a hash that is gone is work, too.
            left -= 1;
            if let Some(fields) = self.expire_hash(hash, now_ms, left + 1) {
                left = left.saturating_sub(fields.names.len() - 1);
                expired(fields);
            }
        }
        true
    }

    /// Removes up to `budget` due fields of the key that is hashed to `hash`, and files it again if others have a
    /// deadline.
    fn expire_hash(&mut self, hash: u64, now_ms: i64, budget: usize) -> Option<ExpiredFields> {
        let volatile = |entry: EntryRef<'_>| next_field_deadline_ms(entry).is_some();
        if let Some(walk) = &mut self.walk {
            let key: Box<[u8]> = self.keys.find(hash, volatile)?.key().into();
            walk.preserve(&mut self.keys, hash, &key);
        }
        let found = self.keys.find_mut(hash, volatile)?;
        let key = Box::from(found.get().key());
        let hash_value = found.into_mut().into_object().and_then(Hash::of_mut)?;
        let mut names = Vec::new();
        hash_value.expire_due(now_ms, budget, |name| names.push(Box::from(name)));
        let is_spent = hash_value.is_spent();
        match hash_value.next_expiry_ms() {
            Some(deadline) => self.field_deadlines.wheel.file(hash, deadline),
            None => self.field_deadlines.hashes -= 1,
        }
        let emptied = if is_spent {
            let entry = self.keys.remove(hash, |entry| entry.key() == &*key);
            if let Some(entry) = &entry {
                self.forget(hash, entry.view());
            }
            entry
        } else {
            None
        };
        (!names.is_empty()).then_some(ExpiredFields {
            key,
            names,
            emptied,
        })
    }
}

/// When the next field of the hash in `entry` expires, if it holds one of which some do.
pub(super) fn next_field_deadline_ms(entry: EntryRef<'_>) -> Option<i64> {
    entry.object().and_then(ObjectRef::next_field_deadline_ms)
}
