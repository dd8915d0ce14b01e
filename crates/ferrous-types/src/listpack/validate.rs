//! The check that bytes from outside are a listpack.

use thiserror::Error;

use super::encoding::{END, backlen_len, head_and_payload_len, read_backlen};
use super::{COUNT_UNKNOWN, HEADER_LEN, Listpack, announced_count};

/// Why bytes are not a listpack. Offsets are bytes from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ListpackError {
    /// Shorter than an empty listpack.
    #[error("listpack of {len} bytes is shorter than its header and end mark")]
    TooShort {
        /// The bytes there are.
        len: usize,
    },
    /// Longer than a listpack may grow.
    #[error("listpack of {len} bytes exceeds the limit of 1 GiB")]
    TooLong {
        /// The bytes there are.
        len: usize,
    },
    /// The length in the header is not that of the bytes.
    #[error("listpack announces {announced} bytes but has {len}")]
    LengthMismatch {
        /// What the header says.
        announced: u32,
        /// The bytes there are.
        len: usize,
    },
    /// An entry begins with a byte the format does not define, or in the middle of a length.
    #[error("listpack offset {offset}: entry header is undefined or cut short")]
    BadHeader {
        /// Where the entry begins.
        offset: usize,
    },
    /// An entry reaches past the end.
    #[error("listpack offset {offset}: entry exceeds the listpack")]
    Overrun {
        /// Where the entry begins.
        offset: usize,
    },
    /// The length behind an entry is not the entry's.
    #[error("listpack offset {offset}: entry does not end with its own length")]
    BadBacklen {
        /// Where the entry begins.
        offset: usize,
    },
    /// The last byte is not the end mark, or an end mark stands before the last byte.
    #[error("listpack offset {offset}: misplaced or missing end mark")]
    BadEnd {
        /// Where the end mark is, or should be.
        offset: usize,
    },
    /// The number of entries in the header is not that of the entries.
    #[error("listpack announces {announced} entries but has {count}")]
    CountMismatch {
        /// What the header says.
        announced: u16,
        /// The entries there are.
        count: usize,
    },
}

/// Checks all that the other functions of this module rely on. O(entries).
pub(super) fn validate(bytes: &[u8]) -> Result<(), ListpackError> {
    let len = bytes.len();
    if len <= HEADER_LEN {
        return Err(ListpackError::TooShort { len });
    }
    if len > Listpack::BYTES_MAX {
        return Err(ListpackError::TooLong { len });
    }
    let announced = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    if announced as usize != len {
        return Err(ListpackError::LengthMismatch { announced, len });
    }
    let end = len - 1;
    if bytes[end] != END {
        return Err(ListpackError::BadEnd { offset: end });
    }
    let (mut offset, mut count) = (HEADER_LEN, 0);
    while offset < end {
        offset = validate_entry(&bytes[..end], offset)?;
        count += 1;
    }
    let announced = announced_count(bytes);
    if announced != COUNT_UNKNOWN && usize::from(announced) != count {
        return Err(ListpackError::CountMismatch { announced, count });
    }
    Ok(())
}

/// Checks the entry at `offset` of `bytes`, which end before the end mark; returns where the next
/// one begins.
fn validate_entry(bytes: &[u8], offset: usize) -> Result<usize, ListpackError> {
    if bytes[offset] == END {
        return Err(ListpackError::BadEnd { offset });
    }
    let len = head_and_payload_len(&bytes[offset..]).ok_or(ListpackError::BadHeader { offset })?;
    let next = offset + len + backlen_len(len);
    if next > bytes.len() {
        return Err(ListpackError::Overrun { offset });
    }
    // What lies before the entry is none of its backlen's business.
    if read_backlen(&bytes[offset + len..next], next - offset - len) != Some(len) {
        return Err(ListpackError::BadBacklen { offset });
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: Result<(), ListpackError>) {
        assert_eq!(validate(bytes), expected);
    }

    #[test]
    fn tells_what_is_wrong_and_where() {
        use ListpackError::*;
        check(&[7, 0, 0, 0, 0, 0, 0xFF], Ok(()));
        check(&[], Err(TooShort { len: 0 }));
        check(&[6, 0, 0, 0, 0, 0], Err(TooShort { len: 6 }));
        check(
            &[8, 0, 0, 0, 0, 0, 0xFF],
            Err(LengthMismatch {
                announced: 8,
                len: 7,
            }),
        );
        check(&[7, 0, 0, 0, 0, 0, 0], Err(BadEnd { offset: 6 }));
        check(&[8, 0, 0, 0, 0, 0, 0xFF, 0xFF], Err(BadEnd { offset: 6 }));
        check(&[9, 0, 0, 0, 1, 0, 5, 1, 0xFF], Ok(()));
        check(
            &[9, 0, 0, 0, 2, 0, 5, 1, 0xFF],
            Err(CountMismatch {
                announced: 2,
                count: 1,
            }),
        );
        check(&[9, 0, 0, 0, 0xFF, 0xFF, 5, 1, 0xFF], Ok(()));
        check(
            &[9, 0, 0, 0, 1, 0, 5, 2, 0xFF],
            Err(BadBacklen { offset: 6 }),
        );
        check(
            &[9, 0, 0, 0, 1, 0, 0x85, 1, 0xFF],
            Err(Overrun { offset: 6 }),
        );
        check(
            &[9, 0, 0, 0, 1, 0, 0xF5, 1, 0xFF],
            Err(BadHeader { offset: 6 }),
        );
        check(
            &[8, 0, 0, 0, 1, 0, 0xF0, 0xFF],
            Err(BadHeader { offset: 6 }),
        );
    }
}
