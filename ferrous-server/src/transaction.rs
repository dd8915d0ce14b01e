//! Transactions: what `MULTI` has queued is run by `EXEC` as one change, unless a watched key has changed before.
//!
//! `EXEC` holds the partitions of all its commands' keys and of all watched keys at once, so that nobody can come
//! between the look at the watched keys and the last command.

use std::sync::Arc;

use ferrous_engine::call::DataHandler;
use ferrous_engine::command::{Flags, Group, Registered};
use ferrous_engine::error::CommandError;
use ferrous_engine::keyspace::{Changes, DatabaseKey, PartitionIndex};
use ferrous_engine::scope::Scope;
use smallvec::SmallVec;

use crate::client::{Session, Transaction};
use crate::execute::{Handler, PlannedCall, Turn, within};
use crate::server::Server;

/// Queues a command, which may do what `flags` say.
pub(crate) fn queue(session: &mut Session, call: &PlannedCall<'_>, flags: Flags) {
    if let Some(transaction) = &mut session.transaction {
        // One that will not run need not be kept.
        if !transaction.is_aborted() && !session.handle.watcher.is_touched() {
            transaction.push(call, flags);
        }
    }
    session.show_transaction();
}

/// Notes in the transaction that a command was refused; what its client is told. A refused `EXEC` ends it.
pub(crate) fn after_refusal(
    server: &'static Server,
    session: &mut Session,
    command: Option<&'static Registered<Handler>>,
    error: &CommandError,
) -> CommandError {
    if let Some(transaction) = &mut session.transaction {
        transaction.abort();
    }
    if !command.is_some_and(|command| command.description.flags.contains(Flags::RUNS_QUEUED)) {
        return error.clone();
    }
    discard(server, session);
    let reason = error.bytes();
    let reason = reason.strip_prefix(b"ERR ").unwrap_or(reason);
    CommandError::quoting([b"EXECABORT Transaction discarded because of: ", reason])
}

/// Ends the transaction and every watch.
pub(crate) fn discard(server: &'static Server, session: &mut Session) {
    session.set_transaction(None);
    unwatch(server, session);
}

/// Ends every watch.
pub(crate) fn unwatch(server: &'static Server, session: &mut Session) {
    if session.watched.is_empty() {
        return;
    }
    let mut changes = Changes::default();
    for watched in std::mem::take(&mut session.watched) {
        let key = server.keyspace.key(&watched.key);
        let mut scope = Scope::keys(&server.keyspace, &[(0, key)], &mut changes);
        scope.unwatch(watched.database, &key, &session.handle.watcher);
    }
    session.handle.watcher.reset();
    session.show_watched();
}

/// What became of a transaction. Unless it ran nothing is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its commands were run.
    Ran,
    /// A watched key is not what it was.
    Lost,
    /// A script that takes long holds what it needs; it may be run again.
    Contended,
}

/// Runs what is queued: `head` writes the number of replies to `output`, and each command its own.
pub(crate) fn run(
    turn: &mut Turn<'_>,
    session: &mut Session,
    transaction: &Transaction,
    output: &mut Vec<u8>,
    head: impl FnOnce(&mut Vec<u8>, usize),
) -> Fate {
    let server = turn.server;
    let watched = std::mem::take(&mut session.watched);
    session.show_watched();
    let database = session.database;
    let intact = turn.try_in_scope(
        |changes| match partitions(server, transaction, &watched) {
            None => Scope::try_everything(&server.keyspace, changes),
            Some(partitions) => {
                let partitions = partitions.into_iter();
                let mut scope = Scope::try_partitions(&server.keyspace, partitions, changes)?;
                let mut ready = true;
                transaction.for_each_call(|call| {
                    if call.command.edits {
                        ready &= scope.prepare(database, call.keys);
                    }
                });
                ready.then_some(scope)
            }
        },
        |turn, scope| {
            let handle = Arc::clone(&session.handle);
            let intact = watched.is_empty()
                || scope.with_db(turn.environment(session.database), |db| {
                    db.unwatch(&watched, &handle.watcher)
                });
            handle.watcher.reset();
            if intact {
                head(output, transaction.len());
                transaction.for_each_call(|call| within(turn, session, call, scope, output));
            }
            intact
        },
    );
    match intact {
        Some(true) => Fate::Ran,
        Some(false) => Fate::Lost,
        None => {
            session.watched = watched;
            session.show_watched();
            Fate::Contended
        }
    }
}

/// True when somebody holds for long what the client's transaction needs.
pub(crate) fn is_contended(server: &Server, session: &Session) -> bool {
    let Some(transaction) = &session.transaction else {
        return false;
    };
    let mut all = 0..server.keyspace.partitions() as PartitionIndex;
    match partitions(server, transaction, &session.watched) {
        None => all.any(|index| server.keyspace.is_held_long(index)),
        Some(partitions) => {
            let mut partitions = partitions.into_iter();
            partitions.any(|index| server.keyspace.is_held_long(index))
        }
    }
}

/// The partitions that it takes to run what is queued; nothing when it takes all.
fn partitions(
    server: &Server,
    transaction: &Transaction,
    watched: &[DatabaseKey],
) -> Option<SmallVec<[PartitionIndex; 8]>> {
    if transaction.commands().any(reaches_everything) {
        return None;
    }
    let watched = watched
        .iter()
        .map(|key| server.keyspace.key(&key.key).partition);
    Some(transaction.partitions().chain(watched).collect())
}

/// True when the command may touch partitions other than those of its keys.
pub(crate) fn reaches_everything(command: &Registered<Handler>) -> bool {
    match command.handler {
        Handler::Data(handler) => !matches!(handler, DataHandler::Keys(_) | DataHandler::Help),
        // What these groups are about is not in the keyspace.
        Handler::Server(_) => !matches!(
            command.description.group,
            Group::Connection | Group::Pubsub | Group::Transactions
        ),
    }
}
