//! What fields are told from: the server, and what is gathered from it at most once per report.

use std::cell::OnceCell;

use ferrous_engine::keyspace::{Census, DatabaseSize};

use super::Memory;
use super::proc_stat::ProcStat;
use crate::execute::ServerCall;
use crate::server::{Server, now_ms};
use crate::stats::{Counters, RatesPerSecond};

/// The server at one moment.
pub(crate) struct View<'a> {
    /// The server.
    pub(crate) server: &'a Server,
    /// Milliseconds since the epoch.
    pub(crate) now_ms: i64,
    totals: OnceCell<Counters>,
    rates: OnceCell<RatesPerSecond>,
    census: OnceCell<Census>,
    memory: OnceCell<Memory>,
    process: OnceCell<ProcStat>,
    main_thread: OnceCell<ProcStat>,
}

impl<'a> View<'a> {
    /// A view of the server as it is now.
    pub(crate) fn new(server: &'a Server) -> Self {
        Self {
            server,
            now_ms: now_ms(),
            totals: OnceCell::new(),
            rates: OnceCell::new(),
            census: OnceCell::new(),
            memory: OnceCell::new(),
            process: OnceCell::new(),
            main_thread: OnceCell::new(),
        }
    }

    /// A view as a call has it, which may hold partitions already.
    pub(crate) fn of(call: &mut ServerCall) -> Self {
        let view = Self::new(call.server);
        if call.scope.is_some() {
            // Counting later would lock what is held.
            let _ = view.census.set(call.census());
        }
        view
    }

    /// The counters of all workers.
    pub(super) fn totals(&self) -> &Counters {
        self.totals.get_or_init(|| self.server.stats.totals())
    }

    /// What went on per second lately.
    pub(super) fn rates(&self) -> &RatesPerSecond {
        self.rates.get_or_init(|| self.server.stats.rates())
    }

    /// What the keyspace comes to.
    pub(crate) fn census(&self) -> &Census {
        self.census.get_or_init(|| self.server.keyspace.census())
    }

    /// What each database comes to.
    pub(crate) fn sizes(&self) -> &[DatabaseSize] {
        &self.census().databases
    }

    /// Keys in all databases.
    pub(crate) fn keys(&self) -> usize {
        self.sizes().iter().map(|size| size.keys).sum()
    }

    /// Where memory is.
    pub(crate) fn memory(&self) -> &Memory {
        self.memory.get_or_init(|| Memory::of(self))
    }

    /// What the system says of the process.
    pub(super) fn process(&self) -> &ProcStat {
        self.process.get_or_init(ProcStat::of_process)
    }

    /// What the system says of the main thread.
    pub(super) fn main_thread(&self) -> &ProcStat {
        self.main_thread.get_or_init(ProcStat::of_main_thread)
    }
}
