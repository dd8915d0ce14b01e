//! Loading at the start.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

use super::rdb::{LoadOptions, load_dump};
use super::replay::load_log;
use super::room;
use crate::persistence::aof::{self, Files};
use crate::server::Server;

/// Loads what is on disk and opens the append-only file. Blocks.
///
/// # Errors
/// When a file is missing or damaged, or cannot be opened. Nothing is changed then.
pub(crate) fn at_start(server: &'static Server) -> anyhow::Result<()> {
    let persistence = &server.persistence;
    remove_leftovers();
    if server.config.persistence.appendonly.get() {
        load_from_log(server)?;
    } else {
        load_from_dump(server)?;
    }
    let changes = server.stats.changes();
    server
        .stats
        .dirty_baseline
        .store(changes as i64, std::sync::atomic::Ordering::Relaxed);
    persistence.loading.end();
    Ok(())
}

fn load_from_log(server: &'static Server) -> anyhow::Result<()> {
    let files = Files::find(&server.config.persistence)?;
    let loading = &server.persistence.loading;
    let dump = dump_name(server);
    if files.is_empty() && Path::new(&dump).exists() {
        tracing::warn!(
            "{dump} is not loaded, because appendonly is on and there is no append-only file yet. To take its data along, \
             start with appendonly off and turn it on by CONFIG SET"
        );
    }
    for file in files.manifest.files() {
        let path = files.path(file);
        anyhow::ensure!(
            path.is_file(),
            "The AOF file {} is named in the manifest: No such file or directory. Restore it from a backup",
            path.display()
        );
    }
    if !files.is_empty() {
        room::cut(server, &files)?;
        loading.begin(files.total_bytes());
        load_log(server, &files).context("Bad file format reading the append only file")?;
        tracing::info!(
            "DB loaded from append only file: {:.3} seconds",
            loading.elapsed_s()
        );
    }
    aof::open(server, files).context("Fatal error: can't open the append-only file")
}

fn load_from_dump(server: &'static Server) -> anyhow::Result<()> {
    let loading = &server.persistence.loading;
    let dump = dump_name(server);
    let Ok(data) = fs::metadata(&dump) else {
        return Ok(());
    };
    loading.begin(data.len());
    let options = LoadOptions {
        drop_due: true,
        replace: false,
    };
    load_dump(server, Path::new(&dump), options)
        .inspect_err(|_| tracing::warn!("Terminating server after rdb file reading failure."))
        .with_context(|| format!("Fatal error loading the DB from {dump}"))?;
    tracing::info!("DB loaded from disk: {:.3} seconds", loading.elapsed_s());
    Ok(())
}

fn dump_name(server: &Server) -> String {
    server.config.persistence.dbfilename.to_string_lossy()
}

/// Removes unfinished files of servers that were killed.
fn remove_leftovers() {
    let Ok(entries) = fs::read_dir(".") else {
        return;
    };
    for name in entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()) {
        let writer = owner(&name);
        if writer.is_some_and(|pid| pid == std::process::id() || !is_alive(pid)) {
            tracing::info!("Removing the unfinished file {name}");
            // What cannot be removed does no harm but take room.
            let _ = fs::remove_file(&name);
        }
    }
}

/// The number of the process that made an unfinished file of this name.
fn owner(name: &str) -> Option<u32> {
    let rest = name.strip_prefix("temp-")?;
    let number = rest
        .strip_prefix("rewriteaof-bg-")
        .or_else(|| rest.strip_prefix("rewriteaof-"))
        .unwrap_or(rest);
    let number = number
        .strip_suffix(".rdb")
        .or_else(|| number.strip_suffix(".aof"))?;
    number.parse().ok()
}

fn is_alive(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_files_are_known_by_their_names() {
        assert_eq!(owner("temp-12.rdb"), Some(12));
        assert_eq!(owner("temp-rewriteaof-bg-7.aof"), Some(7));
        assert_eq!(owner("temp-rewriteaof-7.aof"), Some(7));
        for name in ["dump.rdb", "temp-x.rdb", "temp-1", "mine-temp-1.rdb"] {
            assert_eq!(owner(name), None, "{name}");
        }
    }
}
