//! Zipmap: the small hash that Redis used before 2.6.
//!
//! ```text
//! pairs u8 (254 for more than can be told) | pairs | 0xFF
//! pair: length | field | length | unused bytes u8 | value | unused bytes
//! ```
//!
//! A length is one byte below 254, or 254 and a `u32`, little-endian.

use ferrous_types::{Element, Listpack};

/// The count of pairs, or the first byte of a length, that says more than a byte can tell.
const LONG: u8 = 254;
/// The byte behind the last pair.
const END: u8 = 255;

/// Why bytes are not a zipmap. Offsets are bytes from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ZipmapError {
    /// A pair exceeds the zipmap, or the end mark is missing.
    #[error("zipmap offset {offset}: pair or end mark is cut short")]
    BadPair {
        /// Where the pair begins.
        offset: usize,
    },
    /// The end mark stands before the last byte, or the count of pairs is wrong.
    #[error("zipmap announces {announced} pairs but has {count}")]
    BadCount {
        /// What the header says.
        announced: u8,
        /// The pairs there are.
        count: usize,
    },
    /// Bytes follow the end mark.
    #[error("zipmap offset {offset}: end mark before the end")]
    BadEnd {
        /// Where the end mark is.
        offset: usize,
    },
    /// The pairs do not fit in a listpack.
    #[error("zipmap is too big for a listpack")]
    TooBig,
}

/// The listpack of fields and values of a zipmap. O(pairs).
pub(crate) fn to_listpack(bytes: &[u8]) -> Result<Listpack, ZipmapError> {
    let bad_pair = |rest: &[u8]| ZipmapError::BadPair {
        offset: bytes.len() - rest.len(),
    };
    let (&announced, mut rest) = bytes.split_first().ok_or_else(|| bad_pair(bytes))?;
    let mut listpack = Listpack::new();
    let mut count = 0;
    loop {
        match rest {
            [END] => break,
            [END, ..] => {
                return Err(ZipmapError::BadEnd {
                    offset: bytes.len() - rest.len(),
                });
            }
            _ => {}
        }
        let (field, value, next) = parse_pair(rest).ok_or_else(|| bad_pair(rest))?;
        if !super::push(&mut listpack, field) || !super::push(&mut listpack, value) {
            return Err(ZipmapError::TooBig);
        }
        rest = next;
        count += 1;
    }
    if announced < LONG && usize::from(announced) != count {
        return Err(ZipmapError::BadCount { announced, count });
    }
    Ok(listpack)
}

fn parse_pair(bytes: &[u8]) -> Option<(Element<'_>, Element<'_>, &[u8])> {
    let (len, rest) = parse_length(bytes)?;
    let (field, rest) = rest.split_at_checked(len)?;
    let (len, rest) = parse_length(rest)?;
    let (&unused, rest) = rest.split_first()?;
    let (value, rest) = rest.split_at_checked(len)?;
    let (_, rest) = rest.split_at_checked(usize::from(unused))?;
    Some((field.into(), value.into(), rest))
}

fn parse_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [LONG, rest @ ..] => {
            let (len, rest) = rest.split_first_chunk()?;
            Some((u32::from_le_bytes(*len) as usize, rest))
        }
        [END, ..] | [] => None,
        [len, rest @ ..] => Some((usize::from(*len), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_in_order() {
        let bytes = b"\x02\x01f\x02\x01v1.\x02f2\x01\x007\xff";
        let listpack = to_listpack(bytes).unwrap();
        let expected: Listpack = [&b"f"[..], b"v1", b"f2", b"7"].into_iter().collect();
        assert_eq!(listpack.as_bytes(), expected.as_bytes());
        let long = b"\xfe\xfe\x01\0\0\0f\x00\x00\xff";
        assert_eq!(to_listpack(long).unwrap().len(), 2);
    }

    #[test]
    fn tells_what_is_wrong() {
        let check = |bytes: &[u8], expected| assert_eq!(to_listpack(bytes).unwrap_err(), expected);
        check(b"", ZipmapError::BadPair { offset: 0 });
        check(b"\x00", ZipmapError::BadPair { offset: 1 });
        check(
            b"\x01\x01f\x05\x00v\xff",
            ZipmapError::BadPair { offset: 1 },
        );
        check(
            b"\x02\x01f\x01\x00v\xff",
            ZipmapError::BadCount {
                announced: 2,
                count: 1,
            },
        );
        check(b"\x00\xff\x00", ZipmapError::BadEnd { offset: 1 });
    }
}
