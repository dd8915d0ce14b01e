//! Spikes of latency by the kind of event that caused them, the last of each kind.

use std::collections::{BTreeMap, VecDeque};

use parking_lot::Mutex;

use crate::server::now_ms;

/// Spikes that are remembered of each kind of event.
const SAMPLES_MAX: usize = 160;

/// What can take long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Event {
    /// A command.
    Command,
    /// Removing keys to make room.
    EvictionCycle,
    /// Looking for and removing keys whose time has come.
    ExpireCycle,
    /// A command of constant or logarithmic cost.
    FastCommand,
}

impl Event {
    /// Every kind.
    const ALL: [Self; 4] = [
        Self::Command,
        Self::EvictionCycle,
        Self::ExpireCycle,
        Self::FastCommand,
    ];

    /// The name that `LATENCY` shows.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::EvictionCycle => "eviction-cycle",
            Self::ExpireCycle => "expire-cycle",
            Self::FastCommand => "fast-command",
        }
    }

    /// The event of this name, in any case.
    pub(crate) fn by_name(name: &[u8]) -> Option<Self> {
        let named = |event: &Self| name.eq_ignore_ascii_case(event.name().as_bytes());
        Self::ALL.into_iter().find(named)
    }
}

/// A spike: the worst in its second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// When, in seconds since the epoch.
    pub(crate) time_s: i64,
    /// How long, in ms.
    pub(crate) millis: u64,
}

/// The spikes of one kind of event.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    /// The latest last; at most one per second.
    pub(crate) samples: VecDeque<Sample>,
    /// The worst of all, those that are forgotten included, in ms.
    pub(crate) worst_millis: u64,
}

impl History {
    fn add(&mut self, sample: Sample) {
        self.worst_millis = self.worst_millis.max(sample.millis);
        match self.samples.back_mut() {
            Some(last) if last.time_s == sample.time_s => {
                last.millis = last.millis.max(sample.millis);
            }
            _ => {
                if self.samples.len() == SAMPLES_MAX {
                    self.samples.pop_front();
                }
                self.samples.push_back(sample);
            }
        }
    }
}

/// The spikes of every kind of event that had one.
#[derive(Debug, Default)]
pub(crate) struct LatencyMonitor(Mutex<BTreeMap<Event, History>>);

impl LatencyMonitor {
    /// Remembers that an event took `millis`.
    pub(crate) fn add(&self, event: Event, millis: u64) {
        let sample = Sample {
            time_s: now_ms() / 1000,
            millis,
        };
        self.0.lock().entry(event).or_default().add(sample);
    }

    /// What is remembered of one kind of event.
    pub(crate) fn history(&self, event: Event) -> Option<History> {
        self.0.lock().get(&event).cloned()
    }

    /// What is remembered of every kind.
    pub(crate) fn all(&self) -> Vec<(Event, History)> {
        self.0
            .lock()
            .iter()
            .map(|(event, history)| (*event, history.clone()))
            .collect()
    }

    /// Forgets the spikes of one kind; true when there were any.
    pub(crate) fn reset(&self, event: Event) -> bool {
        self.0.lock().remove(&event).is_some()
    }

    /// Forgets everything, and returns of how many kinds there was something.
    pub(crate) fn reset_all(&self) -> usize {
        std::mem::take(&mut *self.0.lock()).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_one_sample_its_worst() {
        let mut history = History::default();
        for (time_s, millis) in [(1, 5), (1, 9), (1, 7), (2, 3)] {
            history.add(Sample { time_s, millis });
        }
        let kept: Vec<_> = history
            .samples
            .iter()
            .map(|sample| (sample.time_s, sample.millis))
            .collect();
        assert_eq!(kept, [(1, 9), (2, 3)]);
        assert_eq!(history.worst_millis, 9);
    }

    #[test]
    fn the_oldest_sample_goes_first_but_the_worst_stays_known() {
        let mut history = History::default();
        for time_s in 0..=SAMPLES_MAX as i64 {
            history.add(Sample {
                time_s,
                millis: if time_s == 0 { 100 } else { 1 },
            });
        }
        assert_eq!(history.samples.len(), SAMPLES_MAX);
        assert_eq!(history.samples.front().map(|sample| sample.time_s), Some(1));
        assert_eq!(history.worst_millis, 100);
    }

    #[test]
    fn reset_forgets_one_kind_or_all() {
        let monitor = LatencyMonitor::default();
        monitor.add(Event::Command, 5);
        monitor.add(Event::FastCommand, 5);
        assert!(monitor.reset(Event::Command) && !monitor.reset(Event::Command));
        assert_eq!(monitor.reset_all(), 1);
        assert_eq!(Event::by_name(b"Expire-Cycle"), Some(Event::ExpireCycle));
    }
}
