//! Integers in text.

/// The integer whose one canonical decimal spelling `bytes` is: no sign but a minus, no leading
/// zero, no `-0`, within `i64`.
pub fn parse_canonical_int(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    match digits {
        [b'0'] if !negative => return Some(0),
        // Nineteen digits hold every i64 and cannot overflow a u64.
        [b'1'..=b'9', ..] if digits.len() <= 19 => {}
        _ => return None,
    }
    let mut magnitude = 0_u64;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        magnitude = magnitude * 10 + u64::from(digit);
    }
    if negative {
        0_i64.checked_sub_unsigned(magnitude)
    } else {
        i64::try_from(magnitude).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_spellings_are_integers() {
        for int in [0, 1, -1, 9, 10, 127, -4096, i64::MAX, i64::MIN] {
            assert_eq!(parse_canonical_int(int.to_string().as_bytes()), Some(int));
        }
        let strings = [
            "",
            "-",
            "+1",
            "-0",
            "00",
            "01",
            "-01",
            " 1",
            "1 ",
            "1a",
            "1.0",
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999",
        ];
        for string in strings {
            assert_eq!(parse_canonical_int(string.as_bytes()), None, "{string}");
        }
    }
}
