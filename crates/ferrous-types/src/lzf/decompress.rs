//! Reading LZF: bounded by what was announced, whatever the bytes say.

use thiserror::Error;

use super::REPEAT_MAX;

/// Why bytes are not an LZF stream of the announced content. Offsets are bytes of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LzfError {
    /// No stream of this length expands that far.
    #[error("{len} bytes of LZF cannot expand to the announced {announced}")]
    Implausible {
        /// The bytes of the stream.
        len: usize,
        /// The announced length of the content.
        announced: usize,
    },
    /// The stream ends within an instruction.
    #[error("LZF offset {offset}: instruction is cut short")]
    Truncated {
        /// Where the instruction begins.
        offset: usize,
    },
    /// A repetition of bytes before the beginning.
    #[error("LZF offset {offset}: repetition reaches before the beginning")]
    BadReference {
        /// Where the instruction begins.
        offset: usize,
    },
    /// More content than announced.
    #[error("LZF offset {offset}: content exceeds the announced length")]
    TooMuch {
        /// Where the first instruction too many begins.
        offset: usize,
    },
    /// Less content than announced.
    #[error("LZF content has {len} bytes, not the announced {announced}")]
    TooLittle {
        /// The bytes there are.
        len: usize,
        /// The bytes there should be.
        announced: usize,
    },
}

/// Expands `stream`, whose content is `announced` bytes long.
///
/// Allocates no more than that, and nothing when a stream of this length cannot hold it.
///
/// # Errors
/// When the stream is damaged or its content is not of the announced length.
pub fn decompress(stream: &[u8], announced: usize) -> Result<Vec<u8>, LzfError> {
    let len = stream.len();
    // Three bytes give `REPEAT_MAX` bytes at best.
    if announced > len.saturating_mul(REPEAT_MAX / 3) {
        return Err(LzfError::Implausible { len, announced });
    }
    let mut content = Content {
        bytes: vec![0; announced],
        len: 0,
    };
    let mut offset = 0;
    while offset < len {
        offset = step(stream, offset, &mut content)?;
    }
    if content.len < announced {
        return Err(LzfError::TooLittle {
            len: content.len,
            announced,
        });
    }
    Ok(content.bytes)
}

/// Carries out the instruction at `offset`; returns where the next one is.
fn step(stream: &[u8], offset: usize, content: &mut Content) -> Result<usize, LzfError> {
    let byte = |at: usize| {
        stream
            .get(at)
            .copied()
            .ok_or(LzfError::Truncated { offset })
    };
    let control = usize::from(stream[offset]);
    let mut next = offset + 1;
    if control < 32 {
        let end = next + control + 1;
        content.copy(stream, next..end, offset)?;
        return Ok(end);
    }
    let mut len = control >> 5;
    if len == 7 {
        len += usize::from(byte(next)?);
        next += 1;
    }
    let distance = ((control & 0x1F) << 8 | usize::from(byte(next)?)) + 1;
    content.repeat(distance, len + 2, offset)?;
    Ok(next + 1)
}

/// The content so far: `len` of the announced bytes.
struct Content {
    bytes: Vec<u8>,
    len: usize,
}

/// Copies of up to this many bytes are done with a fixed number, which is faster, where there is
/// room for the bytes too many.
const WIDE: usize = 32;

impl Content {
    /// Adds the bytes of `stream` in `range`; `offset` is the instruction's.
    fn copy(
        &mut self,
        stream: &[u8],
        range: std::ops::Range<usize>,
        offset: usize,
    ) -> Result<(), LzfError> {
        let len = range.len();
        let target = &mut self.bytes[self.len..];
        if let (Some(wide), Some(target)) = (
            stream[range.start..].first_chunk::<WIDE>(),
            target.first_chunk_mut::<WIDE>(),
        ) {
            *target = *wide;
        } else {
            let literals = stream.get(range).ok_or(LzfError::Truncated { offset })?;
            let target = target.get_mut(..len).ok_or(LzfError::TooMuch { offset })?;
            target.copy_from_slice(literals);
        }
        self.len += len;
        Ok(())
    }

    /// Adds `len` bytes that begin `distance` bytes back; `offset` is the instruction's.
    fn repeat(&mut self, distance: usize, len: usize, offset: usize) -> Result<(), LzfError> {
        let (start, end) = (self.len, self.len + len);
        let from = start
            .checked_sub(distance)
            .ok_or(LzfError::BadReference { offset })?;
        if end > self.bytes.len() {
            return Err(LzfError::TooMuch { offset });
        }
        if len <= distance && len <= WIDE && start + WIDE <= self.bytes.len() {
            let wide: [u8; WIDE] = *self.bytes[from..]
                .first_chunk()
                .expect("what lies before `start` has room too");
            self.bytes[start..start + WIDE].copy_from_slice(&wide);
        } else {
            // A repetition of itself: each round doubles what there is to copy.
            let mut at = start;
            while at < end {
                let part = (at - from).min(end - at);
                self.bytes.copy_within(from..from + part, at);
                at += part;
            }
        }
        self.len = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stream: &[u8], announced: usize, expected: Result<&[u8], LzfError>) {
        assert_eq!(
            decompress(stream, announced).as_deref(),
            expected.as_deref()
        );
    }

    #[test]
    fn expands_literals_and_repetitions() {
        check(b"", 0, Ok(b""));
        check(b"\x02abc", 3, Ok(b"abc"));
        check(b"\x00a\xe0\x01\x00", 11, Ok(&[b'a'; 11]));
        check(b"\x01ab\x40\x01", 6, Ok(b"ababab"));
        check(b"\x03abcd\x20\x03", 7, Ok(b"abcdabc"));
    }

    #[test]
    fn refuses_damage() {
        check(
            b"",
            1,
            Err(LzfError::Implausible {
                len: 0,
                announced: 1,
            }),
        );
        check(
            b"\x00a",
            1 << 40,
            Err(LzfError::Implausible {
                len: 2,
                announced: 1 << 40,
            }),
        );
        check(b"\x02ab", 3, Err(LzfError::Truncated { offset: 0 }));
        check(b"\x00a\xe0", 9, Err(LzfError::Truncated { offset: 2 }));
        check(b"\x00a\x20", 9, Err(LzfError::Truncated { offset: 2 }));
        check(
            b"\x00a\x20\x01",
            9,
            Err(LzfError::BadReference { offset: 2 }),
        );
        check(b"\x01ab", 1, Err(LzfError::TooMuch { offset: 0 }));
        check(b"\x00a\x20\x00", 2, Err(LzfError::TooMuch { offset: 2 }));
        check(
            b"\x00a\x20\x00",
            5,
            Err(LzfError::TooLittle {
                len: 4,
                announced: 5,
            }),
        );
    }
}
