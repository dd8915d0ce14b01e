//! What a key holds, and how.

use ferrous_types::entry::ValueRef;

use crate::call::{
    Call, Command,
    DataHandler::{Help, Keys},
};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{AccessClock, EntryRef};

const NOT_LFU: CommandError = CommandError::fixed(
    "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
);
const IS_LFU: CommandError = CommandError::fixed(
    "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
);

pub(super) const TYPE: Command =
    Command::new(Group::Generic, "type", Arity::Exactly(2), Keys(r#type))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RO)])
        .args(&[Arg::key("key")])
        .since("1.0.0")
        .cost("O(1)")
        .summary("Returns the type of the value stored at a key.");

fn r#type(call: &mut Call) -> CommandResult {
    let name = call.db.peek(&call.args.key(1)).map_or("none", type_name);
    call.reply.simple(name.as_bytes());
    Ok(())
}

/// The type that `TYPE` and `SCAN … TYPE` know a value by.
pub(super) fn type_name(entry: EntryRef<'_>) -> &'static str {
    match entry.value() {
        ValueRef::Int(_) | ValueRef::Bytes(_) => "string",
        ValueRef::Object(object) => object.type_name(),
    }
}

/// The encoding that `OBJECT ENCODING` shows.
pub fn encoding_name(entry: EntryRef<'_>) -> &'static str {
    match (entry.string_encoding(), entry.object()) {
        (Some(encoding), _) => encoding.name(),
        (None, Some(object)) => object.encoding(),
        (None, None) => unreachable!("a value is a string or an object"),
    }
}

pub(super) const OBJECT: Command = Command::new(Group::Generic, "object", Arity::AtLeast(2), Help)
    .subcommands(&[
        OBJECT_ENCODING,
        OBJECT_FREQ,
        OBJECT_HELP,
        OBJECT_IDLETIME,
        OBJECT_REFCOUNT,
    ])
    .since("2.2.3")
    .cost("Depends on the subcommand")
    .summary("Looks into how a key's value is stored and used.");

const OBJECT_ENCODING: Command = Command::new(
    Group::Generic,
    "encoding",
    Arity::Exactly(3),
    Keys(object_encoding),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(2).flags(KeyFlags::RO)])
.args(&[Arg::key("key")])
.since("2.2.3")
.tips(&["nondeterministic_output"])
.cost("O(1)")
.summary("Returns how the value of a key is stored.");

fn object_encoding(call: &mut Call) -> CommandResult {
    match call.db.peek(&call.args.key(2)) {
        Some(entry) => call.reply.bulk(encoding_name(entry).as_bytes()),
        None => call.reply.nil(),
    }
    Ok(())
}

const OBJECT_FREQ: Command =
    Command::new(Group::Generic, "freq", Arity::Exactly(3), Keys(object_freq))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(2).flags(KeyFlags::RO)])
        .args(&[Arg::key("key")])
        .since("4.0.0")
        .tips(&["nondeterministic_output"])
        .cost("O(1)")
        .summary(
            "Returns the logarithmic counter of accesses to a key, under an LFU eviction policy.",
        );

fn object_freq(call: &mut Call) -> CommandResult {
    reply_usage(call, NOT_LFU, |clock, field| match clock {
        AccessClock::Lru { .. } => None,
        AccessClock::Lfu { .. } => Some(i64::from(clock.frequency(field))),
    })
}

const OBJECT_IDLETIME: Command = Command::new(
    Group::Generic,
    "idletime",
    Arity::Exactly(3),
    Keys(object_idletime),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(2).flags(KeyFlags::RO)])
.args(&[Arg::key("key")])
.since("2.2.3")
.tips(&["nondeterministic_output"])
.cost("O(1)")
.summary("Returns the seconds since the last access to a key.");

fn object_idletime(call: &mut Call) -> CommandResult {
    reply_usage(call, IS_LFU, |clock, field| match clock {
        AccessClock::Lru { .. } => Some(i64::from(clock.idle_seconds(field))),
        AccessClock::Lfu { .. } => None,
    })
}

/// Replies with what `usage` makes of the key's access field, or refuses when the eviction policy keeps no such thing.
fn reply_usage(
    call: &mut Call,
    refusal: CommandError,
    usage: impl FnOnce(AccessClock, u32) -> Option<i64>,
) -> CommandResult {
    let clock = call.db.access_clock();
    match call.db.peek(&call.args.key(2)) {
        Some(entry) => call
            .reply
            .integer(usage(clock, entry.access()).ok_or(refusal)?),
        None => call.reply.nil(),
    }
    Ok(())
}

const OBJECT_REFCOUNT: Command = Command::new(
    Group::Generic,
    "refcount",
    Arity::Exactly(3),
    Keys(object_refcount),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(2).flags(KeyFlags::RO)])
.args(&[Arg::key("key")])
.since("2.2.3")
.tips(&["nondeterministic_output"])
.cost("O(1)")
.summary("Returns how many references there are to the value of a key: always one.");

fn object_refcount(call: &mut Call) -> CommandResult {
    match call.db.peek(&call.args.key(2)) {
        Some(_) => call.reply.integer(1),
        None => call.reply.nil(),
    }
    Ok(())
}

const OBJECT_HELP: Command = Command::new(Group::Generic, "help", Arity::Exactly(2), Help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("6.2.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");
