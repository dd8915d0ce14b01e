//! The 80-bit extended floating point of x86, in software.

use std::fmt;

use super::big::Big;
use super::float::{Unsigned, split_sign};

/// Fraction digits that INCRBYFLOAT prints, before it strips the zeros at the end.
const FRACTION_DIGITS: u32 = 17;
/// The weight of the lowest bit of a subnormal number, and of the largest normal one.
const MIN_EXPONENT: i32 = -16_445;
const MAX_EXPONENT: i32 = 16_320;
/// Text of this many bytes or more is refused unread.
const TEXT_MAX_LEN: usize = 5 * 1024;
/// Quotient bits that rounding needs: 64 of mantissa, and some for what they are rounded by.
const QUOTIENT_BITS: u32 = 68;

/// A number as INCRBYFLOAT and HINCRBYFLOAT compute: finite with a 64-bit mantissa, or infinite.
///
/// Servers on x86 use the C compiler's `long double` here, so that 0.1 + 0.2 is 0.3. Results must
/// agree to the last of the 17 digits that are shown, hence this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LongDouble(Repr);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repr {
    /// `mantissa * 2^exponent`. The mantissa's top bit is set unless the exponent is the least.
    Finite {
        negative: bool,
        mantissa: u64,
        exponent: i32,
    },
    Infinite,
}

impl LongDouble {
    const ZERO: Self = Self(Repr::Finite {
        negative: false,
        mantissa: 0,
        exponent: MIN_EXPONENT,
    });

    /// Reads what C's `strtold` reads: decimal, hexadecimal, or infinity, all of the text.
    ///
    /// `None` for other text, space, NaN, and numbers too large or too small to represent.
    pub fn parse(text: &[u8]) -> Option<Self> {
        if text.len() >= TEXT_MAX_LEN {
            return None;
        }
        let (negative, text) = split_sign(text);
        match Unsigned::parse(text)? {
            Unsigned::Infinity => Some(Self(Repr::Infinite)),
            Unsigned::Hex { mantissa, exponent } => Self::rounded(negative, mantissa, exponent),
            Unsigned::Decimal { digits, exponent } => {
                Self::from_decimal(negative, digits, exponent)
            }
        }
    }

    /// The sum; `None` when it is not finite.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let (Repr::Finite { .. }, Repr::Finite { .. }) = (self.0, other.0) else {
            return None;
        };
        let (low, high) = if self.weight() < other.weight() {
            (self, other)
        } else {
            (other, self)
        };
        let shift = high.weight() - low.weight();
        // Beyond 62 bits the lower number only matters as something that is not zero, yet small:
        // the higher one is normal then, so 126 bits leave no rounding in doubt.
        let high_shift = shift.min(62);
        let low_shift = (shift - high_shift).min(64);
        let low_mantissa = u128::from(low.mantissa());
        let sticky = low_mantissa != low_mantissa >> low_shift << low_shift;
        let low_term = low.signed(low_mantissa >> low_shift | u128::from(sticky));
        let sum = high.signed(u128::from(high.mantissa()) << high_shift) + low_term;
        if sum == 0 {
            return Some(Self::ZERO);
        }
        Self::rounded(
            sum < 0,
            sum.unsigned_abs(),
            i64::from(high.weight() - high_shift),
        )
    }

    fn weight(self) -> i32 {
        match self.0 {
            Repr::Finite { exponent, .. } => exponent,
            Repr::Infinite => MAX_EXPONENT,
        }
    }

    fn mantissa(self) -> u64 {
        match self.0 {
            Repr::Finite { mantissa, .. } => mantissa,
            Repr::Infinite => u64::MAX,
        }
    }

    fn signed(self, magnitude: u128) -> i128 {
        match self.0 {
            Repr::Finite { negative: true, .. } => -(magnitude as i128),
            _ => magnitude as i128,
        }
    }

    /// `mantissa * 2^exponent` to the nearest, ties to even. The lowest bit of a mantissa of more
    /// than 66 bits may stand for any lower ones. `None` when out of range.
    fn rounded(negative: bool, mantissa: u128, exponent: i64) -> Option<Self> {
        if mantissa == 0 {
            return Some(Self(Repr::Finite {
                negative,
                mantissa: 0,
                exponent: MIN_EXPONENT,
            }));
        }
        let bits = i64::from(u128::BITS - mantissa.leading_zeros());
        let weight = (exponent + bits - 64).max(MIN_EXPONENT.into());
        let shift = weight - exponent;
        let mut rounded = match shift {
            ..=0 => mantissa << -shift,
            1..128 => {
                let rest = mantissa & ((1 << shift) - 1);
                let half = 1 << (shift - 1);
                let kept = mantissa >> shift;
                kept + u128::from(rest > half || rest == half && kept & 1 == 1)
            }
            _ => 0,
        };
        let mut weight = weight as i32;
        if rounded >> 64 != 0 {
            rounded >>= 1;
            weight += 1;
        }
        let in_range = rounded != 0 && weight <= MAX_EXPONENT;
        let repr = Repr::Finite {
            negative,
            mantissa: rounded as u64,
            exponent: weight,
        };
        in_range.then_some(Self(repr))
    }

    /// `digits * 10^exponent`, where `digits` are decimal with at most one point among them.
    fn from_decimal(negative: bool, digits: &[u8], exponent: i64) -> Option<Self> {
        let fraction_len = digits
            .iter()
            .rev()
            .position(|byte| *byte == b'.')
            .unwrap_or(0);
        let exponent = exponent.saturating_sub(fraction_len as i64);
        let mut numerator = Big::new(0);
        for digit in digits.iter().filter(|byte| **byte != b'.') {
            numerator.mul_add(10, u32::from(digit - b'0'));
        }
        if numerator.is_zero() {
            return Self::rounded(negative, 0, 0);
        }
        // With the longest of texts, exponents out of this range are out of every range.
        if exponent.unsigned_abs() > 2 * TEXT_MAX_LEN as u64 {
            return None;
        }
        let mut denominator = Big::new(1);
        let scaled = if exponent < 0 {
            &mut denominator
        } else {
            &mut numerator
        };
        scaled.mul_pow10(exponent.unsigned_abs() as u32);
        let (quotient, weight) = quotient(numerator, denominator);
        Self::rounded(negative, quotient, weight)
    }
}

