//! `f64` in text: scores, increments and timeouts.

/// Reads what C's `strtod` reads: decimal, hexadecimal, or infinity, all of the text.
///
/// `None` for other text, leading space, NaN, and numbers too large or too small to represent.
pub fn parse_f64(text: &[u8]) -> Option<f64> {
    let (negative, unsigned) = split_sign(text);
    let magnitude = match Unsigned::parse(unsigned)? {
        Unsigned::Infinity => f64::INFINITY,
        Unsigned::Hex { mantissa, exponent } => in_range(scale(mantissa, exponent), mantissa != 0)?,
        Unsigned::Decimal { digits, .. } => {
            let value = std::str::from_utf8(unsigned).ok()?.parse().ok()?;
            in_range(value, digits.iter().any(|byte| matches!(byte, b'1'..=b'9')))?
        }
    };
    Some(if negative { -magnitude } else { magnitude })
}

fn in_range(value: f64, is_not_zero: bool) -> Option<f64> {
    (value.is_finite() && (value != 0.0 || !is_not_zero)).then_some(value)
}

/// `mantissa * 2^exponent`.
fn scale(mantissa: u128, exponent: i64) -> f64 {
    // Two steps, since the power alone may be out of range where the product is not.
    let exponent = exponent.clamp(-2200, 2200) as i32;
    mantissa as f64 * 2_f64.powi(exponent / 2) * 2_f64.powi(exponent - exponent / 2)
}

pub(super) fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    }
}

/// A number without its sign, as C spells them.
pub(super) enum Unsigned<'a> {
    /// `inf` or `infinity` in any case.
    Infinity,
    /// `mantissa * 2^exponent`. The lowest bit of a long mantissa stands for any lower ones.
    Hex { mantissa: u128, exponent: i64 },
    /// `digits * 10^exponent`, with at most one point among the digits.
    Decimal { digits: &'a [u8], exponent: i64 },
}

impl<'a> Unsigned<'a> {
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        if text.eq_ignore_ascii_case(b"inf") || text.eq_ignore_ascii_case(b"infinity") {
            return Some(Self::Infinity);
        }
        if let [b'0', b'x' | b'X', hex @ ..] = text {
            return Self::parse_hex(hex);
        }
        let (digits, exponent) = split_exponent(text, b'e')?;
        are_digits(digits, u8::is_ascii_digit).then_some(Self::Decimal { digits, exponent })
    }

    fn parse_hex(text: &[u8]) -> Option<Self> {
        let (digits, mut exponent) = split_exponent(text, b'p')?;
        if !are_digits(digits, u8::is_ascii_hexdigit) {
            return None;
        }
        let fraction_len = digits
            .iter()
            .rev()
            .position(|byte| *byte == b'.')
            .unwrap_or(0);
        exponent = exponent.saturating_sub(4 * fraction_len as i64);
        let mut mantissa = 0_u128;
        for digit in digits
            .iter()
            .filter_map(|byte| char::from(*byte).to_digit(16))
        {
            if mantissa >> 120 == 0 {
                mantissa = mantissa << 4 | u128::from(digit);
            } else {
                mantissa |= u128::from(digit != 0);
                exponent = exponent.saturating_add(4);
            }
        }
        Some(Self::Hex { mantissa, exponent })
    }
}

/// Digits with at most one point, and one digit at least.
fn are_digits(text: &[u8], is_digit: fn(&u8) -> bool) -> bool {
    let digits = text.iter().filter(|byte| is_digit(byte)).count();
    let others = text.len() - digits;
    digits > 0 && (others == 0 || others == 1 && text.contains(&b'.'))
}

/// Parts `digits e exponent`; the exponent is zero where there is none.
fn split_exponent(text: &[u8], marker: u8) -> Option<(&[u8], i64)> {
    let Some(at) = text
        .iter()
        .position(|byte| byte.to_ascii_lowercase() == marker)
    else {
        return Some((text, 0));
    };
    let (negative, digits) = split_sign(&text[at + 1..]);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let magnitude = digits.iter().fold(0_i64, |magnitude, digit| {
        magnitude
            .saturating_mul(10)
            .saturating_add(i64::from(digit - b'0'))
    });
    Some((&text[..at], if negative { -magnitude } else { magnitude }))
}

/// The text of an `f64`: the shortest digits that read back as the same number.
///
/// Written plainly when that takes few zeros, else with an exponent: `0.1`, `3`, `1e+20`, `1.5e-7`,
/// `inf`. Source of the thresholds: Andreas Samoljuk's fpconv, which Redis 7.2 and Valkey use.
pub struct FloatText {
    bytes: [u8; Self::CAPACITY],
    len: usize,
}

impl FloatText {
    /// A sign, 17 digits, a point, `e`, a sign and three digits; or seven zeros for the exponent.
    const CAPACITY: usize = 32;

