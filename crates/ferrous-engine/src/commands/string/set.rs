//! Storing whole strings, under conditions and with deadlines.

use super::options::{Condition, Expiry, Options, Taker};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::expiry::TimeUnit;
use crate::error::CommandResult;
use crate::keyspace::{Db, EventClasses, IntText, Key};

/// Stores `value` with the expiry that was asked for, and tells so.
pub(super) fn store(db: &mut Db, key: &Key, value: &[u8], expiry: Expiry) {
    let deadline = match expiry {
        Expiry::Unsaid | Expiry::Persist => None,
        Expiry::Keep => db.deadline(key),
        Expiry::At(deadline) => Some(deadline),
    };
    db.set_text(key, value, deadline);
    db.changed(key, EventClasses::STRING, "set", 1);
    if let Expiry::At(_) = expiry {
        db.notify(EventClasses::GENERIC, "expire", key);
    }
}

/// Has a `SET` of `value` repeated that asks for nothing back and gives the time of expiry as such.
pub(super) fn repeat_set(db: &mut Db, key: &Key, value: &[u8], expiry: Expiry) {
    match expiry {
        Expiry::Unsaid | Expiry::Persist => db.repeat(&[b"SET", key.bytes, value]),
        Expiry::Keep => db.repeat(&[b"SET", key.bytes, value, b"KEEPTTL"]),
        Expiry::At(deadline) => {
            let deadline = IntText::new(deadline);
            db.repeat(&[b"SET", key.bytes, value, b"PXAT", &deadline]);
        }
    }
}

pub(super) const SET: Command = Command::new(Group::String, "set", Arity::AtLeast(3), Keys(set))
    .flags(Flags::DENYOOM.with(Flags::WRITE))
    .keys(&[KeySpec::at(1)
        .modifies()
        .flags(KeyFlags::VARIABLE)
        .notes("Reads the key too when `GET` is given")])
    .key_use(set_key_use)
    .args(&[
        Arg::key("key"),
        Arg::string("value"),
        Arg::one_of(
            "condition",
            &[
                Arg::word("nx", "NX").since("2.6.12"),
                Arg::word("xx", "XX").since("2.6.12"),
                Arg::string("comparison-value").token("IFEQ").since("8.1.0"),
            ],
        )
        .optional(),
        Arg::word("get", "GET").optional().since("6.2.0"),
        Arg::one_of(
            "expiration",
            &[
                Arg::integer("seconds").token("EX").since("2.6.12"),
                Arg::integer("milliseconds").token("PX").since("2.6.12"),
                Arg::unix_time("unix-time-seconds")
                    .token("EXAT")
                    .since("6.2.0"),
                Arg::unix_time("unix-time-milliseconds")
                    .token("PXAT")
                    .since("6.2.0"),
                Arg::word("keepttl", "KEEPTTL").since("6.0.0"),
            ],
        )
        .optional(),
    ])
    .since("1.0.0")
    .history(&[
        ("2.6.12", "Takes `EX`, `PX`, `NX` and `XX`."),
        ("6.0.0", "Takes `KEEPTTL`."),
        ("6.2.0", "Takes `GET`, `EXAT` and `PXAT`."),
        ("7.0.0", "`GET` goes together with `NX`."),
        ("8.1.0", "Takes `IFEQ`."),
    ])
    .cost("O(1)")
    .summary(
        "Stores a string at a key, whatever the key held before, unless a condition forbids it.",
    );

/// With `GET` the old value is read, without it is only overwritten.
fn set_key_use(argv: &[&[u8]]) -> KeyFlags {
    let reads = argv
        .iter()
        .skip(3)
        .any(|word| word.eq_ignore_ascii_case(b"GET"));
    if reads {
        KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::UPDATE)
    } else {
        KeyFlags::OW.with(KeyFlags::UPDATE)
    }
}

fn set(call: &mut Call) -> CommandResult {
    let (key, value) = (call.args.key(1), call.args.get(2));
    if call.args.len() == 3 {
        store(call.db, &key, value, Expiry::Unsaid);
        call.reply.ok();
        return Ok(());
    }
    let options = Options::parse(&call.args, 3, Taker::Set)?;
    let expiry = options.expiry(call)?;
    if options.get {
        match call.db.text(&key)? {
            Some(text) => call.reply.bulk(&text),
            None => call.reply.nil(),
        }
    }
    let holds = options.condition.holds(call.db, &key)?;
    if holds {
        store(call.db, &key, value, expiry);
        if options.asks_for_value() || matches!(expiry, Expiry::At(_)) {
            repeat_set(call.db, &key, value, expiry);
        }
    }
    match (options.get, holds) {
        (true, _) => {}
        (false, true) => call.reply.ok(),
        (false, false) => call.reply.nil(),
    }
    Ok(())
}

pub(super) const SETNX: Command =
    Command::new(Group::String, "setnx", Arity::Exactly(3), Keys(setnx))
        .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::INSERT.with(KeyFlags::OW))])
        .args(&[Arg::key("key"), Arg::string("value")])
        .since("1.0.0")
        .cost("O(1)")
        .summary("Stores a string at a key that does not exist.");

fn setnx(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let absent = !call.db.exists(&key);
    if absent {
        store(call.db, &key, call.args.get(2), Expiry::Unsaid);
    }
    call.reply.integer(i64::from(absent));
    Ok(())
}

pub(super) const SETEX: Command =
    Command::new(Group::String, "setex", Arity::Exactly(4), Keys(setex))
        .flags(Flags::DENYOOM.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).overwrites()])
        .args(&[
            Arg::key("key"),
            Arg::integer("seconds"),
            Arg::string("value"),
        ])
        .since("2.0.0")
        .cost("O(1)")
        .summary("Stores a string at a key that expires after some seconds.");

fn setex(call: &mut Call) -> CommandResult {
    set_for(call, TimeUnit::SECONDS)
}

pub(super) const PSETEX: Command =
    Command::new(Group::String, "psetex", Arity::Exactly(4), Keys(psetex))
        .flags(Flags::DENYOOM.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).overwrites()])
        .args(&[
            Arg::key("key"),
            Arg::integer("milliseconds"),
            Arg::string("value"),
        ])
        .since("2.6.0")
        .cost("O(1)")
        .summary("Stores a string at a key that expires after some milliseconds.");

fn psetex(call: &mut Call) -> CommandResult {
    set_for(call, TimeUnit::MILLISECONDS)
}

fn set_for(call: &mut Call, unit: TimeUnit) -> CommandResult {
    let (key, value) = (call.args.key(1), call.args.get(3));
    let deadline = unit.deadline(&call.args, 2, call.db.now_ms(), call.name)?;
    store(call.db, &key, value, Expiry::At(deadline));
    repeat_set(call.db, &key, value, Expiry::At(deadline));
    call.reply.ok();
    Ok(())
}

pub(super) const DELIFEQ: Command =
    Command::new(Group::String, "delifeq", Arity::Exactly(3), Keys(delifeq))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::DELETE.with(KeyFlags::RM))])
        .args(&[Arg::key("key"), Arg::string("value")])
        .since("9.0.0")
        .cost("O(1)")
        .summary("Deletes a key that holds the given string.");

fn delifeq(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let equal = Condition::Equals(call.args.get(2)).holds(call.db, &key)?;
    if equal {
        call.db.delete(&key);
        call.db.repeat_deletion(&key, call.limits.lazy_free.deleted);
    }
    call.reply.integer(i64::from(equal));
    Ok(())
}
