//! Several strings at once.

use super::options::{Condition, Expiry, Options, Taker};
use super::set::store;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::IntText;

pub(super) const MGET: Command = Command::new(Group::String, "mget", Arity::AtLeast(2), Keys(mget))
    .flags(Flags::FAST.with(Flags::READONLY))
    .keys(&[KeySpec::range(1, -1, 1).reads()])
    .args(&[Arg::key("key").multiple()])
    .since("1.0.0")
    .tips(&["request_policy:multi_shard"])
    .cost("O(n), n = keys")
    .summary("Returns the strings stored at several keys.");

fn mget(call: &mut Call) -> CommandResult {
    let keys = call.args.keys();
    call.reply.array(keys.len());
    for key in keys {
        match call.db.text(&key) {
            Ok(Some(text)) => call.reply.bulk(&text),
            // A key of another type counts as absent.
            Ok(None) | Err(_) => call.reply.nil(),
        }
    }
    Ok(())
}

pub(super) const MSET: Command = Command::new(Group::String, "mset", Arity::AtLeast(3), Keys(mset))
    .flags(Flags::DENYOOM.with(Flags::WRITE))
    .keys(&[KeySpec::range(1, -1, 2).overwrites()])
    .args(&[Arg::block("data", &[Arg::key("key"), Arg::string("value")]).multiple()])
    .since("1.0.1")
    .tips(&[
        "request_policy:multi_shard",
        "response_policy:all_succeeded",
    ])
    .cost("O(n), n = keys")
    .summary("Stores several strings at several keys, all at once.");

fn mset(call: &mut Call) -> CommandResult {
    check_pairs(call)?;
    store_all(call, 2, Expiry::Unsaid);
    call.reply.ok();
    Ok(())
}

pub(super) const MSETNX: Command =
    Command::new(Group::String, "msetnx", Arity::AtLeast(3), Keys(msetnx))
        .flags(Flags::DENYOOM.with(Flags::WRITE))
        .keys(&[KeySpec::range(1, -1, 2).flags(KeyFlags::INSERT.with(KeyFlags::OW))])
        .args(&[Arg::block("data", &[Arg::key("key"), Arg::string("value")]).multiple()])
        .since("1.0.1")
        .cost("O(n), n = keys")
        .summary("Stores several strings at several keys, provided that none of the keys exists.");

fn msetnx(call: &mut Call) -> CommandResult {
    check_pairs(call)?;
    let free = all_keys(call, false);
    if free {
        store_all(call, 2, Expiry::Unsaid);
    }
    call.reply.integer(i64::from(free));
    Ok(())
}

pub(super) const MSETEX: Command =
    Command::new(Group::String, "msetex", Arity::AtLeast(4), Keys(msetex))
        .flags(Flags::DENYOOM.with(Flags::MOVABLE_KEYS).with(Flags::WRITE))
        .keys(&[KeySpec::counted(1, 2).overwrites()])
        .args(&[
            Arg::integer("numkeys"),
            Arg::block("data", &[Arg::key("key"), Arg::string("value")]).multiple(),
            Arg::one_of("condition", &[Arg::word("nx", "NX"), Arg::word("xx", "XX")]).optional(),
            Arg::one_of(
                "expiration",
                &[
                    Arg::integer("seconds").token("EX"),
                    Arg::integer("milliseconds").token("PX"),
                    Arg::unix_time("unix-time-seconds").token("EXAT"),
                    Arg::unix_time("unix-time-milliseconds").token("PXAT"),
                    Arg::word("keepttl", "KEEPTTL"),
                ],
            )
            .optional(),
        ])
        .since("9.1.0")
        .tips(&[
            "request_policy:multi_shard",
            "response_policy:all_succeeded",
        ])
        .cost("O(n), n = keys")
        .summary("Stores several strings at several keys under a common condition and expiry.");

fn msetex(call: &mut Call) -> CommandResult {
    let pairs = call
        .args
        .int(1)
        .ok()
        .filter(|pairs| (1..=i64::from(i32::MAX)).contains(pairs));
    let pairs = pairs.ok_or(CommandError::fixed(
        "ERR invalid numkeys value or out of range",
    ))? as usize;
    let options_at = pairs.checked_mul(2).and_then(|args| args.checked_add(2));
    let options_at = options_at
        .filter(|at| *at <= call.args.len())
        .ok_or_else(|| CommandError::fixed("ERR wrong number of key-value pairs"))?;
    let options = Options::parse(&call.args, options_at, Taker::MultiSet)?;
    let expiry = options.expiry(call)?;
    let holds = match options.condition {
        Condition::Absent => all_keys(call, false),
        Condition::Present => all_keys(call, true),
        Condition::Always | Condition::Equals(_) => true,
    };
    if holds {
        store_all(call, 3, expiry);
        if let Expiry::At(deadline) = expiry {
            repeat_with_deadline(call, options_at, deadline);
        }
    }
    call.reply.integer(i64::from(holds));
    Ok(())
}

/// Has the call repeated with its condition left out and the time of expiry as such: `pairs_end` is the index past the
/// last value.
fn repeat_with_deadline(call: &mut Call, pairs_end: usize, deadline: i64) {
    if call.db.wants_effects() {
        let deadline = IntText::new(deadline);
        let mut argv = call.args.all()[..pairs_end].to_vec();
        argv.extend([b"PXAT".as_slice(), &deadline]);
        call.db.repeat(&argv);
    }
}

fn check_pairs(call: &Call) -> CommandResult {
    if call.args.len().is_multiple_of(2) {
        return Err(CommandError::arity(call.name));
    }
    Ok(())
}

/// True when every key exists, or when none does.
fn all_keys(call: &mut Call, exist: bool) -> bool {
    call.args.keys().all(|key| call.db.exists(&key) == exist)
}

/// Stores each key's value, the first of which is argument `first`; a key that is named twice ends up with its last value.
fn store_all(call: &mut Call, first: usize, expiry: Expiry) {
    let values = call.args.from(first).iter().step_by(2);
    for (key, value) in call.args.keys().zip(values) {
        store(call.db, &key, value, expiry);
    }
}
