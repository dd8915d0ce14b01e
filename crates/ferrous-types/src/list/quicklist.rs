//! The large form of a list: a deque of nodes.
//!
//! The nodes stand side by side with their number of elements, so an element is found by its number
//! at the cost of a sequential walk over 16 bytes per node, without touching the nodes themselves.
//!
//! With a compress depth of `d`, the `d` nodes at either end are never compressed and those between
//! are where it pays, except that a node stays as it was when the depth changes until it is touched
//! again: every reader copes with both.

use std::collections::VecDeque;
use std::ops::{ControlFlow, Range};

use super::node::Node;
use super::{End, ListLimits};
use crate::element::Element;

/// A deque of nodes, none of which is empty.
#[derive(Clone, Default)]
pub(super) struct Quicklist {
    pub(super) nodes: VecDeque<Node>,
    /// The number of elements in all nodes.
    pub(super) len: usize,
}

/// Where an element is: the node's number, and the element's number within it.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) node: usize,
    pub(super) offset: usize,
}

impl Quicklist {
    pub(super) fn heap_bytes(&self) -> usize {
        let nodes = self.nodes.iter().map(Node::heap_bytes).sum::<usize>();
        nodes + self.nodes.capacity() * size_of::<Node>()
    }

    pub(super) fn push(&mut self, end: End, value: Element<'_>, limits: ListLimits) {
        self.len += 1;
        let node = match end {
            End::Head => self.nodes.front_mut(),
            End::Tail => self.nodes.back_mut(),
        };
        match node.filter(|node| node.has_room_for(value.byte_len(), limits)) {
            Some(node) => node.edit(|list| match end {
                End::Head => list.push_front(value),
                End::Tail => list.push_back(value),
            }),
            None => self.push_node(end, Node::of(value, limits), limits),
        }
    }

    fn push_node(&mut self, end: End, node: Node, limits: ListLimits) {
        match end {
            End::Head => self.nodes.push_front(node),
            End::Tail => self.nodes.push_back(node),
        }
        self.settle_ends(limits);
    }

    /// Adds a whole node of `node.count()` elements behind the last one.
    pub(super) fn append_node(&mut self, node: Node, limits: ListLimits) {
        self.len += node.count();
        self.push_node(End::Tail, node, limits);
    }

    pub(super) fn pop<R>(
        &mut self,
        end: End,
        limits: ListLimits,
        take: impl FnOnce(Element<'_>) -> R,
    ) -> Option<R> {
        let index = match end {
            End::Head => 0,
            End::Tail => self.nodes.len().checked_sub(1)?,
        };
        let node = self.nodes.get_mut(index)?;
        self.len -= 1;
        if let Node::Plain(element) = node {
            let result = take(Element::Bytes(&element.0));
            self.remove_node(index, limits);
            return Some(result);
        }
        let result = node.edit(|list| {
            let position = match end {
                End::Head => list.first(),
                End::Tail => list.last(),
            };
            let position = position.expect("no node of a quicklist is empty");
            let result = take(list.get(position));
            list.remove(position);
            result
        });
        if node.count() == 0 {
            self.remove_node(index, limits);
        }
        Some(result)
    }

    pub(super) fn remove_node(&mut self, index: usize, limits: ListLimits) {
        self.nodes.remove(index);
        self.settle_ends(limits);
    }

    /// Where the element number `index` is, which has to be below the length. O(nodes), from the
    /// nearer end.
    pub(super) fn locate(&self, index: usize) -> Place {
        if index < self.len / 2 {
            let mut offset = index;
            for (node, count) in self.nodes.iter().map(Node::count).enumerate() {
                if offset < count {
                    return Place { node, offset };
                }
                offset -= count;
            }
        } else {
            let mut left = self.len - index;
            for (node, count) in self.nodes.iter().map(Node::count).enumerate().rev() {
                if left <= count {
                    return Place {
                        node,
                        offset: count - left,
                    };
                }
                left -= count;
            }
        }
        unreachable!("the length is the sum of the nodes' counts");
    }

    /// Calls `visit` with the elements in `range`, which is not empty, from one of its ends.
    pub(super) fn visit<B>(
        &self,
        range: Range<usize>,
        from: End,
        visit: &mut impl FnMut(Element<'_>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let (first, last) = (self.locate(range.start), self.locate(range.end - 1));
        let mut visit_node = |index: usize| {
            let node = &self.nodes[index];
            let start = if index == first.node { first.offset } else { 0 };
            let end = if index == last.node {
                last.offset + 1
            } else {
                node.count()
            };
            node.visit(start..end, from, visit)
        };
        match from {
            End::Head => (first.node..=last.node).try_for_each(&mut visit_node),
            End::Tail => (first.node..=last.node).rev().try_for_each(&mut visit_node),
        }
    }

    /// Compresses and expands the nodes about as deep as the compress depth, after nodes came or
    /// went. O(depth).
    pub(super) fn settle_ends(&mut self, limits: ListLimits) {
        if limits.compress_depth > 0 {
            // One edit adds two nodes at most, and moves others inwards by as many.
            let nodes = self.nodes.len();
            let depth = limits.compress_depth.saturating_add(2).min(nodes);
            self.settle(0..depth, limits);
            self.settle(nodes - depth..nodes, limits);
        }
    }

    /// Compresses or expands the nodes in `range` as is due to where they are.
    pub(super) fn settle(&mut self, range: Range<usize>, limits: ListLimits) {
        let (depth, nodes) = (limits.compress_depth, self.nodes.len());
        if depth == 0 {
            return;
        }
        for index in range.start..range.end.min(nodes) {
            let from_end = index.min(nodes - 1 - index);
            if from_end < depth {
                self.nodes[index].expand();
            } else {
                self.nodes[index].compress();
            }
        }
    }
}
