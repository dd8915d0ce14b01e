//! Decimal integers as RESP spells them.

/// Parses the canonical spelling of an integer: what printing it would give, and nothing else.
///
/// No sign `+`, no leading zero, no `-0`, no blanks: servers refuse such lengths, so we do.
pub(crate) fn parse_canonical(text: &[u8]) -> Option<i64> {
    match text {
        b"0" => Some(0),
        [b'-', digits @ ..] => parse_digits(digits, i64::checked_sub),
        digits => parse_digits(digits, i64::checked_add),
    }
}

/// Accumulates digits that do not start with zero; `push` adds a digit in the direction of the sign.
fn parse_digits(digits: &[u8], push: impl Fn(i64, i64) -> Option<i64>) -> Option<i64> {
    if !matches!(digits.first(), Some(b'1'..=b'9')) {
        return None;
    }
    digits.iter().try_fold(0_i64, |value, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        push(value.checked_mul(10)?, i64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::parse_canonical;

    #[test]
    fn accepts_what_printing_gives() {
        for value in [0, 1, -1, 10, 512, i64::MAX, i64::MIN] {
            assert_eq!(parse_canonical(value.to_string().as_bytes()), Some(value));
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        let others = [
            "",
            "-",
            "+1",
            "01",
            "-0",
            "-01",
            " 1",
            "1 ",
            "1x",
            "9223372036854775808",
            "\u{661}",
        ];
        for text in others {
            assert_eq!(parse_canonical(text.as_bytes()), None, "{text:?}");
        }
    }
}
