//! Elements added at the ends.

use ferrous_types::List;
use ferrous_types::list::End;

use super::push_event;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::CommandResult;
use crate::keyspace::EventClasses;

const FLAGS: Flags = Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST);

const KEYS: &[KeySpec] = &[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::INSERT))];

const ARGS: &[Arg] = &[Arg::key("key"), Arg::string("element").multiple()];

pub(super) const LPUSH: Command =
    Command::new(Group::List, "lpush", Arity::AtLeast(3), Keys(lpush))
        .flags(FLAGS)
        .keys(KEYS)
        .args(ARGS)
        .since("1.0.0")
        .history(&[("2.4.0", "Accepts multiple `element` arguments.")])
        .cost("O(n), n = elements added")
        .summary("Puts elements, one after the other, in front of a list, which begins with them.");

fn lpush(call: &mut Call) -> CommandResult {
    push(call, End::Head)
}

pub(super) const RPUSH: Command =
    Command::new(Group::List, "rpush", Arity::AtLeast(3), Keys(rpush))
        .flags(FLAGS)
        .keys(KEYS)
        .args(ARGS)
        .since("1.0.0")
        .history(&[("2.4.0", "Accepts multiple `element` arguments.")])
        .cost("O(n), n = elements added")
        .summary("Puts elements, one after the other, behind a list, which begins with them.");

fn rpush(call: &mut Call) -> CommandResult {
    push(call, End::Tail)
}

fn push(call: &mut Call, end: End) -> CommandResult {
    let key = call.args.key(1);
    let (elements, limits) = (call.args.from(2), call.limits.list);
    let len = call.db.edit_or_create(&key, List::new, |list| {
        list.push(end, elements.iter().copied(), limits);
        list.len()
    })?;
    call.reply.integer(len as i64);
    let added = elements.len() as u64;
    call.db
        .changed(&key, EventClasses::LIST, push_event(end), added);
    Ok(())
}

pub(super) const LPUSHX: Command =
    Command::new(Group::List, "lpushx", Arity::AtLeast(3), Keys(lpushx))
        .flags(FLAGS)
        .keys(KEYS)
        .args(ARGS)
        .since("2.2.0")
        .history(&[("4.0.0", "Accepts multiple `element` arguments.")])
        .cost("O(n), n = elements added")
        .summary("Puts elements, one after the other, in front of a list that exists.");

fn lpushx(call: &mut Call) -> CommandResult {
    push_to_present(call, End::Head)
}

pub(super) const RPUSHX: Command =
    Command::new(Group::List, "rpushx", Arity::AtLeast(3), Keys(rpushx))
        .flags(FLAGS)
        .keys(KEYS)
        .args(ARGS)
        .since("2.2.0")
        .history(&[("4.0.0", "Accepts multiple `element` arguments.")])
        .cost("O(n), n = elements added")
        .summary("Puts elements, one after the other, behind a list that exists.");

fn rpushx(call: &mut Call) -> CommandResult {
    push_to_present(call, End::Tail)
}

fn push_to_present(call: &mut Call, end: End) -> CommandResult {
    let key = call.args.key(1);
    let (elements, limits) = (call.args.from(2), call.limits.list);
    let len = call.db.edit(&key, |list: &mut List| {
        list.push(end, elements.iter().copied(), limits);
        list.len()
    })?;
    call.reply.integer(len.unwrap_or(0) as i64);
    if len.is_some() {
        let added = elements.len() as u64;
        call.db
            .changed(&key, EventClasses::LIST, push_event(end), added);
    }
    Ok(())
}
