//! The append-only file on demand.

use std::sync::atomic::Ordering::Relaxed;

use ferrous_engine::command::{Arg, Arity, Categories, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_types::number::parse_canonical_int;

use crate::client::DurableWait;
use crate::execute::{Command, ServerCall};
use crate::persistence::aof;
use crate::persistence::jobs::Kind;

const IN_PROGRESS: CommandError =
    CommandError::fixed("ERR Background append only file rewriting already in progress");
const FAILED: CommandError = CommandError::fixed(
    "ERR Can't execute an AOF background rewriting. Please check the server logs for more information.",
);
const NO_LOG: CommandError = CommandError::fixed(
    "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
);

pub(super) const BGREWRITEAOF: Command = Command::new(
    Group::Server,
    "bgrewriteaof",
    Arity::Exactly(1),
    bgrewriteaof,
)
.flags(
    Flags::ADMIN
        .with(Flags::NO_ASYNC_LOADING)
        .with(Flags::NOSCRIPT),
)
.since("1.0.0")
.cost("O(1)")
.summary("Begins to write the append-only file anew, as short as it can be.");

fn bgrewriteaof(call: &mut ServerCall) -> CommandResult {
    let server = call.server;
    let jobs = &server.persistence.jobs;
    match jobs.running() {
        Some((Kind::Rewrite, _)) => return Err(IN_PROGRESS),
        // What a transaction holds, a snapshot cannot begin with.
        running if running.is_some() || call.scope.is_some() => {
            jobs.rewrite_scheduled.store(true, Relaxed);
            *server.persistence.aof.retry_at.lock() = None;
            call.reply
                .simple(b"Background append only file rewriting scheduled");
            return Ok(());
        }
        _ => {}
    }
    if !tokio::task::block_in_place(|| aof::begin_rewrite(server)) {
        return Err(FAILED);
    }
    call.reply
        .simple(b"Background append only file rewriting started");
    Ok(())
}

pub(super) const WAITAOF: Command =
    Command::new(Group::Generic, "waitaof", Arity::Exactly(4), waitaof)
        .flags(Flags::BLOCKING)
        .categories(Categories::CONNECTION)
        .outside(Categories::KEYSPACE)
        .args(&[
            Arg::integer("numlocal"),
            Arg::integer("numreplicas"),
            Arg::integer("timeout"),
        ])
        .since("7.2.0")
        .tips(&["request_policy:all_shards", "response_policy:agg_min"])
        .cost("O(1)")
        .summary(
            "Waits until the writes of this connection are flushed to disk, here and at replicas.",
        );

/// There are no replicas to wait for, so what is waited for in vain is waited for until the time is over.
fn waitaof(call: &mut ServerCall) -> CommandResult {
    let number = |index: usize| parse_canonical_int(call.argv[index]);
    let local = number(1).filter(|local| (0..=1).contains(local));
    let local = local.ok_or(CommandError::fixed(
        "ERR value is out of range, must be between 0 and 1",
    ));
    let local = local? == 1;
    let replicas = number(2).filter(|replicas| *replicas >= 0);
    let replicas = replicas.ok_or(CommandError::NOT_POSITIVE)?;
    let timeout_ms = number(3).ok_or(CommandError::fixed(
        "ERR timeout is not an integer or out of range",
    ))?;
    if timeout_ms < 0 {
        return Err(CommandError::fixed("ERR timeout is negative"));
    }
    let server = call.server;
    if local && !server.config.persistence.appendonly.get() {
        return Err(NO_LOG);
    }
    let offset = call.session.logged;
    let durable = server.persistence.aof.is_durable(offset);
    if ((!local || durable) && replicas == 0) || call.scope.is_some() {
        call.reply.array(2);
        call.reply.integer(i64::from(durable));
        call.reply.integer(0);
        return Ok(());
    }
    // What no replica will ever acknowledge is beyond every offset.
    let offset = if replicas > 0 { u64::MAX } else { offset };
    call.session.waits = Some(DurableWait {
        offset,
        until_ms: (timeout_ms > 0)
            .then(|| call.turn.circumstances.now_ms.saturating_add(timeout_ms)),
    });
    Ok(())
}
