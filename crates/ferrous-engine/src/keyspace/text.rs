//! A string value as its bytes, however it is stored.

use std::ops::Deref;

use ferrous_types::entry::ValueRef;
use ferrous_types::number::parse_canonical_int;

use super::Object;
use crate::error::{CommandError, CommandResult};

/// The bytes of a string value: borrowed, or spelled out when the value is stored as an integer.
pub enum Text<'a> {
    /// Stored as bytes.
    Bytes(&'a [u8]),
    /// Stored as an integer.
    Int(IntText),
}

/// The decimal spelling of an integer.
pub struct IntText {
    digits: [u8; 20],
    len: u8,
}

impl IntText {
    /// Spells `value` out.
    pub fn new(value: i64) -> Self {
        let mut buffer = itoa::Buffer::new();
        let text = buffer.format(value).as_bytes();
        let mut digits = [0; 20];
        digits[..text.len()].copy_from_slice(text);
        Self {
            digits,
            len: text.len() as u8,
        }
    }
}

impl Deref for IntText {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.digits[..usize::from(self.len)]
    }
}

impl Deref for Text<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Text::Bytes(bytes) => bytes,
            Text::Int(text) => text,
        }
    }
}

impl<'a> Text<'a> {
    /// The string that `value` is; nothing when it is another type.
    pub fn of(value: &ValueRef<'a, Object>) -> Option<Self> {
        match value {
            ValueRef::Int(int) => Some(Self::Int(IntText::new(*int))),
            ValueRef::Bytes(bytes) => Some(Self::Bytes(bytes)),
            ValueRef::Object(_) => None,
        }
    }

    /// The integer that `value` is or spells.
    ///
    /// # Errors
    /// `WRONGTYPE`, or `ERR value is not an integer or out of range`.
    pub fn int_of(value: &ValueRef<'a, Object>) -> CommandResult<i64> {
        match value {
            ValueRef::Int(int) => Ok(*int),
            ValueRef::Bytes(bytes) => parse_canonical_int(bytes).ok_or(CommandError::NOT_INTEGER),
            ValueRef::Object(_) => Err(CommandError::WRONG_TYPE),
        }
    }
}
