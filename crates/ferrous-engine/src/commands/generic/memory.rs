//! What a key costs.

use crate::call::{
    Call, Command,
    DataHandler::{Help, Keys},
};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};

pub(super) const MEMORY: Command = Command::new(Group::Server, "memory", Arity::AtLeast(2), Help)
    .subcommands(&[MEMORY_HELP, MEMORY_USAGE])
    .since("4.0.0")
    .cost("Depends on the subcommand")
    .summary("Looks into how memory is used.");

const MEMORY_USAGE: Command = Command::new(
    Group::Server,
    "usage",
    Arity::AtLeast(3),
    Keys(memory_usage),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(2).flags(KeyFlags::RO)])
.args(&[
    Arg::key("key"),
    Arg::integer("count").token("SAMPLES").optional(),
])
.since("4.0.0")
.cost("O(1)")
.summary("Returns the bytes of memory that a key and its value take.");

/// Replies with all bytes that are there because of the key: its entry, what hangs on it, its share of the table.
///
/// Sizes are known, not estimated from some of the elements, so any number of samples gives the same answer.
fn memory_usage(call: &mut Call) -> CommandResult {
    let key = call.args.key(2);
    check_samples(call)?;
    let table_bytes = call.db.table_bytes_per_key(&key);
    match call.db.peek(&key) {
        Some(entry) => {
            let object_bytes = entry.object().map_or(0, |object| object.heap_bytes(0));
            let bytes: usize = entry.heap_bytes() + object_bytes + table_bytes;
            call.reply.integer(bytes as i64);
        }
        None => call.reply.nil(),
    }
    Ok(())
}

/// Checks the options; `SAMPLES` may be given again and again.
fn check_samples(call: &Call) -> CommandResult {
    for at in (3..call.args.len()).step_by(2) {
        if !call.args.is(at, "SAMPLES") || at + 1 >= call.args.len() {
            return Err(CommandError::SYNTAX);
        }
        if call.args.int(at + 1)? < 0 {
            return Err(CommandError::SYNTAX);
        }
    }
    Ok(())
}

const MEMORY_HELP: Command = Command::new(Group::Server, "help", Arity::Exactly(2), Help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("4.0.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");
