//! Reading a range of members, whatever the encoding.

use super::{Entry, packed, tree};

/// Members in order, from both ends.
#[derive(Clone)]
pub struct Iter<'a>(pub(super) EitherIter<'a>);

#[derive(Clone)]
pub(super) enum EitherIter<'a> {
    Packed(packed::Iter<'a>),
    Indexed(tree::Iter<'a>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        match &mut self.0 {
            EitherIter::Packed(iter) => iter.next(),
            EitherIter::Indexed(iter) => iter.next().map(Entry::of),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            EitherIter::Packed(iter) => iter.size_hint(),
            EitherIter::Indexed(iter) => iter.size_hint(),
        }
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            EitherIter::Packed(iter) => iter.next_back(),
            EitherIter::Indexed(iter) => iter.next_back().map(Entry::of),
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}
