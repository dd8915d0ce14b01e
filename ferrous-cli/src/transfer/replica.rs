//! `--replica`: shows the commands that a primary sends to its replicas.

use std::process::ExitCode;

use super::{Payload, read_payload, replconf, synchronize};
use crate::options::Options;
use crate::output::{Output, render};
use crate::session::{Session, Source};
use crate::talk;

/// Skips the snapshot, then prints commands until the connection ends.
pub(crate) fn run(mut options: Options) -> anyhow::Result<ExitCode> {
    if options.output == Output::Raw {
        options.output = Output::Csv;
    }
    let mut session = Session::new(options.clone(), Source::Lines);
    let Ok(connection) = session.connect_or_fail() else {
        return Ok(ExitCode::FAILURE);
    };
    replconf(connection, "capa", "eof")?;
    // An empty filter leaves everything out of the snapshot, which is not looked at.
    replconf(connection, "rdb-filter-only", "")?;
    let payload = synchronize(connection)?;
    match payload {
        Payload::Length(length) => {
            talk!("SYNC with master, discarding {length} bytes of bulk transfer...");
        }
        Payload::UntilMark(_) => {
            talk!("SYNC with master, discarding bytes of bulk transfer until EOF marker...");
        }
    }
    let total = read_payload(connection, &payload, |_| Ok(()))?;
    talk!("SYNC done after {total} bytes. Logging commands from master.");
    loop {
        let command = connection.receive()?;
        let line = render(&command, &options);
        crate::say(&line);
    }
}
