//! Members added, removed and moved.

use ferrous_types::Set;

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::CommandResult;
use crate::keyspace::EventClasses;

pub(super) const SADD: Command = Command::new(Group::Set, "sadd", Arity::AtLeast(3), Keys(sadd))
    .flags(Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::INSERT))])
    .args(&[Arg::key("key"), Arg::string("member").multiple()])
    .since("1.0.0")
    .history(&[("2.4.0", "Takes several members.")])
    .cost("O(n), n = members given")
    .summary("Adds members to a set, which begins with them.");

fn sadd(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let (members, limits, seed) = (call.args.from(2), &call.limits.set, call.db.seed());
    let added = call.db.edit_or_create(&key, Set::new, |set| {
        set.insert_all(members.iter().copied(), limits, seed)
    })?;
    if added > 0 {
        call.db
            .changed(&key, EventClasses::SET, "sadd", added as u64);
    }
    call.reply.integer(added as i64);
    Ok(())
}

pub(super) const SREM: Command = Command::new(Group::Set, "srem", Arity::AtLeast(3), Keys(srem))
    .flags(Flags::WRITE.with(Flags::FAST))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::DELETE))])
    .args(&[Arg::key("key"), Arg::string("member").multiple()])
    .since("1.0.0")
    .history(&[("2.4.0", "Takes several members.")])
    .cost("O(n), n = members given")
    .summary("Removes members from a set, which ends with the last of them.");

fn srem(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let members = call.args.from(2);
    let removed = call.db.edit(&key, |set: &mut Set| {
        members.iter().filter(|member| set.remove(member)).count()
    })?;
    let removed = removed.unwrap_or(0);
    if removed > 0 {
        call.db
            .changed(&key, EventClasses::SET, "srem", removed as u64);
    }
    call.reply.integer(removed as i64);
    Ok(())
}

pub(super) const SMOVE: Command = Command::new(Group::Set, "smove", Arity::Exactly(4), Keys(smove))
    .flags(Flags::WRITE.with(Flags::FAST))
    .keys(&[
        KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
        KeySpec::at(2).flags(KeyFlags::RW.with(KeyFlags::INSERT)),
    ])
    .args(&[
        Arg::key("source"),
        Arg::key_of("destination", 1),
        Arg::string("member"),
    ])
    .since("1.0.0")
    .cost("O(1)")
    .summary("Moves a member from one set to another.");

fn smove(call: &mut Call) -> CommandResult {
    let moved = move_member(call)?;
    call.reply.integer(i64::from(moved));
    Ok(())
}

/// Moves the member; true when the first set has it, also when both are one set.
fn move_member(call: &mut Call) -> CommandResult<bool> {
    let (from, to, member) = (call.args.key(1), call.args.key(2), call.args.get(3));
    let is_member = match call.db.peek_collection::<Set>(&from)? {
        None => return Ok(false),
        Some(set) => set.contains(member),
    };
    call.db.peek_collection::<Set>(&to)?;
    if from == to || !is_member {
        return Ok(is_member);
    }
    call.db.edit(&from, |set: &mut Set| set.remove(member))?;
    call.db.changed(&from, EventClasses::SET, "srem", 1);
    let (limits, seed) = (&call.limits.set, call.db.seed());
    let added = call.db.edit_or_create(&to, Set::new, |set| {
        set.insert_all([member], limits, seed) > 0
    })?;
    if added {
        call.db.changed(&to, EventClasses::SET, "sadd", 1);
    }
    Ok(true)
}
