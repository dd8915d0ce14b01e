//! Reading whole strings, with or without a change of the key.

use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::expiry::TimeUnit;
use crate::error::{CommandError, CommandResult};

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
    if call.db.remove(&key) {
        call.db.dirty(1);
    }
    Ok(())
}

pub(super) const GETEX: Command =
    Command::new(Group::String, "getex", Arity::AtLeast(2), Keys(getex))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1)
            .modifies()
            .notes("RW and UPDATE because it changes the TTL")])
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
    let change = ExpiryChange::parse(&call.args, call.db.now_ms(), call.name)?;
    get(call)?;
    let deadline = match change {
        ExpiryChange::Keep => return Ok(()),
        ExpiryChange::Persist => None,
        ExpiryChange::At(deadline) => Some(deadline),
    };
    if call.db.set_deadline(&key, deadline).is_changed() {
        call.db.dirty(1);
    }
    Ok(())
}

/// What the options of `GETEX` ask for.
enum ExpiryChange {
    /// Nothing.
    Keep,
    /// That the key never expires.
    Persist,
    /// That it expires at this time, in ms since the epoch.
    At(i64),
}

impl ExpiryChange {
    fn parse(args: &Args<'_>, now_ms: i64, name: &str) -> CommandResult<Self> {
        match args.len() {
            2 => Ok(Self::Keep),
            3 if args.is(2, "PERSIST") => Ok(Self::Persist),
            4 => {
                let unit = TimeUnit::of_option(args.get(2)).ok_or(CommandError::SYNTAX)?;
                Ok(Self::At(unit.deadline(args, 3, now_ms, name)?))
            }
            _ => Err(CommandError::SYNTAX),
        }
    }
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
    call.db.set_text(&key, call.args.get(2), None);
    call.db.dirty(1);
    Ok(())
}
