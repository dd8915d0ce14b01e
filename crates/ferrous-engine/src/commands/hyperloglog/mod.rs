//! `HyperLogLog`s: strings that estimate how many different elements were seen.

mod debug;

use ferrous_types::entry::{Buffer, Value};
use ferrous_types::hyperloglog::{self as hll, Corrupted, Encoding, Registers};

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{Db, EventClasses, Key};

const CORRUPTED: CommandError = CommandError::fixed("INVALIDOBJ Corrupted HLL object detected");
const NO_HYPERLOGLOG: CommandError =
    CommandError::fixed("WRONGTYPE Key is not a valid HyperLogLog string value.");

/// The rows of the family.
pub(super) const COMMANDS: &[Command] =
    &[PFADD, PFCOUNT, debug::PFDEBUG, PFMERGE, debug::PFSELFTEST];

/// The refusal of a string that begins like a `HyperLogLog` and is none.
fn corrupted(_: Corrupted) -> CommandError {
    CORRUPTED
}

/// The bytes at `key`, without a trace, if they begin like a `HyperLogLog`.
fn peek(db: &mut Db<'_, '_>, key: &Key<'_>) -> CommandResult<Option<Vec<u8>>> {
    match db.peek_text(key)? {
        None => Ok(None),
        Some(text) if hll::encoding(&text).is_some() => Ok(Some(text.to_vec())),
        Some(_) => Err(NO_HYPERLOGLOG),
    }
}

/// Stores what `key` is to hold now, with the deadline that it has.
fn store(db: &mut Db<'_, '_>, key: &Key<'_>, bytes: &[u8]) {
    let deadline = db.deadline(key);
    db.set(key, Value::Buffer(Buffer::new(bytes)), deadline);
}

const PFADD: Command = Command::new(Group::Hyperloglog, "pfadd", Arity::AtLeast(2), Keys(pfadd))
    .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::INSERT))])
    .args(&[
        Arg::key("key"),
        Arg::string("element").optional().multiple(),
    ])
    .since("2.8.9")
    .cost("O(1) per element")
    .summary("Adds elements to a HyperLogLog; returns whether that changed it.");

fn pfadd(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let elements = call.args.from(2);
    let changes = if kind(call.db, &key)? == Some(Encoding::Dense) {
        add_to_dense(call.db, &key, elements)?
    } else {
        let sparse_max = call.limits.sparse_hyperloglog_bytes;
        add_to_sparse(call.db, &key, elements, sparse_max)?
    };
    if changes > 0 {
        call.db
            .changed(&key, EventClasses::STRING, "pfadd", changes);
    }
    call.reply.integer(i64::from(changes > 0));
    Ok(())
}

/// Adds elements in place; returns how many changed something.
fn add_to_dense(db: &mut Db<'_, '_>, key: &Key<'_>, elements: &[&[u8]]) -> CommandResult<u64> {
    db.edit_text(key, |bytes| {
        let added = elements.iter().filter(|element| {
            let added = hll::add_dense(bytes, element);
            added.expect("what was dense before stays so")
        });
        added.count() as u64
    })
}

/// Adds elements to a copy, since it may outgrow its form, and stores that if it changed; a new one is a change, too.
fn add_to_sparse(
    db: &mut Db<'_, '_>,
    key: &Key<'_>,
    elements: &[&[u8]],
    sparse_max_bytes: usize,
) -> CommandResult<u64> {
    let present = peek(db, key)?;
    let is_new = present.is_none();
    let mut bytes = present.unwrap_or_else(hll::empty);
    let mut changes = u64::from(is_new);
    for element in elements {
        let added = hll::add(&mut bytes, element, sparse_max_bytes);
        changes += u64::from(added.map_err(corrupted)?);
    }
    if is_new {
        hll::mark_stale(&mut bytes);
    }
    if changes > 0 {
        store(db, key, &bytes);
    }
    Ok(changes)
}

