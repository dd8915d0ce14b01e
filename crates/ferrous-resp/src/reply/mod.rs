//! Replies of servers: tokens in place, or whole values.

mod error;
mod parser;
mod token;
mod value;

pub use error::{ReplyError, ReplyErrorKind};
pub use parser::{Progress, ReplyParser};
pub use token::{Token, Tokenizer};
pub use value::{Attributed, Pairs, Value};

/// What a server may send before a reply is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyLimits {
    /// The longest string in bytes, whole or streamed, and the longest line.
    pub bulk_bytes_max: usize,
    /// The most elements, or pairs, of one aggregate.
    pub elements_max: usize,
    /// How deep aggregates may nest.
    pub depth_max: usize,
}

impl Default for ReplyLimits {
    /// 512 MiB, as servers limit strings themselves; 2³² − 1 elements; 512 levels.
    fn default() -> Self {
        Self {
            bulk_bytes_max: 512 * 1024 * 1024,
            elements_max: u32::MAX as usize,
            depth_max: 512,
        }
    }
}
