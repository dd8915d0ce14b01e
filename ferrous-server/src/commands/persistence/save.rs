//! Snapshots on demand.

use std::sync::atomic::Ordering::Relaxed;

use ferrous_engine::command::{Arg, Arity, Categories, Flags, Group};
use ferrous_engine::error::{CommandError, CommandResult};

use crate::execute::{Command, ServerCall};
use crate::persistence::jobs::{self, Kind};

const IN_PROGRESS: CommandError = CommandError::fixed("ERR Background save already in progress");
const OTHER_JOB: CommandError = CommandError::fixed(
    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.",
);
const NOT_IN_PROGRESS: CommandError =
    CommandError::fixed("ERR Background saving is currently not in progress or scheduled");

pub(super) const SAVE: Command = Command::new(Group::Server, "save", Arity::Exactly(1), save)
    .flags(
        Flags::ADMIN
            .with(Flags::NO_ASYNC_LOADING)
            .with(Flags::NO_MULTI)
            .with(Flags::NOSCRIPT),
    )
    .since("1.0.0")
    .cost("O(n), n = keys")
    .summary("Writes a snapshot to disk and replies when that is done.");

/// Only the calling client waits: the snapshot is of now, whatever others do meanwhile.
fn save(call: &mut ServerCall) -> CommandResult {
    let server = call.server;
    let jobs = &server.persistence.jobs;
    if jobs.is_running(Kind::BackgroundSave) {
        return Err(IN_PROGRESS);
    }
    let outcome = tokio::task::block_in_place(|| {
        let ticket = jobs.claim_in_turn(server, Kind::Save);
        jobs::save(server, &ticket)
    });
    outcome.map_err(|_| CommandError::fixed("ERR"))?;
    call.reply.ok();
    Ok(())
}

pub(super) const BGSAVE: Command = Command::new(Group::Server, "bgsave", Arity::AtLeast(1), bgsave)
    .flags(
        Flags::ADMIN
            .with(Flags::NO_ASYNC_LOADING)
            .with(Flags::NOSCRIPT),
    )
    .args(&[Arg::one_of(
        "operation",
        &[
            Arg::word("schedule", "SCHEDULE").since("3.2.2"),
            Arg::word("cancel", "CANCEL").since("8.1.0"),
        ],
    )
    .optional()])
    .since("1.0.0")
    .history(&[("3.2.2", "Takes `SCHEDULE`."), ("8.1.0", "Takes `CANCEL`.")])
    .cost("O(1)")
    .summary("Begins to write a snapshot to disk, or calls that off.");

fn bgsave(call: &mut ServerCall) -> CommandResult {
    let schedule = match call.argv[1..] {
        [] => false,
        [word] if word.eq_ignore_ascii_case(b"schedule") => true,
        [word] if word.eq_ignore_ascii_case(b"cancel") => return cancel(call),
        _ => return Err(CommandError::SYNTAX),
    };
    let server = call.server;
    if call.scope.is_some() {
        // What a transaction holds, a snapshot cannot begin with.
        server.persistence.jobs.save_scheduled.store(true, Relaxed);
        call.reply.simple(b"Background saving scheduled");
        return Ok(());
    }
    match jobs::save_in_background(server) {
        Ok(()) => call.reply.simple(b"Background saving started"),
        Err(Kind::BackgroundSave) => return Err(IN_PROGRESS),
        Err(Kind::Save | Kind::Rewrite) if schedule => {
            server.persistence.jobs.save_scheduled.store(true, Relaxed);
            call.reply.simple(b"Background saving scheduled");
        }
        Err(Kind::Save | Kind::Rewrite) => return Err(OTHER_JOB),
    }
    Ok(())
}

fn cancel(call: &mut ServerCall) -> CommandResult {
    let jobs = &call.server.persistence.jobs;
    if jobs.cancel(Kind::BackgroundSave) {
        tracing::info!("Background saving will be aborted due to user request");
        call.reply.simple(b"Background saving cancelled");
    } else if jobs.save_scheduled.swap(false, Relaxed) {
        tracing::info!("Scheduled background saving will be cancelled due to user request");
        call.reply.simple(b"Scheduled background saving cancelled");
    } else {
        return Err(NOT_IN_PROGRESS);
    }
    Ok(())
}

pub(super) const LASTSAVE: Command =
    Command::new(Group::Server, "lastsave", Arity::Exactly(1), lastsave)
        .flags(Flags::FAST.with(Flags::LOADING).with(Flags::STALE))
        .categories(Categories::ADMIN.with(Categories::DANGEROUS))
        .since("1.0.0")
        .tips(&["nondeterministic_output"])
        .cost("O(1)")
        .summary("Returns when the last snapshot was completed, in Unix time.");

fn lastsave(call: &mut ServerCall) -> CommandResult {
    let seconds = call.server.persistence.jobs.last_save_s.load(Relaxed);
    call.reply.integer(seconds);
    Ok(())
}
