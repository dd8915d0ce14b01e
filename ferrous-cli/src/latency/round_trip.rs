//! `--latency` and `--latency-history`: smallest, largest and mean round trip in milliseconds.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use ferrous_client::Connection;

use super::ping;
use crate::options::Options;
use crate::output::Output;

/// What was measured since the beginning, or since the last line of the history.
#[derive(Clone, Copy, Debug)]
struct Samples {
    min: u64,
    max: u64,
    sum: u64,
    count: u64,
}

pub(super) fn run(mut connection: Connection, options: &Options) -> anyhow::Result<ExitCode> {
    let interval = |default| {
        if options.interval.is_zero() {
            Duration::from_secs(default)
        } else {
            options.interval
        }
    };
    let (range, once) = (interval(15), interval(1));
    let live = options.output == Output::Standard;
    let mut samples = Samples::NONE;
    let mut start = Instant::now();
    loop {
        samples.add(ping(&mut connection)?);
        if live {
            crate::say(format!("\x1b[0G\x1b[2K{}", samples.text(options.output)).as_bytes());
        } else if options.latency_history {
            crate::say(samples.text(options.output).as_bytes());
        } else if start.elapsed() > once {
            crate::say(samples.text(options.output).as_bytes());
            return Ok(ExitCode::SUCCESS);
        }
        if options.latency_history && start.elapsed() > range {
            crate::say(
                format!(" -- {:.2} seconds range\n", start.elapsed().as_secs_f64()).as_bytes(),
            );
            start = Instant::now();
            samples = Samples::NONE;
        }
    }
}

impl Samples {
    const NONE: Self = Self {
        min: u64::MAX,
        max: 0,
        sum: 0,
        count: 0,
    };

    fn add(&mut self, time: Duration) {
        let time = time.as_millis() as u64;
        self.min = self.min.min(time);
        self.max = self.max.max(time);
        self.sum += time;
        self.count += 1;
    }

    fn text(&self, output: Output) -> String {
        let Self {
            min, max, count, ..
        } = *self;
        let mean = self.sum as f64 / count as f64;
        match output {
            Output::Standard => format!("min: {min}, max: {max}, avg: {mean:.2} ({count} samples)"),
            Output::Csv => format!("{min},{max},{mean:.2},{count}\n"),
            Output::Raw => format!("{min} {max} {mean:.2} {count}\n"),
            _ => format!(
                "{{\"min\": {min}, \"max\": {max}, \"avg\": {mean:.2}, \"count\": {count}}}\n"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_has_its_line() {
        let mut samples = Samples::NONE;
        samples.add(Duration::from_millis(1));
        samples.add(Duration::from_millis(2));
        assert_eq!(
            samples.text(Output::Standard),
            "min: 1, max: 2, avg: 1.50 (2 samples)"
        );
        assert_eq!(samples.text(Output::Raw), "1 2 1.50 2\n");
        assert_eq!(samples.text(Output::Csv), "1,2,1.50,2\n");
        assert_eq!(
            samples.text(Output::Json),
            "{\"min\": 1, \"max\": 2, \"avg\": 1.50, \"count\": 2}\n"
        );
    }
}
