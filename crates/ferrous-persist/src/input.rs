//! A buffered source of bytes that lends slices of what it has read.
//!
//! Layout: one buffer, in which `mark <= pos <= filled`. Bytes before `mark` are forgotten, those from
//! `mark` to `pos` belong to the item being decoded, those up to `filled` are read ahead. A refill moves
//! the item to the front, so slices are named by [`Span`]s, which are relative to `mark` and stay
//! valid until [`Input::release`].
//!
//! Costs: no copy but the refill's own; memory is the read-ahead plus the largest item. The buffer grows
//! as bytes arrive, never because a length was announced.

use std::io::{self, Read};

use crate::checksum::Crc64;

/// The size of a read, and of the buffer while items are small.
const CHUNK_BYTES: usize = 256 * 1024;

/// A buffer that a huge item has stretched beyond this is cut back once the item is gone.
const RETAINED_BYTES: usize = 4 * CHUNK_BYTES;

/// The bytes of an item, counted from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

/// Why bytes could not be read.
#[derive(Debug)]
pub(crate) enum InputError {
    /// The source ended although more bytes were due.
    End,
    /// The source failed.
    Io(io::Error),
}

/// See the module's documentation.
#[derive(Debug)]
pub(crate) struct Input<R> {
    source: R,
    buffer: Vec<u8>,
    mark: usize,
    pos: usize,
    filled: usize,
    /// How far into the source the first byte of the buffer is.
    base: u64,
    /// The checksum of all bytes before `buffer[summed]`, while one is wanted.
    crc: Option<Crc64>,
    summed: usize,
}

impl<R: Read> Input<R> {
    pub(crate) fn new(source: R) -> Self {
        Self::with_capacity(source, CHUNK_BYTES)
    }

    /// An input that expects a source of about `bytes`.
    pub(crate) fn with_capacity(source: R, bytes: usize) -> Self {
        Self {
            source,
            buffer: vec![0; bytes.clamp(16, CHUNK_BYTES)],
            mark: 0,
            pos: 0,
            filled: 0,
            base: 0,
            crc: None,
            summed: 0,
        }
    }

    /// How many bytes of the source have been consumed.
    pub(crate) fn offset(&self) -> u64 {
        self.base + self.pos as u64
    }

    /// Where the current item starts.
    pub(crate) fn item_offset(&self) -> u64 {
        self.base + self.mark as u64
    }

    /// Where what has been read ahead ends: the source's own end, once it has been met.
    pub(crate) fn end_offset(&self) -> u64 {
        self.base + self.filled as u64
    }

    /// Forgets the current item: the next one starts here, and spans taken so far are void.
    pub(crate) fn release(&mut self) {
        self.mark = self.pos;
    }

    /// Sums the bytes consumed from the current item on, it included.
    pub(crate) fn start_checksum(&mut self) {
        self.crc = Some(Crc64::new());
        self.summed = self.mark;
    }

    /// The checksum of all that was consumed since [`Self::start_checksum`].
    pub(crate) fn take_checksum(&mut self) -> u64 {
        self.sum();
        self.crc.take().map_or(0, |crc| crc.value())
    }

    /// The next `len` bytes, without consuming them; fewer at the end of the source.
    pub(crate) fn peek(&mut self, len: usize) -> Result<&[u8], InputError> {
        match self.ensure(len) {
            Ok(()) | Err(InputError::End) => {}
            Err(failure) => return Err(failure),
        }
        let end = self.filled.min(self.pos + len);
        Ok(&self.buffer[self.pos..end])
    }

    /// All that has been read ahead.
    pub(crate) fn ahead(&self) -> &[u8] {
        &self.buffer[self.pos..self.filled]
    }

    /// Reads at least `missing` bytes more ahead.
    pub(crate) fn read_ahead(&mut self, missing: usize) -> Result<(), InputError> {
        self.fill(self.ahead().len().saturating_add(missing))
    }

    /// The next byte.
    #[inline]
    pub(crate) fn byte(&mut self) -> Result<u8, InputError> {
        if self.pos == self.filled {
            self.fill(1)?;
        }
        let byte = self.buffer[self.pos];
        self.pos += 1;
        Ok(byte)
    }

