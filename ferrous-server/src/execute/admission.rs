//! Whether a request is to run at all: what is decided before anything of it happens.

use std::sync::atomic::Ordering::Relaxed;

use ferrous_engine::command::{Flags, Registered};
use ferrous_engine::error::{CommandError, CommandResult};

use super::{Handler, Planned, Turn};
use crate::client::Session;
use crate::{pause, pubsub, scripting};

/// How long it is until the log is told again that browsers send requests.
const BROWSER_WARNING_PERIOD_MS: i64 = 60_000;

/// True of the lines by which an HTTP request is known.
pub(super) fn is_of_browser(argv: &[&[u8]]) -> bool {
    let is = |word: &[u8]| argv[0].eq_ignore_ascii_case(word);
    is(b"POST") || is(b"Host:")
}

/// Says so in the log, though not each time: a page that makes browsers send such lines makes them send many.
#[cold]
pub(super) fn warn_of_browser(turn: &Turn<'_>, word: &[u8]) {
    let now_ms = turn.circumstances.now_ms;
    let before_ms = turn.server.warned_of_browser_ms.load(Relaxed);
    if now_ms - before_ms > BROWSER_WARNING_PERIOD_MS {
        turn.server.warned_of_browser_ms.store(now_ms, Relaxed);
        tracing::warn!(
            "Possible SECURITY ATTACK detected: a web browser or the like sends {} to this port, maybe on behalf \
             of a web page that wants to reach the data. Connection aborted.",
            String::from_utf8_lossy(word)
        );
    }
}

/// Decides whether the command may run now; says what it may do.
pub(super) fn admit(
    turn: &mut Turn<'_>,
    session: &Session,
    argv: &[&[u8]],
    planned: &Planned<'_>,
) -> CommandResult<(&'static Registered<Handler>, Flags)> {
    let command = match (planned.refusal, planned.command) {
        (None, Some(command)) => command,
        (Some(refusal), _) => return Err(refusal.clone()),
        (None, None) => unreachable!("a request without a command is refused"),
    };
    let mut flags = command.description.flags;
    if !session.authenticated && !flags.contains(Flags::NO_AUTH) {
        return Err(CommandError::fixed("NOAUTH Authentication required."));
    }
    if session.replays {
        return Ok((command, flags));
    }
    let at_once = flags.contains(Flags::AT_ONCE);
    if let Some(transaction) = &session.transaction {
        if flags.contains(Flags::NO_MULTI) && !at_once {
            return Err(NOT_IN_TRANSACTION);
        }
        if flags.contains(Flags::RUNS_QUEUED) {
            flags = flags.with(transaction.flags());
        }
        // The queue itself takes memory, whatever is queued.
        if !at_once {
            flags = flags.with(Flags::DENYOOM);
        }
    }
    turn.make_room(flags)?;
    let server = turn.server;
    // PING tells monitors of the trouble.
    let is_ping = command.full_name.as_ref() == "ping";
    if (is_ping || pause::holds_back(flags))
        && let Some(refusal) = server.persistence.refusal(&server.config)
        && (is_ping
            || scripting::declared_flags(server, command, argv, flags).contains(Flags::WRITE))
    {
        return Err(refusal);
    }
    if !flags.contains(Flags::LOADING) && server.persistence.loading.is_on() {
        return Err(CommandError::LOADING);
    }
    if session.only_listens() && !pubsub::runs_while_listening(command) {
        return Err(pubsub::refusal(command));
    }
    Ok((command, flags))
}

const NOT_IN_TRANSACTION: CommandError =
    CommandError::fixed("ERR Command not allowed inside a transaction");
