//! Every connected client.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use parking_lot::Mutex;

use super::ClientHandle;

/// The connected clients, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Clients {
    connected: Mutex<BTreeMap<u64, Arc<ClientHandle>>>,
    count: AtomicUsize,
    last_id: AtomicU64,
    /// Bytes of all clients' buffers.
    buffer_bytes: AtomicU64,
}

impl Clients {
    /// A number for a new client.
    pub(crate) fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Relaxed) + 1
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.count.load(Relaxed)
    }

    /// Adds a client, unless there are `max` already.
    pub(crate) fn add(&self, client: Arc<ClientHandle>, max: usize) -> bool {
        let mut connected = self.connected.lock();
        if connected.len() >= max {
            return false;
        }
        connected.insert(client.id, client);
        self.count.store(connected.len(), Relaxed);
        true
    }

    /// Bytes that there are because of all clients.
    pub(crate) fn memory(&self) -> u64 {
        self.buffer_bytes.load(Relaxed) + (self.len() * size_of::<ClientHandle>()) as u64
    }

    /// Notes that a client's buffers take another number of bytes.
    pub(crate) fn buffers_changed(&self, before: u64, after: u64) {
        if before != after {
            // Wraps around where it shrinks.
            self.buffer_bytes
                .fetch_add(after.wrapping_sub(before), Relaxed);
        }
    }

    /// Removes a client.
    pub(crate) fn remove(&self, id: u64) {
        let mut connected = self.connected.lock();
        if let Some(client) = connected.remove(&id) {
            self.buffers_changed(client.vitals.buffer_bytes(), 0);
        }
        self.count.store(connected.len(), Relaxed);
    }

    /// The client with this number.
    pub(crate) fn get(&self, id: u64) -> Option<Arc<ClientHandle>> {
        self.connected.lock().get(&id).cloned()
    }

    /// All of them at this instant, oldest first.
    pub(crate) fn all(&self) -> Vec<Arc<ClientHandle>> {
        self.connected.lock().values().cloned().collect()
    }
}
