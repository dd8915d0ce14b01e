//! Pending entries that change hands.

use ferrous_resp::{Aggregate, Encoder};
use ferrous_types::Stream;
use ferrous_types::stream::{ConsumerKey, Group as ConsumerGroup, Log, Pending, StreamId};

use super::group::no_key_or_group;
use super::group_changes::GroupChanges;
use super::id::{self, reply_entry, reply_id};
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::EventClasses;

const BAD_IDLE_TIME: CommandError =
    CommandError::fixed("ERR Invalid min-idle-time argument for XCLAIM");
const BAD_AUTO_IDLE_TIME: CommandError =
    CommandError::fixed("ERR Invalid min-idle-time argument for XAUTOCLAIM");
const BAD_IDLE: CommandError = CommandError::fixed("ERR Invalid IDLE option argument for XCLAIM");
const BAD_TIME: CommandError = CommandError::fixed("ERR Invalid TIME option argument for XCLAIM");
const BAD_RETRY_COUNT: CommandError =
    CommandError::fixed("ERR Invalid RETRYCOUNT option argument for XCLAIM");
const BAD_COUNT: CommandError = CommandError::fixed("ERR COUNT must be > 0");

/// Pending entries that `XAUTOCLAIM` looks at for each one that it may return.
const ATTEMPTS_PER_ENTRY: usize = 10;
/// Entries that `XAUTOCLAIM` returns unless `COUNT` says otherwise.
const COUNT_DEFAULT: usize = 100;
/// The highest `COUNT`, which leaves room to multiply.
const COUNT_MAX: i64 = i64::MAX / 16;

pub(super) const XCLAIM: Command =
    Command::new(Group::Stream, "xclaim", Arity::AtLeast(6), Keys(xclaim))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
        .args(&[
            Arg::key("key"),
            Arg::string("group"),
            Arg::string("consumer"),
            Arg::string("min-idle-time"),
            Arg::string("id").multiple(),
            Arg::integer("ms").token("IDLE").optional(),
            Arg::unix_time("unix-time-milliseconds")
                .token("TIME")
                .optional(),
            Arg::integer("count").token("RETRYCOUNT").optional(),
            Arg::word("force", "FORCE").optional(),
            Arg::word("justid", "JUSTID").optional(),
            Arg::string("lastid").token("LASTID").optional(),
        ])
        .since("5.0.0")
        .tips(&["nondeterministic_output"])
        .cost("O(n log m), n = identifiers given, m = pending entries")
        .summary("Gives pending entries to another consumer.");

/// What `XCLAIM` is asked to do.
struct Claim {
    min_idle_ms: i64,
    ids: Vec<StreamId>,
    delivered_at_ms: i64,
    deliveries: Option<u64>,
    force: bool,
    only_ids: bool,
    last_id: StreamId,
}

impl Claim {
    fn parse(args: &Args<'_>, now_ms: i64) -> CommandResult<Self> {
        let mut claim = Self {
            min_idle_ms: args.int_or(4, BAD_IDLE_TIME)?.max(0),
            ids: Vec::new(),
            delivered_at_ms: now_ms,
            deliveries: None,
            force: false,
            only_ids: false,
            last_id: StreamId::MIN,
        };
        // What is no identifier any more begins the options.
        let ids = args.from(5).iter().map_while(|text| id::parse(text).ok());
        claim.ids = ids.collect();
        let mut index = 5 + claim.ids.len();
        while index < args.len() {
            index = claim.option(args, index, now_ms)?;
        }
        Ok(claim)
    }

    /// Reads the option at `index`; returns the index behind it.
    fn option(&mut self, args: &Args<'_>, index: usize, now_ms: i64) -> CommandResult<usize> {
        let (value, follows) = (index + 1, index + 1 < args.len());
        if args.is(index, "FORCE") {
            self.force = true;
            return Ok(value);
        }
        if args.is(index, "JUSTID") {
            self.only_ids = true;
            return Ok(value);
        }
        // Times that cannot be are taken for the present.
        let past = |time: i64| Some(time).filter(|time| (0..=now_ms).contains(time));
        if args.is(index, "IDLE") && follows {
            let time = now_ms.saturating_sub(args.int_or(value, BAD_IDLE)?);
            self.delivered_at_ms = past(time).unwrap_or(now_ms);
        } else if args.is(index, "TIME") && follows {
            self.delivered_at_ms = past(args.int_or(value, BAD_TIME)?).unwrap_or(now_ms);
        } else if args.is(index, "RETRYCOUNT") && follows {
            self.deliveries = u64::try_from(args.int_or(value, BAD_RETRY_COUNT)?).ok();
        } else if args.is(index, "LASTID") && follows {
            self.last_id = id::parse(args.get(value))?;
        } else {
            return Err(CommandError::quoting([
                b"ERR Unrecognized XCLAIM option '",
                CommandError::shown(args.get(index)),
                b"'",
            ]));
        }
        Ok(value + 1)
    }
}

