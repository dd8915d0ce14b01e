//! Changes of a quicklist anywhere but at its ends.
//!
//! Which nodes are split, filled and merged follows Redis, since it decides when a list that shrank
//! is one node again and `OBJECT ENCODING` says so.

use std::ops::Range;

use super::node::Node;
use super::quicklist::{Place, Quicklist};
use super::{End, ListLimits, Side};
use crate::element::Element;
use crate::listpack::Listpack;

/// How many times its limit a node may grow by replacing elements with longer ones. Redis never
/// splits it then, so neither do we as long as its length does not harm.
const OVERGROWTH_MAX: usize = 16;

impl Quicklist {
    /// Puts `value` in the place of the element at `place`.
    pub(super) fn replace(&mut self, place: Place, value: Element<'_>, limits: ListLimits) {
        let Place {
            node: index,
            offset,
        } = place;
        let plain = limits.makes_plain(value.byte_len());
        match (self.nodes[index].is_plain(), plain) {
            (false, false) => self.replace_packed(place, value, limits),
            (true, true) => self.nodes[index] = Node::of(value, limits),
            (true, false) => {
                // Redis inserts behind and then removes, so that the next node may take the value.
                self.insert(Side::After, place, value, limits);
                self.remove_range_at(place, 1, limits);
            }
            (false, true) => {
                self.split(index, offset + 1);
                self.nodes.insert(index + 1, Node::of(value, limits));
                self.len += 1;
                self.remove_range_at(place, 1, limits);
            }
        }
    }

    fn replace_packed(&mut self, place: Place, value: Element<'_>, limits: ListLimits) {
        let index = place.node;
        let node = &mut self.nodes[index];
        node.edit(|list| {
            let position = list.seek(place.offset).expect("a place is within its node");
            list.replace(position, value);
        });
        let (bytes, count) = (node.byte_len(), node.count());
        if count > 1 && limits.exceeded_by(bytes / OVERGROWTH_MAX, count) {
            let middle = count / 2;
            self.split(index, middle);
        }
        self.settle(index..index + 2, limits);
        self.settle_ends(limits);
    }

    /// Inserts `value` beside the element at `pivot`.
    pub(super) fn insert(
        &mut self,
        side: Side,
        pivot: Place,
        value: Element<'_>,
        limits: ListLimits,
    ) {
        let index = pivot.node;
        let offset = pivot.offset + usize::from(side == Side::After);
        let len = value.byte_len();
        let has_room = |node: Option<&Node>| node.is_some_and(|n| n.has_room_for(len, limits));
        let before = index.checked_sub(1);
        let at_head = offset == 0;
        let at_tail = offset == self.nodes[index].count();
        self.len += 1;
        if has_room(self.nodes.get(index)) {
            self.nodes[index].edit(|list| insert_at(list, offset, value));
        } else if at_tail && has_room(self.nodes.get(index + 1)) {
            self.nodes[index + 1].edit(|list| list.push_front(value));
        } else if let Some(before) = before.filter(|&n| at_head && has_room(self.nodes.get(n))) {
            self.nodes[before].edit(|list| list.push_back(value));
        } else if at_head || at_tail || limits.makes_plain(len) {
            self.split(index, offset);
            let new = if at_head { index } else { index + 1 };
            self.nodes.insert(new, Node::of(value, limits));
        } else {
            self.insert_splitting(
                side,
                Place {
                    node: index,
                    offset,
                },
                value,
                limits,
            );
        }
        self.settle(index.saturating_sub(2)..index + 4, limits);
        self.settle_ends(limits);
    }

    /// Splits the node at `gap` and adds `value` to the half where the pivot is not.
    fn insert_splitting(&mut self, side: Side, gap: Place, value: Element<'_>, limits: ListLimits) {
        let index = gap.node;
        self.split(index, gap.offset);
        match side {
            Side::Before => {
                self.nodes[index].edit(|list| list.push_back(value));
                self.merge_around(index + 1, limits);
            }
            Side::After => {
                self.nodes[index + 1].edit(|list| list.push_front(value));
                self.merge_around(index, limits);
            }
        }
    }

    /// Moves the elements from number `offset` on to a new node behind; nothing to do at the ends.
    fn split(&mut self, index: usize, offset: usize) {
        let node = &mut self.nodes[index];
        if offset == 0 || offset >= node.count() {
            return;
        }
        let tail = node.edit(|list| list.split_off(offset));
        self.nodes.insert(index + 1, Node::packed(tail));
    }

