//! Counting in fields.

use ferrous_types::Hash;
use ferrous_types::field_map::{FieldExpiry, IncrementError, NewExpiry};
use ferrous_types::number::LongDouble;

use super::{overdue, tell_overdue};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{Db, EventClasses, IntText, Key};

const NOT_INTEGER: CommandError = CommandError::fixed("ERR hash value is not an integer");
const NOT_FLOAT: CommandError = CommandError::fixed("ERR hash value is not a float");
const INFINITE: CommandError = CommandError::fixed("ERR value is NaN or Infinity");

pub(super) const HINCRBY: Command =
    Command::new(Group::Hash, "hincrby", Arity::Exactly(4), Keys(hincrby))
        .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
        .keys(&[KeySpec::at(1).modifies()])
        .args(&[
            Arg::key("key"),
            Arg::string("field"),
            Arg::integer("increment"),
        ])
        .since("2.0.0")
        .cost("O(1)")
        .summary("Adds to the integer in a field of a hash; an absent field counts as 0.");

fn hincrby(call: &mut Call) -> CommandResult {
    let (key, name, increment) = (call.args.key(1), call.args.get(2), call.args.int(3)?);
    let (limits, seed, now_ms) = (&call.limits.hash, call.db.seed(), call.db.now_ms());
    let (sum, old) = call.db.edit_or_create(&key, Hash::new, |hash: &mut Hash| {
        let old = OldField::of(hash, name, now_ms);
        let sum = hash.increment(name, increment, now_ms, limits, seed);
        (sum, old)
    })?;
    let sum = sum.map_err(|error| match error {
        IncrementError::NotAnInteger => NOT_INTEGER,
        IncrementError::Overflow => CommandError::OVERFLOW,
    })?;
    if old != OldField::Lasting {
        tell_set(call.db, &key, name, &IntText::new(sum), old);
    }
    call.db.changed(&key, EventClasses::HASH, "hincrby", 1);
    call.reply.integer(sum);
    Ok(())
}

pub(super) const HINCRBYFLOAT: Command = Command::new(
    Group::Hash,
    "hincrbyfloat",
    Arity::Exactly(4),
    Keys(hincrbyfloat),
)
.flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
.keys(&[KeySpec::at(1).modifies()])
.args(&[
    Arg::key("key"),
    Arg::string("field"),
    Arg::double("increment"),
])
.since("2.6.0")
.cost("O(1)")
.summary("Adds to the floating-point number in a field of a hash; an absent field counts as 0.");

fn hincrbyfloat(call: &mut Call) -> CommandResult {
    let (key, name) = (call.args.key(1), call.args.get(2));
    let increment = LongDouble::parse(call.args.get(3)).ok_or(CommandError::NOT_FLOAT)?;
    increment.checked_add(LongDouble::from(0)).ok_or(INFINITE)?;
    let (limits, seed, now_ms) = (&call.limits.hash, call.db.seed(), call.db.now_ms());
    let (text, old) = call
        .db
        .edit_or_create(&key, Hash::new, |hash: &mut Hash| {
            let old = OldField::of(hash, name, now_ms);
            let text = add(hash, name, increment, now_ms)?;
            hash.insert(name, text.as_bytes(), NewExpiry::Keep, now_ms, limits, seed);
            Ok((text, old))
        })??;
    // A sum is repeated as the text it came to: elsewhere it might round differently.
    tell_set(call.db, &key, name, text.as_bytes(), old);
    call.db.changed(&key, EventClasses::HASH, "hincrbyfloat", 1);
    call.reply.bulk(text.as_bytes());
    Ok(())
}

/// The text of the sum of a field and `increment`.
fn add(hash: &Hash, name: &[u8], increment: LongDouble, now_ms: i64) -> CommandResult<String> {
    let current = match hash.get(name, now_ms) {
        Some(value) => value.with_bytes(LongDouble::parse).ok_or(NOT_FLOAT)?,
        None => LongDouble::from(0),
    };
    let sum = current.checked_add(increment);
    Ok(sum.ok_or(CommandError::NOT_FINITE)?.to_string())
}

/// What a field was before it was counted up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OldField {
    /// Absent, or without an expiry.
    Lasting,
    /// There until this time, and still so.
    Expiring(i64),
    /// Expired.
    Overdue,
}

impl OldField {
    fn of(hash: &Hash, name: &[u8], now_ms: i64) -> Self {
        match hash.expiry(name, now_ms) {
            FieldExpiry::At(deadline) => Self::Expiring(deadline),
            _ if overdue(hash, [name].into_iter(), now_ms).is_empty() => Self::Lasting,
            _ => Self::Overdue,
        }
    }
}

/// Has the field's new value repeat the call: when it is repeated, the field may have expired.
fn tell_set(db: &mut Db, key: &Key, name: &[u8], value: &[u8], old: OldField) {
    if let OldField::Expiring(deadline) = old {
        let deadline = IntText::new(deadline);
        let until: [&[u8]; 4] = [b"HSETEX", key.bytes, b"PXAT", &deadline];
        return db.repeat(&[&until[..], &[b"FIELDS", b"1", name, value]].concat());
    }
    if old == OldField::Overdue {
        tell_overdue(db, key, &[name]);
    }
    db.repeat(&[b"HSET", key.bytes, name, value]);
}
