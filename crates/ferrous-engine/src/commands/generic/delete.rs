//! Keys removed, counted and touched.

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::CommandResult;

pub(super) const DEL: Command = Command::new(Group::Generic, "del", Arity::AtLeast(2), Keys(del))
    .flags(Flags::WRITE)
    .keys(&[KeySpec::range(1, -1, 1).flags(KeyFlags::DELETE.with(KeyFlags::RM))])
    .args(&[Arg::key("key").multiple()])
    .since("1.0.0")
    .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
    .cost("O(n), n = keys; more for large values")
    .summary("Deletes keys.");

fn del(call: &mut Call) -> CommandResult {
    let removed = call.args.keys().filter(|key| call.db.delete(key)).count();
    call.reply.integer(removed as i64);
    Ok(())
}

pub(super) const UNLINK: Command =
    Command::new(Group::Generic, "unlink", Arity::AtLeast(2), Keys(unlink))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::range(1, -1, 1).flags(KeyFlags::DELETE.with(KeyFlags::RM))])
        .args(&[Arg::key("key").multiple()])
        .since("4.0.0")
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .cost("O(n), n = keys")
        .summary("Deletes keys.");

fn unlink(call: &mut Call) -> CommandResult {
    del(call)
}

pub(super) const EXISTS: Command =
    Command::new(Group::Generic, "exists", Arity::AtLeast(2), Keys(exists))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::range(1, -1, 1).flags(KeyFlags::RO)])
        .args(&[Arg::key("key").multiple()])
        .since("1.0.0")
        .history(&[("3.0.3", "Takes several keys.")])
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .cost("O(n), n = keys")
        .summary("Counts how many of the keys exist; a key that is named twice counts twice.");

fn exists(call: &mut Call) -> CommandResult {
    let existing = call.args.keys().filter(|key| call.db.is_hit(key)).count();
    call.reply.integer(existing as i64);
    Ok(())
}

pub(super) const TOUCH: Command =
    Command::new(Group::Generic, "touch", Arity::AtLeast(2), Keys(touch))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::range(1, -1, 1).flags(KeyFlags::RO)])
        .args(&[Arg::key("key").multiple()])
        .since("3.2.1")
        .tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .cost("O(n), n = keys")
        .summary("Notes an access to keys and counts how many of them exist.");

fn touch(call: &mut Call) -> CommandResult {
    let existing = call.args.keys().filter(|key| call.db.touch(key)).count();
    call.reply.integer(existing as i64);
    Ok(())
}
