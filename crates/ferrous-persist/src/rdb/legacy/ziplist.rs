//! Ziplist: the sequence of strings and integers that Redis used before listpacks.
//!
//! ```text
//! total bytes u32 | offset of the last entry u32 | entries u16 | entries | 0xFF     (little-endian)
//! entry: length of the entry before it (1 byte, or 0xFE and u32) | encoding | content
//! ```
//!
//! The encoding is a string's length in 6, 14 or 32 bits, or the width of an integer, or an integer
//! of 0 to 12 itself.

use ferrous_types::{Element, Listpack};

/// Bytes before the first entry.
const HEADER_BYTES: usize = 10;
/// The byte behind the last entry.
const END: u8 = 0xFF;
/// The first byte of a previous length that needs more than one.
const LONG_PREVIOUS: u8 = 0xFE;
/// The count of entries that stands for "too many for 16 bits".
const COUNT_UNKNOWN: u16 = u16::MAX;

/// Why bytes are not a ziplist. Offsets are bytes from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ZiplistError {
    /// The length in the header is not that of the bytes, or the end mark is missing.
    #[error("ziplist of {len} bytes does not have the length and end that its header announces")]
    BadFrame {
        /// The bytes there are.
        len: usize,
    },
    /// An entry is undefined or exceeds the ziplist.
    #[error("ziplist offset {offset}: entry is undefined or exceeds the ziplist")]
    BadEntry {
        /// Where the entry begins.
        offset: usize,
    },
    /// An entry does not begin with the length of the one before it.
    #[error("ziplist offset {offset}: entry does not begin with the length of the one before it")]
    BadPrevious {
        /// Where the entry begins.
        offset: usize,
    },
    /// The header's count or offset of the last entry is wrong.
    #[error("ziplist header does not describe its {count} entries")]
    BadHeader {
        /// The entries there are.
        count: usize,
    },
    /// The entries do not fit in a listpack.
    #[error("ziplist is too big for a listpack")]
    TooBig,
}

/// The listpack of the entries of a ziplist. O(entries).
pub(crate) fn to_listpack(bytes: &[u8]) -> Result<Listpack, ZiplistError> {
    let (announced, tail, count) =
        header(bytes).ok_or(ZiplistError::BadFrame { len: bytes.len() })?;
    let end = bytes.len() - 1;
    if announced != bytes.len() || bytes[end] != END {
        return Err(ZiplistError::BadFrame { len: bytes.len() });
    }
    let mut listpack = Listpack::new();
    let (mut offset, mut last, mut walked) = (HEADER_BYTES, HEADER_BYTES, 0);
    let mut previous_len = 0;
    while offset < end {
        let entry = Entry::parse(&bytes[offset..end]).ok_or(ZiplistError::BadEntry { offset })?;
        if entry.previous_len != previous_len {
            return Err(ZiplistError::BadPrevious { offset });
        }
        if !super::push(&mut listpack, entry.element) {
            return Err(ZiplistError::TooBig);
        }
        last = offset;
        offset += entry.len;
        previous_len = entry.len;
        walked += 1;
    }
    let count_agrees = count == COUNT_UNKNOWN || usize::from(count) == walked;
    if tail != last || !count_agrees {
        return Err(ZiplistError::BadHeader { count: walked });
    }
    Ok(listpack)
}

/// Total bytes, offset of the last entry, and count, unless there is no room for an empty ziplist.
fn header(bytes: &[u8]) -> Option<(usize, usize, u16)> {
    if bytes.len() <= HEADER_BYTES {
        return None;
    }
    let (total, rest) = bytes.split_first_chunk()?;
    let (tail, rest) = rest.split_first_chunk()?;
    let (count, _) = rest.split_first_chunk()?;
    let (total, tail) = (u32::from_le_bytes(*total), u32::from_le_bytes(*tail));
    Some((total as usize, tail as usize, u16::from_le_bytes(*count)))
}

struct Entry<'a> {
    previous_len: usize,
    element: Element<'a>,
    /// All bytes of the entry.
    len: usize,
}

impl<'a> Entry<'a> {
    /// The entry that `bytes` begin with, unless it is undefined or cut short.
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (previous_len, rest) = match bytes {
            [LONG_PREVIOUS, rest @ ..] => {
                let (len, rest) = rest.split_first_chunk()?;
                (u32::from_le_bytes(*len) as usize, rest)
            }
            // The end mark cannot begin an entry.
            [END, ..] | [] => return None,
            [len, rest @ ..] => (usize::from(*len), rest),
        };
        let (element, rest) = parse_content(rest)?;
        Some(Self {
            previous_len,
            element,
            len: bytes.len() - rest.len(),
        })
    }
}

/// The element that `bytes` begin with, from its encoding on, and what follows it.
fn parse_content(bytes: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&encoding, rest) = bytes.split_first()?;
    match encoding {
        0x00..=0x3F => parse_string(usize::from(encoding), rest),
        0x40..=0x7F => {
            let (low, rest) = rest.split_first()?;
            parse_string(usize::from(encoding & 0x3F) << 8 | usize::from(*low), rest)
        }
        0x80..=0xBF => {
            let (len, rest) = rest.split_first_chunk()?;
            parse_string(u32::from_be_bytes(*len) as usize, rest)
        }
        0xC0 => {
            let (int, rest) = rest.split_first_chunk()?;
            Some((Element::Int(i16::from_le_bytes(*int).into()), rest))
        }
        0xD0 => {
            let (int, rest) = rest.split_first_chunk()?;
            Some((Element::Int(i32::from_le_bytes(*int).into()), rest))
        }
        0xE0 => {
            let (int, rest) = rest.split_first_chunk()?;
            Some((Element::Int(i64::from_le_bytes(*int)), rest))
        }
        0xF0 => {
            let (&[low, middle, high], rest) = rest.split_first_chunk()?;
            // The upper three bytes of an i32, so that the sign extends.
            let int = i32::from_le_bytes([0, low, middle, high]) >> 8;
            Some((Element::Int(int.into()), rest))
        }
        0xFE => {
            let (int, rest) = rest.split_first_chunk()?;
            Some((Element::Int(i8::from_le_bytes(*int).into()), rest))
        }
        0xF1..=0xFD => Some((Element::Int(i64::from(encoding & 0x0F) - 1), rest)),
        _ => None,
    }
}

