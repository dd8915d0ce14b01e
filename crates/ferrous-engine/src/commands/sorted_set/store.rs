//! Several sets and sorted sets at once, for a sorted set that is stored.

use ferrous_types::SortedSet;

use super::algebra::{self, Operands};
use super::combine::{AGGREGATE, Allowed, WEIGHTS, with_operands};
use crate::call::{Call, Command, DataFn, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::CommandResult;
use crate::keyspace::{EventClasses, Key};

const KEYS: &[KeySpec] = &[KeySpec::at(1).overwrites(), KeySpec::counted(2, 1).reads()];

/// The syntax of union and intersection; `ZDIFFSTORE` has the first three of it.
const ARGS: &[Arg] = &[
    Arg::key("destination"),
    Arg::integer("numkeys"),
    Arg::key_of("key", 1).multiple(),
    WEIGHTS,
    AGGREGATE,
];

/// What the rows of these commands have in common.
const fn row(name: &'static str, function: DataFn) -> Command {
    Command::new(Group::SortedSet, name, Arity::AtLeast(4), Keys(function))
        .flags(Flags::DENYOOM.with(Flags::MOVABLE_KEYS).with(Flags::WRITE))
        .keys(KEYS)
}

pub(super) const ZUNIONSTORE: Command = row("zunionstore", zunionstore)
    .args(ARGS)
    .since("2.0.0")
    .cost("O(n + m * log(m)), n = members of all sets, m = members of the result")
    .summary("Stores the members that any of several sorted sets has.");

fn zunionstore(call: &mut Call) -> CommandResult {
    store_combined(call, "zunionstore", true, algebra::union)
}

pub(super) const ZINTERSTORE: Command = row("zinterstore", zinterstore)
    .args(ARGS)
    .since("2.0.0")
    .cost("O(n * k + m * log(m)), n = members of the smallest of k sets, m = members of the result")
    .summary("Stores the members that all of several sorted sets have.");

fn zinterstore(call: &mut Call) -> CommandResult {
    store_combined(call, "zinterstore", true, algebra::intersection)
}

pub(super) const ZDIFFSTORE: Command = row("zdiffstore", zdiffstore)
    .args(ARGS.split_at(3).0)
    .since("6.2.0")
    .cost("O(n * k + m * log(m)), n = members of the first of k sets, m = members of the result")
    .summary("Stores the members of a sorted set that none of several others has.");

fn zdiffstore(call: &mut Call) -> CommandResult {
    store_combined(call, "zdiffstore", false, algebra::difference)
}

fn store_combined(
    call: &mut Call,
    event: &'static str,
    weights: bool,
    combine: impl FnOnce(&Operands<'_>) -> SortedSet,
) -> CommandResult {
    let allowed = Allowed {
        weights,
        ..Allowed::default()
    };
    let (limits, seed) = (call.limits.sorted_set, call.db.seed());
    let (combined, _) = with_operands(call, 2, allowed, combine)?;
    let combined = algebra::packed_if_small(combined, limits, seed);
    let destination = call.args.key(1);
    store(call, &destination, combined, event);
    Ok(())
}

/// Stores a sorted set at `destination`, or removes what is there when it has no members; tells so and replies with
/// their number.
pub(in crate::commands) fn store(
    call: &mut Call,
    destination: &Key,
    set: SortedSet,
    event: &'static str,
) {
    call.reply.integer(set.len() as i64);
    if set.is_empty() {
        call.db.delete(destination);
    } else {
        call.db.put_object(destination, set.into(), None);
        call.db
            .changed(destination, EventClasses::SORTED_SET, event, 1);
    }
}
