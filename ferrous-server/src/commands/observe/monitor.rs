//! `MONITOR`.

use ferrous_engine::command::{Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};

use crate::client::ClientFlags;
use crate::execute::{Command, ServerCall};

pub(super) const MONITOR: Command =
    Command::new(Group::Server, "monitor", Arity::Exactly(1), monitor)
        .flags(
            Flags::ADMIN
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::STALE),
        )
        .since("1.0.0")
        .cost("O(1), and one line for every command from then on")
        .summary("Shows every command that the server runs, as it runs.");

/// A transaction's replies are one array, and lines may not come in between.
const NOT_INSIDE: CommandError =
    CommandError::fixed("ERR MONITOR isn't allowed for DENY BLOCKING client");

/// Replies `OK`; lines follow until the client leaves or resets its connection.
fn monitor(call: &mut ServerCall) -> CommandResult {
    if call.scope.is_some() {
        return Err(NOT_INSIDE);
    }
    let client = &call.session.handle;
    client.vitals.set_flag(ClientFlags::MONITOR, true);
    call.reply.ok();
    call.server.observers.monitors.add(client);
    Ok(())
}
