//! Lists.

mod blocking;
mod edit;
mod pop;
mod position;
mod push;
mod read;
mod transfer;

use ferrous_types::list::End;

use crate::args::Args;
use crate::call::Command;
use crate::command::Arg;
use crate::error::{CommandError, CommandResult};

/// The rows of this family.
pub(super) const COMMANDS: &[Command] = &[
    blocking::BLMOVE,
    blocking::BLMPOP,
    blocking::BLPOP,
    blocking::BRPOP,
    blocking::BRPOPLPUSH,
    edit::LINSERT,
    edit::LREM,
    edit::LSET,
    edit::LTRIM,
    pop::LMPOP,
    pop::LPOP,
    pop::RPOP,
    position::LPOS,
    push::LPUSH,
    push::LPUSHX,
    push::RPUSH,
    push::RPUSHX,
    read::LINDEX,
    read::LLEN,
    read::LRANGE,
    transfer::LMOVE,
    transfer::RPOPLPUSH,
];

/// The words for the ends of a list.
const ENDS: &[Arg] = &[Arg::word("left", "LEFT"), Arg::word("right", "RIGHT")];

/// Argument `index` as the end that it names.
fn end(args: &Args<'_>, index: usize) -> CommandResult<End> {
    if args.is(index, "LEFT") {
        Ok(End::Head)
    } else if args.is(index, "RIGHT") {
        Ok(End::Tail)
    } else {
        Err(CommandError::SYNTAX)
    }
}

/// The event of elements that came at `end`.
fn push_event(end: End) -> &'static str {
    match end {
        End::Head => "lpush",
        End::Tail => "rpush",
    }
}

/// The event of elements that went from `end`.
fn pop_event(end: End) -> &'static str {
    match end {
        End::Head => "lpop",
        End::Tail => "rpop",
    }
}
