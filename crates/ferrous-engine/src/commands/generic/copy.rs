//! Keys renamed, copied and moved.

use ferrous_types::entry::{Buffer, StringEncoding, Value, ValueRef};
use ferrous_types::hash::Seed;

use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{EntryRef, EventClasses, ObjectEntry, ObjectRef};

pub(super) const RENAME: Command =
    Command::new(Group::Generic, "rename", Arity::Exactly(3), Keys(rename))
        .flags(Flags::WRITE)
        .keys(&[
            KeySpec::at(1).flags(KeyFlags::ACCESS.with(KeyFlags::DELETE).with(KeyFlags::RW)),
            KeySpec::at(2).overwrites(),
        ])
        .args(&[Arg::key("key"), Arg::key_of("newkey", 1)])
        .since("1.0.0")
        .cost("O(1)")
        .summary("Renames a key; a key that has the new name already is overwritten.");

fn rename(call: &mut Call) -> CommandResult {
    rename_unless_taken(call, false)?;
    call.reply.ok();
    Ok(())
}

pub(super) const RENAMENX: Command = Command::new(
    Group::Generic,
    "renamenx",
    Arity::Exactly(3),
    Keys(renamenx),
)
.flags(Flags::FAST.with(Flags::WRITE))
.keys(&[
    KeySpec::at(1).flags(KeyFlags::ACCESS.with(KeyFlags::DELETE).with(KeyFlags::RW)),
    KeySpec::at(2).flags(KeyFlags::INSERT.with(KeyFlags::OW)),
])
.args(&[Arg::key("key"), Arg::key_of("newkey", 1)])
.since("1.0.0")
.history(&[("3.2.0", "A key may be renamed to its own name.")])
.cost("O(1)")
.summary("Renames a key, provided that the new name is free.");

fn renamenx(call: &mut Call) -> CommandResult {
    let renamed = rename_unless_taken(call, true)?;
    call.reply.integer(i64::from(renamed));
    Ok(())
}

/// Renames, unless the new name is taken and that matters; true when it did.
fn rename_unless_taken(call: &mut Call, matters: bool) -> CommandResult<bool> {
    let (from, to) = (call.args.key(1), call.args.key(2));
    if !call.db.exists(&from) {
        return Err(CommandError::NO_SUCH_KEY);
    }
    if from == to {
        return Ok(!matters);
    }
    if matters && call.db.exists(&to) {
        return Ok(false);
    }
    if let Some(entry) = call.db.take(&from) {
        call.db.remove(&to);
        call.db.put(&to, entry.renamed(to.bytes));
        call.db.modified(&from);
        call.db.notify(EventClasses::GENERIC, "rename_from", &from);
        call.db.changed(&to, EventClasses::GENERIC, "rename_to", 1);
    }
    Ok(true)
}

pub(super) const COPY: Command =
    Command::new(Group::Generic, "copy", Arity::AtLeast(3), Keys(copy))
        .flags(Flags::DENYOOM.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).reads(), KeySpec::at(2).overwrites()])
        .args(&[
            Arg::key("source"),
            Arg::key_of("destination", 1),
            Arg::integer("destination-db").token("DB").optional(),
            Arg::word("replace", "REPLACE").optional(),
        ])
        .since("6.2.0")
        .cost("O(n), n = size of the value")
        .summary(
            "Copies a key's value and expiry to another key, in the same database or another.",
        );

fn copy(call: &mut Call) -> CommandResult {
    let (from, to) = (call.args.key(1), call.args.key(2));
    let here = call.db.index();
    let (there, replace) = copy_options(&call.args, here, call.db.databases())?;
    if from == to && here == there {
        return Err(CommandError::SAME_OBJECT);
    }
    let (seed, lending) = (call.db.seed(), call.db.lending());
    let copy = call.db.read(&from).map(|entry| {
        lending.announce(entry.object().map_or(0, ObjectRef::free_effort));
        copy_of(entry, to.bytes, seed)
    });
    let Some(copy) = copy else {
        call.reply.integer(0);
        return Ok(());
    };
    call.db.select(there);
    let free = replace || !call.db.exists(&to);
    if free {
        call.db.remove(&to);
        call.db.put(&to, copy);
        call.db.changed(&to, EventClasses::GENERIC, "copy_to", 1);
    }
    call.reply.integer(i64::from(free));
    Ok(())
}

/// The same value and expiry under another key.
fn copy_of(entry: EntryRef<'_>, key: &[u8], seed: Seed) -> ObjectEntry {
    let value = match entry.value() {
        ValueRef::Int(int) => Value::Int(int),
        ValueRef::Bytes(bytes) if entry.string_encoding() == Some(StringEncoding::Raw) => {
            Value::Buffer(Buffer::new(bytes))
        }
        ValueRef::Bytes(bytes) => Value::Bytes(bytes),
        ValueRef::Object(object) => Value::Object(object.duplicate(seed)),
    };
    let mut copy = ObjectEntry::new(key, value, entry.expire_at_ms());
    copy.view_mut().set_access(entry.access());
    copy
}

/// The target database, and whether to overwrite.
fn copy_options(args: &Args<'_>, here: usize, databases: usize) -> CommandResult<(usize, bool)> {
    let (mut there, mut replace) = (here, false);
    let mut index = 3;
    while index < args.len() {
        if args.is(index, "REPLACE") {
            replace = true;
        } else if args.is(index, "DB") && index + 1 < args.len() {
            index += 1;
            there = database(args, index, databases)?;
        } else {
            return Err(CommandError::SYNTAX);
        }
        index += 1;
    }
    Ok((there, replace))
}

/// Argument `index` as the number of one of the databases.
fn database(args: &Args<'_>, index: usize, databases: usize) -> CommandResult<usize> {
    let number = args.int32(index)?;
    usize::try_from(number)
        .ok()
        .filter(|number| *number < databases)
        .ok_or(CommandError::DB_INDEX)
}

pub(super) const MOVE: Command =
    Command::new(Group::Generic, "move", Arity::Exactly(3), Keys(r#move))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).modifies()])
        .args(&[Arg::key("key"), Arg::integer("db")])
        .since("1.0.0")
        .cost("O(1)")
        .summary("Moves a key to another database.");

fn r#move(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let here = call.db.index();
    let there = database(&call.args, 2, call.db.databases())?;
    if here == there {
        return Err(CommandError::SAME_OBJECT);
    }
    call.db.select(there);
    let taken = call.db.exists(&key);
    call.db.select(here);
    let moved = if taken { None } else { call.db.take(&key) };
    call.reply.integer(i64::from(moved.is_some()));
    if let Some(entry) = moved {
        call.db.select(there);
        call.db.put(&key, entry);
        call.db.modified(&key);
        call.db.select(here);
        call.db.changed(&key, EventClasses::GENERIC, "move_from", 1);
        call.db.select(there);
        call.db.notify(EventClasses::GENERIC, "move_to", &key);
    }
    Ok(())
}
