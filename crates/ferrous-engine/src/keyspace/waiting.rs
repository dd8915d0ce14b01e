//! Calls that wait for a key, in the order in which they came.
//!
//! They queue in the partition of each of their keys. What makes a key worth another look notes it as ready, under the
//! same lock; whoever did it runs the calls that wait there before anybody else can touch the key.

use std::collections::VecDeque;
use std::sync::Arc;

use super::key_map::KeyMap;
use super::{DatabaseKey, Db, EntryRef, Held, Key};
use crate::wait::{Awaited, ParkedCall};

/// The calls that wait for one key.
#[derive(Default)]
struct Queue {
    calls: VecDeque<Arc<ParkedCall>>,
    /// It is noted as ready already.
    ready: bool,
}

/// The calls that wait for keys of a partition.
#[derive(Default)]
pub(super) struct Queues {
    keys: KeyMap<Queue>,
}

impl Queues {
    /// Notes in `ready` that `key` is worth another look, if anybody waits for it.
    #[inline]
    pub(super) fn signal(
        &mut self,
        database: usize,
        key: &[u8],
        ready: &mut VecDeque<DatabaseKey>,
    ) {
        if !self.keys.is_empty() {
            self.note(database, key, ready);
        }
    }

    #[cold]
    fn note(&mut self, database: usize, key: &[u8], ready: &mut VecDeque<DatabaseKey>) {
        if let Some(queue) = self.keys.get_mut(database, key)
            && !std::mem::replace(&mut queue.ready, true)
        {
            ready.push_back(DatabaseKey {
                database,
                key: key.into(),
            });
        }
    }

    /// As [`Queues::signal`] for every key of `database`.
    pub(super) fn signal_all(&mut self, database: usize, ready: &mut VecDeque<DatabaseKey>) {
        let keys: Vec<Box<[u8]>> = self
            .keys
            .keys_of(database)
            .map(|(key, _)| key.into())
            .collect();
        for key in keys {
            self.note(database, &key, ready);
        }
    }

    fn add(&mut self, key: &[u8], call: &Arc<ParkedCall>) {
        let queue = self.keys.ensure(call.database, key);
        // A key may be named twice.
        if queue
            .calls
            .back()
            .is_none_or(|last| last.ticket != call.ticket)
        {
            queue.calls.push_back(Arc::clone(call));
        }
    }

    fn remove(&mut self, key: &[u8], call: &ParkedCall) {
        let Some(queue) = self.keys.get_mut(call.database, key) else {
            return;
        };
        if let Ok(at) = queue
            .calls
            .binary_search_by_key(&call.ticket, |call| call.ticket)
        {
            queue.calls.remove(at);
        }
        if queue.calls.is_empty() {
            self.keys.remove(call.database, key);
        }
    }

    /// How many keys are waited for, and for how many of them somebody waits who is told when they are gone.
    pub(super) fn len(&self) -> (usize, usize) {
        let cares = |queue: &&Queue| {
            let mut calls = queue.calls.iter();
            calls.any(|call| call.awaited == Awaited::Group)
        };
        (
            self.keys.values().count(),
            self.keys.values().filter(cares).count(),
        )
    }
}

impl Held<'_> {
    /// Has `call` wait for those of its keys that it awaits.
    pub(crate) fn park(&mut self, call: &Arc<ParkedCall>) {
        for key in call.awaited_keys() {
            self.partition(key.partition).queues.add(key.bytes, call);
        }
    }

    /// Has `call` wait no longer.
    pub(crate) fn unpark(&mut self, call: &ParkedCall) {
        for key in call.awaited_keys() {
            self.unpark_from(call, &key);
        }
    }

    /// Has `call` wait for `key` no longer.
    pub(crate) fn unpark_from(&mut self, call: &ParkedCall, key: &Key<'_>) {
        self.partition(key.partition).queues.remove(key.bytes, call);
    }
}

impl Db<'_, '_> {
    /// Tells that `key` is worth another look for those who wait for it: it has come to be, has grown, or is gone.
    #[inline]
    pub fn ready(&mut self, key: &Key<'_>) {
        let database = self.index();
        let partition = self.held.partition(key.partition);
        partition
            .queues
            .signal(database, key.bytes, &mut self.changes.ready);
    }

    /// The first call with a ticket above `ticket` that waits for `ready`, its partition held, and that what is there
    /// now may be an answer to.
    pub fn next_parked(&mut self, ready: &DatabaseKey, ticket: u64) -> Option<Arc<ParkedCall>> {
        self.select(ready.database);
        let key = self.key(&ready.key);
        self.remove_if_due(&key);
        let partition = self.held.partition(key.partition);
        let queue = partition.queues.keys.get_mut(ready.database, &ready.key)?;
        queue.ready = false;
        let entry = partition.databases[ready.database].find(&key);
        let object = entry.and_then(EntryRef::object);
        let after = queue.calls.partition_point(|call| call.ticket <= ticket);
        let mut calls = queue.calls.iter().skip(after);
        calls.find(|call| call.awaited.is_answered(object)).cloned()
    }
}
