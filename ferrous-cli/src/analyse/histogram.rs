//! How values are distributed.

use std::collections::BTreeMap;

use super::percent;

/// Leading bits of a value that are kept: an error below 0.01%, in little memory however many keys there are.
const PRECISION_BITS: u32 = 15;

/// A row of a table: a value, the percent of all at most as large, and their number.
pub(super) type Row = (u64, f64, u64);

/// How often values occurred, each to about four digits.
#[derive(Default)]
pub(super) struct Histogram {
    /// By the largest value that counts as the same.
    counts: BTreeMap<u64, u64>,
    sum: u64,
}

impl Histogram {
    pub(super) fn add(&mut self, value: u64) {
        *self.counts.entry(value | error(value)).or_default() += 1;
        self.sum += value;
    }

    pub(super) fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    pub(super) fn sum(&self) -> u64 {
        self.sum
    }

    /// The rows of a percentile table. Each halves what is left of 100%, which the largest value alone reaches: the
    /// percent is the one that was looked for, not the one that was found.
    pub(super) fn percentiles(&self) -> Vec<Row> {
        let total = self.total();
        let mut rows = Vec::new();
        let (mut seen, mut sought) = (0, 0.0);
        for (&value, &count) in &self.counts {
            seen += count;
            let reached = percent(seen, total);
            if seen == total {
                rows.push((value, 100.0, seen));
            } else if reached >= sought {
                rows.push((value, sought, seen));
                while sought <= reached {
                    sought += (100.0 - sought) / 2.0;
                }
            }
        }
        rows
    }

    /// A row for each of the `limits` that more values are within; the last ends at the largest value instead.
    pub(super) fn within(&self, limits: &[u64]) -> Vec<Row> {
        let Some((&largest, _)) = self.counts.last_key_value() else {
            return Vec::new();
        };
        let total = self.total();
        let mut rows = Vec::new();
        let mut last = 0;
        for &limit in limits.iter().filter(|&&limit| limit < largest) {
            let seen = self.counts.range(..=limit).map(|(_, count)| count).sum();
            if seen > last {
                rows.push((limit, percent(seen, total), seen));
                last = seen;
            }
        }
        rows.push((largest, 100.0, total));
        rows
    }

    pub(super) fn mean_and_deviation(&self) -> (f64, f64) {
        let total = self.total().max(1) as f64;
        // A value stands for all that count as the same, so the middle of these is the best guess.
        let weighted = || {
            let middle = |value: u64| value - error(value) + error(value).div_ceil(2);
            self.counts
                .iter()
                .map(move |(&value, &count)| (middle(value) as f64, count as f64))
        };
        let mean = weighted().map(|(value, count)| value * count).sum::<f64>() / total;
        let squares: f64 = weighted()
            .map(|(value, count)| (value - mean).powi(2) * count)
            .sum();
        (mean, (squares / total).sqrt())
    }
}

/// The bits of a value that are not kept.
fn error(value: u64) -> u64 {
    let bits = u64::BITS - value.leading_zeros();
    (1 << bits.saturating_sub(PRECISION_BITS)) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for &value in values {
            histogram.add(value);
        }
        histogram
    }

    #[test]
    fn percentiles_halve_what_is_left() {
        let sizes = histogram(&[1, 1, 1, 1, 1, 1, 1, 1, 5, 100]);
        assert_eq!(
            sizes.percentiles(),
            [(1, 0.0, 8), (5, 87.5, 9), (100, 100.0, 10)]
        );
        assert_eq!(histogram(&[]).percentiles(), []);
    }

    #[test]
    fn limits_without_more_values_have_no_row() {
        let lengths = histogram(&[1, 2, 300, 301]);
        assert_eq!(
            lengths.within(&[32, 256, 1024]),
            [(32, 50.0, 2), (301, 100.0, 4)]
        );
        assert_eq!(histogram(&[]).within(&[32]), []);
    }

    #[test]
    fn large_values_keep_their_leading_digits() {
        assert_eq!(histogram(&[32_767]).percentiles()[0].0, 32_767);
        let million = histogram(&[1_000_000]).percentiles()[0].0;
        assert!((1_000_000..1_000_100).contains(&million), "{million}");
    }
}
