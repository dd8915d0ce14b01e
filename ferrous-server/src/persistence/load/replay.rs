//! Replaying the append-only file: its commands run through the one door, as a client's do.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use ferrous_engine::call::CallKeys;
use ferrous_engine::keyspace::DueKeys;
use ferrous_persist::aof::{AofError, AofReader, CommandReader, Entry};

use super::rdb::{LoadOptions, load_snapshot, read_options};
use super::{Counted, LoadError};
use crate::client::{Address, ClientHandle, Session};
use crate::execute::{self, Turn};
use crate::persistence::aof::Files;
use crate::server::{Server, now_ms};
use crate::worker::Worker;

/// Commands that run before the clock is read again.
const TURN_COMMANDS: usize = 1024;

/// Loads the files of a log, in order. Blocks.
///
/// # Errors
/// When a file is missing or damaged. Only the end of the last one may be missing, if `aof-load-truncated` allows it: it
/// is cut to what is whole then.
pub(crate) fn load_log(server: &'static Server, files: &Files) -> Result<(), LoadError> {
    let all: Vec<_> = files.manifest.files().collect();
    for (index, file) in all.iter().enumerate() {
        let path = files.path(file);
        let is_last = index + 1 == all.len();
        let started = std::time::Instant::now();
        load_file(server, &path, is_last)
            .map_err(|error| LoadError::Refused(format!("{}: {error}", path.display())))?;
        tracing::info!(
            "DB loaded from {} file {}: {:.3} seconds",
            if index == 0 && files.manifest.base.is_some() {
                "base"
            } else {
                "incr"
            },
            file.name,
            started.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

fn load_file(server: &'static Server, path: &Path, is_last: bool) -> Result<(), LoadError> {
    let source = Counted {
        source: File::open(path)?,
        server,
    };
    let mut commands = match AofReader::new(source, read_options(server))? {
        AofReader::Commands(commands) => commands,
        AofReader::Preamble(mut snapshot) => {
            let options = LoadOptions {
                drop_due: false,
                replace: false,
            };
            load_snapshot(server, &mut snapshot, options)?;
            CommandReader::after(snapshot)
        }
    };
    match replay(server, &mut commands) {
        Err(LoadError::Aof(error)) if error.is_truncated() => cut(server, path, is_last, &error),
        outcome => outcome,
    }
}

/// Deals with a file whose end is missing.
fn cut(server: &Server, path: &Path, is_last: bool, error: &AofError) -> Result<(), LoadError> {
    if !is_last {
        return Err(LoadError::Refused(format!(
            "{error}, and the file is not the last of the log: only the last one may be cut short by a crash"
        )));
    }
    if !server.config.persistence.aof_load_truncated.get() {
        return Err(LoadError::Refused(format!(
            "Unexpected end of file reading the append only file: {error}. 'redis-check-aof --fix' or 'aof-load-truncated yes' cuts the file to its first {} bytes, which are \
             whole",
            error.good_bytes
        )));
    }
    tracing::warn!(
        "!!! Warning: short read while loading the AOF file {}!!!",
        path.display()
    );
    tracing::warn!("AOF loaded anyway because aof-load-truncated is enabled: {error}");
    tracing::warn!(
        "Truncating the AOF {} at offset {}",
        path.display(),
        error.good_bytes
    );
    let file = OpenOptions::new().write(true).open(path)?;
    file.set_len(error.good_bytes)?;
    file.sync_all()?;
    Ok(())
}

/// Runs commands to the end of the file, whole transactions only.
fn replay<R: Read>(
    server: &'static Server,
    commands: &mut CommandReader<R>,
) -> Result<(), LoadError> {
    let mut session = session(server);
    Worker::with(server, |worker| {
        let Worker {
            output,
            random,
            evictor,
            counters,
            stats,
            ..
        } = worker;
        loop {
            let mut turn = Turn::new(server, true, random, evictor, counters, stats);
            turn.circumstances.due_keys = DueKeys::Kept;
            for _ in 0..TURN_COMMANDS {
                let Some(batch) = next_batch(commands)? else {
                    return Ok(());
                };
                for argv in &batch {
                    let argv: Vec<&[u8]> = argv.iter().map(|arg| &**arg).collect();
                    run(&mut turn, &mut session, &argv, output)?;
                }
            }
        }
    })
}

/// A command, or all those of a transaction.
type Commands = Vec<Vec<Box<[u8]>>>;

/// Reads up to where the keyspace may be seen again; nothing at the end.
fn next_batch<R: Read>(commands: &mut CommandReader<R>) -> Result<Option<Commands>, LoadError> {
    let mut batch = Commands::new();
    loop {
        match commands.next_entry()? {
            None => return Ok(None),
            Some(Entry::Timestamp(_)) => continue,
            Some(Entry::Command(command)) => {
                let frames = |name: &[u8]| command.iter().len() == 1 && is(command.get(0), name);
                if frames(b"discard") {
                    batch.clear();
                } else if !frames(b"multi") && !frames(b"exec") {
                    batch.push(command.iter().map(Box::from).collect());
                }
            }
        }
        if !commands.in_transaction() {
            return Ok(Some(batch));
        }
    }
}

fn is(word: Option<&[u8]>, name: &[u8]) -> bool {
    word.is_some_and(|word| word.eq_ignore_ascii_case(name))
}

fn run(
    turn: &mut Turn<'_>,
    session: &mut Session,
    argv: &[&[u8]],
    output: &mut Vec<u8>,
) -> Result<(), LoadError> {
    let mut keys = CallKeys::new();
    let named = execute::plan(turn.server, argv, &mut keys);
    if named.is_unknown() {
        let name = argv.first().copied().unwrap_or_default();
        return Err(LoadError::Refused(format!(
            "Unknown command '{}' reading the append only file",
            name.escape_ascii()
        )));
    }
    output.clear();
    execute::execute(turn, session, argv, &named.with(&keys), output);
    if output.first() == Some(&b'-') {
        tracing::debug!(
            "replaying '{}': {}",
            argv[0].escape_ascii(),
            output.trim_ascii_end().escape_ascii()
        );
    }
    Ok(())
}

/// The client that the commands are from.
fn session(server: &Server) -> Session {
    let nowhere = || Address::Unix(Box::from("append-only-file"));
    let handle = ClientHandle::new(server.clients.next_id(), nowhere(), nowhere(), -1, now_ms());
    let mut session = Session::new(Arc::new(handle), true);
    session.replays = true;
    session
}