/// A claim under way: the group, and who gets its entries.
struct Claimant<'s, 'c> {
    log: &'s Log,
    group: &'s mut ConsumerGroup,
    consumer: ConsumerKey,
    now_ms: i64,
    only_ids: bool,
    changes: &'c mut GroupChanges,
    changed: u64,
}

impl Claimant<'_, '_> {
    /// Takes a pending entry off the group that is no longer in the stream.
    fn forget(&mut self, id: StreamId) {
        if let Some(pending) = self.group.pending_entry(id).copied() {
            self.changes.claim(self.group, id, pending);
            self.group.acknowledge(id);
            self.changed += 1;
        }
    }

    /// True when the entry was delivered at least so long ago.
    fn is_idle(&self, pending: &Pending, min_idle_ms: i64) -> bool {
        let idle_ms = self.now_ms.saturating_sub(pending.delivered_at_ms);
        min_idle_ms == 0 || idle_ms >= min_idle_ms
    }

    /// Gives an entry to the consumer, and returns it.
    fn take(
        &mut self,
        reply: &mut Encoder<'_>,
        id: StreamId,
        delivered_at_ms: i64,
        deliveries: u64,
    ) {
        let pending = Pending {
            consumer: self.consumer,
            delivered_at_ms,
            deliveries,
        };
        self.group.assign(id, pending);
        self.group.consumer_mut(self.consumer).active_at_ms = Some(self.now_ms);
        self.changes.claim(self.group, id, pending);
        self.changed += 1;
        match self.log.get(id) {
            Some(entry) if !self.only_ids => reply_entry(reply, entry),
            _ => reply_id(reply, id),
        }
    }

    /// The deliveries of an entry that is handed over once more; with `JUSTID` it is not handed over.
    fn counted(&self, deliveries: u64) -> u64 {
        deliveries.saturating_add(u64::from(!self.only_ids))
    }
}

/// Checks that argument 2 names a group of the stream of argument 1.
fn check_group(call: &mut Call) -> CommandResult {
    let (key, name) = (call.args.key(1), call.args.get(2));
    let stream = call.db.collection::<Stream>(&key)?;
    if stream.is_some_and(|stream| stream.groups.contains_key(name)) {
        Ok(())
    } else {
        Err(no_key_or_group(key.bytes, name))
    }
}

