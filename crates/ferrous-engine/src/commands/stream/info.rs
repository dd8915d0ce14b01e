//! What is known about streams, groups and consumers.

use ferrous_resp::{Aggregate, Encoder};
use ferrous_types::Stream;
use ferrous_types::stream::{Consumer, Group as ConsumerGroup, Log};

use super::group::no_group;
use super::id::{reply_entries, reply_entry, reply_id};
use crate::args::Args;
use crate::call::{
    Call, Command,
    DataHandler::{Help, Keys},
};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};

/// Entries of each kind that `FULL` shows unless `COUNT` says otherwise.
const COUNT_DEFAULT: usize = 10;

pub(super) const XINFO: Command = Command::new(Group::Stream, "xinfo", Arity::AtLeast(2), Help)
    .subcommands(&[CONSUMERS, GROUPS, XINFO_HELP, STREAM])
    .since("5.0.0")
    .cost("Depends on the subcommand")
    .summary("Looks into a stream and its consumer groups.");

const XINFO_HELP: Command = Command::new(Group::Stream, "help", Arity::Exactly(2), Help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("5.0.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");

const STREAM: Command = Command::new(Group::Stream, "stream", Arity::AtLeast(3), Keys(stream))
    .flags(Flags::READONLY)
    .keys(&[KeySpec::at(2).reads()])
    .args(&[
        Arg::key("key"),
        Arg::block(
            "full-block",
            &[
                Arg::word("full", "FULL"),
                Arg::integer("count").token("COUNT").optional(),
            ],
        )
        .optional(),
    ])
    .since("5.0.0")
    .history(&[
        ("6.0.0", "Takes `FULL`."),
        (
            "7.0.0",
            "Tells `entries-added`, `max-deleted-entry-id` and `recorded-first-entry-id`, and of each group `entries-read` and `lag`.",
        ),
        (
            "7.2.0",
            "Tells `active-time`; `seen-time` is that of the last attempt.",
        ),
    ])
    .cost("O(1), or with FULL O(n), n = entries shown")
    .summary("Returns what is known about a stream, with FULL about its groups and consumers, too.");

/// How many entries of each kind to show in full; nothing for a summary.
fn full_count(args: &Args<'_>) -> CommandResult<Option<usize>> {
    match args.len() {
        3 => Ok(None),
        4 if args.is(3, "FULL") => Ok(Some(COUNT_DEFAULT)),
        6 if args.is(3, "FULL") && args.is(4, "COUNT") => Ok(Some(match args.int(5)? {
            0 => usize::MAX,
            count => usize::try_from(count).unwrap_or(COUNT_DEFAULT),
        })),
        _ => Err(CommandError::subcommand_syntax(args.get(1), "xinfo")),
    }
}

fn stream(call: &mut Call) -> CommandResult {
    let key = call.args.key(2);
    let stream = call.db.collection::<Stream>(&key)?;
    let stream = stream.ok_or(CommandError::NO_SUCH_KEY)?;
    let full = full_count(&call.args)?;
    let reply = &mut *call.reply;
    reply.map(if full.is_some() { 9 } else { 10 });
    counters(reply, &stream.log);
    match full {
        None => {
            named(reply, "groups", stream.groups.len());
            edge(reply, "first-entry", stream.log.iter().next());
            edge(reply, "last-entry", stream.log.iter().next_back());
        }
        Some(count) => {
            reply.bulk(b"entries");
            reply_entries(reply, stream.log.iter(), Some(count));
            reply.bulk(b"groups");
            reply.array(stream.groups.len());
            for (name, group) in &stream.groups {
                full_group(reply, name, group, &stream.log, count);
            }
        }
    }
    Ok(())
}

fn named(reply: &mut Encoder<'_>, name: &str, number: usize) {
    reply.bulk(name.as_bytes());
    reply.integer(number as i64);
}

fn edge(reply: &mut Encoder<'_>, name: &str, entry: Option<ferrous_types::stream::Entry<'_>>) {
    reply.bulk(name.as_bytes());
    match entry {
        Some(entry) => reply_entry(reply, entry),
        None => reply.nil(),
    }
}

fn counters(reply: &mut Encoder<'_>, log: &Log) {
    let counters = log.counters();
    let blocks = log.blocks().len();
    named(reply, "length", log.len() as usize);
    named(reply, "radix-tree-keys", blocks);
    // The blocks are no radix tree: this is what one would have, a root and a node each.
    named(reply, "radix-tree-nodes", blocks + 1);
    reply.bulk(b"last-generated-id");
    reply_id(reply, counters.last_id);
    reply.bulk(b"max-deleted-entry-id");
    reply_id(reply, counters.max_deleted_id);
    named(reply, "entries-added", counters.entries_added as usize);
    reply.bulk(b"recorded-first-entry-id");
    reply_id(reply, log.first_id());
}

/// Writes how far a group has read: three pairs.
fn progress(reply: &mut Encoder<'_>, group: &ConsumerGroup, log: &Log) {
    let optional = |reply: &mut Encoder<'_>, number: Option<u64>| match number {
        Some(number) => reply.integer(number as i64),
        None => reply.nil(),
    };
    reply.bulk(b"last-delivered-id");
    reply_id(reply, group.last_delivered_id());
    reply.bulk(b"entries-read");
    optional(reply, group.entries_read());
    reply.bulk(b"lag");
    optional(reply, group.lag(log));
}

