//! How one entry is laid out: a type-and-length header, the payload, and the entry's length again
//! so that it can be walked backwards.
//!
//! ```text
//! 0xxxxxxx                      integer 0..=127
//! 10llllll  bytes               string of up to 63 bytes
//! 110xxxxx  xxxxxxxx            13-bit integer, two's complement, high bits first
//! 1110llll  llllllll  bytes     string of up to 4095 bytes, high bits first
//! 11110000  4 bytes   bytes     string, length little-endian
//! 1111_0001 .. 0100   payload   integer of 16, 24, 32, 64 bits, little-endian
//! 11111111                      end of the listpack
//! ```
//!
//! The trailing length ("backlen") counts the bytes before it, seven bits per byte, the highest
//! group first, and every byte but the first has its top bit set: read from its end, a byte
//! without the top bit is the last one.

use crate::element::Element;

/// The byte that ends a listpack.
pub(super) const END: u8 = 0xFF;

const STRING_32: u8 = 0xF0;
const INT_16: u8 = 0xF1;
const INT_24: u8 = 0xF2;
const INT_32: u8 = 0xF3;
const INT_64: u8 = 0xF4;

/// Bytes of a backlen at most.
const BACKLEN_MAX: usize = 5;

/// A few bytes on the stack: an entry's header (with the payload of an integer) or its backlen.
#[derive(Clone, Copy)]
pub(super) struct ShortBytes {
    bytes: [u8; 9],
    len: u8,
}

impl ShortBytes {
    /// The first `len` of `bytes`.
    #[inline]
    fn new<const N: usize>(bytes: [u8; N], len: usize) -> Self {
        let mut short = Self {
            bytes: [0; 9],
            len: len as u8,
        };
        short.bytes[..N].copy_from_slice(&bytes);
        short
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// An element ready to be written: its three pieces in order.
pub(super) struct Encoded<'a> {
    head: ShortBytes,
    payload: &'a [u8],
    backlen: ShortBytes,
}

impl<'a> Encoded<'a> {
    pub(super) fn new(element: Element<'a>) -> Self {
        let (head, payload) = match element {
            Element::Int(int) => (int_head(int), [].as_slice()),
            Element::Bytes(bytes) => (string_head(bytes.len()), bytes),
        };
        let backlen = backlen(head.as_slice().len() + payload.len());
        Self {
            head,
            payload,
            backlen,
        }
    }

