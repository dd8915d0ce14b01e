//! A hash: a map from field names to values, in which a field may have a time to live.
//!
//! Few and short fields are one listpack of names and values in turn. More of them, or longer ones,
//! or any that expires, make it a hashtable, and it stays one. `OBJECT ENCODING` tells.
//!
//! A field expires when the time passes its expiry, in milliseconds. Every operation takes the
//! current time and does as if expired fields were gone, except [`len`](Hash::len), which counts
//! them until they are removed; at the time `i64::MIN` nothing has expired.
//!
//! Costs: O(1) as a hashtable, and O(log n) more where a field expires; O(n) as a listpack.

mod expiry;
mod fields;
mod limits;
mod pair;
mod random;
mod view;

use thiserror::Error;

use crate::element::Element;
use crate::hash::Seed;
use crate::listpack::Listpack;
use crate::word::Either::{First as Packed, Second as Hashed};
use crate::word::{Boxed, OneOf, Word};
use fields::Fields;
use pair::Pair;

pub use expiry::FieldExpiry;
pub use limits::HashLimits;
pub use view::{Field, HashRepr, Iter};

/// A map from field names to values. See the module's description.
#[derive(Clone)]
#[repr(transparent)]
pub struct Hash(Repr);

/// Names and values in turn, none of which expires, or a hashtable.
type Repr = OneOf<Listpack, Boxed<Fields>>;

#[allow(unsafe_code, reason = "a hash is one pointer")]
// SAFETY: it is what its only field is.
unsafe impl Word for Hash {
    const TAGS: u8 = Repr::TAGS;
}

/// Room is made for so many fields at most before they come: how many there will be may be told by who cannot be relied on.
const PREPARED_MAX: usize = 1 << 18;

/// What becomes of a field's expiry when it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewExpiry {
    /// It stays as it is.
    Keep,
    /// The field no longer expires.
    Never,
    /// The field expires past this Unix time in milliseconds.
    At(i64),
}

/// Why a field cannot be incremented.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IncrementError {
    /// The value is no integer.
    #[error("hash value is not an integer")]
    NotAnInteger,
    /// The sum exceeds 64 bits.
    #[error("increment or decrement would overflow")]
    Overflow,
}

impl Hash {
    /// An empty hash.
    pub fn new() -> Self {
        Self(Repr::first(Listpack::new()))
    }

    /// The number of fields, including those that expired but were not removed yet.
    pub fn len(&self) -> usize {
        match self.0.view() {
            Packed(list) => list.len() / 2,
            Hashed(fields) => fields.table.len(),
        }
    }

