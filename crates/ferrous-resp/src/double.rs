//! Doubles as clients see them.

use std::ops::Deref;

/// Integers up to this magnitude are written in full, as a C `long long` would be: half of its range.
const INTEGER_MAX: f64 = (i64::MAX / 2) as f64;

/// The text of a double: the shortest that reads back as the same value.
///
/// Integers up to 2⁶² are written in full, then the layout is that of released servers since 7.2: plain while that
/// adds fewer than about seven zeros, else `d.ddde±x`; infinities are `inf` and `-inf`, and any NaN is `nan`.
/// Those servers find the digits by Grisu2, so in a few of a thousand arbitrary doubles their last digit is
/// another one, or there is one more; both texts read back as the same value.
///
/// ```
/// use ferrous_resp::DoubleText;
///
/// assert_eq!(&*DoubleText::new(0.1), b"0.1");
/// assert_eq!(&*DoubleText::new(1e21), b"1e+21");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct DoubleText {
    bytes: [u8; Self::BYTES_MAX],
    len: u8,
}

impl DoubleText {
    /// The longest text is a sign, 17 digits, a point and `e-308`.
    const BYTES_MAX: usize = 32;

    /// Formats `value`.
    pub fn new(value: f64) -> Self {
        let mut text = Self {
            bytes: [0; Self::BYTES_MAX],
            len: 0,
        };
        if value.is_nan() {
            text.push(b"nan");
        } else if value.is_infinite() {
            text.push(if value > 0.0 { b"inf" } else { b"-inf" });
        } else if value == 0.0 {
            text.push(if value.is_sign_negative() {
                b"-0"
            } else {
                b"0"
            });
        } else if value.abs() <= INTEGER_MAX && value.fract() == 0.0 {
            text.push(itoa::Buffer::new().format(value as i64).as_bytes());
        } else {
            text.push_shortest(value);
        }
        text
    }

    fn push_shortest(&mut self, value: f64) {
        let decimal = Decimal::new(value);
        if value < 0.0 {
            self.push(b"-");
        }
        let digits = decimal.digits();
        let count = digits.len() as i32;
        // The power of ten of the first digit without its sign, and how many digits precede the point.
        let magnitude = (decimal.exponent + count - 1).unsigned_abs() as i32;
        let before_point = count + decimal.exponent;
        if decimal.exponent >= 0 && magnitude < count + 7 {
            self.push(digits);
            self.push_zeros(decimal.exponent);
        } else if decimal.exponent < 0 && (decimal.exponent > -7 || magnitude < 4) {
            self.push_fraction(digits, before_point);
        } else {
            self.push_scientific(digits, before_point - 1);
        }
    }

    fn push_fraction(&mut self, digits: &[u8], before_point: i32) {
        if before_point <= 0 {
            self.push(b"0.");
            self.push_zeros(-before_point);
            self.push(digits);
        } else {
            let (whole, fraction) = digits.split_at(before_point as usize);
            self.push(whole);
            self.push(b".");
            self.push(fraction);
        }
    }

    fn push_scientific(&mut self, digits: &[u8], exponent: i32) {
        let (first, rest) = digits.split_at(1);
        self.push(first);
        if !rest.is_empty() {
            self.push(b".");
            self.push(rest);
        }
        self.push(if exponent < 0 { b"e-" } else { b"e+" });
        self.push(
            itoa::Buffer::new()
                .format(exponent.unsigned_abs())
                .as_bytes(),
        );
    }

    fn push_zeros(&mut self, count: i32) {
        for _ in 0..count {
            self.push(b"0");
        }
    }

    fn push(&mut self, text: &[u8]) {
        let start = usize::from(self.len);
        self.bytes[start..start + text.len()].copy_from_slice(text);
        self.len += text.len() as u8;
    }
}

impl Deref for DoubleText {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// The magnitude of a double as its shortest `digits × 10^exponent`, without zeros at either end.
struct Decimal {
    digits: [u8; 24],
    count: usize,
    exponent: i32,
}

impl Decimal {
    /// `value` is finite and not zero.
    fn new(value: f64) -> Self {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let exponent = exponent
            .parse()
            .expect("a printed double has a decimal exponent");
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));

        let mut decimal = Self {
            digits: [0; 24],
            count: 0,
            exponent,
        };
        decimal.exponent -= fraction.len() as i32;
        for digit in whole.bytes().chain(fraction.bytes()) {
            if decimal.count > 0 || digit != b'0' {
                decimal.digits[decimal.count] = digit;
                decimal.count += 1;
            }
        }
        while decimal.digits().last() == Some(&b'0') {
            decimal.count -= 1;
            decimal.exponent += 1;
        }
        decimal
    }

    fn digits(&self) -> &[u8] {
        &self.digits[..self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::DoubleText;

    #[track_caller]
    fn check(value: f64, expected: &str) {
        let text = DoubleText::new(value);
        assert_eq!(str::from_utf8(&text), Ok(expected));
    }

    /// Every line was seen from valkey-server 9.1.
    #[test]
    fn looks_as_released_servers_print() {
        check(3.000_000_000_000_000_4, "3.0000000000000004");
        check(0.1, "0.1");
        check(1.5, "1.5");
        check(1e15, "1000000000000000");
        check(1e18, "1000000000000000000");
        check(1e19, "1e+19");
        check(1e21, "1e+21");
        check(123_456_789_012_345_678.0, "123456789012345680");
        check(12_345_678_901_234_567_890.0, "12345678901234567000");
        check(4_611_686_018_427_387_904.0, "4611686018427387904");
        check(4_611_686_018_427_388_928.0, "4611686018427389000");
        check(9_223_372_036_854_775_807.0, "9223372036854776000");
        check(1e-6, "0.000001");
        check(1e-7, "1e-7");
        check(1.234e-5, "1.234e-5");
        check(-1.5e-7, "-1.5e-7");
        check(123_456_789.125, "123456789.125");
        check(5e-324, "5e-324");
        check(f64::MAX, "1.7976931348623157e+308");
        check(-f64::MIN_POSITIVE, "-2.2250738585072014e-308");
        check(0.0, "0");
        check(-0.0, "-0");
        check(f64::INFINITY, "inf");
        check(f64::NEG_INFINITY, "-inf");
        check(-f64::NAN, "nan");
    }
}
