//! The arguments of requests, as places in the buffer they arrived in.

use std::ops::{Index, Range};

/// Where one argument is: in the read buffer, or among the unescaped bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: usize,
    end: usize,
}

/// The bit of `Span::start` that says the bytes are among the unescaped ones, not in the buffer. No
/// slice is half the address space long, so an offset never has it.
const UNESCAPED: usize = 1 << (usize::BITS - 1);

impl Span {
    pub(super) fn new(range: Range<usize>) -> Self {
        Self {
            start: range.start,
            end: range.end,
        }
    }

    /// The span in a buffer where `base` bytes precede what it was counted from.
    pub(super) fn shifted(self, base: usize) -> Self {
        Self {
            start: self.start + base,
            end: self.end + base,
        }
    }

    /// The span counted from offset `base`, which is not behind it.
    pub(super) fn shifted_back(self, base: usize) -> Self {
        Self {
            start: self.start - base,
            end: self.end - base,
        }
    }
}

/// A reusable store for the arguments of one request, or of many in a row.
///
/// It holds offsets, 16 bytes each, and copies only inline arguments with quotes. [`RequestParser::next`]
/// appends whole requests and nothing else, so a caller that notes [`len`](Self::len) before and after
/// a call has the range to give to [`slice`](Self::slice) once a whole batch is parsed.
///
/// [`RequestParser::next`]: crate::RequestParser::next
#[derive(Debug, Default)]
pub struct Arguments {
    pub(super) spans: Vec<Span>,
    unescaped: Vec<u8>,
}

impl Arguments {
    /// Forgets all arguments and keeps the memory for the next ones.
    pub fn clear(&mut self) {
        self.spans.clear();
        self.unescaped.clear();
    }

    /// The number of arguments.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// All arguments, given the buffer they were parsed from.
    pub fn request<'a>(&'a self, buffer: &'a [u8]) -> Request<'a> {
        Request {
            spans: &self.spans,
            buffer,
            unescaped: &self.unescaped,
        }
    }

    /// The arguments in `range`, given the buffer they were parsed from.
    ///
    /// # Panics
    /// When `range` reaches beyond [`len`](Self::len).
    pub fn slice<'a>(&'a self, range: Range<usize>, buffer: &'a [u8]) -> Request<'a> {
        Request {
            spans: &self.spans[range],
            buffer,
            unescaped: &self.unescaped,
        }
    }

    /// Appends an argument that is not in the buffer as such: `write` produces its bytes.
    pub(super) fn push_unescaped<T, E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<T, E>,
    ) -> Result<T, E> {
        let start = self.unescaped.len();
        let written = write(&mut self.unescaped)?;
        self.spans.push(Span {
            start: start | UNESCAPED,
            end: self.unescaped.len(),
        });
        Ok(written)
    }
}

/// One request: its arguments, the command's name first. A view, so copying it is free.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    spans: &'a [Span],
    buffer: &'a [u8],
    unescaped: &'a [u8],
}

impl<'a> Request<'a> {
    /// The number of arguments, the command's name included.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// True when there is no argument at all; the parser never yields such a request.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The argument at `index`; 0 is the command's name.
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        self.spans.get(index).map(|span| self.resolve(*span))
    }

    /// The arguments in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &'a [u8]> + ExactSizeIterator + use<'a> {
        let request = *self;
        self.spans.iter().map(move |span| request.resolve(*span))
    }

    fn resolve(&self, span: Span) -> &'a [u8] {
        if span.start & UNESCAPED == 0 {
            &self.buffer[span.start..span.end]
        } else {
            &self.unescaped[span.start & !UNESCAPED..span.end]
        }
    }
}

impl Index<usize> for Request<'_> {
    type Output = [u8];

    /// The argument at `index`.
    ///
    /// # Panics
    /// When there are not as many, so check the arity first.
    fn index(&self, index: usize) -> &[u8] {
        self.resolve(self.spans[index])
    }
}
