//! A connection and what is known about it: database, transaction, protocol.
//!
//! [`Session::issue`] is the one door for commands, whether they come from the arguments, from standard input or
//! from the prompt. It connects when needed, follows redirections, prints the replies and keeps the state.

mod connect;
mod issue;
mod pushes;
mod state;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use ferrous_client::{Connection, Value};

use crate::options::Options;
pub(crate) use state::State;

/// Where the commands come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The arguments of the program.
    Arguments,
    /// Lines of standard input or of a file.
    Lines,
    /// A person at the prompt.
    Prompt,
}

/// Why a command has no reply. What there is to say has been said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server cannot be reached.
    Unreachable,
    /// It could be, but let too much time pass.
    TimedOut,
    /// It refused the password or the database, and `--strict` is on.
    Refused,
    /// The connection broke.
    Lost,
    /// The command was stopped by Ctrl-C.
    Interrupted,
    /// The command was not sent: the session is read-only, or the command names nodes in no way there is.
    NotSent,
}

/// See the module.
pub(crate) struct Session {
    pub(crate) options: Options,
    pub(crate) source: Source,
    pub(crate) connection: Option<Connection>,
    pub(crate) state: State,
    /// The last reply, for the prompt's commands that look at it again.
    pub(crate) last_reply: Option<Value>,
    /// Set by Ctrl-C where that ends a command instead of the program.
    pub(crate) interrupt: Option<Arc<AtomicBool>>,
    /// Receives what is printed, when it does not go straight to standard output.
    pub(crate) capture: Option<Vec<u8>>,
}

impl Session {
    /// A session that is not connected yet.
    pub(crate) fn new(options: Options, source: Source) -> Self {
        let state = State::new(&options);
        Self {
            options,
            source,
            connection: None,
            state,
            last_reply: None,
            interrupt: None,
            capture: None,
        }
    }

    /// Prints replies: to standard output, or to the capture.
    pub(crate) fn print(&mut self, text: &[u8]) {
        match &mut self.capture {
            Some(capture) => capture.extend_from_slice(text),
            None => crate::say(text),
        }
    }

    /// The last reply was an error.
    pub(crate) fn last_failed(&self) -> bool {
        matches!(self.last_reply, Some(Value::Error(_)))
    }
}
