//! `SLOWLOG`: the commands that took long.

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::CommandResult;

use super::{entry_count, reply_entries};
use crate::commands::help;
use crate::execute::{Command, ServerCall};
use crate::observe::LogKind;

/// Entries that `SLOWLOG GET` shows unless told how many.
const COUNT_DEFAULT: usize = 10;

pub(super) const SLOWLOG: Command = Command::new(Group::Server, "slowlog", Arity::AtLeast(2), help)
    .subcommands(&[SLOWLOG_GET, SLOWLOG_HELP, SLOWLOG_LEN, SLOWLOG_RESET])
    .since("2.2.12")
    .cost("Depends on the subcommand")
    .summary("Shows the commands that took long.");

const SLOWLOG_GET: Command = Command::new(Group::Server, "get", Arity::AtLeast(2), slowlog_get)
    .flags(Flags::ADMIN.with(Flags::LOADING).with(Flags::STALE))
    .args(&[
        Arg::integer("count").optional(),
    ])
    .since("2.2.12")
    .history(&[
        ("4.0.0", "Tells the client's address and name."),
    ])
    .tips(&["request_policy:all_nodes", "nondeterministic_output"])
    .cost("O(n), n = entries returned")
    .summary("Returns the latest slow commands: number, time, microseconds, arguments, client and its name.");

fn slowlog_get(call: &mut ServerCall) -> CommandResult {
    let count = call
        .argv
        .get(2)
        .map_or(Ok(COUNT_DEFAULT), |text| entry_count(text))?;
    reply_entries(call, LogKind::Slow, count);
    Ok(())
}

const SLOWLOG_HELP: Command = Command::new(Group::Server, "help", Arity::Exactly(2), help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("6.2.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");

const SLOWLOG_LEN: Command = Command::new(Group::Server, "len", Arity::Exactly(2), slowlog_len)
    .flags(Flags::ADMIN.with(Flags::LOADING).with(Flags::STALE))
    .since("2.2.12")
    .tips(&[
        "request_policy:all_nodes",
        "response_policy:agg_sum",
        "nondeterministic_output",
    ])
    .cost("O(1)")
    .summary("Returns how many slow commands are remembered.");

fn slowlog_len(call: &mut ServerCall) -> CommandResult {
    call.reply.integer(call.server.observers.slow.len() as i64);
    Ok(())
}

const SLOWLOG_RESET: Command =
    Command::new(Group::Server, "reset", Arity::Exactly(2), slowlog_reset)
        .flags(Flags::ADMIN.with(Flags::LOADING).with(Flags::STALE))
        .since("2.2.12")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .cost("O(n), n = entries forgotten")
        .summary("Forgets the slow commands.");

fn slowlog_reset(call: &mut ServerCall) -> CommandResult {
    call.server.observers.slow.clear();
    call.reply.ok();
    Ok(())
}
