//! How a client is served: what it is spared, and which replies it gets.

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};

use super::ANY_TIME;
use crate::client::{ClientFlags, ReplyMode};
use crate::execute::{Command, ServerCall};

pub(super) const CLIENT_NO_EVICT: Command = Command::new(
    Group::Connection,
    "no-evict",
    Arity::Exactly(3),
    client_no_evict,
)
.flags(
    Flags::ADMIN
        .with(Flags::ALLOW_BUSY)
        .with(Flags::LOADING)
        .with(Flags::NOSCRIPT)
        .with(Flags::STALE),
)
.args(&[Arg::one_of(
    "enabled",
    &[Arg::word("on", "ON"), Arg::word("off", "OFF")],
)])
.since("7.0.0")
.cost("O(1)")
.summary(
    "Exempts the connection from being closed when clients take too much memory, or ends that.",
);

fn client_no_evict(call: &mut ServerCall) -> CommandResult {
    let on = parse_switch(call.argv[2])?;
    call.session
        .handle
        .vitals
        .set_flag(ClientFlags::NO_EVICT, on);
    call.reply.ok();
    Ok(())
}

pub(super) const CLIENT_NO_TOUCH: Command = Command::new(
    Group::Connection,
    "no-touch",
    Arity::Exactly(3),
    client_no_touch,
)
.flags(ANY_TIME)
.args(&[Arg::one_of(
    "enabled",
    &[Arg::word("on", "ON"), Arg::word("off", "OFF")],
)])
.since("7.2.0")
.cost("O(1)")
.summary("Has the connection's reads leave access times and frequencies alone, or ends that.");

fn client_no_touch(call: &mut ServerCall) -> CommandResult {
    let on = parse_switch(call.argv[2])?;
    call.session.set_no_touch(on);
    call.reply.ok();
    Ok(())
}

/// `ON` or `OFF`.
pub(super) fn parse_switch(word: &[u8]) -> CommandResult<bool> {
    match () {
        () if word.eq_ignore_ascii_case(b"ON") => Ok(true),
        () if word.eq_ignore_ascii_case(b"OFF") => Ok(false),
        () => Err(CommandError::SYNTAX),
    }
}

pub(super) const CLIENT_REPLY: Command =
    Command::new(Group::Connection, "reply", Arity::Exactly(3), client_reply)
        .flags(
            Flags::ALLOW_BUSY
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::NO_MULTI)
                .with(Flags::STALE),
        )
        .args(&[Arg::one_of(
            "action",
            &[
                Arg::word("on", "ON"),
                Arg::word("off", "OFF"),
                Arg::word("skip", "SKIP"),
            ],
        )])
        .since("3.2.0")
        .cost("O(1)")
        .summary("Chooses which replies the connection gets.");

fn client_reply(call: &mut ServerCall) -> CommandResult {
    let word = call.argv[2];
    if word.eq_ignore_ascii_case(b"ON") {
        call.session.reply_mode = ReplyMode::On;
        call.reply.ok();
    } else if word.eq_ignore_ascii_case(b"OFF") {
        call.session.reply_mode = ReplyMode::Off;
    } else if word.eq_ignore_ascii_case(b"SKIP") {
        if call.session.reply_mode == ReplyMode::On {
            call.session.reply_mode = ReplyMode::SkipNext;
        }
    } else {
        return Err(CommandError::SYNTAX);
    }
    Ok(())
}
