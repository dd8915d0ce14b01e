//! Elements read by their number.

use ferrous_types::List;

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::element::{numbered, reply_element};
use crate::error::CommandResult;

pub(super) const LLEN: Command = Command::new(Group::List, "llen", Arity::Exactly(2), Keys(llen))
    .flags(Flags::READONLY.with(Flags::FAST))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RO)])
    .args(&[Arg::key("key")])
    .since("1.0.0")
    .cost("O(1)")
    .summary("Returns the number of elements of a list.");

fn llen(call: &mut Call) -> CommandResult {
    let list = call.db.collection::<List>(&call.args.key(1))?;
    call.reply.integer(list.map_or(0, List::len) as i64);
    Ok(())
}

pub(super) const LINDEX: Command =
    Command::new(Group::List, "lindex", Arity::Exactly(3), Keys(lindex))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key"), Arg::integer("index")])
        .since("1.0.0")
        .cost("O(n), n = blocks of elements between the element and the nearer end")
        .summary("Returns the element of a list that has a number.");

fn lindex(call: &mut Call) -> CommandResult {
    let Some(list) = call.db.collection::<List>(&call.args.key(1))? else {
        call.reply.nil();
        return Ok(());
    };
    let index = from_head(call.args.int(2)?, list.len());
    let found = list.get(index, |element| reply_element(call.reply, element));
    if found.is_none() {
        call.reply.nil();
    }
    Ok(())
}

/// The number from the head on of the element that `index` names, counted back from the end when it is below zero; one
/// that no list has when there is none.
pub(super) fn from_head(index: i64, len: usize) -> usize {
    let index = if index < 0 { index + len as i64 } else { index };
    usize::try_from(index).unwrap_or(usize::MAX)
}

pub(super) const LRANGE: Command =
    Command::new(Group::List, "lrange", Arity::Exactly(4), Keys(lrange))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key"), Arg::integer("start"), Arg::integer("stop")])
        .since("1.0.0")
        .cost(
            "O(s + n), s = blocks of elements before the range or behind it, n = elements returned",
        )
        .summary("Returns the elements of a list from one number to another.");

fn lrange(call: &mut Call) -> CommandResult {
    let (start, stop) = (call.args.int(2)?, call.args.int(3)?);
    let lending = call.db.lending();
    let Some(list) = call.db.collection::<List>(&call.args.key(1))? else {
        call.reply.array(0);
        return Ok(());
    };
    let range = numbered(start, stop, list.len());
    lending.announce(range.len());
    call.reply.array(range.len());
    list.for_each(range, |element| {
        reply_element(call.reply, element);
    });
    Ok(())
}
