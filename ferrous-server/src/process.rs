//! The process: signals, going into the background, the file with its number.

use std::fs;

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
