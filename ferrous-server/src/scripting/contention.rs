//! What becomes of requests while a script takes long.

use ferrous_engine::command::{Flags, Group, Registered};
use ferrous_engine::error::CommandError;

use crate::execute::{Handler, Planned, Turn};
use crate::server::Server;
use crate::transaction;

/// What becomes of a request.
pub(crate) enum Verdict {
    /// It runs: nothing that it needs is held.
    Run,
    /// It waits.
    Wait,
    /// It is refused.
    Refuse(CommandError),
}

/// Decides what becomes of a request while a script takes long.
///
/// A worker must not be made to wait for partitions that a script may never let go, so what needs them waits in its
/// connection, and is refused once the script has passed `busy-reply-threshold`. Requests without any key are refused as
/// well then: whoever asks for a server's health is to hear of it.
pub(crate) fn judge(turn: &Turn<'_>, planned: &Planned<'_>, flags: Flags) -> Verdict {
    let contended = is_contended(turn.server, planned);
    if flags.contains(Flags::ALLOW_BUSY) && !contended {
        return Verdict::Run;
    }
    let refused = (contended || planned.keys.is_empty()) && !flags.contains(Flags::ALLOW_BUSY);
    match turn.server.scripting.running.busy() {
        Some(error) if refused => Verdict::Refuse(error),
        _ if contended => Verdict::Wait,
        _ => Verdict::Run,
    }
}

/// True of the commands that run scripts and functions.
pub(crate) fn runs_script(command: &Registered<Handler>) -> bool {
    // The others of the group are about scripts, and have no keys.
    let description = command.description;
    description.group == Group::Scripting && !description.keys.is_empty()
}

/// True when somebody holds partitions that the command needs.
fn is_contended(server: &Server, planned: &Planned<'_>) -> bool {
    let keyspace = &server.keyspace;
    let Some(command) = planned.command() else {
        return false;
    };
    let everything = if command.description.group == Group::Scripting {
        runs_script(command) && planned.keys.is_empty()
    } else {
        let description = command.description;
        description.flags.contains(Flags::RUNS_QUEUED) || transaction::reaches_everything(command)
    };
    if everything {
        let mut all = 0..keyspace.partitions() as u16;
        return all.any(|index| !keyspace.is_free(index));
    }
    let mut keys = planned.keys.iter();
    keys.any(|(_, key)| !keyspace.is_free(key.partition))
}
