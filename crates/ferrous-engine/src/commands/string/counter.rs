//! Strings as numbers: increments and decrements.

use ferrous_types::number::LongDouble;

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::EventClasses;

pub(super) const INCR: Command = Command::new(Group::String, "incr", Arity::Exactly(2), Keys(incr))
    .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
    .keys(&[KeySpec::at(1).modifies()])
    .args(&[Arg::key("key")])
    .since("1.0.0")
    .cost("O(1)")
    .summary("Adds one to the integer stored at a key; an absent key counts as 0.");

fn incr(call: &mut Call) -> CommandResult {
    add(call, 1)
}

pub(super) const DECR: Command = Command::new(Group::String, "decr", Arity::Exactly(2), Keys(decr))
    .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
    .keys(&[KeySpec::at(1).modifies()])
    .args(&[Arg::key("key")])
    .since("1.0.0")
    .cost("O(1)")
    .summary("Takes one from the integer stored at a key; an absent key counts as 0.");

fn decr(call: &mut Call) -> CommandResult {
    add(call, -1)
}

pub(super) const INCRBY: Command =
    Command::new(Group::String, "incrby", Arity::Exactly(3), Keys(incrby))
        .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
        .keys(&[KeySpec::at(1).modifies()])
        .args(&[Arg::key("key"), Arg::integer("increment")])
        .since("1.0.0")
        .cost("O(1)")
        .summary("Adds a number to the integer stored at a key; an absent key counts as 0.");

fn incrby(call: &mut Call) -> CommandResult {
    let increment = call.args.int(2)?;
    add(call, increment)
}

pub(super) const DECRBY: Command =
    Command::new(Group::String, "decrby", Arity::Exactly(3), Keys(decrby))
        .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
        .keys(&[KeySpec::at(1).modifies()])
        .args(&[Arg::key("key"), Arg::integer("decrement")])
        .since("1.0.0")
        .cost("O(1)")
        .summary("Takes a number from the integer stored at a key; an absent key counts as 0.");

fn decrby(call: &mut Call) -> CommandResult {
    let decrement = call.args.int(2)?;
    add(
        call,
        decrement
            .checked_neg()
            .ok_or(CommandError::DECREMENT_OVERFLOW)?,
    )
}

fn add(call: &mut Call, increment: i64) -> CommandResult {
    let key = call.args.key(1);
    let sum = call.db.update_int(&key, |current| {
        current.checked_add(increment).ok_or(CommandError::OVERFLOW)
    })?;
    call.db.changed(&key, EventClasses::STRING, "incrby", 1);
    call.reply.integer(sum);
    Ok(())
}

pub(super) const INCRBYFLOAT: Command = Command::new(
    Group::String,
    "incrbyfloat",
    Arity::Exactly(3),
    Keys(incrbyfloat),
)
.flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
.keys(&[KeySpec::at(1).modifies()])
.args(&[Arg::key("key"), Arg::double("increment")])
.since("2.6.0")
.cost("O(1)")
.summary("Adds a number to the floating-point number stored at a key; an absent key counts as 0.");

fn incrbyfloat(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let current = match call.db.peek_text(&key)? {
        Some(text) => LongDouble::parse(&text).ok_or(CommandError::NOT_FLOAT)?,
        None => LongDouble::from(0),
    };
    let increment = LongDouble::parse(call.args.get(2)).ok_or(CommandError::NOT_FLOAT)?;
    let text = current
        .checked_add(increment)
        .ok_or(CommandError::NOT_FINITE)?
        .to_string();
    let deadline = call.db.deadline(&key);
    // Also an integral sum stays a string of digits, as released servers have it.
    call.db.set_bytes(&key, text.as_bytes(), deadline);
    call.db
        .changed(&key, EventClasses::STRING, "incrbyfloat", 1);
    // The sum itself, so that no rounding of another machine gets in.
    call.db
        .repeat(&[b"SET", key.bytes, text.as_bytes(), b"KEEPTTL"]);
    call.reply.bulk(text.as_bytes());
    Ok(())
}
