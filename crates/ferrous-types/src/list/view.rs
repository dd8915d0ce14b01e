//! The inside of a list for the RDB codec: how it is stored, and how it is restored.

use std::collections::vec_deque;

use super::node::Node;
use super::{List, ListLimits};
use crate::listpack::Listpack;
use crate::word::Either;

/// How a list is stored.
pub enum ListRepr<'a> {
    /// As one listpack.
    Packed(&'a Listpack),
    /// As nodes, in order.
    Nodes(Nodes<'a>),
}

/// How one node of a quicklist is stored.
pub enum NodeView<'a> {
    /// As a listpack.
    Packed(&'a Listpack),
    /// As the LZF stream of the bytes of a listpack.
    Compressed {
        /// The length of the listpack in bytes.
        len: usize,
        /// The stream.
        stream: &'a [u8],
    },
    /// As one element by itself.
    Plain(&'a [u8]),
}

/// The nodes of a quicklist from head to tail.
pub struct Nodes<'a>(vec_deque::Iter<'a, Node>);

impl<'a> Iterator for Nodes<'a> {
    type Item = NodeView<'a>;

    fn next(&mut self) -> Option<NodeView<'a>> {
        self.0.next().map(view)
    }

    /// O(1), so that a codec can go on where it stopped.
    fn nth(&mut self, n: usize) -> Option<NodeView<'a>> {
        self.0.nth(n).map(view)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Nodes<'_> {}

fn view(node: &Node) -> NodeView<'_> {
    match node {
        Node::Packed { list, .. } => NodeView::Packed(list),
        Node::Compressed { list, .. } => {
            let (len, stream) = list.parts();
            NodeView::Compressed { len, stream }
        }
        Node::Plain(element) => NodeView::Plain(&element.0),
    }
}

/// A node to build a list from.
pub enum ListNode {
    /// Elements in a listpack.
    Packed(Listpack),
    /// One element by itself.
    Plain(Vec<u8>),
}

impl List {
    /// How the list is stored.
    pub fn repr(&self) -> ListRepr<'_> {
        match self.0.view() {
            Either::First(list) => ListRepr::Packed(list),
            Either::Second(nodes) => ListRepr::Nodes(Nodes(nodes.nodes.iter())),
        }
    }

    /// Adds a node as it is behind the last element; call
    /// [`finish_loading`](Self::finish_loading) after the last one.
    pub fn append_node(&mut self, node: ListNode, limits: ListLimits) {
        let node = match node {
            ListNode::Packed(list) if list.is_empty() => return,
            ListNode::Packed(list) => Node::packed(list),
            ListNode::Plain(bytes) => Node::plain(bytes),
        };
        self.nodes_mut(limits).append_node(node, limits);
    }

    /// Chooses the encoding of a list built by [`append_node`](Self::append_node).
    pub fn finish_loading(&mut self, limits: ListLimits) {
        self.pack_if_allowed(limits, false);
    }
}
