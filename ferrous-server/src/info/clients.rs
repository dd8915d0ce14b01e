//! `# Clients`: who is connected, and what they wait for.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::{Field, View};
use crate::client::Vitals;

pub(super) const FIELDS: &[Field] = &[
    Field("connected_clients", |view| view.server.clients.len().into()),
    Field("cluster_connections", |_| 0_u64.into()),
    Field("maxclients", |view| {
        u64::from(view.server.config.clients.maxclients.get()).into()
    }),
    Field("client_recent_max_input_buffer", |view| {
        most(view, |vitals| &vitals.query_capacity).into()
    }),
    Field("client_recent_max_output_buffer", |view| {
        most(view, |vitals| &vitals.output_bytes).into()
    }),
    Field("blocked_clients", |view| {
        (view.server.blocked.clients() + view.server.pause.held_back()).into()
    }),
    Field("tracking_clients", |view| {
        view.server.tracking.clients().into()
    }),
    Field("pubsub_clients", |view| {
        view.server.pubsub.clients.load(Relaxed).into()
    }),
    Field("watching_clients", |view| {
        let clients = view.server.clients.all();
        let watching = clients.iter().filter(|client| client.watched() > 0);
        watching.count().into()
    }),
    Field("clients_in_timeout_table", |view| {
        view.server.blocked.with_deadline().into()
    }),
    Field("total_watched_keys", |view| {
        view.census().watched_keys.into()
    }),
    Field("total_blocking_keys", |view| {
        view.census().awaited_keys.into()
    }),
    Field("total_blocking_keys_on_nokey", |view| {
        view.census().awaited_ends.into()
    }),
    Field("paused_reason", |view| {
        match paused(view) {
            Some(_) if view.server.pause.is_for_shutdown() => "shutdown_in_progress",
            Some(_) => "client_pause",
            None => "none",
        }
        .into()
    }),
    Field("paused_actions", |view| {
        paused(view).map_or("none", |(actions, _)| actions).into()
    }),
    Field("paused_timeout_milliseconds", |view| {
        paused(view).map_or(0, |(_, left_ms)| left_ms).into()
    }),
];

/// The most that any connected client has of something.
fn most(view: &View<'_>, of: fn(&Vitals) -> &AtomicU64) -> u64 {
    let clients = view.server.clients.all();
    clients
        .iter()
        .map(|client| of(&client.vitals).load(Relaxed))
        .max()
        .unwrap_or(0)
}

/// Which commands are held back, and for how many ms more.
fn paused(view: &View<'_>) -> Option<(&'static str, i64)> {
    view.server.pause.left(view.now_ms)
}
