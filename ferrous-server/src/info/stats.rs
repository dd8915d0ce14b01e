//! `# Stats`: what was counted since the start, or since `CONFIG RESETSTAT`.

use std::sync::atomic::Ordering::Relaxed;

use super::Field;
use super::value::Value;
use crate::pubsub::Kind;

const KIB: f64 = 1024.0;

pub(super) const FIELDS: &[Field] = &[
    Field("total_connections_received", |view| {
        view.server.stats.connections.load(Relaxed).into()
    }),
    Field("total_commands_processed", |view| {
        view.totals().commands.into()
    }),
    Field("instantaneous_ops_per_sec", |view| {
        (view.rates().commands as u64).into()
    }),
    Field("total_net_input_bytes", |view| {
        view.totals().bytes_in.into()
    }),
    Field("total_net_output_bytes", |view| {
        view.totals().bytes_out.into()
    }),
    Field("total_net_repl_input_bytes", |_| 0_u64.into()),
    Field("total_net_repl_output_bytes", |_| 0_u64.into()),
    Field("instantaneous_input_kbps", |view| {
        Value::Decimal(view.rates().bytes_in / KIB, 2)
    }),
    Field("instantaneous_output_kbps", |view| {
        Value::Decimal(view.rates().bytes_out / KIB, 2)
    }),
    Field("instantaneous_input_repl_kbps", |_| Value::Decimal(0.0, 2)),
    Field("instantaneous_output_repl_kbps", |_| Value::Decimal(0.0, 2)),
    Field("rejected_connections", |view| {
        view.server.stats.rejected_connections.load(Relaxed).into()
    }),
    Field("sync_full", |_| 0_u64.into()),
    Field("sync_partial_ok", |_| 0_u64.into()),
    Field("sync_partial_err", |_| 0_u64.into()),
    Field("expired_keys", |view| view.totals().expired.into()),
    Field("expired_fields", |view| view.totals().expired_fields.into()),
    Field("expired_stale_perc", |_| Value::Decimal(0.0, 2)),
    Field("expired_keys_with_volatile_items_stale_perc", |_| {
        Value::Decimal(0.0, 2)
    }),
    Field("expired_time_cap_reached_count", |_| 0_u64.into()),
    Field("expire_cycle_cpu_milliseconds", |view| {
        view.server.stats.expire_cycle_ms().into()
    }),
    Field("evicted_keys", |view| view.totals().evicted.into()),
    Field("evicted_clients", |view| {
        view.server.stats.evicted_clients.load(Relaxed).into()
    }),
    Field("evicted_scripts", |view| {
        view.server.scripting.scripts.evicted().into()
    }),
    Field("total_eviction_exceeded_time", |view| {
        let (stats, now) = (&view.server.stats, view.server.started.elapsed());
        stats.memory_exceeded.total_ms(now).into()
    }),
    Field("current_eviction_exceeded_time", |view| {
        let (stats, now) = (&view.server.stats, view.server.started.elapsed());
        stats.memory_exceeded.current_ms(now).into()
    }),
    Field("keyspace_hits", |view| view.totals().hits.into()),
    Field("keyspace_misses", |view| view.totals().misses.into()),
    Field("pubsub_channels", |view| {
        view.server.pubsub.len(Kind::Channel).into()
    }),
    Field("pubsub_patterns", |view| {
        view.server.pubsub.len(Kind::Pattern).into()
    }),
    Field("pubsubshard_channels", |view| {
        view.server.pubsub.len(Kind::Shard).into()
    }),
    Field("latest_fork_usec", |_| 0_u64.into()),
    Field("total_forks", |_| 0_u64.into()),
    Field("migrate_cached_sockets", |_| 0_u64.into()),
    Field("slave_expires_tracked_keys", |_| 0_u64.into()),
    Field("active_defrag_hits", |_| 0_u64.into()),
    Field("active_defrag_misses", |_| 0_u64.into()),
    Field("active_defrag_key_hits", |_| 0_u64.into()),
    Field("active_defrag_key_misses", |_| 0_u64.into()),
    Field("total_active_defrag_time", |_| 0_u64.into()),
    Field("current_active_defrag_time", |_| 0_u64.into()),
    Field("tracking_total_keys", |view| {
        view.server.tracking.remembered().0.into()
    }),
    Field("tracking_total_items", |view| {
        view.server.tracking.remembered().1.into()
    }),
    Field("tracking_total_prefixes", |view| {
        view.server.tracking.prefixes().into()
    }),
    Field("unexpected_error_replies", |_| 0_u64.into()),
    Field("total_error_replies", |view| view.totals().errors.into()),
    Field("dump_payload_sanitizations", |_| 0_u64.into()),
    Field("io_threaded_reads_processed", |view| {
        view.totals().reads.into()
    }),
    Field("io_threaded_writes_processed", |view| {
        view.totals().writes.into()
    }),
    Field("reply_buffer_shrinks", |_| 0_u64.into()),
    Field("reply_buffer_expands", |_| 0_u64.into()),
    Field("total_reads_processed", |view| view.totals().reads.into()),
    Field("total_writes_processed", |view| view.totals().writes.into()),
    Field("client_query_buffer_limit_disconnections", |view| {
        view.server
            .stats
            .input_limit_disconnections
            .load(Relaxed)
            .into()
    }),
    Field("client_output_buffer_limit_disconnections", |view| {
        view.server
            .stats
            .output_limit_disconnections
            .load(Relaxed)
            .into()
    }),
    Field("acl_access_denied_auth", |_| 0_u64.into()),
    Field("acl_access_denied_cmd", |_| 0_u64.into()),
    Field("acl_access_denied_key", |_| 0_u64.into()),
    Field("acl_access_denied_channel", |_| 0_u64.into()),
];
