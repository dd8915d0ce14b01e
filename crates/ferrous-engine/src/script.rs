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

/// Decides whether a script may call a command with so many arguments, its name among them.
///
/// # Errors
/// When there is no such command, it takes another number of arguments, is none for scripts, or writes while the script
/// may only read.
pub fn admit<H>(
    command: Option<&Registered<H>>,
    arguments: usize,
    read_only: bool,
) -> Result<&Registered<H>, CommandError> {
    let command = command.ok_or(UNKNOWN)?;
    let flags = command.description.flags;
    if !command.description.arity.accepts(arguments) {
        return Err(ARITY);
    }
    if flags.contains(Flags::NOSCRIPT) {
        return Err(NOT_ALLOWED);
    }
    let writes = Flags::WRITE.with(Flags::MAY_REPLICATE);
    if read_only && flags.intersects(writes) {
        return Err(READ_ONLY);
    }
    Ok(command)
}
