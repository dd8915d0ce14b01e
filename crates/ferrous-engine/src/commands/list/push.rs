//! Elements added at the ends.

use ferrous_types::List;
use ferrous_types::list::End;

use super::push_event;
use crate::call::{Call, Command, DataFn, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::CommandResult;
use crate::keyspace::EventClasses;

const KEYS: &[KeySpec] = &[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::INSERT))];

const ARGS: &[Arg] = &[Arg::key("key"), Arg::string("element").multiple()];

/// What the rows of these commands have in common.
const fn row(name: &'static str, function: DataFn) -> Command {
    Command::new(Group::List, name, Arity::AtLeast(3), Keys(function))
        .flags(Flags::WRITE.with(Flags::DENYOOM).with(Flags::FAST))
        .keys(KEYS)
        .args(ARGS)
        .cost("O(n), n = elements added")
}

pub(super) const LPUSH: Command = row("lpush", lpush)
    .since("1.0.0")
    .history(&[("2.4.0", "Takes several elements.")])
    .summary("Puts elements, one after the other, in front of a list, which begins with them.");

fn lpush(call: &mut Call) -> CommandResult {
    push(call, End::Head)
}

pub(super) const RPUSH: Command = row("rpush", rpush)
    .since("1.0.0")
    .history(&[("2.4.0", "Takes several elements.")])
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

pub(super) const LPUSHX: Command = row("lpushx", lpushx)
    .since("2.2.0")
    .history(&[("4.0.0", "Takes several elements.")])
    .summary("Puts elements, one after the other, in front of a list that exists.");

fn lpushx(call: &mut Call) -> CommandResult {
    push_to_present(call, End::Head)
}

pub(super) const RPUSHX: Command = row("rpushx", rpushx)
    .since("2.2.0")
    .history(&[("4.0.0", "Takes several elements.")])
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
