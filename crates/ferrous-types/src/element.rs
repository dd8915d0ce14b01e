//! The value of one element of a collection, as the compact encodings tell it apart.

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

/// The integer whose one canonical decimal spelling `bytes` is: no sign but a minus, no leading
/// zero, no `-0`, within `i64`.
fn parse_canonical_int(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        // Nineteen digits hold every i64 and cannot overflow a u64.
        [b'1'..=b'9', ..] if digits.len() <= 19 => {}
        _ => return None,
    }
    let mut magnitude = 0_u64;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        magnitude = magnitude * 10 + u64::from(digit);
    }
    if negative {
        0_i64.checked_sub_unsigned(magnitude)
    } else {
        i64::try_from(magnitude).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_spellings_are_integers() {
        for int in [0, 1, -1, 9, 10, 127, -4096, i64::MAX, i64::MIN] {
            assert_eq!(parse_canonical_int(int.to_string().as_bytes()), Some(int));
        }
        let strings = [
            "",
            "-",
            "+1",
            "-0",
            "00",
            "01",
            "-01",
            " 1",
            "1 ",
            "1a",
            "1.0",
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999",
        ];
        for string in strings {
            assert_eq!(parse_canonical_int(string.as_bytes()), None, "{string}");
        }
    }

    #[test]
    fn elements_are_equal_when_they_print_alike() {
        assert_eq!(Element::Int(12), Element::Bytes(b"12"));
        assert_ne!(Element::Int(12), Element::Bytes(b"012"));
        assert_eq!(Element::from(b"-7").to_bytes().as_ref(), b"-7");
        assert_eq!(Element::from(b"-7").byte_len(), 2);
    }
}