fn full_group(
    reply: &mut Encoder<'_>,
    name: &[u8],
    group: &ConsumerGroup,
    log: &Log,
    count: usize,
) {
    reply.map(7);
    reply.bulk(b"name");
    reply.bulk(name);
    progress(reply, group, log);
    named(reply, "pel-count", group.pending_len());
    reply.bulk(b"pending");
    reply.array(group.pending_len().min(count));
    for (&id, pending) in group.pending(..).take(count) {
        reply.array(4);
        reply_id(reply, id);
        reply.bulk(group.consumer(pending.consumer).name());
        reply.integer(pending.delivered_at_ms);
        reply.integer(pending.deliveries as i64);
    }
    reply.bulk(b"consumers");
    reply.array(group.consumers().len());
    for consumer in group.consumers() {
        full_consumer(reply, consumer, group, count);
    }
}

fn full_consumer(
    reply: &mut Encoder<'_>,
    consumer: &Consumer,
    group: &ConsumerGroup,
    count: usize,
) {
    reply.map(5);
    reply.bulk(b"name");
    reply.bulk(consumer.name());
    reply.bulk(b"seen-time");
    reply.integer(consumer.seen_at_ms);
    reply.bulk(b"active-time");
    reply.integer(consumer.active_at_ms.unwrap_or(-1));
    named(reply, "pel-count", consumer.pending().len());
    reply.bulk(b"pending");
    let array = reply.defer(Aggregate::Array, 1);
    let mut len = 0;
    for &id in consumer.pending().iter().take(count) {
        if let Some(pending) = group.pending_entry(id) {
            reply.array(3);
            reply_id(reply, id);
            reply.integer(pending.delivered_at_ms);
            reply.integer(pending.deliveries as i64);
            len += 1;
        }
    }
    array.finish(reply, len);
}

const GROUPS: Command = Command::new(Group::Stream, "groups", Arity::Exactly(3), Keys(groups))
    .flags(Flags::READONLY)
    .keys(&[KeySpec::at(2).reads()])
    .args(&[Arg::key("key")])
    .since("5.0.0")
    .history(&[("7.0.0", "Tells `entries-read` and `lag`.")])
    .cost("O(n), n = groups of the stream")
    .summary("Returns the consumer groups of a stream.");

fn groups(call: &mut Call) -> CommandResult {
    let stream = call.db.collection::<Stream>(&call.args.key(2))?;
    let stream = stream.ok_or(CommandError::NO_SUCH_KEY)?;
    let reply = &mut *call.reply;
    reply.array(stream.groups.len());
    for (name, group) in &stream.groups {
        reply.map(6);
        reply.bulk(b"name");
        reply.bulk(name);
        named(reply, "consumers", group.consumers().len());
        named(reply, "pending", group.pending_len());
        progress(reply, group, &stream.log);
    }
    Ok(())
}

const CONSUMERS: Command = Command::new(
    Group::Stream,
    "consumers",
    Arity::Exactly(4),
    Keys(consumers),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(2).reads()])
.args(&[Arg::key("key"), Arg::string("group")])
.since("5.0.0")
.history(&[(
    "7.2.0",
    "Tells `inactive`; `idle` counts from the last attempt.",
)])
.tips(&["nondeterministic_output"])
.cost("O(n), n = consumers of the group")
.summary("Returns the consumers of a group.");

fn consumers(call: &mut Call) -> CommandResult {
    let (key, name, now_ms) = (call.args.key(2), call.args.get(3), call.db.now_ms());
    let stream = call.db.collection::<Stream>(&key)?;
    let stream = stream.ok_or(CommandError::NO_SUCH_KEY)?;
    let group = stream.groups.get(name);
    let group = group.ok_or_else(|| no_group(key.bytes, name))?;
    let since = |time: i64| now_ms.saturating_sub(time).max(0);
    call.reply.array(group.consumers().len());
    for consumer in group.consumers() {
        call.reply.map(4);
        call.reply.bulk(b"name");
        call.reply.bulk(consumer.name());
        named(call.reply, "pending", consumer.pending().len());
        call.reply.bulk(b"idle");
        call.reply.integer(since(consumer.seen_at_ms));
        call.reply.bulk(b"inactive");
        call.reply.integer(consumer.active_at_ms.map_or(-1, since));
    }
    Ok(())
}
