//! The state that survives between reads, and the loop over one request.

use memchr::{memchr, memchr2};

use super::Limits;
use super::arguments::{Arguments, Span};
use super::error::ProtocolError;
use super::inline;
use crate::decimal::parse_canonical;

/// The longest line of an inline request, of a count or of a length, in bytes.
const LINE_BYTES_MAX: usize = 64 * 1024;
const UNAUTHENTICATED_ARGUMENTS_MAX: i64 = 10;
const UNAUTHENTICATED_BULK_BYTES_MAX: usize = 16 * 1024;

/// How far [`RequestParser::next`] got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// One request has been appended to the arguments; the next one begins at `end`.
    Complete {
        /// The offset behind the request.
        end: usize,
    },
    /// The buffer ends within a request. The bytes before `start` are done with; the rest must be there,
    /// first in its buffer or not, when the parser is called again with more behind it.
    Incomplete {
        /// The offset of the unfinished request.
        start: usize,
        /// How many bytes are missing at least: what the client announced, so a hint for sizing
        /// a buffer, not a reason to allocate that much at once. At least 1.
        missing: usize,
    },
}

/// An incremental parser of requests, multibulk and inline, that copies nothing.
///
/// The caller owns one contiguous buffer. The parser remembers how much of an unfinished request it has
/// understood, so a request that arrives in a thousand reads is still parsed once; only an unfinished line
/// of at most 64 KiB is searched again. Between requests it owns no heap memory.
///
/// After an error the connection has no defined position any more: close it.
#[derive(Debug, Default)]
pub struct RequestParser {
    /// How many bytes of the unfinished request are understood; 0 between requests.
    parsed: usize,
    /// How many arguments the unfinished request still lacks; 0 until its count is known.
    lacking: u32,
    /// The announced length of the argument at `parsed`, once known.
    bulk_bytes: Option<usize>,
    /// The arguments of the unfinished request, counted from its start: the buffer may move between reads.
    spans: Vec<Span>,
}

impl RequestParser {
    /// Parses the request that begins at `start` of `buffer` when it is as nearly all are, multibulk and wholly there,
    /// and gives each argument to `take`. Returns where it ends.
    ///
    /// `None`, with some arguments taken maybe, says that [`RequestParser::next`] is to tell what stands there; the
    /// parser's state is as it was.
    #[inline]
    pub fn whole<'b>(
        &self,
        buffer: &'b [u8],
        start: usize,
        limits: &Limits,
        mut take: impl FnMut(&'b [u8]),
    ) -> Option<usize> {
        if self.lacking > 0 {
            return None;
        }
        let (count, mut rest) = short_header(buffer.get(start..)?, b'*')?;
        // An empty request has no reply, and strangers are watched.
        if count == 0 || !limits.authenticated {
            return None;
        }
        for _ in 0..count {
            let (bytes, body) = short_header(rest, b'$')?;
            if bytes > limits.bulk_bytes_max {
                return None;
            }
            let (argument, behind) = body.split_at_checked(bytes)?;
            rest = behind.strip_prefix(b"\r\n")?;
            take(argument);
        }
        Some(buffer.len() - rest.len())
    }

    /// Parses the request that begins at `start` of `buffer` and appends its arguments.
    ///
    /// Empty requests (blank lines, `*0`, `*-1`) are skipped, as they have no reply. Costs O(bytes not seen
    /// before).
    ///
    /// # Errors
    /// `ProtocolError` when the bytes can be no request, or exceed `limits`.
    pub fn next(
        &mut self,
        buffer: &[u8],
        mut start: usize,
        limits: &Limits,
        arguments: &mut Arguments,
    ) -> Result<Status, ProtocolError> {
        let first = arguments.len();
        loop {
            let step = match buffer.get(start) {
                None => return Ok(Status::Incomplete { start, missing: 1 }),
                Some(b'*') => self.multibulk(buffer, start, limits, arguments),
                Some(_) => inline_request(buffer, start, arguments),
            };
            match step {
                Ok(Step::Empty { end }) => start = end,
                Ok(Step::Complete { end }) => return Ok(Status::Complete { end }),
                Ok(Step::Incomplete { missing }) => {
                    return Ok(Status::Incomplete { start, missing });
                }
                Err(error) => {
                    arguments.spans.truncate(first);
                    return Err(error);
                }
            }
        }
    }

