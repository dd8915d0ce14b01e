//! `TIME`.

use std::time::{SystemTime, UNIX_EPOCH};

use ferrous_engine::command::{Arity, Flags, Group};
use ferrous_engine::error::CommandResult;

use crate::execute::{Command, ServerCall};

pub(super) const TIME: Command = Command::new(Group::Server, "time", Arity::Exactly(1), time)
    .flags(Flags::FAST.with(Flags::LOADING).with(Flags::STALE))
    .since("2.6.0")
    .tips(&["nondeterministic_output"])
    .cost("O(1)")
    .summary("Returns the server's time.");

/// Replies with seconds since the epoch and the microseconds beyond them.
fn time(call: &mut ServerCall) -> CommandResult {
    let elapsed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    call.reply.array(2);
    for number in [elapsed.as_secs(), u64::from(elapsed.subsec_micros())] {
        call.reply
            .bulk(itoa::Buffer::new().format(number).as_bytes());
    }
    Ok(())
}