    /// Merges the nodes near `center` with each other where two fit into one.
    fn merge_around(&mut self, center: usize, limits: ListLimits) {
        let mut center = center;
        if center >= 2 && self.merge(center - 2, limits) {
            center -= 1;
        }
        self.merge(center + 1, limits);
        if center >= 1 && self.merge(center - 1, limits) {
            center -= 1;
        }
        self.merge(center, limits);
    }

    /// Moves the elements of the node behind `index` into it if that is allowed; true when it was.
    fn merge(&mut self, index: usize, limits: ListLimits) -> bool {
        let (Some(node), Some(behind)) = (self.nodes.get(index), self.nodes.get(index + 1)) else {
            return false;
        };
        if !node.may_merge(behind, limits) {
            return false;
        }
        let tail = self.nodes[index + 1].take_listpack();
        self.nodes[index].edit(|list| list.append(&tail));
        self.nodes.remove(index + 1);
        true
    }

    /// Removes the elements in `range`.
    pub(super) fn remove_range(&mut self, range: Range<usize>, limits: ListLimits) {
        if !range.is_empty() {
            self.remove_range_at(self.locate(range.start), range.len(), limits);
        }
    }

    fn remove_range_at(&mut self, place: Place, count: usize, limits: ListLimits) {
        let (mut index, mut offset, mut left) = (place.node, place.offset, count);
        let mut emptied = index..index;
        self.len -= count;
        while left > 0 {
            let node = &mut self.nodes[index];
            let here = left.min(node.count() - offset);
            if here == node.count() {
                emptied = if emptied.is_empty() {
                    index..index + 1
                } else {
                    emptied.start..index + 1
                };
            } else {
                node.edit(|list| list.remove_range(offset, here));
            }
            (index, offset, left) = (index + 1, 0, left - here);
        }
        let start = emptied.start;
        self.nodes.drain(emptied);
        self.settle(start.saturating_sub(1)..start + 3, limits);
        self.settle_ends(limits);
    }

    /// Removes up to `count` elements equal to `value`, searching from `from`; returns how many.
    pub(super) fn remove_equal(
        &mut self,
        value: Element<'_>,
        count: usize,
        from: End,
        limits: ListLimits,
    ) -> usize {
        let mut left = count;
        let nodes = self.nodes.len();
        for step in 0..nodes {
            let index = match from {
                End::Head => step,
                End::Tail => nodes - 1 - step,
            };
            left -= self.remove_equal_in(index, value, left, from, limits);
            if left == 0 {
                break;
            }
        }
        self.len -= count - left;
        self.nodes.retain(|node| node.count() > 0);
        self.settle_ends(limits);
        count - left
    }

    fn remove_equal_in(
        &mut self,
        index: usize,
        value: Element<'_>,
        count: usize,
        from: End,
        limits: ListLimits,
    ) -> usize {
        let node = &mut self.nodes[index];
        // Looking first spares a compressed node without a match from being expanded for good.
        let Some(list) = node.listpack() else {
            let Node::Plain(element) = node else {
                unreachable!("only a plain node has no listpack");
            };
            let found = Element::Bytes(&element.0) == value;
            if found {
                *node = Node::packed(Listpack::new());
            }
            return usize::from(found);
        };
        if !list.iter().any(|element| element == value) {
            return 0;
        }
        let removed = node.edit(|list| remove_equal(list, value, count, from));
        self.settle(index..index + 1, limits);
        removed
    }
}

/// Inserts `value` so that it is the element number `index`, which is the length at most.
pub(super) fn insert_at(list: &mut Listpack, index: usize, value: Element<'_>) {
    match list.seek(index) {
        Some(position) => list.insert_before(position, value),
        None => list.push_back(value),
    }
}

/// Removes up to `count` elements equal to `value`, searching from `from`; returns how many.
pub(super) fn remove_equal(
    list: &mut Listpack,
    value: Element<'_>,
    count: usize,
    from: End,
) -> usize {
    let mut removed = 0;
    let mut at = match from {
        End::Head => list.first(),
        End::Tail => list.last(),
    };
    while let Some(position) = at.filter(|_| removed < count) {
        let found = list.get(position) == value;
        removed += usize::from(found);
        at = match (from, found) {
            (End::Head, true) => list.remove(position),
            (End::Head, false) => list.next(position),
            (End::Tail, _) => {
                let before = list.previous(position);
                if found {
                    list.remove(position);
                }
                before
            }
        };
    }
    removed
}
