//! Removing fields, with or without a look at their values.

use ferrous_types::Hash;

use super::{fields, overdue, tell_overdue};
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{Db, EventClasses};

pub(super) const HDEL: Command = Command::new(Group::Hash, "hdel", Arity::AtLeast(3), Keys(hdel))
    .flags(Flags::FAST.with(Flags::WRITE))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::DELETE))])
    .args(&[Arg::key("key"), Arg::string("field").multiple()])
    .since("2.0.0")
    .history(&[("2.4.0", "Takes several fields at once.")])
    .cost("O(n), n = fields given")
    .summary("Removes fields of a hash and returns how many existed.");

fn hdel(call: &mut Call) -> CommandResult {
    let (names, now_ms) = (call.args.from(2), call.db.now_ms());
    let removed = remove(call.db, &call.args, names, |hash| {
        let existing = names.iter().filter(|name| hash.remove(name, now_ms));
        existing.count()
    })?;
    call.reply.integer(removed.unwrap_or(0) as i64);
    Ok(())
}

pub(super) const HGETDEL: Command =
    Command::new(Group::Hash, "hgetdel", Arity::AtLeast(5), Keys(hgetdel))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE))])
        .args(&[Arg::key("key"), fields::FIELDS])
        .since("9.1.0")
        .cost("O(n), n = fields given")
        .summary("Returns the values of fields of a hash and removes the fields.");

fn hgetdel(call: &mut Call) -> CommandResult {
    if !call.args.is(2, "FIELDS") {
        return Err(CommandError::SYNTAX);
    }
    let names = fields::read(&call.args, 2, 1)?;
    let reply = &mut *call.reply;
    let now_ms = call.db.now_ms();
    let removed = remove(call.db, &call.args, names, |hash| {
        reply.array(names.len());
        let existing = names.iter().filter(|name| {
            match hash.get(name, now_ms) {
                Some(value) => value.with_bytes(|value| reply.bulk(value)),
                None => reply.nil(),
            }
            hash.remove(name, now_ms)
        });
        existing.count()
    })?;
    if removed.is_none() {
        reply_nils(call, names.len());
    }
    Ok(())
}

/// Replies as for a hash without any of the fields.
pub(super) fn reply_nils(call: &mut Call, count: usize) {
    call.reply.array(count);
    for _ in 0..count {
        call.reply.nil();
    }
}

/// Has `remove` take the fields called `names` out of the hash, which tells how many existed; nothing when there is no
/// hash.
fn remove(
    db: &mut Db,
    args: &Args,
    names: &[&[u8]],
    remove: impl FnOnce(&mut Hash) -> usize,
) -> CommandResult<Option<usize>> {
    let (key, now_ms) = (args.key(1), db.now_ms());
    let edited = db.edit(&key, |hash: &mut Hash| {
        let overdue = overdue(hash, names.iter().copied(), now_ms);
        (remove(hash), overdue)
    })?;
    let Some((removed, overdue)) = edited else {
        return Ok(None);
    };
    tell_overdue(db, &key, &overdue);
    if removed > 0 {
        if !overdue.is_empty() {
            db.repeat(args.all());
        }
        db.changed(&key, EventClasses::HASH, "hdel", removed as u64);
    }
    db.remove_spent(&key);
    Ok(Some(removed))
}
