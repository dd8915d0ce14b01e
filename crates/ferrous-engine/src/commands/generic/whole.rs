//! Whole databases: sizes, random keys, emptying and swapping.

use crate::call::{
    Call, Command,
    DataHandler::{Everything, InTurn},
};
use crate::command::{Arg, Arity, Categories, Flags, Group};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::Garbage;

/// Draws that may meet an expired key before `RANDOMKEY` gives up on finding a live one.
const RANDOM_TRIES: usize = 100;

pub(super) const DBSIZE: Command =
    Command::new(Group::Server, "dbsize", Arity::Exactly(1), InTurn(dbsize))
        .flags(Flags::FAST.with(Flags::READONLY))
        .categories(Categories::KEYSPACE)
        .since("1.0.0")
        .tips(&["request_policy:all_shards", "response_policy:agg_sum"])
        .cost("O(1)")
        .summary("Returns the number of keys in the selected database.");

fn dbsize(call: &mut Call) -> CommandResult {
    let keys: usize = sizes(call).iter().sum();
    call.reply.integer(keys as i64);
    Ok(())
}

/// The number of keys in each partition's share of the selected database.
fn sizes(call: &mut Call) -> Vec<usize> {
    (0..call.db.partitions())
        .map(|index| call.db.visit(index as u16, |share, _| share.len()))
        .collect()
}

pub(super) const RANDOMKEY: Command = Command::new(
    Group::Generic,
    "randomkey",
    Arity::Exactly(1),
    InTurn(randomkey),
)
.flags(Flags::READONLY)
.since("1.0.0")
.tips(&[
    "request_policy:all_shards",
    "response_policy:special",
    "nondeterministic_output",
])
.cost("O(1)")
.summary("Returns a key of the selected database, each equally likely.");

fn randomkey(call: &mut Call) -> CommandResult {
    let sizes = sizes(call);
    let keys: usize = sizes.iter().sum();
    let now_ms = call.db.now_ms();
    for _ in 0..if keys == 0 { 0 } else { RANDOM_TRIES } {
        let mut index = call.db.random().below(keys as u64) as usize;
        let at = sizes.iter().position(|size| {
            let here = index < *size;
            index = index.wrapping_sub(if here { 0 } else { *size });
            here
        });
        let Some(at) = at else { break };
        let found = call.db.visit(at as u16, |share, random| {
            let entry = share.keys().random(random)?;
            entry
                .expire_at_ms()
                .is_none_or(|deadline| deadline > now_ms)
                .then(|| entry.key().to_vec())
        });
        if let Some(key) = found {
            call.reply.bulk(&key);
            return Ok(());
        }
    }
    call.reply.nil();
    Ok(())
}

pub(super) const FLUSHDB: Command = Command::new(
    Group::Server,
    "flushdb",
    Arity::AtLeast(1),
    Everything(flushdb),
)
.flags(Flags::WRITE)
.categories(Categories::DANGEROUS.with(Categories::KEYSPACE))
.args(&[Arg::one_of(
    "flush-type",
    &[
        Arg::word("async", "ASYNC").since("4.0.0"),
        Arg::word("sync", "SYNC").since("6.2.0"),
    ],
)
.optional()])
.since("1.0.0")
.history(&[("4.0.0", "Takes `ASYNC`."), ("6.2.0", "Takes `SYNC`.")])
.tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
.cost("O(1), or O(n) with SYNC, n = keys")
.summary("Deletes every key of the selected database.");

fn flushdb(call: &mut Call) -> CommandResult {
    let index = call.db.index();
    flush(call, index..index + 1)
}

pub(super) const FLUSHALL: Command = Command::new(
    Group::Server,
    "flushall",
    Arity::AtLeast(1),
    Everything(flushall),
)
.flags(Flags::WRITE)
.categories(Categories::DANGEROUS.with(Categories::KEYSPACE))
.args(&[Arg::one_of(
    "flush-type",
    &[
        Arg::word("async", "ASYNC").since("4.0.0"),
        Arg::word("sync", "SYNC").since("6.2.0"),
    ],
)
.optional()])
.since("1.0.0")
.history(&[("4.0.0", "Takes `ASYNC`."), ("6.2.0", "Takes `SYNC`.")])
.tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
.cost("O(1), or O(n) with SYNC, n = keys")
.summary("Deletes every key of every database.");

fn flushall(call: &mut Call) -> CommandResult {
    let databases = 0..call.db.databases();
    flush(call, databases)?;
    call.db.emptied();
    Ok(())
}

/// Empties databases. With `SYNC` what was in them is freed before the reply, else behind everybody's back.
fn flush(call: &mut Call, databases: std::ops::Range<usize>) -> CommandResult {
    let wait = match call.args.len() {
        1 => !call.limits.lazy_free.flushed,
        2 if call.args.is(1, "SYNC") => true,
        2 if call.args.is(1, "ASYNC") => false,
        _ => return Err(CommandError::SYNTAX),
    };
    let garbage: Vec<_> = databases.flat_map(|index| call.db.clear(index)).collect();
    let keys: usize = garbage.iter().map(Garbage::free_effort).sum();
    call.db.dirty(keys as u64);
    // Repeated even when there was nothing: a replica may have what this server lacks.
    call.db.repeat(call.args.all());
    if wait {
        drop(garbage);
    } else {
        call.db.discard(garbage);
    }
    call.reply.ok();
    Ok(())
}

pub(super) const SWAPDB: Command = Command::new(
    Group::Server,
    "swapdb",
    Arity::Exactly(3),
    Everything(swapdb),
)
.flags(Flags::FAST.with(Flags::WRITE))
.categories(Categories::DANGEROUS.with(Categories::KEYSPACE))
.args(&[Arg::integer("index1"), Arg::integer("index2")])
.since("4.0.0")
.cost("O(n), n = clients")
.summary("Swaps two databases, so that every client of the one sees the other.");

fn swapdb(call: &mut Call) -> CommandResult {
    let first = call
        .args
        .int_or(1, CommandError::fixed("ERR invalid first DB index"))?;
    let second = call
        .args
        .int_or(2, CommandError::fixed("ERR invalid second DB index"))?;
    let databases = call.db.databases();
    let index = |number: i64| {
        usize::try_from(number)
            .ok()
            .filter(|index| *index < databases)
            .ok_or(CommandError::DB_INDEX)
    };
    let (first, second) = (index(first)?, index(second)?);
    if first != second {
        call.db.swap(first, second);
    }
    call.db.dirty(1);
    call.reply.ok();
    Ok(())
}