    /// The next `N` bytes.
    #[inline]
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], InputError> {
        self.ensure(N)?;
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.buffer[self.pos..self.pos + N]);
        self.pos += N;
        Ok(bytes)
    }

    /// Consumes `len` bytes into the current item.
    #[inline]
    pub(crate) fn take(&mut self, len: u64) -> Result<Span, InputError> {
        // A length beyond the address space is beyond any source as well.
        let len = usize::try_from(len).map_err(|_| InputError::End)?;
        self.ensure(len)?;
        let start = self.pos - self.mark;
        self.pos += len;
        Ok(Span {
            start,
            end: start + len,
        })
    }

    /// Consumes `len` bytes and forgets them, together with the current item.
    pub(crate) fn skip(&mut self, len: u64) -> Result<(), InputError> {
        let mut left = len;
        loop {
            let step = left.min((self.filled - self.pos) as u64);
            self.pos += step as usize;
            self.release();
            left -= step;
            if left == 0 {
                return Ok(());
            }
            self.fill(1)?;
        }
    }

    /// Consumes up to and including the next `\n`, which lies within `max` bytes.
    ///
    /// `Ok(None)` says that it does not.
    pub(crate) fn line(&mut self, max: usize) -> Result<Option<Span>, InputError> {
        let mut searched = 0;
        loop {
            let ahead = &self.buffer[self.pos..self.filled.min(self.pos + max)];
            if let Some(found) = ahead[searched..].iter().position(|&byte| byte == b'\n') {
                let start = self.pos - self.mark;
                let len = searched + found + 1;
                self.pos += len;
                return Ok(Some(Span {
                    start,
                    end: start + len,
                }));
            }
            searched = ahead.len();
            if searched == max {
                return Ok(None);
            }
            self.fill(searched + 1)?;
        }
    }

    /// The bytes of a span of the current item.
    #[inline]
    pub(crate) fn slice(&self, span: Span) -> &[u8] {
        &self.buffer[self.mark + span.start..self.mark + span.end]
    }

    #[inline]
    fn ensure(&mut self, len: usize) -> Result<(), InputError> {
        if self.filled - self.pos >= len {
            Ok(())
        } else {
            self.fill(len)
        }
    }

    /// Reads until `len` bytes lie ahead.
    #[cold]
    fn fill(&mut self, len: usize) -> Result<(), InputError> {
        self.sum();
        self.compact(len);
        while self.filled - self.pos < len {
            if self.filled == self.buffer.len() {
                let wanted = self.pos.saturating_add(len);
                // At most doubled, so an announced length costs no more than the bytes that came.
                self.buffer.resize(wanted.min(self.buffer.len() * 2), 0);
            }
            match self.source.read(&mut self.buffer[self.filled..]) {
                Ok(0) => return Err(InputError::End),
                Ok(read) => self.filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(InputError::Io(error)),
            }
        }
        Ok(())
    }

    /// Moves the current item and what was read ahead to the front of the buffer.
    fn compact(&mut self, len: usize) {
        self.buffer.copy_within(self.mark..self.filled, 0);
        self.base += self.mark as u64;
        self.pos -= self.mark;
        self.filled -= self.mark;
        // Bytes before the mark have been summed: `sum` runs up to `pos`.
        self.summed = self.pos;
        self.mark = 0;
        let in_use = self.filled.max(self.pos.saturating_add(len));
        if self.buffer.len() > RETAINED_BYTES && in_use < CHUNK_BYTES {
            self.buffer.truncate(CHUNK_BYTES);
            self.buffer.shrink_to_fit();
        }
    }

    fn sum(&mut self) {
        if let Some(crc) = &mut self.crc {
            crc.update(&self.buffer[self.summed..self.pos]);
        }
        self.summed = self.pos;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte per read, as a slow socket would.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let len = self.0.len().min(out.len()).min(1);
            out[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }

    #[test]
    fn spans_survive_refills_and_growth() {
        let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
        let mut input = Input::with_capacity(Trickle(&bytes), 16);
        input.start_checksum();
        input.skip(100).unwrap();
        let first = input.take(20).unwrap();
        let second = input.take(5_000).unwrap();
        assert_eq!(input.slice(first), &bytes[100..120]);
        assert_eq!(input.slice(second), &bytes[120..5_120]);
        assert_eq!((input.item_offset(), input.offset()), (100, 5_120));
        input.release();
        assert_eq!(input.array::<2>().unwrap(), [0, 1]);
        assert_eq!(input.take_checksum(), Crc64::of(&bytes[..5_122]));
    }

    #[test]
    fn a_lying_length_costs_no_more_than_the_bytes_there_are() {
        let mut input = Input::with_capacity(&b"short"[..], 16);
        assert!(matches!(input.take(1 << 42), Err(InputError::End)));
        assert!(input.buffer.len() <= 32);
        assert!(matches!(input.take(u64::MAX), Err(InputError::End)));
    }

    #[test]
    fn lines_end_at_the_newline_or_the_limit() {
        let mut input = Input::with_capacity(Trickle(b"ab\r\n\nlonger than that"), 16);
        let line = input.line(8).unwrap().unwrap();
        assert_eq!(input.slice(line), b"ab\r\n");
        let line = input.line(8).unwrap().unwrap();
        assert_eq!(input.slice(line), b"\n");
        assert!(input.line(8).unwrap().is_none());
    }
}
