//! Snapshots and rewrites that begin by themselves.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::aof;
use super::jobs;
use crate::server::{Server, now_ms};

/// How often it is looked whether one is due.
const PERIOD: Duration = Duration::from_millis(100);
/// How long to wait after a save that failed.
const RETRY_S: i64 = 5;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Snapshot,
    Rewrite,
}

/// Begins what is due, for as long as the server runs.
pub(crate) async fn watch(server: &'static Server) {
    loop {
        tokio::time::sleep(PERIOD).await;
        if server.cron_paused.load(Relaxed) || server.persistence.loading.is_on() {
            continue;
        }
        let Some(due) = due(server) else { continue };
        // Beginning locks every partition for an instant, which may mean to wait.
        let begun = tokio::task::spawn_blocking(move || begin(server, due)).await;
        if begun.is_err() {
            tracing::error!("beginning a snapshot that was due failed");
        }
    }
}

fn due(server: &Server) -> Option<Due> {
    let jobs = &server.persistence.jobs;
    if jobs.running().is_some() {
        return None;
    }
    if jobs.rewrite_scheduled.load(Relaxed) && aof::may_retry(server) {
        return Some(Due::Rewrite);
    }
    if jobs.save_scheduled.load(Relaxed) && may_try_again(server) {
        return Some(Due::Snapshot);
    }
    if let Some((changes, seconds)) = due_point(server) {
        tracing::info!("{changes} changes in {seconds} seconds. Saving...");
        return Some(Due::Snapshot);
    }
    (aof::has_outgrown(server) && aof::may_retry(server)).then_some(Due::Rewrite)
}

fn begin(server: &'static Server, due: Due) {
    match due {
        Due::Snapshot => {
            // Somebody else may have been quicker; what is scheduled stays so then.
            let _ = jobs::save_in_background(server);
        }
        Due::Rewrite => {
            aof::begin_rewrite(server);
        }
    }
}

/// The save point that is met, if one is.
fn due_point(server: &Server) -> Option<(u64, u64)> {
    let jobs = &server.persistence.jobs;
    let points = server.config.persistence.save.load();
    if points.is_empty() {
        return None;
    }
    let changes = server.stats.unsaved_changes().max(0) as u64;
    let seconds = (now_ms() / 1000 - jobs.last_save_s.load(Relaxed)).max(0) as u64;
    let met = points
        .iter()
        .find(|point| changes >= point.changes && seconds > point.seconds)?;
    may_try_again(server).then_some((met.changes, met.seconds))
}

fn may_try_again(server: &Server) -> bool {
    let jobs = &server.persistence.jobs;
    !jobs.last_save_failed() || now_ms() / 1000 - jobs.last_try_s.load(Relaxed) > RETRY_S
}
