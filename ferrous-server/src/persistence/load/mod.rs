//! Loading: from the files on disk to the keyspace, at the start and for `DEBUG`.

mod rdb;
mod replay;
mod room;
mod start;

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::time::Instant;

use ferrous_persist::aof::AofError;
use ferrous_persist::rdb::RdbError;
use parking_lot::Mutex;

use crate::server::{Server, now_ms};

pub(crate) use rdb::{LoadOptions, load_dump};
pub(crate) use replay::load_log;
pub(crate) use start::at_start;

/// Whether the data set is being loaded, and how far that is.
#[derive(Debug, Default)]
pub(crate) struct Loading {
    on: AtomicBool,
    /// When it began, in ms since the epoch.
    pub(crate) started_ms: AtomicI64,
    /// Bytes to load, and loaded so far.
    pub(crate) bytes_total: AtomicU64,
    pub(crate) bytes_done: AtomicU64,
    /// Of the last snapshot that was loaded: keys that were in it, and keys left out because their time had come.
    pub(crate) keys_loaded: AtomicU64,
    pub(crate) keys_expired: AtomicU64,
    began: Mutex<Option<Instant>>,
}

impl Loading {
    /// True while the data set is being loaded.
    pub(crate) fn is_on(&self) -> bool {
        self.on.load(SeqCst)
    }

    /// Begins: commands other than those that are meant for it are refused from now on.
    pub(crate) fn begin(&self, bytes: u64) {
        self.started_ms.store(now_ms(), Relaxed);
        self.bytes_total.store(bytes, Relaxed);
        self.bytes_done.store(0, Relaxed);
        *self.began.lock() = Some(Instant::now());
        self.on.store(true, SeqCst);
    }

    /// Ends.
    pub(crate) fn end(&self) {
        self.on.store(false, SeqCst);
    }

    /// Seconds since it began.
    pub(crate) fn elapsed_s(&self) -> f64 {
        self.began
            .lock()
            .map_or(0.0, |began| began.elapsed().as_secs_f64())
    }

    /// Seconds until it ends, going by the speed so far.
    pub(crate) fn eta_s(&self) -> u64 {
        let (total, done) = (
            self.bytes_total.load(Relaxed),
            self.bytes_done.load(Relaxed),
        );
        let rate = done as f64 / self.elapsed_s();
        if done == 0 || rate <= 0.0 {
            return 1;
        }
        (total.saturating_sub(done) as f64 / rate) as u64
    }
}

/// Why files were not loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// A file cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A snapshot is damaged, or holds what this server does not know.
    #[error("{0}")]
    Rdb(#[from] RdbError),
    /// A log is damaged.
    #[error("{0}")]
    Aof(#[from] AofError),
    /// Something else about it.
    #[error("{0}")]
    Refused(String),
}

/// Counts the bytes that are read for INFO.
struct Counted<'s, R> {
    source: R,
    server: &'s Server,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.source.read(buffer)?;
        let loading = &self.server.persistence.loading;
        loading.bytes_done.fetch_add(bytes as u64, Relaxed);
        Ok(bytes)
    }
}