    pub(super) fn parts(&self) -> [&[u8]; 3] {
        [self.head.as_slice(), self.payload, self.backlen.as_slice()]
    }
}

/// The bytes that `element` takes as an entry.
pub(super) fn entry_len_of(element: Element<'_>) -> usize {
    Encoded::new(element)
        .parts()
        .iter()
        .map(|part| part.len())
        .sum()
}

fn int_head(int: i64) -> ShortBytes {
    let payload = int.to_le_bytes();
    let [low, high, ..] = payload;
    let typed = |kind, len| {
        let mut bytes = [kind; 9];
        bytes[1..].copy_from_slice(&payload);
        ShortBytes::new(bytes, len)
    };
    match int {
        0..=127 => ShortBytes::new([low], 1),
        -4096..=4095 => ShortBytes::new([0xC0 | (high & 0x1F), low], 2),
        -0x8000..=0x7FFF => typed(INT_16, 3),
        -0x80_0000..=0x7F_FFFF => typed(INT_24, 4),
        -0x8000_0000..=0x7FFF_FFFF => typed(INT_32, 5),
        _ => typed(INT_64, 9),
    }
}

fn string_head(len: usize) -> ShortBytes {
    match len {
        0..=63 => ShortBytes::new([0x80 | len as u8], 1),
        64..=4095 => ShortBytes::new([0xE0 | (len >> 8) as u8, len as u8], 2),
        _ => {
            let mut bytes = [STRING_32; 5];
            bytes[1..].copy_from_slice(&(len as u32).to_le_bytes());
            ShortBytes::new(bytes, 5)
        }
    }
}

fn backlen(len: usize) -> ShortBytes {
    let count = backlen_len(len);
    if count == 1 {
        return ShortBytes::new([len as u8], 1);
    }
    let mut bytes = [0; BACKLEN_MAX];
    for (place, byte) in bytes[..count].iter_mut().rev().enumerate() {
        *byte = (len >> (7 * place)) as u8 | 0x80;
    }
    bytes[0] &= 0x7F;
    ShortBytes::new(bytes, count)
}

/// The bytes a backlen takes for an entry of `len` bytes. The bounds of the format are one short
/// of what seven-bit groups could hold, from the second on.
pub(super) fn backlen_len(len: usize) -> usize {
    match len {
        0..=127 => 1,
        128..16_383 => 2,
        16_383..2_097_151 => 3,
        2_097_151..268_435_455 => 4,
        _ => BACKLEN_MAX,
    }
}

/// The entry length that the backlen ending before byte `end` tells, or `None` when it is longer
/// than a backlen can be.
pub(super) fn read_backlen(bytes: &[u8], end: usize) -> Option<usize> {
    let mut len = 0;
    for (place, &byte) in bytes[..end].iter().rev().take(BACKLEN_MAX).enumerate() {
        len |= usize::from(byte & 0x7F) << (7 * place);
        if byte & 0x80 == 0 {
            return Some(len);
        }
    }
    None
}

/// The bytes of an entry's header and payload as its first bytes tell, or `None` when these are
/// not defined by the format or cut short.
pub(super) fn head_and_payload_len(entry: &[u8]) -> Option<usize> {
    let head = *entry.first()?;
    Some(match head {
        0..=0x7F => 1,
        0x80..=0xBF => 1 + usize::from(head & 0x3F),
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 2 + (usize::from(head & 0x0F) << 8 | usize::from(*entry.get(1)?)),
        STRING_32 => {
            let len = entry.get(1..5)?.first_chunk::<4>()?;
            5 + u32::from_le_bytes(*len) as usize
        }
        INT_16 => 3,
        INT_24 => 4,
        INT_32 => 5,
        INT_64 => 9,
        _ => return None,
    })
}

/// The bytes of the whole entry at the beginning of `entry`, which has been validated.
pub(super) fn entry_len(entry: &[u8]) -> usize {
    let len = head_and_payload_len(entry).expect("a listpack's entries are validated");
    len + backlen_len(len)
}

/// The element at the beginning of `entry`, which has been validated, and the bytes of its header
/// and payload.
pub(super) fn decode(entry: &[u8]) -> (Element<'_>, usize) {
    let head = entry[0];
    match head {
        0..=0x7F => (Element::Int(i64::from(head)), 1),
        0x80..=0xBF => string(entry, 1, usize::from(head & 0x3F)),
        0xC0..=0xDF => {
            // The 13 bits go to the top, so that the shift back copies their sign.
            let bits = u16::from_be_bytes([head, entry[1]]) << 3;
            (Element::Int(i64::from(bits as i16 >> 3)), 2)
        }
        0xE0..=0xEF => string(
            entry,
            2,
            usize::from(head & 0x0F) << 8 | usize::from(entry[1]),
        ),
        STRING_32 => {
            let len = [entry[1], entry[2], entry[3], entry[4]];
            string(entry, 5, u32::from_le_bytes(len) as usize)
        }
        INT_16 => int(entry, 2),
        INT_24 => int(entry, 3),
        INT_32 => int(entry, 4),
        INT_64 => int(entry, 8),
        _ => unreachable!("a listpack's entries are validated"),
    }
}

fn string(entry: &[u8], head: usize, len: usize) -> (Element<'_>, usize) {
    (Element::Bytes(&entry[head..head + len]), head + len)
}

fn int(entry: &[u8], width: usize) -> (Element<'_>, usize) {
    let mut payload = [0; 8];
    payload[8 - width..].copy_from_slice(&entry[1..=width]);
    let int = i64::from_le_bytes(payload) >> (64 - 8 * width);
    (Element::Int(int), 1 + width)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(element: Element<'_>) -> Vec<u8> {
        Encoded::new(element).parts().concat()
    }

    #[test]
    fn integers_take_the_narrowest_form() {
        let cases: [(i64, &[u8]); 12] = [
            (0, &[0x00, 1]),
            (127, &[0x7F, 1]),
            (128, &[0xC0, 0x80, 2]),
            (-1, &[0xDF, 0xFF, 2]),
            (4095, &[0xCF, 0xFF, 2]),
            (-4096, &[0xD0, 0x00, 2]),
            (4096, &[0xF1, 0x00, 0x10, 3]),
            (-32768, &[0xF1, 0x00, 0x80, 3]),
            (32768, &[0xF2, 0x00, 0x80, 0x00, 4]),
            (-8_388_608, &[0xF2, 0x00, 0x00, 0x80, 4]),
            (8_388_608, &[0xF3, 0x00, 0x00, 0x80, 0x00, 5]),
            (1 << 40, &[0xF4, 0, 0, 0, 0, 0, 1, 0, 0, 9]),
        ];
        for (int, bytes) in cases {
            assert_eq!(encoded(Element::Int(int)), bytes, "{int}");
            assert_eq!(decode(bytes), (Element::Int(int), bytes.len() - 1));
            assert_eq!(entry_len(bytes), bytes.len());
        }
        for int in [i64::MIN, i64::MAX, -8_388_609, 1 << 31, -(1 << 31) - 1] {
            assert_eq!(decode(&encoded(Element::Int(int))).0, Element::Int(int));
        }
    }

    #[test]
    fn strings_and_backlens_of_every_width() {
        for len in [
            0, 1, 63, 64, 125, 126, 127, 4095, 4096, 16_377, 16_378, 16_379, 3_000_000,
        ] {
            let bytes = vec![b'x'; len];
            let entry = encoded(Element::Bytes(&bytes));
            let (element, used) = decode(&entry);
            assert_eq!(element, Element::Bytes(&bytes));
            assert_eq!(entry_len(&entry), entry.len());
            assert_eq!(read_backlen(&entry, entry.len()), Some(used), "{len}");
            assert_eq!(entry_len_of(element), entry.len());
        }
    }

    #[test]
    fn a_backlen_never_exceeds_five_bytes() {
        assert_eq!(read_backlen(&[0xFF; 8], 8), None);
        assert_eq!(read_backlen(&[], 0), None);
    }
}
