//! The order of a large sorted set: a B+ tree of pointers to members, with subtree counts.
//!
//! ```text
//! Inner::High   first member, count, child | ...            up to 63 children
//! Inner::Low    first member, count, child | ...            up to 63 leaves
//! Leaf          pointer + digest of the score | ...         up to 62 members
//! ```
//!
//! * Order: by score, then by member as bytes. All leaves have the same depth.
//! * For every child an inner node knows its exact first member and its number of members, so rank
//!   and lookup by rank take one walk down, O(log n).
//! * Insertion makes room on the way down: a full child first shares with its less filled neighbour,
//!   and only when that is nearly full too do two become three (B*-tree, Knuth vol. 3, 6.2.4).
//!   Random insertion fills leaves to above four fifths; a rising or falling row of scores fills them.
//! * About 11 bytes per member, at 1 M members.
//!
//! The tree does not own members: see `member`.

mod cut;
mod fan;
mod leaf;
mod node;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub(crate) use self::cut::Cut;
use self::cut::Key;
use self::fan::Fan;
use self::leaf::Leaf;
use self::node::{Edges, Inner, Node, Seek};
use super::member::{Pointer, Slot};

/// How many members ahead of the reader an iterator asks for.
const PREFETCH_AHEAD: usize = 8;

pub(super) struct Tree {
    root: Root,
    len: u64,
}

enum Root {
    Leaf(Box<Leaf>),
    Inner(Box<Inner>),
}

impl Tree {
    pub(super) fn new() -> Self {
        Self {
            root: Root::Leaf(Box::new(Leaf::new())),
            len: 0,
        }
    }

    /// Adds a member that is not in the tree. O(log n).
    pub(super) fn insert(&mut self, pointer: Pointer<'static>) {
        if self.root.is_full() {
            self.grow();
        }
        let key = Key::of(pointer);
        let edges = Edges {
            left: true,
            right: true,
        };
        let cut = key.cut();
        match &mut self.root {
            Root::Leaf(leaf) => leaf.insert(key, &cut, edges),
            Root::Inner(inner) => inner.insert(key, &cut, edges),
        }
        self.len += 1;
    }

    /// Removes the member that `cut` lies right behind. O(log n).
    pub(super) fn remove(&mut self, cut: Cut<'_>) {
        self.remove_sought(Seek::Before(cut), 1, None);
    }

    /// Prepares the member right before `old` for its move to right before `new`, where its score maps
    /// to `order`: true when it stays where it is, else it is removed. The caller then writes the score,
    /// and inserts it again if it was removed. O(log n).
    pub(super) fn rescore(&mut self, old: Cut<'_>, new: Cut<'_>, order: u64) -> bool {
        self.remove_sought(Seek::Rescored { old, new, order }, 1, None) == 0
    }

    /// Moves some of the members whose ranks lie in `ranks`, which is not empty, to `removed`, from
    /// the first one on. O(log n).
    ///
    /// It takes what one leaf holds, so that the tree is whole again before the caller drops it.
    pub(super) fn remove_some(&mut self, ranks: Range<u64>, removed: &mut Vec<Pointer<'static>>) {
        let max = usize::try_from(ranks.end - ranks.start).unwrap_or(usize::MAX);
        self.remove_sought(Seek::Rank(ranks.start), max, Some(removed));
    }

    fn remove_sought(
        &mut self,
        seek: Seek<'_>,
        max: usize,
        removed: Option<&mut Vec<Pointer<'static>>>,
    ) -> usize {
        let n = match &mut self.root {
            Root::Leaf(leaf) => leaf.remove(seek, max, removed),
            Root::Inner(inner) => inner.remove(seek, max, removed),
        };
        self.len -= n as u64;
        self.shrink();
        n
    }

    /// How many members lie before the cut. O(log n).
    pub(super) fn rank(&self, cut: &Cut<'_>) -> u64 {
        let mut inner = match &self.root {
            Root::Leaf(leaf) => return leaf.position(cut) as u64,
            Root::Inner(inner) => &**inner,
        };
        let mut rank = 0;
        loop {
            match inner {
                Inner::Low(fan) => {
                    let (leaf, before) = fan.seek_cut(cut);
                    return rank + before + leaf.position(cut) as u64;
                }
                Inner::High(fan) => {
                    let (child, before) = fan.seek_cut(cut);
                    rank += before;
                    inner = child;
                }
            }
        }
    }

