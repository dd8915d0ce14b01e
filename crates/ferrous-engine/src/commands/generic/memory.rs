//! What a key costs.

use crate::call::{
    Call, Command,
    DataHandler::{Help, Keys},
};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};

/// Elements that stand for all unless `SAMPLES` says otherwise.
const SAMPLES_DEFAULT: usize = 5;

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
/// Where sizes are not counted along, in hash tables, as many elements as `SAMPLES` says stand for all; 0 looks at each.
fn memory_usage(call: &mut Call) -> CommandResult {
    let key = call.args.key(2);
    let samples = samples(call)?;
    let table_bytes = call.db.table_bytes_per_key(&key);
    match call.db.peek(&key) {
        Some(entry) => {
            let object_bytes = entry
                .object()
                .map_or(0, |object| object.heap_bytes(samples));
            let bytes: usize = entry.heap_bytes() + object_bytes + table_bytes;
            call.reply.integer(bytes as i64);
        }
        None => call.reply.nil(),
    }
    Ok(())
}

/// Elements to look at; `SAMPLES` may be given again and again, and the last one counts.
fn samples(call: &Call) -> CommandResult<usize> {
    let mut samples = SAMPLES_DEFAULT;
    for at in (3..call.args.len()).step_by(2) {
        if !call.args.is(at, "SAMPLES") || at + 1 >= call.args.len() {
            return Err(CommandError::SYNTAX);
        }
        samples = usize::try_from(call.args.int(at + 1)?).map_err(|_| CommandError::SYNTAX)?;
    }
    Ok(samples)
}

const MEMORY_HELP: Command = Command::new(Group::Server, "help", Arity::Exactly(2), Help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("4.0.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");
