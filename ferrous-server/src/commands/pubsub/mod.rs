//! Pub/Sub: subscriptions, messages, and who listens to what.

mod look;
mod publish;
mod subscribe;

use crate::execute::Command;

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[
    look::PUBSUB,
    publish::PUBLISH,
    publish::SPUBLISH,
    subscribe::PSUBSCRIBE,
    subscribe::PUNSUBSCRIBE,
    subscribe::SSUBSCRIBE,
    subscribe::SUBSCRIBE,
    subscribe::SUNSUBSCRIBE,
    subscribe::UNSUBSCRIBE,
];
