//! Making a large sorted set of members that come in no order.
#![allow(
    unsafe_code,
    reason = "scores change in place, and the tree points at members that the table owns"
)]

use super::SortedSet;
use super::indexed::Indexed;
use super::member::Member;
use crate::hash::Seed;
use crate::table::{Slot, Table};

/// Members with a score each, which become a sorted set in the end.
///
/// They are put in order once, and not whenever one comes or its score changes.
pub struct Gathering {
    members: Table<Member>,
    seed: Seed,
}

impl Gathering {
    /// No members. The seed is the process's, as everywhere.
    pub fn new(seed: Seed) -> Self {
        Self {
            members: Table::new(),
            seed,
        }
    }

    /// Gives a member the score that `score` makes of the one that it has, if any; never a NaN. O(1).
    pub fn put(&mut self, member: &[u8], score: impl FnOnce(Option<f64>) -> f64) {
        let hash = self.seed.hash(member);
        match self.members.slot(hash, |own| own.bytes() == member) {
            Slot::Occupied(mut occupied) => {
                let pointer = occupied.get_mut();
                let score = score(Some(pointer.score()));
                // SAFETY: the table is borrowed exclusively, and nothing else points at its members.
                unsafe { pointer.set_score(score) };
            }
            Slot::Vacant(vacant) => {
                vacant.insert(Member::new(score(None), member));
            }
        }
    }

    /// The sorted set, which is no listpack however small it is. O(n log n).
    pub fn into_set(self) -> SortedSet {
        SortedSet::of_indexed(Indexed::of(self.members))
    }
}