    /// True when there is no field.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `OBJECT ENCODING` says.
    pub fn encoding(&self) -> &'static str {
        match self.0.view() {
            Packed(_) => "listpack",
            Hashed(_) => "hashtable",
        }
    }

    /// The value of the field called `name`.
    pub fn get(&self, name: &[u8], now_ms: i64) -> Option<Element<'_>> {
        match self.0.view() {
            Packed(list) => {
                let position = list.find(name, 1)?;
                list.next(position).map(|value| list.get(value))
            }
            Hashed(fields) => live(fields.get(name), now_ms).map(|pair| Element::Bytes(pair.value)),
        }
    }

    /// True when there is a field called `name`.
    pub fn contains(&self, name: &[u8], now_ms: i64) -> bool {
        self.get(name, now_ms).is_some()
    }

    /// Widens a hash that `count` fields to come alone would outgrow. Redis does so before it
    /// writes the fields of one command.
    pub fn prepare_for(&mut self, count: usize, limits: &HashLimits, seed: Seed) {
        if count > limits.listpack_entries {
            self.hash_fields_for(count.min(PREPARED_MAX), seed);
        }
    }

    /// Gives the field called `name` a value; true when there was none of that name.
    pub fn insert(
        &mut self,
        name: &[u8],
        value: &[u8],
        expiry: NewExpiry,
        now_ms: i64,
        limits: &HashLimits,
        seed: Seed,
    ) -> bool {
        if let Packed(list) = self.0.view_mut() {
            let longest = name.len().max(value.len());
            let fits = longest <= limits.listpack_value && list.fits(name.len() + value.len() + 10);
            if fits && !matches!(expiry, NewExpiry::At(_)) {
                let added = insert_packed(list, name, value);
                if added && list.len() / 2 > limits.listpack_entries {
                    self.hash_fields(seed);
                }
                return added;
            }
        }
        let mut absent = true;
        self.hash_fields(seed).put(name, value, |old| {
            let old = live(old, now_ms);
            absent = old.is_none();
            match expiry {
                NewExpiry::Keep => old.and_then(|pair| pair.expires_at_ms),
                NewExpiry::Never => None,
                NewExpiry::At(at) => Some(at),
            }
        });
        absent
    }

    /// Removes the field called `name`; false when there is none.
    pub fn remove(&mut self, name: &[u8], now_ms: i64) -> bool {
        match self.0.view_mut() {
            Packed(list) => {
                let Some(position) = list.find(name, 1) else {
                    return false;
                };
                list.remove_run(position, 2);
                true
            }
            Hashed(fields) => {
                let removed = fields.remove(name);
                live(
                    removed.as_ref().map(|record| Pair::of(record.as_slice())),
                    now_ms,
                )
                .is_some()
            }
        }
    }

    /// Adds `delta` to the integer in the field called `name`, which counts as 0 when absent, and
    /// returns the sum. The field's expiry stays.
    ///
    /// # Errors
    /// When the value is no integer, or the sum exceeds 64 bits. Nothing is changed then.
    pub fn increment(
        &mut self,
        name: &[u8],
        delta: i64,
        now_ms: i64,
        limits: &HashLimits,
        seed: Seed,
    ) -> Result<i64, IncrementError> {
        let old = match self.get(name, now_ms) {
            Some(value) => value.as_int().ok_or(IncrementError::NotAnInteger)?,
            None => 0,
        };
        let sum = old.checked_add(delta).ok_or(IncrementError::Overflow)?;
        Element::Int(sum).with_bytes(|value| {
            self.insert(name, value, NewExpiry::Keep, now_ms, limits, seed);
        });
        Ok(sum)
    }

    /// The hashtable, after becoming one if need be.
    fn hash_fields(&mut self, seed: Seed) -> &mut Fields {
        self.hash_fields_for(0, seed)
    }

    /// As [`hash_fields`](Self::hash_fields), with room for about `count` fields.
    fn hash_fields_for(&mut self, count: usize, seed: Seed) -> &mut Fields {
        if let Packed(list) = self.0.view() {
            let mut fields = Fields::with_capacity(count.max(self.len() + 1), seed);
            let mut elements = list.iter();
            while let (Some(name), Some(value)) = (elements.next(), elements.next()) {
                let (name, value) = (name.to_bytes(), value.to_bytes());
                fields.insert(Pair {
                    name: &name,
                    value: &value,
                    expires_at_ms: None,
                });
            }
            self.0 = Repr::second(Boxed::new(fields));
        }
        match self.0.view_mut() {
            Hashed(fields) => fields,
            Packed(_) => unreachable!("it has just become a hashtable"),
        }
    }
}

impl Default for Hash {
    fn default() -> Self {
        Self::new()
    }
}

/// `pair`, unless it has expired.
fn live(pair: Option<Pair<'_>>, now_ms: i64) -> Option<Pair<'_>> {
    pair.filter(|pair| pair.expires_at_ms.is_none_or(|at| at >= now_ms))
}

/// Gives a field of a listpack a value; true when there was none of that name.
fn insert_packed(list: &mut Listpack, name: &[u8], value: &[u8]) -> bool {
    if let Some(old) = list.find(name, 1).and_then(|position| list.next(position)) {
        list.replace(old, value);
        return false;
    }
    list.push_back(name);
    list.push_back(value);
    true
}
