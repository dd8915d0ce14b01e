//! Clients closed because all of them together take too much memory (`maxmemory-clients`): the largest first.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::{ClientFlags, ClientHandle};
use crate::config::value::MemoryShare;
use crate::server::Server;

/// A limit below this would leave nobody who could raise it again.
const LIMIT_MIN: u64 = 128 << 10;

/// Closes clients until the rest are within the limit. One load when there is none, as nearly always.
pub(crate) fn enforce_limit(server: &Server) {
    let Some(limit) = limit(server) else { return };
    if server.clients.memory() <= limit {
        return;
    }
    let mut clients: Vec<(u64, Arc<ClientHandle>)> = server
        .clients
        .all()
        .into_iter()
        .filter(|client| !client.vitals.has(ClientFlags::NO_EVICT) && !client.is_killed())
        .map(|client| (client.memory(), client))
        .collect();
    clients.sort_unstable_by_key(|(memory, _)| *memory);
    let mut total: u64 = clients.iter().map(|(memory, _)| memory).sum();
    while total > limit
        && let Some((memory, client)) = clients.pop()
    {
        tracing::info!("Evicting client: id={} addr={}", client.id, client.peer);
        client.kill();
        server.stats.evicted_clients.fetch_add(1, Relaxed);
        total -= memory;
    }
}

/// The most bytes that clients may take together.
fn limit(server: &Server) -> Option<u64> {
    let limit = match server.config.clients.maxmemory_clients.get() {
        MemoryShare::Bytes(bytes) => bytes,
        MemoryShare::Percent(percent) => {
            let max = server.config.memory.maxmemory.get();
            (u128::from(max) * u128::from(percent) / 100) as u64
        }
    };
    (limit != 0).then(|| limit.max(LIMIT_MIN))
}
