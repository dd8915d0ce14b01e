//! A list of byte strings with cheap ends.
//!
//! A small list is one listpack; a larger one is a quicklist, a deque of listpacks of bounded size in
//! which a huge element has a node of its own, and in which the nodes far from both ends may be
//! compressed. The encoding follows Redis 7.2 and Valkey: a list grows into a quicklist when its
//! listpack would exceed the limit of a node, and shrinks back when it is one node again and at most
//! half as large.
//!
//! Costs: the ends O(1); an element by number O(nodes) over 16 bytes per node; by value O(n).

mod edit;
mod limits;
mod node;
mod quicklist;
mod view;

use std::mem;
use std::ops::{ControlFlow, Range};

use crate::element::Element;
use crate::listpack::Listpack;
use crate::word::Either::{First as Packed, Second as Nodes};
use crate::word::{Boxed, OneOf, Word};
use edit::{insert_at, remove_equal};
use node::{Node, visit_listpack};
use quicklist::Quicklist;

pub use limits::ListLimits;
pub use view::{ListNode, ListRepr, NodeView};

/// One of the two ends of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Where element number 0 is: `LEFT`.
    Head,
    /// Where the last element is: `RIGHT`.
    Tail,
}

/// On which side of the pivot `LINSERT` inserts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `BEFORE`
    Before,
    /// `AFTER`
    After,
}

/// A list of byte strings. See the module's description.
///
/// What changes it takes the configured limits, which decide its encoding.
#[derive(Clone)]
#[repr(transparent)]
pub struct List(Repr);

type Repr = OneOf<Listpack, Boxed<Quicklist>>;

#[allow(unsafe_code, reason = "a list is one pointer")]
// SAFETY: it is what its only field is.
unsafe impl Word for List {
    const TAGS: u8 = Repr::TAGS;
}

impl List {
    /// An empty list.
    pub fn new() -> Self {
        Self(Repr::first(Listpack::new()))
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        match self.0.view() {
            Packed(list) => list.len(),
            Nodes(nodes) => nodes.len,
        }
    }

