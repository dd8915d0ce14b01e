//! Elements that go from one list to another.

use ferrous_types::List;
use ferrous_types::list::{End, ListLimits};

use super::{ENDS, end, pop_event, push_event};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::CommandResult;
use crate::keyspace::{EventClasses, Key};

pub(super) const KEYS: &[KeySpec] = &[
    KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE)),
    KeySpec::at(2).flags(KeyFlags::RW.with(KeyFlags::INSERT)),
];

pub(super) const LMOVE: Command =
    Command::new(Group::List, "lmove", Arity::Exactly(5), Keys(lmove))
        .flags(Flags::WRITE.with(Flags::DENYOOM))
        .keys(KEYS)
        .args(&[
            Arg::key("source"),
            Arg::key_of("destination", 1),
            Arg::one_of("wherefrom", ENDS),
            Arg::one_of("whereto", ENDS),
        ])
        .since("6.2.0")
        .cost("O(1)")
        .summary("Takes an element from an end of a list and puts it at an end of another.");

fn lmove(call: &mut Call) -> CommandResult {
    let ends = (end(&call.args, 3)?, end(&call.args, 4)?);
    reply_moved(call, ends)
}

pub(super) const RPOPLPUSH: Command =
    Command::new(Group::List, "rpoplpush", Arity::Exactly(3), Keys(rpoplpush))
        .flags(Flags::WRITE.with(Flags::DENYOOM))
        .keys(KEYS)
        .args(&[Arg::key("source"), Arg::key_of("destination", 1)])
        .since("1.2.0")
        .deprecated("6.2.0", "`LMOVE` with the `RIGHT` and `LEFT` arguments")
        .cost("O(1)")
        .summary("Takes the last element of a list and puts it in front of another.");

fn rpoplpush(call: &mut Call) -> CommandResult {
    reply_moved(call, (End::Tail, End::Head))
}

fn reply_moved(call: &mut Call, ends: (End, End)) -> CommandResult {
    let (from, to) = (call.args.key(1), call.args.key(2));
    if !move_element(call, (&from, &to), ends)? {
        call.reply.nil();
    }
    Ok(())
}

/// Moves an element between the ends of the lists at two keys, from the first to the second, and replies with it;
/// false, and nothing is replied, when the first does not exist.
///
/// # Errors
/// `WRONGTYPE` when either is no list; both are as they were.
pub(super) fn move_element(
    call: &mut Call,
    (from, to): (&Key<'_>, &Key<'_>),
    (taken_from, put_at): (End, End),
) -> CommandResult<bool> {
    let limits = call.limits.list;
    let element = if from == to {
        let rotate = |list: &mut List| rotate(list, taken_from, put_at, limits);
        call.db.edit(from, rotate)?.flatten()
    } else {
        let list = call.db.peek_collection::<List>(from)?;
        list.and_then(|list| element_at(list, taken_from))
    };
    let Some(element) = element else {
        return Ok(false);
    };
    if from != to {
        call.db.edit_or_create(to, List::new, |list| {
            list.push(put_at, [&*element], limits);
        })?;
    }
    // Clients see the element arrive before they see it go.
    let class = EventClasses::LIST;
    call.db.changed(to, class, push_event(put_at), 0);
    if from != to {
        call.db
            .edit(from, |list: &mut List| list.pop(taken_from, limits, |_| {}))?;
    }
    call.db.changed(from, class, pop_event(taken_from), 1);
    call.reply.bulk(&element);
    Ok(true)
}

/// Takes an element from one end and puts it at the same or the other one.
fn rotate(list: &mut List, from: End, to: End, limits: ListLimits) -> Option<Vec<u8>> {
    let element = list.pop(from, limits, |element| element.to_bytes().into_owned())?;
    list.push(to, [&*element], limits);
    Some(element)
}

fn element_at(list: &List, end: End) -> Option<Vec<u8>> {
    let index = match end {
        End::Head => 0,
        End::Tail => list.len().checked_sub(1)?,
    };
    list.get(index, |element| element.to_bytes().into_owned())
}
