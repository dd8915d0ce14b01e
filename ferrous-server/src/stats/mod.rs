//! What the server counts.
//!
//! Every worker thread has counters of its own, which it alone writes; a reader sums them. So no cache line is shared
//! between workers on the path of a command, and none of the counters needs an atomic read-modify-write.

mod exceeded;
mod histogram;
mod rates;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use ferrous_engine::command::CommandId;
use ferrous_engine::keyspace::Tally;
use parking_lot::Mutex;

use exceeded::Exceeded;
use rates::Rates;

pub(crate) use histogram::Histogram;
pub(crate) use rates::RatesPerSecond;
pub(crate) use worker::{CommandTotals, Counters, WorkerStats};

/// Errors of more codes than this are counted under one name, lest scripts with invented codes fill the memory.
const ERROR_CODES_MAX: usize = 128;

/// The server's statistics.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    workers: Mutex<Vec<Arc<WorkerStats>>>,
    /// What was counted outside of a worker's turn.
    elsewhere: Mutex<Counters>,
    /// What the counters stood at when they were last reset.
    baseline: Mutex<Counters>,
    errors: Mutex<BTreeMap<Box<str>, u64>>,
    /// Connections accepted.
    pub(crate) connections: AtomicU64,
    /// Connections refused.
    pub(crate) rejected_connections: AtomicU64,
    /// Connections closed because of what they did not read.
    pub(crate) output_limit_disconnections: AtomicU64,
    /// Nanoseconds spent looking for and removing keys whose time had come.
    pub(crate) expire_cycle_nanos: AtomicU64,
    /// Time spent above `maxmemory`.
    pub(crate) memory_exceeded: Exceeded,
    /// Clients closed because all of them together took too much memory.
    pub(crate) evicted_clients: AtomicU64,
    /// Connections closed because of what they sent without it becoming a request.
    pub(crate) input_limit_disconnections: AtomicU64,
    rates: Mutex<Rates>,
    /// Memory in use when the server was ready to serve, in bytes.
    pub(crate) startup_memory: AtomicU64,
    /// The most memory in use so far, in bytes.
    pub(crate) peak_memory: AtomicU64,
    /// Changes since the last snapshot, less those it holds.
    pub(crate) dirty_baseline: AtomicI64,
}

impl Stats {
    /// Counters for one more worker thread, for `commands` commands.
    pub(crate) fn add_worker(&self, commands: usize) -> Arc<WorkerStats> {
        let stats = Arc::new(WorkerStats::new(commands));
        self.workers.lock().push(Arc::clone(&stats));
        stats
    }

    /// Adds what was done to the keyspace by no worker in particular.
    pub(crate) fn add_tally(&self, tally: &Tally) {
        self.elsewhere.lock().count(tally);
    }

    /// The sums over all workers, since the last reset.
    pub(crate) fn totals(&self) -> Counters {
        self.raw_totals().less(&self.baseline.lock())
    }

    fn raw_totals(&self) -> Counters {
        let mut totals = *self.elsewhere.lock();
        for worker in self.workers.lock().iter() {
            totals.add(&worker.counters());
        }
        totals
    }

    /// Changes to the keyspace since the start.
    pub(crate) fn changes(&self) -> u64 {
        self.raw_totals().dirty
    }

    /// Changes to the keyspace since the last snapshot.
    pub(crate) fn unsaved_changes(&self) -> i64 {
        self.raw_totals().dirty as i64 - self.dirty_baseline.load(Relaxed)
    }

    /// Milliseconds spent looking for and removing keys whose time had come.
    pub(crate) fn expire_cycle_ms(&self) -> u64 {
        self.expire_cycle_nanos.load(Relaxed) / 1_000_000
    }

    /// Takes a sample of the counters, from which [`Stats::rates`] follow; to be called every 100 ms or so.
    pub(crate) fn sample(&self, now: Instant) {
        let totals = self.raw_totals();
        self.rates.lock().sample(totals, now);
    }

    /// What went on per second lately.
    pub(crate) fn rates(&self) -> RatesPerSecond {
        self.rates.lock().mean()
    }

    /// One command's totals.
    pub(crate) fn command(&self, id: CommandId) -> CommandTotals {
        let mut totals = CommandTotals::default();
        for worker in self.workers.lock().iter() {
            worker.add_command(id, &mut totals);
        }
        totals
    }

    /// Counts an error reply by its code.
    pub(crate) fn count_error(&self, code: &str) {
        let mut errors = self.errors.lock();
        if let Some(count) = errors.get_mut(code) {
            *count += 1;
        } else if errors.len() < ERROR_CODES_MAX {
            errors.insert(code.into(), 1);
        } else {
            *errors.entry("OTHER".into()).or_default() += 1;
        }
    }

    /// Error replies by code.
    pub(crate) fn errors(&self) -> Vec<(Box<str>, u64)> {
        self.errors
            .lock()
            .iter()
            .map(|(code, count)| (code.clone(), *count))
            .collect()
    }

    /// `CONFIG RESETSTAT`.
    pub(crate) fn reset(&self) {
        *self.baseline.lock() = self.raw_totals();
        for worker in self.workers.lock().iter() {
            worker.reset_commands();
        }
        self.errors.lock().clear();
        self.connections.store(0, Relaxed);
        self.rejected_connections.store(0, Relaxed);
        self.output_limit_disconnections.store(0, Relaxed);
        self.expire_cycle_nanos.store(0, Relaxed);
        self.memory_exceeded.reset();
        self.evicted_clients.store(0, Relaxed);
        self.input_limit_disconnections.store(0, Relaxed);
        *self.rates.lock() = Rates::default();
        self.peak_memory.store(0, Relaxed);
    }
}