    /// True when there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `OBJECT ENCODING` says.
    pub fn encoding(&self) -> &'static str {
        match self.0.view() {
            Packed(_) => "listpack",
            Nodes(_) => "quicklist",
        }
    }

    /// The memory behind the handle, in bytes. O(nodes).
    pub fn heap_bytes(&self) -> usize {
        match self.0.view() {
            Packed(list) => list.heap_bytes(),
            Nodes(nodes) => size_of::<Quicklist>() + nodes.heap_bytes(),
        }
    }

    /// Adds `values` one after the other at `end`; at the head, the last one comes first.
    pub fn push<'a, I>(&mut self, end: End, values: I, limits: ListLimits)
    where
        I: IntoIterator<Item = &'a [u8], IntoIter: Clone>,
    {
        let values = values.into_iter();
        // The encoding is chosen once for all of them.
        let (bytes, count) = values.clone().fold((0_usize, 0), |(bytes, count), value| {
            (bytes.saturating_add(value.len()), count + 1)
        });
        self.grow_for(bytes, count, limits);
        for value in values.map(Element::from) {
            match (self.0.view_mut(), end) {
                (Packed(list), End::Head) => list.push_front(value),
                (Packed(list), End::Tail) => list.push_back(value),
                (Nodes(nodes), end) => nodes.push(end, value, limits),
            }
        }
    }

    /// Removes the element at `end`, after `take` has seen it.
    pub fn pop<R>(
        &mut self,
        end: End,
        limits: ListLimits,
        take: impl FnOnce(Element<'_>) -> R,
    ) -> Option<R> {
        match self.0.view_mut() {
            Packed(list) => {
                let position = match end {
                    End::Head => list.first(),
                    End::Tail => list.last(),
                }?;
                let result = take(list.get(position));
                list.remove(position);
                Some(result)
            }
            Nodes(nodes) => {
                let result = nodes.pop(end, limits, take);
                self.shrink(limits);
                result
            }
        }
    }

    /// Gives the element number `index` to `take`.
    pub fn get<R>(&self, index: usize, take: impl FnOnce(Element<'_>) -> R) -> Option<R> {
        if index >= self.len() {
            return None;
        }
        let mut take = Some(take);
        let found = self.visit(index..index + 1, End::Head, |element| {
            take.take().map_or(ControlFlow::Continue(()), |take| {
                ControlFlow::Break(take(element))
            })
        });
        found.break_value()
    }

    /// Puts `value` in the place of the element number `index`; false when there is none.
    pub fn set(&mut self, index: usize, value: &[u8], limits: ListLimits) -> bool {
        // As in Redis, the encoding makes room for the value before the element is looked for.
        self.grow_for(value.len(), 1, limits);
        if index >= self.len() {
            return false;
        }
        match self.0.view_mut() {
            Packed(list) => {
                let position = list.seek(index).expect("the index is below the length");
                list.replace(position, value);
            }
            Nodes(nodes) => {
                let place = nodes.locate(index);
                nodes.replace(place, value.into(), limits);
                self.shrink(limits);
            }
        }
        true
    }

    /// Inserts `value` beside the first element equal to `pivot`; false when there is none.
    pub fn insert(&mut self, side: Side, pivot: &[u8], value: &[u8], limits: ListLimits) -> bool {
        // As in Redis, the encoding makes room for the value before the pivot is looked for.
        self.grow_for(value.len(), 1, limits);
        let Some(index) = self.find_first(pivot) else {
            return false;
        };
        match self.0.view_mut() {
            Packed(list) => {
                insert_at(list, index + usize::from(side == Side::After), value.into());
            }
            Nodes(nodes) => {
                let pivot = nodes.locate(index);
                nodes.insert(side, pivot, value.into(), limits);
            }
        }
        true
    }

    /// Removes up to `count` elements equal to `value`, searching from `from`; returns how many.
    pub fn remove(&mut self, value: &[u8], count: usize, from: End, limits: ListLimits) -> usize {
        let value = Element::from(value);
        match self.0.view_mut() {
            Packed(list) => remove_equal(list, value, count, from),
            Nodes(nodes) => {
                let removed = nodes.remove_equal(value, count, from, limits);
                if removed > 0 {
                    self.shrink(limits);
                }
                removed
            }
        }
    }

    /// Removes the elements numbered in `range`, as far as there are such.
    pub fn remove_range(&mut self, range: Range<usize>, limits: ListLimits) {
        let range = self.clamp(range);
        self.remove_valid_range(range, limits);
        self.shrink(limits);
    }

    /// Keeps only the elements numbered in `range`.
    pub fn trim(&mut self, range: Range<usize>, limits: ListLimits) {
        let kept = self.clamp(range);
        self.remove_valid_range(kept.end..self.len(), limits);
        self.remove_valid_range(0..kept.start, limits);
        self.shrink(limits);
    }

    /// Calls `visit` with the elements numbered in `range`, beginning with the one nearest `from`,
    /// until it breaks.
    pub fn visit<B>(
        &self,
        range: Range<usize>,
        from: End,
        mut visit: impl FnMut(Element<'_>) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let range = self.clamp(range);
        match self.0.view() {
            _ if range.is_empty() => ControlFlow::Continue(()),
            Packed(list) => visit_listpack(list, range, from, &mut visit),
            Nodes(nodes) => nodes.visit(range, from, &mut visit),
        }
    }

    /// Calls `use_element` with all elements numbered in `range`, from the head on.
    pub fn for_each(&self, range: Range<usize>, use_element: impl FnMut(Element<'_>)) {
        self.for_each_from(range, End::Head, use_element);
    }

    /// Calls `use_element` with all elements numbered in `range`, beginning with the one nearest `from`.
    pub fn for_each_from(
        &self,
        range: Range<usize>,
        from: End,
        mut use_element: impl FnMut(Element<'_>),
    ) {
        let all = self.visit(range, from, |element| {
            use_element(element);
            ControlFlow::<()>::Continue(())
        });
        debug_assert!(all.is_continue(), "nothing breaks");
    }

    /// Calls `found` with the number of each element equal to `value`, until it breaks; looks at
    /// no more than `compared_max` elements, beginning at `from`.
    pub fn find(
        &self,
        value: &[u8],
        from: End,
        compared_max: usize,
        mut found: impl FnMut(usize) -> ControlFlow<()>,
    ) {
        let (value, len) = (Element::from(value), self.len());
        let compared = compared_max.min(len);
        let range = match from {
            End::Head => 0..compared,
            End::Tail => len - compared..len,
        };
        let mut seen = 0;
        let _stopped = self.visit(range, from, |element| {
            seen += 1;
            if element != value {
                return ControlFlow::Continue(());
            }
            found(match from {
                End::Head => seen - 1,
                End::Tail => len - seen,
            })
        });
    }

    fn find_first(&self, value: &[u8]) -> Option<usize> {
        let mut first = None;
        self.find(value, End::Head, usize::MAX, |index| {
            first = Some(index);
            ControlFlow::Break(())
        });
        first
    }

    fn clamp(&self, range: Range<usize>) -> Range<usize> {
        let end = range.end.min(self.len());
        range.start.min(end)..end
    }

    fn remove_valid_range(&mut self, range: Range<usize>, limits: ListLimits) {
        match self.0.view_mut() {
            Packed(list) => {
                list.remove_range(range.start, range.len());
            }
            Nodes(nodes) => nodes.remove_range(range, limits),
        }
    }

    /// Becomes a quicklist when a listpack would have no room for so many bytes and elements more, or maybe one of them
    /// is to have a node of its own.
    fn grow_for(&mut self, bytes: usize, count: usize, limits: ListLimits) {
        if let Packed(list) = self.0.view_mut()
            && (limits.makes_plain(bytes)
                || limits.exceeded_by(list.byte_len().saturating_add(bytes), list.len() + count))
        {
            self.nodes_mut(limits);
        }
    }

    /// The nodes, after becoming a quicklist if need be.
    fn nodes_mut(&mut self, limits: ListLimits) -> &mut Quicklist {
        if let Packed(list) = self.0.view_mut() {
            let mut nodes = Quicklist::default();
            if !list.is_empty() {
                nodes.append_node(Node::packed(mem::take(list)), limits);
            }
            self.0 = Repr::second(Boxed::new(nodes));
        }
        match self.0.view_mut() {
            Nodes(nodes) => nodes,
            Packed(_) => unreachable!("it has just become a quicklist"),
        }
    }

    /// Becomes a listpack again when that is all that is left, and small enough.
    fn shrink(&mut self, limits: ListLimits) {
        self.pack_if_allowed(limits, true);
    }

    fn pack_if_allowed(&mut self, limits: ListLimits, shrank: bool) {
        if let Nodes(nodes) = self.0.view_mut()
            && nodes.nodes.len() <= 1
        {
            match nodes.nodes.front_mut() {
                None => *self = Self::new(),
                Some(node) => {
                    if !node.is_plain()
                        && limits.allow_listpack(node.byte_len(), node.count(), shrank)
                    {
                        self.0 = Repr::first(node.take_listpack());
                    }
                }
            }
        }
    }
}

impl Default for List {
    fn default() -> Self {
        Self::new()
    }
}
