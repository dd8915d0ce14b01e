//! Modes that look at time: round trips, the machine itself, rolling statistics, a cache under load.

mod intrinsic;
mod lru;
mod round_trip;
mod spectrum;
mod statistics;

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use ferrous_client::Connection;

pub(crate) use intrinsic::run as intrinsic;

use crate::options::{Mode, Options};
use crate::session::{Session, Source};

/// Time between two measurements.
const PAUSE: Duration = Duration::from_millis(10);

/// Runs the mode that the options ask for.
pub(crate) fn run(options: Options) -> anyhow::Result<ExitCode> {
    let mut session = Session::new(options, Source::Lines);
    if session.connect_or_fail().is_err() {
        return Ok(ExitCode::FAILURE);
    }
    let (Some(connection), options) = (session.connection, session.options) else {
        return Ok(ExitCode::FAILURE);
    };
    match options.mode {
        Mode::LatencyDistribution => spectrum::run(connection, &options),
        Mode::Statistics => statistics::run(connection, &options),
        Mode::LruTest => lru::run(connection, &options),
        _ => round_trip::run(connection, &options),
    }
}

/// Measures one PING after a pause.
fn ping(connection: &mut Connection) -> anyhow::Result<Duration> {
    thread::sleep(PAUSE);
    let start = Instant::now();
    connection.run(["PING"])?;
    Ok(start.elapsed())
}
