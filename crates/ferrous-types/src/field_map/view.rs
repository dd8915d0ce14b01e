//! All fields: for commands, for SCAN and for the RDB codec.

use std::iter::FusedIterator;

use super::pair::Pair;
use super::{Hash, HashLimits, Hashed, Packed, Repr, live};
use crate::element::Element;
use crate::hash::Seed;
use crate::listpack::{self, Listpack};
use crate::packed::{PackedError, check_distinct};
use crate::record::Record;
use crate::table;

/// One field of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<'a> {
    /// What it is called.
    pub name: Element<'a>,
    /// Its value.
    pub value: Element<'a>,
    /// The Unix time in milliseconds past which it expires, if it does.
    pub expires_at_ms: Option<i64>,
}

impl<'a> From<Pair<'a>> for Field<'a> {
    fn from(pair: Pair<'a>) -> Self {
        Self {
            name: Element::Bytes(pair.name),
            value: Element::Bytes(pair.value),
            expires_at_ms: pair.expires_at_ms,
        }
    }
}

/// How a hash is stored.
pub enum HashRepr<'a> {
    /// As a listpack of names and values in turn.
    Packed(&'a Listpack),
    /// As a hashtable: its fields, expired ones included.
    Hashed(Iter<'a>),
}

impl Hash {
    /// The fields that have not expired, as they are stored.
    pub fn iter(&self, now_ms: i64) -> Iter<'_> {
        let fields = match self.0.view() {
            Packed(list) => Fields::Packed(list.iter()),
            Hashed(fields) => Fields::Hashed(fields.table.iter()),
        };
        Iter { fields, now_ms }
    }

    /// Visits some fields and returns the cursor to go on from, or 0 when all were visited. Begin
    /// with 0. A field present from the first call to the last is visited.
    pub fn scan(&self, cursor: u64, now_ms: i64, mut visit: impl FnMut(Field<'_>)) -> u64 {
        match self.0.view() {
            Hashed(fields) => fields.table.scan(cursor, |record| {
                if let Some(pair) = live(Some(Pair::of(record)), now_ms) {
                    visit(pair.into());
                }
            }),
            Packed(_) => {
                self.iter(now_ms).for_each(visit);
                0
            }
        }
    }

    /// The memory behind the handle, in bytes. Of a hashtable, `samples` fields stand for all; 0
    /// looks at each.
    pub fn heap_bytes(&self, samples: usize) -> usize {
        match self.0.view() {
            Packed(list) => list.heap_bytes(),
            Hashed(fields) => {
                let records = Record::heap_bytes_of(&fields.table, samples);
                size_of_val(&**fields) + fields.heap_bytes() + records
            }
        }
    }

    /// How the hash is stored.
    pub fn repr(&self) -> HashRepr<'_> {
        match self.0.view() {
            Packed(list) => HashRepr::Packed(list),
            Hashed(_) => HashRepr::Hashed(self.iter(i64::MIN)),
        }
    }

    /// The hash of the names and values in turn in `list`, in the encoding that the limits allow.
    /// O(n log n).
    ///
    /// # Errors
    /// When a name is there twice, or the last one has no value.
    pub fn from_listpack(
        list: Listpack,
        limits: &HashLimits,
        seed: Seed,
    ) -> Result<Self, PackedError> {
        let len = list.len();
        if !len.is_multiple_of(2) {
            return Err(PackedError::OddLength);
        }
        check_distinct(list.iter().step_by(2))?;
        let mut hash = Self(Repr::first(list));
        hash.prepare_for(len / 2, limits, seed);
        Ok(hash)
    }
}

/// The fields of a hash that have not expired.
pub struct Iter<'a> {
    fields: Fields<'a>,
    now_ms: i64,
}

enum Fields<'a> {
    Packed(listpack::Iter<'a>),
    Hashed(table::Iter<'a, Record>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        match &mut self.fields {
            Fields::Packed(list) => {
                let (name, value) = (list.next()?, list.next()?);
                Some(Field {
                    name,
                    value,
                    expires_at_ms: None,
                })
            }
            Fields::Hashed(records) => records
                .find_map(|record| live(Some(Pair::of(record)), self.now_ms))
                .map(Field::from),
        }
    }
}

impl FusedIterator for Iter<'_> {}
