//! The process: going into the background, the file with its number, how ready the kernel is to kill it.

use std::fs;

use anyhow::Context as _;
use parking_lot::Mutex;

use crate::config::Config;
use crate::config::process::OomScoreAdjust;

/// The file that holds the process's number; removed when the process ends in order.
pub(crate) struct PidFile(String);

impl PidFile {
    /// Writes the process's number to `path`.
    pub(crate) fn write(path: &str) -> Option<Self> {
        match fs::write(path, format!("{}\n", std::process::id())) {
            Ok(()) => Some(Self(path.to_owned())),
            Err(error) => {
                tracing::warn!("Failed to write PID file {path}: {error}");
                None
            }
        }
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        // A file that somebody else removed is gone as well.
        let _ = fs::remove_file(&self.0);
    }
}

/// How willing the kernel is to kill the process when memory runs out: -1000, never, to 1000, before all others.
#[derive(Debug, Default)]
pub(crate) struct KillScore {
    /// What it was before the server set it; none while the server leaves it alone.
    before: Mutex<Option<i64>>,
}

impl KillScore {
    /// Sets what `oom-score-adj` and its values ask for, or what there was before.
    ///
    /// # Errors
    /// When the kernel refuses: only a privileged process may lower its score.
    pub(crate) fn apply(&self, config: &Config) -> anyhow::Result<()> {
        let mut before = self.before.lock();
        let mode = config.process.oom_score_adj.get();
        if mode == OomScoreAdjust::No {
            if let Some(score) = *before {
                write_kill_score(score)?;
            }
            *before = None;
            return Ok(());
        }
        let [primary, replica, _] = config.process.oom_score_adj_values.get();
        let is_replica = config.replication.replicaof.load().is_some();
        let wanted = if is_replica { replica } else { primary };
        let found = match *before {
            Some(score) => score,
            None => read_kill_score()?,
        };
        let base = if mode == OomScoreAdjust::Absolute {
            0
        } else {
            found
        };
        write_kill_score((base + wanted).clamp(-1000, 1000))?;
        *before = Some(found);
        Ok(())
    }
}

const KILL_SCORE: &str = "/proc/self/oom_score_adj";

fn read_kill_score() -> anyhow::Result<i64> {
    let text = fs::read_to_string(KILL_SCORE).context("Unable to read oom_score_adj")?;
    text.trim().parse().context("Unable to read oom_score_adj")
}

fn write_kill_score(score: i64) -> anyhow::Result<()> {
    fs::write(KILL_SCORE, format!("{score}\n")).context("Unable to write oom_score_adj")
}

/// Goes into the background, away from the terminal. To be called before any thread is started.
///
/// # Errors
/// When the system cannot fork or start a session.
pub(crate) fn daemonize() -> anyhow::Result<()> {
    // The working directory stays, for the files named relative to it; the standard streams lead nowhere from now on.
    match fork::daemon(true, false)
        .map_err(|error| anyhow::anyhow!("going into the background: {error:?}"))?
    {
        fork::Fork::Parent(_) => std::process::exit(0),
        fork::Fork::Child => Ok(()),
    }
}
