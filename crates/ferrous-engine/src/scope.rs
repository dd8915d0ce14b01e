//! How calls are run: the partitions of their keys are held, each call does its work, the host takes over what was done,
//! and only then are the partitions let go.

use std::collections::VecDeque;
use std::sync::Arc;

use ferrous_resp::{Aggregate, Encoder};

use crate::call::{Call, DataHandler, Request, StepFn};
use crate::error::CommandResult;
use crate::keyspace::{
    Census, Changes, DatabaseKey, Db, Environment, Held, Host, Key, Keyspace, PartitionIndex,
    Watcher,
};
use crate::wait::{Caller, ParkedCall, Patience, Wait};

/// Partitions held for a run of calls, which are one change for everybody else, and what they did so far.
pub struct Scope<'k, 'c> {
    keyspace: &'k Keyspace,
    held: Held<'k>,
    changes: &'c mut Changes,
}

impl<'k, 'c> Scope<'k, 'c> {
    /// Holds the partitions of `keys`, which are all that the calls may look up.
    pub fn keys(keyspace: &'k Keyspace, keys: &[(u32, Key<'_>)], changes: &'c mut Changes) -> Self {
        Self::holding(keyspace, Held::keys(keyspace, keys), changes)
    }

    /// Holds the partitions that `indexes` name, in any order and more than once.
    pub fn partitions(
        keyspace: &'k Keyspace,
        indexes: impl Iterator<Item = PartitionIndex>,
        changes: &'c mut Changes,
    ) -> Self {
        Self::holding(keyspace, Held::partitions(keyspace, indexes), changes)
    }

    /// Holds every partition.
    pub fn everything(keyspace: &'k Keyspace, changes: &'c mut Changes) -> Self {
        Self::holding(keyspace, Held::all(keyspace), changes)
    }

    /// Holds none for longer than a visit. Only calls that look up no key can run.
    pub fn in_turn(keyspace: &'k Keyspace, changes: &'c mut Changes) -> Self {
        Self::holding(keyspace, Held::in_turn(keyspace), changes)
    }

    /// As [`Scope::keys`]; nothing when somebody holds one of them for long.
    #[inline]
    pub fn try_keys(
        keyspace: &'k Keyspace,
        keys: &[(u32, Key<'_>)],
        changes: &'c mut Changes,
    ) -> Option<Self> {
        let held = Held::try_keys(keyspace, keys)?;
        Some(Self::holding(keyspace, held, changes))
    }

    /// As [`Scope::partitions`]; nothing when somebody holds one of them for long.
    pub fn try_partitions(
        keyspace: &'k Keyspace,
        indexes: impl Iterator<Item = PartitionIndex>,
        changes: &'c mut Changes,
    ) -> Option<Self> {
        let held = Held::try_partitions(keyspace, indexes)?;
        Some(Self::holding(keyspace, held, changes))
    }

    /// As [`Scope::everything`]; nothing when somebody holds a partition for long.
    pub fn try_everything(keyspace: &'k Keyspace, changes: &'c mut Changes) -> Option<Self> {
        let held = Held::try_all(keyspace)?;
        Some(Self::holding(keyspace, held, changes))
    }

    /// Holds what `request` needs; nothing when somebody holds some of that for long.
    #[inline]
    pub fn try_of(
        keyspace: &'k Keyspace,
        request: &Request<'_>,
        changes: &'c mut Changes,
    ) -> Option<Self> {
        match request.handler {
            DataHandler::Chosen(asks, _) if asks(request.argv) => {
                Self::try_everything(keyspace, changes)
            }
            DataHandler::Keys(_) | DataHandler::Chosen(..) => {
                Self::try_keys(keyspace, request.keys, changes)
            }
            DataHandler::Everything(_) => Self::try_everything(keyspace, changes),
            DataHandler::InTurn(_) | DataHandler::Steps(_) | DataHandler::Help => {
                Some(Self::in_turn(keyspace, changes))
            }
        }
    }

    fn holding(keyspace: &'k Keyspace, held: Held<'k>, changes: &'c mut Changes) -> Self {
        Self {
            keyspace,
            held,
            changes,
        }
    }

    /// Holds these partitions as well; false, with some of them held maybe, when somebody else holds one.
    pub fn try_add(&mut self, mut indexes: impl Iterator<Item = PartitionIndex>) -> bool {
        indexes.all(|index| self.held.try_add(self.keyspace, index))
    }

    /// Holds every partition; false, with some of them held maybe, when somebody else holds one.
    pub fn try_add_everything(&mut self) -> bool {
        self.held.try_add_everything(self.keyspace)
    }

    /// Holds these partitions as well, and waits for them; see [`Held::insist`].
    pub fn insist(&mut self, indexes: impl Iterator<Item = PartitionIndex>) -> bool {
        self.held.insist(self.keyspace, indexes)
    }

    /// Says of what is held that it will be for long, so that nobody waits for it who has a choice, or takes that back.
    pub fn held_long(&self, long: bool) {
        self.held.mark_long(self.keyspace, long);
    }

    /// True when these partitions are held.
    pub fn holds(&self, mut indexes: impl Iterator<Item = PartitionIndex>) -> bool {
        indexes.all(|index| self.held.holds(index))
    }

    /// True when every partition is held.
    pub fn holds_everything(&self) -> bool {
        matches!(self.held, Held::All(_))
    }

    /// Prepares a change of values at `keys`, whose partitions are held: a large one that a snapshot lacks is told to it in
    /// pieces, one at each call, so that the partitions can be let go in between. True once all of them may be changed
    /// without a pause for everybody.
    #[inline]
    pub fn prepare(&mut self, database: usize, keys: &[(u32, Key<'_>)]) -> bool {
        self.held.prepare(database, keys)
    }

    /// Runs a call. What it waits for, when it found nothing to answer with: it has written nothing then, and the
    /// partitions of its keys are to be held until it is parked.
    ///
    /// # Errors
    /// What the command refuses with; what is written of a reply then is to be taken back.
    pub fn run(
        &mut self,
        environment: Environment<'_>,
        request: &Request<'_>,
        reply: &mut Encoder<'_>,
    ) -> CommandResult<Option<Wait>> {
        match request.handler {
            DataHandler::Keys(function)
            | DataHandler::Everything(function)
            | DataHandler::Chosen(_, function)
            | DataHandler::InTurn(function) => self.call(environment, request, reply, function),
            DataHandler::Help => unreachable!("HELP is the host's to answer"),
            DataHandler::Steps(function) => self.call(environment, request, reply, |call| {
                all_steps(call, function)
            }),
        }
    }

    /// Runs one step of a call in steps; returns how many elements it wrote. See [`StepFn`].
    ///
    /// # Errors
    /// What the command refuses with.
    pub fn step(
        &mut self,
        environment: Environment<'_>,
        function: StepFn,
        name: &str,
        argv: &[&[u8]],
        cursor: &mut u64,
        reply: &mut Encoder<'_>,
    ) -> CommandResult<usize> {
        let mut written = 0;
        let request = Request {
            handler: DataHandler::Steps(function),
            name,
            argv,
            keys: &[],
            patience: Patience::None,
        };
        self.call(environment, &request, reply, |call| {
            written = function(call, cursor)?;
            Ok(())
        })?;
        Ok(written)
    }

    /// Has a call of `caller` that was just run wait for its keys.
    pub fn park(&mut self, caller: Caller, request: &Request<'_>, wait: Wait) -> Arc<ParkedCall> {
        let ticket = self.keyspace.ticket();
        let call = Arc::new(ParkedCall::new(ticket, caller, request, wait));
        self.held.park(&call);
        call
    }

    /// Ends a watch of `key`; its partition is held.
    pub fn unwatch(&mut self, database: usize, key: &Key<'_>, watcher: &Arc<Watcher>) {
        self.held.unwatch(database, key, watcher);
    }

    /// Has a parked call wait no longer; the partitions of the keys that it awaits are held.
    pub fn unpark(&mut self, call: &ParkedCall) {
        self.held.unpark(call);
    }

    /// Has a parked call wait for `key` no longer; its partition is held.
    pub fn unpark_from(&mut self, call: &ParkedCall, key: &Key<'_>) {
        self.held.unpark_from(call, key);
    }

    /// Lends the database to the host's own work.
    pub fn with_db<T>(
        &mut self,
        environment: Environment<'_>,
        work: impl FnOnce(&mut Db<'_, 'k>) -> T,
    ) -> T {
        work(&mut Db::new(
            self.keyspace,
            &mut self.held,
            self.changes,
            environment,
        ))
    }

    /// Counts what the keyspace comes to. Every partition is held, or none.
    pub fn census(&mut self) -> Census {
        self.held.census(self.keyspace)
    }

    /// Tells the host what was done, so that what follows is a change of its own.
    pub fn commit(&mut self, host: &dyn Host) {
        if self.changes.is_news() {
            host.commit(self.changes);
        }
    }

    /// As [`Scope::commit`] for a change that is not the caller's; returns how far the log reached behind it, 0 when
    /// nothing was logged.
    pub fn commit_for_another(&mut self, host: &dyn Host) -> u64 {
        let own = std::mem::take(&mut self.changes.logged);
        self.commit(host);
        std::mem::replace(&mut self.changes.logged, own)
    }

    /// The keys that changed since this was asked last, and who changed them. Who reads a key now has read it as it is
    /// now: those who read it before it changed are to be told first.
    pub fn untold(&mut self) -> (&[DatabaseKey], Option<u64>) {
        let Changes {
            modified,
            told,
            caller,
            ..
        } = &mut *self.changes;
        let told = std::mem::replace(told, modified.len());
        (&modified[told..], *caller)
    }

    /// True when there are keys that those who wait for them may be answered from now.
    pub fn has_ready(&self) -> bool {
        self.changes.has_ready()
    }

    /// Takes these keys out.
    pub fn take_ready(&mut self) -> VecDeque<DatabaseKey> {
        self.changes.take_ready()
    }

    /// Tells the host what was done, then lets go of what is held.
    pub fn finish(mut self, host: &dyn Host) {
        self.commit(host);
    }

    fn call(
        &mut self,
        environment: Environment<'_>,
        request: &Request<'_>,
        reply: &mut Encoder<'_>,
        function: impl FnOnce(&mut Call) -> CommandResult,
    ) -> CommandResult<Option<Wait>> {
        let (database, limits) = (environment.database, environment.limits);
        let repeated = environment.interests.effects;
        let dirty = self.changes.tally.dirty;
        let outcome = self.with_db(environment, |db| {
            let mut call = Call::new(request, db, reply, limits);
            function(&mut call).map(|()| call.into_wait())
        });
        let replaced = self.changes.effects.take_replaced();
        if repeated && !replaced && self.changes.tally.dirty != dirty {
            self.changes.effects.push(database, request.argv);
        }
        outcome
    }
}

fn all_steps(call: &mut Call, function: StepFn) -> CommandResult {
    let array = call.reply.defer(Aggregate::Array, 3);
    let (mut cursor, mut len) = (0, 0);
    loop {
        len += function(call, &mut cursor)?;
        if cursor == 0 {
            break;
        }
    }
    array.finish(call.reply, len);
    Ok(())
}
