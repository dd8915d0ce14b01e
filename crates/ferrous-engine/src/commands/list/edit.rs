//! Elements inserted, replaced and removed anywhere.

use ferrous_types::List;
use ferrous_types::list::{End, Side};

use super::read::from_head;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::element::numbered;
use crate::error::{CommandError, CommandResult};
use crate::keyspace::EventClasses;

pub(super) const LINSERT: Command =
    Command::new(Group::List, "linsert", Arity::Exactly(5), Keys(linsert))
        .flags(Flags::WRITE.with(Flags::DENYOOM))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::INSERT))])
        .args(&[
            Arg::key("key"),
            Arg::one_of(
                "where",
                &[Arg::word("before", "BEFORE"), Arg::word("after", "AFTER")],
            ),
            Arg::string("pivot"),
            Arg::string("element"),
        ])
        .since("2.2.0")
        .cost("O(n), n = elements before the pivot")
        .summary("Inserts an element beside the first one that equals a pivot.");

fn linsert(call: &mut Call) -> CommandResult {
    let side = if call.args.is(2, "AFTER") {
        Side::After
    } else if call.args.is(2, "BEFORE") {
        Side::Before
    } else {
        return Err(CommandError::SYNTAX);
    };
    let key = call.args.key(1);
    let (pivot, element, limits) = (call.args.get(3), call.args.get(4), call.limits.list);
    let len = call.db.edit(&key, |list: &mut List| {
        list.insert(side, pivot, element, limits)
            .then(|| list.len())
    })?;
    match len {
        None => call.reply.integer(0),
        Some(None) => call.reply.integer(-1),
        Some(Some(len)) => {
            call.db.changed(&key, EventClasses::LIST, "linsert", 1);
            call.reply.integer(len as i64);
        }
    }
    Ok(())
}

pub(super) const LSET: Command = Command::new(Group::List, "lset", Arity::Exactly(4), Keys(lset))
    .flags(Flags::WRITE.with(Flags::DENYOOM))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
    .args(&[
        Arg::key("key"),
        Arg::integer("index"),
        Arg::string("element"),
    ])
    .since("1.0.0")
    .cost("O(n), n = blocks of elements between the element and the nearer end")
    .summary("Replaces the element of a list that has a number.");

fn lset(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let (index, element, limits) = (call.args.int(2), call.args.get(3), call.limits.list);
    let replaced = call.db.edit(&key, |list: &mut List| {
        let index = from_head(index?, list.len());
        if list.set(index, element, limits) {
            Ok(())
        } else {
            Err(CommandError::INDEX_RANGE)
        }
    })?;
    replaced.ok_or(CommandError::NO_SUCH_KEY)??;
    call.db.changed(&key, EventClasses::LIST, "lset", 1);
    call.reply.ok();
    Ok(())
}

pub(super) const LREM: Command = Command::new(Group::List, "lrem", Arity::Exactly(4), Keys(lrem))
    .flags(Flags::WRITE)
    .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::DELETE))])
    .args(&[
        Arg::key("key"),
        Arg::integer("count"),
        Arg::string("element"),
    ])
    .since("1.0.0")
    .cost("O(n), n = elements of the list")
    .summary("Removes elements that equal a value, from one of the ends on.");

fn lrem(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let (count, element, limits) = (call.args.int(2)?, call.args.get(3), call.limits.list);
    let (from, count) = match count {
        0 => (End::Head, usize::MAX),
        1.. => (End::Head, count as usize),
        _ => (End::Tail, count.unsigned_abs() as usize),
    };
    let removed = call.db.edit(&key, |list: &mut List| {
        list.remove(element, count, from, limits)
    })?;
    let removed = removed.unwrap_or(0);
    if removed > 0 {
        call.db
            .changed(&key, EventClasses::LIST, "lrem", removed as u64);
    }
    call.reply.integer(removed as i64);
    Ok(())
}

pub(super) const LTRIM: Command =
    Command::new(Group::List, "ltrim", Arity::Exactly(4), Keys(ltrim))
        .flags(Flags::WRITE)
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::DELETE))])
        .args(&[Arg::key("key"), Arg::integer("start"), Arg::integer("stop")])
        .since("1.0.0")
        .cost("O(n), n = elements removed")
        .summary(
            "Keeps the elements of a list from one number to another, and removes the others.",
        );

fn ltrim(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let (start, stop, limits) = (call.args.int(2)?, call.args.int(3)?, call.limits.list);
    let removed = call.db.edit(&key, |list: &mut List| {
        let len = list.len();
        list.trim(numbered(start, stop, len), limits);
        len - list.len()
    })?;
    if let Some(removed) = removed {
        call.db
            .changed(&key, EventClasses::LIST, "ltrim", removed as u64);
    }
    call.reply.ok();
    Ok(())
}
