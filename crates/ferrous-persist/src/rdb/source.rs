//! The primitives of the format: lengths, strings and numbers, read from an [`Input`].
//!
//! A length is one to nine bytes, told by the upper two bits of the first:
//!
//! ```text
//! 00llllll                    l of 0..=63
//! 01llllll llllllll           l of 0..=16383
//! 10000000 4 bytes            l, big-endian
//! 10000001 8 bytes            l, big-endian
//! 11eeeeee                    not a length: a string of encoding e follows
//! ```
//!
//! A string is a length and as many bytes, or in encoding 0, 1 and 2 the decimal spelling of an integer of
//! one, two and four bytes, or in encoding 3 two lengths (compressed, plain) and LZF.

use std::io::Read;

use ferrous_types::stream::StreamId;
use ferrous_types::{Element, lzf};

use super::error::{RdbError, Reason, Section};
use super::version::Version;
use crate::input::{Input, Span};

/// An [`Input`] with a place for what strings unfold to.
#[derive(Debug)]
pub(crate) struct Source<R> {
    input: Input<R>,
    /// Strings of the current item that are not in the input as they are.
    unfolded: Vec<Vec<u8>>,
    /// While set, strings are passed over: they read as empty.
    skipping: bool,
    /// What is being read, for errors to tell.
    section: Section,
}

/// A string of the current item.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Text {
    Plain(Span),
    Unfolded(usize),
    Int(i64),
    Skipped,
}

/// What a length prefix says.
enum Prefix {
    Length(u64),
    Encoding(u8),
}

impl<R: Read> Source<R> {
    pub(crate) fn new(input: Input<R>) -> Self {
        Self {
            input,
            unfolded: Vec::new(),
            skipping: false,
            section: Section::Header,
        }
    }

    pub(crate) fn input(&mut self) -> &mut Input<R> {
        &mut self.input
    }

    pub(crate) fn into_input(self) -> Input<R> {
        self.input
    }

    pub(crate) fn set_section(&mut self, section: Section) {
        self.section = section;
    }

    /// The error that `reason` is, here.
    #[cold]
    pub(crate) fn error(&self, reason: impl Into<Reason>) -> RdbError {
        let reason = reason.into();
        let offset = match reason {
            Reason::End => self.input.end_offset(),
            _ => self.input.item_offset(),
        };
        RdbError {
            offset,
            section: self.section,
            reason,
        }
    }

    /// Tells where a failed check failed.
    pub(crate) fn check<T>(&self, result: Result<T, impl Into<Reason>>) -> Result<T, RdbError> {
        result.map_err(|reason| self.error(reason))
    }

    /// Forgets the current item and starts the next one.
    #[inline]
    pub(crate) fn release(&mut self) {
        self.input.release();
        self.unfolded.clear();
    }

    pub(crate) fn set_skipping(&mut self, skipping: bool) {
        self.skipping = skipping;
    }

    pub(crate) fn is_skipping(&self) -> bool {
        self.skipping
    }

    /// The first bytes of a file.
    pub(crate) fn magic(&mut self) -> Result<[u8; Version::MAGIC_BYTES], RdbError> {
        self.array()
    }

    /// How many bytes have been consumed.
    pub(crate) fn offset(&self) -> u64 {
        self.input.offset()
    }

    pub(crate) fn byte(&mut self) -> Result<u8, RdbError> {
        self.input.byte().map_err(|error| self.error(error))
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], RdbError> {
        self.input.array().map_err(|error| self.error(error))
    }

    fn take(&mut self, len: u64) -> Result<Span, RdbError> {
        self.input.take(len).map_err(|error| self.error(error))
    }

    fn skip(&mut self, len: u64) -> Result<(), RdbError> {
        self.input.skip(len).map_err(|error| self.error(error))
    }

