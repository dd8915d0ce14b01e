//! Walking a listpack, both ways.

use std::iter::FusedIterator;

use super::encoding::{backlen_len, decode, read_backlen};
use crate::element::Element;

/// The elements of a listpack in order, from both ends.
#[derive(Clone)]
pub struct Iter<'a> {
    /// All bytes of the listpack.
    bytes: &'a [u8],
    /// Offset of the first entry not yet given.
    front: usize,
    /// Offset behind the last entry not yet given.
    back: usize,
}

impl<'a> Iter<'a> {
    pub(super) fn new(bytes: &'a [u8], front: usize, back: usize) -> Self {
        Self { bytes, front, back }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        if self.front == self.back {
            return None;
        }
        let (element, len) = decode(&self.bytes[self.front..]);
        self.front += len + backlen_len(len);
        Some(element)
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.front == self.back {
            return None;
        }
        self.back = previous_entry(self.bytes, self.back);
        Some(decode(&self.bytes[self.back..]).0)
    }
}

impl FusedIterator for Iter<'_> {}

/// The offset of the entry that ends before byte `end`.
pub(super) fn previous_entry(bytes: &[u8], end: usize) -> usize {
    let len = read_backlen(bytes, end).expect("a listpack's backlens are validated");
    end - len - backlen_len(len)
}
