//! The large form: a table that finds members by name, and a tree that keeps them in order.
#![allow(
    unsafe_code,
    reason = "the tree points at members that the table owns, and scores change in place"
)]

use std::ops::Range;

use super::member::{Member, Pointer, order_of};
use super::tree::{self, Cut, Tree};
use super::{Change, Entry};
use crate::hash::Seed;
use crate::table::{Slot, Table};

/// Invariant: the tree points at exactly the members that the table owns, and a member leaves the
/// tree before it leaves the table.
pub(super) struct Indexed {
    table: Table<Member>,
    tree: Tree,
    /// Bytes of all members' allocations.
    member_bytes: usize,
}

impl Indexed {
    pub(super) fn new() -> Self {
        Self {
            table: Table::new(),
            tree: Tree::new(),
            member_bytes: 0,
        }
    }

    /// The members of a table, put in order. O(n log n).
    pub(super) fn of(table: Table<Member>) -> Self {
        let mut pointers: Vec<_> = table
            .iter()
            .map(|pointer| (order_of(pointer.score()), pointer))
            .collect();
        pointers.sort_unstable_by(|(one, left), (other, right)| {
            one.cmp(other).then_with(|| left.bytes().cmp(right.bytes()))
        });
        let (mut tree, mut member_bytes) = (Tree::new(), 0);
        for (_, pointer) in pointers {
            member_bytes += pointer.heap_bytes();
            // SAFETY: the members stay in the table, and whatever drops one takes it out of the tree before.
            tree.insert(unsafe { pointer.detach() });
        }
        Self {
            table,
            tree,
            member_bytes,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of::<Self>() + self.table.heap_bytes() + self.tree.heap_bytes() + self.member_bytes
    }

    pub(super) fn score(&self, member: &[u8], seed: Seed) -> Option<f64> {
        let found = self
            .table
            .find(seed.hash(member), |own| own.bytes() == member);
        found.map(Pointer::score)
    }

    /// Decides by the present score, if any, and carries that out.
    pub(super) fn change(
        &mut self,
        member: &[u8],
        seed: Seed,
        decide: impl FnOnce(Option<f64>) -> Change,
    ) {
        match self
            .table
            .slot(seed.hash(member), |own| own.bytes() == member)
        {
            Slot::Occupied(occupied) => {
                let pointer = occupied.get();
                if let Change::Score(score) = decide(Some(pointer.score())) {
                    // SAFETY: the member stays in the table.
                    let pointer = unsafe { pointer.detach() };
                    self.rescore(pointer, score);
                }
            }
            Slot::Vacant(vacant) => {
                if let Change::Score(score) = decide(None) {
                    let pointer = vacant.insert(Member::new(score, member)).into_ref();
                    self.member_bytes += pointer.heap_bytes();
                    // SAFETY: whatever drops a member takes it out of the tree before.
                    self.tree.insert(unsafe { pointer.detach() });
                }
            }
        }
    }

    fn rescore(&mut self, pointer: Pointer<'static>, score: f64) {
        let old = Cut::behind(pointer.score(), pointer.bytes());
        let new = Cut::behind(score, pointer.bytes());
        let in_place = self.tree.rescore(old, new, order_of(score));
        // SAFETY: `self` is borrowed exclusively, and nothing else refers to the score: the cuts copied it.
        unsafe { pointer.set_score(score) };
        if !in_place {
            self.tree.insert(pointer);
        }
    }

    pub(super) fn remove(&mut self, member: &[u8], seed: Seed) -> Option<f64> {
        let found = self
            .table
            .find_mut(seed.hash(member), |own| own.bytes() == member)?;
        let pointer = found.get();
        let score = pointer.score();
        self.member_bytes -= pointer.heap_bytes();
        self.tree.remove(Cut::behind(score, pointer.bytes()));
        found.remove();
        Some(score)
    }

    /// Removes the members whose ranks lie in `ranks`, giving each to `removed`.
    pub(super) fn remove_ranks(
        &mut self,
        ranks: Range<usize>,
        seed: Seed,
        mut removed: impl FnMut(Entry<'_>),
    ) {
        let mut left = ranks.len() as u64;
        let first = ranks.start as u64;
        let mut run = Vec::new();
        while left > 0 {
            self.tree.remove_some(first..first + left, &mut run);
            left -= run.len() as u64;
            for pointer in run.drain(..) {
                let member = self
                    .table
                    .remove(seed.hash(pointer.bytes()), |own| own == pointer)
                    .expect("what the tree points at is in the table");
                self.member_bytes -= member.pointer().heap_bytes();
                removed(Entry::of(member.pointer()));
            }
        }
    }

    pub(super) fn rank(&self, cut: &Cut<'_>) -> usize {
        self.tree.rank(cut) as usize
    }

    pub(super) fn iter(&self, ranks: Range<usize>) -> tree::Iter<'_> {
        self.tree.iter(ranks.start as u64..ranks.end as u64)
    }

    pub(super) fn get(&self, rank: usize) -> Option<Entry<'_>> {
        self.tree.get(rank as u64).map(Entry::of)
    }

    pub(super) fn scan<'a>(&'a self, cursor: u64, mut visit: impl FnMut(Entry<'a>)) -> u64 {
        self.table.scan(cursor, |pointer| visit(Entry::of(pointer)))
    }
}
