//! What consumers got and did not acknowledge.

use ferrous_resp::Aggregate;
use ferrous_types::Stream;
use ferrous_types::stream::{Consumer, Group as ConsumerGroup, StreamId};

use super::group::no_key_or_group;
use super::id::{self, reply_id};
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};

pub(super) const XACK: Command = Command::new(Group::Stream, "xack", Arity::AtLeast(4), Keys(xack))
    .flags(Flags::FAST.with(Flags::WRITE))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
    .args(&[
        Arg::key("key"),
        Arg::string("group"),
        Arg::string("id").multiple(),
    ])
    .since("5.0.0")
    .cost("O(n log m), n = identifiers given, m = pending entries")
    .summary("Acknowledges entries, which then are no longer pending.");

fn xack(call: &mut Call) -> CommandResult {
    let (key, name) = (call.args.key(1), call.args.get(2));
    let stream = call.db.collection::<Stream>(&key)?;
    if !stream.is_some_and(|stream| stream.groups.contains_key(name)) {
        call.reply.integer(0);
        return Ok(());
    }
    let ids = call.args.from(3).iter().map(|text| id::parse(text));
    let ids = ids.collect::<CommandResult<Vec<_>>>()?;
    let acknowledged = call.db.edit::<Stream, _>(&key, |stream| {
        let group = stream.groups.get_mut(name)?;
        Some(ids.iter().filter(|&&id| group.acknowledge(id)).count())
    })?;
    let acknowledged = acknowledged.flatten().unwrap_or(0);
    // No event tells of it, and what XREAD and XRANGE return is as it was.
    call.db.dirty(acknowledged as u64);
    call.reply.integer(acknowledged as i64);
    Ok(())
}

pub(super) const XPENDING: Command =
    Command::new(Group::Stream, "xpending", Arity::AtLeast(3), Keys(xpending))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[
            Arg::key("key"),
            Arg::string("group"),
            Arg::block(
                "filters",
                &[
                    Arg::integer("min-idle-time")
                        .token("IDLE")
                        .optional()
                        .since("6.2.0"),
                    Arg::string("start"),
                    Arg::string("end"),
                    Arg::integer("count"),
                    Arg::string("consumer").optional(),
                ],
            )
            .optional(),
        ])
        .since("5.0.0")
        .history(&[("6.2.0", "Takes `IDLE`, and ranges without their ends.")])
        .tips(&["nondeterministic_output"])
        .cost("O(n), n = entries returned, or consumers of the group")
        .summary("Returns which entries are pending, or a summary of them.");

/// Which pending entries are asked for.
struct Filter<'a> {
    min_idle_ms: i64,
    start: StreamId,
    end: StreamId,
    count: usize,
    consumer: Option<&'a [u8]>,
}

impl<'a> Filter<'a> {
    /// The filter that the arguments ask for; nothing for a summary.
    fn parse(args: &Args<'a>) -> CommandResult<Option<Self>> {
        let (mut at, mut min_idle_ms) = (3, 0);
        match args.len() {
            3 => return Ok(None),
            6..=9 => {}
            _ => return Err(CommandError::SYNTAX),
        }
        if args.is(3, "IDLE") {
            min_idle_ms = args.int(4)?;
            if args.len() < 8 {
                return Err(CommandError::SYNTAX);
            }
            at = 5;
        }
        let count = usize::try_from(args.int(at + 2)?).unwrap_or(0);
        let (start, end) = id::interval(args, at, at + 1)?;
        Ok(Some(Self {
            min_idle_ms,
            start,
            end,
            count,
            consumer: args.try_get(at + 3),
        }))
    }
}

fn xpending(call: &mut Call) -> CommandResult {
    let filter = Filter::parse(&call.args)?;
    let (key, name, now_ms) = (call.args.key(1), call.args.get(2), call.db.now_ms());
    let stream = call.db.collection::<Stream>(&key)?;
    let group = stream.and_then(|stream| stream.groups.get(name));
    let group = group.ok_or_else(|| no_key_or_group(key.bytes, name))?;
    match filter {
        None => summary(call.reply, group),
        Some(filter) => filter.reply(call.reply, group, now_ms),
    }
    Ok(())
}

type Reply<'o> = ferrous_resp::Encoder<'o>;

/// How many entries are pending, the first and the last, and how many each consumer has.
fn summary(reply: &mut Reply<'_>, group: &ConsumerGroup) {
    reply.array(4);
    reply.integer(group.pending_len() as i64);
    let mut pending = group.pending(..);
    let Some((&first, _)) = pending.next() else {
        reply.nil();
        reply.nil();
        reply.nil_array();
        return;
    };
    let last = pending.next_back().map_or(first, |(&last, _)| last);
    reply_id(reply, first);
    reply_id(reply, last);
    let busy = |consumer: &&Consumer| !consumer.pending().is_empty();
    reply.array(group.consumers().filter(busy).count());
    for consumer in group.consumers().filter(busy) {
        let mut count = itoa::Buffer::new();
        reply.array(2);
        reply.bulk(consumer.name());
        reply.bulk(count.format(consumer.pending().len()).as_bytes());
    }
}

impl Filter<'_> {
    fn reply(&self, reply: &mut Reply<'_>, group: &ConsumerGroup, now_ms: i64) {
        let range = self.start..=self.end;
        if self.start > self.end {
            return reply.array(0);
        }
        match self.consumer {
            None => {
                let ids = group.pending(range).map(|(&id, _)| id);
                self.reply_entries(reply, group, ids, now_ms);
            }
            Some(name) => match group.find_consumer(name) {
                None => reply.array(0),
                Some(consumer) => {
                    let ids = group.consumer(consumer).pending().range(range).copied();
                    self.reply_entries(reply, group, ids, now_ms);
                }
            },
        }
    }

    fn reply_entries(
        &self,
        reply: &mut Reply<'_>,
        group: &ConsumerGroup,
        ids: impl Iterator<Item = StreamId>,
        now_ms: i64,
    ) {
        let entries = ids
            .filter_map(|id| group.pending_entry(id).map(|pending| (id, pending)))
            .map(|(id, pending)| (id, pending, now_ms.saturating_sub(pending.delivered_at_ms)))
            .filter(|&(_, _, idle_ms)| self.min_idle_ms == 0 || idle_ms >= self.min_idle_ms);
        let array = reply.defer(Aggregate::Array, self.count.min(99));
        let mut len = 0;
        for (id, pending, idle_ms) in entries.take(self.count) {
            reply.array(4);
            reply_id(reply, id);
            reply.bulk(group.consumer(pending.consumer).name());
            reply.integer(idle_ms.max(0));
            reply.integer(pending.deliveries as i64);
            len += 1;
        }
        array.finish(reply, len);
    }
}
