//! Requests of clients, found in place in the read buffer.

mod arguments;
mod error;
mod inline;
mod parser;

pub use arguments::{Arguments, Request};
pub use error::ProtocolError;
pub use inline::{quote_into, split_line};
pub use parser::{RequestParser, Status};

/// What a client may announce before the connection is closed on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest argument in bytes (`proto-max-bulk-len`). Inline requests have a fixed limit of 64 KiB.
    pub bulk_bytes_max: usize,
    /// Whether the client may send more than 10 arguments and arguments above 16 KiB.
    ///
    /// False until it has authenticated, where that is required, so that strangers cannot fill the memory.
    pub authenticated: bool,
}

impl Default for Limits {
    /// The limits of an authenticated client under the default configuration: 512 MiB per argument.
    fn default() -> Self {
        Self {
            bulk_bytes_max: 512 * 1024 * 1024,
            authenticated: true,
        }
    }
}
