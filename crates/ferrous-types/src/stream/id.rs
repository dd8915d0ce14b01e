//! The identifiers of stream entries.

use std::fmt;

/// The identifier of a stream entry. Identifiers of one stream always ascend.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId {
    /// Milliseconds since 1970, as a rule.
    pub ms: u64,
    /// The number within the millisecond.
    pub seq: u64,
}

impl StreamId {
    /// `0-0`, which no entry has.
    pub const MIN: Self = Self { ms: 0, seq: 0 };

    /// The last identifier there can be.
    pub const MAX: Self = Self {
        ms: u64::MAX,
        seq: u64::MAX,
    };

    /// The next identifier, unless this is the last one.
    pub fn next(self) -> Option<Self> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(Self { seq, ..self }),
            None => Some(Self {
                ms: self.ms.checked_add(1)?,
                seq: 0,
            }),
        }
    }

    /// The identifier before this one, unless this is the first one.
    pub fn previous(self) -> Option<Self> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(Self { seq, ..self }),
            None => Some(Self {
                ms: self.ms.checked_sub(1)?,
                seq: u64::MAX,
            }),
        }
    }

    /// The identifier that `ms` or `ms-seq` spells; the first form gets `missing_seq`.
    pub fn parse(text: &[u8], missing_seq: u64) -> Option<Self> {
        let (ms, seq) = split(text);
        Some(Self {
            ms: parse_u64(ms)?,
            seq: seq.map_or(Some(missing_seq), parse_u64)?,
        })
    }

    /// As 16 big-endian bytes, the way radix trees and RDB files hold it.
    pub fn to_be_bytes(self) -> [u8; 16] {
        (u128::from(self.ms) << 64 | u128::from(self.seq)).to_be_bytes()
    }

    /// The inverse of [`StreamId::to_be_bytes`].
    pub fn from_be_bytes(bytes: [u8; 16]) -> Self {
        let both = u128::from_be_bytes(bytes);
        Self {
            ms: (both >> 64) as u64,
            seq: both as u64,
        }
    }

    /// How far this identifier is from `base`, as blocks keep it; both parts may wrap around.
    pub(super) fn delta_from(self, base: Self) -> (i64, i64) {
        (
            self.ms.wrapping_sub(base.ms) as i64,
            self.seq.wrapping_sub(base.seq) as i64,
        )
    }

    /// The inverse of [`StreamId::delta_from`].
    pub(super) fn at_delta(self, (ms, seq): (i64, i64)) -> Self {
        Self {
            ms: self.ms.wrapping_add_signed(ms),
            seq: self.seq.wrapping_add_signed(seq),
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

/// The identifier that a new entry is to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewId {
    /// The present millisecond, or what follows the last identifier: `*`.
    Auto,
    /// The next one in this millisecond: `ms-*`.
    InMs(u64),
    /// This one.
    Exact(StreamId),
}

impl NewId {
    /// What `*`, `ms-*`, `ms` or `ms-seq` asks for.
    pub fn parse(text: &[u8]) -> Option<Self> {
        match split(text) {
            (b"*", None) => Some(Self::Auto),
            (ms, Some(b"*")) => parse_u64(ms).map(Self::InMs),
            _ => StreamId::parse(text, 0).map(Self::Exact),
        }
    }
}

/// The parts before and behind the first dash.
fn split(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|&byte| byte == b'-') {
        Some(dash) => (&text[..dash], Some(&text[dash + 1..])),
        None => (text, None),
    }
}

/// A number in decimal digits; leading zeros are allowed.
fn parse_u64(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, &byte| {
        let digit = byte.wrapping_sub(b'0');
        let shifted = value.checked_mul(10).filter(|_| digit <= 9)?;
        shifted.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(ms: u64, seq: u64) -> StreamId {
        StreamId { ms, seq }
    }

    #[test]
    fn identifiers_parse() {
        assert_eq!(StreamId::parse(b"5", 7), Some(id(5, 7)));
        assert_eq!(StreamId::parse(b"5-3", 7), Some(id(5, 3)));
        assert_eq!(
            StreamId::parse(b"18446744073709551615-1", 0),
            Some(id(u64::MAX, 1))
        );
        for text in [
            &b""[..],
            b"-",
            b"5-",
            b"-5",
            b"5-x",
            b"x",
            b"5-1-1",
            b"18446744073709551616",
            b"1-*",
        ] {
            assert_eq!(StreamId::parse(text, 0), None);
        }
        assert_eq!(NewId::parse(b"*"), Some(NewId::Auto));
        assert_eq!(NewId::parse(b"12-*"), Some(NewId::InMs(12)));
        assert_eq!(NewId::parse(b"12"), Some(NewId::Exact(id(12, 0))));
        assert_eq!(NewId::parse(b"*-1"), None);
    }

    #[test]
    fn identifiers_have_neighbours() {
        assert_eq!(id(1, u64::MAX).next(), Some(id(2, 0)));
        assert_eq!(id(2, 0).previous(), Some(id(1, u64::MAX)));
        assert_eq!(StreamId::MAX.next(), None);
        assert_eq!(StreamId::MIN.previous(), None);
    }

    #[test]
    fn bytes_and_deltas_are_undone() {
        let (one, other) = (id(5, u64::MAX), id(1 << 63, 3));
        assert_eq!(StreamId::from_be_bytes(one.to_be_bytes()), one);
        assert_eq!(one.at_delta(other.delta_from(one)), other);
        assert!(one.to_be_bytes() < other.to_be_bytes());
    }
}
