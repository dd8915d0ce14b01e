//! Bytes received and the messages in them, for either kind of connection.

use std::collections::VecDeque;

use ferrous_resp::{ReplyError, ReplyErrorKind, ReplyParser};

use crate::{ClientError, Value};

/// Size of one read from the socket.
const READ_BYTES: usize = 64 << 10;

/// What came from the server and has not been asked for yet.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    /// Bytes received; those before `consumed` have been parsed.
    bytes: Vec<u8>,
    consumed: usize,
    parser: ReplyParser,
    /// Pushes that came between replies, oldest first.
    pub(crate) pushes: VecDeque<Value>,
}

impl Inbox {
    /// The next whole message; `None` when more bytes are needed.
    pub(crate) fn next(&mut self) -> Result<Option<Value>, ClientError> {
        if self.consumed == self.bytes.len() {
            return Ok(None);
        }
        let progress = self
            .parser
            .next(&self.bytes[self.consumed..])
            .map_err(protocol_error)?;
        self.consumed += progress.consumed;
        // Whether an error came as a line or as a string makes no difference to anyone.
        Ok(progress.value.map(|value| match value {
            Value::BlobError(text) => Value::Error(text),
            value => value,
        }))
    }

    /// Takes more bytes: `read` fills the front of the space it gets and says how many.
    pub(crate) fn fill<E>(
        &mut self,
        read: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        self.make_room();
        let filled = self.bytes.len();
        self.bytes.resize(filled + READ_BYTES, 0);
        let read = read(&mut self.bytes[filled..]);
        self.bytes.truncate(filled + *read.as_ref().unwrap_or(&0));
        read
    }

    /// Where more bytes are to be appended.
    #[cfg(feature = "async")]
    pub(crate) fn space(&mut self) -> &mut Vec<u8> {
        self.make_room();
        self.bytes.reserve(READ_BYTES);
        &mut self.bytes
    }

    /// Takes received bytes that have not been parsed, as many as fit.
    pub(crate) fn take_bytes(&mut self, buffer: &mut [u8]) -> usize {
        let unparsed = &self.bytes[self.consumed..];
        let length = unparsed.len().min(buffer.len());
        buffer[..length].copy_from_slice(&unparsed[..length]);
        self.consumed += length;
        length
    }

    fn make_room(&mut self) {
        if self.consumed > 0 {
            self.bytes.drain(..self.consumed);
            self.consumed = 0;
        }
    }
}

fn protocol_error(error: ReplyError) -> ClientError {
    ClientError::Protocol(match error.kind {
        ReplyErrorKind::UnknownType(byte) => {
            format!("Protocol error, got {} as reply type byte", shown(byte))
        }
        _ => format!("Protocol error, {error}"),
    })
}

/// A byte in quotes, as C programs show it.
fn shown(byte: u8) -> String {
    String::from_utf8_lossy(&crate::quote(&[byte])).into_owned()
}
