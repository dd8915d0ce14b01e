//! Why a connection is closed on a client.

use crate::Encoder;

/// A request that breaks the protocol: answer with [`ProtocolError::encode`], then close the connection.
///
/// `Display` gives the text that clients see behind `-ERR `.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// More than 64 KiB without the newline that ends an inline request.
    #[error("Protocol error: too big inline request")]
    InlineTooBig,
    /// An inline request with an open quote, or text glued to a closing one.
    #[error("Protocol error: unbalanced quotes in request")]
    UnbalancedQuotes,
    /// More than 64 KiB without the newline that ends the line of `*`.
    #[error("Protocol error: too big mbulk count string")]
    ArgumentCountTooBig,
    /// The number of arguments is not a canonical integer, or above 2³¹ − 1.
    #[error("Protocol error: invalid multibulk length")]
    InvalidArgumentCount,
    /// More than 10 arguments from a client that has yet to authenticate.
    #[error("Protocol error: unauthenticated multibulk length")]
    UnauthenticatedArgumentCount,
    /// More than 64 KiB without the newline that ends the line of `$`.
    #[error("Protocol error: too big bulk count string")]
    BulkLengthTooBig,
    /// An argument begins with this byte instead of `$`.
    #[error("Protocol error: expected '$', got '{}'", char::from(*.0))]
    ExpectedBulk(u8),
    /// The length of an argument is not a canonical integer, negative, or above the limit.
    #[error("Protocol error: invalid bulk length")]
    InvalidBulkLength,
    /// An argument above 16 KiB from a client that has yet to authenticate.
    #[error("Protocol error: unauthenticated bulk length")]
    UnauthenticatedBulkLength,
    /// A carriage return without its line feed, or an argument that does not end where announced.
    #[error("Protocol error: invalid CRLF in request")]
    InvalidCrlf,
}

impl ProtocolError {
    /// Writes the error reply, with the client's own byte in it unchanged where one is quoted.
    pub fn encode(self, encoder: &mut Encoder<'_>) {
        match self {
            // `Display` has to show a byte above 0x7f as UTF-8; the wire has it raw.
            Self::ExpectedBulk(byte) => {
                encoder.error(
                    &[
                        b"ERR Protocol error: expected '$', got '",
                        &[byte][..],
                        b"'",
                    ]
                    .concat(),
                );
            }
            other => encoder.error(format!("ERR {other}").as_bytes()),
        }
    }
}
