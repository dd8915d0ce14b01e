//! Modes that walk the whole keyspace with SCAN.

mod big_keys;
mod histogram;
mod hot_keys;
mod key_statistics;
mod keyspace;
mod kind;
mod scan;

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use anyhow::Context;
use ferrous_client::{Cluster, Connection, Value};

use crate::options::{Mode, Options};
use crate::session::{Session, Source};
use keyspace::Servers;

/// Runs the analyser that the options ask for.
pub(crate) fn run(options: Options) -> anyhow::Result<ExitCode> {
    let mut session = Session::new(options, Source::Lines);
    if session.connect_or_fail().is_err() {
        return Ok(ExitCode::FAILURE);
    }
    let (Some(connection), options) = (session.connection, session.options) else {
        return Ok(ExitCode::FAILURE);
    };
    let servers = if options.cluster_wide {
        primaries(&options)?
    } else {
        Servers {
            first: connection,
            others: VecDeque::new(),
        }
    };
    match options.mode {
        Mode::BigKeys => big_keys::run(servers, &options, big_keys::Measure::Elements),
        Mode::MemoryKeys => big_keys::run(servers, &options, big_keys::Measure::Memory),
        Mode::KeyStatistics => key_statistics::run(servers, &options),
        Mode::HotKeys => hot_keys::run(servers, &options),
        _ => scan::run(servers, &options),
    }
}

/// A connection to every primary of the cluster.
fn primaries(options: &Options) -> anyhow::Result<Servers> {
    let cluster = Cluster::connect(&options.target)?;
    let mut connections = VecDeque::new();
    for member in cluster.nodes().iter().filter(|member| !member.is_replica) {
        let target = options.target.at(member.address.clone());
        let connection = Connection::connect(&target)
            .with_context(|| format!("Could not connect to Redis at {}", target.address))?;
        connections.push_back(connection);
    }
    let first = connections
        .pop_front()
        .context("The cluster has no primaries")?;
    Ok(Servers {
        first,
        others: connections,
    })
}

/// A flag that Ctrl-C sets, so that a long walk ends with its summary.
fn stop_on_interrupt() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    // Without the handler, Ctrl-C ends the program, only without a summary.
    let _ = signal_hook::flag::register_conditional_shutdown(
        signal_hook::consts::SIGINT,
        130,
        flag.clone(),
    );
    let _ = signal_hook::flag::register(signal_hook::consts::SIGINT, flag.clone());
    flag
}

/// The text of a status or string reply.
fn text(value: &Value) -> String {
    match value {
        Value::Simple(text) | Value::Bulk(text) | Value::Error(text) => {
            String::from_utf8_lossy(text).into_owned()
        }
        _ => String::new(),
    }
}

/// A key in quotes, as it would be typed.
fn quoted(key: &[u8]) -> String {
    String::from_utf8_lossy(&ferrous_client::quote(key)).into_owned()
}

/// A share in percent; nothing of nothing is 0.
fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        0.0
    } else {
        100.0 * part as f64 / whole as f64
    }
}

/// An average; of nothing it is 0.
fn average(sum: u64, count: u64) -> f64 {
    if count == 0 {
        0.0
    } else {
        sum as f64 / count as f64
    }
}
