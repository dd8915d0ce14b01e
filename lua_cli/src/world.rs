//! What a running script reaches: the dataset, the log, the clock.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use ferrous_client::Value;
use ferrous_lua::{Host, Inspector, Interrupt, LogLevel, Permission, Replication};
use ferrous_resp::{Protocol, ReplyParser};

use crate::dataset::Dataset;
use crate::debug::Debugger;
use crate::options::Options;
use crate::profile::Profile;
use crate::trace;

/// Who follows a script from line to line.
pub(crate) enum Watch {
    /// Nobody.
    None,
    /// Who counts what lines cost.
    Profile(Profile),
    /// Who halts it.
    Debugger(Box<Debugger>),
}

/// The host of a script.
pub(crate) struct World {
    pub(crate) dataset: Dataset,
    /// Libraries of functions that came with the data.
    pub(crate) libraries: Vec<Vec<u8>>,
    /// Calls are shown.
    pub(crate) trace: bool,
    pub(crate) watch: Watch,
    started: Instant,
    time_limit: Option<Duration>,
}

impl World {
    /// The world that the options describe.
    pub(crate) fn new(options: &Options) -> anyhow::Result<Self> {
        let mut dataset = Dataset::new()?;
        let mut libraries = Vec::new();
        for file in &options.data {
            libraries.extend(dataset.load(file)?);
        }
        Ok(Self {
            dataset,
            libraries,
            trace: options.trace,
            watch: Watch::None,
            started: Instant::now(),
            time_limit: options.time_limit.map(Duration::from_millis),
        })
    }

    /// A script begins.
    pub(crate) fn begin(&mut self, read_only: bool) {
        self.started = Instant::now();
        self.dataset.begin(read_only);
    }

    /// A piece begins that goes on where the last one ended.
    pub(crate) fn resume(&mut self) {
        self.started = Instant::now();
        self.dataset.resume();
    }
}

impl Host for World {
    fn call(&mut self, argv: &[&[u8]], protocol: Protocol, reply: &mut Vec<u8>) {
        let (start, began) = (reply.len(), Instant::now());
        let ran = self.dataset.call(argv, protocol, reply);
        let took = began.elapsed();
        if self.trace {
            tell(&trace::shown(argv, &reply[start..], took));
        }
        match &mut self.watch {
            Watch::None => {}
            Watch::Profile(profile) => profile.call(took),
            Watch::Debugger(debugger) => debugger.call(argv, &reply[start..], ran),
        }
    }

    fn may_run(&mut self, argv: &[&[u8]]) -> Permission {
        self.dataset.may_run(argv)
    }

    fn log(&mut self, level: LogLevel, message: &[u8]) {
        self.dataset.log(level, message);
    }

    fn set_replication(&mut self, replication: Replication) {
        self.dataset.set_replication(replication);
    }

    fn interrupt(&mut self) -> Interrupt {
        if let Watch::Debugger(debugger) = &mut self.watch {
            debugger.poll();
        }
        match self.time_limit {
            Some(limit) if self.started.elapsed() >= limit => Interrupt::Stop(format!(
                "the script was ended after {} ms, its --time-limit",
                limit.as_millis()
            )),
            _ => Interrupt::Continue,
        }
    }

    fn line(&mut self, at: &mut Inspector<'_, '_>) -> Interrupt {
        match &mut self.watch {
            Watch::None => {}
            Watch::Profile(profile) => profile.line(at),
            Watch::Debugger(debugger) => {
                let began = Instant::now();
                let interrupt = debugger.line(at, &mut self.dataset);
                // The user's time is not the script's.
                self.started += began.elapsed();
                return interrupt;
            }
        }
        Interrupt::Continue
    }

    fn breakpoint(&mut self) -> bool {
        let Watch::Debugger(debugger) = &mut self.watch else {
            return false;
        };
        debugger.breakpoint();
        true
    }

    fn debug(&mut self, values: &[Vec<u8>]) {
        if let Watch::Debugger(debugger) = &mut self.watch {
            debugger.debug(values);
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