    pub(crate) fn u32_le(&mut self) -> Result<u32, RdbError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn i32_le(&mut self) -> Result<i32, RdbError> {
        Ok(i32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u64_le(&mut self) -> Result<u64, RdbError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    pub(crate) fn i64_le(&mut self) -> Result<i64, RdbError> {
        Ok(i64::from_le_bytes(self.array()?))
    }

    pub(crate) fn f32_le(&mut self) -> Result<f32, RdbError> {
        Ok(f32::from_le_bytes(self.array()?))
    }

    pub(crate) fn f64_le(&mut self) -> Result<f64, RdbError> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    /// A score as text of old: a byte of length, or one for what has no digits.
    pub(crate) fn f64_text(&mut self) -> Result<Option<f64>, RdbError> {
        let len = match self.byte()? {
            253 => return Ok(Some(f64::NAN)),
            254 => return Ok(Some(f64::INFINITY)),
            255 => return Ok(Some(f64::NEG_INFINITY)),
            len => len,
        };
        let text = self.take(u64::from(len))?;
        let text = std::str::from_utf8(self.input.slice(text)).ok();
        Ok(text.and_then(|text| text.trim().parse().ok()))
    }

    /// An identifier in 16 bytes.
    pub(crate) fn stream_id(&mut self) -> Result<StreamId, RdbError> {
        self.array().map(StreamId::from_be_bytes)
    }

    /// An identifier as two lengths.
    pub(crate) fn stream_id_lengths(&mut self) -> Result<StreamId, RdbError> {
        Ok(StreamId {
            ms: self.length()?,
            seq: self.length()?,
        })
    }

    #[inline]
    pub(crate) fn length(&mut self) -> Result<u64, RdbError> {
        match self.prefix()? {
            Prefix::Length(length) => Ok(length),
            Prefix::Encoding(encoding) => Err(self.error(Reason::BadLength(0xC0 | encoding))),
        }
    }

    #[inline]
    fn prefix(&mut self) -> Result<Prefix, RdbError> {
        let first = self.byte()?;
        let low = first & 0x3F;
        Ok(match first >> 6 {
            0 => Prefix::Length(u64::from(low)),
            1 => Prefix::Length(u64::from(low) << 8 | u64::from(self.byte()?)),
            3 => Prefix::Encoding(low),
            _ => match low {
                0 => Prefix::Length(u64::from(u32::from_be_bytes(self.array()?))),
                1 => Prefix::Length(u64::from_be_bytes(self.array()?)),
                _ => return Err(self.error(Reason::BadLength(first))),
            },
        })
    }

    /// A string.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<Text, RdbError> {
        match self.prefix()? {
            Prefix::Length(len) if self.skipping => {
                self.skip(len)?;
                Ok(Text::Skipped)
            }
            Prefix::Length(len) => Ok(Text::Plain(self.take(len)?)),
            Prefix::Encoding(0) => Ok(Text::Int(i8::from_le_bytes(self.array()?).into())),
            Prefix::Encoding(1) => Ok(Text::Int(i16::from_le_bytes(self.array()?).into())),
            Prefix::Encoding(2) => Ok(Text::Int(i32::from_le_bytes(self.array()?).into())),
            Prefix::Encoding(3) => self.compressed(),
            Prefix::Encoding(encoding) => Err(self.error(Reason::BadStringEncoding(encoding))),
        }
    }

    fn compressed(&mut self) -> Result<Text, RdbError> {
        let compressed = self.length()?;
        let plain = self.length()?;
        if self.skipping {
            self.skip(compressed)?;
            return Ok(Text::Skipped);
        }
        let span = self.take(compressed)?;
        let out_of_range = Reason::OutOfRange {
            what: "length of a string",
            value: plain,
        };
        let plain = self.check(usize::try_from(plain).map_err(|_| out_of_range))?;
        let unfolded = self.check(lzf::decompress(self.input.slice(span), plain))?;
        Ok(self.unfold(unfolded))
    }

    /// A string whose bytes are wanted, so that an integer is spelled out.
    pub(crate) fn bytes(&mut self) -> Result<Text, RdbError> {
        match self.text()? {
            Text::Int(int) => Ok(self.unfold(itoa::Buffer::new().format(int).into())),
            text => Ok(text),
        }
    }

    fn unfold(&mut self, bytes: Vec<u8>) -> Text {
        self.unfolded.push(bytes);
        Text::Unfolded(self.unfolded.len() - 1)
    }

    /// A string of the current item as an element.
    #[inline]
    pub(crate) fn element(&self, text: Text) -> Element<'_> {
        match text {
            Text::Int(int) => Element::Int(int),
            text => Element::Bytes(self.slice(text)),
        }
    }

    /// The bytes of a string of the current item that [`Self::bytes`] gave.
    #[inline]
    pub(crate) fn slice(&self, text: Text) -> &[u8] {
        match text {
            Text::Plain(span) => self.input.slice(span),
            Text::Unfolded(index) => &self.unfolded[index],
            Text::Int(_) | Text::Skipped => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(bytes: &[u8]) -> Source<&[u8]> {
        Source::new(Input::with_capacity(bytes, bytes.len()))
    }

    fn reason<T>(result: Result<T, RdbError>) -> Reason {
        result.err().unwrap().reason
    }

    #[test]
    fn lengths_of_every_width() {
        let mut source = source(&[
            0x3F, 0x40, 0x05, 0x80, 1, 2, 3, 4, 0x81, 1, 2, 3, 4, 5, 6, 7, 8, 0x82, 0xC0,
        ]);
        assert_eq!(source.length().unwrap(), 63);
        assert_eq!(source.length().unwrap(), 5);
        assert_eq!(source.length().unwrap(), 0x0102_0304);
        assert_eq!(source.length().unwrap(), 0x0102_0304_0506_0708);
        assert!(matches!(reason(source.length()), Reason::BadLength(0x82)));
        assert!(matches!(reason(source.length()), Reason::BadLength(0xC0)));
        assert!(matches!(reason(source.length()), Reason::End));
    }

    #[test]
    fn strings_of_every_encoding() {
        let mut source = source(&[
            2, b'h', b'i', 0xC0, 0xFF, 0xC1, 0, 1, 0xC2, 0, 0, 1, 0, 0xC3, 5, 9, 1, b'a', b'b',
            0xA0, 1, 0xC4,
        ]);
        let texts: Vec<_> = (0..5).map(|_| source.text().unwrap()).collect();
        let elements: Vec<_> = texts.into_iter().map(|text| source.element(text)).collect();
        let expected = [
            Element::Bytes(b"hi"),
            Element::Int(-1),
            Element::Int(256),
            Element::Int(65536),
            Element::Bytes(b"ababababa"),
        ];
        assert_eq!(elements, expected);
        assert!(matches!(
            reason(source.text()),
            Reason::BadStringEncoding(4)
        ));
    }

    #[test]
    fn skipped_strings_are_empty() {
        let mut source = source(&[2, b'h', b'i', 0xC3, 5, 9, 1, b'a', b'b', 0xA0, 1, 7]);
        source.set_skipping(true);
        for _ in 0..2 {
            let text = source.text().unwrap();
            assert!(source.slice(text).is_empty());
        }
        assert_eq!(source.byte().unwrap(), 7);
    }
}
