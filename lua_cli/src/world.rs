//! What a running script reaches: the dataset, the log, the clock.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use ferrous_client::Value;
use ferrous_lua::{Host, Interrupt, LogLevel, Permission, Replication};
use ferrous_resp::{Protocol, ReplyParser};

use crate::dataset::Dataset;
use crate::options::Options;
use crate::trace;

/// The host of a script.
pub(crate) struct World {
    pub(crate) dataset: Dataset,
    /// Calls are shown.
    trace: bool,
    started: Instant,
    time_limit: Option<Duration>,
}

impl World {
    /// The world that the options describe.
    pub(crate) fn new(options: &Options) -> anyhow::Result<Self> {
        Ok(Self {
            dataset: Dataset::new()?,
            trace: options.trace,
            started: Instant::now(),
            time_limit: options.time_limit.map(Duration::from_millis),
        })
    }

    /// A script begins.
    pub(crate) fn begin(&mut self, read_only: bool) {
        self.started = Instant::now();
        self.dataset.begin(read_only);
    }
}

impl Host for World {
    fn call(&mut self, argv: &[&[u8]], protocol: Protocol, reply: &mut Vec<u8>) {
        let (start, began) = (reply.len(), Instant::now());
        self.dataset.call(argv, protocol, reply);
        if self.trace {
            tell(&trace::shown(argv, &reply[start..], began.elapsed()));
        }
    }

    fn may_run(&mut self, argv: &[&[u8]]) -> Permission {
        if self.dataset.knows(argv) {
            Permission::Granted
        } else {
            Permission::UnknownCommand
        }
    }

    fn log(&mut self, level: LogLevel, message: &[u8]) {
        let level = format!("{level:?}").to_ascii_lowercase();
        tell(&[level.as_bytes(), b": ", message, b"\n"].concat());
    }

    /// Nothing is replicated from here.
    fn set_replication(&mut self, _replication: Replication) {}

    fn interrupt(&mut self) -> Interrupt {
        match self.time_limit {
            Some(limit) if self.started.elapsed() >= limit => Interrupt::Stop(format!(
                "ERR the script was ended after {} ms, its --time-limit",
                limit.as_millis()
            )),
            _ => Interrupt::Continue,
        }
    }
}

/// The value that a whole reply is.
pub(crate) fn parse(reply: &[u8]) -> Option<Value> {
    ReplyParser::default().next(reply).ok()?.value
}

/// Standard error may be closed; a script runs on without a listener.
pub(crate) fn tell(text: &[u8]) {
    let _ = io::stderr().write_all(text);
}
