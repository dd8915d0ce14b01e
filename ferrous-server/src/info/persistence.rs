//! `# Persistence`: what is on disk, and what is not yet.

use std::sync::atomic::Ordering::Relaxed;

use super::value::Value;
use super::{Field, Report, View};
use crate::persistence::aof::State;
use crate::persistence::jobs::{Jobs, Kind, Outcomes};

pub(super) const FIELDS: &[Field] = &[
    Field("loading", |view| {
        view.server.persistence.loading.is_on().into()
    }),
    Field("async_loading", |_| false.into()),
    Field("current_cow_peak", |view| {
        jobs(view).progress.in_flight_peak.load(Relaxed).into()
    }),
    Field("current_cow_size", |view| {
        jobs(view).progress.in_flight.load(Relaxed).into()
    }),
    Field("current_cow_size_age", |_| 0_u64.into()),
    Field("current_fork_perc", |view| {
        let progress = &jobs(view).progress;
        let done = progress.keys_done.load(Relaxed) as f64;
        let total = progress.keys_total.load(Relaxed).max(1) as f64;
        let running = jobs(view).running().is_some();
        Value::Decimal(if running { done / total * 100.0 } else { 0.0 }, 2)
    }),
    Field("current_save_keys_processed", |view| {
        while_running(view, jobs(view).progress.keys_done.load(Relaxed))
    }),
    Field("current_save_keys_total", |view| {
        while_running(view, jobs(view).progress.keys_total.load(Relaxed))
    }),
    Field("rdb_changes_since_last_save", |view| {
        view.server.stats.unsaved_changes().into()
    }),
    Field("rdb_bgsave_in_progress", |view| {
        jobs(view).is_running(Kind::BackgroundSave).into()
    }),
    Field("rdb_last_save_time", |view| {
        jobs(view).last_save_s.load(Relaxed).into()
    }),
    Field("rdb_last_bgsave_status", |view| status(&jobs(view).saves)),
    Field("rdb_last_bgsave_time_sec", |view| {
        jobs(view).saves.took_s.load(Relaxed).into()
    }),
    Field("rdb_current_bgsave_time_sec", |view| {
        running_s(view, Kind::BackgroundSave)
    }),
    Field("rdb_saves", |view| {
        jobs(view).saves.count.load(Relaxed).into()
    }),
    Field("rdb_last_cow_size", |view| {
        jobs(view).saves.handed_over.load(Relaxed).into()
    }),
    Field("rdb_last_load_keys_expired", |view| {
        let loading = &view.server.persistence.loading;
        loading.keys_expired.load(Relaxed).into()
    }),
    Field("rdb_last_load_keys_loaded", |view| {
        let loading = &view.server.persistence.loading;
        loading.keys_loaded.load(Relaxed).into()
    }),
    Field("aof_enabled", |view| {
        (view.server.persistence.aof.state() != State::Off).into()
    }),
    Field("aof_rewrite_in_progress", |view| {
        jobs(view).is_running(Kind::Rewrite).into()
    }),
    Field("aof_rewrite_scheduled", |view| {
        jobs(view).rewrite_scheduled.load(Relaxed).into()
    }),
    Field("aof_last_rewrite_time_sec", |view| {
        jobs(view).rewrites.took_s.load(Relaxed).into()
    }),
    Field("aof_current_rewrite_time_sec", |view| {
        running_s(view, Kind::Rewrite)
    }),
    Field("aof_last_bgrewrite_status", |view| {
        status(&jobs(view).rewrites)
    }),
    Field("aof_rewrites", |view| {
        jobs(view).rewrites.count.load(Relaxed).into()
    }),
    Field("aof_rewrites_consecutive_failures", |view| {
        jobs(view).rewrites.failures.load(Relaxed).into()
    }),
    Field("aof_last_write_status", |view| {
        let trouble = view.server.persistence.aof.trouble();
        if trouble.is_none() { "ok" } else { "err" }.into()
    }),
    Field("aof_last_cow_size", |view| {
        jobs(view).rewrites.handed_over.load(Relaxed).into()
    }),
    Field("module_fork_in_progress", |_| false.into()),
    Field("module_fork_last_cow_size", |_| 0_u64.into()),
];

/// Lines about the append-only file while there is one, and about loading while it goes on.
pub(super) fn more(view: &View<'_>, report: &mut Report) {
    let persistence = &view.server.persistence;
    let aof = &persistence.aof;
    if aof.state() != State::Off {
        let status = &aof.status;
        let backlog = aof.backlog(view.server);
        report.line("aof_current_size", status.size.load(Relaxed));
        report.line("aof_base_size", status.base_size.load(Relaxed));
        report.line("aof_pending_rewrite", 0);
        report.line("aof_buffer_length", backlog);
        report.line("aof_pending_bio_fsync", 0);
        report.line("aof_delayed_fsync", status.delayed_syncs.load(Relaxed));
    }
    let loading = &persistence.loading;
    if loading.is_on() {
        let total = loading.bytes_total.load(Relaxed);
        let done = loading.bytes_done.load(Relaxed);
        let share = done as f64 / total.max(1) as f64 * 100.0;
        report.line(
            "loading_start_time",
            loading.started_ms.load(Relaxed) / 1000,
        );
        report.line("loading_total_bytes", total);
        report.line("loading_rdb_used_mem", 0);
        report.line("loading_loaded_bytes", done);
        report.line("loading_loaded_perc", Value::Decimal(share, 2));
        report.line("loading_eta_seconds", loading.eta_s());
    }
}

fn jobs<'a>(view: &View<'a>) -> &'a Jobs {
    &view.server.persistence.jobs
}

fn status(outcomes: &Outcomes) -> Value {
    if outcomes.failed.load(Relaxed) {
        "err"
    } else {
        "ok"
    }
    .into()
}

fn while_running(view: &View<'_>, value: u64) -> Value {
    jobs(view).running().map_or(0, |_| value).into()
}

/// Seconds since a job of `kind` began; -1 when none runs.
fn running_s(view: &View<'_>, kind: Kind) -> Value {
    let running = jobs(view).running().filter(|(running, _)| *running == kind);
    running
        .map_or(-1, |(_, since)| since.elapsed().as_secs() as i64)
        .into()
}
