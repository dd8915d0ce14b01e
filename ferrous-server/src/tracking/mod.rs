//! Client-side caching: who read which key, so that they learn when it changes.
//!
//! A read is noted while the partitions of its keys are still held, and a change is told while they are, too. So no
//! change falls between a read and its note.

mod broadcast;
mod invalidate;
mod options;
mod readers;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use ferrous_engine::command::{Flags, Registered};
use ferrous_engine::keyspace::Key;
use ferrous_engine::scope::Scope;

use crate::client::{ClientFlags, ClientHandle, Session};
use crate::execute::Handler;
use crate::server::Server;

use broadcast::Broadcasts;
use readers::Readers;

pub(crate) use options::{Choice, Options, State};

/// What the server knows of clients that cache.
#[derive(Debug, Default)]
pub(crate) struct Tracking {
    /// How many clients are tracked.
    clients: AtomicUsize,
    readers: Readers,
    broadcasts: Broadcasts,
}

impl Tracking {
    /// True when changes of keys are to be told to anybody, or forgotten: a client that is not tracked for a while has
    /// what it read before remembered nevertheless. Two loads.
    pub(crate) fn is_on(&self) -> bool {
        self.clients.load(SeqCst) > 0 || self.readers.len().0 > 0
    }

    /// How many clients are tracked.
    pub(crate) fn clients(&self) -> usize {
        self.clients.load(SeqCst)
    }

    /// How many keys are remembered, and how many readers of them.
    pub(crate) fn remembered(&self) -> (usize, usize) {
        self.readers.len()
    }

    /// How many prefixes clients are told of.
    pub(crate) fn prefixes(&self) -> usize {
        self.broadcasts.len()
    }

    /// Tracks a client from now on, or otherwise than before. The options fit those that it has.
    pub(crate) fn begin(&self, client: &Arc<ClientHandle>, options: &Options) {
        if !client.vitals.has(ClientFlags::TRACKING) {
            self.clients.fetch_add(1, SeqCst);
        }
        client.tracking.set(options);
        client.vitals.set_flag(ClientFlags::TRACKING, true);
        client
            .vitals
            .set_flag(ClientFlags::BROADCAST, options.broadcast);
        for prefix in &options.prefixes {
            self.broadcasts.add(prefix, client);
        }
    }

    /// Tracks a client no longer.
    pub(crate) fn end(&self, client: &ClientHandle) {
        if !client.vitals.has(ClientFlags::TRACKING) {
            return;
        }
        client.vitals.set_flag(ClientFlags::TRACKING, false);
        client.vitals.set_flag(ClientFlags::BROADCAST, false);
        for prefix in client.tracking.clear() {
            self.broadcasts.remove(&prefix, client);
        }
        self.clients.fetch_sub(1, SeqCst);
    }

    /// Notes what a command read in `scope`, if the client caches it.
    #[inline]
    pub(crate) fn note_read(
        &self,
        server: &Server,
        session: &Session,
        command: &Registered<Handler>,
        keys: &[(u32, Key<'_>)],
        scope: &mut Scope<'static, '_>,
    ) {
        let client = &session.handle;
        if client.vitals.has(ClientFlags::TRACKING)
            && !client.vitals.has(ClientFlags::BROADCAST)
            && command.description.flags.contains(Flags::READONLY)
            && client.tracking.caches(session.caching)
        {
            let (modified, writer) = scope.untold();
            self.tell_readers(server, modified, writer);
            for (_, key) in keys {
                self.readers.add(key.bytes, client.id);
            }
        }
    }

    /// Forgets keys that are too many, and tells their readers.
    pub(crate) fn shrink(&self, server: &Server) {
        let keys_max = server.config.clients.tracking_table_max_keys.get();
        if keys_max == 0 {
            return;
        }
        while self.readers.len().0 as u64 > keys_max {
            let Some((key, readers)) = self.readers.take_any() else {
                return;
            };
            invalidate::tell(server, &readers, &[&key], None);
        }
    }
}

/// Ends the choice of `CLIENT CACHING` once a command, or a transaction, has run that is no `CLIENT` itself.
#[inline]
pub(crate) fn after_command(session: &mut Session, command: &Registered<Handler>) {
    if session.caching && session.transaction.is_none() && !command.full_name.starts_with("client")
    {
        session.caching = false;
    }
}
