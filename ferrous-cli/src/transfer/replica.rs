//! `--replica`: shows the commands that a primary sends to its replicas.

use std::process::ExitCode;
use std::time::Duration;

use super::{Payload, read_payload, replconf, synchronize};
use crate::options::Options;
use crate::output::{Output, render};
use crate::session::{Session, Source};
use crate::talk;

/// Time between two acknowledgements.
const ACKNOWLEDGEMENT_PAUSE: Duration = Duration::from_secs(1);

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
    let mut waits_for_word = matches!(payload, Payload::UntilMark(_));
    loop {
        // A primary that streamed its snapshot sends nothing until it knows that the snapshot has arrived, and it
        // may be too busy to hear that the first time.
        if waits_for_word {
            connection.queue(["REPLCONF", "ACK", "0"]);
        }
        let Some(command) = connection.receive_within(ACKNOWLEDGEMENT_PAUSE)? else {
            continue;
        };
        waits_for_word = false;
        crate::say(&render(&command, &options));
    }
}
