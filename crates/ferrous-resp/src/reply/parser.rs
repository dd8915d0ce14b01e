//! From tokens to trees.

use super::ReplyLimits;
use super::error::{ReplyError, ReplyErrorKind};
use super::token::{Token, Tokenizer};
use super::value::{Attributed, Pairs, Value};
use crate::Aggregate;

/// How many elements an announced length reserves at most; more room comes with the elements.
const RESERVED_ELEMENTS_MAX: usize = 64;

/// How far [`ReplyParser::next`] got.
#[derive(Debug, PartialEq)]
pub struct Progress {
    /// How many bytes of the buffer are done with, and must not be given again.
    pub consumed: usize,
    /// The reply that ends there, or `None` when more bytes are needed.
    pub value: Option<Value>,
}

/// An incremental parser of replies, RESP2 and RESP3 alike, into [`Value`]s.
///
/// It takes every complete token out of the buffer at once, so an array of any size arrives in a small buffer
/// and no byte is parsed twice. The tree takes memory in proportion to the bytes that have arrived, about
/// tenfold at worst (an array of nulls).
#[derive(Debug, Default)]
pub struct ReplyParser {
    tokenizer: Tokenizer,
    limits: ReplyLimits,
    /// The unfinished aggregates, outermost first.
    stack: Vec<Open>,
    /// The unfinished streamed string.
    text: Option<Vec<u8>>,
    /// The attributes of the value that begins next.
    attributes: Option<Pairs>,
    offset: u64,
}

impl ReplyParser {
    /// A parser that refuses what exceeds `limits`.
    pub fn new(limits: ReplyLimits) -> Self {
        Self {
            tokenizer: Tokenizer::new(limits),
            limits,
            ..Self::default()
        }
    }

    /// Parses up to the end of one reply, or of the buffer.
    ///
    /// # Errors
    /// `ReplyError` when the bytes can be no reply, or exceed the limits.
    pub fn next(&mut self, buffer: &[u8]) -> Result<Progress, ReplyError> {
        let mut consumed = 0;
        loop {
            match self.step(&buffer[consumed..]) {
                Err(kind) => {
                    return Err(ReplyError {
                        offset: self.offset,
                        kind,
                    });
                }
                Ok(None) => {
                    return Ok(Progress {
                        consumed,
                        value: None,
                    });
                }
                Ok(Some((bytes, value))) => {
                    consumed += bytes;
                    self.offset += bytes as u64;
                    if value.is_some() {
                        return Ok(Progress { consumed, value });
                    }
                }
            }
        }
    }

    /// Takes one token: its length and the reply that it completes.
    fn step(&mut self, buffer: &[u8]) -> Result<Option<(usize, Option<Value>)>, ReplyErrorKind> {
        let Some((token, bytes)) = self.tokenizer.next(buffer)? else {
            return Ok(None);
        };
        Ok(Some((bytes, self.accept(token)?)))
    }

    fn accept(&mut self, token: Token<'_>) -> Result<Option<Value>, ReplyErrorKind> {
        if self.text.is_some() && !matches!(token, Token::Chunk(_)) {
            return Err(ReplyErrorKind::MisplacedChunk);
        }
        match token {
            Token::Aggregate(kind, len) => self.open(Kind::Value(kind), len),
            Token::Attribute(pairs) => self.open(Kind::Attribute, Some(pairs)),
            Token::End => self.end_stream(),
            Token::TextStream => {
                self.text = Some(Vec::new());
                Ok(None)
            }
            Token::Chunk(chunk) => self.append(chunk),
            scalar => Ok(Value::from_scalar(scalar).and_then(|value| self.deliver(value))),
        }
    }

    fn append(&mut self, chunk: &[u8]) -> Result<Option<Value>, ReplyErrorKind> {
        let mut text = self.text.take().ok_or(ReplyErrorKind::MisplacedChunk)?;
        if chunk.is_empty() {
            return Ok(self.deliver(Value::Bulk(text)));
        }
        let max = self.limits.bulk_bytes_max;
        if chunk.len() > max - text.len() {
            return Err(ReplyErrorKind::TooLong(max));
        }
        text.extend_from_slice(chunk);
        self.text = Some(text);
        Ok(None)
    }

