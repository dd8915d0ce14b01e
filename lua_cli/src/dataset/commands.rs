//! The commands of a server that scripts lean on and that no keyspace answers: who asks is a script, alone here.
#![allow(
    clippy::unnecessary_wraps,
    reason = "every command has the same signature, those that never fail too"
)]

use ferrous_engine::command::{self, Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_resp::Encoder;
use ferrous_types::number::parse_canonical_int;

use super::{Clock, DATABASES};

/// A row of the runner's own.
pub(super) type Command = command::Command<RunnerFn>;

/// A function that answers one call.
pub(crate) type RunnerFn = fn(&mut RunnerCall) -> CommandResult;

/// One call of a command of the runner.
pub(crate) struct RunnerCall<'a, 'o> {
    pub(super) argv: &'a [&'a [u8]],
    /// The selected database.
    pub(super) database: &'a mut usize,
    pub(super) clock: Clock,
    pub(super) reply: &'a mut Encoder<'o>,
}

/// Every row.
pub(super) const COMMANDS: &[Command] = &[ECHO, PING, PUBLISH, SELECT, SPUBLISH, TIME];

const ECHO: Command = Command::new(Group::Connection, "echo", Arity::Exactly(2), echo)
    .flags(Flags::FAST)
    .args(&[Arg::string("message")])
    .summary("Returns the message it was given.");

fn echo(call: &mut RunnerCall) -> CommandResult {
    call.reply.bulk(call.argv[1]);
    Ok(())
}

const PING: Command = Command::new(Group::Connection, "ping", Arity::AtLeast(1), ping)
    .flags(Flags::FAST)
    .args(&[Arg::string("message").optional()])
    .summary("Returns PONG, or the message it was given.");

fn ping(call: &mut RunnerCall) -> CommandResult {
    match call.argv {
        [_] => call.reply.simple(b"PONG"),
        [_, message] => call.reply.bulk(message),
        _ => return Err(CommandError::arity("ping")),
    }
    Ok(())
}

const PUBLISH: Command = Command::new(Group::Pubsub, "publish", Arity::Exactly(3), publish)
    .flags(Flags::FAST)
    .args(&[Arg::string("channel"), Arg::string("message")])
    .summary("Sends a message to the clients that listen to a channel.");

const SPUBLISH: Command = Command::new(Group::Pubsub, "spublish", Arity::Exactly(3), publish)
    .flags(Flags::FAST)
    .args(&[Arg::string("shardchannel"), Arg::string("message")])
    .summary("Sends a message to the clients that listen to a channel of a hash slot.");

/// Nobody listens.
fn publish(call: &mut RunnerCall) -> CommandResult {
    call.reply.integer(0);
    Ok(())
}

const SELECT: Command = Command::new(Group::Connection, "select", Arity::Exactly(2), select)
    .flags(Flags::FAST)
    .args(&[Arg::integer("index")])
    .summary("Selects the database that the script works on.");

fn select(call: &mut RunnerCall) -> CommandResult {
    let index = parse_canonical_int(call.argv[1]).ok_or(CommandError::NOT_INTEGER)?;
    let index = usize::try_from(index)
        .ok()
        .filter(|index| *index < DATABASES);
    *call.database = index.ok_or(CommandError::DB_INDEX)?;
    call.reply.ok();
    Ok(())
}

const TIME: Command = Command::new(Group::Server, "time", Arity::Exactly(1), time)
    .flags(Flags::FAST)
    .tips(&["nondeterministic_output"])
    .summary("Returns the time.");

/// Replies with seconds since the epoch and the microseconds beyond them.
fn time(call: &mut RunnerCall) -> CommandResult {
    let elapsed = call.clock.since_epoch();
    call.reply.array(2);
    call.reply.bulk(elapsed.as_secs().to_string().as_bytes());
    call.reply
        .bulk(elapsed.subsec_micros().to_string().as_bytes());
    Ok(())
}
