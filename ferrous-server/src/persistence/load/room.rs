//! Room that a server which was killed has left at the end of the log.

use std::fs::{File, OpenOptions};

use anyhow::{Context as _, ensure};
use ferrous_persist::aof::seal::{self, SealedEnd};

use crate::persistence::aof::Files;
use crate::server::Server;

/// Cuts it off, and with it what was written and never flushed to its end.
///
/// # Errors
/// When there is such a torn end and `aof-load-truncated` forbids to cut it, or the file cannot be read or cut.
pub(super) fn cut(server: &Server, files: &Files) -> anyhow::Result<()> {
    let Some(last) = files.manifest.increments.last() else {
        return Ok(());
    };
    let path = files.path(last);
    let shown = path.display();
    let end = seal::find_sealed_end(&mut File::open(&path)?);
    let Some(SealedEnd { good_bytes, torn }) = end.with_context(|| format!("reading {shown}"))?
    else {
        return Ok(());
    };
    if torn {
        ensure!(
            server.config.persistence.aof_load_truncated.get(),
            "{shown}: what was written last is torn. 'aof-load-truncated yes' cuts the file to its first {good_bytes} \
             bytes, which are whole"
        );
        tracing::warn!(
            "What was written last is torn, as a loss of power leaves it: truncating the AOF {shown} at offset \
             {good_bytes}"
        );
    }
    let file = OpenOptions::new().write(true).open(&path)?;
    file.set_len(good_bytes)?;
    file.sync_all()?;
    Ok(())
}
