//! `PUBSUB`: who listens to what.

use ferrous_engine::command::{Arg, Arity, Categories, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};

use crate::commands::help;
use crate::execute::{Command, ServerCall};
use crate::pubsub::Kind;

const FLAGS: Flags = Flags::PUBSUB.with(Flags::LOADING).with(Flags::STALE);

pub(super) const PUBSUB: Command = Command::new(Group::Pubsub, "pubsub", Arity::AtLeast(2), help)
    .subcommands(&[CHANNELS, HELP, NUMPAT, NUMSUB, SHARDCHANNELS, SHARDNUMSUB])
    .since("2.8.0")
    .cost("Depends on the subcommand")
    .summary("Tells who listens to what.");

const CHANNELS: Command = Command::new(Group::Pubsub, "channels", Arity::AtLeast(2), channels)
    .flags(FLAGS)
    .args(&[Arg::pattern("pattern").optional()])
    .since("2.8.0")
    .cost("O(n), n = channels that are listened to")
    .summary("Returns the channels that somebody listens to.");

fn channels(call: &mut ServerCall) -> CommandResult {
    reply_names(call, Kind::Channel)
}

const SHARDCHANNELS: Command = Command::new(
    Group::Pubsub,
    "shardchannels",
    Arity::AtLeast(2),
    shardchannels,
)
.flags(FLAGS)
.args(&[Arg::pattern("pattern").optional()])
.since("7.0.0")
.cost("O(n), n = channels of hash slots that are listened to")
.summary("Returns the channels of hash slots that somebody listens to.");

fn shardchannels(call: &mut ServerCall) -> CommandResult {
    reply_names(call, Kind::Shard)
}

fn reply_names(call: &mut ServerCall, kind: Kind) -> CommandResult {
    if call.argv.len() > 3 {
        let word = String::from_utf8_lossy(call.argv[1]);
        return Err(CommandError::new(format!(
            "ERR unknown subcommand or wrong number of arguments for '{word}'. Try PUBSUB HELP."
        )));
    }
    let names = call.server.pubsub.names(kind, call.argv.get(2).copied());
    call.reply.array(names.len());
    for name in &names {
        call.reply.bulk(name);
    }
    Ok(())
}

const NUMSUB: Command = Command::new(Group::Pubsub, "numsub", Arity::AtLeast(2), numsub)
    .flags(FLAGS)
    .args(&[Arg::string("channel").optional().multiple()])
    .since("2.8.0")
    .cost("O(n), n = channels given")
    .summary("Returns how many clients listen to each of several channels.");

fn numsub(call: &mut ServerCall) -> CommandResult {
    reply_listeners(call, Kind::Channel)
}

const SHARDNUMSUB: Command =
    Command::new(Group::Pubsub, "shardnumsub", Arity::AtLeast(2), shardnumsub)
        .flags(FLAGS)
        .args(&[Arg::string("shardchannel").optional().multiple()])
        .since("7.0.0")
        .cost("O(n), n = channels given")
        .summary("Returns how many clients listen to each of several channels of hash slots.");

fn shardnumsub(call: &mut ServerCall) -> CommandResult {
    reply_listeners(call, Kind::Shard)
}

fn reply_listeners(call: &mut ServerCall, kind: Kind) -> CommandResult {
    let names = &call.argv[2..];
    call.reply.array(2 * names.len());
    for name in names {
        call.reply.bulk(name);
        let listeners = call.server.pubsub.listeners(kind, name);
        call.reply.integer(listeners as i64);
    }
    Ok(())
}

const NUMPAT: Command = Command::new(Group::Pubsub, "numpat", Arity::Exactly(2), numpat)
    .flags(FLAGS)
    .since("2.8.0")
    .cost("O(1)")
    .summary("Returns the number of patterns that somebody listens to.");

fn numpat(call: &mut ServerCall) -> CommandResult {
    let patterns = call.server.pubsub.len(Kind::Pattern);
    call.reply.integer(patterns as i64);
    Ok(())
}

const HELP: Command = Command::new(Group::Pubsub, "help", Arity::Exactly(2), help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .outside(Categories::PUBSUB)
    .since("6.2.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");
