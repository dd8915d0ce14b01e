//! `MULTI`, `EXEC` and what belongs to them.

use ferrous_engine::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::DatabaseKey;
use ferrous_resp::Encoder;

use crate::execute::{Command, Done, ServerCall};
use crate::transaction::{self, Fate};

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[DISCARD, EXEC, MULTI, UNWATCH, WATCH];

const MULTI: Command = Command::new(Group::Transactions, "multi", Arity::Exactly(1), multi)
    .flags(
        Flags::ALLOW_BUSY
            .with(Flags::FAST)
            .with(Flags::LOADING)
            .with(Flags::NO_MULTI)
            .with(Flags::NOSCRIPT)
            .with(Flags::STALE)
            .with(Flags::AT_ONCE),
    )
    .since("1.2.0")
    .cost("O(1)")
    .summary("Begins a transaction: the commands that follow are queued.");

fn multi(call: &mut ServerCall) -> CommandResult {
    if call.session.transaction.is_some() {
        return Err(CommandError::fixed("ERR MULTI calls can not be nested"));
    }
    call.session.set_transaction(Some(Box::default()));
    call.reply.ok();
    Ok(())
}

const EXEC: Command = Command::new(Group::Transactions, "exec", Arity::Exactly(1), exec)
    .flags(
        Flags::LOADING
            .with(Flags::NOSCRIPT)
            .with(Flags::SKIP_SLOWLOG)
            .with(Flags::STALE)
            .with(Flags::AT_ONCE)
            .with(Flags::RUNS_QUEUED),
    )
    .since("1.2.0")
    .cost("That of the queued commands")
    .summary("Runs the queued commands as one change.");

fn exec(call: &mut ServerCall) -> CommandResult {
    let Some(transaction) = call.session.set_transaction(None) else {
        return Err(CommandError::fixed("ERR EXEC without MULTI"));
    };
    if transaction.is_aborted() {
        transaction::unwatch(call.server, call.session);
        return Err(CommandError::fixed(
            "EXECABORT Transaction discarded because of previous errors.",
        ));
    }
    let protocol = call.reply.protocol();
    let fate = transaction::run(
        call.turn,
        call.session,
        &transaction,
        call.reply.buffer(),
        |output, len| Encoder::new(output, protocol).array(len),
    );
    match fate {
        Fate::Ran => {}
        Fate::Lost => call.reply.nil_array(),
        Fate::Contended => {
            call.session.set_transaction(Some(transaction));
            call.done = Done::Contended;
        }
    }
    Ok(())
}

const DISCARD: Command = Command::new(Group::Transactions, "discard", Arity::Exactly(1), discard)
    .flags(
        Flags::ALLOW_BUSY
            .with(Flags::FAST)
            .with(Flags::LOADING)
            .with(Flags::NOSCRIPT)
            .with(Flags::STALE)
            .with(Flags::AT_ONCE),
    )
    .since("2.0.0")
    .cost("O(n), n = queued commands")
    .summary("Forgets the queued commands and the watched keys.");

fn discard(call: &mut ServerCall) -> CommandResult {
    if call.session.transaction.is_none() {
        return Err(CommandError::fixed("ERR DISCARD without MULTI"));
    }
    transaction::discard(call.server, call.session);
    call.reply.ok();
    Ok(())
}

const WATCH: Command = Command::new(Group::Transactions, "watch", Arity::AtLeast(2), watch)
    .flags(
        Flags::ALLOW_BUSY
            .with(Flags::FAST)
            .with(Flags::LOADING)
            .with(Flags::NO_MULTI)
            .with(Flags::NOSCRIPT)
            .with(Flags::STALE)
            .with(Flags::AT_ONCE),
    )
    .keys(&[KeySpec::range(1, -1, 1).flags(KeyFlags::RO)])
    .args(&[Arg::key("key").multiple()])
    .since("2.2.0")
    .cost("O(n), n = keys")
    .summary("Lets the next transaction run only if these keys are still what they are now.");

fn watch(call: &mut ServerCall) -> CommandResult {
    if call.session.transaction.is_some() {
        return Err(CommandError::fixed("ERR WATCH inside MULTI is not allowed"));
    }
    for name in &call.argv[1..] {
        let key = DatabaseKey {
            database: call.session.database,
            key: Box::from(*name),
        };
        // Once a key has changed the transaction is lost, whatever becomes of others.
        if call.session.handle.watcher.is_touched() || call.session.watched.contains(&key) {
            continue;
        }
        let watcher = call.session.handle.watcher.clone();
        call.with_key(name, |db, key| db.watch(key, &watcher));
        call.session.watched.push(key);
    }
    call.session.show_watched();
    call.reply.ok();
    Ok(())
}

const UNWATCH: Command = Command::new(Group::Transactions, "unwatch", Arity::Exactly(1), unwatch)
    .flags(
        Flags::ALLOW_BUSY
            .with(Flags::FAST)
            .with(Flags::LOADING)
            .with(Flags::NOSCRIPT)
            .with(Flags::STALE),
    )
    .since("2.2.0")
    .cost("O(n), n = watched keys")
    .summary("Forgets the watched keys.");

/// Inside a transaction there is nothing left to forget: `EXEC` did before it ran this.
fn unwatch(call: &mut ServerCall) -> CommandResult {
    transaction::unwatch(call.server, call.session);
    call.reply.ok();
    Ok(())
}
