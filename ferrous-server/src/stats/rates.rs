//! What went on per second lately: the mean of the last samples.

use std::time::Instant;

use super::Counters;

/// 1.6 s at ten samples a second.
const SAMPLES: usize = 16;

/// What went on in one second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct RatesPerSecond {
    /// Commands run.
    pub(crate) commands: f64,
    /// Bytes received from clients.
    pub(crate) bytes_in: f64,
    /// Bytes sent to clients.
    pub(crate) bytes_out: f64,
}

impl RatesPerSecond {
    fn between(earlier: &Counters, later: &Counters, seconds: f64) -> Self {
        let gained = later.less(earlier);
        Self {
            commands: gained.commands as f64 / seconds,
            bytes_in: gained.bytes_in as f64 / seconds,
            bytes_out: gained.bytes_out as f64 / seconds,
        }
    }

    fn mean(samples: &[Self]) -> Self {
        let mean = |of: fn(&Self) -> f64| {
            samples.iter().map(of).sum::<f64>() / samples.len().max(1) as f64
        };
        Self {
            commands: mean(|rates| rates.commands),
            bytes_in: mean(|rates| rates.bytes_in),
            bytes_out: mean(|rates| rates.bytes_out),
        }
    }
}

/// The last samples, in a ring.
#[derive(Debug, Default)]
pub(super) struct Rates {
    last: Option<(Counters, Instant)>,
    samples: [RatesPerSecond; SAMPLES],
    next: usize,
}

impl Rates {
    /// Takes what the counters stand at `now`.
    pub(super) fn sample(&mut self, totals: Counters, now: Instant) {
        if let Some((before, then)) = &self.last {
            let seconds = (now - *then).as_secs_f64();
            if seconds > 0.0 {
                self.samples[self.next] = RatesPerSecond::between(before, &totals, seconds);
                self.next = (self.next + 1) % SAMPLES;
            }
        }
        self.last = Some((totals, now));
    }

    /// The mean of the samples.
    pub(super) fn mean(&self) -> RatesPerSecond {
        RatesPerSecond::mean(&self.samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn rates_follow_the_counters_and_forget() {
        let mut rates = Rates::default();
        let mut now = Instant::now();
        let mut totals = Counters::default();
        for _ in 0..=SAMPLES {
            rates.sample(totals, now);
            totals.commands += 100;
            totals.bytes_in += 1000;
            now += Duration::from_millis(100);
        }
        let mean = rates.mean();
        assert!(
            (mean.commands - 1000.0).abs() < 1e-6 && (mean.bytes_in - 10_000.0).abs() < 1e-6,
            "{mean:?}"
        );
        let idle = totals;
        for _ in 0..=SAMPLES {
            rates.sample(idle, now);
            now += Duration::from_millis(100);
        }
        // The first idle sample still saw the last gain; one more full round has replaced it.
        rates.sample(idle, now);
        assert_eq!(rates.mean(), RatesPerSecond::default());
    }
}