    /// The member of that rank. O(log n).
    pub(super) fn get(&self, rank: u64) -> Option<Pointer<'_>> {
        (rank < self.len).then(|| {
            let (slots, at) = self.leaf_of(rank);
            slots[at].pointer()
        })
    }

    /// The members of a range of ranks that lies within the tree.
    pub(super) fn iter(&self, ranks: Range<u64>) -> Iter<'_> {
        Iter {
            tree: self,
            ranks,
            front: &[],
            back: &[],
        }
    }

    /// The leaf that holds the member of that rank, which exists, and its place there.
    fn leaf_of(&self, rank: u64) -> (&[Slot], usize) {
        let mut inner = match &self.root {
            Root::Leaf(leaf) => return (leaf.slots(), rank as usize),
            Root::Inner(inner) => &**inner,
        };
        let mut rank = rank;
        loop {
            match inner {
                Inner::Low(fan) => {
                    let (leaf, rank) = fan.seek_rank(rank);
                    return (leaf.slots(), rank as usize);
                }
                Inner::High(fan) => (inner, rank) = fan.seek_rank(rank),
            }
        }
    }

    /// Bytes of all nodes. O(nodes).
    pub(super) fn heap_bytes(&self) -> usize {
        fn below(inner: &Inner) -> usize {
            size_of::<Inner>()
                + match inner {
                    Inner::Low(fan) => fan.len() * size_of::<Leaf>(),
                    Inner::High(fan) => fan.children().map(below).sum(),
                }
        }
        match &self.root {
            Root::Leaf(_) => size_of::<Leaf>(),
            Root::Inner(inner) => below(inner),
        }
    }

    /// Puts an inner node with one child above the root, so that the root can be split.
    fn grow(&mut self) {
        let root = std::mem::replace(&mut self.root, Root::Leaf(Box::new(Leaf::new())));
        self.root = Root::Inner(Box::new(match root {
            Root::Leaf(leaf) => Inner::Low(Fan::over(leaf)),
            Root::Inner(inner) => Inner::High(Fan::over(inner)),
        }));
    }

    /// Drops inner nodes at the top that have one child left.
    fn shrink(&mut self) {
        while let Root::Inner(inner) = &mut self.root {
            if inner.len() > 1 {
                return;
            }
            let only_child = match std::mem::replace(&mut **inner, Inner::empty()) {
                Inner::Low(fan) => fan.into_only_child().map(Root::Leaf),
                Inner::High(fan) => fan.into_only_child().map(Root::Inner),
            };
            self.root = only_child.unwrap_or_else(|| Root::Leaf(Box::new(Leaf::new())));
        }
    }
}

impl Root {
    fn is_full(&self) -> bool {
        match self {
            Self::Leaf(leaf) => leaf.is_full(),
            Self::Inner(inner) => inner.is_full(),
        }
    }
}

/// Members in order, from both ends.
///
/// It holds the leaf at either end and finds the next one by rank, so it needs no links between
/// leaves.
#[derive(Clone)]
pub(super) struct Iter<'a> {
    tree: &'a Tree,
    ranks: Range<u64>,
    front: &'a [Slot],
    back: &'a [Slot],
}

impl<'a> Iterator for Iter<'a> {
    type Item = Pointer<'a>;

    fn next(&mut self) -> Option<Pointer<'a>> {
        let rank = self.ranks.next()?;
        if self.front.is_empty() {
            let (slots, at) = self.tree.leaf_of(rank);
            self.front = &slots[at..];
            self.front
                .iter()
                .take(PREFETCH_AHEAD)
                .for_each(|slot| slot.pointer().prefetch());
        }
        if let Some(ahead) = self.front.get(PREFETCH_AHEAD) {
            ahead.pointer().prefetch();
        }
        let (slot, rest) = self.front.split_first()?;
        self.front = rest;
        Some(slot.pointer())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = (self.ranks.end - self.ranks.start) as usize;
        (len, Some(len))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let rank = self.ranks.next_back()?;
        if self.back.is_empty() {
            let (slots, at) = self.tree.leaf_of(rank);
            self.back = &slots[..=at];
            self.back
                .iter()
                .rev()
                .take(PREFETCH_AHEAD)
                .for_each(|slot| slot.pointer().prefetch());
        }
        if let Some(ahead) = self.back.len().checked_sub(PREFETCH_AHEAD + 1) {
            self.back[ahead].pointer().prefetch();
        }
        let (slot, rest) = self.back.split_last()?;
        self.back = rest;
        Some(slot.pointer())
    }
}

impl ExactSizeIterator for Iter<'_> {}
