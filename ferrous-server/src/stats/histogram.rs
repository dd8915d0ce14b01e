//! How long runs took: a histogram whose buckets grow with the value.
//!
//! Log-linear, as in HDR histograms: 16 buckets per power of two, so a percentile is within 1/16 of the truth; values
//! from 1 ns to 18 minutes; 2.5 KiB.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

const SUB_BITS: u32 = 4;
const SUB: usize = 1 << SUB_BITS;
const OCTAVES: usize = 37;
const BUCKETS: usize = SUB * OCTAVES;

/// Counts of durations in ns.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    counts: [u32; BUCKETS],
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: [0; BUCKETS],
            total: 0,
        }
    }
}

/// The bucket of `nanos`.
#[inline]
fn bucket(nanos: u64) -> usize {
    let octave = (u64::BITS - nanos.leading_zeros()).saturating_sub(SUB_BITS + 1);
    let sub = (nanos >> octave) as usize;
    (octave as usize * SUB + sub).min(BUCKETS - 1)
}

/// The largest value that falls into bucket `index`.
fn bucket_top(index: usize) -> u64 {
    let octave = (index / SUB).saturating_sub(1);
    let sub = (index - octave * SUB) as u64;
    ((sub + 1) << octave) - 1
}

impl Histogram {
    /// Counts one duration.
    #[cfg(test)]
    pub(crate) fn record(&mut self, nanos: u64) {
        let count = &mut self.counts[bucket(nanos)];
        *count = count.saturating_add(1);
        self.total += 1;
    }

    /// How many durations were counted.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// The duration in ns that `percentile` per cent of the runs did not exceed; 0 when there were none.
    pub(crate) fn percentile(&self, percentile: f64) -> u64 {
        let rank = ((percentile / 100.0 * self.total as f64).ceil() as u64).max(1);
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= rank {
                return bucket_top(index);
            }
        }
        0
    }

    /// How many durations were at most `nanos`, as far as the buckets tell.
    pub(crate) fn count_up_to(&self, nanos: u64) -> u64 {
        self.counts[..=bucket(nanos)]
            .iter()
            .map(|count| u64::from(*count))
            .sum()
    }
}

/// A histogram that one thread records in and others read. It takes memory from the first duration on.
#[derive(Debug, Default)]
pub(super) struct Recorder(OnceLock<Box<[AtomicU32; BUCKETS]>>);

impl Recorder {
    /// Counts one duration; only the owner may.
    #[inline]
    pub(super) fn record(&self, nanos: u64) {
        let counts = self
            .0
            .get_or_init(|| Box::new([const { AtomicU32::new(0) }; BUCKETS]));
        let count = &counts[bucket(nanos)];
        count.store(count.load(Relaxed).saturating_add(1), Relaxed);
    }

    /// Adds what was counted to `histogram`.
    pub(super) fn add_to(&self, histogram: &mut Histogram) {
        let Some(counts) = self.0.get() else { return };
        for (sum, count) in histogram.counts.iter_mut().zip(&**counts) {
            let count = count.load(Relaxed);
            *sum = sum.saturating_add(count);
            histogram.total += u64::from(count);
        }
    }

    /// Forgets what was counted.
    pub(super) fn clear(&self) {
        for count in self.0.get().into_iter().flat_map(|counts| counts.iter()) {
            count.store(0, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_cover_every_value_in_order() {
        let mut previous = 0;
        for nanos in (0..100_000).chain((17..40).map(|bits| 1_u64 << bits)) {
            let index = bucket(nanos);
            assert!(index >= previous, "{nanos}");
            previous = index;
            if index < BUCKETS - 1 {
                assert!(
                    bucket_top(index) >= nanos && bucket_top(index) <= nanos + nanos / 8,
                    "{nanos} in {index}"
                );
            }
        }
    }

    #[test]
    fn percentiles_are_within_a_bucket() {
        let mut histogram = Histogram::default();
        for nanos in 1..=10_000 {
            histogram.record(nanos);
        }
        for (percentile, exact) in [
            (50.0, 5000_u64),
            (99.0, 9900),
            (99.9, 9990),
            (100.0, 10_000),
        ] {
            let found = histogram.percentile(percentile);
            assert!(
                found >= exact && found <= exact + exact / 8,
                "p{percentile}: {found}"
            );
        }
        assert_eq!(Histogram::default().percentile(50.0), 0);
    }
}
