//! The connection itself: greeting, authentication, selecting a database, leaving.

mod hello;

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_resp::Protocol;
use ferrous_types::number::parse_canonical_int;

use crate::execute::{Command, ServerCall};
use crate::transaction;

/// The rows of the family.
pub(super) const COMMANDS: &[Command] =
    &[hello::AUTH, ECHO, hello::HELLO, PING, QUIT, RESET, SELECT];

pub(super) const PING: Command = Command::new(Group::Connection, "ping", Arity::AtLeast(1), ping)
    .flags(Flags::FAST)
    .args(&[Arg::string("message").optional()])
    .since("1.0.0")
    .tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
    .cost("O(1)")
    .summary("Returns PONG, or the message it was given.");

fn ping(call: &mut ServerCall) -> CommandResult {
    match call.argv {
        [_] | [_, _] if call.session.only_listens() => {
            call.reply.array(2);
            call.reply.bulk(b"pong");
            call.reply
                .bulk(call.argv.get(1).copied().unwrap_or_default());
        }
        [_] => call.reply.simple(b"PONG"),
        [_, message] => call.reply.bulk(message),
        _ => return Err(CommandError::arity("ping")),
    }
    Ok(())
}

pub(super) const ECHO: Command = Command::new(Group::Connection, "echo", Arity::Exactly(2), echo)
    .flags(Flags::FAST.with(Flags::LOADING).with(Flags::STALE))
    .args(&[Arg::string("message")])
    .since("1.0.0")
    .cost("O(1)")
    .summary("Returns the message it was given.");

fn echo(call: &mut ServerCall) -> CommandResult {
    call.reply.bulk(call.argv[1]);
    Ok(())
}

pub(super) const QUIT: Command = Command::new(Group::Connection, "quit", Arity::AtLeast(1), quit)
    .flags(
        Flags::ALLOW_BUSY
            .with(Flags::FAST)
            .with(Flags::LOADING)
            .with(Flags::NOSCRIPT)
            .with(Flags::NO_AUTH)
            .with(Flags::STALE)
            .with(Flags::AT_ONCE),
    )
    .since("1.0.0")
    .cost("O(1)")
    .summary("Closes the connection.");

fn quit(call: &mut ServerCall) -> CommandResult {
    call.reply.ok();
    call.session.closing = true;
    Ok(())
}

pub(super) const RESET: Command =
    Command::new(Group::Connection, "reset", Arity::Exactly(1), reset)
        .flags(
            Flags::ALLOW_BUSY
                .with(Flags::FAST)
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::NO_AUTH)
                .with(Flags::STALE)
                .with(Flags::AT_ONCE),
        )
        .since("6.2.0")
        .cost("O(1)")
        .summary("Puts the connection back into the state of a new one.");

fn reset(call: &mut ServerCall) -> CommandResult {
    let authenticated = !call.server.config.security.password_required();
    transaction::discard(call.server, call.session);
    let session = &mut *call.session;
    session.reset(authenticated);
    call.server.forget(session);
    if let Some(mail) = session.speak(Protocol::Resp2) {
        call.reply.raw(&mail);
    }
    // A status is the same in both protocols.
    call.reply.simple(b"RESET");
    Ok(())
}

pub(super) const SELECT: Command =
    Command::new(Group::Connection, "select", Arity::Exactly(2), select)
        .flags(
            Flags::ALLOW_BUSY
                .with(Flags::FAST)
                .with(Flags::LOADING)
                .with(Flags::STALE),
        )
        .args(&[Arg::integer("index")])
        .since("1.0.0")
        .cost("O(1)")
        .summary("Selects the database that the connection works on.");

fn select(call: &mut ServerCall) -> CommandResult {
    let index = parse_canonical_int(call.argv[1]).ok_or(CommandError::NOT_INTEGER)?;
    let index = usize::try_from(index)
        .ok()
        .filter(|index| *index < call.server.keyspace.databases());
    call.session.select(index.ok_or(CommandError::DB_INDEX)?);
    call.reply.ok();
    Ok(())
}

/// The number that clients know a protocol by.
fn protocol_number(protocol: Protocol) -> i64 {
    match protocol {
        Protocol::Resp2 => 2,
        Protocol::Resp3 => 3,
    }
}
