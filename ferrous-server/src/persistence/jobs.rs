//! Snapshots that are being written, and how those before went. There is one at a time.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use ferrous_engine::keyspace::{Held, Snapshot};
use ferrous_persist::rdb::WriteError;
use parking_lot::{Condvar, Mutex};

use super::directory::{self, NewFile};
use super::snapshot::{self, Progress, Purpose, SnapshotError};
use crate::config::RdbFormat;
use crate::server::{Server, now_ms};

/// What a snapshot is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The file of `dbfilename`, while somebody waits for it.
    Save,
    /// The same in the background.
    BackgroundSave,
    /// A new base of the append-only file.
    Rewrite,
}

/// How snapshots and rewrites go.
#[derive(Debug)]
pub(crate) struct Jobs {
    /// How far the one at hand is.
    pub(crate) progress: Progress,
    running: Mutex<Option<(Kind, Instant)>>,
    ended: Condvar,
    /// `BGSAVE SCHEDULE` waits for another job to end.
    pub(crate) save_scheduled: AtomicBool,
    /// `BGREWRITEAOF` waits for another job to end.
    pub(crate) rewrite_scheduled: AtomicBool,
    /// How saves went.
    pub(crate) saves: Outcomes,
    /// How rewrites went.
    pub(crate) rewrites: Outcomes,
    /// When the last save that succeeded ended, and when one was last tried; in seconds since the epoch.
    pub(crate) last_save_s: AtomicI64,
    pub(crate) last_try_s: AtomicI64,
    newer_format: AtomicBool,
}

/// How jobs of a kind went.
#[derive(Debug)]
pub(crate) struct Outcomes {
    /// The last one failed.
    pub(crate) failed: AtomicBool,
    /// Seconds that the last one took; -1 before the first.
    pub(crate) took_s: AtomicI64,
    /// How many succeeded.
    pub(crate) count: AtomicU64,
    /// How many failed since one succeeded.
    pub(crate) failures: AtomicU64,
    /// The most bytes that writers had to hand over to the last one and that were not written yet.
    pub(crate) handed_over: AtomicU64,
}

impl Default for Outcomes {
    fn default() -> Self {
        Self {
            failed: AtomicBool::new(false),
            took_s: AtomicI64::new(-1),
            count: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            handed_over: AtomicU64::new(0),
        }
    }
}

impl Outcomes {
    /// Notes one.
    pub(super) fn note(&self, succeeded: bool, took: Duration, handed_over: u64) {
        self.failed.store(!succeeded, Relaxed);
        self.took_s.store(took.as_secs() as i64, Relaxed);
        self.handed_over.store(handed_over, Relaxed);
        if succeeded {
            self.count.fetch_add(1, Relaxed);
            self.failures.store(0, Relaxed);
        } else {
            self.failures.fetch_add(1, Relaxed);
        }
    }
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            progress: Progress::default(),
            running: Mutex::default(),
            ended: Condvar::new(),
            save_scheduled: AtomicBool::new(false),
            rewrite_scheduled: AtomicBool::new(false),
            saves: Outcomes::default(),
            rewrites: Outcomes::default(),
            last_save_s: AtomicI64::new(now_ms() / 1000),
            last_try_s: AtomicI64::new(0),
            newer_format: AtomicBool::new(false),
        }
    }
}

/// The right to write a snapshot; given back when it is dropped.
pub(crate) struct Ticket {
    server: &'static Server,
    kind: Kind,
    started: Instant,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let jobs = &self.server.persistence.jobs;
        *jobs.running.lock() = None;
        jobs.progress.cancelled.store(false, SeqCst);
        jobs.ended.notify_all();
    }
}

impl Ticket {
    /// Notes how the job went. Who waits for a save that fails is told, so only one in the background stops writes.
    pub(crate) fn note(&self, succeeded: bool) {
        if self.kind == Kind::Save && !succeeded {
            return;
        }
        let jobs = &self.server.persistence.jobs;
        let outcomes = match self.kind {
            Kind::Save | Kind::BackgroundSave => &jobs.saves,
            Kind::Rewrite => &jobs.rewrites,
        };
        let handed_over = jobs.progress.in_flight_peak.load(Relaxed);
        outcomes.note(succeeded, self.started.elapsed(), handed_over);
    }
}