    fn open(&mut self, kind: Kind, len: Option<usize>) -> Result<Option<Value>, ReplyErrorKind> {
        if self.stack.len() >= self.limits.depth_max {
            return Err(ReplyErrorKind::TooDeep(self.limits.depth_max));
        }
        let open = Open::new(kind, len, self.attributes.take());
        let complete = open.lacking == Some(0);
        self.stack.push(open);
        Ok(if complete {
            self.close().and_then(|value| self.deliver(value))
        } else {
            None
        })
    }

    fn end_stream(&mut self) -> Result<Option<Value>, ReplyErrorKind> {
        match self.stack.last() {
            Some(open) if open.may_end() && self.attributes.is_none() => {
                Ok(self.close().and_then(|value| self.deliver(value)))
            }
            _ => Err(ReplyErrorKind::MisplacedEnd),
        }
    }

    /// Puts a finished value where it belongs: into the innermost aggregate, or out when there is none.
    fn deliver(&mut self, value: Value) -> Option<Value> {
        let mut value = attach(self.attributes.take(), value);
        while let Some(open) = self.stack.last_mut() {
            if !open.push(value) {
                return None;
            }
            value = self.close()?;
        }
        Some(value)
    }

    /// Finishes the innermost aggregate; `None` when it was attributes, which wait for their value.
    fn close(&mut self) -> Option<Value> {
        let Open {
            kind,
            elements,
            attributes,
            ..
        } = self.stack.pop()?;
        let value = match kind {
            Kind::Attribute => {
                // Attributes of attributes belong to the same value in the end.
                let mut all = attributes.unwrap_or_default();
                all.append(&mut pairs(elements));
                self.attributes = Some(all);
                return None;
            }
            Kind::Value(Aggregate::Map) => Value::Map(pairs(elements)),
            Kind::Value(Aggregate::Array) => Value::Array(elements),
            Kind::Value(Aggregate::Set) => Value::Set(elements),
            Kind::Value(Aggregate::Push) => Value::Push(elements),
        };
        Some(attach(attributes, value))
    }
}

/// An aggregate that lacks elements.
#[derive(Debug)]
struct Open {
    kind: Kind,
    /// How many values are still to come, a pair being two; `None` when the aggregate is streamed.
    lacking: Option<usize>,
    elements: Vec<Value>,
    attributes: Option<Pairs>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Value(Aggregate),
    Attribute,
}

impl Kind {
    fn has_pairs(self) -> bool {
        matches!(self, Self::Value(Aggregate::Map) | Self::Attribute)
    }
}

impl Open {
    fn new(kind: Kind, len: Option<usize>, attributes: Option<Pairs>) -> Self {
        let lacking = len.map(|len| {
            if kind.has_pairs() {
                len.saturating_mul(2)
            } else {
                len
            }
        });
        let reserved = lacking.unwrap_or(0).min(RESERVED_ELEMENTS_MAX);
        Self {
            kind,
            lacking,
            elements: Vec::with_capacity(reserved),
            attributes,
        }
    }

    /// Adds an element, and says whether it was the last.
    fn push(&mut self, value: Value) -> bool {
        self.elements.push(value);
        self.lacking = self.lacking.map(|lacking| lacking - 1);
        self.lacking == Some(0)
    }

    /// Whether the end of a stream may come now.
    fn may_end(&self) -> bool {
        self.lacking.is_none() && !(self.kind.has_pairs() && self.elements.len() % 2 == 1)
    }
}

fn attach(attributes: Option<Pairs>, value: Value) -> Value {
    match attributes {
        Some(attributes) => Value::Attributed(Box::new(Attributed { attributes, value })),
        None => value,
    }
}

/// Elements of even number as pairs.
fn pairs(elements: Vec<Value>) -> Pairs {
    let mut pairs = Vec::with_capacity(elements.len() / 2);
    let mut elements = elements.into_iter();
    while let (Some(key), Some(value)) = (elements.next(), elements.next()) {
        pairs.push((key, value));
    }
    pairs
}
