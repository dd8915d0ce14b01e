//! Taking members, and waiting for them where there are none.

use super::pop::{End, KEY_FLAGS, Shape, parse_several, pop, pop_several};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::CommandResult;
use crate::wait::{Awaited, Nothing, Wait, timeout_of_seconds};

pub(super) const BZPOPMIN: Command = Command::new(
    Group::SortedSet,
    "bzpopmin",
    Arity::AtLeast(3),
    Keys(bzpopmin),
)
.flags(Flags::BLOCKING.with(Flags::FAST).with(Flags::WRITE))
.keys(&[KeySpec::range(1, -2, 1).flags(KEY_FLAGS)])
.args(&[Arg::key("key").multiple(), Arg::double("timeout")])
.since("5.0.0")
.history(&[("6.0.0", "The timeout may have fractions.")])
.cost("O(k + log(n)), k = keys given, n = members of the sorted set")
.summary("Takes the lowest member of the first sorted set that has any, and waits for one.");

fn bzpopmin(call: &mut Call) -> CommandResult {
    pop_one(call, End::Min)
}

pub(super) const BZPOPMAX: Command = Command::new(
    Group::SortedSet,
    "bzpopmax",
    Arity::AtLeast(3),
    Keys(bzpopmax),
)
.flags(Flags::BLOCKING.with(Flags::FAST).with(Flags::WRITE))
.keys(&[KeySpec::range(1, -2, 1).flags(KEY_FLAGS)])
.args(&[Arg::key("key").multiple(), Arg::double("timeout")])
.since("5.0.0")
.history(&[("6.0.0", "The timeout may have fractions.")])
.cost("O(k + log(n)), k = keys given, n = members of the sorted set")
.summary("Takes the highest member of the first sorted set that has any, and waits for one.");

fn bzpopmax(call: &mut Call) -> CommandResult {
    pop_one(call, End::Max)
}

fn pop_one(call: &mut Call, end: End) -> CommandResult {
    let timeout_ms = timeout_of_seconds(call.args.get(call.args.len() - 1))?;
    let patience = call.patience;
    for key in call.args.keys().filter(|key| patience.looks_at(key)) {
        let popped = pop(call.db, call.reply, &key, (end, 1), Shape::Pair, |reply| {
            reply.array(3);
            reply.bulk(key.bytes);
        })?;
        if popped > 0 {
            call.db.repeat(&[end.verb(), key.bytes]);
            return Ok(());
        }
    }
    wait_for_members(call, timeout_ms);
    Ok(())
}

pub(super) const BZMPOP: Command =
    Command::new(Group::SortedSet, "bzmpop", Arity::AtLeast(5), Keys(bzmpop))
        .flags(Flags::BLOCKING.with(Flags::MOVABLE_KEYS).with(Flags::WRITE))
        .keys(&[KeySpec::counted(2, 1).flags(KEY_FLAGS)])
        .args(&[
            Arg::double("timeout"),
            Arg::integer("numkeys"),
            Arg::key("key").multiple(),
            Arg::one_of("where", &[Arg::word("min", "MIN"), Arg::word("max", "MAX")]),
            Arg::integer("count").token("COUNT").optional(),
        ])
        .since("7.0.0")
        .cost("O(k + m * log(n)), k = keys given, m = members taken, n = members of the set")
        .summary("Takes members from the first sorted set that has any, and waits for them.");

fn bzmpop(call: &mut Call) -> CommandResult {
    let from = parse_several(&call.args, 2)?;
    let timeout_ms = timeout_of_seconds(call.args.get(1))?;
    if !pop_several(call, from)? {
        wait_for_members(call, timeout_ms);
    }
    Ok(())
}

/// Waits for members at any of the call's keys.
fn wait_for_members(call: &mut Call, timeout_ms: u64) {
    call.wait(Wait {
        awaited: Awaited::SortedSet,
        keys: usize::MAX,
        timeout_ms,
        nothing: Nothing::NilArray,
        argv: None,
    });
}
