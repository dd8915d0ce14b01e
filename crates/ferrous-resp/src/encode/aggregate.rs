//! Headers of the types with elements, written before or after them.

use super::{Encoder, Protocol};

/// The types with elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// An ordered sequence.
    Array,
    /// Pairs of key and value; its length counts pairs.
    Map,
    /// Elements without an order.
    Set,
    /// A message nobody asked for, such as one of Pub/Sub.
    Push,
}

impl Aggregate {
    /// The header's first byte and number for `len` elements, or pairs.
    pub(super) fn header(self, protocol: Protocol, len: usize) -> (u8, usize) {
        match (protocol, self) {
            (Protocol::Resp2, Self::Map) => (b'*', len * 2),
            (Protocol::Resp2, _) | (Protocol::Resp3, Self::Array) => (b'*', len),
            (Protocol::Resp3, Self::Map) => (b'%', len),
            (Protocol::Resp3, Self::Set) => (b'~', len),
            (Protocol::Resp3, Self::Push) => (b'>', len),
        }
    }
}

/// An aggregate whose elements are being written before their number is known.
#[derive(Debug)]
#[must_use = "the reply is malformed until `finish` has written the length"]
pub struct Deferred {
    pub(super) aggregate: Aggregate,
    pub(super) start: usize,
    pub(super) header_bytes: usize,
}

impl Deferred {
    /// Writes the length, in elements or pairs, now that `encoder` has all of them. O(1) when it has as many
    /// digits as expected, else one move of the bytes written since.
    pub fn finish(self, encoder: &mut Encoder<'_>, len: usize) {
        let (sigil, number) = self.aggregate.header(encoder.protocol, len);
        let mut digits = itoa::Buffer::new();
        let header = [&[sigil], digits.format(number).as_bytes(), b"\r\n"];
        let place = self.start..self.start + self.header_bytes;
        encoder
            .out
            .splice(place, header.into_iter().flatten().copied());
    }
}