    fn multibulk(
        &mut self,
        buffer: &[u8],
        start: usize,
        limits: &Limits,
        arguments: &mut Arguments,
    ) -> Result<Step, ProtocolError> {
        if self.lacking > 0 {
            return self.resume(buffer, start, limits, arguments);
        }
        let Some(header) = read_header(buffer, start, &COUNT)? else {
            return Ok(Step::Incomplete { missing: 1 });
        };
        let lacking = check_count(header.value, limits)?;
        if lacking == 0 {
            return Ok(Step::Empty { end: header.end });
        }

        let first = arguments.spans.len();
        let mut cursor = Cursor {
            at: header.end,
            lacking,
            bulk_bytes: None,
        };
        let missing = cursor.bulks(buffer, 0, limits, &mut arguments.spans)?;
        if missing == 0 {
            return Ok(Step::Complete { end: cursor.at });
        }
        self.spans.extend(
            arguments
                .spans
                .drain(first..)
                .map(|span| span.shifted_back(start)),
        );
        self.suspend(&cursor, start);
        Ok(Step::Incomplete { missing })
    }

    /// Goes on with the request whose first bytes came with an earlier read.
    fn resume(
        &mut self,
        buffer: &[u8],
        start: usize,
        limits: &Limits,
        arguments: &mut Arguments,
    ) -> Result<Step, ProtocolError> {
        let mut cursor = Cursor {
            at: start + self.parsed,
            lacking: self.lacking,
            bulk_bytes: self.bulk_bytes,
        };
        let missing = cursor.bulks(buffer, start, limits, &mut self.spans)?;
        if missing > 0 {
            self.suspend(&cursor, start);
            return Ok(Step::Incomplete { missing });
        }
        let finished = std::mem::take(self);
        arguments
            .spans
            .extend(finished.spans.iter().map(|span| span.shifted(start)));
        Ok(Step::Complete { end: cursor.at })
    }

    fn suspend(&mut self, cursor: &Cursor, start: usize) {
        self.parsed = cursor.at - start;
        self.lacking = cursor.lacking;
        self.bulk_bytes = cursor.bulk_bytes;
    }
}

/// How far one request, possibly an empty one, was parsed.
enum Step {
    Empty { end: usize },
    Complete { end: usize },
    Incomplete { missing: usize },
}

/// A position among the arguments of one multibulk request.
struct Cursor {
    at: usize,
    lacking: u32,
    bulk_bytes: Option<usize>,
}

impl Cursor {
    /// Parses arguments until none is lacking or the buffer ends; returns how many bytes are missing.
    /// The spans count from `base`.
    #[inline]
    fn bulks(
        &mut self,
        buffer: &[u8],
        base: usize,
        limits: &Limits,
        spans: &mut Vec<Span>,
    ) -> Result<usize, ProtocolError> {
        while self.lacking > 0 {
            let bytes = match self.bulk_bytes {
                Some(bytes) => bytes,
                None => match read_header(buffer, self.at, &LENGTH)? {
                    None => return Ok(1),
                    Some(header) => {
                        self.at = header.end;
                        check_length(header.value, limits)?
                    }
                },
            };
            let rest = &buffer[self.at..];
            let with_crlf = bytes.saturating_add(2);
            if rest.len() < with_crlf {
                self.bulk_bytes = Some(bytes);
                return Ok(with_crlf - rest.len());
            }
            if rest[bytes..with_crlf] != *b"\r\n" {
                return Err(ProtocolError::InvalidCrlf);
            }
            spans.push(Span::new(self.at - base..self.at - base + bytes));
            self.at += with_crlf;
            self.bulk_bytes = None;
            self.lacking -= 1;
        }
        Ok(0)
    }
}

/// One kind of line with a number, and the errors it can cause.
struct HeaderKind {
    sigil: u8,
    too_big: ProtocolError,
    invalid: ProtocolError,
}

const COUNT: HeaderKind = HeaderKind {
    sigil: b'*',
    too_big: ProtocolError::ArgumentCountTooBig,
    invalid: ProtocolError::InvalidArgumentCount,
};

const LENGTH: HeaderKind = HeaderKind {
    sigil: b'$',
    too_big: ProtocolError::BulkLengthTooBig,
    invalid: ProtocolError::InvalidBulkLength,
};

struct Header {
    value: i64,
    end: usize,
}

/// Reads the line at `at`; `None` when the buffer ends before it does.
#[inline]
fn read_header(
    buffer: &[u8],
    at: usize,
    kind: &HeaderKind,
) -> Result<Option<Header>, ProtocolError> {
    let line = &buffer[at..];
    match *line {
        // Nearly all lines are `*3` or `$16`: no search for the end, no general parsing.
        [sigil, digit @ b'0'..=b'9', b'\r', b'\n', ..] if sigil == kind.sigil => Ok(Some(Header {
            value: i64::from(digit - b'0'),
            end: at + 4,
        })),
        [
            sigil,
            tens @ b'1'..=b'9',
            ones @ b'0'..=b'9',
            b'\r',
            b'\n',
            ..,
        ] if sigil == kind.sigil => Ok(Some(Header {
            value: i64::from(tens - b'0') * 10 + i64::from(ones - b'0'),
            end: at + 5,
        })),
        _ => read_header_slowly(buffer, at, kind),
    }
}