impl Jobs {
    /// Takes the right to write a snapshot.
    ///
    /// # Errors
    /// What is being written for now.
    pub(crate) fn claim(&self, server: &'static Server, kind: Kind) -> Result<Ticket, Kind> {
        let mut running = self.running.lock();
        if let Some((other, _)) = *running {
            return Err(other);
        }
        let started = Instant::now();
        *running = Some((kind, started));
        Ok(Ticket {
            server,
            kind,
            started,
        })
    }

    /// As [`Jobs::claim`], once the job at hand is over. Blocks.
    pub(crate) fn claim_in_turn(&self, server: &'static Server, kind: Kind) -> Ticket {
        loop {
            if let Ok(ticket) = self.claim(server, kind) {
                return ticket;
            }
            let mut running = self.running.lock();
            if running.is_some() {
                self.ended.wait(&mut running);
            }
        }
    }

    /// What is being written for, and since when.
    pub(crate) fn running(&self) -> Option<(Kind, Instant)> {
        *self.running.lock()
    }

    /// True while a job of `kind` runs.
    pub(crate) fn is_running(&self, kind: Kind) -> bool {
        self.running().is_some_and(|(running, _)| running == kind)
    }

    /// Calls the job at hand off if it is one of `kind`; true if there was one. It ends soon.
    pub(crate) fn cancel(&self, kind: Kind) -> bool {
        let running = self.running.lock();
        let found = running.is_some_and(|(running, _)| running == kind);
        if found {
            self.progress.cancelled.store(true, SeqCst);
        }
        found
    }

    /// Waits until no job runs.
    pub(crate) fn wait_until_idle(&self) {
        let mut running = self.running.lock();
        while running.is_some() {
            self.ended.wait(&mut running);
        }
    }

    /// True when the last save failed.
    pub(crate) fn last_save_failed(&self) -> bool {
        self.saves.failed.load(Relaxed)
    }

    /// True once there was something that only the newest format has a place for.
    pub(crate) fn needs_newer_format(&self) -> bool {
        self.newer_format.load(Relaxed)
    }

    /// True when `error` says that the format chosen by itself was too old: the next attempt takes a newer one.
    pub(crate) fn can_take_newer_format(&self, server: &Server, error: &SnapshotError) -> bool {
        let chosen = server.config.persistence.rdb_version.get();
        let too_old = matches!(error, SnapshotError::Format(WriteError::CannotHold { .. }));
        if !too_old || chosen != RdbFormat::Auto || self.newer_format.swap(true, Relaxed) {
            return false;
        }
        tracing::info!("{error}; writing the format of Valkey 9 instead");
        true
    }
}

/// Writes a snapshot of the present state and puts it in the place of the last one. Returns how many changes it is of.
/// Blocks, with nothing held.
///
/// # Errors
/// When it cannot be written; the file is as it was then.
pub(crate) fn save(server: &'static Server, ticket: &Ticket) -> Result<u64, SnapshotError> {
    let outcome = save_in_some_format(server, |server| write_begun(server, begin_now(server)?));
    finish_save(server, ticket, &outcome);
    if outcome.is_ok() {
        tracing::info!("DB saved on disk");
    }
    outcome
}

/// Begins a snapshot of the present state, to be written in the background.
///
/// # Errors
/// What is being written for now.
pub(crate) fn save_in_background(server: &'static Server) -> Result<(), Kind> {
    let jobs = &server.persistence.jobs;
    let ticket = jobs.claim(server, Kind::BackgroundSave)?;
    jobs.save_scheduled.store(false, Relaxed);
    jobs.last_try_s.store(now_ms() / 1000, Relaxed);
    tracing::info!("Background saving started by pid {}", std::process::id());
    let first = begin_now(server);
    let work = move || {
        let mut first = Some(first);
        let outcome = save_in_some_format(server, |server| {
            let begun = first.take().unwrap_or_else(|| begin_now(server))?;
            write_begun(server, begun)
        });
        finish_save(server, &ticket, &outcome);
        match &outcome {
            Ok(_) => tracing::info!("Background saving terminated with success"),
            Err(SnapshotError::Cancelled) => {
                tracing::warn!("Background saving terminated by signal 10");
            }
            Err(_) => tracing::warn!("Background saving error"),
        }
        drop(ticket);
    };
    spawn("ferrous-bgsave", work);
    Ok(())
}

