//! Deadlines read and removed.

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::expiry::to_seconds;
use crate::error::CommandResult;
use crate::keyspace::{DeadlineChange, EventClasses};

pub(super) const TTL: Command = Command::new(Group::Generic, "ttl", Arity::Exactly(2), Keys(ttl))
    .flags(Flags::FAST.with(Flags::READONLY))
    .keys(&[KeySpec::at(1).reads()])
    .args(&[
        Arg::key("key"),
    ])
    .since("1.0.0")
    .history(&[
        ("2.8.0", "Tells a key that does not exist (-2) from one that never expires (-1)."),
    ])
    .tips(&["nondeterministic_output"])
    .cost("O(1)")
    .summary("Returns the seconds until a key expires: -1 when it never does, -2 when there is no such key.");

fn ttl(call: &mut Call) -> CommandResult {
    let now_ms = call.db.now_ms();
    reply_deadline(call, |deadline| to_seconds((deadline - now_ms).max(0)))
}

pub(super) const PTTL: Command = Command::new(Group::Generic, "pttl", Arity::Exactly(2), Keys(pttl))
    .flags(Flags::FAST.with(Flags::READONLY))
    .keys(&[KeySpec::at(1).reads()])
    .args(&[
        Arg::key("key"),
    ])
    .since("2.6.0")
    .history(&[
        ("2.8.0", "Tells a key that does not exist (-2) from one that never expires (-1)."),
    ])
    .tips(&["nondeterministic_output"])
    .cost("O(1)")
    .summary("Returns the milliseconds until a key expires: -1 when it never does, -2 when there is no such key.");

fn pttl(call: &mut Call) -> CommandResult {
    let now_ms = call.db.now_ms();
    reply_deadline(call, |deadline| (deadline - now_ms).max(0))
}

pub(super) const EXPIRETIME: Command = Command::new(Group::Generic, "expiretime", Arity::Exactly(2), Keys(expiretime))
    .flags(Flags::FAST.with(Flags::READONLY))
    .keys(&[KeySpec::at(1).reads()])
    .args(&[
        Arg::key("key"),
    ])
    .since("7.0.0")
    .cost("O(1)")
    .summary("Returns the Unix time in seconds at which a key expires: -1 when it never does, -2 when there is no such key.");

fn expiretime(call: &mut Call) -> CommandResult {
    reply_deadline(call, to_seconds)
}

pub(super) const PEXPIRETIME: Command = Command::new(Group::Generic, "pexpiretime", Arity::Exactly(2), Keys(pexpiretime))
    .flags(Flags::FAST.with(Flags::READONLY))
    .keys(&[KeySpec::at(1).reads()])
    .args(&[
        Arg::key("key"),
    ])
    .since("7.0.0")
    .cost("O(1)")
    .summary("Returns the Unix time in milliseconds at which a key expires: -1 when it never does, -2 when there is no such key.");

fn pexpiretime(call: &mut Call) -> CommandResult {
    reply_deadline(call, |deadline| deadline)
}

fn reply_deadline(call: &mut Call, show: impl FnOnce(i64) -> i64) -> CommandResult {
    let key = call.args.key(1);
    let reply = if call.db.is_hit(&key) {
        call.db.deadline(&key).map_or(-1, show)
    } else {
        -2
    };
    call.reply.integer(reply);
    Ok(())
}

pub(super) const PERSIST: Command =
    Command::new(Group::Generic, "persist", Arity::Exactly(2), Keys(persist))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
        .args(&[Arg::key("key")])
        .since("2.2.0")
        .cost("O(1)")
        .summary("Takes a key's expiry away.");

fn persist(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let changed = call.db.set_deadline(&key, None) == DeadlineChange::Changed;
    if changed {
        call.db.changed(&key, EventClasses::GENERIC, "persist", 1);
    }
    call.reply.integer(i64::from(changed));
    Ok(())
}
