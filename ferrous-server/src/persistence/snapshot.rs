//! Writing a snapshot: header, functions, keys, checksum, into any sink.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use ferrous_engine::keyspace::{AccessClock, Held, Snapshot, SnapshotOptions};
use ferrous_persist::rdb::{Event, RdbWriter, Version, WriteError, WriteOptions};

use crate::allocator;
use crate::config::RdbFormat;
use crate::config::memory::MemoryPolicy;
use crate::server::{Server, now_ms};

/// How long a pause for the sake of tests lasts before it is looked whether the snapshot is still wanted.
const PAUSE_SLICE: Duration = Duration::from_millis(10);

/// Why a snapshot was not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SnapshotError {
    /// The file failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Something does not fit into the format.
    #[error("{0}")]
    Format(WriteError),
    /// It was called off.
    #[error("it was called off")]
    Cancelled,
}

impl From<WriteError> for SnapshotError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Io(error) => Self::Io(error),
            error => Self::Format(error),
        }
    }
}

/// How far a snapshot is: written by its thread, read by INFO.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Keys there were at its start.
    pub(crate) keys_total: AtomicU64,
    /// Keys written.
    pub(crate) keys_done: AtomicU64,
    /// Bytes that writers handed over and that are not written yet.
    pub(crate) in_flight: AtomicU64,
    /// The most there were of them.
    pub(crate) in_flight_peak: AtomicU64,
    /// It is not wanted any more.
    pub(crate) cancelled: AtomicBool,
}

impl Progress {
    fn begin(&self, keys: u64) {
        self.keys_total.store(keys, Relaxed);
        self.keys_done.store(0, Relaxed);
        self.in_flight.store(0, Relaxed);
        self.in_flight_peak.store(0, Relaxed);
    }

    fn note(&self, snapshot: &Snapshot) {
        let in_flight = snapshot.bytes_in_flight() as u64;
        self.keys_done.store(snapshot.keys_told(), Relaxed);
        self.in_flight.store(in_flight, Relaxed);
        self.in_flight_peak.fetch_max(in_flight, Relaxed);
    }
}

/// What a file is for, as far as it says so itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A snapshot.
    Dump,
    /// The base of an append-only file.
    AofBase,
}

/// Begins a snapshot of what is held, which is everything.
///
/// # Errors
/// When the configured version is not written.
pub(crate) fn begin(server: &Server, held: &mut Held<'_>) -> Result<Snapshot, SnapshotError> {
    let options = SnapshotOptions {
        format: WriteOptions {
            version: version(server),
            compress: server.config.persistence.rdbcompression.get(),
            checksum: server.config.persistence.rdbchecksum.get(),
        },
        access: told_access(server),
    };
    Ok(Snapshot::begin(&server.keyspace, held, options)?)
}

/// The format to write.
fn version(server: &Server) -> Version {
    match server.config.persistence.rdb_version.get() {
        RdbFormat::Auto if server.persistence.jobs.needs_newer_format() => Version::VALKEY_9,
        RdbFormat::Auto | RdbFormat::Redis72 => Version::REDIS_7_2,
        RdbFormat::Redis5 => Version::REDIS_5,
        RdbFormat::Redis70 => Version::REDIS_7_0,
        RdbFormat::Redis74 => Version::REDIS_7_4,
        RdbFormat::Valkey9 => Version::VALKEY_9,
    }
}

/// Access fields are told when keys are evicted by them.
fn told_access(server: &Server) -> Option<AccessClock> {
    let access = server.circumstances(false).access;
    match server.config.memory.maxmemory_policy.get() {
        MemoryPolicy::NoEviction
        | MemoryPolicy::AllKeysRandom
        | MemoryPolicy::VolatileRandom
        | MemoryPolicy::VolatileTtl => None,
        _ => Some(access),
    }
}

