//! What can be wrong with a log, and where.

use std::io;

use ferrous_resp::ProtocolError;

use crate::input::InputError;

/// A log that cannot be read on: where, and why.
#[derive(Debug, thiserror::Error)]
#[error("AOF offset {offset}: {reason}")]
pub struct AofError {
    /// Bytes from the beginning of the file to the entry that cannot be read.
    pub offset: u64,
    /// Bytes from the beginning of the file that hold whole entries and whole transactions: to cut the
    /// file there loses nothing that can be read.
    pub good_bytes: u64,
    /// What is wrong.
    pub reason: AofReason,
}

impl AofError {
    /// True when the file merely ends too early, as after a crash: what a server may be configured to
    /// repair by itself.
    pub fn is_truncated(&self) -> bool {
        matches!(
            self.reason,
            AofReason::CutShort | AofReason::OpenTransaction
        )
    }
}

/// What is wrong with a log.
#[derive(Debug, thiserror::Error)]
pub enum AofReason {
    /// The source failed.
    #[error("{0}")]
    Io(io::Error),
    /// The file ends within an entry.
    #[error("the file ends within a command")]
    CutShort,
    /// The file ends after MULTI and before EXEC.
    #[error("the file ends within a transaction")]
    OpenTransaction,
    /// Neither a command nor an annotation begins so.
    #[error("byte {0:#04x} begins neither a command nor an annotation")]
    BadStart(u8),
    /// A command is not one.
    #[error("{0}")]
    BadCommand(ProtocolError),
    /// An annotation is longer than any server writes.
    #[error("an annotation does not end")]
    BadAnnotation,
}

impl From<InputError> for AofReason {
    fn from(error: InputError) -> Self {
        match error {
            InputError::End => Self::CutShort,
            InputError::Io(error) => Self::Io(error),
        }
    }
}
