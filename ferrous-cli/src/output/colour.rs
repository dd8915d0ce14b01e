//! Colours for the form that people read.

use std::env;
use std::io::{self, IsTerminal};

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colours {
    /// Where a person sees them and did not ask for none.
    Auto,
    Always,
    Never,
}

impl Colours {
    /// True when standard output is to be coloured.
    pub(crate) fn enabled(self) -> bool {
        let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if is_set("NO_COLOR") => false,
            Self::Auto if is_set("CLICOLOR_FORCE") => true,
            Self::Auto => {
                let dumb = env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
                io::stdout().is_terminal() && !dumb
            }
        }
    }
}

/// What a part of a line is, by its beginning, and its colour.
const KINDS: [(&[u8], &str); 8] = [
    (b"(error)", "31"),
    (b"(nil)", "90"),
    (b"(empty ", "90"),
    (b"(integer)", "36"),
    (b"(double)", "36"),
    (b"(big number)", "36"),
    (b"(true)", "33"),
    (b"(false)", "33"),
];
const STRING: &str = "32";
/// Between the key and the value of a map.
const ARROW: &[u8] = b" => ";

/// The standard form of a reply with its parts coloured. Without the colours it is the same text.
pub(super) fn paint(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() * 2);
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let (line, end) = match line.split_last() {
            Some((b'\n', line)) => (line, &b"\n"[..]),
            _ => (line, &b""[..]),
        };
        let (indices, rest) = line.split_at(indices_len(line));
        out.extend_from_slice(indices);
        paint_value(&mut out, rest);
        out.extend_from_slice(end);
    }
    out
}

/// The length of the numbers at the front: `1) 2) `, `1# `, `1~ `, and the spaces before them.
fn indices_len(line: &[u8]) -> usize {
    let mut len = 0;
    loop {
        let spaces = count(&line[len..], |byte| byte == b' ');
        let digits = count(&line[len + spaces..], |byte| byte.is_ascii_digit());
        let mark = len + spaces + digits;
        match line.get(mark..mark + 2) {
            Some([b')' | b'#' | b'~', b' ']) if digits > 0 => len = mark + 2,
            _ => return len,
        }
    }
}

fn count(bytes: &[u8], fits: impl Fn(u8) -> bool) -> usize {
    bytes.iter().take_while(|&&byte| fits(byte)).count()
}

fn paint_value(out: &mut Vec<u8>, rest: &[u8]) {
    let known = KINDS.iter().find(|(start, _)| rest.starts_with(start));
    let colour = match (known, rest.first()) {
        (Some((_, colour)), _) => colour,
        (None, Some(b'"')) => STRING,
        _ => return out.extend_from_slice(rest),
    };
    let end = if colour == STRING {
        string_len(rest)
    } else {
        let arrow = rest.windows(ARROW.len()).position(|part| part == ARROW);
        arrow.unwrap_or(rest.len())
    };
    let (value, after) = rest.split_at(end);
    out.extend_from_slice(format!("\x1b[{colour}m").as_bytes());
    out.extend_from_slice(value);
    out.extend_from_slice(b"\x1b[0m");
    match after.strip_prefix(ARROW) {
        Some(value) => {
            out.extend_from_slice(ARROW);
            paint_value(out, value);
        }
        None => out.extend_from_slice(after),
    }
}

/// The length of the quoted string at the front, quotes included.
fn string_len(text: &[u8]) -> usize {
    let mut escaped = false;
    for (at, &byte) in text.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let painted = String::from_utf8(paint(text.as_bytes())).unwrap();
        let readable = painted.replace("\x1b[0m", "}").replace("\x1b[", "{");
        assert_eq!(readable, expected);
    }

    #[test]
    fn parts_have_their_colours() {
        check("OK\n", "OK\n");
        check("(error) ERR a => b\n", "{31m(error) ERR a} => b\n");
        check("(integer) 3\n", "{36m(integer) 3}\n");
        check(
            "1) \"a\\\" 1) b\"\n2) (nil)\n",
            "1) {32m\"a\\\" 1) b\"}\n2) {90m(nil)}\n",
        );
        check("1) 1) (true)\n", "1) 1) {33m(true)}\n");
        check(
            "1# \"k => \" => (double) 1.5\n",
            "1# {32m\"k => \"} => {36m(double) 1.5}\n",
        );
    }
}
