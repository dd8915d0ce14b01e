//! An inner node's children, and how they stay well filled.

use super::cut::{Cut, Key};
use super::node::{Edges, Node, Seek};
use crate::sorted_set::member::Pointer;

/// Children of an inner node: with its header, just below 2 KiB.
const FANOUT: usize = 63;

/// Up to [`FANOUT`] children with, for each, its first member and how many members it holds.
///
/// `orders`, `firsts` and `counts` are columns, so that a search or a sum reads few cache lines.
pub(super) struct Fan<N> {
    len: usize,
    orders: [u64; FANOUT],
    firsts: [Option<Pointer<'static>>; FANOUT],
    counts: [u64; FANOUT],
    children: [Option<Box<N>>; FANOUT],
}

impl<N: Node> Fan<N> {
    pub(super) fn empty() -> Self {
        Self {
            len: 0,
            orders: [0; FANOUT],
            firsts: [None; FANOUT],
            counts: [0; FANOUT],
            children: [const { None }; FANOUT],
        }
    }

    /// A node with one child, which is not empty.
    pub(super) fn over(child: Box<N>) -> Self {
        let mut fan = Self::empty();
        fan.attach(0, child);
        fan
    }

    /// The only child of a node that has at most one.
    pub(super) fn into_only_child(mut self) -> Option<Box<N>> {
        self.children[0].take()
    }

    /// The child that holds the cut, and how many members come before that child.
    pub(super) fn seek_cut(&self, cut: &Cut<'_>) -> (&N, u64) {
        let at = self.child_at(cut);
        (self.child(at), self.counts[..at].iter().sum())
    }

    /// The child that holds the member of that rank, and the rank inside it.
    pub(super) fn seek_rank(&self, rank: u64) -> (&N, u64) {
        let (at, rank) = self.child_of_rank(rank);
        (self.child(at), rank)
    }

    /// The children in order.
    pub(super) fn children(&self) -> impl Iterator<Item = &N> {
        (0..self.len).map(|at| self.child(at))
    }

    /// The last child whose first member lies before the cut, or else the first child.
    fn child_at(&self, cut: &Cut<'_>) -> usize {
        // Scores alone decide all but a few places; those are few enough for one look each.
        let (start, end) = match cut.order() {
            Some(order) => {
                let orders = &self.orders[..self.len];
                let start = orders.partition_point(|&own| own < order);
                (
                    start,
                    start + orders[start..].partition_point(|&own| own == order),
                )
            }
            None => (0, self.len),
        };
        let equals = self.firsts[start..end].partition_point(|first| {
            first.is_some_and(|first| cut.is_behind(cut.order().unwrap_or(0), first))
        });
        (start + equals).saturating_sub(1)
    }

    fn child_of_rank(&self, mut rank: u64) -> (usize, u64) {
        for (at, &count) in self.counts[..self.len].iter().enumerate() {
            if rank < count {
                return (at, rank);
            }
            rank -= count;
        }
        unreachable!("callers ask for ranks below the count");
    }

    /// Checks what the node says about its children.
    #[cfg(test)]
    pub(super) fn check_columns(&self) {
        assert!((1..=FANOUT).contains(&self.len));
        for (at, child) in self.children().enumerate() {
            assert_eq!(self.counts[at], child.count());
            assert_eq!(self.firsts[at], Some(child.first_pointer()));
            assert_eq!(self.orders[at], child.first().order);
        }
    }

    fn child(&self, at: usize) -> &N {
        self.children[at]
            .as_deref()
            .expect("the first `len` places hold children")
    }

    fn child_mut(&mut self, at: usize) -> &mut N {
        self.children[at]
            .as_deref_mut()
            .expect("the first `len` places hold children")
    }

    fn pair_mut(&mut self, left: usize) -> (&mut N, &mut N) {
        match &mut self.children[left..left + 2] {
            [Some(left), Some(right)] => (left, right),
            _ => unreachable!("the first `len` places hold children"),
        }
    }

    /// Reads a child's first member and count again.
    fn refresh(&mut self, at: usize) {
        self.counts[at] = self.child(at).count();
        self.refresh_first(at);
    }

    /// Reads a child's first member again; its score is fetched only when it is another member.
    fn refresh_first(&mut self, at: usize) {
        let first = Some(self.child(at).first_pointer());
        if self.firsts[at] != first {
            self.firsts[at] = first;
            self.orders[at] = self.child(at).first().order;
        }
    }

    fn attach(&mut self, at: usize, child: Box<N>) {
        self.open(at, 1);
        self.children[at] = Some(child);
        self.refresh(at);
    }

    /// Drops a child that has no entries left.
    fn drop_empty(&mut self, at: usize) {
        self.children[at] = None;
        self.close(at, 1);
    }

    /// Makes `n` empty places at `at`.
    fn open(&mut self, at: usize, n: usize) {
        let (from, to) = (at..self.len, at + n);
        self.orders.copy_within(from.clone(), to);
        self.firsts.copy_within(from.clone(), to);
        self.counts.copy_within(from, to);
        self.firsts[at..to].fill(None);
        self.children[at..self.len + n].rotate_right(n);
        self.len += n;
    }

    /// Removes `n` places at `at` whose children are gone.
    fn close(&mut self, at: usize, n: usize) {
        let from = at + n..self.len;
        self.orders.copy_within(from.clone(), at);
        self.firsts.copy_within(from.clone(), at);
        self.counts.copy_within(from, at);
        self.children[at..self.len].rotate_left(n);
        self.len -= n;
        self.firsts[self.len..self.len + n].fill(None);
    }