/// Writes the whole of `snapshot` to `out`; the snapshot is over afterwards, whatever comes of it.
///
/// # Errors
/// When `out` fails, the format has no place for something, or the snapshot is called off. `out` is then torn.
pub(crate) fn write<W: Write>(
    server: &Server,
    held: &mut Held<'_>,
    snapshot: Snapshot,
    out: W,
    purpose: Purpose,
) -> Result<W, SnapshotError> {
    let progress = &server.persistence.jobs.progress;
    progress.begin(snapshot.keys());
    let mut snapshot = snapshot;
    let outcome = write_all(server, held, &mut snapshot, out, purpose);
    progress.in_flight.store(0, Relaxed);
    if outcome.is_err() {
        snapshot.abandon(held);
    }
    outcome
}

fn write_all<W: Write>(
    server: &Server,
    held: &mut Held<'_>,
    snapshot: &mut Snapshot,
    out: W,
    purpose: Purpose,
) -> Result<W, SnapshotError> {
    let progress = &server.persistence.jobs.progress;
    let mut file = RdbWriter::new(out, snapshot.format())?;
    write_header(&mut file, purpose)?;
    for library in server.scripting.libraries().iter() {
        file.event(&Event::Function(library.code().code()))?;
    }
    let sizes = snapshot.databases().to_vec();
    let (mut selected, mut announced) = (None, vec![false; sizes.len()]);
    let mut told = 0;
    while let Some(records) = snapshot.step(held)? {
        if selected != Some(records.database) {
            file.event(&Event::SelectDb(records.database as u64))?;
            selected = Some(records.database);
            let found = sizes
                .iter()
                .position(|size| size.database == records.database);
            if let Some(index) = found
                && !std::mem::replace(&mut announced[index], true)
            {
                let size = sizes[index];
                file.event(&Event::Resize {
                    keys: size.keys,
                    expires: size.volatile,
                })?;
            }
        }
        file.splice(records.bytes)?;
        progress.note(snapshot);
        // With fewer cores than busy threads, a client would wait until this thread has used up its time. It holds no lock
        // now, and a core that nobody else wants comes back at once.
        thread::yield_now();
        if progress.cancelled.load(Relaxed) {
            return Err(SnapshotError::Cancelled);
        }
        pause(server, snapshot.keys_told() - told)?;
        told = snapshot.keys_told();
    }
    Ok(file.finish()?)
}

fn write_header<W: Write>(file: &mut RdbWriter<W>, purpose: Purpose) -> Result<(), SnapshotError> {
    let seconds = (now_ms() / 1000).to_string();
    let memory = allocator::used_bytes().to_string();
    let base: &str = if purpose == Purpose::AofBase {
        "1"
    } else {
        "0"
    };
    let bits = usize::BITS.to_string();
    let fields: [(&str, &str); 5] = [
        ("redis-ver", crate::REDIS_VERSION),
        ("redis-bits", &bits),
        ("ctime", &seconds),
        ("used-mem", &memory),
        ("aof-base", base),
    ];
    for (name, value) in fields {
        file.event(&Event::Aux {
            name: name.as_bytes(),
            value: value.as_bytes(),
        })?;
    }
    Ok(())
}

/// Waits as long as tests ask for (`rdb-key-save-delay`) after so many keys.
fn pause(server: &Server, keys: u64) -> Result<(), SnapshotError> {
    let micros = server.config.persistence.rdb_key_save_delay.get();
    if micros == 0 {
        return Ok(());
    }
    let wait = match u64::try_from(micros) {
        Ok(micros) => Duration::from_micros(micros.saturating_mul(keys)),
        // A negative delay is one microsecond for so many keys.
        Err(_) => Duration::from_micros(keys / u64::from(micros.unsigned_abs())),
    };
    let started = Instant::now();
    while let Some(left) = wait.checked_sub(started.elapsed()) {
        if server.persistence.jobs.progress.cancelled.load(Relaxed) {
            return Err(SnapshotError::Cancelled);
        }
        if server.config.persistence.rdb_key_save_delay.get() == 0 {
            break;
        }
        thread::sleep(left.min(PAUSE_SLICE));
    }
    Ok(())
}
