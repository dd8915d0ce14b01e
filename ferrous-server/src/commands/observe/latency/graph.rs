//! `LATENCY GRAPH`: spikes as a line of bars, the age of each written under it.

use crate::observe::{History, Sample};

/// Spikes that fit on a line, the latest ones.
const COLUMNS: usize = 80;
const ROWS: usize = 4;
/// The upper end of a bar, by how much of its row it fills.
const TOPS: [u8; 3] = [b'_', b'o', b'#'];
const STEPS: usize = ROWS * TOPS.len();

/// The spikes of `event` at `now_s`.
pub(super) fn draw(event: &str, history: &History, now_s: i64) -> String {
    let samples: Vec<Sample> = {
        let skipped = history.samples.len().saturating_sub(COLUMNS);
        history.samples.iter().skip(skipped).copied().collect()
    };
    let millis = || samples.iter().map(|sample| sample.millis);
    let (low, high) = (millis().min().unwrap_or(0), millis().max().unwrap_or(0));
    let heights: Vec<usize> = millis()
        .map(|millis| height(millis - low, high - low))
        .collect();
    let ages: Vec<String> = samples
        .iter()
        .map(|sample| age(now_s - sample.time_s))
        .collect();
    let longest = ages.iter().map(String::len).max().unwrap_or(0);

    let title = format!(
        "{event} - high {high} ms, low {low} ms (all time high {} ms)",
        history.worst_millis
    );
    let mut lines = vec![title, "-".repeat(COLUMNS)];
    lines.extend(
        (0..ROWS)
            .rev()
            .map(|row| text(heights.iter().map(|height| bar(*height, row)))),
    );
    lines.push(String::new());
    let digit = |age: &String, row: usize| age.as_bytes().get(row).copied().unwrap_or(b' ');
    lines.extend((0..longest).map(|row| text(ages.iter().map(|age| digit(age, row)))));
    lines.push(String::new());
    lines.join("\n")
}

fn text(bytes: impl Iterator<Item = u8>) -> String {
    bytes.map(char::from).collect()
}

/// How high a bar is, in steps above the first.
fn height(above_low: u64, range: u64) -> usize {
    let steps = u128::from(above_low) * STEPS as u128 / u128::from(range.max(1));
    (steps as usize).min(STEPS - 1)
}

/// What a bar of this height shows in a row, counted from the bottom.
fn bar(height: usize, row: usize) -> u8 {
    match height.checked_sub(row * TOPS.len()) {
        None => b' ',
        Some(within) => TOPS.get(within).copied().unwrap_or(b'|'),
    }
}

/// A span of time in the largest unit that it fills.
fn age(seconds: i64) -> String {
    const UNITS: [(i64, char); 3] = [(24 * 3600, 'd'), (3600, 'h'), (60, 'm')];
    let unit = UNITS.iter().find(|(length, _)| seconds >= *length);
    let (length, letter) = unit.copied().unwrap_or((1, 's'));
    format!("{}{letter}", seconds / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_with_the_spike_and_carry_their_age() {
        let spikes = [(1000, 10), (1060, 20), (1110, 40)];
        let history = History {
            samples: spikes
                .map(|(time_s, millis)| Sample { time_s, millis })
                .into(),
            worst_millis: 50,
        };
        let drawing = draw("command", &history, 1120);
        let expected = format!(
            "command - high 40 ms, low 10 ms (all time high 50 ms)\n{}\n  #\n  |\n o|\n_||\n\n211\nmm0\n  s\n",
            "-".repeat(80)
        );
        let trimmed: Vec<_> = drawing.lines().map(str::trim_end).collect();
        assert_eq!(trimmed, expected.lines().collect::<Vec<_>>());
    }

    #[test]
    fn ages_are_short() {
        assert_eq!(
            [0, 59, 60, 3599, 3600, 86_400].map(age),
            ["0s", "59s", "1m", "59m", "1h", "1d"]
        );
    }
}
