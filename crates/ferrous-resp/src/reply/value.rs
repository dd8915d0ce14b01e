//! Replies as trees that own their bytes.

use super::token::Token;
use crate::Encoder;

/// The entries of a map in the order they came; keys may be of any type, and repeat.
pub type Pairs = Vec<(Value, Value)>;

/// A whole reply.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A status such as `OK`.
    Simple(Vec<u8>),
    /// An error, its code first.
    Error(Vec<u8>),
    /// A 64-bit integer.
    Integer(i64),
    /// A string of any bytes.
    Bulk(Vec<u8>),
    /// The absent string of RESP2.
    Nil,
    /// The absent array of RESP2.
    NilArray,
    /// The absent value of RESP3.
    Null,
    /// A double, possibly infinite or NaN, as the server spelled it: servers differ in the digits they print, and
    /// what is passed on must not change. [`Value::as_double`] reads it.
    Double(Vec<u8>),
    /// True or false.
    Boolean(bool),
    /// An integer of any size as its decimal digits.
    BigNumber(Vec<u8>),
    /// Text for people.
    Verbatim {
        /// Such as `txt` or `mkd`.
        format: [u8; 3],
        /// The text.
        text: Vec<u8>,
    },
    /// An error of any bytes.
    BlobError(Vec<u8>),
    /// An ordered sequence.
    Array(Vec<Value>),
    /// Keys with values.
    Map(Pairs),
    /// Elements without an order.
    Set(Vec<Value>),
    /// A message that answers no request.
    Push(Vec<Value>),
    /// A value with attributes.
    Attributed(Box<Attributed>),
}

/// A value and what the server had to say about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Attributed {
    /// The attributes, such as `key-popularity`.
    pub attributes: Pairs,
    /// The value itself.
    pub value: Value,
}

impl Value {
    /// True for the three ways of saying that there is no value.
    pub fn is_nil(&self) -> bool {
        matches!(self, Self::Nil | Self::NilArray | Self::Null)
    }

    /// The number of a double, `None` for values of other types.
    pub fn as_double(&self) -> Option<f64> {
        match self {
            Self::Double(text) => str::from_utf8(text).ok()?.parse().ok(),
            _ => None,
        }
    }

    /// Writes the value as a server would; RESP2 loses attributes and the types it lacks.
    pub fn encode(&self, encoder: &mut Encoder<'_>) {
        match self {
            Self::Simple(text) => encoder.simple(text),
            Self::Error(text) => encoder.error(text),
            Self::Integer(value) => encoder.integer(*value),
            Self::Bulk(text) => encoder.bulk(text),
            Self::Nil | Self::Null => encoder.nil(),
            Self::NilArray => encoder.nil_array(),
            Self::Double(value) => encoder.double_text(value),
            Self::Boolean(value) => encoder.boolean(*value),
            Self::BigNumber(digits) => encoder.big_number(digits),
            Self::Verbatim { format, text } => encoder.verbatim(*format, text),
            Self::BlobError(text) => encoder.blob_error(text),
            Self::Array(elements) => {
                encoder.array(elements.len());
                encode_all(elements, encoder);
            }
            Self::Set(elements) => {
                encoder.set(elements.len());
                encode_all(elements, encoder);
            }
            Self::Push(elements) => {
                encoder.push(elements.len());
                encode_all(elements, encoder);
            }
            Self::Map(pairs) => {
                encoder.map(pairs.len());
                encode_pairs(pairs, encoder);
            }
            Self::Attributed(attributed) => {
                if encoder.attribute(attributed.attributes.len()) {
                    encode_pairs(&attributed.attributes, encoder);
                }
                attributed.value.encode(encoder);
            }
        }
    }

    /// The value of a token that is one by itself.
    pub(super) fn from_scalar(token: Token<'_>) -> Option<Self> {
        Some(match token {
            Token::Simple(text) => Self::Simple(text.to_vec()),
            Token::Error(text) => Self::Error(text.to_vec()),
            Token::Integer(value) => Self::Integer(value),
            Token::Bulk(text) => Self::Bulk(text.to_vec()),
            Token::BlobError(text) => Self::BlobError(text.to_vec()),
            Token::Verbatim { format, text } => Self::Verbatim {
                format,
                text: text.to_vec(),
            },
            Token::Nil => Self::Nil,
            Token::NilArray => Self::NilArray,
            Token::Null => Self::Null,
            Token::Double(text) => Self::Double(text.to_vec()),
            Token::Boolean(value) => Self::Boolean(value),
            Token::BigNumber(digits) => Self::BigNumber(digits.to_vec()),
            Token::Aggregate(..)
            | Token::Attribute(_)
            | Token::TextStream
            | Token::Chunk(_)
            | Token::End => return None,
        })
    }
}

fn encode_all(elements: &[Value], encoder: &mut Encoder<'_>) {
    for element in elements {
        element.encode(encoder);
    }
}

fn encode_pairs(pairs: &Pairs, encoder: &mut Encoder<'_>) {
    for (key, value) in pairs {
        key.encode(encoder);
        value.encode(encoder);
    }
}
