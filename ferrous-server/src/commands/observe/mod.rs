//! What operators watch: `SLOWLOG`, `COMMANDLOG`, `LATENCY` and `MONITOR`.

mod commandlog;
mod latency;
mod monitor;
mod slowlog;

use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_types::number::parse_canonical_int;

use crate::execute::{Command, ServerCall};
use crate::observe::LogKind;

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[
    commandlog::COMMANDLOG,
    latency::LATENCY,
    monitor::MONITOR,
    slowlog::SLOWLOG,
];

const COUNT_TOO_LOW: CommandError =
    CommandError::fixed("ERR count should be greater than or equal to -1");

/// A count of entries: -1 for all of them.
fn entry_count(text: &[u8]) -> CommandResult<usize> {
    match parse_canonical_int(text) {
        Some(-1) => Ok(usize::MAX),
        Some(count) => usize::try_from(count).map_err(|_| COUNT_TOO_LOW),
        None => Err(COUNT_TOO_LOW),
    }
}

/// Replies with the latest `count` commands of a log.
fn reply_entries(call: &mut ServerCall, kind: LogKind, count: usize) {
    let entries = call.server.observers.log(kind).latest(count);
    call.reply.array(entries.len());
    for entry in &entries {
        call.reply.array(6);
        call.reply.integer(entry.id as i64);
        call.reply.integer(entry.time_s);
        call.reply.integer(entry.amount as i64);
        call.reply.array(entry.argv.len());
        for arg in &entry.argv {
            call.reply.bulk(arg);
        }
        call.reply.bulk(entry.peer.as_bytes());
        call.reply.bulk(entry.name.as_bytes());
    }
}
