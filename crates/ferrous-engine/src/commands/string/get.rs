//! Reading whole strings, with or without a change of the key.

use super::options::{Expiry, Options, Taker};
use super::set::{repeat_set, store};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::CommandResult;
use crate::keyspace::{DeadlineChange, EventClasses};

pub(super) const GET: Command = Command::new(Group::String, "get", Arity::Exactly(2), Keys(get))
    .flags(Flags::FAST.with(Flags::READONLY))
    .keys(&[KeySpec::at(1).reads()])
    .args(&[Arg::key("key")])
    .since("1.0.0")
    .cost("O(1)")
    .summary("Returns the string stored at a key.");

fn get(call: &mut Call) -> CommandResult {
    match call.db.text(&call.args.key(1))? {
        Some(text) => call.reply.bulk(&text),
        None => call.reply.nil(),
    }
    Ok(())
}

pub(super) const GETDEL: Command =
    Command::new(Group::String, "getdel", Arity::Exactly(2), Keys(getdel))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::ACCESS.with(KeyFlags::DELETE).with(KeyFlags::RW))])
        .args(&[Arg::key("key")])
        .since("6.2.0")
        .cost("O(1)")
        .summary("Returns the string stored at a key and deletes the key.");

fn getdel(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    get(call)?;
    if call.db.delete(&key) {
        call.db.repeat_deletion(&key, call.limits.lazy_free.deleted);
    }
    Ok(())
}

pub(super) const GETEX: Command =
    Command::new(Group::String, "getex", Arity::AtLeast(2), Keys(getex))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1)
            .modifies()
            .notes("Changes the expiry of the key")])
        .args(&[
            Arg::key("key"),
            Arg::one_of(
                "expiration",
                &[
                    Arg::integer("seconds").token("EX"),
                    Arg::integer("milliseconds").token("PX"),
                    Arg::unix_time("unix-time-seconds").token("EXAT"),
                    Arg::unix_time("unix-time-milliseconds").token("PXAT"),
                    Arg::word("persist", "PERSIST"),
                ],
            )
            .optional(),
        ])
        .since("6.2.0")
        .cost("O(1)")
        .summary("Returns the string stored at a key and changes when the key expires.");

fn getex(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let options = Options::parse(&call.args, 2, Taker::Get)?;
    get(call)?;
    // Of a key that is not there the time is not even looked at.
    if !call.db.exists(&key) {
        return Ok(());
    }
    match options.expiry(call)? {
        Expiry::Unsaid | Expiry::Keep => {}
        Expiry::At(deadline) => call.db.expire_at(&key, deadline),
        Expiry::Persist => {
            if call.db.set_deadline(&key, None) == DeadlineChange::Changed {
                call.db.changed(&key, EventClasses::GENERIC, "persist", 1);
                call.db.repeat(&[b"PERSIST", key.bytes]);
            }
        }
    }
    Ok(())
}

pub(super) const GETSET: Command =
    Command::new(Group::String, "getset", Arity::Exactly(3), Keys(getset))
        .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
        .keys(&[KeySpec::at(1).modifies()])
        .args(&[Arg::key("key"), Arg::string("value")])
        .since("1.0.0")
        .cost("O(1)")
        .summary("Stores a string at a key and returns the one that was there.");

fn getset(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    get(call)?;
    let value = call.args.get(2);
    store(call.db, &key, value, Expiry::Unsaid);
    repeat_set(call.db, &key, value, Expiry::Unsaid);
    Ok(())
}
