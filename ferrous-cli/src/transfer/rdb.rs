//! `--rdb` and `--functions-rdb`: a snapshot of the server into a file.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use ferrous_client::{Connection, Value};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Payload, read_payload, replconf, synchronize};
use crate::options::Options;
use crate::session::{Session, Source};
use crate::talk;

/// Saves the snapshot.
pub(crate) fn run(options: Options) -> anyhow::Result<ExitCode> {
    let path = PathBuf::from(OsString::from_vec(options.rdb_file.clone()));
    let functions_only = options.rdb_functions_only;
    let mut session = Session::new(options, Source::Lines);
    let Ok(connection) = session.connect_or_fail() else {
        return Ok(ExitCode::FAILURE);
    };
    if functions_only {
        talk!("sending REPLCONF rdb-filter-only functions");
        if let Value::Error(message) =
            connection.call(["REPLCONF", "rdb-filter-only", "functions"])?
        {
            talk!(
                "REPLCONF rdb-filter-only error: {}",
                String::from_utf8_lossy(&message)
            );
            bail!("Failed requesting functions only RDB from server, aborting");
        }
    }
    save_snapshot(connection, &path)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a snapshot of the server to a file, or for `-` to standard output, and returns when it is durable.
pub(crate) fn save_snapshot(connection: &mut Connection, path: &Path) -> anyhow::Result<()> {
    replconf(connection, "capa", "eof")?;
    replconf(connection, "rdb-only", "1")?;
    let payload = synchronize(connection)?;
    let name = path.display();
    let bar = match payload {
        Payload::Length(length) => {
            talk!("SYNC sent to master, writing {length} bytes to '{name}'");
            ProgressBar::new(length)
        }
        Payload::UntilMark(_) => {
            talk!(
                "SYNC sent to master, writing bytes of bulk transfer until EOF marker to '{name}'"
            );
            ProgressBar::no_length()
        }
    };
    if let Ok(style) = ProgressStyle::with_template(
        "{wide_bar} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left",
    ) {
        bar.set_style(style);
    }
    let mut out: Box<dyn Write> = if path.as_os_str() == "-" {
        Box::new(io::stdout().lock())
    } else {
        Box::new(FsyncOnFlush(
            File::create(path).with_context(|| format!("Error opening '{name}'"))?,
        ))
    };
    let total = read_payload(connection, &payload, |bytes| {
        bar.inc(bytes.len() as u64);
        out.write_all(bytes)
    })?;
    out.flush()
        .with_context(|| format!("Fail to fsync '{name}'"))?;
    bar.finish_and_clear();
    talk!("Transfer finished with success after {total} bytes");
    Ok(())
}

/// A file whose flush makes the data durable.
struct FsyncOnFlush(File);

impl Write for FsyncOnFlush {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}
