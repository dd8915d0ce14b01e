//! Subscriptions begun and ended.

use ferrous_engine::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use ferrous_engine::error::CommandResult;
use ferrous_resp::Encoder;

use crate::execute::{Command, ServerCall};
use crate::pubsub::Kind;

const FLAGS: Flags = Flags::PUBSUB
    .with(Flags::NOSCRIPT)
    .with(Flags::LOADING)
    .with(Flags::STALE);

const SHARD_KEYS: &[KeySpec] = &[KeySpec::range(1, -1, 1).flags(KeyFlags::NOT_KEY)];

pub(super) const SUBSCRIBE: Command =
    Command::new(Group::Pubsub, "subscribe", Arity::AtLeast(2), subscribe)
        .flags(FLAGS)
        .args(&[Arg::string("channel").multiple()])
        .since("2.0.0")
        .cost("O(n), n = channels given")
        .summary("Listens to channels.");

fn subscribe(call: &mut ServerCall) -> CommandResult {
    begin(call, Kind::Channel, "subscribe")
}

pub(super) const PSUBSCRIBE: Command =
    Command::new(Group::Pubsub, "psubscribe", Arity::AtLeast(2), psubscribe)
        .flags(FLAGS)
        .args(&[Arg::pattern("pattern").multiple()])
        .since("2.0.0")
        .cost("O(n), n = patterns given")
        .summary("Listens to the channels whose names match patterns.");

fn psubscribe(call: &mut ServerCall) -> CommandResult {
    begin(call, Kind::Pattern, "psubscribe")
}

pub(super) const SSUBSCRIBE: Command =
    Command::new(Group::Pubsub, "ssubscribe", Arity::AtLeast(2), ssubscribe)
        .flags(FLAGS)
        .keys(SHARD_KEYS)
        .args(&[Arg::string("shardchannel").multiple()])
        .since("7.0.0")
        .cost("O(n), n = channels given")
        .summary("Listens to channels of hash slots.");

fn ssubscribe(call: &mut ServerCall) -> CommandResult {
    begin(call, Kind::Shard, "ssubscribe")
}

fn begin(call: &mut ServerCall, kind: Kind, word: &str) -> CommandResult {
    let session = &mut *call.session;
    for name in &call.argv[1..] {
        let pubsub = &call.server.pubsub;
        session
            .subscriptions
            .add(pubsub, kind, name, &session.handle);
        let count = session.subscriptions.count(kind);
        reply_change(call.reply, word, Some(name), count);
    }
    Ok(())
}

pub(super) const UNSUBSCRIBE: Command =
    Command::new(Group::Pubsub, "unsubscribe", Arity::AtLeast(1), unsubscribe)
        .flags(FLAGS)
        .args(&[Arg::string("channel").optional().multiple()])
        .since("2.0.0")
        .cost("O(n), n = channels given, or listened to")
        .summary("No longer listens to channels, or to any.");

fn unsubscribe(call: &mut ServerCall) -> CommandResult {
    end(call, Kind::Channel, "unsubscribe")
}

pub(super) const PUNSUBSCRIBE: Command = Command::new(
    Group::Pubsub,
    "punsubscribe",
    Arity::AtLeast(1),
    punsubscribe,
)
.flags(FLAGS)
.args(&[Arg::pattern("pattern").optional().multiple()])
.since("2.0.0")
.cost("O(n), n = patterns given, or listened to")
.summary("No longer listens to channels whose names match patterns, or any pattern.");

fn punsubscribe(call: &mut ServerCall) -> CommandResult {
    end(call, Kind::Pattern, "punsubscribe")
}

pub(super) const SUNSUBSCRIBE: Command = Command::new(
    Group::Pubsub,
    "sunsubscribe",
    Arity::AtLeast(1),
    sunsubscribe,
)
.flags(FLAGS)
.keys(SHARD_KEYS)
.args(&[Arg::string("shardchannel").optional().multiple()])
.since("7.0.0")
.cost("O(n), n = channels given, or listened to")
.summary("No longer listens to channels of hash slots, or to any.");

fn sunsubscribe(call: &mut ServerCall) -> CommandResult {
    end(call, Kind::Shard, "sunsubscribe")
}

fn end(call: &mut ServerCall, kind: Kind, word: &str) -> CommandResult {
    let listened = call.session.subscriptions.names(kind);
    let names: Vec<&[u8]> = match &call.argv[1..] {
        [] => listened.iter().map(AsRef::as_ref).collect(),
        given => given.to_vec(),
    };
    let session = &mut *call.session;
    for name in &names {
        let pubsub = &call.server.pubsub;
        session
            .subscriptions
            .remove(pubsub, kind, name, &session.handle);
        // What was sent before goes out before: nothing may follow the confirmation.
        if let Some(mail) = session.handle.take_mail() {
            call.reply.raw(&mail);
        }
        let count = session.subscriptions.count(kind);
        reply_change(call.reply, word, Some(name), count);
    }
    if names.is_empty() {
        let count = session.subscriptions.count(kind);
        reply_change(call.reply, word, None, count);
    }
    Ok(())
}

fn reply_change(reply: &mut Encoder<'_>, word: &str, name: Option<&[u8]>, count: usize) {
    reply.push(3);
    reply.bulk(word.as_bytes());
    match name {
        Some(name) => reply.bulk(name),
        None => reply.nil(),
    }
    reply.integer(count as i64);
}
