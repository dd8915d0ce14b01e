//! Why a reply cannot be read.

/// A reply that breaks the protocol, and where. What follows has no meaning: close the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("reply offset {offset}: {kind}")]
pub struct ReplyError {
    /// The first byte of the offending token, counted from the first byte the parser ever saw.
    pub offset: u64,
    /// What is wrong with it.
    pub kind: ReplyErrorKind,
}

/// The ways in which a reply breaks the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplyErrorKind {
    /// A reply begins with this byte, which names no type.
    #[error("no type begins with byte {0:#04x}")]
    UnknownType(u8),
    /// A length is not a canonical integer, or negative where nothing can be absent.
    #[error("invalid length")]
    Length,
    /// A string or line is longer than the limit in bytes.
    #[error("longer than {0} bytes")]
    TooLong(usize),
    /// An aggregate has more elements than the limit.
    #[error("more than {0} elements")]
    TooManyElements(usize),
    /// Aggregates nest deeper than the limit.
    #[error("nested deeper than {0} levels")]
    TooDeep(usize),
    /// A string does not end where it should.
    #[error("string without a line end at its announced length")]
    MissingCrlf,
    /// An integer is not one, or does not fit 64 bits.
    #[error("invalid integer")]
    Integer,
    /// A big number has other characters than digits.
    #[error("invalid big number")]
    BigNumber,
    /// A double is not one.
    #[error("invalid double")]
    Double,
    /// A boolean is neither `t` nor `f`.
    #[error("invalid boolean")]
    Boolean,
    /// A null has content.
    #[error("null with content")]
    Null,
    /// A verbatim string lacks its format of three bytes and a colon.
    #[error("verbatim string without format")]
    Verbatim,
    /// A chunk outside a streamed string, or something else inside one.
    #[error("misplaced chunk of a streamed string")]
    MisplacedChunk,
    /// The end of a streamed aggregate outside one, or between a key and its value, or behind attributes.
    #[error("misplaced end of a streamed aggregate")]
    MisplacedEnd,
}
