//! What is written before the server ends.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use ferrous_engine::keyspace::Held;

use super::aof::State;
use super::jobs::{self, Kind};
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

/// Somebody is at it.
static PREPARING: AtomicBool = AtomicBool::new(false);

/// Writes what has to be written; true when the server may end. From then on nothing changes any more, so that nothing
/// is acknowledged that is not written. With `force`, what cannot be written is no reason to stay. Blocks.
pub(crate) fn prepare(server: &'static Server, save: LastSave, force: bool) -> bool {
    if PREPARING.swap(true, SeqCst) {
        return false;
    }
    let ready = try_prepare(server, save, force);
    PREPARING.store(ready, SeqCst);
    ready
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
    let ticket = persistence.jobs.claim_in_turn(server, Kind::Save);
    let mut held = Held::all(&server.keyspace);
    let save = match save {
        LastSave::WithSavePoints => !server.config.persistence.save.load().is_empty(),
        LastSave::Always => true,
        LastSave::Never => false,
    };
    if save {
        tracing::info!("Saving the final RDB snapshot before exiting.");
        if jobs::save(server, &ticket, &mut held).is_err() {
            tracing::warn!("Error trying to save the DB, can't exit.");
            if !force {
                return false;
            }
        }
    }
    if persistence.aof.state() != State::Off {
        tracing::info!("Calling fsync() on the AOF file.");
        persistence.aof.flush(server);
        if let Some(reason) = persistence.aof.trouble() {
            tracing::warn!("Error trying to write the AOF file, can't exit: {reason}");
            if !force {
                return false;
            }
        }
    }
    // Nobody changes anything until the process is gone, nor begins another snapshot.
    mem::forget(held);
    mem::forget(ticket);
    true
}
