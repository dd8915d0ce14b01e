//! `LATENCY HISTOGRAM`: for each command, how many of its runs took up to so many microseconds.

use ferrous_engine::command::{CommandId, Registered};
use ferrous_engine::error::CommandResult;
use ferrous_resp::Aggregate;

use crate::execute::{Handler, ServerCall};
use crate::server::Server;
use crate::stats::{CommandTotals, Histogram};

/// The first bound, in ns; each that follows is twice the one before.
const FIRST_BOUND: u64 = 1024;

/// Replies with a map of the commands that were named, or of all, as far as they ran.
pub(super) fn reply(call: &mut ServerCall) -> CommandResult {
    let called: Vec<_> = wanted(call.server, &call.argv[2..])
        .into_iter()
        .map(|command| (&*command.full_name, call.server.stats.command(command.id)))
        .filter(|(_, totals)| totals.latency.total() > 0)
        .collect();
    call.reply.map(called.len());
    for (name, totals) in &called {
        call.reply.bulk(name.as_bytes());
        write(call, totals);
    }
    Ok(())
}

/// The commands that `names` name, a container standing for its subcommands; all of them when there are no names.
fn wanted<'a>(server: &'a Server, names: &[&[u8]]) -> Vec<&'a Registered<Handler>> {
    let registry = &server.registry;
    if names.is_empty() {
        return registry.all().iter().collect();
    }
    let mut ids: Vec<CommandId> = Vec::new();
    for command in names.iter().filter_map(|name| registry.find_full(name)) {
        ids.push(command.id);
        ids.extend(&command.subcommands);
    }
    ids.into_iter().map(|id| registry.get(id)).collect()
}

fn write(call: &mut ServerCall, totals: &CommandTotals) {
    call.reply.map(2);
    call.reply.bulk(b"calls");
    call.reply.integer(totals.latency.total() as i64);
    call.reply.bulk(b"histogram_usec");
    let steps = steps(&totals.latency);
    call.reply.aggregate(Aggregate::Map, steps.len());
    for (micros, runs) in steps {
        call.reply.integer(micros as i64);
        call.reply.integer(runs as i64);
    }
}

/// Bounds in µs with the number of runs that took no longer, as long as there are more from one to the next.
///
/// The bounds are where an HDR histogram of two significant digits puts powers of two: a 128th higher.
fn steps(latency: &Histogram) -> Vec<(u64, u64)> {
    let mut steps = Vec::new();
    let (mut bound, mut seen) = (FIRST_BOUND, 0);
    while seen < latency.total() {
        let top = bound + bound / 128 - 1;
        let runs = latency.count_up_to(top);
        if runs > seen {
            steps.push((top / 1000, runs));
            seen = runs;
        }
        bound *= 2;
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_counts_what_is_below_it() {
        let mut latency = Histogram::default();
        for nanos in [100, 900, 3000, 30_000, 1_000_000, u64::MAX] {
            latency.record(nanos);
        }
        let steps = steps(&latency);
        assert_eq!(&steps[..4], [(1, 2), (4, 3), (33, 4), (1056, 5)]);
        assert_eq!(steps.last().map(|(_, runs)| *runs), Some(6));
        assert_eq!(super::steps(&Histogram::default()), []);
    }
}
