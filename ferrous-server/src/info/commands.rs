//! `# Commandstats`, `# Errorstats` and `# Latencystats`: a line per command, or per kind of error.

use super::{Report, View};
use crate::stats::CommandTotals;

/// Calls `line` for every command that was called, with its name and totals.
fn for_each_called(view: &View<'_>, mut line: impl FnMut(&str, CommandTotals)) {
    for command in view.server.registry.all() {
        let totals = view.server.stats.command(command.id);
        if totals.calls + totals.rejected > 0 {
            line(&command.full_name, totals);
        }
    }
}

/// How often each command was called, for how long, and how often in vain.
pub(super) fn calls(view: &View<'_>, report: &mut Report) {
    for_each_called(view, |name, totals| {
        let CommandTotals {
            calls,
            rejected,
            failed,
            ..
        } = totals;
        let micros = totals.nanos / 1000;
        let mean = totals.nanos as f64 / 1000.0 / calls.max(1) as f64;
        report.line(
            format_args!("cmdstat_{name}"),
            format_args!(
                "calls={calls},usec={micros},usec_per_call={mean:.2},rejected_calls={rejected},failed_calls={failed}"
            ),
        );
    });
}

/// How often each kind of error was answered.
pub(super) fn errors(view: &View<'_>, report: &mut Report) {
    for (code, count) in view.server.stats.errors() {
        report.line(
            format_args!("errorstat_{code}"),
            format_args!("count={count}"),
        );
    }
}

/// Percentiles of how long each command took.
pub(super) fn latencies(view: &View<'_>, report: &mut Report) {
    for_each_called(view, |name, totals| {
        if totals.latency.total() == 0 {
            return;
        }
        let percentiles = view
            .server
            .config
            .logging
            .latency_tracking_info_percentiles
            .load();
        let figures: Vec<_> = percentiles
            .iter()
            .map(|percentile| {
                let micros = totals.latency.percentile(*percentile) as f64 / 1000.0;
                format!("p{percentile}={micros:.3}")
            })
            .collect();
        report.line(
            format_args!("latency_percentiles_usec_{name}"),
            figures.join(","),
        );
    });
}