/// `numerator / denominator` as `quotient * 2^weight`, of about [`QUOTIENT_BITS`] bits. The lowest
/// bit is set if any bits below it would be.
fn quotient(mut numerator: Big, mut denominator: Big) -> (u128, i64) {
    let shift = i64::from(denominator.bits()) - i64::from(numerator.bits());
    let shorter = if shift > 0 {
        &mut numerator
    } else {
        &mut denominator
    };
    shorter.shift_left(shift.unsigned_abs() as u32);
    let mut quotient = 0;
    for _ in 0..QUOTIENT_BITS {
        quotient <<= 1;
        if numerator >= denominator {
            numerator.subtract(&denominator);
            quotient |= 1;
        }
        numerator.shift_left(1);
    }
    let sticky = u128::from(!numerator.is_zero());
    (quotient | sticky, 1 - i64::from(QUOTIENT_BITS) - shift)
}

impl From<i64> for LongDouble {
    fn from(int: i64) -> Self {
        Self::rounded(int < 0, int.unsigned_abs().into(), 0).expect("64 bits are exact")
    }
}

/// As INCRBYFLOAT replies: up to 17 fraction digits, without zeros at the end.
impl fmt::Display for LongDouble {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Repr::Finite {
            negative,
            mantissa,
            exponent,
        } = self.0
        else {
            return formatter.write_str("inf");
        };
        let mut scaled = Big::new(mantissa);
        scaled.mul_pow10(FRACTION_DIGITS);
        if exponent < 0 {
            scaled.shift_right_rounding(exponent.unsigned_abs());
        } else {
            scaled.shift_left(exponent.unsigned_abs());
        }
        let digits = scaled.into_decimal(FRACTION_DIGITS as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - FRACTION_DIGITS as usize);
        let fraction = fraction.trim_end_matches('0');
        let is_zero = whole == "0" && fraction.is_empty();
        let sign = if negative && !is_zero { "-" } else { "" };
        let point = if fraction.is_empty() { "" } else { "." };
        write!(formatter, "{sign}{whole}{point}{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(left: &str, right: &str, sum: &str) {
        let [left, right] = [left, right].map(|text| LongDouble::parse(text.as_bytes()).unwrap());
        assert_eq!(
            left.checked_add(right)
                .map(|sum| sum.to_string())
                .as_deref(),
            Some(sum)
        );
    }

    // The sums are replies of a released server on x86-64.
    #[test]
    fn sums_are_those_of_x86() {
        check("0.1", "0.2", "0.3");
        check("5.0e3", "2.0e2", "5200");
        check("10.50", "0.1", "10.6");
        check("3", "1.1", "4.1");
        check("-1.5", "1.5", "0");
        check("0", "-1e-30", "0");
        check("1e30", "1", "1000000000000000000024696061952");
        check("0x1p4", "0x.8p1", "17");
        check("9223372036854775807", "1", "9223372036854775808");
        check("18446744073709551615", "2", "18446744073709551616");
    }

    #[test]
    fn refuses_what_strtold_does_not_consume() {
        for text in [
            "", " 1", "1 ", "1e", "e1", ".", "-", "0x", "nan", "1.2.3", "1e5000", "1e-5000",
        ] {
            assert_eq!(LongDouble::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(LongDouble::parse(&[b'1'; TEXT_MAX_LEN]), None);
    }

    #[test]
    fn infinity_is_read_but_never_a_sum() {
        for text in ["inf", "-Infinity"] {
            let infinite = LongDouble::parse(text.as_bytes()).unwrap();
            assert_eq!(infinite.checked_add(LongDouble::from(1)), None);
        }
        let largest = LongDouble::parse(b"1.18e4932").unwrap();
        assert_eq!(largest.checked_add(largest), None);
    }
}
