//! Setting fields.

use ferrous_types::Hash;
use ferrous_types::field_map::NewExpiry;

use super::{overdue, tell_overdue};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::EventClasses;

const DATA: Arg = Arg::block("data", &[Arg::string("field"), Arg::string("value")]).multiple();

pub(super) const HSET: Command = Command::new(Group::Hash, "hset", Arity::AtLeast(4), Keys(hset))
    .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
    .args(&[Arg::key("key"), DATA])
    .since("2.0.0")
    .history(&[("4.0.0", "Takes several fields at once.")])
    .cost("O(n), n = fields given")
    .summary("Gives fields of a hash their values and returns how many of them are new.");

fn hset(call: &mut Call) -> CommandResult {
    let created = set_all(call)?;
    call.reply.integer(created);
    Ok(())
}

pub(super) const HMSET: Command =
    Command::new(Group::Hash, "hmset", Arity::AtLeast(4), Keys(hmset))
        .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
        .args(&[Arg::key("key"), DATA])
        .since("2.0.0")
        .deprecated("4.0.0", "`HSET` with several fields")
        .cost("O(n), n = fields given")
        .summary("Gives fields of a hash their values.");

fn hmset(call: &mut Call) -> CommandResult {
    set_all(call)?;
    call.reply.ok();
    Ok(())
}

/// Sets the fields that the arguments give in pairs; returns how many are new.
fn set_all(call: &mut Call) -> CommandResult<i64> {
    let data = call.args.from(2);
    if !data.len().is_multiple_of(2) {
        return Err(CommandError::arity(call.name));
    }
    let key = call.args.key(1);
    let (limits, seed, now_ms) = (&call.limits.hash, call.db.seed(), call.db.now_ms());
    let (created, overdue) = call.db.edit_or_create(&key, Hash::new, |hash: &mut Hash| {
        let overdue = overdue(hash, data.iter().step_by(2).copied(), now_ms);
        hash.prepare_for(data.len() / 2, limits, seed);
        let mut created = 0;
        for pair in data.chunks_exact(2) {
            let is_new = hash.insert(pair[0], pair[1], NewExpiry::Never, now_ms, limits, seed);
            created += i64::from(is_new);
        }
        (created, overdue)
    })?;
    if !overdue.is_empty() {
        tell_overdue(call.db, &key, &overdue);
        call.db.repeat(call.args.all());
    }
    let changes = data.len() as u64 / 2;
    call.db.changed(&key, EventClasses::HASH, "hset", changes);
    Ok(created)
}

pub(super) const HSETNX: Command =
    Command::new(Group::Hash, "hsetnx", Arity::Exactly(4), Keys(hsetnx))
        .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::INSERT))])
        .args(&[Arg::key("key"), Arg::string("field"), Arg::string("value")])
        .since("2.0.0")
        .cost("O(1)")
        .summary("Gives a field of a hash a value unless the field exists.");

fn hsetnx(call: &mut Call) -> CommandResult {
    let (key, name, value) = (call.args.key(1), call.args.get(2), call.args.get(3));
    let (limits, seed, now_ms) = (&call.limits.hash, call.db.seed(), call.db.now_ms());
    let (created, overdue) = call.db.edit_or_create(&key, Hash::new, |hash: &mut Hash| {
        if hash.contains(name, now_ms) {
            return (false, Vec::new());
        }
        let overdue = overdue(hash, [name].into_iter(), now_ms);
        hash.insert(name, value, NewExpiry::Never, now_ms, limits, seed);
        (true, overdue)
    })?;
    if created {
        if !overdue.is_empty() {
            tell_overdue(call.db, &key, &overdue);
            call.db.repeat(&[b"HSET", key.bytes, name, value]);
        }
        call.db.changed(&key, EventClasses::HASH, "hset", 1);
    }
    call.reply.integer(i64::from(created));
    Ok(())
}
