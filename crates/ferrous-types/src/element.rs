//! The value of one element of a collection, as the compact encodings tell it apart.

use crate::number::parse_canonical_int;
use std::borrow::Cow;

/// One element, borrowed from where it lives: a string, or the integer that a string spells.
///
/// Converting from bytes reads a canonical decimal `i64` as the integer, as Redis does, so that
/// `"12"` is `Int(12)` while `"012"` and `"+12"` stay strings. Two elements are equal when they
/// print alike.
#[derive(Clone, Copy, Debug)]
pub enum Element<'a> {
    /// The string that is this integer's decimal spelling.
    Int(i64),
    /// Any other string.
    Bytes(&'a [u8]),
}

impl<'a> Element<'a> {
    /// The element as the bytes a client sees; only an integer has to be printed.
    pub fn to_bytes(self) -> Cow<'a, [u8]> {
        match self {
            Self::Int(int) => Cow::Owned(itoa::Buffer::new().format(int).as_bytes().to_vec()),
            Self::Bytes(bytes) => Cow::Borrowed(bytes),
        }
    }

    /// Calls `use_bytes` with the bytes a client sees, without allocating.
    pub fn with_bytes<R>(self, use_bytes: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Int(int) => use_bytes(itoa::Buffer::new().format(int).as_bytes()),
            Self::Bytes(bytes) => use_bytes(bytes),
        }
    }

    /// The number of bytes a client sees.
    pub fn byte_len(self) -> usize {
        self.with_bytes(<[u8]>::len)
    }

    /// The integer this element spells, if it is one.
    pub fn as_int(self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(int),
            Self::Bytes(bytes) => parse_canonical_int(bytes),
        }
    }
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(one), Self::Int(two)) => one == two,
            (Self::Bytes(one), Self::Bytes(two)) => one == two,
            // Foreign data may hold an integer's spelling as a string.
            (Self::Int(int), Self::Bytes(bytes)) | (Self::Bytes(bytes), Self::Int(int)) => {
                parse_canonical_int(bytes) == Some(*int)
            }
        }
    }
}

impl Eq for Element<'_> {}

impl From<i64> for Element<'_> {
    fn from(int: i64) -> Self {
        Self::Int(int)
    }
}

impl<'a> From<&'a [u8]> for Element<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        parse_canonical_int(bytes).map_or(Self::Bytes(bytes), Self::Int)
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Element<'a> {
    fn from(bytes: &'a [u8; N]) -> Self {
        Self::from(bytes.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_equal_when_they_print_alike() {
        assert_eq!(Element::Int(12), Element::Bytes(b"12"));
        assert_ne!(Element::Int(12), Element::Bytes(b"012"));
        assert_eq!(Element::from(b"-7").to_bytes().as_ref(), b"-7");
        assert_eq!(Element::from(b"-7").byte_len(), 2);
    }
}
