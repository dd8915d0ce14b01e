//! `ROLE` and `WAIT`: what the server is to its replicas.

use ferrous_engine::command::{Arg, Arity, Categories, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_types::number::parse_canonical_int;

use crate::execute::{Command, ServerCall};

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

/// Replies with the number of replicas that acknowledged: none, at once, since there are none to wait for.
fn wait(call: &mut ServerCall) -> CommandResult {
    parse_canonical_int(call.argv[1]).ok_or(CommandError::NOT_INTEGER)?;
    match parse_canonical_int(call.argv[2]) {
        None => Err(CommandError::fixed(
            "ERR timeout is not an integer or out of range",
        )),
        Some(..0) => Err(CommandError::fixed("ERR timeout is negative")),
        Some(_) => {
            call.reply.integer(0);
            Ok(())
        }
    }
}
