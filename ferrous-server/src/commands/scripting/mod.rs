//! Scripts and functions.

mod eval;
mod fcall;
mod function;
mod library;
mod script;

use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_types::number::parse_canonical_int;

use crate::execute::Command;

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[
    eval::EVAL,
    eval::EVALSHA,
    eval::EVALSHA_RO,
    eval::EVAL_RO,
    fcall::FCALL,
    fcall::FCALL_RO,
    function::FUNCTION,
    script::SCRIPT,
];

/// Arguments.
type Argv<'a> = &'a [&'a [u8]];

/// The keys and the other arguments of a call, whose argument 2 is the number of keys; `refusal` is for what is no number.
fn split_keys(argv: Argv<'_>, refusal: CommandError) -> CommandResult<(Argv<'_>, Argv<'_>)> {
    let number = parse_canonical_int(argv[2]).ok_or(refusal)?;
    let rest = &argv[3..];
    if number > rest.len() as i64 {
        return Err(CommandError::fixed(
            "ERR Number of keys can't be greater than number of args",
        ));
    }
    let number = usize::try_from(number)
        .map_err(|_| CommandError::fixed("ERR Number of keys can't be negative"))?;
    Ok(rest.split_at(number))
}

/// What a script or function that may write answers to those who only read.
const WRITES: CommandError =
    CommandError::fixed("ERR Can not execute a script with write flag using *_ro command.");

/// `ASYNC` or `SYNC`, which both free the same way here: what is flushed is small.
fn check_flush_mode(argv: &[&[u8]], refusal: CommandError) -> CommandResult {
    match argv {
        [_, _] => Ok(()),
        [_, _, mode]
            if mode.eq_ignore_ascii_case(b"SYNC") || mode.eq_ignore_ascii_case(b"ASYNC") =>
        {
            Ok(())
        }
        _ => Err(refusal),
    }
}
