//! The data set, taken out and loaded again.

use std::path::Path;
use std::sync::atomic::Ordering::Relaxed;
use std::thread;

use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::Held;

use super::{Action, MANY};
use crate::execute::ServerCall;
use crate::persistence::aof::{Files, State};
use crate::persistence::jobs::{self, Kind};
use crate::persistence::load::{self, LoadError, LoadOptions};
use crate::server::{Server, now_ms};

const NOT_LOADED: CommandError =
    CommandError::fixed("ERR Error trying to load the RDB dump, check server logs.");
const NOT_REPLAYED: CommandError =
    CommandError::fixed("ERR Error trying to load the AOF files, check server logs.");

pub(super) const ACTIONS: &[Action] = &[
    Action::new("loadaof", "", 2..=2, load_log).help(
        "Write what is pending to the append-only files, empty the data set, and load it from them.",
    ),
    Action::new("reload", "[option ...]", 2..=MANY, reload).help(
        "Save a snapshot, empty the data set, and load it from the snapshot. Options:
         * MERGE: keep the key of the snapshot where both have it.
         * NOFLUSH: do not empty the data set before.
         * NOSAVE: load the snapshot that is there.",
    ),
];

/// What a reload leaves out.
struct Modifiers {
    save: bool,
    empty: bool,
    merge: bool,
}

impl Modifiers {
    fn parse(words: &[&[u8]]) -> CommandResult<Self> {
        let mut modifiers = Self {
            save: true,
            empty: true,
            merge: false,
        };
        for word in words {
            match word.to_ascii_lowercase().as_slice() {
                b"nosave" => modifiers.save = false,
                b"noflush" => modifiers.empty = false,
                b"merge" => modifiers.merge = true,
                _ => {
                    return Err(CommandError::fixed(
                        "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.",
                    ));
                }
            }
        }
        Ok(modifiers)
    }
}

fn reload(call: &mut ServerCall) -> CommandResult {
    refuse_inside(call)?;
    let modifiers = Modifiers::parse(&call.argv[2..])?;
    let server = call.server;
    tokio::task::block_in_place(|| {
        let ticket = server.persistence.jobs.claim_in_turn(server, Kind::Save);
        if modifiers.save {
            jobs::save(server, &ticket).map_err(|_| CommandError::fixed("ERR"))?;
        }
        let name = server.config.persistence.dbfilename.to_string_lossy();
        let path = Path::new(&*name);
        let bytes = path.metadata().map_or(0, |data| data.len());
        let options = LoadOptions {
            drop_due: true,
            replace: modifiers.merge,
        };
        load_anew(server, bytes, modifiers.empty, || {
            load::load_dump(server, path, options)
        })
        .map_err(|error| {
            tracing::warn!("DEBUG RELOAD: {error}");
            NOT_LOADED
        })
    })?;
    tracing::warn!("DB reloaded by DEBUG RELOAD");
    call.reply.ok();
    Ok(())
}

/// The data set cannot be replaced while a transaction holds it.
fn refuse_inside(call: &ServerCall) -> CommandResult {
    match call.scope {
        None => Ok(()),
        Some(_) => Err(CommandError::fixed(
            "ERR the data set cannot be loaded inside a transaction",
        )),
    }
}

fn load_log(call: &mut ServerCall) -> CommandResult {
    refuse_inside(call)?;
    let server = call.server;
    let outcome = tokio::task::block_in_place(|| {
        let files = log_files(server)?;
        load_anew(server, files.total_bytes(), true, || {
            load::load_log(server, &files)
        })
    });
    outcome.map_err(|error| {
        tracing::warn!("DEBUG LOADAOF: {error}");
        NOT_REPLAYED
    })?;
    tracing::warn!("Append Only File loaded by DEBUG LOADAOF");
    call.reply.ok();
    Ok(())
}

/// The files of the log, with everything in them that is appended so far.
fn log_files(server: &'static Server) -> Result<Files, LoadError> {
    let aof = &server.persistence.aof;
    if aof.state() == State::On {
        aof.flush(server);
        if let Some(files) = &*aof.files.lock() {
            return Ok(files.clone());
        }
    }
    Files::find(&server.config.persistence)
        .map_err(|error| LoadError::Refused(format!("{error:#}")))
}

/// Loads while other clients are told to wait. On a thread of its own, which has a worker's belongings to itself.
fn load_anew(
    server: &'static Server,
    bytes: u64,
    empty: bool,
    load: impl FnOnce() -> Result<(), LoadError> + Send,
) -> Result<(), LoadError> {
    server.persistence.loading.begin(bytes);
    if empty {
        empty_everything(server);
        server.scripting.clear_libraries();
    }
    let outcome = thread::scope(|scope| scope.spawn(load).join());
    server.persistence.loading.end();
    let changes = server.stats.changes();
    server.stats.dirty_baseline.store(changes as i64, Relaxed);
    outcome.unwrap_or_else(|_| Err(LoadError::Refused("the loader panicked".to_owned())))
}

fn empty_everything(server: &Server) {
    let mut held = Held::all(&server.keyspace);
    held.take_everything(now_ms());
}
