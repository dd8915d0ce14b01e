//! What can go wrong between a client and its server.

use std::io;

use crate::Value;

/// A connection that could not be made, or that broke.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The server could not be reached.
    #[error("{}", os_text(.0))]
    Connect(io::Error),
    /// The TLS handshake or its configuration failed.
    #[error("{0}")]
    Tls(String),
    /// The server closed the connection.
    #[error("Server closed the connection")]
    Closed,
    /// Reading or writing failed, or took longer than the timeout allows.
    #[error("{}", os_text(.0))]
    Io(io::Error),
    /// The peer does not speak the protocol; the connection is of no more use.
    #[error("{0}")]
    Protocol(String),
    /// The caller's interrupt flag went up while waiting for the server; the connection is still in order.
    #[error("interrupted")]
    Interrupted,
    /// The server refused a step of the handshake.
    #[error("{step} failed: {message}")]
    Refused {
        /// `AUTH`, `HELLO 3` or `SELECT n`.
        step: String,
        /// The server's error text.
        message: String,
    },
    /// The server answered a command with an error, where the caller asked for a value.
    #[error("{0}")]
    Reply(String),
    /// The server answered with something that the command never answers with.
    #[error("unexpected reply to {command}")]
    Unexpected {
        /// The command that was sent.
        command: String,
        /// What came back.
        reply: Box<Value>,
    },
}

impl ClientError {
    /// True when the connection is gone and a new one may succeed.
    pub fn is_disconnect(&self) -> bool {
        match self {
            Self::Closed => true,
            Self::Io(error) => matches!(
                error.kind(),
                io::ErrorKind::ConnectionReset
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::ConnectionAborted
            ),
            _ => false,
        }
    }
}

/// A reply, with an error reply as `Err`.
pub(crate) fn checked(reply: Value) -> Result<Value, ClientError> {
    match reply {
        Value::Error(text) => Err(ClientError::Reply(
            String::from_utf8_lossy(&text).into_owned(),
        )),
        value => Ok(value),
    }
}

impl From<io::Error> for ClientError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Io(error),
        }
    }
}

/// The operating system's words for an error, without what Rust adds around them.
///
/// Scripts match on `Connection refused` at the end of the line, as the C clients print it.
pub fn os_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text
        .strip_prefix("failed to lookup address information: ")
        .unwrap_or(&text);
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn os_errors_read_as_in_c() {
        assert_eq!(
            os_text(&io::Error::from_raw_os_error(111)),
            "Connection refused"
        );
        assert_eq!(os_text(&io::Error::other("plain")), "plain");
    }
}
