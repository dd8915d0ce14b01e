//! The value of a field, and how it is spelled.

use std::borrow::Cow;
use std::fmt;

/// What stands behind a field's colon.
pub(super) enum Value {
    /// A number.
    Int(i64),
    /// Text without line ends.
    Text(Cow<'static, str>),
    /// A number with this many decimals.
    Decimal(f64, usize),
    /// A share of a hundred, with two decimals.
    Percent(f64),
    /// Bytes, as people write them.
    Bytes(u64),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::Decimal(number, decimals) => write!(f, "{number:.decimals$}"),
            Self::Percent(share) => write!(f, "{share:.2}%"),
            Self::Bytes(bytes) => f.write_str(&human_bytes(*bytes)),
        }
    }
}

impl Value {
    /// `part` as a multiple of `whole`, which counts as 1 when it is 0.
    pub(super) fn ratio(part: u64, whole: u64) -> Self {
        Self::Decimal(part as f64 / whole.max(1) as f64, 2)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Int(number as i64)
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Int(number as i64)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(yes.into())
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

/// Bytes with two decimals in the largest unit that they fill: `1.50M`.
pub(crate) fn human_bytes(bytes: u64) -> String {
    let exponent = bytes.max(1).ilog2() / 10;
    if exponent == 0 {
        return format!("{bytes}B");
    }
    let unit = ['K', 'M', 'G', 'T', 'P', 'E'][exponent as usize - 1];
    format!(
        "{:.2}{unit}",
        bytes as f64 / (1_u64 << (10 * exponent)) as f64
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_shown_in_the_largest_unit_they_fill() {
        let shown = [0, 1023, 1024, 1536, 1 << 20, 6_550_024, 25_276_514_304].map(human_bytes);
        assert_eq!(
            shown,
            ["0B", "1023B", "1.00K", "1.50K", "1.00M", "6.25M", "23.54G"]
        );
        assert_eq!(human_bytes(u64::MAX), "16.00E");
    }

    #[test]
    fn a_ratio_to_nothing_is_a_number() {
        assert_eq!(Value::ratio(0, 0).to_string(), "0.00");
        assert_eq!(Value::ratio(3, 2).to_string(), "1.50");
    }
}
