//! Expiries of fields read and removed.

use ferrous_types::Hash;
use ferrous_types::field_map::FieldExpiry;

use super::{fields, repeat_fields};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::expiry::to_seconds;
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{EventClasses, IntText};

/// The reply for a field that is not there.
pub(super) const MISSING: i64 = -2;
/// The reply for a field that does not expire.
const NEVER: i64 = -1;

pub(super) const HTTL: Command = Command::new(Group::Hash, "httl", Arity::AtLeast(5), Keys(httl))
    .flags(Flags::FAST.with(Flags::READONLY))
    .keys(&[KeySpec::at(1).reads()])
    .args(&[Arg::key("key"), fields::FIELDS])
    .since("9.0.0")
    .cost("O(n), n = fields given")
    .summary("Returns the seconds until fields of a hash expire.");

fn httl(call: &mut Call) -> CommandResult {
    let now_ms = call.db.now_ms();
    reply_deadlines(call, |deadline| to_seconds((deadline - now_ms).max(0)))
}

pub(super) const HPTTL: Command =
    Command::new(Group::Hash, "hpttl", Arity::AtLeast(5), Keys(hpttl))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key"), fields::FIELDS])
        .since("9.0.0")
        .cost("O(n), n = fields given")
        .summary("Returns the milliseconds until fields of a hash expire.");

fn hpttl(call: &mut Call) -> CommandResult {
    let now_ms = call.db.now_ms();
    reply_deadlines(call, |deadline| (deadline - now_ms).max(0))
}

pub(super) const HEXPIRETIME: Command = Command::new(
    Group::Hash,
    "hexpiretime",
    Arity::AtLeast(5),
    Keys(hexpiretime),
)
.flags(Flags::FAST.with(Flags::READONLY))
.keys(&[KeySpec::at(1).reads()])
.args(&[Arg::key("key"), fields::FIELDS])
.since("9.0.0")
.cost("O(n), n = fields given")
.summary("Returns the Unix times in seconds at which fields of a hash expire.");

fn hexpiretime(call: &mut Call) -> CommandResult {
    reply_deadlines(call, to_seconds)
}

pub(super) const HPEXPIRETIME: Command = Command::new(
    Group::Hash,
    "hpexpiretime",
    Arity::AtLeast(5),
    Keys(hpexpiretime),
)
.flags(Flags::FAST.with(Flags::READONLY))
.keys(&[KeySpec::at(1).reads()])
.args(&[Arg::key("key"), fields::FIELDS])
.since("9.0.0")
.cost("O(n), n = fields given")
.summary("Returns the Unix times in milliseconds at which fields of a hash expire.");

fn hpexpiretime(call: &mut Call) -> CommandResult {
    reply_deadlines(call, |deadline| deadline)
}

fn reply_deadlines(call: &mut Call, show: impl Fn(i64) -> i64) -> CommandResult {
    if !call.args.is(2, "FIELDS") {
        return Err(CommandError::SYNTAX);
    }
    let names = fields::read_or(&call.args, 2, 1, CommandError::SYNTAX)?;
    let now_ms = call.db.now_ms();
    let hash = call.db.collection::<Hash>(&call.args.key(1))?;
    call.reply.array(names.len());
    for name in names {
        let expiry = hash.map_or(FieldExpiry::Missing, |hash| hash.expiry(name, now_ms));
        call.reply.integer(match expiry {
            FieldExpiry::Missing => MISSING,
            FieldExpiry::Never => NEVER,
            FieldExpiry::At(deadline) => show(deadline),
        });
    }
    Ok(())
}

pub(super) const HPERSIST: Command =
    Command::new(Group::Hash, "hpersist", Arity::AtLeast(5), Keys(hpersist))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
        .args(&[Arg::key("key"), fields::FIELDS])
        .since("9.0.0")
        .cost("O(n), n = fields given")
        .summary("Takes the expiry of fields of a hash away.");

fn hpersist(call: &mut Call) -> CommandResult {
    if !call.args.is(2, "FIELDS") {
        return Err(CommandError::SYNTAX);
    }
    let names = fields::read(&call.args, 2, 1)?;
    let outcomes = persist(call, names)?;
    call.reply.array(names.len());
    for index in 0..names.len() {
        let outcome = outcomes.get(index).copied();
        call.reply.integer(outcome.unwrap_or(MISSING));
    }
    Ok(())
}

/// Takes the expiry of the fields called `names` away; tells of each 1 when it had one, else why not. Nothing is told
/// when there is no hash.
pub(super) fn persist(call: &mut Call, names: &[&[u8]]) -> CommandResult<Vec<i64>> {
    let (key, seed, now_ms) = (call.args.key(1), call.db.seed(), call.db.now_ms());
    let mut persisted = Vec::new();
    let outcomes = call.db.edit(&key, |hash: &mut Hash| {
        let mut persist = |name| match hash.expiry(name, now_ms) {
            FieldExpiry::Missing => MISSING,
            FieldExpiry::Never => NEVER,
            FieldExpiry::At(_) => {
                hash.set_expiry(name, None, now_ms, seed);
                persisted.push(name);
                1
            }
        };
        names.iter().map(|name| persist(*name)).collect()
    })?;
    if !persisted.is_empty() {
        let count = IntText::new(persisted.len() as i64);
        let head: [&[u8]; 4] = [b"HPERSIST", key.bytes, b"FIELDS", &count];
        repeat_fields(call.db, &head, &persisted);
        let changes = persisted.len() as u64;
        call.db
            .changed(&key, EventClasses::HASH, "hpersist", changes);
    }
    Ok(outcomes.unwrap_or_default())
}
