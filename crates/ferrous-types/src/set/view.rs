//! All members: for commands, for SCAN and for the RDB codec.

use std::iter::FusedIterator;

use super::{Repr, Set, SetLimits};
use crate::element::Element;
use crate::hash::Seed;
use crate::intset::{self, IntSet};
use crate::listpack::{self, Listpack};
use crate::packed::{PackedError, check_distinct};
use crate::record::Record;
use crate::table;

/// How a set is stored.
pub enum SetRepr<'a> {
    /// As an intset.
    Ints(&'a IntSet),
    /// As a listpack of members.
    Packed(&'a Listpack),
    /// As a hashtable: its members.
    Hashed(Iter<'a>),
}

impl Set {
    /// All members, as they are stored.
    pub fn iter(&self) -> Iter<'_> {
        Iter(match self.view() {
            Repr::Ints(ints) => Members::Ints(ints.iter()),
            Repr::Packed(list) => Members::Packed(list.iter()),
            Repr::Hashed(members) => Members::Hashed(members.table.iter()),
        })
    }

    /// Visits some members and returns the cursor to go on from, or 0 when all were visited. Begin
    /// with 0. A member present from the first call to the last is visited.
    pub fn scan(&self, cursor: u64, mut visit: impl FnMut(Element<'_>)) -> u64 {
        if let Repr::Hashed(members) = self.view() {
            return members
                .table
                .scan(cursor, |member| visit(Element::Bytes(member)));
        }
        self.iter().for_each(visit);
        0
    }

    /// The memory behind the handle, in bytes. Of a hashtable, `samples` members stand for all; 0
    /// looks at each.
    pub fn heap_bytes(&self, samples: usize) -> usize {
        match self.view() {
            Repr::Ints(ints) => ints.heap_bytes(),
            Repr::Packed(list) => list.heap_bytes(),
            Repr::Hashed(members) => {
                let records = Record::heap_bytes_of(&members.table, samples);
                size_of_val(members) + members.table.heap_bytes() + records
            }
        }
    }

    /// How the set is stored.
    pub fn repr(&self) -> SetRepr<'_> {
        match self.view() {
            Repr::Ints(ints) => SetRepr::Ints(ints),
            Repr::Packed(list) => SetRepr::Packed(list),
            Repr::Hashed(_) => SetRepr::Hashed(self.iter()),
        }
    }

    /// The set of the integers of `ints`, in the encoding that the limits allow.
    pub fn from_ints(ints: IntSet, limits: &SetLimits, seed: Seed) -> Self {
        let fits = ints.len() <= limits.ints_max();
        let mut set = Self::of_ints(ints);
        if !fits {
            set.hash_members(seed);
        }
        set
    }

    /// The set of the elements of `list`, in the encoding that the limits allow. O(n log n).
    ///
    /// # Errors
    /// When two elements are equal.
    pub fn from_listpack(
        list: Listpack,
        limits: &SetLimits,
        seed: Seed,
    ) -> Result<Self, PackedError> {
        check_distinct(list.iter())?;
        let fits = list.len() <= limits.listpack_entries;
        let mut set = Self::of_list(list);
        if !fits {
            set.hash_members(seed);
        }
        Ok(set)
    }
}

impl<'a> IntoIterator for &'a Set {
    type Item = Element<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// The members of a set.
pub struct Iter<'a>(Members<'a>);

enum Members<'a> {
    Ints(intset::Iter<'a>),
    Packed(listpack::Iter<'a>),
    Hashed(table::Iter<'a, Record>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        match &mut self.0 {
            Members::Ints(ints) => ints.next().map(Element::Int),
            Members::Packed(list) => list.next(),
            Members::Hashed(members) => members.next().map(Element::Bytes),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Members::Ints(ints) => ints.size_hint(),
            Members::Packed(list) => list.size_hint(),
            Members::Hashed(members) => members.size_hint(),
        }
    }
}

impl FusedIterator for Iter<'_> {}
