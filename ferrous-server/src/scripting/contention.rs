//! What becomes of requests while a script takes long.

use ferrous_engine::command::{Flags, Group, Registered};
use ferrous_engine::error::CommandError;
use ferrous_engine::keyspace::{Key, PartitionIndex};

use crate::client::Session;
use crate::execute::Handler;
use crate::server::Server;
use crate::transaction;

/// What becomes of a request.
pub(crate) enum Verdict {
    /// It runs: nothing that it needs is held for long.
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
pub(crate) fn judge(
    server: &Server,
    session: &Session,
    command: &Registered<Handler>,
    keys: &[(u32, Key<'_>)],
) -> Verdict {
    let flags = command.description.flags;
    let contended = is_contended(server, session, command, keys);
    let of_server = keys.is_empty() && !flags.contains(Flags::RUNS_QUEUED);
    if !contended && (!of_server || flags.contains(Flags::ALLOW_BUSY)) {
        return Verdict::Run;
    }
    match server.scripting.running.busy() {
        Some(error) => Verdict::Refuse(error),
        None if contended => Verdict::Wait,
        None => Verdict::Run,
    }
}

/// True of the commands that run scripts and functions.
pub(super) fn runs_script(command: &Registered<Handler>) -> bool {
    // The others of the group are about scripts, and have no keys.
    let description = command.description;
    description.group == Group::Scripting && !description.keys.is_empty()
}

/// True when somebody holds partitions for long that the command needs.
fn is_contended(
    server: &Server,
    session: &Session,
    command: &Registered<Handler>,
    keys: &[(u32, Key<'_>)],
) -> bool {
    let keyspace = &server.keyspace;
    let description = command.description;
    if description.flags.contains(Flags::RUNS_QUEUED) {
        return transaction::is_contended(server, session);
    }
    let everything = match description.group {
        // Without keys a script may touch any, and libraries change with everything held.
        Group::Scripting if description.keys.is_empty() => description.flags.contains(Flags::WRITE),
        Group::Scripting => keys.is_empty(),
        _ => transaction::reaches_everything(command),
    };
    // What ends a script, or the server, must get through.
    if everything && !description.flags.contains(Flags::ALLOW_BUSY) {
        let mut all = 0..keyspace.partitions() as PartitionIndex;
        return all.any(|index| keyspace.is_held_long(index));
    }
    let mut keys = keys.iter();
    keys.any(|(_, key)| keyspace.is_held_long(key.partition))
}
