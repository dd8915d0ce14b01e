//! Beginning, rewriting and ending the append-only file.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use ferrous_engine::keyspace::{Held, Snapshot};
use ferrous_persist::aof::BaseFormat;

use super::writer::Handle;
use super::{Files, State};
use crate::persistence::commands;
use crate::persistence::directory::NewFile;
use crate::persistence::jobs::{self, Kind, Ticket};
use crate::persistence::snapshot::{self, Purpose, SnapshotError};
use crate::server::{Server, now_ms};

/// Failures in a row before the next attempt has to wait.
const FAILURES_MAX: u64 = 3;
/// The first and the longest wait.
const WAIT_MIN: Duration = Duration::from_secs(60);
const WAIT_MAX: Duration = Duration::from_secs(3600);

/// Opens the append-only file for a server that has loaded what is in it. Blocks.
///
/// # Errors
/// When a file cannot be made or opened.
pub(crate) fn open(server: &'static Server, mut files: Files) -> anyhow::Result<()> {
    let aof = &server.persistence.aof;
    if files.is_empty() {
        files.create_directory()?;
        tracing::info!("Creating AOF base file on server start");
        first_base(server, &mut files)?;
    }
    let (file, size) = if let Some(opened) = files.open_last_increment()? {
        opened
    } else {
        let file = files.begin_increment()?;
        files.store(&files.manifest)?;
        (file, 0)
    };
    collect_history(server, &mut files)?;
    let total = files.total_bytes();
    aof.status.size.store(total, Relaxed);
    aof.status.base_size.store(total, Relaxed);
    let reader = {
        let _everything = Held::all(&server.keyspace);
        server.persistence.log.subscribe()
    };
    *aof.files.lock() = Some(files);
    *aof.thread.lock() = Some(Handle::start(server, reader, file, size)?);
    aof.set_state(State::On);
    Ok(())
}

/// Writes what was loaded from elsewhere as the base of a log that does not exist yet.
fn first_base(server: &'static Server, files: &mut Files) -> anyhow::Result<()> {
    let ticket = server.persistence.jobs.claim_in_turn(server, Kind::Rewrite);
    loop {
        let mut held = Held::all(&server.keyspace);
        let snapshot = snapshot::begin(server, &mut held)?;
        match write_base(server, &mut held, snapshot, files) {
            Err(Failure::Snapshot(error))
                if server
                    .persistence
                    .jobs
                    .can_take_newer_format(server, &error) => {}
            outcome => {
                drop(ticket);
                return Ok(outcome?);
            }
        }
    }
}

/// Turns the append-only file on: its base is a snapshot of now, and until that is complete, there is none.
///
/// # Errors
/// When its first increment cannot be made.
pub(crate) fn turn_on(server: &'static Server) -> anyhow::Result<()> {
    let aof = &server.persistence.aof;
    if aof.state() != State::Off {
        return Ok(());
    }
    let jobs = &server.persistence.jobs;
    if jobs.is_running(Kind::BackgroundSave) {
        tracing::info!(
            "AOF was enabled but there is already another background operation. An AOF background was scheduled to \
             start when possible."
        );
        aof.set_state(State::WaitsForTurn);
        jobs.rewrite_scheduled.store(true, Relaxed);
        return Ok(());
    }
    let ticket = jobs.claim_in_turn(server, Kind::Rewrite);
    let mut files = Files::find(&server.config.persistence)?;
    let file = files.begin_increment()?;
    let (reader, snapshot) = {
        let mut held = Held::all(&server.keyspace);
        let snapshot = snapshot::begin(server, &mut held);
        (server.persistence.log.subscribe(), snapshot)
    };
    let snapshot = match snapshot {
        Ok(snapshot) => snapshot,
        Err(error) => {
            files.drop_last_increment();
            return Err(error.into());
        }
    };
    let handle = match Handle::start(server, reader, file, 0) {
        Ok(handle) => handle,
        Err(error) => {
            snapshot.abandon(&mut Held::in_turn(&server.keyspace));
            files.drop_last_increment();
            return Err(error).context("starting the thread that writes the append-only file");
        }
    };
    aof.status.size.store(0, Relaxed);
    *aof.files.lock() = Some(files);
    *aof.thread.lock() = Some(handle);
    aof.set_state(State::WaitsForBase);
    tracing::info!("AOF was enabled: its base is being written");
    jobs::spawn("ferrous-rewrite", move || {
        rewrite(server, &ticket, snapshot);
    });
    Ok(())
}

