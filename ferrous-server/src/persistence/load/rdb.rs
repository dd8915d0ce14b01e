//! Loading a snapshot: this thread reads and makes the values, others put them into the keyspace.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use ferrous_engine::codec;
use ferrous_engine::keyspace::{AccessClock, ObjectEntry};
use ferrous_engine::limits::Limits;
use ferrous_persist::rdb::{Event, RdbReader, ReadOptions, Validation};
use parking_lot::Mutex;

use super::{Counted, LoadError};
use crate::scripting;
use crate::server::{Server, now_ms};

/// How a snapshot is loaded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LoadOptions {
    /// Leaves out keys whose time has come. In the base of a log they stay: the log says itself when they go.
    pub(crate) drop_due: bool,
    /// Keys that are there already are replaced; else they are an error.
    pub(crate) replace: bool,
}

/// Entries that go to a builder at a time.
const BATCH: usize = 256;
/// Batches that may wait.
const QUEUE: usize = 16;
const BUILDERS_MAX: usize = 4;

/// Entries with the numbers of their databases.
type Batch = Vec<(usize, ObjectEntry)>;

/// Loads the snapshot at `path`. Blocks.
///
/// # Errors
/// When it cannot be read, is damaged, or holds what this server does not know. What was loaded until then stays.
pub(crate) fn load_dump(
    server: &Server,
    path: &Path,
    options: LoadOptions,
) -> Result<(), LoadError> {
    let source = Counted {
        source: File::open(path)?,
        server,
    };
    let mut reader = RdbReader::new(source, read_options(server))?;
    load_snapshot(server, &mut reader, options)
}

pub(super) fn read_options(server: &Server) -> ReadOptions {
    ReadOptions {
        checksum: server.config.persistence.rdbchecksum.get()
            && !server.persistence.skips_checksums.load(Relaxed),
        // What commands walk without looking has to be looked at before.
        validation: Validation::Full,
    }
}

/// Loads all of a snapshot.
///
/// # Errors
/// As [`load_dump`].
pub(super) fn load_snapshot<R: Read>(
    server: &Server,
    reader: &mut RdbReader<R>,
    options: LoadOptions,
) -> Result<(), LoadError> {
    let (queue, batches) = sync_channel::<Batch>(QUEUE);
    let batches = Mutex::new(batches);
    let duplicate = Mutex::new(None);
    let loading = &server.persistence.loading;
    loading.keys_loaded.store(0, Relaxed);
    loading.keys_expired.store(0, Relaxed);
    let builders = thread::available_parallelism().map_or(1, usize::from) - 1;
    let outcome = thread::scope(|scope| {
        for _ in 0..builders.clamp(1, BUILDERS_MAX) {
            scope.spawn(|| build(server, &batches, options.replace, &duplicate));
        }
        Loader::new(server, options, queue).run(reader)
    });
    outcome?;
    match duplicate.into_inner() {
        Some(text) => Err(LoadError::Refused(text)),
        None => Ok(()),
    }
}

/// Puts entries into the keyspace until there are no more.
fn build(
    server: &Server,
    batches: &Mutex<Receiver<Batch>>,
    replace: bool,
    duplicate: &Mutex<Option<String>>,
) {
    loop {
        let batch = batches.lock().recv();
        let Ok(batch) = batch else { return };
        for (database, entry) in batch {
            if let Err(entry) = server.keyspace.restore(database, entry, replace) {
                duplicate.lock().get_or_insert_with(|| {
                    format!(
                        "RDB has duplicated key '{}' in DB {database}",
                        entry.key().escape_ascii()
                    )
                });
            }
        }
    }
}

/// The thread that reads.
struct Loader<'s> {
    server: &'s Server,
    options: LoadOptions,
    limits: Limits,
    now_ms: i64,
    access: AccessClock,
    database: usize,
    batch: Batch,
    queue: SyncSender<Batch>,
    name: Vec<u8>,
    empty: AtomicU64,
}

impl<'s> Loader<'s> {
    fn new(server: &'s Server, options: LoadOptions, queue: SyncSender<Batch>) -> Self {
        Self {
            server,
            options,
            limits: server.limits(),
            now_ms: now_ms(),
            access: server.circumstances(false).access,
            database: 0,
            batch: Vec::with_capacity(BATCH),
            queue,
            name: Vec::new(),
            empty: AtomicU64::new(0),
        }
    }

