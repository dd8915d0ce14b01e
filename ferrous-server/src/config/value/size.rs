//! Amounts of memory, with units: `1k` is 1000 bytes, `1kb` is 1024, and so on to `g` and `gb`.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

use super::number::{LONG_MAX, within};
use super::{Assign, Refusal, Staged, Value, single};
use crate::config::Parameter;

const NOT_MEMORY: &str = "argument must be a memory value";
const NOT_MEMORY_OR_PERCENT: &str = "argument must be a memory or percent value";

const UNITS: [(&str, u64); 8] = [
    ("", 1),
    ("b", 1),
    ("k", 1000),
    ("kb", 1 << 10),
    ("m", 1_000_000),
    ("mb", 1 << 20),
    ("g", 1_000_000_000),
    ("gb", 1 << 30),
];

/// The bytes that `word` spells; no digits are none. `None` as well when they do not fit.
pub(crate) fn parse_bytes(word: &[u8]) -> Option<u64> {
    let digits = word.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, unit) = word.split_at(digits);
    let (_, factor) = UNITS
        .iter()
        .find(|(name, _)| name.as_bytes().eq_ignore_ascii_case(unit))?;
    let number = number.iter().try_fold(0_u64, |number, digit| {
        number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
    })?;
    number.checked_mul(*factor)
}

/// The bytes in the largest binary unit of which they are a multiple.
pub(super) fn format_bytes(bytes: u64) -> String {
    for (unit, factor) in [("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10)] {
        if bytes != 0 && bytes.is_multiple_of(factor) {
            return format!("{}{unit}", bytes / factor);
        }
    }
    bytes.to_string()
}

/// A live amount of memory.
#[derive(Debug, Default)]
pub struct Bytes(AtomicU64);

impl Bytes {
    /// The amount in bytes.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Value for Bytes {
    fn stage(&self, row: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let bytes = parse_bytes(single(words)).ok_or(NOT_MEMORY)?;
        within(i128::from(bytes), row.range_within((0, LONG_MAX)))?;
        Ok(Box::new(move || self.0.store(bytes, Relaxed)))
    }

    fn show(&self) -> Vec<u8> {
        self.get().to_string().into_bytes()
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        vec![format_bytes(self.get()).into_bytes()]
    }
}

/// A live amount of memory, or `-1` for any amount.
#[derive(Debug, Default)]
pub struct BytesOrUnlimited(AtomicI64);

impl BytesOrUnlimited {
    /// The limit in bytes, if there is one.
    pub fn get(&self) -> Option<u64> {
        u64::try_from(self.0.load(Relaxed)).ok()
    }
}

impl Value for BytesOrUnlimited {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let (negative, amount) = match single(words) {
            [b'-', amount @ ..] => (true, amount),
            amount => (false, amount),
        };
        let amount = i128::from(parse_bytes(amount).ok_or(NOT_MEMORY)?);
        let number = if negative { -amount } else { amount };
        within(number, (-1, LONG_MAX))?;
        Ok(Box::new(move || self.0.store(number as i64, Relaxed)))
    }

    fn show(&self) -> Vec<u8> {
        self.0.load(Relaxed).to_string().into_bytes()
    }
}

/// An amount of memory: so many bytes, or a part of `maxmemory`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryShare {
    /// Bytes; none for no limit.
    Bytes(u64),
    /// Hundredths of `maxmemory`, 1 to 100.
    Percent(u8),
}

/// A live amount of memory that may be a part of `maxmemory`. Percents are stored below zero.
#[derive(Debug, Default)]
pub struct BytesOrPercent(AtomicI64);

impl BytesOrPercent {
    /// The amount.
    pub fn get(&self) -> MemoryShare {
        match self.0.load(Relaxed) {
            percent if percent < 0 => MemoryShare::Percent(percent.unsigned_abs() as u8),
            bytes => MemoryShare::Bytes(bytes.unsigned_abs()),
        }
    }

    fn spell(&self, bytes: impl Fn(u64) -> String) -> Vec<u8> {
        match self.get() {
            MemoryShare::Bytes(amount) => bytes(amount).into_bytes(),
            MemoryShare::Percent(percent) => format!("{percent}%").into_bytes(),
        }
    }
}

impl Value for BytesOrPercent {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let number = match single(words) {
            [number @ .., b'%'] => match super::integer(number).ok_or(NOT_MEMORY_OR_PERCENT)? {
                percent @ 0..=100 => -percent,
                ..0 => return Err(NOT_MEMORY_OR_PERCENT.into()),
                _ => return Err("percentage argument must be less or equal to 100".into()),
            },
            word => {
                let bytes = parse_bytes(word).ok_or(NOT_MEMORY_OR_PERCENT)?;
                within(i128::from(bytes), (0, LONG_MAX))?;
                bytes as i64
            }
        };
        Ok(Box::new(move || self.0.store(number, Relaxed)))
    }

    fn show(&self) -> Vec<u8> {
        self.spell(|bytes| bytes.to_string())
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        vec![self.spell(format_bytes)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_a_thousand_and_of_1024() {
        let cases: [(&str, Option<u64>); 14] = [
            ("0", Some(0)),
            ("", Some(0)),
            ("5B", Some(5)),
            ("1k", Some(1000)),
            ("1kb", Some(1024)),
            ("2M", Some(2_000_000)),
            ("2mB", Some(2 << 20)),
            ("3g", Some(3_000_000_000)),
            ("3gb", Some(3 << 30)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("99999999999gb", None),
            ("1.5gb", None),
            ("1 gb", None),
        ];
        for (word, bytes) in cases {
            assert_eq!(parse_bytes(word.as_bytes()), bytes, "{word}");
        }
    }

    #[test]
    fn files_get_the_largest_unit() {
        let cases = [
            (0, "0"),
            (1023, "1023"),
            (1 << 10, "1kb"),
            (100 << 20, "100mb"),
            (3 << 30, "3gb"),
            ((1 << 30) + 1, "1073741825"),
        ];
        for (bytes, text) in cases {
            assert_eq!(format_bytes(bytes), text);
        }
    }
}
