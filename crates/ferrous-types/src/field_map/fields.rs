//! The hashtable form of a hash, with an index of the fields that expire.

use std::collections::BTreeSet;

use super::pair::Pair;
use crate::hash::Seed;
use crate::record::Record;
use crate::table::{Slot, Table};

/// Fields as a hashtable, and what they are hashed with.
pub(super) struct Fields {
    pub(super) table: Table<Record>,
    seed: Seed,
    /// Expiry and hash of every field that expires. Fields that agree in both share an entry,
    /// which stays until the last of them is gone.
    deadlines: BTreeSet<(i64, u64)>,
}

impl Clone for Fields {
    fn clone(&self) -> Self {
        Self {
            table: self.table.duplicate(|record| Record::from_parts(&[record])),
            seed: self.seed,
            deadlines: self.deadlines.clone(),
        }
    }
}

impl Fields {
    pub(super) fn with_capacity(count: usize, seed: Seed) -> Self {
        Self {
            table: Table::with_capacity(count),
            seed,
            deadlines: BTreeSet::new(),
        }
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<Pair<'_>> {
        self.table
            .find(self.seed.hash(name), |record| Pair::of(record).name == name)
            .map(Pair::of)
    }

    /// Puts `pair` in the place of the one with its name, if any; true when there was none.
    pub(super) fn insert(&mut self, pair: Pair<'_>) -> bool {
        self.put(pair.name, pair.value, |_| pair.expires_at_ms)
    }

    /// Gives the field called `name` a value, and the expiry that `expires_at_ms` decides on when it has seen what is there;
    /// true when nothing was.
    pub(super) fn put(
        &mut self,
        name: &[u8],
        value: &[u8],
        expires_at_ms: impl FnOnce(Option<Pair<'_>>) -> Option<i64>,
    ) -> bool {
        let hash = self.seed.hash(name);
        let pair = |expires_at_ms| Pair {
            name,
            value,
            expires_at_ms,
        };
        let (added, old_deadline, new_deadline) = match self
            .table
            .slot(hash, |record| Pair::of(record).name == name)
        {
            Slot::Vacant(vacant) => {
                let pair = pair(expires_at_ms(None));
                vacant.insert(pair.to_record());
                (true, None, pair.expires_at_ms)
            }
            Slot::Occupied(mut occupied) => {
                let old = Pair::of(occupied.get());
                let old_deadline = old.expires_at_ms;
                let pair = pair(expires_at_ms(Some(old)));
                if !pair.overwrite(occupied.get_mut()) {
                    occupied.replace(pair.to_record());
                }
                (false, old_deadline, pair.expires_at_ms)
            }
        };
        if old_deadline != new_deadline {
            self.forget_deadline(old_deadline, hash);
            self.deadlines.extend(new_deadline.map(|at| (at, hash)));
        }
        added
    }

    /// Removes the field with this name and returns its record.
    pub(super) fn remove(&mut self, name: &[u8]) -> Option<Record> {
        let hash = self.seed.hash(name);
        let record = self
            .table
            .remove(hash, |record| Pair::of(record).name == name)?;
        self.forget_deadline(Pair::of(record.as_slice()).expires_at_ms, hash);
        Some(record)
    }

    /// The time at which the next field expires, in ms.
    pub(super) fn next_expiry_ms(&self) -> Option<i64> {
        self.deadlines.first().map(|&(at, _)| at)
    }

    /// Removes one field whose time is before `now_ms`, and returns its record. O(log n).
    pub(super) fn remove_due(&mut self, now_ms: i64) -> Option<Record> {
        while let Some(&(at, hash)) = self.deadlines.first().filter(|&&(at, _)| at < now_ms) {
            let due = |record: &[u8]| Pair::of(record).expires_at_ms == Some(at);
            if let Some(record) = self.table.remove(hash, due) {
                self.forget_deadline(Some(at), hash);
                return Some(record);
            }
            self.deadlines.pop_first();
        }
        None
    }

    pub(super) fn heap_bytes(&self) -> usize {
        // A B-tree is about three quarters full, and its nodes add little.
        let deadlines = self.deadlines.len() * size_of::<(i64, u64)>() * 4 / 3;
        self.table.heap_bytes() + deadlines
    }

    /// Takes a deadline out of the index unless another field has the same.
    fn forget_deadline(&mut self, deadline: Option<i64>, hash: u64) {
        if let Some(at) = deadline {
            let same = |record: &[u8]| Pair::of(record).expires_at_ms == Some(at);
            if self.table.find(hash, same).is_none() {
                self.deadlines.remove(&(at, hash));
            }
        }
    }
}
