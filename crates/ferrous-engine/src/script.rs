//! Which commands scripts may call, and what those hear that call others.

use crate::command::{Flags, Registered};
use crate::error::CommandError;

const UNKNOWN: CommandError = CommandError::fixed("ERR Unknown Redis command called from script");
const ARITY: CommandError =
    CommandError::fixed("ERR Wrong number of args calling Redis command from script");
const NOT_ALLOWED: CommandError =
    CommandError::fixed("ERR This Redis command is not allowed from script");
const READ_ONLY: CommandError =
    CommandError::fixed("ERR Write commands are not allowed from read-only scripts.");

/// What a script may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// It may only read.
    pub read_only: bool,
    /// It may call what is not for scripts, too; for tests.
    pub anything: bool,
}

/// Decides whether a script may call a command with so many arguments, its name among them.
///
/// # Errors
/// When there is no such command, it takes another number of arguments, is none for scripts, or writes while the script
/// may only read.
pub fn admit<H>(
    command: Option<&Registered<H>>,
    arguments: usize,
    rules: Rules,
) -> Result<&Registered<H>, CommandError> {
    let command = command.ok_or(UNKNOWN)?;
    let flags = command.description.flags;
    if !command.description.arity.accepts(arguments) {
        return Err(ARITY);
    }
    if flags.contains(Flags::NOSCRIPT) && !rules.anything {
        return Err(NOT_ALLOWED);
    }
    if rules.read_only && flags.intersects(Flags::WRITE.with(Flags::MAY_REPLICATE)) {
        return Err(READ_ONLY);
    }
    Ok(command)
}