/// How the `HyperLogLog` at `key` is encoded, if there is one.
fn kind(db: &mut Db<'_, '_>, key: &Key<'_>) -> CommandResult<Option<Encoding>> {
    match db.peek_text(key)? {
        None => Ok(None),
        Some(text) => hll::encoding(&text).map(Some).ok_or(NO_HYPERLOGLOG),
    }
}

const PFCOUNT: Command = Command::new(
    Group::Hyperloglog,
    "pfcount",
    Arity::AtLeast(2),
    Keys(pfcount),
)
.flags(Flags::READONLY.with(Flags::MAY_REPLICATE))
.keys(&[KeySpec::range(1, -1, 1)
    .flags(KeyFlags::RW.with(KeyFlags::ACCESS))
    .notes("Counting may renew the estimate kept in the key, which replicas are told")])
.args(&[Arg::key("key").multiple()])
.since("2.8.9")
.cost("O(1) for one key whose estimate is known, else O(n), n = keys, at a large constant")
.summary("Estimates how many different elements were added to HyperLogLogs.");

fn pfcount(call: &mut Call) -> CommandResult {
    if call.args.len() == 2 {
        return count_one(call);
    }
    let mut registers = Registers::new();
    for key in call.args.keys() {
        absorb(call.db, &key, &mut registers)?;
    }
    call.reply.integer(registers.count() as i64);
    Ok(())
}

/// Raises `registers` to those of the `HyperLogLog` at `key`; tells how it is encoded, if there is one.
fn absorb(
    db: &mut Db<'_, '_>,
    key: &Key<'_>,
    registers: &mut Registers,
) -> CommandResult<Option<Encoding>> {
    let Some(text) = db.text(key)? else {
        return Ok(None);
    };
    let encoding = hll::encoding(&text).ok_or(NO_HYPERLOGLOG)?;
    registers.absorb(&text).map_err(corrupted)?;
    Ok(Some(encoding))
}

/// Counts one `HyperLogLog`, which keeps the estimate for the next time.
fn count_one(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    let Some(text) = call.db.text(&key)? else {
        call.reply.integer(0);
        return Ok(());
    };
    hll::encoding(&text).ok_or(NO_HYPERLOGLOG)?;
    if let Some(count) = hll::cached_count(&text) {
        call.reply.integer(count as i64);
        return Ok(());
    }
    let count = hll::count(&text).map_err(corrupted)?;
    call.db
        .edit_text(&key, |bytes| hll::cache_count(bytes, count))?;
    call.db.modified(&key);
    call.db.dirty(1);
    call.reply.integer(count as i64);
    Ok(())
}

const PFMERGE: Command = Command::new(
    Group::Hyperloglog,
    "pfmerge",
    Arity::AtLeast(2),
    Keys(pfmerge),
)
.flags(Flags::DENYOOM.with(Flags::WRITE))
.keys(&[
    KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::ACCESS).with(KeyFlags::INSERT)),
    KeySpec::range(2, -1, 1).reads(),
])
.args(&[
    Arg::key("destkey"),
    Arg::key_of("sourcekey", 1).optional().multiple(),
])
.since("2.8.9")
.cost("O(n), n = keys, at a large constant")
.summary("Merges HyperLogLogs into one, which has then seen what any of them saw.");

fn pfmerge(call: &mut Call) -> CommandResult {
    let mut registers = Registers::new();
    let mut dense = false;
    for key in call.args.keys() {
        let encoding = absorb(call.db, &key, &mut registers)?;
        dense |= encoding == Some(Encoding::Dense);
    }
    let key = call.args.key(1);
    let mut bytes = peek(call.db, &key)?.unwrap_or_else(hll::empty);
    if dense {
        hll::make_dense(&mut bytes).map_err(corrupted)?;
    }
    hll::merge(&mut bytes, &registers, call.limits.sparse_hyperloglog_bytes).map_err(corrupted)?;
    store(call.db, &key, &bytes);
    call.db.changed(&key, EventClasses::STRING, "pfadd", 1);
    call.reply.ok();
    Ok(())
}
