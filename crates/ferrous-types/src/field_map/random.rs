//! Random fields.

use std::collections::HashSet;

use super::pair::Pair;
use super::{Field, Hash, Hashed};
use crate::random::Rng;
use crate::sample::Selection;

impl Hash {
    /// One field, each equally likely. O(1) as a hashtable of which nothing has expired, else O(n).
    pub fn random(&self, rng: &mut Rng, now_ms: i64) -> Option<Field<'_>> {
        if let Hashed(fields) = self.0.view()
            && !self.has_expired(now_ms)
        {
            return fields
                .table
                .random(rng)
                .map(|record| Pair::of(record).into());
        }
        let count = self.live_len(now_ms);
        if count == 0 {
            return None;
        }
        self.iter(now_ms).nth(rng.below(count as u64) as usize)
    }

    /// Calls `visit` with `count` different fields, or all when there are not so many, every
    /// combination equally likely. O(count) expected in a large hash, else O(n).
    pub fn sample(
        &self,
        count: usize,
        rng: &mut Rng,
        now_ms: i64,
        mut visit: impl FnMut(Field<'_>),
    ) {
        if let Hashed(fields) = self.0.view()
            && count < self.len() / 3
            && !self.has_expired(now_ms)
        {
            // Draws that repeat are few, and fields are told apart by where they are.
            let mut seen = HashSet::with_capacity(count);
            while seen.len() < count
                && let Some(record) = fields.table.random(rng)
            {
                if seen.insert(record.as_ptr()) {
                    visit(Pair::of(record).into());
                }
            }
            return;
        }
        let mut selection = Selection::new(count, self.live_len(now_ms));
        self.iter(now_ms)
            .filter(|_| selection.picks_next(rng))
            .for_each(visit);
    }

    /// The number of fields that have not expired. O(1) when none has, else O(n).
    pub fn live_len(&self, now_ms: i64) -> usize {
        if self.has_expired(now_ms) {
            self.iter(now_ms).count()
        } else {
            self.len()
        }
    }
}
