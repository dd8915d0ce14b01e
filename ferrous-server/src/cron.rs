//! What happens by itself: expired keys and fields go, idle clients go, the peak of memory is noted.

use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use ferrous_engine::keyspace::Changes;

use crate::blocked;
use crate::client::{ClientFlags, ClientHandle};
use crate::observe::{self, Event};
use crate::persistence::{aof, save_points};
use crate::server::{Server, now_ms};
use crate::worker::Worker;
use crate::{allocator, evict};

/// How often due keys are looked for.
const EXPIRE_PERIOD: Duration = Duration::from_millis(50);
/// Keys removed under one lock; a few microseconds' work.
const EXPIRE_BATCH: usize = 64;
/// How often what was counted is noted.
const SAMPLE_PERIOD: Duration = Duration::from_millis(100);
/// How often clients are looked at.
const CLIENTS_PERIOD: Duration = Duration::from_secs(1);

/// Starts the recurring work.
pub(crate) fn start(server: &'static Server) {
    tokio::spawn(expire(server));
    tokio::spawn(evict::in_background(server));
    tokio::spawn(watch(server));
    tokio::spawn(sample(server));
    tokio::spawn(save_points::watch(server));
    tokio::spawn(aof::relay(server));
}

/// Removes keys whose time has come, a few at a time, so that a million of them expiring at once delays nobody.
async fn expire(server: &'static Server) {
    loop {
        tokio::time::sleep(EXPIRE_PERIOD).await;
        let active = server.active_expire.load(Relaxed) && !server.cron_paused.load(Relaxed);
        let loading = server.persistence.loading.is_on();
        if !active || loading || server.pause.is_on(now_ms()) {
            continue;
        }
        for partition in 0..server.keyspace.partitions() {
            while expire_some(server, partition as u16) {
                tokio::task::yield_now().await;
            }
        }
    }
}

/// Removes a batch of due keys; true when there may be more.
fn expire_some(server: &'static Server, partition: u16) -> bool {
    let started = server.ticks.raw();
    let mut changes = Changes::default();
    let more = server
        .keyspace
        .remove_due(partition, now_ms(), EXPIRE_BATCH, &mut changes, server);
    if changes.tally.expired > 0 || changes.tally.expired_fields > 0 {
        Worker::with(server, |worker| {
            worker.counters.count(&changes.tally);
            if changes.has_ready() {
                let circumstances = server.circumstances(false);
                blocked::serve_all(
                    server,
                    changes.take_ready(),
                    &circumstances,
                    &mut worker.random,
                );
            }
        });
        server.lazy_free.discard(&mut changes.garbage);
    }
    let nanos = server.ticks.delta_as_nanos(started, server.ticks.raw());
    server.stats.expire_cycle_nanos.fetch_add(nanos, Relaxed);
    observe::note_event(server, Event::ExpireCycle, nanos);
    more
}

/// Notes what was counted, for rates per second, and forgets the tracked keys that are too many since their limit was
/// lowered.
async fn sample(server: &'static Server) {
    loop {
        tokio::time::sleep(SAMPLE_PERIOD).await;
        server.stats.sample(Instant::now());
        if !server.cron_paused.load(Relaxed) {
            server.tracking.shrink(server);
        }
    }
}

/// Closes clients that were idle for too long, and notes the peak of memory.
async fn watch(server: &'static Server) {
    loop {
        tokio::time::sleep(CLIENTS_PERIOD).await;
        server
            .stats
            .peak_memory
            .fetch_max(allocator::used_bytes() as u64, Relaxed);
        if server.cron_paused.load(Relaxed) {
            continue;
        }
        let timeout_ms = i64::from(server.config.clients.timeout.get()) * 1000;
        for client in server.clients.all() {
            let limits = &server.config.clients.client_output_buffer_limit;
            let slow = client.end_if_slow(client.owed(), limits);
            if !slow && timeout_ms > 0 && is_idle(&client, timeout_ms) {
                tracing::debug!("Closing idle client {}", client.peer);
                client.kill();
            }
        }
    }
}

/// True when a client has sent nothing for so long and there is no reason why.
fn is_idle(client: &ClientHandle, timeout_ms: i64) -> bool {
    let vitals = &client.vitals;
    let waits = vitals.has(ClientFlags::PUBSUB) || vitals.has(ClientFlags::BLOCKED);
    !waits && vitals.active_ms.load(Relaxed) < now_ms() - timeout_ms
}
