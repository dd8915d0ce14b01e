//! Random members.

use std::collections::HashSet;

use super::{Repr, Set};
use crate::element::Element;
use crate::random::Rng;
use crate::sample::Selection;

impl Set {
    /// One member, each equally likely. O(1), or O(n) as a listpack.
    pub fn random(&self, rng: &mut Rng) -> Option<Element<'_>> {
        if self.is_empty() {
            return None;
        }
        let index = |len: usize, rng: &mut Rng| rng.below(len as u64) as usize;
        match self.view() {
            Repr::Ints(ints) => ints.get(index(ints.len(), rng)).map(Element::Int),
            Repr::Packed(list) => list.nth(index(list.len(), rng)),
            Repr::Hashed(members) => members.table.random(rng).map(Element::Bytes),
        }
    }

    /// Calls `visit` with `count` different members, or all when there are not so many, every
    /// combination equally likely. O(count) expected in a large set, else O(n).
    pub fn sample(&self, count: usize, rng: &mut Rng, mut visit: impl FnMut(Element<'_>)) {
        let len = self.len();
        if let Repr::Hashed(members) = self.view()
            && count < len / 3
        {
            // Draws that repeat are few, and members are told apart by where they are.
            let mut seen = HashSet::with_capacity(count);
            while seen.len() < count
                && let Some(member) = members.table.random(rng)
            {
                if seen.insert(member.as_ptr()) {
                    visit(Element::Bytes(member));
                }
            }
            return;
        }
        let mut selection = Selection::new(count, len);
        self.iter()
            .filter(|_| selection.picks_next(rng))
            .for_each(visit);
    }

    /// Removes a random member, each equally likely, after `take` has seen it.
    pub fn pop<R>(&mut self, rng: &mut Rng, take: impl FnOnce(Element<'_>) -> R) -> Option<R> {
        let member = self.random(rng)?;
        let result = take(member);
        let member = member.to_bytes().into_owned();
        let removed = self.remove(&member);
        debug_assert!(removed, "a random member is a member");
        Some(result)
    }
}
