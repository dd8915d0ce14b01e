//! Clients that are told of every key with a prefix, whether they read it or not.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use parking_lot::RwLock;

use crate::client::ClientHandle;

/// Those who are told, by prefix.
type Prefixes = BTreeMap<Box<[u8]>, Vec<Arc<ClientHandle>>>;

/// The clients by prefix.
#[derive(Debug, Default)]
pub(super) struct Broadcasts {
    prefixes: RwLock<Prefixes>,
    count: AtomicUsize,
}

impl Broadcasts {
    /// How many prefixes there are. One load.
    pub(super) fn len(&self) -> usize {
        self.count.load(SeqCst)
    }

    /// Tells `client` of keys with `prefix` from now on.
    pub(super) fn add(&self, prefix: &[u8], client: &Arc<ClientHandle>) {
        let mut prefixes = self.prefixes.write();
        let clients = prefixes.entry(prefix.into()).or_default();
        if !clients.iter().any(|known| known.id == client.id) {
            clients.push(Arc::clone(client));
        }
        self.count.store(prefixes.len(), SeqCst);
    }

    /// Tells `client` of keys with `prefix` no longer.
    pub(super) fn remove(&self, prefix: &[u8], client: &ClientHandle) {
        let mut prefixes = self.prefixes.write();
        if let Some(clients) = prefixes.get_mut(prefix) {
            clients.retain(|known| known.id != client.id);
            if clients.is_empty() {
                prefixes.remove(prefix);
            }
        }
        self.count.store(prefixes.len(), SeqCst);
    }

    /// Calls `tell` with the clients of each prefix and those of `keys` that begin with it, where there are any.
    pub(super) fn for_each(&self, keys: &[&[u8]], tell: impl Fn(&[Arc<ClientHandle>], &[&[u8]])) {
        if self.len() == 0 {
            return;
        }
        for (prefix, clients) in &*self.prefixes.read() {
            let with_prefix: Vec<&[u8]> = keys
                .iter()
                .copied()
                .filter(|key| key.starts_with(prefix))
                .collect();
            if !with_prefix.is_empty() {
                tell(clients, &with_prefix);
            }
        }
    }
}