/// Turns the append-only file off. What is appended so far is written and flushed.
pub(crate) fn turn_off(server: &'static Server) {
    let aof = &server.persistence.aof;
    let jobs = &server.persistence.jobs;
    jobs.rewrite_scheduled.store(false, Relaxed);
    if jobs.cancel(Kind::Rewrite) {
        tracing::info!("Killing AOF child: the rewrite in the background is called off");
        jobs.wait_until_idle();
    }
    if aof.state() == State::Off {
        return;
    }
    if let Some(thread) = aof.thread.lock().take() {
        thread.stop(server);
    }
    let was_waiting = aof.state() == State::WaitsForBase;
    aof.set_state(State::Off);
    if let Some(mut files) = aof.files.lock().take()
        && was_waiting
    {
        files.drop_last_increment();
    }
    aof.status.advance(0, 0);
}

/// True when enough time has passed since rewrites failed.
pub(crate) fn may_retry(server: &Server) -> bool {
    let retry_at = *server.persistence.aof.retry_at.lock();
    retry_at.is_none_or(|retry_at| Instant::now() >= retry_at)
}

/// True when the append-only file is due to be rewritten because of its size.
pub(crate) fn has_outgrown(server: &Server) -> bool {
    let aof = &server.persistence.aof;
    let parameters = &server.config.persistence;
    let percentage = u64::from(parameters.auto_aof_rewrite_percentage.get());
    let size = aof.status.size.load(Relaxed);
    if aof.state() != State::On
        || percentage == 0
        || size <= parameters.auto_aof_rewrite_min_size.get()
    {
        return false;
    }
    let base = aof.status.base_size.load(Relaxed).max(1);
    let growth = (u128::from(size) * 100 / u128::from(base)).saturating_sub(100);
    if growth < u128::from(percentage) {
        return false;
    }
    tracing::info!("Starting automatic rewriting of AOF on {growth}% growth");
    true
}

/// Begins a rewrite in the background, or notes that it could not be begun; false when something else runs, or it
/// failed.
pub(crate) fn begin_rewrite(server: &'static Server) -> bool {
    let jobs = &server.persistence.jobs;
    let wanted = server.config.persistence.appendonly.get();
    if wanted && server.persistence.aof.state() != State::On {
        return begin_anew(server);
    }
    let Ok(ticket) = jobs.claim(server, Kind::Rewrite) else {
        return false;
    };
    jobs.rewrite_scheduled.store(false, Relaxed);
    match begin(server) {
        Ok(snapshot) => {
            tracing::info!(
                "Background append only file rewriting started by pid {}",
                std::process::id()
            );
            jobs::spawn("ferrous-rewrite", move || {
                rewrite(server, &ticket, snapshot);
            });
            true
        }
        Err(error) => {
            tracing::warn!("Can't rewrite the append-only file: {error:#}");
            failed(server, &ticket);
            false
        }
    }
}

/// Turns the append-only file on again, whose first base could not be written.
fn begin_anew(server: &'static Server) -> bool {
    if server.persistence.jobs.running().is_some() {
        return false;
    }
    turn_off(server);
    match turn_on(server) {
        Ok(()) => true,
        Err(error) => {
            tracing::warn!("Can't turn on the append-only file: {error:#}");
            let jobs = &server.persistence.jobs;
            jobs.rewrites.note(false, Duration::ZERO, 0);
            wait_after_failures(server);
            jobs.rewrite_scheduled.store(true, Relaxed);
            false
        }
    }
}

/// Begins the snapshot and, where there is a log, the increment that follows it.
fn begin(server: &'static Server) -> anyhow::Result<Snapshot> {
    let aof = &server.persistence.aof;
    let mut files = aof.files.lock();
    let next = match (&mut *files, aof.state()) {
        (Some(files), State::On) => {
            let before = files.manifest.clone();
            let file = files.begin_increment()?;
            // Who starts from here loads the new increment last, whether it is empty or not.
            if let Err(error) = files.store(&files.manifest) {
                files.drop_last_increment();
                files.manifest = before;
                return Err(error);
            }
            Some(file)
        }
        (None, _) if aof.state() == State::Off => None,
        _ => anyhow::bail!("the append-only file is being turned on or off"),
    };
    let mut held = Held::all(&server.keyspace);
    let snapshot = snapshot::begin(server, &mut held)?;
    if let Some(file) = next
        && let Some(thread) = &*aof.thread.lock()
    {
        thread.switch(server, server.persistence.log.cut(), file);
    }
    Ok(snapshot)
}

/// Why a base was not written.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Snapshot(SnapshotError),
    #[error("{0:#}")]
    Files(anyhow::Error),
}

impl From<SnapshotError> for Failure {
    fn from(error: SnapshotError) -> Self {
        Self::Snapshot(error)
    }
}

/// Writes a snapshot as the new base.
fn write_base(
    server: &'static Server,
    held: &mut Held<'_>,
    snapshot: Snapshot,
    files: &mut Files,
) -> Result<(), Failure> {
    let (temporary, format) = write_temporary(server, held, snapshot)?;
    files
        .replace_base(temporary, format, 0)
        .map_err(Failure::Files)
}

