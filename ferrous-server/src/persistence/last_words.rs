//! What is written before the server ends.

use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::time::Duration;
use std::{fs, mem, process, thread};

use ferrous_engine::keyspace::Held;

use super::aof::State;
use super::jobs::{self, Kind, Ticket};
use crate::server::Server;

/// Whether there is a last snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LastSave {
    /// If there are save points.
    WithSavePoints,
    /// In any case.
    Always,
    /// In no case.
    Never,
}

/// How far the end is.
#[derive(Debug, Default)]
pub(crate) struct Ending(AtomicU8);

const AWAY: u8 = 0;
/// What has to be written is being written.
const PREPARING: u8 = 1;
/// The same, but somebody does not want the end any more.
const ABORTED: u8 = 2;
/// Nothing stops it now.
const SURE: u8 = 3;
/// A signal has asked for it, and nothing is done yet.
const SCHEDULED: u8 = 4;

impl Ending {
    fn step(&self, from: u8, to: u8) -> bool {
        self.0.compare_exchange(from, to, SeqCst, SeqCst).is_ok()
    }
}

/// Notes that a signal asks for the end, unless it is on its way.
pub(crate) fn schedule(server: &Server) {
    server.persistence.ending.step(AWAY, SCHEDULED);
}

/// True until the end that a signal has asked for begins, or is called off.
pub(crate) fn is_scheduled(server: &Server) -> bool {
    server.persistence.ending.0.load(SeqCst) == SCHEDULED
}

/// Writes what has to be written; true when the server may end. Writers are held back meanwhile, and from then on nothing
/// changes any more, so that nothing is acknowledged that is not written. With `force`, what cannot be written is no
/// reason to stay. Blocks.
pub(crate) fn prepare(server: &'static Server, save: LastSave, force: bool) -> bool {
    let ending = &server.persistence.ending;
    if !ending.step(AWAY, PREPARING) && !ending.step(SCHEDULED, PREPARING) {
        return false;
    }
    server.pause.begin_shutdown();
    let running = &server.scripting.running;
    running.set_halted(save == LastSave::Never);
    if try_prepare(server, save, force) {
        return true;
    }
    running.set_halted(false);
    server.pause.end_shutdown();
    ending.0.store(AWAY, SeqCst);
    false
}

/// Stops the end that is being prepared; false when there is none, or it is too late.
pub(crate) fn abort(server: &Server) -> bool {
    let persistence = &server.persistence;
    let stopped = persistence.ending.step(PREPARING, ABORTED);
    if stopped {
        persistence.jobs.cancel(Kind::Save);
    }
    let stopped = stopped || persistence.ending.step(SCHEDULED, AWAY);
    if stopped {
        tracing::warn!("Shutdown manually aborted.");
    }
    stopped
}

fn try_prepare(server: &'static Server, save: LastSave, force: bool) -> bool {
    let persistence = &server.persistence;
    if persistence.loading.is_on() {
        return true;
    }
    if persistence.jobs.cancel(Kind::BackgroundSave) {
        tracing::warn!("There is a child saving an .rdb. Killing it!");
    }
    if persistence.jobs.cancel(Kind::Rewrite) {
        tracing::warn!("There is a child rewriting the AOF. Killing it!");
    }
    let halted = save == LastSave::Never;
    let ticket = if halted {
        claim_unless_halted(server)
    } else {
        Some(persistence.jobs.claim_in_turn(server, Kind::Save))
    };
    let save = match save {
        LastSave::WithSavePoints => !server.config.persistence.save.load().is_empty(),
        LastSave::Always => true,
        LastSave::Never => false,
    };
    if save {
        tracing::info!("Saving the final RDB snapshot before exiting.");
    }
    let held = if halted {
        hold_unsaved(server)
    } else {
        hold_saved(server, ticket.as_ref(), save, force)
    };
    let Some(held) = held else {
        return false;
    };
    if !flush_log(server) && !force {
        return false;
    }
    // Nobody changes anything until the process is gone, nor begins another snapshot.
    mem::forget(held);
    mem::forget(ticket);
    true
}

/// The right to write a snapshot, once the job at hand is over; nothing when that waits for a script that has come to a
/// halt.
fn claim_unless_halted(server: &'static Server) -> Option<Ticket> {
    loop {
        let claimed = server.persistence.jobs.claim(server, Kind::Save);
        if claimed.is_ok() || server.scripting.running.any() {
            return claimed.ok();
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Holds everything but what scripts hold that take long, which have come to a halt; nothing when the server must not
/// end.
fn hold_unsaved<'k>(server: &'static Server) -> Option<Held<'k>> {
    let held = Held::all_that_can_be(&server.keyspace);
    let sure = server.persistence.ending.step(PREPARING, SURE);
    sure.then_some(held)
}

/// Holds everything as it was saved, if it is to be saved at all; nothing when the server must not end.
fn hold_saved<'k>(
    server: &'static Server,
    ticket: Option<&Ticket>,
    save: bool,
    force: bool,
) -> Option<Held<'k>> {
    let log = &server.persistence.log;
    loop {
        let since = {
            let _everything = Held::all(&server.keyspace);
            log.subscribe()
        };
        if save
            && let Some(ticket) = ticket
            && jobs::save(server, ticket).is_err()
        {
            tracing::warn!("Error trying to save the DB, can't exit.");
            if !force {
                return None;
            }
        }
        let held = Held::all(&server.keyspace);
        // A writer may have been let through just before the others were held back.
        if !save || log.end() == since.offset() {
            let sure = server.persistence.ending.step(PREPARING, SURE);
            return sure.then_some(held);
        }
    }
}

/// Ends at once, because somebody insists. What is only half written is removed.
pub(crate) fn insist() -> ! {
    tracing::warn!("You insist... exiting now.");
    // There may be none.
    let _ = fs::remove_file(jobs::temporary_dump());
    process::exit(1)
}

/// Flushes the append-only file, if there is one; false when that fails.
fn flush_log(server: &Server) -> bool {
    let aof = &server.persistence.aof;
    if aof.state() == State::Off {
        return true;
    }
    tracing::info!("Calling fsync() on the AOF file.");
    aof.flush(server);
    let trouble = aof.trouble();
    if let Some(reason) = &trouble {
        tracing::warn!("Error trying to write the AOF file, can't exit: {reason}");
    }
    trouble.is_none()
}
