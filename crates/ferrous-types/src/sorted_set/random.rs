//! Random members.

use std::collections::HashSet;

use super::{Entry, SortedSet};
use crate::random::Rng;
use crate::sample::Selection;

impl SortedSet {
    /// One member, each equally likely. O(log n).
    pub fn random(&self, rng: &mut Rng) -> Option<Entry<'_>> {
        match self.len() {
            0 => None,
            len => self.get(rng.below(len as u64) as usize),
        }
    }

    /// Calls `visit` with `count` different members, or all when there are not so many, every
    /// combination equally likely. O(count * log n) expected in a large set, else O(n).
    pub fn sample<'a>(&'a self, count: usize, rng: &mut Rng, visit: impl FnMut(Entry<'a>)) {
        if count < self.len() / 3 {
            // Draws that repeat are few.
            let mut seen = HashSet::with_capacity(count);
            let draws = std::iter::repeat_with(|| rng.below(self.len() as u64) as usize);
            let ranks = draws.filter(|rank| seen.insert(*rank)).take(count);
            return ranks.filter_map(|rank| self.get(rank)).for_each(visit);
        }
        let mut selection = Selection::new(count, self.len());
        self.iter()
            .filter(|_| selection.picks_next(rng))
            .for_each(visit);
    }
}
