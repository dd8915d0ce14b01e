//! What one client listens to.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::{Kind, PubSub};
use crate::client::{ClientFlags, ClientHandle};

/// The subscriptions of one client, of all kinds.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions([BTreeSet<Box<[u8]>>; 3]);

impl Subscriptions {
    /// True when there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(BTreeSet::is_empty)
    }

    /// What the replies to changes of subscriptions of a kind count: channels and patterns together, those of hash
    /// slots by themselves.
    pub(crate) fn count(&self, kind: Kind) -> usize {
        let [channels, patterns, shard] = &self.0;
        match kind {
            Kind::Channel | Kind::Pattern => channels.len() + patterns.len(),
            Kind::Shard => shard.len(),
        }
    }

    /// The names of a kind.
    pub(crate) fn names(&self, kind: Kind) -> Vec<Box<[u8]>> {
        self.0[kind as usize].iter().cloned().collect()
    }

    /// Has `client`, whose subscriptions these are, listen to `name`.
    pub(crate) fn add(
        &mut self,
        pubsub: &PubSub,
        kind: Kind,
        name: &[u8],
        client: &Arc<ClientHandle>,
    ) {
        let first = self.is_empty();
        if self.0[kind as usize].insert(name.into()) {
            pubsub.add(kind, name, client);
            self.show(kind, client);
        }
        if first {
            pubsub.clients.fetch_add(1, Relaxed);
            client.vitals.set_flag(ClientFlags::PUBSUB, true);
        }
    }

    /// Has `client`, whose subscriptions these are, no longer listen to `name`.
    pub(crate) fn remove(
        &mut self,
        pubsub: &PubSub,
        kind: Kind,
        name: &[u8],
        client: &ClientHandle,
    ) {
        if !self.0[kind as usize].remove(name) {
            return;
        }
        pubsub.remove(kind, name, client);
        self.show(kind, client);
        if self.is_empty() {
            pubsub.clients.fetch_sub(1, Relaxed);
            client.vitals.set_flag(ClientFlags::PUBSUB, false);
        }
    }

    /// Ends all of them.
    pub(crate) fn clear(&mut self, pubsub: &PubSub, client: &ClientHandle) {
        for kind in Kind::ALL {
            for name in self.names(kind) {
                self.remove(pubsub, kind, &name, client);
            }
        }
    }

    fn show(&self, kind: Kind, client: &ClientHandle) {
        let len = self.0[kind as usize].len() as u32;
        client.vitals.subscriptions[kind as usize].store(len, Relaxed);
    }
}
