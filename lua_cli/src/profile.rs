//! `--profile`: which lines of a script take the time.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ferrous_lua::Inspector;

/// More lines are not told of.
const LINES_MAX: usize = 20;

/// What is known of a line.
#[derive(Clone, Copy, Debug, Default)]
struct Cost {
    /// How often it began.
    runs: u64,
    /// The time spent in it, calls of commands included.
    time: Duration,
    calls: u64,
    /// The time spent in commands.
    in_calls: Duration,
}

/// The costs of the lines of one script.
#[derive(Debug)]
pub(crate) struct Profile {
    source: Vec<String>,
    costs: HashMap<u32, Cost>,
    /// The line that runs, and since when.
    running: Option<(u32, Instant)>,
}

impl Profile {
    /// Of the script with this text.
    pub(crate) fn new(script: &[u8]) -> Self {
        let lines = script.split(|byte| *byte == b'\n');
        Self {
            source: lines
                .map(|line| String::from_utf8_lossy(line).trim_end().to_owned())
                .collect(),
            costs: HashMap::new(),
            running: None,
        }
    }

    /// A line begins.
    pub(crate) fn line(&mut self, at: &Inspector<'_, '_>) {
        self.pause();
        if !at.source().starts_with("@user_") {
            // A text that the script loaded itself has lines of its own.
            return;
        }
        self.costs.entry(at.line()).or_default().runs += 1;
        // What was done here is nobody's time.
        self.running = Some((at.line(), Instant::now()));
    }

    /// The line that runs called a command.
    pub(crate) fn call(&mut self, took: Duration) {
        if let Some((line, _)) = self.running {
            let cost = self.costs.entry(line).or_default();
            cost.calls += 1;
            cost.in_calls += took;
        }
    }

    /// Nothing runs from now on.
    fn pause(&mut self) {
        if let Some((line, since)) = self.running.take() {
            self.costs.entry(line).or_default().time += since.elapsed();
        }
    }

    /// The report: the lines by the time spent in them.
    pub(crate) fn report(&mut self) -> String {
        self.pause();
        let total: Duration = self.costs.values().map(|cost| cost.time).sum();
        let runs: u64 = self.costs.values().map(|cost| cost.runs).sum();
        let calls: u64 = self.costs.values().map(|cost| cost.calls).sum();
        let mut lines: Vec<_> = self.costs.iter().collect();
        lines.sort_by_key(|(line, cost)| (std::cmp::Reverse(cost.time), **line));
        let head = format!(
            "{} in {runs} lines and {calls} calls of commands\n\
             {:>10} {:>6} {:>10} {:>8} {:>10}  line\n",
            millis(total),
            "time",
            "share",
            "runs",
            "calls",
            "in calls"
        );
        let rows = lines.iter().take(LINES_MAX).map(|(line, cost)| {
            let share =
                100.0 * cost.time.as_secs_f64() / total.as_secs_f64().max(f64::MIN_POSITIVE);
            let index = (**line as usize).checked_sub(1);
            let text = index.and_then(|index| self.source.get(index));
            format!(
                "{:>10} {share:>5.1}% {:>10} {:>8} {:>10}  {line:<4} {}\n",
                millis(cost.time),
                cost.runs,
                cost.calls,
                millis(cost.in_calls),
                text.map_or("", String::as_str)
            )
        });
        head + &rows.collect::<String>()
    }
}

fn millis(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1e3)
}
