//! Storing whole strings, under conditions and with deadlines.

use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::expiry::TimeUnit;
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{Db, Key};

/// What must hold of the key for it to be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Condition<'a> {
    /// Nothing.
    #[default]
    Always,
    /// It does not exist.
    Absent,
    /// It exists.
    Present,
    /// It holds this string.
    Equals(&'a [u8]),
}

/// When the key expires from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Expiry {
    /// Never.
    #[default]
    Never,
    /// When it did before.
    Keep,
    /// At this time, in ms since the epoch.
    At(i64),
}

/// The options that `SET` and `MSETEX` take after their values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SetOptions<'a> {
    pub(super) condition: Condition<'a>,
    pub(super) expiry: Expiry,
    pub(super) get: bool,
}

impl<'a> SetOptions<'a> {
    /// Reads the options from argument `index` on. `SET` alone knows `GET` and `IFEQ`.
    pub(super) fn parse(
        args: &Args<'a>,
        mut index: usize,
        is_set: bool,
        now_ms: i64,
        name: &str,
    ) -> CommandResult<Self> {
        let mut options = Self::default();
        while let Some(word) = args.try_get(index) {
            let follows = index + 1 < args.len();
            let unconditional = options.condition == Condition::Always;
            let no_expiry = options.expiry == Expiry::Never;
            if args.is(index, "NX") && unconditional {
                options.condition = Condition::Absent;
            } else if args.is(index, "XX") && unconditional {
                options.condition = Condition::Present;
            } else if args.is(index, "GET") && is_set {
                options.get = true;
            } else if args.is(index, "IFEQ") && is_set && unconditional && follows {
                options.condition = Condition::Equals(args.get(index + 1));
                index += 1;
            } else if args.is(index, "KEEPTTL") && no_expiry {
                options.expiry = Expiry::Keep;
            } else if let Some(unit) = TimeUnit::of_option(word).filter(|_| no_expiry && follows) {
                options.expiry = Expiry::At(unit.deadline(args, index + 1, now_ms, name)?);
                index += 1;
            } else {
                return Err(CommandError::SYNTAX);
            }
            index += 1;
        }
        Ok(options)
    }
}

impl Condition<'_> {
    /// True when it holds of `key`. What a key equals is asked of strings only.
    fn holds(self, db: &mut Db, key: &Key) -> CommandResult<bool> {
        Ok(match self {
            Self::Always => true,
            Self::Absent => !db.exists(key),
            Self::Present => db.exists(key),
            Self::Equals(expected) => db.peek_text(key)?.is_some_and(|text| *text == *expected),
        })
    }
}

/// Stores `value` with the expiry that was asked for.
pub(super) fn store(db: &mut Db, key: &Key, value: &[u8], expiry: Expiry) {
    let deadline = match expiry {
        Expiry::Never => None,
        Expiry::Keep => db.deadline(key),
        Expiry::At(deadline) => Some(deadline),
    };
    db.set_text(key, value, deadline);
    db.dirty(1);
}

pub(super) const SET: Command = Command::new(Group::String, "set", Arity::AtLeast(3), Keys(set))
    .flags(Flags::DENYOOM.with(Flags::WRITE))
    .keys(&[KeySpec::at(1)
        .modifies()
        .flags(KeyFlags::VARIABLE)
        .notes("RW and ACCESS due to the optional `GET` argument")])
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
        ("2.6.12", "Added the `EX`, `PX`, `NX` and `XX` options."),
        ("6.0.0", "Added the `KEEPTTL` option."),
        ("6.2.0", "Added the `GET`, `EXAT` and `PXAT` option."),
        (
            "7.0.0",
            "Allowed the `NX` and `GET` options to be used together.",
        ),
        ("8.1.0", "Added the `IFEQ` option."),
    ])
    .cost("O(1)")
    .summary(
        "Stores a string at a key, whatever the key held before, unless a condition forbids it.",
    );

fn set(call: &mut Call) -> CommandResult {
    let (key, value) = (call.args.key(1), call.args.get(2));
    if call.args.len() == 3 {
        store(call.db, &key, value, Expiry::Never);
        call.reply.ok();
        return Ok(());
    }
    let options = SetOptions::parse(&call.args, 3, true, call.db.now_ms(), call.name)?;
    if options.get {
        match call.db.text(&key)? {
            Some(text) => call.reply.bulk(&text),
            None => call.reply.nil(),
        }
    }
    let holds = options.condition.holds(call.db, &key)?;
    if holds {
        store(call.db, &key, value, options.expiry);
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
        store(call.db, &key, call.args.get(2), Expiry::Never);
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
    let deadline = unit.deadline(&call.args, 2, call.db.now_ms(), call.name)?;
    store(
        call.db,
        &call.args.key(1),
        call.args.get(3),
        Expiry::At(deadline),
    );
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
        call.db.remove(&key);
        call.db.dirty(1);
    }
    call.reply.integer(i64::from(equal));
    Ok(())
}
