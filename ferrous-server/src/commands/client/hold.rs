//! Clients held back, and let go.

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::wait::Outcome;
use ferrous_types::number::parse_canonical_int;

use crate::execute::{Command, ServerCall};
use crate::pause::PauseMode;

pub(super) const CLIENT_PAUSE: Command =
    Command::new(Group::Connection, "pause", Arity::AtLeast(3), client_pause)
        .flags(
            Flags::ADMIN
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::STALE),
        )
        .args(&[
            Arg::integer("timeout"),
            Arg::one_of(
                "mode",
                &[Arg::word("write", "WRITE"), Arg::word("all", "ALL")],
            )
            .optional()
            .since("6.2.0"),
        ])
        .since("3.0.0")
        .history(&[(
            "6.2.0",
            "Takes a mode, so that writes alone can be held back.",
        )])
        .cost("O(1)")
        .summary("Holds commands back for some milliseconds: those that write, or all.");

fn client_pause(call: &mut ServerCall) -> CommandResult {
    let mode = match call.argv.get(3) {
        None => PauseMode::All,
        Some(word) if word.eq_ignore_ascii_case(b"ALL") => PauseMode::All,
        Some(word) if word.eq_ignore_ascii_case(b"WRITE") => PauseMode::Writes,
        Some(_) => {
            return Err(CommandError::fixed(
                "ERR CLIENT PAUSE mode must be WRITE or ALL",
            ));
        }
    };
    if call.argv.len() > 4 {
        return Err(CommandError::SYNTAX);
    }
    let timeout_ms = parse_canonical_int(call.argv[2]).ok_or(CommandError::fixed(
        "ERR timeout is not an integer or out of range",
    ))?;
    if timeout_ms < 0 {
        return Err(CommandError::fixed("ERR timeout is negative"));
    }
    let until_ms = call.turn.circumstances.now_ms.checked_add(timeout_ms);
    call.server.pause.begin(
        until_ms.ok_or(CommandError::fixed("ERR timeout is out of range"))?,
        mode,
    );
    call.reply.ok();
    Ok(())
}

pub(super) const CLIENT_UNPAUSE: Command = Command::new(
    Group::Connection,
    "unpause",
    Arity::Exactly(2),
    client_unpause,
)
.flags(
    Flags::ADMIN
        .with(Flags::LOADING)
        .with(Flags::NOSCRIPT)
        .with(Flags::STALE),
)
.since("6.2.0")
.cost("O(n), n = connections held back")
.summary("Lets commands run again that `CLIENT PAUSE` holds back.");

fn client_unpause(call: &mut ServerCall) -> CommandResult {
    call.server.pause.end();
    call.reply.ok();
    Ok(())
}

pub(super) const CLIENT_UNBLOCK: Command = Command::new(
    Group::Connection,
    "unblock",
    Arity::AtLeast(3),
    client_unblock,
)
.flags(
    Flags::ADMIN
        .with(Flags::LOADING)
        .with(Flags::NOSCRIPT)
        .with(Flags::STALE),
)
.args(&[
    Arg::integer("client-id"),
    Arg::one_of(
        "unblock-type",
        &[Arg::word("timeout", "TIMEOUT"), Arg::word("error", "ERROR")],
    )
    .optional(),
])
.since("5.0.0")
.cost("O(log n), n = connections")
.summary("Ends the wait of a client that a blocking command has parked.");

fn client_unblock(call: &mut ServerCall) -> CommandResult {
    if let Some(reason) = call.argv.get(3)
        && !reason.eq_ignore_ascii_case(b"TIMEOUT")
        && !reason.eq_ignore_ascii_case(b"ERROR")
    {
        return Err(CommandError::fixed(
            "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
        ));
    }
    let outcome = match call.argv.get(3) {
        Some(reason) if reason.eq_ignore_ascii_case(b"ERROR") => Outcome::Interrupted,
        _ => Outcome::TimedOut,
    };
    let id = parse_canonical_int(call.argv[2]).ok_or(CommandError::NOT_INTEGER)?;
    let client = u64::try_from(id)
        .ok()
        .and_then(|id| call.server.clients.get(id));
    let waits = client.and_then(|client| client.waits.lock().clone());
    let ended = waits.is_some_and(|waiter| waiter.end(outcome));
    call.reply.integer(i64::from(ended));
    Ok(())
}
