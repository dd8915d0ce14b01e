//! Consumer groups and their consumers.

use ferrous_types::Stream;
use ferrous_types::stream::{Group as ConsumerGroup, StreamId};

use super::id;
use crate::args::Args;
use crate::call::{
    Call, Command,
    DataHandler::{Help, Keys},
};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::EventClasses;

const NO_KEY: CommandError = CommandError::fixed(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
);
const BUSY_GROUP: CommandError =
    CommandError::fixed("BUSYGROUP Consumer Group name already exists");
const BAD_ENTRIES_READ: CommandError =
    CommandError::fixed("ERR value for ENTRIESREAD must be positive or -1");

/// The refusal when neither key nor group may be missing.
pub(super) fn no_key_or_group(key: &[u8], group: &[u8]) -> CommandError {
    CommandError::quoting([
        b"NOGROUP No such key '",
        CommandError::shown(key),
        b"' or consumer group '",
        CommandError::shown(group),
        b"'",
    ])
}

/// The refusal when the key is there and the group is not.
pub(super) fn no_group(key: &[u8], group: &[u8]) -> CommandError {
    CommandError::quoting([
        b"NOGROUP No such consumer group '",
        CommandError::shown(group),
        b"' for key name '",
        CommandError::shown(key),
        b"'",
    ])
}

pub(super) const XGROUP: Command = Command::new(Group::Stream, "xgroup", Arity::AtLeast(2), Help)
    .subcommands(&[
        CREATE,
        CREATECONSUMER,
        DELCONSUMER,
        DESTROY,
        XGROUP_HELP,
        SETID,
    ])
    .since("5.0.0")
    .cost("Depends on the subcommand")
    .summary("Manages the consumer groups of a stream.");

const XGROUP_HELP: Command = Command::new(Group::Stream, "help", Arity::Exactly(2), Help)
    .flags(Flags::LOADING.with(Flags::STALE))
    .since("5.0.0")
    .cost("O(1)")
    .summary("Lists the subcommands.");

const ID_ARG: Arg = Arg::one_of(
    "id-selector",
    &[Arg::string("id"), Arg::word("new-id", "$")],
);
const ENTRIES_READ_ARG: Arg = Arg::integer("entriesread").token("ENTRIESREAD").optional();

const CREATE: Command = Command::new(Group::Stream, "create", Arity::AtLeast(5), Keys(create))
    .flags(Flags::DENYOOM.with(Flags::WRITE))
    .keys(&[KeySpec::at(2).flags(KeyFlags::RW.with(KeyFlags::INSERT))])
    .args(&[
        Arg::key("key"),
        Arg::string("group"),
        ID_ARG,
        Arg::word("mkstream", "MKSTREAM").optional(),
        ENTRIES_READ_ARG,
    ])
    .since("5.0.0")
    .history(&[("7.0.0", "Takes `ENTRIESREAD`.")])
    .cost("O(log n), n = groups of the stream")
    .summary("Creates a group that reads on from an identifier.");

/// The options behind the identifier of `CREATE` and `SETID`.
#[derive(Default)]
struct Options {
    make_stream: bool,
    entries_read: Option<u64>,
}

impl Options {
    fn parse(call: &Call, creates: bool) -> CommandResult<Self> {
        let args = &call.args;
        let mut options = Self::default();
        let mut index = 5;
        while index < args.len() {
            if creates && args.is(index, "MKSTREAM") {
                options.make_stream = true;
                index += 1;
            } else if args.is(index, "ENTRIESREAD") && index + 1 < args.len() {
                options.entries_read = match args.int(index + 1)? {
                    -1 => None,
                    read => Some(u64::try_from(read).map_err(|_| BAD_ENTRIES_READ)?),
                };
                index += 2;
            } else {
                return Err(CommandError::subcommand_syntax(args.get(1), "xgroup"));
            }
        }
        Ok(options)
    }
}

/// Refuses options that came more than once, which released servers do not notice before they have found the key.
fn check_count(args: &Args, most: usize) -> CommandResult {
    if args.len() > most {
        return Err(CommandError::subcommand_syntax(args.get(1), "xgroup"));
    }
    Ok(())
}

/// The identifier that argument 4 gives: `$` is the last one of the stream. Only `SETID` knows `-` and `+`.
fn position(text: &[u8], stream: Option<&Stream>, creates: bool) -> CommandResult<StreamId> {
    match text {
        b"-" if !creates => Ok(StreamId::MIN),
        b"+" if !creates => Ok(StreamId::MAX),
        b"$" => Ok(stream.map_or(StreamId::MIN, |stream| stream.log.counters().last_id)),
        text => id::parse(text),
    }
}

fn create(call: &mut Call) -> CommandResult {
    let options = Options::parse(call, true)?;
    let (key, name, text) = (call.args.key(2), call.args.get(3), call.args.get(4));
    let stream = call.db.peek_collection::<Stream>(&key)?;
    if stream.is_none() && !options.make_stream {
        return Err(NO_KEY);
    }
    check_count(&call.args, 8)?;
    let position = position(text, stream, true)?;
    let group = ConsumerGroup::new(position, options.entries_read);
    let add = |stream: &mut Stream| {
        if stream.groups.contains_key(name) {
            return Err(BUSY_GROUP);
        }
        stream.groups.insert(name.into(), group);
        Ok(())
    };
    call.db.edit_or_create(&key, Stream::new, add)??;
    call.db
        .changed(&key, EventClasses::STREAM, "xgroup-create", 1);
    call.reply.ok();
    Ok(())
}

