//! A block of entries: one listpack, in the format of Redis and its RDB files.
//!
//! ```text
//! live | deleted | n | n field names | 0                              the master entry
//! flags | ms | seq | n values | elements before this one              same fields as the master
//! flags | ms | seq | m | m times name, value | elements before this   other fields
//! ```
//!
//! `ms` and `seq` are differences from the block's identifier, its base, which is kept outside. Flag 1 says
//! that the entry is deleted, flag 2 that its fields are the master's, which are those of the first
//! entry. The last number of an entry lets a reader walk backwards; the master's 0 stops it.

use crate::element::Element;
use crate::listpack::{self, Listpack, Position};

use super::id::StreamId;

pub(super) const DELETED: i64 = 1;
pub(super) const SAME_FIELDS: i64 = 2;

/// Elements of an entry besides fields and values: flags, two deltas, and the number at its end.
pub(super) const HEAD_LEN: usize = 3;

/// Elements before the names of the master entry.
const COUNTS_LEN: usize = 3;

#[derive(Clone)]
pub(super) struct Block(Listpack);

/// An entry within a block.
pub(super) struct Found<'a> {
    pub(super) id: StreamId,
    pub(super) deleted: bool,
    pub(super) fields: Fields<'a>,
}

/// Something that lists fields with their values, more than once.
pub(super) trait FieldList<'f>: Iterator<Item = (&'f [u8], &'f [u8])> + Clone {}

impl<'f, I: Iterator<Item = (&'f [u8], &'f [u8])> + Clone> FieldList<'f> for I {}

impl Block {
    /// A block without entries whose master entry has these fields.
    pub(super) fn new<'f>(fields: impl FieldList<'f>) -> Self {
        let mut list = Listpack::new();
        list.push_back(0);
        list.push_back(0);
        list.push_back(fields.clone().count() as i64);
        for (name, _) in fields {
            list.push_back(name);
        }
        list.push_back(0);
        Self(list)
    }

    /// Wraps a listpack that was found to be a block.
    pub(super) fn from_checked(list: Listpack) -> Self {
        Self(list)
    }

    pub(super) fn listpack(&self) -> &Listpack {
        &self.0
    }

    /// Live and deleted entries.
    pub(super) fn counts(&self) -> (u64, u64) {
        let mut elements = self.0.iter();
        let mut count = || elements.next().and_then(Element::as_int).unwrap_or(0) as u64;
        (count(), count())
    }

    /// Adds an entry behind the last one.
    pub(super) fn append<'f>(&mut self, delta: (i64, i64), fields: impl FieldList<'f>) {
        let same_fields = self.has_fields(fields.clone());
        let flags = if same_fields { SAME_FIELDS } else { 0 };
        for head in [flags, delta.0, delta.1] {
            self.0.push_back(head);
        }
        let mut elements = HEAD_LEN;
        if !same_fields {
            self.0.push_back(fields.clone().count() as i64);
            elements += 1;
        }
        for (name, value) in fields {
            if !same_fields {
                self.0.push_back(name);
                elements += 1;
            }
            self.0.push_back(value);
            elements += 1;
        }
        self.0.push_back(elements as i64);
        let (live, deleted) = self.counts();
        self.set_counts(live + 1, deleted);
    }

    /// True when the master entry has exactly these fields, in this order.
    fn has_fields<'f>(&self, fields: impl FieldList<'f>) -> bool {
        let (names, count) = self.master_names();
        names
            .take(count)
            .eq(fields.map(|(name, _)| Element::from(name)))
    }

    /// The elements from the first of the master's names on, and how many names there are.
    fn master_names(&self) -> (listpack::Iter<'_>, usize) {
        let mut elements = self.0.iter();
        let count = elements.nth(COUNTS_LEN - 1).and_then(Element::as_int);
        (elements, count.unwrap_or(0) as usize)
    }

    fn set_counts(&mut self, live: u64, deleted: u64) {
        let first = self.0.first().expect("a block begins with two counts");
        self.0.replace(first, live as i64);
        let second = self.0.next(first).expect("a block begins with two counts");
        self.0.replace(second, deleted as i64);
    }

    /// Where the first entry is.
    pub(super) fn first_entry(&self) -> Option<Position> {
        let (_, names) = self.master_names();
        self.skip(self.0.first()?, COUNTS_LEN + names + 1)
    }

    /// Where the last entry is.
    pub(super) fn last_entry(&self) -> Option<Position> {
        self.entry_before(self.0.last()?)
    }

    /// Where the entry begins whose last element is at `end`; the master entry does not count.
    fn entry_before(&self, end: Position) -> Option<Position> {
        let elements = self.int(end);
        (elements > 0).then_some(())?;
        (0..elements).try_fold(end, |at, _| self.0.previous(at))
    }

    /// Where the entry before the one at `at` is.
    pub(super) fn previous_entry(&self, at: Position) -> Option<Position> {
        self.entry_before(self.0.previous(at)?)
    }

    /// Where the entry behind the one at `at` is.
    pub(super) fn next_entry(&self, at: Position) -> Option<Position> {
        let after_head = self.skip(at, HEAD_LEN)?;
        let fields = if self.int(at) & SAME_FIELDS == 0 {
            1 + 2 * self.int(after_head) as usize
        } else {
            self.master_names().1
        };
        self.skip(after_head, fields + 1)
    }

    /// The entry at `at` of the block with this base.
    pub(super) fn entry(&self, base: StreamId, at: Position) -> Found<'_> {
        let mut elements = self.0.iter_from(at);
        let mut int = || elements.next().and_then(Element::as_int).unwrap_or(0);
        let flags = int();
        let id = base.at_delta((int(), int()));
        let fields = if flags & SAME_FIELDS == 0 {
            let left = int() as usize;
            Fields {
                names: None,
                elements,
                left,
            }
        } else {
            let (names, left) = self.master_names();
            Fields {
                names: Some(names),
                elements,
                left,
            }
        };
        Found {
            id,
            deleted: flags & DELETED != 0,
            fields,
        }
    }

    /// The identifier of the last entry, deleted or not.
    pub(super) fn last_id(&self, base: StreamId) -> StreamId {
        self.last_entry().map_or(base, |at| self.entry(base, at).id)
    }

    /// Marks entries as deleted, without counting them.
    pub(super) fn mark_deleted(&mut self, at: Position) {
        let flags = self.int(at);
        self.0.replace(at, flags | DELETED);
    }

    /// Counts `n` entries that were marked as deleted.
    pub(super) fn count_deleted(&mut self, n: u64) {
        let (live, deleted) = self.counts();
        self.set_counts(live - n, deleted + n);
    }

    fn skip(&self, from: Position, elements: usize) -> Option<Position> {
        (0..elements).try_fold(from, |at, _| self.0.next(at))
    }

    fn int(&self, at: Position) -> i64 {
        self.0.get(at).as_int().unwrap_or(0)
    }
}

/// The fields of an entry with their values, in order.
#[derive(Clone)]
pub struct Fields<'a> {
    /// The master's names, when the entry does not bring its own.
    names: Option<listpack::Iter<'a>>,
    elements: listpack::Iter<'a>,
    left: usize,
}

impl<'a> Iterator for Fields<'a> {
    type Item = (Element<'a>, Element<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let name = match &mut self.names {
            Some(names) => names.next()?,
            None => self.elements.next()?,
        };
        Some((name, self.elements.next()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Fields<'_> {}
