//! What is the same for all requests of a batch.

use ferrous_engine::command::{CommandId, Flags};
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::{
    Changes, Circumstances, DueKeys, Environment, Evictor, Host as _, Interests,
};
use ferrous_engine::limits::Limits;
use ferrous_engine::scope::Scope;
use ferrous_types::random::Rng;

use crate::persistence::jobs;
use crate::server::Server;
use crate::stats::{Counters, WorkerStats};
use crate::{blocked, evict, pause};

/// What is the same for all requests of a batch.
pub(crate) struct Turn<'a> {
    /// The whole server.
    pub(crate) server: &'static Server,
    /// Time and how accesses are noted.
    pub(crate) circumstances: Circumstances,
    /// The source of randomness.
    pub(crate) random: &'a mut Rng,
    pub(super) evictor: &'a mut Evictor,
    pub(super) counters: &'a mut Counters,
    pub(super) stats: &'a WorkerStats,
    pub(crate) limits: Limits,
    /// What the requests did so far, as far as it can wait.
    pub(super) changes: Changes,
    /// What calls do is repeated in the log and by replicas: a script may say no.
    pub(crate) repeats: bool,
    /// The time-stamp counter when the last request was done.
    pub(super) ticks: u64,
    /// Nanoseconds of requests since the clock was read.
    clock_age_nanos: u64,
}

/// The clock is read again once requests have taken so long since it was.
const CLOCK_AGE_MAX_NANOS: u64 = 500_000;

impl<'a> Turn<'a> {
    /// Reads the clocks for a new batch.
    pub(crate) fn new(
        server: &'static Server,
        no_touch: bool,
        random: &'a mut Rng,
        evictor: &'a mut Evictor,
        counters: &'a mut Counters,
        stats: &'a WorkerStats,
    ) -> Self {
        let circumstances = server.circumstances(no_touch);
        Self {
            server,
            circumstances,
            random,
            evictor,
            counters,
            stats,
            limits: server.limits(),
            changes: Changes::default(),
            repeats: true,
            ticks: server.ticks.raw(),
            clock_age_nanos: 0,
        }
    }

    /// Evicts keys while memory exceeds its limit.
    ///
    /// # Errors
    /// When that is not enough for a command with these flags.
    pub(crate) fn make_room(&mut self, flags: Flags) -> CommandResult {
        let mut means = evict::Means {
            evictor: self.evictor,
            random: self.random,
            changes: &mut self.changes,
            circumstances: self.circumstances,
        };
        evict::make_room(self.server, flags, &mut means)
    }

    /// Has a command with these flags find what is due as it is to: who may write does so because no pause is on any
    /// more, and meets no key that is hidden.
    pub(super) fn see_due_keys(&mut self, flags: Flags) {
        let due_keys = &mut self.circumstances.due_keys;
        if *due_keys == DueKeys::Hidden && pause::holds_back(flags) {
            *due_keys = DueKeys::Removed;
        }
    }

    /// What is to be gathered of changes.
    pub(super) fn interests(&self) -> Interests {
        let mut interests = self.server.interests();
        interests.effects &= self.repeats;
        interests
    }

    /// Counts an error that is no client's reply, but a script's.
    pub(crate) fn count_error(&mut self, error: &CommandError) {
        self.counters.errors += 1;
        self.server.stats.count_error(error.code());
    }

    /// Counts a call of a script that was refused.
    pub(crate) fn count_rejected(&mut self, command: CommandId) {
        self.stats.count_rejected(command);
    }

    /// The same for the calls of the client with this number.
    pub(crate) fn on_behalf_of(mut self, client: u64) -> Self {
        self.changes.caller = Some(client);
        self
    }

    /// What calls on database `database` are made with.
    pub(crate) fn environment(&mut self, database: usize) -> Environment<'_> {
        Environment {
            database,
            circumstances: &self.circumstances,
            interests: self.interests(),
            limits: &self.limits,
            random: self.random,
        }
    }

    /// Runs `work` with a scope that `hold` makes, concludes it, and keeps what it did.
    pub(crate) fn in_scope<T>(
        &mut self,
        hold: impl for<'c> FnOnce(&'c mut Changes) -> Scope<'static, 'c>,
        work: impl FnOnce(&mut Self, &mut Scope<'static, '_>) -> T,
    ) -> T {
        let result = self.try_in_scope(|changes| Some(hold(changes)), work);
        result.expect("there is a scope")
    }

    /// As [`Turn::in_scope`]; nothing when `hold` makes none.
    pub(crate) fn try_in_scope<T>(
        &mut self,
        hold: impl for<'c> FnOnce(&'c mut Changes) -> Option<Scope<'static, 'c>>,
        work: impl FnOnce(&mut Self, &mut Scope<'static, '_>) -> T,
    ) -> Option<T> {
        let mut changes = std::mem::take(&mut self.changes);
        let result = hold(&mut changes).map(|mut scope| {
            let result = work(self, &mut scope);
            blocked::conclude(self.server, scope, self.environment(0));
            result
        });
        self.changes = changes;
        result
    }

    /// Counts a command, and sees to what it left to be done.
    #[inline]
    pub(super) fn account(&mut self) {
        self.counters.commands += 1;
        if self.changes.leaves_work() {
            self.see_to_the_rest();
        }
    }

    #[cold]
    fn see_to_the_rest(&mut self) {
        if !self.changes.garbage.is_empty() {
            self.server.lazy_free.discard(&mut self.changes.garbage);
        }
        if std::mem::take(&mut self.changes.emptied) {
            // The snapshot is to count as one of all changes so far.
            self.count();
            self.stats.add(&std::mem::take(self.counters));
            jobs::after_emptying(self.server);
        }
        for complaint in self.changes.complaints.drain(..) {
            tracing::warn!("{complaint}");
        }
        // Making room for the command may have removed a key that somebody waits for.
        if self.changes.has_ready() {
            let ready = self.changes.take_ready();
            blocked::serve_all(self.server, ready, &self.circumstances, self.random);
        }
    }

    /// A request took `nanos`: for the next one the clock is read again if it is no longer right.
    #[inline]
    pub(super) fn age(&mut self, nanos: u64) {
        self.clock_age_nanos += nanos;
        if self.clock_age_nanos > CLOCK_AGE_MAX_NANOS {
            self.read_clock();
        }
    }

    #[cold]
    fn read_clock(&mut self) {
        let Circumstances { now_ms, access, .. } =
            self.server.circumstances(self.circumstances.no_touch);
        self.circumstances.now_ms = now_ms;
        self.circumstances.access = access;
        self.clock_age_nanos = 0;
    }

    /// Nanoseconds since the time-stamp counter stood at `started`.
    pub(super) fn lap(&mut self, started: u64) -> u64 {
        self.ticks = self.server.ticks.raw();
        self.server.ticks.delta_as_nanos(started, self.ticks)
    }

    /// Adds what the requests did so far to the worker's counters.
    fn count(&mut self) {
        self.counters
            .count(&std::mem::take(&mut self.changes.tally));
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.count();
    }
}