const SETID: Command = Command::new(Group::Stream, "setid", Arity::AtLeast(5), Keys(setid))
    .flags(Flags::WRITE)
    .keys(&[KeySpec::at(2).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
    .args(&[
        Arg::key("key"),
        Arg::string("group"),
        ID_ARG,
        ENTRIES_READ_ARG,
    ])
    .since("5.0.0")
    .history(&[("7.0.0", "Takes `ENTRIESREAD`.")])
    .cost("O(1)")
    .summary("Sets how far a group has read.");

fn setid(call: &mut Call) -> CommandResult {
    let options = Options::parse(call, false)?;
    let (args, text) = (call.args, call.args.get(4));
    edit_group(call, |stream, name| {
        check_count(&args, 7)?;
        let position = position(text, Some(stream), false)?;
        if let Some(group) = stream.groups.get_mut(name) {
            group.set_position(position, options.entries_read);
        }
        Ok(())
    })?;
    let key = call.args.key(2);
    call.db
        .changed(&key, EventClasses::STREAM, "xgroup-setid", 1);
    call.reply.ok();
    Ok(())
}

/// Changes the stream of argument 2, which must have the group that argument 3 names.
fn edit_group<R>(
    call: &mut Call,
    edit: impl FnOnce(&mut Stream, &[u8]) -> CommandResult<R>,
) -> CommandResult<R> {
    let (key, name) = (call.args.key(2), call.args.get(3));
    let edited = call.db.edit::<Stream, _>(&key, |stream| {
        if stream.groups.contains_key(name) {
            edit(stream, name)
        } else {
            Err(no_group(key.bytes, name))
        }
    })?;
    edited.ok_or(NO_KEY)?
}

const DESTROY: Command = Command::new(Group::Stream, "destroy", Arity::Exactly(4), Keys(destroy))
    .flags(Flags::WRITE)
    .keys(&[KeySpec::at(2).flags(KeyFlags::RW.with(KeyFlags::DELETE))])
    .args(&[Arg::key("key"), Arg::string("group")])
    .since("5.0.0")
    .cost("O(n), n = pending entries of the group")
    .summary("Removes a group with its consumers and all that they did not acknowledge.");

fn destroy(call: &mut Call) -> CommandResult {
    let (key, name) = (call.args.key(2), call.args.get(3));
    let removed = call
        .db
        .edit::<Stream, _>(&key, |stream| stream.groups.remove(name).is_some())?;
    let removed = removed.ok_or(NO_KEY)?;
    if removed {
        call.db
            .changed(&key, EventClasses::STREAM, "xgroup-destroy", 1);
        // Those who wait as its consumers are told.
        call.db.ready(&key);
    }
    call.reply.integer(i64::from(removed));
    Ok(())
}

const CREATECONSUMER: Command = Command::new(
    Group::Stream,
    "createconsumer",
    Arity::Exactly(5),
    Keys(createconsumer),
)
.flags(Flags::DENYOOM.with(Flags::WRITE))
.keys(&[KeySpec::at(2).flags(KeyFlags::RW.with(KeyFlags::INSERT))])
.args(&[
    Arg::key("key"),
    Arg::string("group"),
    Arg::string("consumer"),
])
.since("6.2.0")
.cost("O(log n), n = consumers of the group")
.summary("Adds a consumer to a group.");

fn createconsumer(call: &mut Call) -> CommandResult {
    let (consumer, now_ms) = (call.args.get(4), call.db.now_ms());
    let is_new = edit_group(call, |stream, name| {
        let group = stream.groups.get_mut(name);
        Ok(group.is_some_and(|group| group.ensure_consumer(consumer, now_ms).1))
    })?;
    if is_new {
        let key = call.args.key(2);
        let event = "xgroup-createconsumer";
        call.db.changed(&key, EventClasses::STREAM, event, 1);
    }
    call.reply.integer(i64::from(is_new));
    Ok(())
}

const DELCONSUMER: Command = Command::new(
    Group::Stream,
    "delconsumer",
    Arity::Exactly(5),
    Keys(delconsumer),
)
.flags(Flags::WRITE)
.keys(&[KeySpec::at(2).flags(KeyFlags::RW.with(KeyFlags::DELETE))])
.args(&[
    Arg::key("key"),
    Arg::string("group"),
    Arg::string("consumer"),
])
.since("5.0.0")
.cost("O(n), n = pending entries of the consumer")
.summary("Removes a consumer; returns how many entries it had not acknowledged.");

fn delconsumer(call: &mut Call) -> CommandResult {
    let consumer = call.args.get(4);
    let pending = edit_group(call, |stream, name| {
        let group = stream.groups.get_mut(name);
        Ok(group.and_then(|group| group.remove_consumer(consumer)))
    })?;
    if pending.is_some() {
        let key = call.args.key(2);
        let event = "xgroup-delconsumer";
        call.db.changed(&key, EventClasses::STREAM, event, 1);
    }
    call.reply.integer(pending.unwrap_or(0) as i64);
    Ok(())
}
