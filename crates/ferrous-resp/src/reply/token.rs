//! Replies as a flat sequence of tokens, for values too large to hold as a tree.

use memchr::memchr;

use super::ReplyLimits;
use super::error::ReplyErrorKind;
use crate::Aggregate;
use crate::decimal::parse_canonical;

/// A scalar, or the beginning or end of something longer. Strings are slices of the buffer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Token<'a> {
    /// A status, `+`.
    Simple(&'a [u8]),
    /// An error, `-`.
    Error(&'a [u8]),
    /// An integer, `:`.
    Integer(i64),
    /// A string of any bytes, `$`.
    Bulk(&'a [u8]),
    /// An error of any bytes, `!`.
    BlobError(&'a [u8]),
    /// Text in a format, `=`.
    Verbatim {
        /// Such as `txt` or `mkd`.
        format: [u8; 3],
        /// The text behind the format.
        text: &'a [u8],
    },
    /// The absent string of RESP2, `$-1`.
    Nil,
    /// The absent array of RESP2, `*-1`.
    NilArray,
    /// The absent value of RESP3, `_`.
    Null,
    /// A double, possibly infinite or NaN: text that reads as one.
    Double(&'a [u8]),
    /// A boolean, `#`.
    Boolean(bool),
    /// An integer of any size as decimal digits, `(`.
    BigNumber(&'a [u8]),
    /// The beginning of an aggregate: so many elements or pairs follow, or any number up to [`Token::End`].
    Aggregate(Aggregate, Option<usize>),
    /// The beginning of attributes, `|`: so many pairs follow, and then what they belong to.
    Attribute(usize),
    /// The beginning of a streamed string, `$?`: [`Token::Chunk`]s follow, the last of them empty.
    TextStream,
    /// A piece of a streamed string, `;`.
    Chunk(&'a [u8]),
    /// The end of a streamed aggregate, `.`.
    End,
}

/// Splits replies into tokens, copying nothing. It checks each token but not how they nest.
#[derive(Debug, Default)]
pub struct Tokenizer {
    limits: ReplyLimits,
    /// How many bytes of the unfinished token hold no line end, so that they are searched once.
    searched: usize,
}

impl Tokenizer {
    /// A tokenizer that refuses what exceeds `limits`.
    pub fn new(limits: ReplyLimits) -> Self {
        Self {
            limits,
            searched: 0,
        }
    }

    /// The token that begins `buffer` and its length in bytes, or `None` as long as its end is missing: call
    /// again with the same bytes and more.
    ///
    /// # Errors
    /// `ReplyErrorKind` when the bytes can be no token, or exceed the limits.
    pub fn next<'a>(
        &mut self,
        buffer: &'a [u8],
    ) -> Result<Option<(Token<'a>, usize)>, ReplyErrorKind> {
        let Some(sigil) = buffer.first() else {
            return Ok(None);
        };
        if !b"+-:$!=_,#(*%~>|;.".contains(sigil) {
            return Err(ReplyErrorKind::UnknownType(*sigil));
        }
        let Some(line_end) = self.find_line_end(buffer)? else {
            return Ok(None);
        };
        let token = self.token(*sigil, &buffer[1..line_end], &buffer[line_end + 2..])?;
        Ok(token.map(|(token, payload)| {
            self.searched = 0;
            (token, line_end + 2 + payload)
        }))
    }

    /// The offset of the first CR LF; either byte alone is content.
    fn find_line_end(&mut self, buffer: &[u8]) -> Result<Option<usize>, ReplyErrorKind> {
        while let Some(found) = memchr(b'\n', &buffer[self.searched..]) {
            let line_feed = self.searched + found;
            if buffer[..line_feed].ends_with(b"\r") {
                self.searched = line_feed;
                return Ok(Some(line_feed - 1));
            }
            self.searched = line_feed + 1;
        }
        self.searched = buffer.len();
        self.check_bytes(buffer.len().saturating_sub(2))?;
        Ok(None)
    }

    /// The token of type `sigil` with the content `line`, and how many bytes of `payload` belong to it.
    fn token<'a>(
        &self,
        sigil: u8,
        line: &'a [u8],
        payload: &'a [u8],
    ) -> Result<Option<(Token<'a>, usize)>, ReplyErrorKind> {
        let token = match sigil {
            b'+' => Token::Simple(self.text(line)?),
            b'-' => Token::Error(self.text(line)?),
            b':' => Token::Integer(integer(line).ok_or(ReplyErrorKind::Integer)?),
            b',' => Token::Double(double(line)?),
            b'(' => Token::BigNumber(big_number(self.text(line)?)?),
            b'#' => Token::Boolean(boolean(line)?),
            b'_' if line.is_empty() => Token::Null,
            b'_' => return Err(ReplyErrorKind::Null),
            b'.' if line.is_empty() => Token::End,
            b'.' => return Err(ReplyErrorKind::MisplacedEnd),
            b'*' if line == b"-1" => Token::NilArray,
            b'*' => self.aggregate(Aggregate::Array, line)?,
            b'%' => self.aggregate(Aggregate::Map, line)?,
            b'~' => self.aggregate(Aggregate::Set, line)?,
            b'>' => Token::Aggregate(Aggregate::Push, Some(self.count(line)?)),
            b'|' => Token::Attribute(self.count(line)?),
            b'$' if line == b"-1" => Token::Nil,
            b'$' if line == b"?" => Token::TextStream,
            b';' if line == b"0" => Token::Chunk(b""),
            string => return self.string(string, line, payload),
        };
        Ok(Some((token, 0)))
    }

    /// One of the types whose content stands behind its length.
    fn string<'a>(
        &self,
        sigil: u8,
        line: &[u8],
        payload: &'a [u8],
    ) -> Result<Option<(Token<'a>, usize)>, ReplyErrorKind> {
        let bytes = length(line)?;
        self.check_bytes(bytes)?;
        let end = bytes.saturating_add(2);
        if payload.len() < end {
            return Ok(None);
        }
        let (content, crlf) = payload[..end].split_at(bytes);
        if crlf != b"\r\n" {
            return Err(ReplyErrorKind::MissingCrlf);
        }
        let token = match sigil {
            b'!' => Token::BlobError(content),
            b'=' => verbatim(content)?,
            b';' => Token::Chunk(content),
            _ => Token::Bulk(content),
        };
        Ok(Some((token, end)))
    }

    fn aggregate<'a>(&self, kind: Aggregate, line: &[u8]) -> Result<Token<'a>, ReplyErrorKind> {
        let len = if line == b"?" {
            None
        } else {
            Some(self.count(line)?)
        };
        Ok(Token::Aggregate(kind, len))
    }

    fn count(&self, line: &[u8]) -> Result<usize, ReplyErrorKind> {
        let count = length(line)?;
        let max = self.limits.elements_max;
        if count <= max {
            Ok(count)
        } else {
            Err(ReplyErrorKind::TooManyElements(max))
        }
    }

    fn text<'a>(&self, line: &'a [u8]) -> Result<&'a [u8], ReplyErrorKind> {
        self.check_bytes(line.len()).map(|()| line)
    }

    fn check_bytes(&self, bytes: usize) -> Result<(), ReplyErrorKind> {
        let max = self.limits.bulk_bytes_max;
        if bytes <= max {
            Ok(())
        } else {
            Err(ReplyErrorKind::TooLong(max))
        }
    }
}

fn length(line: &[u8]) -> Result<usize, ReplyErrorKind> {
    parse_canonical(line)
        .and_then(|length| usize::try_from(length).ok())
        .ok_or(ReplyErrorKind::Length)
}

/// An integer, most of which are spelled canonically.
fn integer(line: &[u8]) -> Option<i64> {
    parse_canonical(line).or_else(|| str::from_utf8(line).ok()?.parse().ok())
}

fn double(line: &[u8]) -> Result<&[u8], ReplyErrorKind> {
    match str::from_utf8(line)
        .ok()
        .and_then(|line| line.parse::<f64>().ok())
    {
        Some(_) => Ok(line),
        None => Err(ReplyErrorKind::Double),
    }
}

fn boolean(line: &[u8]) -> Result<bool, ReplyErrorKind> {
    match line {
        b"t" => Ok(true),
        b"f" => Ok(false),
        _ => Err(ReplyErrorKind::Boolean),
    }
}

fn big_number(line: &[u8]) -> Result<&[u8], ReplyErrorKind> {
    let digits = line
        .strip_prefix(b"-")
        .or(line.strip_prefix(b"+"))
        .unwrap_or(line);
    if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) {
        Ok(line)
    } else {
        Err(ReplyErrorKind::BigNumber)
    }
}

fn verbatim(content: &[u8]) -> Result<Token<'_>, ReplyErrorKind> {
    match content {
        [a, b, c, b':', text @ ..] => Ok(Token::Verbatim {
            format: [*a, *b, *c],
            text,
        }),
        _ => Err(ReplyErrorKind::Verbatim),
    }
}