    /// Moves `n` places from `from` in `source` to the places from `to` on, which are open.
    fn take_places(&mut self, to: usize, source: &mut Self, from: usize, n: usize) {
        self.orders[to..to + n].copy_from_slice(&source.orders[from..from + n]);
        self.firsts[to..to + n].copy_from_slice(&source.firsts[from..from + n]);
        self.counts[to..to + n].copy_from_slice(&source.counts[from..from + n]);
        self.children[to..to + n].swap_with_slice(&mut source.children[from..from + n]);
        source.close(from, n);
    }

    /// Makes room in the full child at `at`, or beside it. This node has room for one more child.
    fn make_room(&mut self, at: usize, edges: Edges) {
        let last = self.len - 1;
        if edges.right && at == last {
            return self.split_off(at, 1);
        }
        if edges.left && at == 0 {
            return self.split_off(at, N::CAPACITY - 1);
        }
        let Some(left) = self.roomier_pair(at) else {
            return self.split_off(at, N::CAPACITY / 2);
        };
        let (one, other) = self.pair_mut(left);
        if one.len() + other.len() + N::CAPACITY / 8 <= 2 * N::CAPACITY {
            one.balance(other);
            self.refresh(left);
            self.refresh(left + 1);
        } else {
            self.split_pair(left);
        }
    }

    /// The left one of the child at `at` and its less filled neighbour, if it has one.
    fn roomier_pair(&self, at: usize) -> Option<usize> {
        let len_of = |at: usize| self.child(at).len();
        match (at > 0, at + 1 < self.len) {
            (true, true) if len_of(at - 1) <= len_of(at + 1) => Some(at - 1),
            (_, true) => Some(at),
            (true, false) => Some(at - 1),
            (false, false) => None,
        }
    }

    /// Moves the last `n` entries of a child to a new child behind it.
    fn split_off(&mut self, at: usize, n: usize) {
        let child = self.child_mut(at);
        let mut right = Box::new(N::empty_like(child));
        child.move_tail(&mut right, n);
        self.refresh(at);
        self.attach(at + 1, right);
    }

    /// Makes three children of two nearly full ones, each two thirds full.
    fn split_pair(&mut self, left: usize) {
        let (one, other) = self.pair_mut(left);
        let mut middle = Box::new(N::empty_like(one));
        let third = (one.len() + other.len()) / 3;
        one.move_tail(&mut middle, one.len() - third);
        middle.move_head(other, other.len() - third);
        self.refresh(left);
        self.refresh(left + 1);
        self.attach(left + 1, middle);
    }

    /// Merges or evens out a child that a removal left with few entries.
    fn refill(&mut self, at: usize) {
        let len = self.child(at).len();
        if len == 0 {
            self.drop_empty(at);
            return;
        }
        if len >= N::CAPACITY / 2 {
            return;
        }
        let Some(left) = self.roomier_pair(at) else {
            return;
        };
        let (one, other) = self.pair_mut(left);
        if one.len() + other.len() <= N::CAPACITY * 7 / 8 {
            one.move_head(other, other.len());
            self.drop_empty(left + 1);
            self.refresh(left);
        } else if len < N::CAPACITY / 4 {
            one.balance(other);
            self.refresh(left);
            self.refresh(left + 1);
        }
    }
}

impl<N: Node> Node for Fan<N> {
    const CAPACITY: usize = FANOUT;

    fn empty_like(_: &Self) -> Self {
        Self::empty()
    }

    fn len(&self) -> usize {
        self.len
    }

    fn count(&self) -> u64 {
        self.counts[..self.len].iter().sum()
    }

    fn first(&self) -> Key<'static> {
        Key {
            order: self.orders[0],
            pointer: self.first_pointer(),
        }
    }

    fn first_pointer(&self) -> Pointer<'static> {
        self.firsts[0].expect("an inner node has children")
    }

    fn insert(&mut self, key: Key<'static>, cut: &Cut<'_>, edges: Edges) {
        let mut at = self.child_at(cut);
        if self.child(at).is_full() {
            self.make_room(at, edges);
            at = self.child_at(cut);
        }
        let edges = Edges {
            left: edges.left && at == 0,
            right: edges.right && at + 1 == self.len,
        };
        self.child_mut(at).insert(key, cut, edges);
        self.counts[at] += 1;
        self.refresh_first(at);
    }

    fn remove(
        &mut self,
        seek: Seek<'_>,
        max: usize,
        removed: Option<&mut Vec<Pointer<'static>>>,
    ) -> usize {
        let (at, seek) = match seek {
            Seek::Rank(rank) => {
                let (at, rank) = self.child_of_rank(rank);
                (at, Seek::Rank(rank))
            }
            Seek::Before(cut) | Seek::Rescored { old: cut, .. } => (self.child_at(&cut), seek),
        };
        let n = self.child_mut(at).remove(seek, max, removed);
        if n == 0 {
            return 0;
        }
        self.counts[at] -= n as u64;
        if self.counts[at] > 0 {
            self.refresh_first(at);
        }
        self.refill(at);
        n
    }

    fn move_tail(&mut self, right: &mut Self, n: usize) {
        right.open(0, n);
        right.take_places(0, self, self.len - n, n);
    }

    fn move_head(&mut self, right: &mut Self, n: usize) {
        let at = self.len;
        self.open(at, n);
        self.take_places(at, right, 0, n);
    }
}