fn parse_string(len: usize, rest: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (string, rest) = rest.split_at_checked(len)?;
    Some((Element::Bytes(string), rest))
}

/// The ziplist of the elements of a listpack; `None` when it would exceed 4 GiB. O(entries).
pub(crate) fn from_listpack(listpack: &Listpack) -> Option<Vec<u8>> {
    let mut bytes = vec![0; HEADER_BYTES];
    let (mut last, mut count) = (HEADER_BYTES, 0_usize);
    for element in listpack {
        let previous_len = bytes.len() - last;
        last = bytes.len();
        write_previous(&mut bytes, previous_len)?;
        write_content(&mut bytes, element);
        count += 1;
    }
    bytes.push(END);
    let total = u32::try_from(bytes.len()).ok()?;
    bytes[..4].copy_from_slice(&total.to_le_bytes());
    bytes[4..8].copy_from_slice(&(last as u32).to_le_bytes());
    let count = u16::try_from(count).unwrap_or(COUNT_UNKNOWN);
    bytes[8..HEADER_BYTES].copy_from_slice(&count.to_le_bytes());
    Some(bytes)
}

fn write_previous(bytes: &mut Vec<u8>, len: usize) -> Option<()> {
    match u8::try_from(len) {
        Ok(len) if len < LONG_PREVIOUS => bytes.push(len),
        _ => {
            bytes.push(LONG_PREVIOUS);
            bytes.extend_from_slice(&u32::try_from(len).ok()?.to_le_bytes());
        }
    }
    Some(())
}

fn write_content(bytes: &mut Vec<u8>, element: Element<'_>) {
    match element {
        Element::Int(int) => write_int(bytes, int),
        Element::Bytes(string) => {
            match string.len() {
                len @ 0..=0x3F => bytes.push(len as u8),
                len @ 0x40..=0x3FFF => {
                    bytes.extend_from_slice(&[0x40 | (len >> 8) as u8, len as u8]);
                }
                len => {
                    bytes.push(0x80);
                    bytes.extend_from_slice(&(len as u32).to_be_bytes());
                }
            }
            bytes.extend_from_slice(string);
        }
    }
}

fn write_int(bytes: &mut Vec<u8>, int: i64) {
    let wide = int.to_le_bytes();
    match int {
        0..=12 => bytes.push(0xF1 + int as u8),
        -0x80..=0x7F => bytes.extend_from_slice(&[0xFE, wide[0]]),
        -0x8000..=0x7FFF => {
            bytes.push(0xC0);
            bytes.extend_from_slice(&wide[..2]);
        }
        -0x80_0000..=0x7F_FFFF => {
            bytes.push(0xF0);
            bytes.extend_from_slice(&wide[..3]);
        }
        -0x8000_0000..=0x7FFF_FFFF => {
            bytes.push(0xD0);
            bytes.extend_from_slice(&wide[..4]);
        }
        _ => {
            bytes.push(0xE0);
            bytes.extend_from_slice(&wide);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn round_trip(elements: &[Element<'_>]) {
        let mut listpack = Listpack::new();
        listpack.extend(elements.iter().copied());
        let ziplist = from_listpack(&listpack).unwrap();
        let again = to_listpack(&ziplist).unwrap();
        assert_eq!(again.as_bytes(), listpack.as_bytes());
    }

    #[test]
    fn every_encoding_comes_back() {
        let long = vec![b'x'; 70_000];
        for len in [0, 1, 63, 64, 250, 252, 253, 254, 16_383, 16_384, 70_000] {
            round_trip(&[
                Element::Bytes(&long[..len]),
                Element::Int(1),
                Element::Bytes(b"z"),
            ]);
        }
        for shift in 0..63 {
            let int = 1_i64 << shift;
            round_trip(&[int - 1, int, -int, -int - 1].map(Element::Int));
        }
        round_trip(&[
            Element::Int(i64::MAX),
            Element::Int(i64::MIN),
            Element::Int(12),
        ]);
        round_trip(&[]);
    }

    #[test]
    fn tells_what_is_wrong() {
        let listpack: Listpack = [&b"a"[..], b"bc", b"3"].into_iter().collect();
        let good = from_listpack(&listpack).unwrap();
        let check = |at: usize, byte: u8, expected| {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(to_listpack(&bad).unwrap_err(), expected);
        };
        check(0, 1, ZiplistError::BadFrame { len: good.len() });
        check(
            good.len() - 1,
            0,
            ZiplistError::BadFrame { len: good.len() },
        );
        check(4, 11, ZiplistError::BadHeader { count: 3 });
        check(8, 2, ZiplistError::BadHeader { count: 3 });
        check(13, 9, ZiplistError::BadPrevious { offset: 13 });
        check(14, 0x3F, ZiplistError::BadEntry { offset: 13 });
        check(11, 0xFF, ZiplistError::BadEntry { offset: 10 });
        assert_eq!(
            to_listpack(b"").unwrap_err(),
            ZiplistError::BadFrame { len: 0 }
        );
    }
}
