//! Inline requests: what a person types into telnet, split as a shell would.

use super::arguments::{Arguments, Span};
use super::error::ProtocolError;

/// Appends the arguments in `buffer[start..end]`, one line without its newline, to `arguments`.
///
/// Blanks separate arguments. Within double quotes `\xHH`, `\n`, `\r`, `\t`, `\b`, `\a` stand for a byte
/// and a backslash makes any other byte literal; within single quotes only `\'` is special. A quote
/// may open in the middle of an argument, and a closing quote ends it.
pub(super) fn split(
    buffer: &[u8],
    start: usize,
    end: usize,
    arguments: &mut Arguments,
) -> Result<(), ProtocolError> {
    let line = &buffer[..end];
    let mut at = start;
    while let Some(blanks) = line[at..].iter().position(|byte| !is_space(*byte)) {
        let token = at + blanks;
        let length = line[token..]
            .iter()
            .position(|byte| ends_plain(*byte) || is_quote(*byte));
        let stop = length.map_or(end, |length| token + length);
        at = if line.get(stop).is_some_and(|byte| is_quote(*byte)) {
            arguments.push_unescaped(|out| unescape(line, token, out))?
        } else {
            arguments.spans.push(Span::new(token..stop));
            stop
        };
    }
    Ok(())
}

/// The arguments in `line`, as an inline request has them; `None` when its quotes are not balanced.
///
/// Lines of configuration files and of terminals have the same grammar. Its inverse is [`quote_into`].
pub fn split_line(line: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut arguments = Arguments::default();
    split(line, 0, line.len(), &mut arguments).ok()?;
    Some(arguments.request(line).iter().map(<[u8]>::to_vec).collect())
}

/// Appends `argument` in double quotes, printable and on one line, so that [`split_line`] gives it back.
pub fn quote_into(out: &mut Vec<u8>, argument: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for byte in argument {
        match byte {
            b'\\' | b'"' => out.extend([b'\\', *byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0x07 => out.extend(b"\\a"),
            0x08 => out.extend(b"\\b"),
            b' '..=b'~' => out.push(*byte),
            _ => {
                let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
                out.extend([b'\\', b'x', DIGITS[high], DIGITS[low]]);
            }
        }
    }
    out.push(b'"');
}

/// Writes the argument that begins at `at` without its quotes, and returns where it ends.
fn unescape(line: &[u8], mut at: usize, out: &mut Vec<u8>) -> Result<usize, ProtocolError> {
    loop {
        match line.get(at) {
            Some(b'"') => return unescape_double(line, at + 1, out),
            Some(b'\'') => return unescape_single(line, at + 1, out),
            Some(byte) if !ends_plain(*byte) => out.push(*byte),
            _ => return Ok(at),
        }
        at += 1;
    }
}

fn unescape_double(line: &[u8], mut at: usize, out: &mut Vec<u8>) -> Result<usize, ProtocolError> {
    loop {
        match &line[at..] {
            [b'\\', b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(hex_digit(*high) << 4 | hex_digit(*low));
                at += 4;
            }
            [b'\\', escaped, ..] => {
                out.push(escape(*escaped));
                at += 2;
            }
            [b'"', rest @ ..] => return close_quote(at + 1, rest),
            [byte, ..] => {
                out.push(*byte);
                at += 1;
            }
            [] => return Err(ProtocolError::UnbalancedQuotes),
        }
    }
}

fn unescape_single(line: &[u8], mut at: usize, out: &mut Vec<u8>) -> Result<usize, ProtocolError> {
    loop {
        match &line[at..] {
            [b'\\', b'\'', ..] => {
                out.push(b'\'');
                at += 2;
            }
            [b'\'', rest @ ..] => return close_quote(at + 1, rest),
            [byte, ..] => {
                out.push(*byte);
                at += 1;
            }
            [] => return Err(ProtocolError::UnbalancedQuotes),
        }
    }
}

/// A closing quote must be followed by a blank or by nothing at all.
fn close_quote(end: usize, rest: &[u8]) -> Result<usize, ProtocolError> {
    match rest.first() {
        Some(byte) if !is_space(*byte) => Err(ProtocolError::UnbalancedQuotes),
        _ => Ok(end),
    }
}

/// The byte that a backslash and `letter` stand for within double quotes.
fn escape(letter: u8) -> u8 {
    match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'a' => 0x07,
        literal => literal,
    }
}

fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        letter => (letter | 0x20) - b'a' + 10,
    }
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'')
}

/// The blanks of C's `isspace`, which may stand before an argument and behind a closing quote.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// The blanks that end an argument outside quotes: vertical tab and form feed do not.
fn ends_plain(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &[u8], expected: &[&[u8]]) {
        let mut arguments = Arguments::default();
        split(line, 0, line.len(), &mut arguments).expect("balanced");
        assert_eq!(arguments.request(line).iter().collect::<Vec<_>>(), expected);
    }

    #[track_caller]
    fn check_unbalanced(line: &[u8]) {
        let result = split(line, 0, line.len(), &mut Arguments::default());
        assert_eq!(result, Err(ProtocolError::UnbalancedQuotes));
    }

    #[test]
    fn blanks_separate() {
        check(b"", &[]);
        check(b" \t\x0b\x0c", &[]);
        check(b"  SET  key\tvalue\r", &[b"SET", b"key", b"value"]);
        check(b"a \x0bb\x0bc", &[b"a", b"b\x0bc"]);
        check(b"a\rb", &[b"a", b"b"]);
    }

    #[test]
    fn double_quotes_unescape() {
        check(br#""a\x41\n\q""#, &[b"aA\nq"]);
        check(br#""\r\t\b\a\\\"""#, &[b"\r\t\x08\x07\\\""]);
        check(br#""\xzz" "\x4" "\xFf""#, &[b"xzz", b"x4", b"\xff"]);
        check(br#""" a"b c" "it's""#, &[b"", b"ab c", b"it's"]);
        check(b"\"b\"\x0bc", &[b"b", b"c"]);
    }

    #[test]
    fn single_quotes_keep_backslashes() {
        check(br"'a\'b\n' a\x41\n", &[br"a'b\n", br"a\x41\n"]);
        check(br#"'a"\\b'"#, &[br#"a"\\b"#]);
    }

    #[test]
    fn quotes_must_balance() {
        for line in [
            &b"\"a"[..],
            b"'a",
            b"\"a\"b",
            b"'a'b",
            b"\"a\\",
            b"\"a\\\"",
            b"PI\"NG",
            b"'a\\'",
        ] {
            check_unbalanced(line);
        }
    }

    #[test]
    fn every_byte_survives_quoting() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        let mut line = b"name ".to_vec();
        quote_into(&mut line, &bytes);
        assert!(line.iter().all(|byte| (b' '..=b'~').contains(byte)));
        assert_eq!(split_line(&line), Some(vec![b"name".to_vec(), bytes]));
        assert_eq!(split_line(b"a \"b"), None);
    }
}