/// Deals with a data set that was emptied on purpose: the snapshot being written of what it was is called off, and where
/// there are save points, the file says so too before the client is told. Blocks, with nothing held.
pub(crate) fn after_emptying(server: &'static Server) {
    let persistence = &server.persistence;
    if persistence.loading.is_on() {
        return;
    }
    if persistence.jobs.cancel(Kind::BackgroundSave) {
        tracing::info!("The data set was emptied: the background saving is called off");
    }
    if server.config.persistence.save.load().is_empty() {
        return;
    }
    tokio::task::block_in_place(|| {
        let ticket = persistence.jobs.claim_in_turn(server, Kind::Save);
        // Should it fail, that is logged and noted, and the data set is empty nevertheless.
        let _ = save(server, &ticket);
    });
}

/// A snapshot of the present state, and how many changes there were by then.
fn begin_now(server: &Server) -> Result<(Snapshot, u64), SnapshotError> {
    let mut held = Held::all(&server.keyspace);
    let dirty = server.stats.changes();
    Ok((snapshot::begin(server, &mut held)?, dirty))
}

/// Writes a snapshot that has begun, while others go on; returns how many changes it is of.
fn write_begun(server: &Server, begun: (Snapshot, u64)) -> Result<u64, SnapshotError> {
    let (snapshot, dirty) = begun;
    let mut held = Held::in_turn(&server.keyspace);
    write_dump(server, &mut held, snapshot)?;
    note_saved(server, dirty);
    Ok(dirty)
}

/// Runs `work` on a thread of its own, or here when the system has none.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) {
    let work = Mutex::new(Some(work));
    let work = std::sync::Arc::new(work);
    let same = std::sync::Arc::clone(&work);
    let run = move || {
        let work = same.lock().take();
        if let Some(work) = work {
            work();
        }
    };
    if let Err(error) = thread::Builder::new().name(name.to_owned()).spawn(run) {
        tracing::warn!("starting a thread: {error}");
        let work = work.lock().take();
        if let Some(work) = work {
            work();
        }
    }
}

fn save_in_some_format(
    server: &'static Server,
    mut save: impl FnMut(&'static Server) -> Result<u64, SnapshotError>,
) -> Result<u64, SnapshotError> {
    match save(server) {
        Err(error)
            if server
                .persistence
                .jobs
                .can_take_newer_format(server, &error) =>
        {
            save(server)
        }
        outcome => outcome,
    }
}

/// Writes a snapshot into the file of `dbfilename`.
fn write_dump(
    server: &Server,
    held: &mut Held<'_>,
    snapshot: Snapshot,
) -> Result<(), SnapshotError> {
    let name = server.config.persistence.dbfilename.to_string_lossy();
    let mut file = match NewFile::create(temporary_dump()) {
        Ok(file) => file,
        Err(error) => {
            tracing::warn!("Failed opening the temp RDB file for saving: {error}");
            snapshot.abandon(held);
            return Err(error.into());
        }
    };
    snapshot::write(server, held, snapshot, file.file(), Purpose::Dump)?;
    file.keep_as(Path::new(&name))?;
    Ok(())
}

/// The name that a snapshot has while it is written.
pub(crate) fn temporary_dump() -> PathBuf {
    PathBuf::from(format!("temp-{}.rdb", std::process::id()))
}

fn note_saved(server: &Server, dirty: u64) {
    server.stats.dirty_baseline.store(dirty as i64, Relaxed);
    let jobs = &server.persistence.jobs;
    jobs.last_save_s.store(now_ms() / 1000, Relaxed);
}

fn finish_save(server: &Server, ticket: &Ticket, outcome: &Result<u64, SnapshotError>) {
    match outcome {
        // To call a save off is no failure of the disk.
        Err(SnapshotError::Cancelled) => {}
        Err(error) => {
            tracing::warn!("Write error saving DB on disk: {error}");
            ticket.note(false);
        }
        Ok(_) => ticket.note(true),
    }
    // What was written before it failed is gone with its file; what another process left is not ours.
    let _ = directory::sync_parent(Path::new(
        &*server.config.persistence.dbfilename.to_string_lossy(),
    ));
}
