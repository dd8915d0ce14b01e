//! `COMMANDLOG`: the commands that took long, or much room.

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};

use super::{entry_count, reply_entries};
use crate::commands::help;
use crate::execute::{Command, ServerCall};
use crate::observe::LogKind;

const UNKNOWN_KIND: CommandError = CommandError::fixed(
    "ERR type should be one of the following: slow, large-request, large-reply",
);

pub(super) const COMMANDLOG: Command =
    Command::new(Group::Server, "commandlog", Arity::AtLeast(2), help)
        .subcommands(&[
            COMMANDLOG_GET,
            COMMANDLOG_HELP,
            COMMANDLOG_LEN,
            COMMANDLOG_RESET,
        ])
        .since("8.1.0")
        .cost("Depends on the subcommand")
        .summary("Shows the commands that took long, or much room.");

const COMMANDLOG_GET: Command = Command::new(Group::Server, "get", Arity::Exactly(4), commandlog_get)
    .flags(Flags::ADMIN.with(Flags::LOADING).with(Flags::STALE))
    .args(&[
        Arg::integer("count"),
        Arg::one_of("type", &[
            Arg::word("slow", "SLOW"),
            Arg::word("large-request", "LARGE-REQUEST"),
            Arg::word("large-reply", "LARGE-REPLY"),
        ]),
    ])
    .since("8.1.0")
    .tips(&["request_policy:all_nodes", "nondeterministic_output"])
    .cost("O(n), n = entries returned")
    .summary("Returns the latest commands of a kind: number, time, microseconds or bytes, arguments, client and its name.");

fn commandlog_get(call: &mut ServerCall) -> CommandResult {
    let kind = kind(call.argv[3])?;
    let count = entry_count(call.argv[2])?;
    reply_entries(call, kind, count);
    Ok(())
}

fn kind(name: &[u8]) -> CommandResult<LogKind> {
    LogKind::by_name(name).ok_or(UNKNOWN_KIND)
}

const COMMANDLOG_HELP: Command = Command::new(Group::Server, "help", Arity::Exactly(2), help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("8.1.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");

const COMMANDLOG_LEN: Command =
    Command::new(Group::Server, "len", Arity::Exactly(3), commandlog_len)
        .flags(Flags::ADMIN.with(Flags::LOADING).with(Flags::STALE))
        .args(&[Arg::one_of(
            "type",
            &[
                Arg::word("slow", "SLOW"),
                Arg::word("large-request", "LARGE-REQUEST"),
                Arg::word("large-reply", "LARGE-REPLY"),
            ],
        )])
        .since("8.1.0")
        .tips(&[
            "request_policy:all_nodes",
            "response_policy:agg_sum",
            "nondeterministic_output",
        ])
        .cost("O(1)")
        .summary("Returns how many commands of a kind are remembered.");

fn commandlog_len(call: &mut ServerCall) -> CommandResult {
    let log = call.server.observers.log(kind(call.argv[2])?);
    call.reply.integer(log.len() as i64);
    Ok(())
}

const COMMANDLOG_RESET: Command =
    Command::new(Group::Server, "reset", Arity::Exactly(3), commandlog_reset)
        .flags(Flags::ADMIN.with(Flags::LOADING).with(Flags::STALE))
        .args(&[Arg::one_of(
            "type",
            &[
                Arg::word("slow", "SLOW"),
                Arg::word("large-request", "LARGE-REQUEST"),
                Arg::word("large-reply", "LARGE-REPLY"),
            ],
        )])
        .since("8.1.0")
        .tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .cost("O(n), n = entries forgotten")
        .summary("Forgets the commands of a kind.");

fn commandlog_reset(call: &mut ServerCall) -> CommandResult {
    call.server.observers.log(kind(call.argv[2])?).clear();
    call.reply.ok();
    Ok(())
}
