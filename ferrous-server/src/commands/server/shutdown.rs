//! `SHUTDOWN`.

use ferrous_engine::command::{Arg, Arity, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};

use crate::execute::{Command, Done, ServerCall};
use crate::persistence::last_words::{self, LastSave};

const NOT_IN_PROGRESS: CommandError = CommandError::fixed("ERR No shutdown in progress.");
const FAILED: CommandError = CommandError::fixed("ERR Errors trying to SHUTDOWN. Check logs.");

pub(super) const SHUTDOWN: Command =
    Command::new(Group::Server, "shutdown", Arity::AtLeast(1), shutdown)
        .flags(
            Flags::ADMIN
                .with(Flags::ALLOW_BUSY)
                .with(Flags::LOADING)
                .with(Flags::NOSCRIPT)
                .with(Flags::NO_MULTI)
                .with(Flags::STALE),
        )
        .args(&[Arg::one_of(
            "abort-selector",
            &[
                Arg::block(
                    "save-selector-block",
                    &[
                        Arg::one_of(
                            "save-selector",
                            &[Arg::word("nosave", "NOSAVE"), Arg::word("save", "SAVE")],
                        )
                        .optional(),
                        Arg::word("now", "NOW").optional().since("7.0.0"),
                        Arg::word("force", "FORCE").optional().since("7.0.0"),
                        Arg::word("safe", "SAFE").optional().since("9.0.0"),
                        Arg::word("failover", "FAILOVER").optional().since("9.0.0"),
                    ],
                ),
                Arg::word("abort", "ABORT").since("7.0.0"),
            ],
        )
        .optional()])
        .since("1.0.0")
        .history(&[
            ("7.0.0", "Takes `NOW`, `FORCE` and `ABORT`."),
            ("9.0.0", "Takes `SAFE` and `FAILOVER`."),
        ])
        .cost("O(1)")
        .summary("Ends the server.");

/// Closes the connection without a reply, unless the server stays.
///
/// There are neither replicas nor a cluster, so `NOW`, `SAFE` and `FAILOVER` find nothing that they would change.
fn shutdown(call: &mut ServerCall) -> CommandResult {
    let modifiers = parse(&call.argv[1..])?;
    if modifiers.contains(&Modifier::Abort) {
        if !last_words::abort(call.server) {
            return Err(NOT_IN_PROGRESS);
        }
        call.reply.ok();
        return Ok(());
    }
    let has = |modifier| modifiers.contains(&modifier);
    let wish = match (has(Modifier::Save), has(Modifier::NoSave)) {
        (true, _) => LastSave::Always,
        (_, true) => LastSave::Never,
        _ => LastSave::WithSavePoints,
    };
    let server = call.server;
    // What a script does is done as a whole or not at all, so only those who save nothing may end it half-way.
    if wish != LastSave::Never && server.scripting.running.any() {
        call.done = Done::Contended;
        return Ok(());
    }
    tracing::info!("User requested shutdown...");
    let force = has(Modifier::Force);
    if !tokio::task::block_in_place(|| last_words::prepare(server, wish, force)) {
        return Err(FAILED);
    }
    call.session.closing = true;
    call.server.shutdown.notify_one();
    Ok(())
}

/// How to shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Modifier {
    /// With a snapshot.
    Save,
    /// Without.
    NoSave,
    /// Whatever fails on the way.
    Force,
    /// Without waiting for replicas.
    Now,
    /// Not as a primary that its cluster needs.
    Safe,
    /// After handing over to a replica, in a cluster.
    Failover,
    /// Not at all: stops the shutdown that is in progress.
    Abort,
}

const MODIFIERS: &[(&str, Modifier)] = &[
    ("SAVE", Modifier::Save),
    ("NOSAVE", Modifier::NoSave),
    ("FORCE", Modifier::Force),
    ("NOW", Modifier::Now),
    ("SAFE", Modifier::Safe),
    ("FAILOVER", Modifier::Failover),
    ("ABORT", Modifier::Abort),
];

/// The modifiers that `words` name, which must not contradict each other.
fn parse(words: &[&[u8]]) -> CommandResult<Vec<Modifier>> {
    let named = |word: &&[u8]| {
        let found = MODIFIERS
            .iter()
            .find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()));
        found
            .map(|(_, modifier)| *modifier)
            .ok_or(CommandError::SYNTAX)
    };
    let modifiers = words.iter().map(named).collect::<CommandResult<Vec<_>>>()?;
    let has = |modifier| modifiers.contains(&modifier);
    let aborts_and_more =
        has(Modifier::Abort) && modifiers.iter().any(|other| *other != Modifier::Abort);
    if aborts_and_more || (has(Modifier::Save) && has(Modifier::NoSave)) {
        return Err(CommandError::SYNTAX);
    }
    Ok(modifiers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> CommandResult<Vec<Modifier>> {
        let words: Vec<&[u8]> = words.split_whitespace().map(str::as_bytes).collect();
        parse(&words)
    }

    #[test]
    fn modifiers_that_contradict_each_other_are_refused() {
        for words in [
            "SAVE NOSAVE",
            "nosave save",
            "ABORT NOW",
            "SAVE ABORT",
            "soon",
        ] {
            assert_eq!(parsed(words), Err(CommandError::SYNTAX), "{words}");
        }
    }

    #[test]
    fn modifiers_come_in_any_order_and_case() {
        assert_eq!(
            parsed("now NoSave"),
            Ok(vec![Modifier::Now, Modifier::NoSave])
        );
        assert_eq!(parsed(""), Ok(vec![]));
        assert_eq!(parsed("abort abort"), Ok(vec![Modifier::Abort; 2]));
    }
}
