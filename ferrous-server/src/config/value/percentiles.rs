//! The percentiles of latency that `INFO` shows.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::{Assign, Refusal, Staged, Value, joined};
use crate::config::Parameter;

/// A live list of percentiles, each 0.0 to 100.0.
#[derive(Debug, Default)]
pub struct Percentiles(ArcSwap<Vec<f64>>);

impl Percentiles {
    /// The percentiles, in the order given.
    pub fn load(&self) -> Guard<Arc<Vec<f64>>> {
        self.0.load()
    }
}

impl Value for Percentiles {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let percentiles = words
            .iter()
            .map(|word| parse(word))
            .collect::<Result<_, _>>()?;
        Ok(Box::new(move || self.0.store(Arc::new(percentiles))))
    }

    fn show(&self) -> Vec<u8> {
        joined(self.load().iter().copied().map(format_percentile))
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        match self.show() {
            none if none.is_empty() => vec![b"\"\"".to_vec()],
            percentiles => vec![percentiles],
        }
    }
}

fn parse(word: &[u8]) -> Result<f64, Refusal> {
    let number = std::str::from_utf8(word)
        .ok()
        .and_then(|word| word.parse().ok());
    match number.ok_or("Invalid latency-tracking-info-percentiles parameters")? {
        percentile if (0.0..=100.0).contains(&percentile) => Ok(percentile),
        _ => Err(
            "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]".into(),
        ),
    }
}

/// The percentile with up to six decimals, as `INFO` spells it, too.
fn format_percentile(percentile: f64) -> String {
    let text = format!("{percentile:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::format_percentile;

    #[test]
    fn decimals_end_at_the_last_that_counts() {
        let cases = [
            (50.0, "50"),
            (99.9, "99.9"),
            (100.0, "100"),
            (0.0, "0"),
            (2.123_456_789, "2.123457"),
        ];
        for (percentile, text) in cases {
            assert_eq!(format_percentile(percentile), text);
        }
    }
}
