//! Messages sent to those who listen.

use ferrous_engine::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use ferrous_engine::error::CommandResult;

use crate::execute::{Command, ServerCall};
use crate::pubsub::Delivery;

const FLAGS: Flags = Flags::PUBSUB
    .with(Flags::LOADING)
    .with(Flags::STALE)
    .with(Flags::FAST)
    .with(Flags::MAY_REPLICATE);

pub(super) const PUBLISH: Command =
    Command::new(Group::Pubsub, "publish", Arity::Exactly(3), publish)
        .flags(FLAGS)
        .args(&[Arg::string("channel"), Arg::string("message")])
        .since("2.0.0")
        .cost("O(n + m), n = clients that receive the message, m = patterns")
        .summary("Sends a message to the clients that listen to a channel.");

fn publish(call: &mut ServerCall) -> CommandResult {
    let (publisher, limits) = (publisher(call), &call.server.config.clients);
    let delivery = call.server.pubsub.publish(
        call.argv[1],
        call.argv[2],
        publisher,
        &limits.client_output_buffer_limit,
    );
    reply_delivery(call, &delivery)
}

pub(super) const SPUBLISH: Command =
    Command::new(Group::Pubsub, "spublish", Arity::Exactly(3), spublish)
        .flags(FLAGS)
        .keys(&[KeySpec::at(1).flags(KeyFlags::NOT_KEY)])
        .args(&[Arg::string("shardchannel"), Arg::string("message")])
        .since("7.0.0")
        .cost("O(n), n = clients that receive the message")
        .summary("Sends a message to the clients that listen to a channel of a hash slot.");

fn spublish(call: &mut ServerCall) -> CommandResult {
    let (publisher, limits) = (publisher(call), &call.server.config.clients);
    let delivery = call.server.pubsub.publish_to_shard(
        call.argv[1],
        call.argv[2],
        publisher,
        &limits.client_output_buffer_limit,
    );
    reply_delivery(call, &delivery)
}

/// The client that gets its own message with the reply: none within a transaction or a script, where nothing may stand
/// between the replies.
fn publisher(call: &ServerCall) -> Option<u64> {
    call.scope.is_none().then_some(call.session.handle.id)
}

/// A publisher that listens itself gets the message before the reply.
fn reply_delivery(call: &mut ServerCall, delivery: &Delivery) -> CommandResult {
    call.reply.raw(&delivery.own);
    call.reply.integer(delivery.receivers as i64);
    Ok(())
}
