//! Several sets at once, for a set that is stored.

use ferrous_types::Set;

use super::algebra::{Builder, Operands};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::CommandResult;
use crate::keyspace::EventClasses;

const KEYS: &[KeySpec] = &[
    KeySpec::at(1).overwrites(),
    KeySpec::range(2, -1, 1).reads(),
];

const ARGS: &[Arg] = &[Arg::key("destination"), Arg::key_of("key", 1).multiple()];

pub(super) const SUNIONSTORE: Command = Command::new(
    Group::Set,
    "sunionstore",
    Arity::AtLeast(3),
    Keys(sunionstore),
)
.flags(Flags::WRITE.with(Flags::DENYOOM))
.keys(KEYS)
.args(ARGS)
.since("1.0.0")
.cost("O(n), n = members of all sets")
.summary("Stores the members that any of several sets has.");

fn sunionstore(call: &mut Call) -> CommandResult {
    store(call, "sunionstore", Builder::union)
}

pub(super) const SINTERSTORE: Command = Command::new(
    Group::Set,
    "sinterstore",
    Arity::AtLeast(3),
    Keys(sinterstore),
)
.flags(Flags::WRITE.with(Flags::DENYOOM))
.keys(KEYS)
.args(ARGS)
.since("1.0.0")
.cost("O(n * m), n = members of the smallest set, m = number of sets")
.summary("Stores the members that all of several sets have.");

fn sinterstore(call: &mut Call) -> CommandResult {
    store(call, "sinterstore", Builder::intersection)
}

pub(super) const SDIFFSTORE: Command = Command::new(
    Group::Set,
    "sdiffstore",
    Arity::AtLeast(3),
    Keys(sdiffstore),
)
.flags(Flags::WRITE.with(Flags::DENYOOM))
.keys(KEYS)
.args(ARGS)
.since("1.0.0")
.cost("O(n), n = members of all sets")
.summary("Stores the members of a set that none of several others has.");

fn sdiffstore(call: &mut Call) -> CommandResult {
    store(call, "sdiffstore", Builder::difference)
}

/// Stores what `combine` makes of the sets, or removes the destination when that is empty.
fn store(
    call: &mut Call,
    event: &'static str,
    combine: impl FnOnce(Builder, &Operands<'_>) -> Set,
) -> CommandResult {
    let (limits, seed) = (call.limits.set, call.db.seed());
    let destination = call.args.key(1);
    let result = {
        let sets = call.db.collections::<Set>(call.args.keys().skip(1))?;
        combine(Builder { limits, seed }, &sets)
    };
    call.reply.integer(result.len() as i64);
    if !result.is_empty() {
        call.db.put_object(&destination, result.into(), None);
        call.db.changed(&destination, EventClasses::SET, event, 1);
    } else if call.db.remove(&destination) {
        call.db
            .changed(&destination, EventClasses::GENERIC, "del", 1);
    }
    Ok(())
}
