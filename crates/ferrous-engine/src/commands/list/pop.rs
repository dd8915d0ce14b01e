//! Elements taken from the ends.

use ferrous_resp::Encoder;
use ferrous_types::List;
use ferrous_types::list::{End, ListLimits};

use super::{ENDS, end, pop_event};
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::element::reply_element;
use crate::commands::several;
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{EventClasses, Key};

pub(super) const KEY_FLAGS: KeyFlags = KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::DELETE);

const POP_ARGS: &[Arg] = &[
    Arg::key("key"),
    Arg::integer("count").optional().since("6.2.0"),
];

pub(super) const LPOP: Command = Command::new(Group::List, "lpop", Arity::AtLeast(2), Keys(lpop))
    .flags(Flags::WRITE.with(Flags::FAST))
    .keys(&[KeySpec::at(1).flags(KEY_FLAGS)])
    .args(POP_ARGS)
    .since("1.0.0")
    .history(&[("6.2.0", "Takes a count.")])
    .cost("O(n), n = elements taken")
    .summary("Takes the first element of a list, or the first few.");

fn lpop(call: &mut Call) -> CommandResult {
    pop(call, End::Head)
}

pub(super) const RPOP: Command = Command::new(Group::List, "rpop", Arity::AtLeast(2), Keys(rpop))
    .flags(Flags::WRITE.with(Flags::FAST))
    .keys(&[KeySpec::at(1).flags(KEY_FLAGS)])
    .args(POP_ARGS)
    .since("1.0.0")
    .history(&[("6.2.0", "Takes a count.")])
    .cost("O(n), n = elements taken")
    .summary("Takes the last element of a list, or the last few.");

fn rpop(call: &mut Call) -> CommandResult {
    pop(call, End::Tail)
}

fn pop(call: &mut Call, end: End) -> CommandResult {
    match call.args.len() {
        2 => pop_one(call, end),
        3 => pop_several(call, end),
        _ => Err(CommandError::arity(call.name)),
    }
}

fn pop_one(call: &mut Call, end: End) -> CommandResult {
    let key = call.args.key(1);
    if !pop_element(call, &key, end, |_| {})? {
        call.reply.nil();
    }
    Ok(())
}

fn pop_several(call: &mut Call, end: End) -> CommandResult {
    let key = call.args.key(1);
    let count = call.args.count_or(2, 0, CommandError::NOT_POSITIVE)?;
    if pop_elements(call, &key, end, count, |_| {})?.is_none() {
        call.reply.nil_array();
    }
    Ok(())
}

/// Takes the element at `end` of the list at `key` and replies with it, behind what `before` replies; false, and
/// nothing is replied, when there is no such list.
pub(super) fn pop_element(
    call: &mut Call,
    key: &Key<'_>,
    end: End,
    before: impl FnOnce(&mut Encoder<'_>),
) -> CommandResult<bool> {
    let (limits, reply) = (call.limits.list, &mut *call.reply);
    let popped = call.db.edit(key, |list: &mut List| {
        before(reply);
        list.pop(end, limits, |element| reply_element(reply, element));
    })?;
    if popped.is_some() {
        call.db.changed(key, EventClasses::LIST, pop_event(end), 1);
    }
    Ok(popped.is_some())
}

/// Takes up to `count` elements from `end` of the list at `key` and replies with an array of them, behind what `before`
/// replies. Returns how many there were; nothing, and nothing is replied, when there is no such list.
pub(super) fn pop_elements(
    call: &mut Call,
    key: &Key<'_>,
    end: End,
    count: usize,
    before: impl FnOnce(&mut Encoder<'_>),
) -> CommandResult<Option<usize>> {
    let (limits, reply) = (call.limits.list, &mut *call.reply);
    let popped = call.db.edit(key, |list: &mut List| {
        before(reply);
        take_elements(list, end, count, limits, reply)
    })?;
    if let Some(popped) = popped.filter(|popped| *popped > 0) {
        call.db
            .changed(key, EventClasses::LIST, pop_event(end), popped as u64);
    }
    Ok(popped)
}

fn take_elements(
    list: &mut List,
    end: End,
    count: usize,
    limits: ListLimits,
    reply: &mut Encoder<'_>,
) -> usize {
    let len = list.len();
    let taken = count.min(len);
    reply.array(taken);
    if taken == 0 {
        return 0;
    }
    let range = match end {
        End::Head => 0..taken,
        End::Tail => len - taken..len,
    };
    list.for_each_from(range.clone(), end, |element| reply_element(reply, element));
    list.remove_range(range, limits);
    taken
}

pub(super) const LMPOP: Command =
    Command::new(Group::List, "lmpop", Arity::AtLeast(4), Keys(lmpop))
        .flags(Flags::WRITE.with(Flags::MOVABLE_KEYS))
        .keys(&[KeySpec::counted(1, 1).flags(KEY_FLAGS)])
        .args(&[
            Arg::integer("numkeys"),
            Arg::key("key").multiple(),
            Arg::one_of("where", ENDS),
            Arg::integer("count").token("COUNT").optional(),
        ])
        .since("7.0.0")
        .cost("O(n + m), n = keys given, m = elements taken")
        .summary("Takes elements from an end of the first of several lists that exists.");

fn lmpop(call: &mut Call) -> CommandResult {
    let (end, count) = parse_several(&call.args, 1)?;
    if !pop_first_of(call, end, count)? {
        call.reply.nil_array();
    }
    Ok(())
}

/// Reads `numkeys key [key …] LEFT|RIGHT [COUNT count]` from argument `index` on: the end and the count.
pub(super) fn parse_several(args: &Args<'_>, index: usize) -> CommandResult<(End, usize)> {
    several::parse(args, index, end)
}

/// Takes up to `count` elements from `end` of the first of the call's lists that exists and replies with its key and
/// them; false, and nothing is replied, when none does.
pub(super) fn pop_first_of(call: &mut Call, end: End, count: usize) -> CommandResult<bool> {
    let patience = call.patience;
    for key in call.args.keys().filter(|key| patience.looks_at(key)) {
        let before = |reply: &mut Encoder<'_>| {
            reply.array(2);
            reply.bulk(key.bytes);
        };
        if let Some(popped) = pop_elements(call, &key, end, count, before)? {
            repeat_pop(call, &key, end, Some(popped));
            return Ok(true);
        }
    }
    Ok(false)
}

/// Has the pop, of one element or of several, repeated as one of this list alone, whatever others there were.
pub(super) fn repeat_pop(call: &mut Call, key: &Key<'_>, end: End, count: Option<usize>) {
    if call.db.wants_effects() {
        let name: &[u8] = match end {
            End::Head => b"LPOP",
            End::Tail => b"RPOP",
        };
        match count {
            None => call.db.repeat(&[name, key.bytes]),
            Some(count) => {
                let count = count.to_string();
                call.db.repeat(&[name, key.bytes, count.as_bytes()]);
            }
        }
    }
}