/// Has `claim` carried out for the consumer of argument 3, who is new if need be, and tells of it.
fn with_claimant(
    call: &mut Call,
    only_ids: bool,
    claim: impl FnOnce(&mut Claimant<'_, '_>, &mut Encoder<'_>),
) -> CommandResult {
    let (key, name, consumer) = (call.args.key(1), call.args.get(2), call.args.get(3));
    let now_ms = call.db.now_ms();
    let mut changes = GroupChanges::new(call.db.wants_effects());
    let reply = &mut *call.reply;
    let claimed = call.db.edit::<Stream, _>(&key, |stream| {
        let group = stream.groups.get_mut(name)?;
        let (consumer_key, is_new) = group.ensure_consumer(consumer, now_ms);
        group.consumer_mut(consumer_key).seen_at_ms = now_ms;
        if is_new {
            changes.create(consumer);
        }
        let mut claimant = Claimant {
            log: &stream.log,
            group,
            consumer: consumer_key,
            now_ms,
            only_ids,
            changes: &mut changes,
            changed: 0,
        };
        claim(&mut claimant, reply);
        Some((is_new, claimant.changed))
    })?;
    let (is_new, dirty) = claimed.flatten().unwrap_or_default();
    changes.repeat(call.db, &key, name);
    if is_new {
        let event = "xgroup-createconsumer";
        call.db.notify(EventClasses::STREAM, event, &key);
    }
    call.db.dirty(dirty + u64::from(is_new));
    Ok(())
}

fn xclaim(call: &mut Call) -> CommandResult {
    check_group(call)?;
    let claim = Claim::parse(&call.args, call.db.now_ms())?;
    with_claimant(call, claim.only_ids, |claimant, reply| {
        claim.carry_out(claimant, reply);
    })
}

impl Claim {
    fn carry_out(&self, claimant: &mut Claimant<'_, '_>, reply: &mut Encoder<'_>) {
        let advances = self.last_id > claimant.group.last_delivered_id();
        if advances {
            let read = claimant.group.entries_read();
            claimant.group.set_position(self.last_id, read);
        }
        let array = reply.defer(Aggregate::Array, self.ids.len());
        let mut len = 0;
        for &id in &self.ids {
            let pending = claimant.group.pending_entry(id).copied();
            if claimant.log.get(id).is_none() {
                claimant.forget(id);
                continue;
            }
            let before = match pending {
                Some(pending) if claimant.is_idle(&pending, self.min_idle_ms) => pending.deliveries,
                // What is made pending counts as delivered once before.
                None if self.force => 1,
                _ => continue,
            };
            let deliveries = self.deliveries.unwrap_or(claimant.counted(before));
            claimant.take(reply, id, self.delivered_at_ms, deliveries);
            len += 1;
        }
        array.finish(reply, len);
        // Each claim that is repeated tells how far the group has read.
        if advances && claimant.changed == 0 {
            claimant.changes.advance(claimant.group);
            claimant.changed += 1;
        }
    }
}

pub(super) const XAUTOCLAIM: Command = Command::new(
    Group::Stream,
    "xautoclaim",
    Arity::AtLeast(6),
    Keys(xautoclaim),
)
.flags(Flags::FAST.with(Flags::WRITE))
.keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::DELETE))])
.args(&[
    Arg::key("key"),
    Arg::string("group"),
    Arg::string("consumer"),
    Arg::string("min-idle-time"),
    Arg::string("start"),
    Arg::integer("count").token("COUNT").optional(),
    Arg::word("justid", "JUSTID").optional(),
])
.since("6.2.0")
.history(&[(
    "7.0.0",
    "Answers, too, which pending entries it dropped because they are deleted.",
)])
.tips(&["nondeterministic_output"])
.cost("O(1) for a small COUNT, else O(n log m), m = pending entries")
.summary("Gives entries that have been pending for long to another consumer.");

/// What `XAUTOCLAIM` is asked to do.
struct Sweep {
    min_idle_ms: i64,
    start: StreamId,
    count: usize,
    only_ids: bool,
}

impl Sweep {
    fn parse(args: &Args<'_>) -> CommandResult<Self> {
        let mut sweep = Self {
            min_idle_ms: args.int_or(4, BAD_AUTO_IDLE_TIME)?.max(0),
            start: id::interval_start(args.get(5))?,
            count: COUNT_DEFAULT,
            only_ids: false,
        };
        let mut index = 6;
        while index < args.len() {
            if args.is(index, "COUNT") && index + 1 < args.len() {
                let count = args.int_or(index + 1, BAD_COUNT)?;
                if !(1..=COUNT_MAX).contains(&count) {
                    return Err(BAD_COUNT);
                }
                sweep.count = count as usize;
                index += 2;
            } else if args.is(index, "JUSTID") {
                sweep.only_ids = true;
                index += 1;
            } else {
                return Err(CommandError::SYNTAX);
            }
        }
        Ok(sweep)
    }

    fn carry_out(&self, claimant: &mut Claimant<'_, '_>, reply: &mut Encoder<'_>) {
        let mut attempts = self.count.saturating_mul(ATTEMPTS_PER_ENTRY);
        let (mut left, mut next) = (self.count, Some(self.start));
        let (mut taken, mut deleted) = (Vec::new(), Vec::new());
        let cursor = loop {
            let found = next.and_then(|from| claimant.group.pending(from..).next());
            let Some((id, pending)) = found.map(|(&id, &pending)| (id, pending)) else {
                break StreamId::MIN;
            };
            if attempts == 0 || left == 0 {
                break id;
            }
            attempts -= 1;
            next = id.next();
            if claimant.log.get(id).is_none() {
                claimant.forget(id);
                deleted.push(id);
                left -= 1;
            } else if claimant.is_idle(&pending, self.min_idle_ms) {
                taken.push((id, claimant.counted(pending.deliveries)));
                left -= 1;
            }
        };
        reply.array(3);
        reply_id(reply, cursor);
        reply.array(taken.len());
        for (id, deliveries) in taken {
            claimant.take(reply, id, claimant.now_ms, deliveries);
        }
        reply.array(deleted.len());
        for id in deleted {
            reply_id(reply, id);
        }
    }
}

fn xautoclaim(call: &mut Call) -> CommandResult {
    let sweep = Sweep::parse(&call.args)?;
    check_group(call)?;
    with_claimant(call, sweep.only_ids, |claimant, reply| {
        sweep.carry_out(claimant, reply);
    })
}
