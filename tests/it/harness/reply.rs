//! Replies, read strictly from the wire and written in a notation that is exact yet easy on the eye.
//!
//! | wire | notation | wire | notation |
//! | --- | --- | --- | --- |
//! | `+OK` | `+OK` | `_` | `_` |
//! | `-ERR no` | `-ERR no` | `,1.5` | `,1.5` |
//! | `:7` | `:7` | `#t` | `#t` |
//! | `$2 hi` | `'hi'` (bytes as `\x00`) | `(12` | `(12` |
//! | `$-1` | `nil` | `=7 txt:one` | `=txt:'one'` |
//! | `*2 ..` | `[a, b]` | `%1 ..` | `{k: v}` |
//! | `*-1` | `nil[]` | `~2 ..`, `>2 ..` | `~[a, b]`, `>[a, b]` |
//!
//! Different replies have different notations, so comparing notations compares bytes. The reader shares no code
//! with the server: a mistake there cannot hide itself here.

use std::fmt;
use std::io::{self, BufRead, Read};

/// One reply of a server.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    /// Types that are one line: their type byte and text.
    Line(u8, String),
    /// An integer.
    Int(i64),
    /// A bulk string.
    Bulk(Vec<u8>),
    /// A verbatim string with its format.
    Verbatim(String, Vec<u8>),
    /// RESP2's null bulk string.
    NullBulk,
    /// RESP2's null array.
    NullArray,
    /// An array, a set or a push, told apart by the type byte.
    List(u8, Vec<Reply>),
    /// A map.
    Map(Vec<(Reply, Reply)>),
}

impl Reply {
    /// Reads one reply, refusing what no server should send.
    pub(crate) fn read(from: &mut impl BufRead) -> io::Result<Self> {
        let line = read_line(from)?;
        let (&kind, text) = line
            .as_bytes()
            .split_first()
            .ok_or_else(|| malformed("an empty line"))?;
        let text =
            std::str::from_utf8(text).map_err(|_| malformed("a type byte that is not ASCII"))?;
        match (kind, text) {
            (b'+' | b'-' | b'_' | b',' | b'#' | b'(', _) => Ok(Self::Line(kind, text.to_owned())),
            (b':', _) => Ok(Self::Int(canonical(text)?)),
            (b'$', "-1") => Ok(Self::NullBulk),
            (b'*', "-1") => Ok(Self::NullArray),
            (b'$', _) => Ok(Self::Bulk(read_blob(from, text)?)),
            (b'=', _) => verbatim(&read_blob(from, text)?),
            (b'*' | b'~' | b'>', _) => {
                let items = (0..length(text)?)
                    .map(|_| Self::read(from))
                    .collect::<Result<_, _>>()?;
                Ok(Self::List(kind, items))
            }
            (b'%', _) => {
                let pair = |_| Ok((Self::read(from)?, Self::read(from)?));
                Ok(Self::Map(
                    (0..length(text)?).map(pair).collect::<io::Result<_>>()?,
                ))
            }
            _ => Err(malformed(&format!("the line {line:?}"))),
        }
    }