    fn run<R: Read>(mut self, reader: &mut RdbReader<R>) -> Result<(), LoadError> {
        tracing::info!("Loading RDB of {}", reader.version());
        loop {
            let key = match reader.next_event()? {
                None => break,
                Some(Event::Key(key)) => {
                    self.name.clear();
                    self.name.extend_from_slice(key.name);
                    (key.encoding, key.expire_at_ms, key.idle_secs, key.frequency)
                }
                Some(event) => {
                    self.event(&event)?;
                    continue;
                }
            };
            let (encoding, deadline, idle, frequency) = key;
            let seed = self.server.keyspace.seed();
            let loaded = codec::load(encoding, reader, &self.limits, seed)?;
            let loading = &self.server.persistence.loading;
            if self.options.drop_due && deadline.is_some_and(|deadline| deadline <= self.now_ms) {
                loading.keys_expired.fetch_add(1, Relaxed);
                continue;
            }
            let Some(loaded) = loaded else {
                tracing::info!("RDB: skipping empty key: {}", self.name.escape_ascii());
                self.empty.fetch_add(1, Relaxed);
                continue;
            };
            let mut entry = loaded.into_entry(&self.name, deadline);
            let access = match (idle, frequency) {
                (Some(idle), _) => self.access.idle_since(idle.min(u32::MAX.into()) as u32),
                (None, Some(frequency)) => self.access.with_frequency(frequency),
                (None, None) => self.access.initial(),
            };
            entry.view_mut().set_access(access);
            self.batch.push((self.database, entry));
            loading.keys_loaded.fetch_add(1, Relaxed);
            if self.batch.len() == BATCH {
                self.hand_over();
            }
            self.pause();
        }
        self.hand_over();
        let loading = &self.server.persistence.loading;
        tracing::info!(
            "Done loading RDB, keys loaded: {}, keys expired: {}, empty keys skipped: {}.",
            loading.keys_loaded.load(Relaxed),
            loading.keys_expired.load(Relaxed),
            self.empty.load(Relaxed)
        );
        Ok(())
    }

    fn hand_over(&mut self) {
        let batch = std::mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        // The builders end only when this thread has ended.
        let _ = self.queue.send(batch);
    }

    fn event(&mut self, event: &Event<'_>) -> Result<(), LoadError> {
        match event {
            Event::SelectDb(database) => {
                let databases = self.server.keyspace.databases();
                self.database = usize::try_from(*database)
                    .ok()
                    .filter(|database| *database < databases)
                    .ok_or_else(|| {
                        LoadError::Refused(format!(
                            "the snapshot has a database {database}, but there are {databases}: raise 'databases'"
                        ))
                    })?;
            }
            Event::Function(code) => {
                let scripting = &self.server.scripting;
                scripting::load_library(self.server, code)
                    .and_then(|library| {
                        let replace = self.options.replace;
                        scripting.change_libraries(|libraries| libraries.insert(library, replace))
                    })
                    .map_err(|error| {
                        LoadError::Refused(format!(
                            "the snapshot has a library of functions that cannot be loaded: {error}"
                        ))
                    })?;
            }
            Event::ModuleAux { module, .. } => {
                return Err(LoadError::Refused(format!(
                    "the snapshot has data of a module that is not there: {module}"
                )));
            }
            Event::KeyMetadata { class } => {
                return Err(LoadError::Refused(format!(
                    "the snapshot has metadata of a module that is not there: class {class:#x}"
                )));
            }
            Event::Aux { name, value } => {
                tracing::debug!("RDB: {} is {}", name.escape_ascii(), value.escape_ascii());
            }
            // Sizes are announced, not proven; an import of slots that was not finished is begun anew by the cluster.
            Event::Resize { .. } | Event::Slot { .. } | Event::SlotImport { .. } => {}
            Event::Key(_) => unreachable!("keys have a value, which is read by the caller"),
        }
        Ok(())
    }

    /// Waits as long as tests ask for (`key-load-delay`).
    fn pause(&self) {
        let micros = self.server.config.persistence.key_load_delay.get();
        let keys = self.server.persistence.loading.keys_loaded.load(Relaxed);
        match u64::try_from(micros) {
            Ok(0) => {}
            Ok(micros) => thread::sleep(Duration::from_micros(micros)),
            Err(_) if keys.is_multiple_of(u64::from(micros.unsigned_abs())) => {
                thread::sleep(Duration::from_micros(1));
            }
            Err(_) => {}
        }
    }
}
