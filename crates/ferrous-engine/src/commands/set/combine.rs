//! Several sets at once, for a reply.

use super::algebra::{Builder, for_each_common};
use super::read::reply_members;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::commands::element::reply_element;
use crate::error::{CommandError, CommandResult};

use ferrous_resp::Aggregate;
use ferrous_types::Set;

const KEYS: &[KeySpec] = &[KeySpec::range(1, -1, 1).reads()];

const ARGS: &[Arg] = &[Arg::key("key").multiple()];

const TIPS: &[&str] = &["nondeterministic_output_order"];

pub(super) const SUNION: Command =
    Command::new(Group::Set, "sunion", Arity::AtLeast(2), Keys(sunion))
        .flags(Flags::READONLY)
        .keys(KEYS)
        .args(ARGS)
        .since("1.0.0")
        .tips(TIPS)
        .cost("O(n), n = members of all sets")
        .summary("Returns the members that any of several sets has.");

fn sunion(call: &mut Call) -> CommandResult {
    let (limits, seed) = (call.limits.set, call.db.seed());
    let sets = call.db.collections::<Set>(call.args.keys())?;
    match sets[..] {
        [Some(only)] => reply_members(call.reply, only),
        _ => reply_members(call.reply, &Builder { limits, seed }.union(&sets)),
    }
    Ok(())
}

pub(super) const SINTER: Command =
    Command::new(Group::Set, "sinter", Arity::AtLeast(2), Keys(sinter))
        .flags(Flags::READONLY)
        .keys(KEYS)
        .args(ARGS)
        .since("1.0.0")
        .tips(TIPS)
        .cost("O(n * m), n = members of the smallest set, m = number of sets")
        .summary("Returns the members that all of several sets have.");

fn sinter(call: &mut Call) -> CommandResult {
    let sets = call.db.collections::<Set>(call.args.keys())?;
    let reply = call.reply.defer(Aggregate::Set, 10);
    let mut len = 0;
    for_each_common(&sets, |member| {
        len += 1;
        reply_element(call.reply, member);
        true
    });
    reply.finish(call.reply, len);
    Ok(())
}

pub(super) const SDIFF: Command = Command::new(Group::Set, "sdiff", Arity::AtLeast(2), Keys(sdiff))
    .flags(Flags::READONLY)
    .keys(KEYS)
    .args(ARGS)
    .since("1.0.0")
    .tips(TIPS)
    .cost("O(n), n = members of all sets")
    .summary("Returns the members of a set that none of several others has.");

fn sdiff(call: &mut Call) -> CommandResult {
    let (limits, seed) = (call.limits.set, call.db.seed());
    let sets = call.db.collections::<Set>(call.args.keys())?;
    reply_members(call.reply, &Builder { limits, seed }.difference(&sets));
    Ok(())
}

pub(super) const SINTERCARD: Command = Command::new(
    Group::Set,
    "sintercard",
    Arity::AtLeast(3),
    Keys(sintercard),
)
.flags(Flags::READONLY.with(Flags::MOVABLE_KEYS))
.keys(&[KeySpec::counted(1, 1).reads()])
.args(&[
    Arg::integer("numkeys"),
    Arg::key("key").multiple(),
    Arg::integer("limit").token("LIMIT").optional(),
])
.since("7.0.0")
.cost("O(n * m), n = members of the smallest set, m = number of sets")
.summary("Returns how many members all of several sets have, up to a limit.");

fn sintercard(call: &mut Call) -> CommandResult {
    let limit = intersection_limit(call)?;
    let sets = call.db.collections::<Set>(call.args.keys())?;
    let mut len = 0;
    for_each_common(&sets, |_| {
        len += 1;
        len < limit
    });
    call.reply.integer(len as i64);
    Ok(())
}

/// Checks the number of keys and reads the limit behind them; zero stands for none.
fn intersection_limit(call: &Call) -> CommandResult<usize> {
    let args = &call.args;
    let keys = args.count_or(1, 1, CommandError::NUMKEYS)?;
    if keys > args.len() - 2 {
        return Err(CommandError::NUMKEYS_RANGE);
    }
    let mut limit = 0;
    for index in (2 + keys..args.len()).step_by(2) {
        if !args.is(index, "LIMIT") || index + 1 == args.len() {
            return Err(CommandError::SYNTAX);
        }
        limit = args.count_or(index + 1, 0, CommandError::LIMIT)?;
    }
    Ok(if limit == 0 { usize::MAX } else { limit })
}