/// The number in a line of at most five digits, and what is behind the line.
#[inline]
fn short_header(line: &[u8], sigil: u8) -> Option<(usize, &[u8])> {
    let digit = |byte: u8| usize::from(byte - b'0');
    match line {
        [first, ones @ b'0'..=b'9', b'\r', b'\n', rest @ ..] if *first == sigil => {
            Some((digit(*ones), rest))
        }
        [
            first,
            tens @ b'1'..=b'9',
            ones @ b'0'..=b'9',
            b'\r',
            b'\n',
            rest @ ..,
        ] if *first == sigil => Some((digit(*tens) * 10 + digit(*ones), rest)),
        [first, b'1'..=b'9', ..] if *first == sigil => longer_header(&line[1..]),
        _ => None,
    }
}

/// As [`short_header`] for three to five digits, the first of which is not 0.
fn longer_header(line: &[u8]) -> Option<(usize, &[u8])> {
    let digits = line.iter().take(6).take_while(|byte| byte.is_ascii_digit());
    let (mut value, mut len) = (0, 0);
    for byte in digits {
        value = value * 10 + usize::from(byte - b'0');
        len += 1;
    }
    if len > 5 {
        return None;
    }
    Some((value, line[len..].strip_prefix(b"\r\n")?))
}

#[inline(never)]
fn read_header_slowly(
    buffer: &[u8],
    at: usize,
    kind: &HeaderKind,
) -> Result<Option<Header>, ProtocolError> {
    let line = &buffer[at..];
    let searched = &line[..line.len().min(LINE_BYTES_MAX + 1)];
    let Some(length) = memchr(b'\r', searched) else {
        return if line.len() > LINE_BYTES_MAX {
            Err(kind.too_big)
        } else {
            Ok(None)
        };
    };
    let Some(line_feed) = line.get(length + 1) else {
        return Ok(None);
    };
    if line[0] != kind.sigil {
        return Err(ProtocolError::ExpectedBulk(line[0]));
    }
    if *line_feed != b'\n' {
        return Err(ProtocolError::InvalidCrlf);
    }
    match parse_canonical(&line[1..length]) {
        Some(value) => Ok(Some(Header {
            value,
            end: at + length + 2,
        })),
        None => Err(kind.invalid),
    }
}

/// The number of arguments that `*count` announces; 0 for an empty request, which may be negative.
fn check_count(count: i64, limits: &Limits) -> Result<u32, ProtocolError> {
    if count > i64::from(i32::MAX) {
        Err(ProtocolError::InvalidArgumentCount)
    } else if count > UNAUTHENTICATED_ARGUMENTS_MAX && !limits.authenticated {
        Err(ProtocolError::UnauthenticatedArgumentCount)
    } else {
        Ok(count.max(0) as u32)
    }
}

fn check_length(length: i64, limits: &Limits) -> Result<usize, ProtocolError> {
    match usize::try_from(length) {
        Ok(length) if length <= limits.bulk_bytes_max => {
            if length > UNAUTHENTICATED_BULK_BYTES_MAX && !limits.authenticated {
                Err(ProtocolError::UnauthenticatedBulkLength)
            } else {
                Ok(length)
            }
        }
        _ => Err(ProtocolError::InvalidBulkLength),
    }
}

/// Parses the line at `start`, which is no multibulk request.
fn inline_request(
    buffer: &[u8],
    start: usize,
    arguments: &mut Arguments,
) -> Result<Step, ProtocolError> {
    let line = &buffer[start..];
    let searched = &line[..line.len().min(LINE_BYTES_MAX + 1)];
    // Released servers treat the line as a C string: behind a NUL they find no newline, and wait.
    let length = match memchr2(b'\n', 0, searched) {
        Some(length) if line[length] == b'\n' => length,
        _ if line.len() > LINE_BYTES_MAX => return Err(ProtocolError::InlineTooBig),
        _ => return Ok(Step::Incomplete { missing: 1 }),
    };
    let first = arguments.spans.len();
    inline::split(buffer, start, start + length, arguments)?;
    let end = start + length + 1;
    if arguments.spans.len() == first {
        Ok(Step::Empty { end })
    } else {
        Ok(Step::Complete { end })
    }
}
