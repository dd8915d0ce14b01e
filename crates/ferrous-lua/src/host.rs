//! What a script reaches beyond its sandbox.

use ferrous_resp::Protocol;

use crate::inspect::Inspector;

/// The world of a running script. This crate knows no command: it asks the host.
///
/// The host of a server runs commands with the partitions of the script held; that of a test answers as it likes.
pub trait Host {
    /// Runs a command and appends its reply to `reply`, in `protocol`. A refusal is an error reply.
    ///
    /// `argv` has at least the command's name.
    fn call(&mut self, argv: &[&[u8]], protocol: Protocol, reply: &mut Vec<u8>);

    /// Asked after each call: what a run ends with that cannot go on. The script cannot catch it.
    fn abandoned(&mut self) -> Option<String> {
        None
    }

    /// Whether the script's user may run a command, which is not run.
    fn may_run(&mut self, argv: &[&[u8]]) -> Permission;

    /// Takes a message for the log.
    fn log(&mut self, level: LogLevel, message: &[u8]);

    /// From now on effects go to so many of the log and the replicas.
    fn set_replication(&mut self, replication: Replication);

    /// Asked every so many instructions: does the run go on?
    fn interrupt(&mut self) -> Interrupt {
        Interrupt::Continue
    }

    /// Told of each new line, of a machine with line events: does the run go on?
    fn line(&mut self, _at: &mut Inspector<'_, '_>) -> Interrupt {
        Interrupt::Continue
    }

    /// `redis.breakpoint()`: true when a debugger will stop at the next line.
    fn breakpoint(&mut self) -> bool {
        false
    }

    /// `redis.debug()`: takes the values, written out, when a debugger listens.
    fn debug(&mut self, _values: &[Vec<u8>]) {}
}

/// The answer of [`Host::may_run`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// The user may.
    Granted,
    /// The user may not.
    Denied,
    /// There is no such command.
    UnknownCommand,
}

/// How important a message of `redis.log` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// `redis.LOG_DEBUG`
    Debug,
    /// `redis.LOG_VERBOSE`
    Verbose,
    /// `redis.LOG_NOTICE`
    Notice,
    /// `redis.LOG_WARNING`
    Warning,
}

impl LogLevel {
    /// Every level, at the place of its number in scripts.
    pub const ALL: [Self; 4] = [Self::Debug, Self::Verbose, Self::Notice, Self::Warning];
}

/// Where the effects of a script go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replication {
    /// To the append-only file.
    pub aof: bool,
    /// To the replicas.
    pub replicas: bool,
}

/// Whether a run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// It does.
    Continue,
    /// It ends now, with the error `ERR` and this text, which the script cannot catch.
    Stop(String),
}
