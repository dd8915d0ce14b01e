//! What leaves and inner nodes of the tree have in common, and the two kinds of inner node.

use super::cut::{Cut, Key};
use super::fan::Fan;
use super::leaf::Leaf;
use crate::sorted_set::member::Pointer;

/// Which of the tree's outer edges a node lies on.
///
/// Scores often grow (timestamps) or shrink (ranks from the end), so a node on an edge splits
/// unevenly: what stays behind is full, and the new edge node has all the room.
#[derive(Clone, Copy)]
pub(super) struct Edges {
    pub(super) left: bool,
    pub(super) right: bool,
}

/// How a removal finds its first member.
#[derive(Clone, Copy)]
pub(super) enum Seek<'a> {
    /// By its number in the subtree, from 0.
    Rank(u64),
    /// The member that the cut lies right behind.
    Before(Cut<'a>),
    /// The member right before `old`, unless it may stay in its place when it moves to right before
    /// `new`, where its score maps to `order`; then nothing is removed.
    Rescored {
        old: Cut<'a>,
        new: Cut<'a>,
        order: u64,
    },
}

/// A node of the tree: a leaf, or an inner node.
pub(super) trait Node: Sized {
    /// The most entries a node holds.
    const CAPACITY: usize;

    /// A node without entries, for the level of `model`.
    fn empty_like(model: &Self) -> Self;

    /// Entries of the node itself.
    fn len(&self) -> usize;

    /// Members in its subtree.
    fn count(&self) -> u64;

    /// The first member of its subtree, which is not empty.
    fn first(&self) -> Key<'static>;

    /// As [`Node::first`], without looking at the member.
    fn first_pointer(&self) -> Pointer<'static>;

    /// Adds a member that belongs at `cut`. The node has room for one more entry.
    fn insert(&mut self, key: Key<'static>, cut: &Cut<'_>, edges: Edges);

    /// Removes up to `max` members of one leaf, from the one sought on, and says how many; they go
    /// to `removed`, if anywhere.
    fn remove(
        &mut self,
        seek: Seek<'_>,
        max: usize,
        removed: Option<&mut Vec<Pointer<'static>>>,
    ) -> usize;

    /// Moves the last `n` entries to the front of the node on the right, which has room.
    fn move_tail(&mut self, right: &mut Self, n: usize);

    /// Appends the first `n` entries of the node on the right. There is room.
    fn move_head(&mut self, right: &mut Self, n: usize);

    /// True when the next insertion needs room first.
    fn is_full(&self) -> bool {
        self.len() == Self::CAPACITY
    }

    /// Evens out the entries of two neighbours.
    fn balance(&mut self, right: &mut Self) {
        let target = usize::midpoint(self.len(), right.len());
        match self.len().checked_sub(target) {
            Some(excess) => self.move_tail(right, excess),
            None => self.move_head(right, target - self.len()),
        }
    }
}

/// An inner node. All leaves have the same depth.
pub(super) enum Inner {
    Low(Fan<Leaf>),
    High(Fan<Inner>),
}

/// Runs the same code for both kinds of inner node.
macro_rules! either {
    ($inner:expr, $fan:ident => $code:expr) => {
        match $inner {
            Inner::Low($fan) => $code,
            Inner::High($fan) => $code,
        }
    };
}

impl Inner {
    /// The node of a tree without members.
    pub(super) fn empty() -> Self {
        Self::Low(Fan::empty())
    }
}

impl Node for Inner {
    const CAPACITY: usize = Fan::<Leaf>::CAPACITY;

    fn empty_like(model: &Self) -> Self {
        match model {
            Self::Low(_) => Self::Low(Fan::empty()),
            Self::High(_) => Self::High(Fan::empty()),
        }
    }

    fn len(&self) -> usize {
        either!(self, fan => fan.len())
    }

    fn count(&self) -> u64 {
        either!(self, fan => fan.count())
    }

    fn first(&self) -> Key<'static> {
        either!(self, fan => fan.first())
    }

    fn first_pointer(&self) -> Pointer<'static> {
        either!(self, fan => fan.first_pointer())
    }

    fn insert(&mut self, key: Key<'static>, cut: &Cut<'_>, edges: Edges) {
        either!(self, fan => fan.insert(key, cut, edges));
    }

    fn remove(
        &mut self,
        seek: Seek<'_>,
        max: usize,
        removed: Option<&mut Vec<Pointer<'static>>>,
    ) -> usize {
        either!(self, fan => fan.remove(seek, max, removed))
    }

    fn move_tail(&mut self, right: &mut Self, n: usize) {
        match (self, right) {
            (Self::Low(left), Self::Low(right)) => left.move_tail(right, n),
            (Self::High(left), Self::High(right)) => left.move_tail(right, n),
            _ => unreachable!("children of one node are on one level"),
        }
    }

    fn move_head(&mut self, right: &mut Self, n: usize) {
        match (self, right) {
            (Self::Low(left), Self::Low(right)) => left.move_head(right, n),
            (Self::High(left), Self::High(right)) => left.move_head(right, n),
            _ => unreachable!("children of one node are on one level"),
        }
    }
}
