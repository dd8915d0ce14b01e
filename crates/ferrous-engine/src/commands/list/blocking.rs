//! Taking elements, and waiting for them where there are none.

use ferrous_resp::Encoder;
use ferrous_types::list::End;

use super::pop::{KEY_FLAGS, parse_several, pop_element, pop_first_of, repeat_pop};
use super::transfer::{KEYS, move_element};
use super::{ENDS, end};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::CommandResult;
use crate::wait::{Awaited, Nothing, Wait, timeout_of_seconds};

/// The change of the timeout that most of these commands saw.
const TIMEOUT_HISTORY: &[(&str, &str)] = &[("6.0.0", "The timeout may have fractions.")];

const POP_ARGS: &[Arg] = &[Arg::key("key").multiple(), Arg::double("timeout")];

pub(super) const BLPOP: Command =
    Command::new(Group::List, "blpop", Arity::AtLeast(3), Keys(blpop))
        .flags(Flags::WRITE.with(Flags::BLOCKING))
        .keys(&[KeySpec::range(1, -2, 1).flags(KEY_FLAGS)])
        .args(POP_ARGS)
        .since("2.0.0")
        .history(TIMEOUT_HISTORY)
        .cost("O(n), n = keys given")
        .summary("Takes the first element of the first list that has any, and waits for one.");

fn blpop(call: &mut Call) -> CommandResult {
    pop(call, End::Head)
}

pub(super) const BRPOP: Command =
    Command::new(Group::List, "brpop", Arity::AtLeast(3), Keys(brpop))
        .flags(Flags::WRITE.with(Flags::BLOCKING))
        .keys(&[KeySpec::range(1, -2, 1).flags(KEY_FLAGS)])
        .args(POP_ARGS)
        .since("2.0.0")
        .history(TIMEOUT_HISTORY)
        .cost("O(n), n = keys given")
        .summary("Takes the last element of the first list that has any, and waits for one.");

fn brpop(call: &mut Call) -> CommandResult {
    pop(call, End::Tail)
}

fn pop(call: &mut Call, end: End) -> CommandResult {
    let timeout_ms = timeout_of_seconds(call.args.get(call.args.len() - 1))?;
    let patience = call.patience;
    for key in call.args.keys().filter(|key| patience.looks_at(key)) {
        let before = |reply: &mut Encoder<'_>| {
            reply.array(2);
            reply.bulk(key.bytes);
        };
        if pop_element(call, &key, end, before)? {
            repeat_pop(call, &key, end, None);
            return Ok(());
        }
    }
    wait_for_list(call, usize::MAX, timeout_ms, Nothing::NilArray);
    Ok(())
}

/// Waits for a list at one of the call's first `keys` keys.
fn wait_for_list(call: &mut Call, keys: usize, timeout_ms: u64, nothing: Nothing) {
    call.wait(Wait {
        awaited: Awaited::List,
        keys,
        timeout_ms,
        nothing,
        argv: None,
    });
}

pub(super) const BLMPOP: Command =
    Command::new(Group::List, "blmpop", Arity::AtLeast(5), Keys(blmpop))
        .flags(Flags::WRITE.with(Flags::BLOCKING).with(Flags::MOVABLE_KEYS))
        .keys(&[KeySpec::counted(2, 1).flags(KEY_FLAGS)])
        .args(&[
            Arg::double("timeout"),
            Arg::integer("numkeys"),
            Arg::key("key").multiple(),
            Arg::one_of("where", ENDS),
            Arg::integer("count").token("COUNT").optional(),
        ])
        .since("7.0.0")
        .cost("O(n + m), n = keys given, m = elements taken")
        .summary("Takes elements from an end of the first list that has any, and waits for them.");

fn blmpop(call: &mut Call) -> CommandResult {
    let (end, count) = parse_several(&call.args, 2)?;
    let timeout_ms = timeout_of_seconds(call.args.get(1))?;
    if !pop_first_of(call, end, count)? {
        wait_for_list(call, usize::MAX, timeout_ms, Nothing::NilArray);
    }
    Ok(())
}

pub(super) const BLMOVE: Command =
    Command::new(Group::List, "blmove", Arity::Exactly(6), Keys(blmove))
        .flags(Flags::WRITE.with(Flags::DENYOOM).with(Flags::BLOCKING))
        .keys(KEYS)
        .args(&[
            Arg::key("source"),
            Arg::key_of("destination", 1),
            Arg::one_of("wherefrom", ENDS),
            Arg::one_of("whereto", ENDS),
            Arg::double("timeout"),
        ])
        .since("6.2.0")
        .cost("O(1)")
        .summary("Moves an element from an end of a list to an end of another, and waits for one.");

fn blmove(call: &mut Call) -> CommandResult {
    let ends = (end(&call.args, 3)?, end(&call.args, 4)?);
    move_or_wait(call, ends, 5)
}

pub(super) const BRPOPLPUSH: Command = Command::new(
    Group::List,
    "brpoplpush",
    Arity::Exactly(4),
    Keys(brpoplpush),
)
.flags(Flags::WRITE.with(Flags::DENYOOM).with(Flags::BLOCKING))
.keys(KEYS)
.args(&[
    Arg::key("source"),
    Arg::key_of("destination", 1),
    Arg::double("timeout"),
])
.since("2.2.0")
.history(TIMEOUT_HISTORY)
.deprecated("6.2.0", "`BLMOVE` with the `RIGHT` and `LEFT` arguments")
.cost("O(1)")
.summary("Moves the last element of a list in front of another, and waits for one.");

fn brpoplpush(call: &mut Call) -> CommandResult {
    move_or_wait(call, (End::Tail, End::Head), 3)
}

/// Moves an element as `ends` say; argument `timeout_at` says how long it is waited for.
fn move_or_wait(call: &mut Call, ends: (End, End), timeout_at: usize) -> CommandResult {
    let timeout_ms = timeout_of_seconds(call.args.get(timeout_at))?;
    let (from, to) = (call.args.key(1), call.args.key(2));
    if !move_element(call, (&from, &to), ends)? {
        wait_for_list(call, 1, timeout_ms, Nothing::Nil);
        return Ok(());
    }
    if call.db.wants_effects() {
        let side = |end| match end {
            End::Head => b"LEFT".as_slice(),
            End::Tail => b"RIGHT",
        };
        let (taken_from, put_at) = (side(ends.0), side(ends.1));
        call.db
            .repeat(&[b"LMOVE", from.bytes, to.bytes, taken_from, put_at]);
    }
    Ok(())
}
