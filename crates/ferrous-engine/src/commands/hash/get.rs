//! Reading single fields.

use ferrous_types::Hash;

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::CommandResult;

pub(super) const HGET: Command = Command::new(Group::Hash, "hget", Arity::Exactly(3), Keys(hget))
    .flags(Flags::FAST.with(Flags::READONLY))
    .keys(&[KeySpec::at(1).reads()])
    .args(&[Arg::key("key"), Arg::string("field")])
    .since("2.0.0")
    .cost("O(1)")
    .summary("Returns the value of a field of a hash.");

fn hget(call: &mut Call) -> CommandResult {
    let now_ms = call.db.now_ms();
    let hash = call.db.collection::<Hash>(&call.args.key(1))?;
    match hash.and_then(|hash| hash.get(call.args.get(2), now_ms)) {
        Some(value) => value.with_bytes(|value| call.reply.bulk(value)),
        None => call.reply.nil(),
    }
    Ok(())
}

pub(super) const HMGET: Command =
    Command::new(Group::Hash, "hmget", Arity::AtLeast(3), Keys(hmget))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key"), Arg::string("field").multiple()])
        .since("2.0.0")
        .cost("O(n), n = fields asked for")
        .summary("Returns the values of several fields of a hash.");

fn hmget(call: &mut Call) -> CommandResult {
    let fields = call.args.from(2);
    reply_values(call, fields)
}

/// Replies with the values of `fields`, nil where there is none.
pub(super) fn reply_values(call: &mut Call, fields: &[&[u8]]) -> CommandResult {
    let now_ms = call.db.now_ms();
    let hash = call.db.collection::<Hash>(&call.args.key(1))?;
    call.reply.array(fields.len());
    for field in fields {
        match hash.and_then(|hash| hash.get(field, now_ms)) {
            Some(value) => value.with_bytes(|value| call.reply.bulk(value)),
            None => call.reply.nil(),
        }
    }
    Ok(())
}

pub(super) const HEXISTS: Command =
    Command::new(Group::Hash, "hexists", Arity::Exactly(3), Keys(hexists))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RO)])
        .args(&[Arg::key("key"), Arg::string("field")])
        .since("2.0.0")
        .cost("O(1)")
        .summary("Tells whether a hash has a field.");

fn hexists(call: &mut Call) -> CommandResult {
    let now_ms = call.db.now_ms();
    let hash = call.db.collection::<Hash>(&call.args.key(1))?;
    let found = hash.is_some_and(|hash| hash.contains(call.args.get(2), now_ms));
    call.reply.integer(i64::from(found));
    Ok(())
}

pub(super) const HSTRLEN: Command =
    Command::new(Group::Hash, "hstrlen", Arity::Exactly(3), Keys(hstrlen))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RO)])
        .args(&[Arg::key("key"), Arg::string("field")])
        .since("3.2.0")
        .cost("O(1)")
        .summary("Returns the length of a field's value in bytes.");

fn hstrlen(call: &mut Call) -> CommandResult {
    let now_ms = call.db.now_ms();
    let hash = call.db.collection::<Hash>(&call.args.key(1))?;
    let value = hash.and_then(|hash| hash.get(call.args.get(2), now_ms));
    call.reply
        .integer(value.map_or(0, |value| value.byte_len() as i64));
    Ok(())
}

pub(super) const HLEN: Command = Command::new(Group::Hash, "hlen", Arity::Exactly(2), Keys(hlen))
    .flags(Flags::FAST.with(Flags::READONLY))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RO)])
    .args(&[Arg::key("key")])
    .since("2.0.0")
    .cost("O(1)")
    .summary("Returns the number of fields of a hash.");

fn hlen(call: &mut Call) -> CommandResult {
    let hash = call.db.collection::<Hash>(&call.args.key(1))?;
    call.reply.integer(hash.map_or(0, |hash| hash.len() as i64));
    Ok(())
}
