//! `# Persistence`: what is on disk, and what is not yet.

use super::{Field, View};

pub(super) const FIELDS: &[Field] = &[
    Field("loading", |_| false.into()),
    Field("async_loading", |_| false.into()),
    Field("current_cow_peak", |_| 0_u64.into()),
    Field("current_cow_size", |_| 0_u64.into()),
    Field("current_cow_size_age", |_| 0_u64.into()),
    Field("current_fork_perc", |_| "0.00".into()),
    Field("current_save_keys_processed", |_| 0_u64.into()),
    Field("current_save_keys_total", |_| 0_u64.into()),
    Field("rdb_changes_since_last_save", |view| {
        view.server.stats.unsaved_changes().into()
    }),
    Field("rdb_bgsave_in_progress", |_| false.into()),
    Field("rdb_last_save_time", |view| started_s(view).into()),
    Field("rdb_last_bgsave_status", |_| "ok".into()),
    Field("rdb_last_bgsave_time_sec", |_| (-1_i64).into()),
    Field("rdb_current_bgsave_time_sec", |_| (-1_i64).into()),
    Field("rdb_saves", |_| 0_u64.into()),
    Field("rdb_last_cow_size", |_| 0_u64.into()),
    Field("rdb_last_load_keys_expired", |_| 0_u64.into()),
    Field("rdb_last_load_keys_loaded", |_| 0_u64.into()),
    Field("aof_enabled", |_| false.into()),
    Field("aof_rewrite_in_progress", |_| false.into()),
    Field("aof_rewrite_scheduled", |_| false.into()),
    Field("aof_last_rewrite_time_sec", |_| (-1_i64).into()),
    Field("aof_current_rewrite_time_sec", |_| (-1_i64).into()),
    Field("aof_last_bgrewrite_status", |_| "ok".into()),
    Field("aof_rewrites", |_| 0_u64.into()),
    Field("aof_rewrites_consecutive_failures", |_| 0_u64.into()),
    Field("aof_last_write_status", |_| "ok".into()),
    Field("aof_last_cow_size", |_| 0_u64.into()),
    Field("module_fork_in_progress", |_| false.into()),
    Field("module_fork_last_cow_size", |_| 0_u64.into()),
];

/// When the server started, in seconds since the epoch: before the first snapshot, that counts as the last.
fn started_s(view: &View<'_>) -> i64 {
    view.now_ms / 1000 - view.server.started.elapsed().as_secs() as i64
}