    /// Formats `value`.
    pub fn new(value: f64) -> Self {
        let mut text = Self {
            bytes: [0; Self::CAPACITY],
            len: 0,
        };
        if value.is_nan() {
            text.push(b"nan");
            return text;
        }
        if value.is_sign_negative() {
            text.push(b"-");
        }
        if value.is_infinite() {
            text.push(b"inf");
        } else if value == 0.0 {
            text.push(b"0");
        } else {
            text.push_decimal(&Decimal::shortest(value));
        }
        text
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn push(&mut self, bytes: &[u8]) {
        self.bytes[self.len..self.len + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len();
    }

    fn push_zeros(&mut self, count: i32) {
        (0..count).for_each(|_| self.push(b"0"));
    }

    fn push_decimal(&mut self, decimal: &Decimal) {
        let digits = &decimal.digits[..decimal.len];
        let len = decimal.len as i32;
        let leading_exponent = decimal.exponent + len - 1;
        let magnitude = leading_exponent.abs();
        if decimal.exponent >= 0 && magnitude < len + 7 {
            self.push(digits);
            self.push_zeros(decimal.exponent);
        } else if decimal.exponent < 0 && (decimal.exponent > -7 || magnitude < 4) {
            self.push_with_point(digits, leading_exponent + 1);
        } else {
            self.push_with_point(digits, 1);
            self.push(if leading_exponent < 0 { b"e-" } else { b"e+" });
            self.push(itoa::Buffer::new().format(magnitude).as_bytes());
        }
    }

    /// The digits with a point behind the first `whole` of them, which may be none or fewer.
    fn push_with_point(&mut self, digits: &[u8], whole: i32) {
        if whole <= 0 {
            self.push(b"0.");
            self.push_zeros(-whole);
            self.push(digits);
        } else {
            let (whole, fraction) = digits.split_at(whole as usize);
            self.push(whole);
            if !fraction.is_empty() {
                self.push(b".");
                self.push(fraction);
            }
        }
    }
}

/// `digits * 10^exponent`, without zeros at either end.
struct Decimal {
    digits: [u8; 17],
    len: usize,
    exponent: i32,
}

impl Decimal {
    /// The shortest decimal that reads back as `value`, which is finite and not zero.
    fn shortest(value: f64) -> Self {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value.abs()).as_bytes();
        let (mantissa, exponent) = split_exponent(text, b'e').expect("a number was just written");
        let point = mantissa
            .iter()
            .position(|byte| *byte == b'.')
            .unwrap_or(mantissa.len());
        let fraction_len = mantissa.len().saturating_sub(point + 1);
        let digits = mantissa.iter().copied().filter(u8::is_ascii_digit);
        let mut decimal = Self {
            digits: [0; 17],
            len: 0,
            exponent: exponent as i32 - fraction_len as i32,
        };
        let mut zeros = 0;
        for digit in digits.skip_while(|digit| *digit == b'0') {
            if digit == b'0' {
                zeros += 1;
                continue;
            }
            decimal.digits[decimal.len..decimal.len + zeros].fill(b'0');
            decimal.len += zeros;
            decimal.digits[decimal.len] = digit;
            decimal.len += 1;
            zeros = 0;
        }
        decimal.exponent += zeros as i32;
        decimal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_strtod_reads() {
        let accepted = [
            ("1", 1.0),
            ("+1.5", 1.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("-1e3", -1000.0),
            ("0x1P-2", 0.25),
            ("0xA.8", 10.5),
            ("-InFinity", f64::NEG_INFINITY),
            ("inf", f64::INFINITY),
            ("5e-324", 5e-324),
            ("0e999", 0.0),
        ];
        for (text, value) in accepted {
            assert_eq!(parse_f64(text.as_bytes()), Some(value), "{text}");
        }
        let refused = [
            "",
            " 1",
            "1 ",
            "1e",
            "e5",
            ".",
            "+",
            "--1",
            "nan",
            "infin",
            "1e400",
            "1e-400",
            "0x",
            "0x.",
            "0x1p",
            "1_0",
            "1.2.3",
            "0x1p9999",
            "0x1p-9999",
        ];
        for text in refused {
            assert_eq!(parse_f64(text.as_bytes()), None, "{text}");
        }
        assert_eq!(parse_f64(b"1\0"), None);
    }

    #[test]
    fn writes_as_fpconv_does() {
        let texts = [
            (0.0, "0"),
            (-0.0, "-0"),
            (3.0, "3"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (0.3, "0.3"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e7, "10000000"),
            (1e8, "1e+8"),
            (1e20, "1e+20"),
            (123_456_789_012.0, "123456789012"),
            (1e-5, "0.00001"),
            (1e-7, "1e-7"),
            (1.5e-7, "1.5e-7"),
            (0.001_234_567_89, "0.00123456789"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (9_007_199_254_740_993.0, "9007199254740992"),
            (f64::NEG_INFINITY, "-inf"),
        ];
        for (value, text) in texts {
            assert_eq!(
                FloatText::new(value).as_bytes(),
                text.as_bytes(),
                "{value:e}"
            );
        }
    }
}