/// Writes a snapshot as a base that has no name yet.
fn write_temporary(
    server: &'static Server,
    held: &mut Held<'_>,
    snapshot: Snapshot,
) -> Result<(NewFile, BaseFormat), SnapshotError> {
    let path = PathBuf::from(format!("temp-rewriteaof-bg-{}.aof", std::process::id()));
    let mut temporary = match NewFile::create(path) {
        Ok(temporary) => temporary,
        Err(error) => {
            snapshot.abandon(held);
            return Err(error.into());
        }
    };
    snapshot::write(server, held, snapshot, temporary.file(), Purpose::AofBase)?;
    if server.config.persistence.aof_use_rdb_preamble.get() {
        return Ok((temporary, BaseFormat::Rdb));
    }
    let path = PathBuf::from(format!("temp-rewriteaof-{}.aof", std::process::id()));
    let mut spelled = NewFile::create(path)?;
    let seed = server.keyspace.seed();
    let noted = server.config.persistence.aof_timestamp_enabled.get();
    let timestamp = noted.then(|| now_ms() / 1000);
    let (snapshot, out) = (temporary.file(), spelled.file());
    commands::convert(snapshot, out, &server.limits(), seed, timestamp)
        .map_err(|error| io::Error::other(error.to_string()))?;
    Ok((spelled, BaseFormat::Commands))
}

/// Writes the base and puts it into its place. Runs on a thread of its own.
fn rewrite(server: &'static Server, ticket: &Ticket, snapshot: Snapshot) {
    let aof = &server.persistence.aof;
    let mut held = Held::in_turn(&server.keyspace);
    let written = write_temporary(server, &mut held, snapshot);
    let outcome = written
        .map_err(Failure::from)
        .and_then(|base| install(server, base).map_err(Failure::Files));
    match outcome {
        Ok(()) => {
            tracing::info!("Background AOF rewrite terminated with success");
            *aof.retry_at.lock() = None;
            ticket.note(true);
            tracing::info!("Background AOF rewrite finished successfully");
        }
        Err(Failure::Snapshot(SnapshotError::Cancelled)) => {
            tracing::warn!("Background AOF rewrite terminated by signal 10");
            ticket.note(false);
        }
        Err(Failure::Snapshot(error))
            if server
                .persistence
                .jobs
                .can_take_newer_format(server, &error) =>
        {
            server
                .persistence
                .jobs
                .rewrite_scheduled
                .store(true, Relaxed);
        }
        Err(error) => {
            tracing::warn!("Background AOF rewrite terminated with error: {error}");
            failed(server, ticket);
        }
    }
}

fn install(server: &'static Server, base: (NewFile, BaseFormat)) -> anyhow::Result<()> {
    let aof = &server.persistence.aof;
    let mut files = aof.files.lock();
    let Some(files) = &mut *files else {
        // A rewrite without a log: the files are there for who turns it on later.
        let mut files = Files::find(&server.config.persistence)?;
        files.create_directory()?;
        // Whatever increments there are were written before.
        files.replace_base(base.0, base.1, 0)?;
        return collect_history(server, &mut files);
    };
    if let Some(thread) = &*aof.thread.lock() {
        // Increments that the base does not cover have to be as durable as it is.
        thread.flush(server);
    }
    files.replace_base(base.0, base.1, 1)?;
    aof.set_state(State::On);
    let room = aof.status.room.load(Relaxed);
    let total = files.total_bytes().saturating_sub(room);
    aof.status.size.store(total, Relaxed);
    aof.status.base_size.store(total, Relaxed);
    collect_history(server, files)
}

/// Deletes what is no longer part of the log, unless that is left to others.
fn collect_history(server: &Server, files: &mut Files) -> anyhow::Result<()> {
    if server.config.persistence.aof_disable_auto_gc.get() {
        return Ok(());
    }
    files.delete_history()
}

/// Notes a failure, and when to try again.
fn failed(server: &'static Server, ticket: &Ticket) {
    ticket.note(false);
    wait_after_failures(server);
    if server.persistence.aof.state() == State::WaitsForBase {
        server
            .persistence
            .jobs
            .rewrite_scheduled
            .store(true, Relaxed);
    }
}

fn wait_after_failures(server: &Server) {
    let failures = server.persistence.jobs.rewrites.failures.load(Relaxed);
    if failures >= FAILURES_MAX {
        let factor = 1 << (failures - FAILURES_MAX).min(10);
        let wait = (WAIT_MIN * factor).min(WAIT_MAX);
        tracing::warn!(
            "Background AOF rewrite has repeatedly failed and triggered the limit, will retry in {} minutes",
            wait.as_secs() / 60
        );
        *server.persistence.aof.retry_at.lock() = Some(Instant::now() + wait);
    }
}
