//! Removing members, by name or in ranges.

use ferrous_types::SortedSet;

use super::bounds::{By, Span};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::CommandResult;
use crate::keyspace::EventClasses;

const KEYS: &[KeySpec] = &[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::DELETE))];

pub(super) const ZREM: Command =
    Command::new(Group::SortedSet, "zrem", Arity::AtLeast(3), Keys(zrem))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(KEYS)
        .args(&[Arg::key("key"), Arg::string("member").multiple()])
        .since("1.2.0")
        .history(&[("2.4.0", "Takes several members at once.")])
        .cost("O(m * log(n)), m = members given, n = members of the sorted set")
        .summary("Removes members of a sorted set and returns how many existed.");

fn zrem(call: &mut Call) -> CommandResult {
    let seed = call.db.seed();
    let members = call.args.from(2);
    remove(call, "zrem", |set| {
        let existing = members.iter();
        existing
            .filter(|member| set.remove(member, seed).is_some())
            .count()
    })
}

pub(super) const ZREMRANGEBYRANK: Command = Command::new(
    Group::SortedSet,
    "zremrangebyrank",
    Arity::Exactly(4),
    Keys(zremrangebyrank),
)
.flags(Flags::WRITE)
.keys(KEYS)
.args(&[Arg::key("key"), Arg::integer("start"), Arg::integer("stop")])
.since("2.0.0")
.cost("O(log(n) + m), n = members of the sorted set, m = members removed")
.summary("Removes the members in a range of ranks.");

fn zremrangebyrank(call: &mut Call) -> CommandResult {
    remove_range(call, "zremrangebyrank", By::Rank)
}

pub(super) const ZREMRANGEBYSCORE: Command = Command::new(
    Group::SortedSet,
    "zremrangebyscore",
    Arity::Exactly(4),
    Keys(zremrangebyscore),
)
.flags(Flags::WRITE)
.keys(KEYS)
.args(&[Arg::key("key"), Arg::double("min"), Arg::double("max")])
.since("1.2.0")
.cost("O(log(n) + m), n = members of the sorted set, m = members removed")
.summary("Removes the members with scores in a range.");

fn zremrangebyscore(call: &mut Call) -> CommandResult {
    remove_range(call, "zremrangebyscore", By::Score)
}

pub(super) const ZREMRANGEBYLEX: Command = Command::new(
    Group::SortedSet,
    "zremrangebylex",
    Arity::Exactly(4),
    Keys(zremrangebylex),
)
.flags(Flags::WRITE)
.keys(KEYS)
.args(&[Arg::key("key"), Arg::string("min"), Arg::string("max")])
.since("2.8.9")
.cost("O(log(n) + m), n = members of the sorted set, m = members removed")
.summary("Removes the members of a sorted set with one score that lie between two strings.");

fn zremrangebylex(call: &mut Call) -> CommandResult {
    remove_range(call, "zremrangebylex", By::Member)
}

fn remove_range(call: &mut Call, event: &'static str, by: By) -> CommandResult {
    let span = Span::parse(&call.args, by, 2, 3)?;
    let seed = call.db.seed();
    remove(call, event, |set| {
        let ranks = span.ranks(set, false);
        let mut removed = 0;
        set.remove_range(ranks, seed, |_| removed += 1);
        removed
    })
}

/// Has `remove` take members out of the set, which returns how many, tells of it as `event` and replies with the number.
fn remove(
    call: &mut Call,
    event: &'static str,
    remove: impl FnOnce(&mut SortedSet) -> usize,
) -> CommandResult {
    let key = call.args.key(1);
    let removed = call.db.edit(&key, remove)?.unwrap_or(0);
    if removed > 0 {
        call.db
            .changed(&key, EventClasses::SORTED_SET, event, removed as u64);
    }
    call.reply.integer(removed as i64);
    Ok(())
}
