//! `ROLE` and `WAIT`: what the server is to its replicas.

use std::sync::Arc;

use ferrous_engine::command::{Arg, Arity, Categories, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::wait::Nothing;
use ferrous_types::number::parse_canonical_int;

use crate::blocked::Parked;
use crate::execute::{Command, Done, ServerCall};

pub(super) const ROLE: Command = Command::new(Group::Server, "role", Arity::Exactly(1), role)
    .flags(
        Flags::FAST
            .with(Flags::LOADING)
            .with(Flags::NOSCRIPT)
            .with(Flags::STALE),
    )
    .categories(Categories::ADMIN.with(Categories::DANGEROUS))
    .since("2.8.12")
    .cost("O(1)")
    .summary("Returns the server's part in replication.");

/// Replies as a primary without replicas.
fn role(call: &mut ServerCall) -> CommandResult {
    call.reply.array(3);
    call.reply.bulk(b"master");
    call.reply.integer(0);
    call.reply.array(0);
    Ok(())
}

pub(super) const WAIT: Command = Command::new(Group::Generic, "wait", Arity::Exactly(3), wait)
    .flags(Flags::BLOCKING)
    .categories(Categories::CONNECTION)
    .outside(Categories::KEYSPACE)
    .args(&[Arg::integer("numreplicas"), Arg::integer("timeout")])
    .since("3.0.0")
    .tips(&["request_policy:all_shards", "response_policy:agg_min"])
    .cost("O(1)")
    .summary("Waits until replicas have acknowledged the writes of this connection.");

/// Replies with the number of replicas that acknowledged. There are none, so a client that wants any waits in vain.
fn wait(call: &mut ServerCall) -> CommandResult {
    let wanted = parse_canonical_int(call.argv[1]).ok_or(CommandError::NOT_INTEGER)?;
    let timeout_ms = match parse_canonical_int(call.argv[2]) {
        None => {
            return Err(CommandError::fixed(
                "ERR timeout is not an integer or out of range",
            ));
        }
        Some(..0) => return Err(CommandError::fixed("ERR timeout is negative")),
        Some(timeout_ms) => timeout_ms as u64,
    };
    if wanted <= 0 || call.scope.is_some() {
        call.reply.integer(0);
        return Ok(());
    }
    let ends = (timeout_ms, Nothing::Integer(0));
    let parked = Parked::on(call.command, Arc::default(), ends, call.session);
    call.done = Done::Parked(Box::new(parked));
    Ok(())
}
