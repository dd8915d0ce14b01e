//! Expiries of fields set: the `HEXPIRE` family.

use ferrous_types::Hash;
use ferrous_types::field_map::FieldExpiry;

use super::{fields, repeat_fields, ttl::MISSING};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::expiry::TimeUnit;
use crate::commands::generic::Condition;
use crate::error::CommandResult;
use crate::keyspace::{Db, EventClasses, IntText, Key};

/// The reply for a field whose expiry the condition forbids.
const REFUSED: i64 = 0;
/// The reply for a field that has the expiry now.
const SET: i64 = 1;
/// The reply for a field that is gone, since its expiry had passed.
const DELETED: i64 = 2;

const CONDITION: Arg = Arg::one_of(
    "condition",
    &[
        Arg::word("nx", "NX"),
        Arg::word("xx", "XX"),
        Arg::word("gt", "GT"),
        Arg::word("lt", "LT"),
    ],
)
.optional();

pub(super) const HEXPIRE: Command =
    Command::new(Group::Hash, "hexpire", Arity::AtLeast(6), Keys(hexpire))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
        .args(&[
            Arg::key("key"),
            Arg::integer("seconds"),
            CONDITION,
            fields::FIELDS,
        ])
        .since("9.0.0")
        .cost("O(n), n = fields given")
        .summary("Has fields of a hash expire after some seconds.");

fn hexpire(call: &mut Call) -> CommandResult {
    expire(call, TimeUnit::SECONDS)
}

pub(super) const HPEXPIRE: Command =
    Command::new(Group::Hash, "hpexpire", Arity::AtLeast(6), Keys(hpexpire))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
        .args(&[
            Arg::key("key"),
            Arg::integer("milliseconds"),
            CONDITION.since("9.0.0"),
            fields::FIELDS,
        ])
        .since("9.0.0")
        .cost("O(n), n = fields given")
        .summary("Has fields of a hash expire after some milliseconds.");

fn hpexpire(call: &mut Call) -> CommandResult {
    expire(call, TimeUnit::MILLISECONDS)
}

pub(super) const HEXPIREAT: Command =
    Command::new(Group::Hash, "hexpireat", Arity::AtLeast(6), Keys(hexpireat))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
        .args(&[
            Arg::key("key"),
            Arg::integer("unix-time-seconds"),
            CONDITION.since("9.0.0"),
            fields::FIELDS,
        ])
        .since("9.0.0")
        .cost("O(n), n = fields given")
        .summary("Has fields of a hash expire at a Unix time in seconds.");

fn hexpireat(call: &mut Call) -> CommandResult {
    expire(call, TimeUnit::UNIX_SECONDS)
}

pub(super) const HPEXPIREAT: Command = Command::new(
    Group::Hash,
    "hpexpireat",
    Arity::AtLeast(6),
    Keys(hpexpireat),
)
.flags(Flags::FAST.with(Flags::WRITE))
.keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
.args(&[
    Arg::key("key"),
    Arg::integer("unix-time-milliseconds"),
    CONDITION.since("9.0.0"),
    fields::FIELDS,
])
.since("9.0.0")
.cost("O(n), n = fields given")
.summary("Has fields of a hash expire at a Unix time in milliseconds.");

fn hpexpireat(call: &mut Call) -> CommandResult {
    expire(call, TimeUnit::UNIX_MILLISECONDS)
}

fn expire(call: &mut Call, unit: TimeUnit) -> CommandResult {
    let fields_at = fields::find(&call.args, 3)?;
    let condition = Condition::parse(&call.args, 3..fields_at)?;
    let names = fields::read(&call.args, fields_at, 1)?;
    let deadline = fields::deadline(unit, &call.args, 2, call.db.now_ms(), call.name)?;
    let outcomes = expire_fields(call, names, condition, deadline)?;
    if outcomes.contains(&SET) {
        let at = IntText::new(deadline);
        let head: [&[u8]; 3] = [b"HPEXPIREAT", call.args.get(1), &at];
        repeat_fields(call.db, &head, call.args.from(3));
    }
    call.reply.array(names.len());
    for index in 0..names.len() {
        let outcome = outcomes.get(index).copied();
        call.reply.integer(outcome.unwrap_or(MISSING));
    }
    Ok(())
}

/// Sets the expiry of the fields called `names`, or removes them when it has passed, and tells so; returns what came of
/// each, nothing when there is no hash. What repeats the call is left to the caller unless fields are removed.
fn expire_fields(
    call: &mut Call,
    names: &[&[u8]],
    condition: Condition,
    deadline: i64,
) -> CommandResult<Vec<i64>> {
    let (key, seed, now_ms) = (call.args.key(1), call.db.seed(), call.db.now_ms());
    let outcomes = call.db.edit(&key, |hash: &mut Hash| {
        let mut expire = |name: &[u8]| {
            let current = match hash.expiry(name, now_ms) {
                FieldExpiry::Missing => return MISSING,
                FieldExpiry::Never => None,
                FieldExpiry::At(deadline) => Some(deadline),
            };
            if !condition.allows(current, deadline) {
                REFUSED
            } else if deadline <= now_ms {
                hash.remove(name, now_ms);
                DELETED
            } else {
                hash.set_expiry(name, Some(deadline), now_ms, seed);
                SET
            }
        };
        names.iter().map(|name| expire(name)).collect::<Vec<_>>()
    })?;
    let outcomes = outcomes.unwrap_or_default();
    let of = |wanted| outcomes.iter().filter(move |outcome| **outcome == wanted);
    let (set, deleted) = (of(SET).count() as u64, of(DELETED).count() as u64);
    if set > 0 {
        call.db.changed(&key, EventClasses::HASH, "hexpire", set);
    }
    if deleted > 0 {
        let names = names.iter().zip(&outcomes);
        let names = names.filter(|(_, outcome)| **outcome == DELETED);
        let names: Vec<&[u8]> = names.map(|(name, _)| *name).collect();
        tell_deleted(call.db, &key, &names);
    }
    Ok(outcomes)
}

/// Tells of fields that were removed because they were given an expiry that has passed.
pub(super) fn tell_deleted(db: &mut Db, key: &Key, names: &[&[u8]]) {
    repeat_fields(db, &[b"HDEL", key.bytes], names);
    db.changed(key, EventClasses::HASH, "hexpired", names.len() as u64);
}

/// Sets the expiry of those of the fields called `names` that exist, whatever it was before.
pub(super) fn expire_existing(call: &mut Call, names: &[&[u8]], deadline: i64) -> CommandResult {
    let outcomes = expire_fields(call, names, Condition::default(), deadline)?;
    let set = names.iter().zip(&outcomes);
    let set = set.filter(|(_, outcome)| **outcome == SET);
    let set: Vec<&[u8]> = set.map(|(name, _)| *name).collect();
    if !set.is_empty() {
        let (at, count) = (IntText::new(deadline), IntText::new(set.len() as i64));
        let head: [&[u8]; 5] = [b"HPEXPIREAT", call.args.get(1), &at, b"FIELDS", &count];
        repeat_fields(call.db, &head, &set);
    }
    Ok(())
}
