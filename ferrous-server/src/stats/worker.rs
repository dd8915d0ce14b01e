//! The counters of one worker thread.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use ferrous_engine::command::CommandId;
use ferrous_engine::keyspace::Tally;

use super::Histogram;
use super::histogram::Recorder;

/// Declares the counters once: as atomics of a worker, and as plain numbers to sum.
macro_rules! counters {
    ($($(#[$doc:meta])* $field:ident,)*) => {
        /// Sums of what workers count.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(crate) struct Counters { $($(#[$doc])* pub(crate) $field: u64,)* }

        impl Counters {
            /// Adds another sum.
            pub(crate) fn add(&mut self, other: &Self) {
                $(self.$field = self.$field.wrapping_add(other.$field);)*
            }

            /// What came since `baseline`.
            pub(crate) fn less(&self, baseline: &Self) -> Self {
                Self { $($field: self.$field.wrapping_sub(baseline.$field),)* }
            }
        }

        #[derive(Debug, Default)]
        struct AtomicCounters { $($field: AtomicU64,)* }

        impl AtomicCounters {
            fn read(&self) -> Counters {
                Counters { $($field: self.$field.load(Relaxed),)* }
            }

            /// Adds `amounts`; only the worker that owns the counters may.
            fn add(&self, amounts: &Counters) {
                $(if amounts.$field != 0 {
                    self.$field.store(self.$field.load(Relaxed).wrapping_add(amounts.$field), Relaxed);
                })*
            }
        }
    };
}

counters! {
    /// Commands run.
    commands,
    /// Lookups for reading that found a key.
    hits,
    /// Lookups for reading that found none.
    misses,
    /// Keys removed because their time had come.
    expired,
    /// Fields of hashes removed because their time had come.
    expired_fields,
    /// Keys removed to make room.
    evicted,
    /// Changes to the keyspace.
    dirty,
    /// Bytes received from clients.
    bytes_in,
    /// Bytes sent to clients.
    bytes_out,
    /// Reads that brought at least one byte.
    reads,
    /// Writes that took at least one byte.
    writes,
    /// Error replies.
    errors,
}

impl Counters {
    /// Adds what a command did to the keyspace.
    pub(crate) fn count(&mut self, tally: &Tally) {
        self.hits += tally.hits;
        self.misses += tally.misses;
        self.expired += tally.expired;
        self.expired_fields += tally.expired_fields;
        self.evicted += tally.evicted;
        self.dirty += tally.dirty;
    }
}

/// One command's totals over all workers.
#[derive(Debug, Default)]
pub(crate) struct CommandTotals {
    /// Times it ran.
    pub(crate) calls: u64,
    /// Nanoseconds it ran for.
    pub(crate) nanos: u64,
    /// Times it was refused before it ran.
    pub(crate) rejected: u64,
    /// Times it ran and answered an error.
    pub(crate) failed: u64,
    /// How long its runs took.
    pub(crate) latency: Histogram,
}

/// A number that one thread writes and others read.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Adds `amount`; only the owner may.
    pub(crate) fn add(&self, amount: u64) {
        self.0
            .store(self.0.load(Relaxed).wrapping_add(amount), Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    fn clear(&self) {
        self.0.store(0, Relaxed);
    }
}

#[derive(Debug, Default)]
struct CommandCounters {
    calls: Counter,
    nanos: Counter,
    rejected: Counter,
    failed: Counter,
    latency: Recorder,
}

/// The counters of one worker.
#[derive(Debug)]
pub(crate) struct WorkerStats {
    counters: AtomicCounters,
    commands: Box<[CommandCounters]>,
}

impl WorkerStats {
    pub(super) fn new(commands: usize) -> Self {
        Self {
            counters: AtomicCounters::default(),
            commands: (0..commands).map(|_| CommandCounters::default()).collect(),
        }
    }

    /// Adds what a batch of commands came to.
    pub(crate) fn add(&self, amounts: &Counters) {
        self.counters.add(amounts);
    }

    /// Counts a run that took `nanos`; `failed` when it answered an error.
    #[inline]
    pub(crate) fn count_call(&self, id: CommandId, nanos: u64, failed: bool, histogram: bool) {
        let command = &self.commands[usize::from(id.0)];
        command.calls.add(1);
        command.nanos.add(nanos);
        if failed {
            command.failed.add(1);
        }
        if histogram {
            command.latency.record(nanos);
        }
    }

    /// Counts a refusal.
    pub(crate) fn count_rejected(&self, id: CommandId) {
        self.commands[usize::from(id.0)].rejected.add(1);
    }

    pub(super) fn counters(&self) -> Counters {
        self.counters.read()
    }

    pub(super) fn add_command(&self, id: CommandId, totals: &mut CommandTotals) {
        let command = &self.commands[usize::from(id.0)];
        totals.calls += command.calls.get();
        totals.nanos += command.nanos.get();
        totals.rejected += command.rejected.get();
        totals.failed += command.failed.get();
        command.latency.add_to(&mut totals.latency);
    }

    /// Clears the commands' counters. A run counted at the same instant may survive or be lost, as in any reset.
    pub(super) fn reset_commands(&self) {
        for command in &self.commands {
            for counter in [
                &command.calls,
                &command.nanos,
                &command.rejected,
                &command.failed,
            ] {
                counter.clear();
            }
            command.latency.clear();
        }
    }
}
