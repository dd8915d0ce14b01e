//! Replies and commands, written as bytes.

mod aggregate;
mod wire;

pub use aggregate::{Aggregate, Deferred};
pub use wire::encode_command;

use crate::DoubleText;
use wire::{push_header, push_string};

/// The protocol that a client speaks: RESP2 until it says `HELLO 3`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Simple strings, errors, integers, bulk strings and arrays.
    #[default]
    Resp2,
    /// RESP2 plus maps, sets, doubles, booleans, big numbers, verbatim strings, pushes and attributes.
    Resp3,
}

/// Writes replies in one client's protocol behind the bytes of an output buffer.
///
/// A type that RESP2 lacks is written as the RESP2 type that released servers put in its place. Nothing is
/// allocated but room in the buffer. An aggregate's elements are the calls that follow it.
#[derive(Debug)]
pub struct Encoder<'out> {
    out: &'out mut Vec<u8>,
    protocol: Protocol,
}

impl<'out> Encoder<'out> {
    /// An encoder that appends to `out`.
    pub fn new(out: &'out mut Vec<u8>, protocol: Protocol) -> Self {
        Self { out, protocol }
    }

    /// The protocol that replies are written in.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The buffer that replies are appended to, for elements that somebody else writes.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        self.out
    }

    /// Bytes that are a part of a reply already, such as one prepared ahead.
    #[inline]
    pub fn raw(&mut self, reply: &[u8]) {
        self.out.extend_from_slice(reply);
    }

    /// The status reply `OK`.
    #[inline]
    pub fn ok(&mut self) {
        self.raw(b"+OK\r\n");
    }

    /// A status reply. Line ends in `text` become blanks.
    pub fn simple(&mut self, text: &[u8]) {
        self.line(b'+', text);
    }

    /// An error whose `text` starts with its code, as in `ERR syntax error`. Line ends at its end go,
    /// others become blanks.
    pub fn error(&mut self, text: &[u8]) {
        let ends = text
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        self.line(b'-', &text[..text.len() - ends]);
    }

    /// An error of any bytes that starts with its code; in RESP2 as [`error`](Self::error) writes it.
    pub fn blob_error(&mut self, text: &[u8]) {
        match self.protocol {
            Protocol::Resp2 => self.error(text),
            Protocol::Resp3 => push_string(self.out, b'!', text),
        }
    }

    /// A signed 64-bit integer.
    #[inline]
    pub fn integer(&mut self, value: i64) {
        match usize::try_from(value) {
            Ok(value) => self.header(b':', value),
            Err(_) => self.line(b':', itoa::Buffer::new().format(value).as_bytes()),
        }
    }

    /// A string of any bytes.
    #[inline]
    pub fn bulk(&mut self, text: &[u8]) {
        push_string(self.out, b'$', text);
    }

    /// The absent string.
    #[inline]
    pub fn nil(&mut self) {
        self.null_or(b"$-1\r\n");
    }

    /// The absent array.
    pub fn nil_array(&mut self) {
        self.null_or(b"*-1\r\n");
    }

    /// A double as [`DoubleText`] spells it; a bulk string in RESP2.
    pub fn double(&mut self, value: f64) {
        self.double_text(&DoubleText::new(value));
    }

    /// A double that the caller has spelled, for the commands whose spelling is their own.
    pub fn double_text(&mut self, text: &[u8]) {
        self.line_or_bulk(b',', text);
    }

    /// True or false; 1 or 0 in RESP2.
    pub fn boolean(&mut self, value: bool) {
        self.raw(match (self.protocol, value) {
            (Protocol::Resp2, false) => b":0\r\n",
            (Protocol::Resp2, true) => b":1\r\n",
            (Protocol::Resp3, false) => b"#f\r\n",
            (Protocol::Resp3, true) => b"#t\r\n",
        });
    }

    /// An integer of any size, given as its decimal digits; a bulk string in RESP2.
    pub fn big_number(&mut self, digits: &[u8]) {
        self.line_or_bulk(b'(', digits);
    }

    /// Text for people, in a `format` such as `txt` or `mkd`; a bulk string in RESP2.
    pub fn verbatim(&mut self, format: [u8; 3], text: &[u8]) {
        if self.protocol == Protocol::Resp2 {
            return self.bulk(text);
        }
        self.header(b'=', text.len() + 4);
        self.raw(&format);
        self.raw(b":");
        self.raw(text);
        self.raw(b"\r\n");
    }

    /// An array of `len` elements.
    #[inline]
    pub fn array(&mut self, len: usize) {
        self.header(b'*', len);
    }

    /// A map of `pairs` keys and values in turn; an array of both in RESP2.
    pub fn map(&mut self, pairs: usize) {
        self.aggregate(Aggregate::Map, pairs);
    }

    /// A set of `len` elements; an array in RESP2.
    pub fn set(&mut self, len: usize) {
        self.aggregate(Aggregate::Set, len);
    }

    /// A push message of `len` elements; an array in RESP2.
    pub fn push(&mut self, len: usize) {
        self.aggregate(Aggregate::Push, len);
    }

    /// Any aggregate of `len` elements, or pairs.
    pub fn aggregate(&mut self, aggregate: Aggregate, len: usize) {
        let (sigil, len) = aggregate.header(self.protocol, len);
        self.header(sigil, len);
    }

    /// Attributes of the reply that follows them: `pairs` keys and values in turn.
    ///
    /// False, with nothing written, in RESP2, which has none: skip the pairs then.
    #[must_use = "in RESP2 the pairs must not be written"]
    pub fn attribute(&mut self, pairs: usize) -> bool {
        let written = self.protocol == Protocol::Resp3;
        if written {
            self.header(b'|', pairs);
        }
        written
    }

    /// Begins an aggregate whose length comes out while its elements are written; end it with
    /// [`Deferred::finish`], the innermost one first.
    ///
    /// When the length has as many digits as the guess `expected`, nothing has to move in the end.
    pub fn defer(&mut self, aggregate: Aggregate, expected: usize) -> Deferred {
        let start = self.out.len();
        self.aggregate(aggregate, expected);
        Deferred {
            aggregate,
            start,
            header_bytes: self.out.len() - start,
        }
    }

    #[inline]
    fn header(&mut self, sigil: u8, number: usize) {
        push_header(self.out, sigil, number);
    }

    fn null_or(&mut self, resp2: &[u8]) {
        match self.protocol {
            Protocol::Resp2 => self.raw(resp2),
            Protocol::Resp3 => self.raw(b"_\r\n"),
        }
    }

    fn line_or_bulk(&mut self, sigil: u8, text: &[u8]) {
        match self.protocol {
            Protocol::Resp2 => self.bulk(text),
            Protocol::Resp3 => self.line(sigil, text),
        }
    }

    /// Writes one line, with the line ends in `text` as blanks, lest a client take the rest for a reply.
    fn line(&mut self, sigil: u8, text: &[u8]) {
        self.out.reserve(text.len() + 3);
        self.out.push(sigil);
        let start = self.out.len();
        self.out.extend_from_slice(text);
        for byte in &mut self.out[start..] {
            if matches!(byte, b'\r' | b'\n') {
                *byte = b' ';
            }
        }
        self.out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(write: impl Fn(&mut Encoder<'_>), resp2: &str, resp3: &str) {
        for (protocol, expected) in [(Protocol::Resp2, resp2), (Protocol::Resp3, resp3)] {
            let mut out = Vec::new();
            write(&mut Encoder::new(&mut out, protocol));
            assert_eq!(String::from_utf8_lossy(&out), expected, "{protocol:?}");
        }
    }

    #[track_caller]
    fn check_both(write: impl Fn(&mut Encoder<'_>), expected: &str) {
        check(write, expected, expected);
    }

    #[test]
    fn strings() {
        check_both(|reply| reply.simple(b"a\r\nb\n"), "+a  b \r\n");
        check_both(|reply| reply.error(b"ERR a\r\nb\r\n"), "-ERR a  b\r\n");
        check_both(|reply| reply.bulk(b""), "$0\r\n\r\n");
        check_both(
            |reply| reply.bulk(b"twelve bytes"),
            "$12\r\ntwelve bytes\r\n",
        );
        check(
            |reply| reply.verbatim(*b"txt", b"Some"),
            "$4\r\nSome\r\n",
            "=8\r\ntxt:Some\r\n",
        );
    }

    #[test]
    fn numbers() {
        for value in [0, 9, 10, 99, 100, -1, i64::MAX, i64::MIN] {
            check_both(|reply| reply.integer(value), &format!(":{value}\r\n"));
        }
        check(|reply| reply.double(1e21), "$5\r\n1e+21\r\n", ",1e+21\r\n");
        check(
            |reply| reply.double(f64::INFINITY),
            "$3\r\ninf\r\n",
            ",inf\r\n",
        );
        check(
            |reply| reply.double_text(b"1.50"),
            "$4\r\n1.50\r\n",
            ",1.50\r\n",
        );
        check(
            |reply| reply.big_number(b"-12"),
            "$3\r\n-12\r\n",
            "(-12\r\n",
        );
        check(|reply| reply.boolean(true), ":1\r\n", "#t\r\n");
        check(|reply| reply.boolean(false), ":0\r\n", "#f\r\n");
    }

    #[test]
    fn fixed_replies() {
        let write = |reply: &mut Encoder<'_>| {
            reply.nil();
            reply.nil_array();
            reply.ok();
        };
        check(write, "$-1\r\n*-1\r\n+OK\r\n", "_\r\n_\r\n+OK\r\n");
    }

    #[test]
    fn aggregates() {
        check_both(|reply| reply.array(3), "*3\r\n");
        check(|reply| reply.map(6), "*12\r\n", "%6\r\n");
        check(|reply| reply.set(0), "*0\r\n", "~0\r\n");
        check(|reply| reply.push(2), "*2\r\n", ">2\r\n");
        check(
            |reply| assert_eq!(reply.attribute(1), reply.protocol() == Protocol::Resp3),
            "",
            "|1\r\n",
        );
    }

    #[test]
    fn deferred_lengths_nest() {
        let write = |reply: &mut Encoder<'_>| {
            let outer = reply.defer(Aggregate::Map, 100);
            reply.bulk(b"k");
            let inner = reply.defer(Aggregate::Set, 1);
            for value in 0..10 {
                reply.integer(value);
            }
            inner.finish(reply, 10);
            outer.finish(reply, 1);
        };
        let elements = ":0\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n:6\r\n:7\r\n:8\r\n:9\r\n";
        check(
            write,
            &format!("*2\r\n$1\r\nk\r\n*10\r\n{elements}"),
            &format!("%1\r\n$1\r\nk\r\n~10\r\n{elements}"),
        );
    }
}