    /// The text of a bulk, verbatim or simple string; fails the test on anything else.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Line(b'+', text) => text.clone(),
            Self::Bulk(bytes) | Self::Verbatim(_, bytes) => {
                String::from_utf8_lossy(bytes).into_owned()
            }
            other => panic!("expected a string, got {other}"),
        }
    }

    /// The integer; fails the test on anything else.
    #[track_caller]
    pub(crate) fn int(&self) -> i64 {
        match self {
            Self::Int(int) => *int,
            other => panic!("expected an integer, got {other}"),
        }
    }

    /// The elements of an array, set or push; fails the test on anything else.
    #[track_caller]
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(_, items) => items,
            other => panic!("expected a list, got {other}"),
        }
    }

    /// The value of a text key in a map, or in an array of alternating keys and values.
    #[track_caller]
    pub(crate) fn field(&self, name: &str) -> &Self {
        let key = Self::Bulk(name.as_bytes().to_vec());
        let found = match self {
            Self::Map(pairs) => pairs
                .iter()
                .find(|(field, _)| *field == key)
                .map(|(_, value)| value),
            Self::List(_, items) => items
                .chunks(2)
                .find(|pair| pair[0] == key)
                .map(|pair| &pair[1]),
            _ => None,
        };
        found.unwrap_or_else(|| panic!("no field {name:?} in {self}"))
    }

    /// True for an error reply.
    pub(crate) fn is_error(&self) -> bool {
        matches!(self, Self::Line(b'-', _))
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(kind, text) => write!(f, "{}{}", char::from(*kind), visible(text)),
            Self::Int(int) => write!(f, ":{int}"),
            Self::Bulk(bytes) => write!(f, "'{}'", bytes.escape_ascii()),
            Self::Verbatim(format, bytes) => write!(f, "={format}:'{}'", bytes.escape_ascii()),
            Self::NullBulk => f.write_str("nil"),
            Self::NullArray => f.write_str("nil[]"),
            Self::List(kind, items) => {
                let mark = if *kind == b'*' {
                    String::new()
                } else {
                    char::from(*kind).to_string()
                };
                write!(f, "{mark}[{}]", join(items.iter().map(Self::to_string)))
            }
            Self::Map(pairs) => {
                write!(
                    f,
                    "{{{}}}",
                    join(pairs.iter().map(|(key, value)| format!("{key}: {value}")))
                )
            }
        }
    }
}

/// The text with what would not show written as an escape.
fn visible(text: &str) -> String {
    let show = |c: char| {
        if c.is_control() {
            c.escape_default().to_string()
        } else {
            c.to_string()
        }
    };
    text.chars().map(show).collect()
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn read_line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the server closed the connection",
        ));
    }
    let text = line
        .strip_suffix(b"\r\n")
        .ok_or_else(|| malformed("a line without its end"))?;
    Ok(String::from_utf8_lossy(text).into_owned())
}

fn read_blob(from: &mut impl Read, announced: &str) -> io::Result<Vec<u8>> {
    let mut blob = vec![0; length(announced)? + 2];
    from.read_exact(&mut blob)?;
    if !blob.ends_with(b"\r\n") {
        return Err(malformed("a string that is not as long as announced"));
    }
    blob.truncate(blob.len() - 2);
    Ok(blob)
}

fn verbatim(blob: &[u8]) -> io::Result<Reply> {
    match blob.split_at_checked(4) {
        Some((&[a, b, c, b':'], text)) => Ok(Reply::Verbatim(
            String::from_utf8_lossy(&[a, b, c]).into_owned(),
            text.to_vec(),
        )),
        _ => Err(malformed("a verbatim string without its format")),
    }
}

fn length(text: &str) -> io::Result<usize> {
    canonical(text)?
        .try_into()
        .map_err(|_| malformed("a negative length"))
}

/// The integer that `text` spells in the only way a server may.
fn canonical(text: &str) -> io::Result<i64> {
    text.parse()
        .ok()
        .filter(|int: &i64| int.to_string() == text)
        .ok_or_else(|| malformed(&format!("the number {text:?}")))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("a malformed reply: {what}"),
    )
}

#[test]
fn replies_are_read_and_written() {
    let wire = b"*5\r\n$2\r\na'\r\n$-1\r\n%1\r\n+k\r\n~1\r\n,1.5\r\n=7\r\ntxt:one\r\n*-1\r\n";
    let reply = Reply::read(&mut &wire[..]).unwrap();
    assert_eq!(
        reply.to_string(),
        r"['a\'', nil, {+k: ~[,1.5]}, =txt:'one', nil[]]"
    );
    for refused in [
        &b"$03\r\nabc\r\n"[..],
        b":+1\r\n",
        b"$2\r\nabc\r\n",
        b"+OK\n",
        b"?\r\n",
        b"",
    ] {
        assert!(
            Reply::read(&mut &refused[..]).is_err(),
            "{}",
            refused.escape_ascii()
        );
    }
}
