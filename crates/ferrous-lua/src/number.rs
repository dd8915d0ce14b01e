//! Numbers in text as C's library reads and writes them, which is how scripts have always seen them.

/// Writes `value` as `printf` does with `%.{precision}g`.
pub(crate) fn write_general(value: f64, precision: usize, out: &mut Vec<u8>) {
    if value.is_nan() {
        return out.extend_from_slice(if value.is_sign_negative() {
            b"-nan"
        } else {
            b"nan"
        });
    }
    if value.is_infinite() {
        return out.extend_from_slice(if value < 0.0 { b"-inf" } else { b"inf" });
    }
    if value.fract() == 0.0
        && value.abs() < 1e9
        && precision >= 9
        && !(value == 0.0 && value.is_sign_negative())
    {
        return out.extend_from_slice(itoa::Buffer::new().format(value as i64).as_bytes());
    }
    let scientific = format!("{value:.*e}", precision.max(1) - 1);
    let (mantissa, exponent) = scientific
        .split_once('e')
        .expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is a number");
    if exponent < -4 || exponent >= precision as i32 {
        out.extend_from_slice(trimmed(mantissa).as_bytes());
        let sign = if exponent < 0 { '-' } else { '+' };
        out.extend_from_slice(format!("e{sign}{:02}", exponent.unsigned_abs()).as_bytes());
    } else {
        let decimals = (precision as i32 - 1 - exponent).max(0) as usize;
        out.extend_from_slice(trimmed(&format!("{value:.decimals$}")).as_bytes());
    }
}

/// Without zeros at the end of the fraction.
fn trimmed(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// The number that `text` begins with and its length, as `strtod` finds it: decimal, hexadecimal, infinite or none.
pub(crate) fn parse_prefix(text: &[u8]) -> Option<(f64, usize)> {
    let sign_bytes = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let negative = text.first() == Some(&b'-');
    let unsigned = &text[sign_bytes..];
    let (magnitude, bytes) = special(unsigned)
        .or_else(|| hexadecimal(unsigned))
        .or_else(|| decimal(unsigned))?;
    let value = if negative { -magnitude } else { magnitude };
    Some((value, sign_bytes + bytes))
}

fn special(text: &[u8]) -> Option<(f64, usize)> {
    let begins = |word: &str| {
        text.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    };
    if begins("infinity") {
        Some((f64::INFINITY, 8))
    } else if begins("inf") {
        Some((f64::INFINITY, 3))
    } else if begins("nan") {
        Some((f64::NAN, 3))
    } else {
        None
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// The length of an exponent: its letter, a sign and digits.
fn exponent(text: &[u8], letter: u8) -> usize {
    if !text
        .first()
        .is_some_and(|byte| byte.eq_ignore_ascii_case(&letter))
    {
        return 0;
    }
    let sign = usize::from(matches!(text.get(1), Some(b'+' | b'-')));
    match digits(&text[1 + sign..]) {
        0 => 0,
        count => 1 + sign + count,
    }
}

fn decimal(text: &[u8]) -> Option<(f64, usize)> {
    let whole = digits(text);
    let mut end = whole;
    let mut count = whole;
    if text.get(end) == Some(&b'.') {
        let fraction = digits(&text[end + 1..]);
        count += fraction;
        end += 1 + fraction;
    }
    if count == 0 {
        return None;
    }
    end += exponent(&text[end..], b'e');
    let text = std::str::from_utf8(&text[..end]).ok()?;
    Some((text.parse().ok()?, end))
}

fn hexadecimal(text: &[u8]) -> Option<(f64, usize)> {
    if !matches!(text, [b'0', b'x' | b'X', ..]) {
        return None;
    }
    let (mut value, mut scale, mut end, mut count) = (0.0, 0_i32, 2, 0);
    let mut after_point = false;
    while let Some(&byte) = text.get(end) {
        if let Some(digit) = char::from(byte).to_digit(16) {
            value = value * 16.0 + f64::from(digit);
            scale -= if after_point { 4 } else { 0 };
            count += 1;
        } else if byte == b'.' && !after_point {
            after_point = true;
        } else {
            break;
        }
        end += 1;
    }
    if count == 0 {
        return None;
    }
    let exponent_bytes = exponent(&text[end..], b'p');
    if exponent_bytes > 0 {
        let power = std::str::from_utf8(&text[end + 1..end + exponent_bytes]).ok()?;
        scale = scale.saturating_add(power.parse::<i32>().unwrap_or(i32::MAX));
    }
    Some((value * 2_f64.powi(scale), end + exponent_bytes))
}

/// A double as an integer the way x86 converts it: what does not fit is the smallest.
pub(crate) fn to_integer(value: f64) -> i64 {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if (-BOUND..BOUND).contains(&value) {
        value as i64
    } else {
        i64::MIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f64, precision: usize, expected: &str) {
        let mut out = Vec::new();
        write_general(value, precision, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn general_format() {
        check(1e15, 14, "1e+15");
        check(std::f64::consts::PI, 14, "3.1415926535898");
        check(0.1, 17, "0.10000000000000001");
        check(1e17, 17, "1e+17");
        check(100_000.0, 14, "100000");
        check(0.0001, 14, "0.0001");
        check(0.00001, 14, "1e-05");
        check(-0.0, 14, "-0");
        check(1e100, 14, "1e+100");
        check(99_999_999_999_999.5, 14, "1e+14");
        check(f64::NEG_INFINITY, 14, "-inf");
        check(0.5, 1, "0.5");
        check(12.0, 1, "1e+01");
    }

    #[test]
    fn prefixes() {
        let parse = |text: &str| parse_prefix(text.as_bytes());
        assert_eq!(parse("010,"), Some((10.0, 3)));
        assert_eq!(parse("1.e"), Some((1.0, 2)));
        assert_eq!(parse("-1e5]"), Some((-1e5, 4)));
        assert_eq!(parse("0x10"), Some((16.0, 4)));
        assert_eq!(parse("0x1.8p1"), Some((3.0, 7)));
        assert_eq!(parse("0x"), Some((0.0, 1)));
        assert_eq!(parse("inf"), Some((f64::INFINITY, 3)));
        assert_eq!(parse("Infinity"), Some((f64::INFINITY, 8)));
        assert_eq!(parse("-"), None);
        assert_eq!(parse("."), None);
    }

    #[test]
    fn integers_convert_as_on_x86() {
        assert_eq!(to_integer(3.99), 3);
        assert_eq!(to_integer(-3.99), -3);
        assert_eq!(to_integer(1e20), i64::MIN);
        assert_eq!(to_integer(f64::NAN), i64::MIN);
    }
}
