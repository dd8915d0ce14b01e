//! The data set on disk: snapshots, the append-only file, and how they are loaded.
//!
//! ```text
//! Host::commit -> log -> aof/writer (a thread: write, fsync, tell who waits)
//! BGSAVE, SAVE, rewrites -> jobs -> snapshot (a thread: walk the keyspace, write the file)
//! start, DEBUG RELOAD -> load (threads: one reads, others build) or replay (commands, through the one door)
//! ```
//!
//! In reading order:

pub(crate) mod log;

pub(crate) mod aof;
mod commands;
pub(crate) mod directory;
pub(crate) mod jobs;
pub(crate) mod last_words;
pub(crate) mod load;
pub(crate) mod save_points;
pub(crate) mod snapshot;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use aof::Aof;
use jobs::Jobs;
use last_words::Ending;
use load::Loading;
use log::Log;

use ferrous_engine::error::CommandError;

use crate::config::Config;

/// What the server keeps for the sake of what is on disk.
#[derive(Debug, Default)]
pub(crate) struct Persistence {
    /// The stream of changes.
    pub(crate) log: Arc<Log>,
    /// The append-only file.
    pub(crate) aof: Aof,
    /// Snapshots and rewrites, and how they went.
    pub(crate) jobs: Jobs,
    /// Whether the data set is being loaded, and how far that is.
    pub(crate) loading: Loading,
    /// Whether the server is about to end.
    pub(crate) ending: Ending,
    /// What is loaded or restored need not have the right checksum (`DEBUG SET-SKIP-CHECKSUM-VALIDATION`).
    pub(crate) skips_checksums: AtomicBool,
}

const LAST_SNAPSHOT_FAILED: CommandError = CommandError::fixed(
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.",
);

impl Persistence {
    /// Why nothing may be written at the moment: what was written before cannot be kept.
    pub(crate) fn refusal(&self, config: &Config) -> Option<CommandError> {
        let persistence = &config.persistence;
        if self.jobs.last_save_failed()
            && persistence.stop_writes_on_bgsave_error.get()
            && !persistence.save.load().is_empty()
        {
            return Some(LAST_SNAPSHOT_FAILED);
        }
        self.aof.trouble().map(|reason| log_failed(&reason))
    }
}

/// The refusal of a write while the append-only file cannot be written.
pub(crate) fn log_failed(reason: &str) -> CommandError {
    CommandError::new(format!("MISCONF Errors writing to the AOF file: {reason}"))
}
