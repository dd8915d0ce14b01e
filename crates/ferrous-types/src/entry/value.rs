//! Values on their way into an entry, inside it, and out of it.

use super::{Buffer, OneWord};
use crate::number::parse_canonical_int;

/// A value for an entry to hold.
pub enum Value<'a, O> {
    /// A string that is the decimal spelling of an integer.
    Int(i64),
    /// A string, which is copied: into the entry when short, else into a buffer.
    Bytes(&'a [u8]),
    /// A string that was built to be changed. It stays as it is, and counts as raw.
    Buffer(Buffer),
    /// Any other data type.
    Object(O),
}

impl<'a, O> Value<'a, O> {
    /// A string as SET stores it: as an integer when it is the canonical spelling of one.
    pub fn string(bytes: &'a [u8]) -> Self {
        parse_canonical_int(bytes).map_or(Self::Bytes(bytes), Self::Int)
    }
}

/// The value of an entry.
pub enum ValueRef<'a, O: OneWord> {
    /// A string that is the decimal spelling of an integer.
    Int(i64),
    /// Any other string.
    Bytes(&'a [u8]),
    /// Any other data type.
    Object(O::Ref<'a>),
}

/// How an entry holds a string, as OBJECT ENCODING tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringEncoding {
    /// As an integer.
    Int,
    /// At most 44 bytes, never changed in place.
    Embstr,
    /// All others.
    Raw,
}

impl StringEncoding {
    /// The longest string that is called `embstr`.
    pub(super) const EMBSTR_MAX_LEN: usize = 44;

    /// The name that clients see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Embstr => "embstr",
            Self::Raw => "raw",
        }
    }
}

/// What an entry held outside of its own allocation, for the caller to drop when it suits.
#[derive(Debug)]
pub enum Detached<O> {
    /// The value was in the entry itself.
    Nothing,
    /// A long or changed string.
    Buffer(Buffer),
    /// An object.
    Object(O),
}
