//! Taking members from either end.

use ferrous_resp::Encoder;
use ferrous_types::SortedSet;
use ferrous_types::hash::Seed;
use ferrous_types::sorted_set::Entry;

use super::{reply_entry, reply_len, reply_scored};
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::several;
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{Db, EventClasses, IntText, Key};

pub(super) const KEY_FLAGS: KeyFlags = KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE);

/// The end that members are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The lowest score.
    Min,
    /// The highest score.
    Max,
}

impl End {
    /// The end that argument `index` names.
    fn parse(args: &Args, index: usize) -> CommandResult<Self> {
        match () {
            () if args.is(index, "MIN") => Ok(Self::Min),
            () if args.is(index, "MAX") => Ok(Self::Max),
            () => Err(CommandError::SYNTAX),
        }
    }

    fn event(self) -> &'static str {
        match self {
            Self::Min => "zpopmin",
            Self::Max => "zpopmax",
        }
    }

    /// The command that takes from this end.
    pub(super) fn verb(self) -> &'static [u8] {
        match self {
            Self::Min => b"ZPOPMIN",
            Self::Max => b"ZPOPMAX",
        }
    }
}

/// How members that were taken are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One member and its score, as two elements of the array at hand.
    Pair,
    /// An array as the protocol has pairs.
    Pairs,
    /// An array of arrays of two.
    Nested,
}

/// Takes up to `count` members from one end of the set at `key`, if there is one, and tells so. `header` begins the
/// reply when there is something to take. Returns how many were taken.
pub(super) fn pop(
    db: &mut Db,
    reply: &mut Encoder<'_>,
    key: &Key,
    (end, count): (End, usize),
    shape: Shape,
    header: impl FnOnce(&mut Encoder<'_>),
) -> CommandResult<usize> {
    let seed = db.seed();
    let popped = db.edit(key, |set: &mut SortedSet| {
        let count = count.min(set.len());
        if count == 0 {
            return 0;
        }
        header(reply);
        match shape {
            Shape::Pair => {}
            Shape::Pairs => reply_len(reply, count, true),
            Shape::Nested => reply.array(count),
        }
        take(set, end, count, seed, |entry| match shape {
            Shape::Pair => reply_scored(reply, entry),
            Shape::Pairs => reply_entry(reply, entry, true),
            Shape::Nested => {
                reply.array(2);
                reply_scored(reply, entry);
            }
        });
        count
    })?;
    let popped = popped.unwrap_or(0);
    if popped > 0 {
        db.changed(key, EventClasses::SORTED_SET, end.event(), popped as u64);
    }
    Ok(popped)
}

/// Takes `count` members from one end, the outermost first.
fn take(set: &mut SortedSet, end: End, count: usize, seed: Seed, mut visit: impl FnMut(Entry<'_>)) {
    let ranks = match end {
        End::Min => 0..count,
        End::Max => set.len() - count..set.len(),
    };
    if end == End::Min || count == 1 {
        return set.remove_range(ranks, seed, visit);
    }
    set.range(ranks.clone()).rev().for_each(&mut visit);
    set.remove_range(ranks, seed, |_| {});
}

pub(super) const ZPOPMIN: Command = Command::new(
    Group::SortedSet,
    "zpopmin",
    Arity::AtLeast(2),
    Keys(zpopmin),
)
.flags(Flags::FAST.with(Flags::WRITE))
.keys(&[KeySpec::at(1).flags(KEY_FLAGS)])
.args(&[Arg::key("key"), Arg::integer("count").optional()])
.since("5.0.0")
.cost("O(m * log(n)), m = members taken, n = members of the sorted set")
.summary("Removes the members with the lowest scores and returns them.");

fn zpopmin(call: &mut Call) -> CommandResult {
    pop_one_key(call, End::Min)
}

pub(super) const ZPOPMAX: Command = Command::new(
    Group::SortedSet,
    "zpopmax",
    Arity::AtLeast(2),
    Keys(zpopmax),
)
.flags(Flags::FAST.with(Flags::WRITE))
.keys(&[KeySpec::at(1).flags(KEY_FLAGS)])
.args(&[Arg::key("key"), Arg::integer("count").optional()])
.since("5.0.0")
.cost("O(m * log(n)), m = members taken, n = members of the sorted set")
.summary("Removes the members with the highest scores and returns them.");

fn zpopmax(call: &mut Call) -> CommandResult {
    pop_one_key(call, End::Max)
}

fn pop_one_key(call: &mut Call, end: End) -> CommandResult {
    let args = &call.args;
    let (count, shape) = match args.len() {
        2 => (1, Shape::Pair),
        3 => (
            args.count_or(2, 0, CommandError::NOT_POSITIVE)?,
            Shape::Pairs,
        ),
        _ => return Err(CommandError::SYNTAX),
    };
    let key = args.key(1);
    let popped = pop(call.db, call.reply, &key, (end, count), shape, |reply| {
        if shape == Shape::Pair {
            reply.array(2);
        }
    })?;
    if popped == 0 {
        call.reply.array(0);
    }
    Ok(())
}

pub(super) const ZMPOP: Command =
    Command::new(Group::SortedSet, "zmpop", Arity::AtLeast(4), Keys(zmpop))
        .flags(Flags::MOVABLE_KEYS.with(Flags::WRITE))
        .keys(&[KeySpec::counted(1, 1).flags(KEY_FLAGS)])
        .args(&[
            Arg::integer("numkeys"),
            Arg::key("key").multiple(),
            Arg::one_of("where", &[Arg::word("min", "MIN"), Arg::word("max", "MAX")]),
            Arg::integer("count").token("COUNT").optional(),
        ])
        .since("7.0.0")
        .cost("O(k + m * log(n)), k = keys given, m = members taken, n = members of the set")
        .summary("Takes members from the first of several sorted sets that has any.");

fn zmpop(call: &mut Call) -> CommandResult {
    let from = parse_several(&call.args, 1)?;
    if !pop_several(call, from)? {
        call.reply.nil_array();
    }
    Ok(())
}

/// Reads `numkeys key … MIN|MAX [COUNT count]` from argument `index` on.
pub(super) fn parse_several(args: &Args, index: usize) -> CommandResult<(End, usize)> {
    several::parse(args, index, End::parse)
}

/// Takes members from the first of the call's keys that has any, and replies with the key and with them; false when
/// none has, without a reply.
pub(super) fn pop_several(call: &mut Call, from: (End, usize)) -> CommandResult<bool> {
    let patience = call.patience;
    for key in call.args.keys().filter(|key| patience.looks_at(key)) {
        let popped = pop(call.db, call.reply, &key, from, Shape::Nested, |reply| {
            reply.array(2);
            reply.bulk(key.bytes);
        })?;
        if popped > 0 {
            let count = IntText::new(popped as i64);
            call.db.repeat(&[from.0.verb(), key.bytes, &count]);
            return Ok(true);
        }
    }
    Ok(false)
}
