//! When a snapshot is taken by itself.

use std::fmt;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::{Assign, Refusal, Staged, Value, integer, joined};
use crate::config::Parameter;

/// Take a snapshot after so long when there were so many changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavePoint {
    /// Seconds since the last snapshot, at least one.
    pub seconds: u64,
    /// Changes since the last snapshot.
    pub changes: u64,
}

impl SavePoint {
    fn parse([seconds, changes]: [&[u8]; 2]) -> Option<Self> {
        let seconds = u64::try_from(integer(seconds)?).ok()?;
        let changes = u64::try_from(integer(changes)?).ok()?;
        (seconds > 0).then_some(Self { seconds, changes })
    }
}

impl fmt::Display for SavePoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.seconds, self.changes)
    }
}

/// A live list of save points; a snapshot is due when one of them is met.
#[derive(Debug, Default)]
pub struct SavePoints(ArcSwap<Vec<SavePoint>>);

impl SavePoints {
    /// The save points, in the order given.
    pub fn load(&self) -> Guard<Arc<Vec<SavePoint>>> {
        self.0.load()
    }
}

impl Value for SavePoints {
    fn stage(&self, _: &Parameter, words: &[&[u8]], assign: Assign) -> Result<Staged<'_>, Refusal> {
        const INVALID: &str = "Invalid save parameters";
        let (pairs, rest) = words.as_chunks::<2>();
        if !rest.is_empty() {
            return Err(INVALID.into());
        }
        let added = pairs
            .iter()
            .map(|pair| SavePoint::parse(*pair))
            .collect::<Option<Vec<_>>>()
            .ok_or(INVALID)?;
        // A line without points takes back those of the lines before it.
        let keeps = assign == Assign::Extend && !added.is_empty();
        Ok(Box::new(move || {
            let mut points = if keeps {
                self.load().to_vec()
            } else {
                Vec::new()
            };
            points.extend(added);
            self.0.store(Arc::new(points));
        }))
    }

    fn show(&self) -> Vec<u8> {
        joined(self.load().iter())
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        let points = self.load();
        if points.is_empty() {
            return vec![b"\"\"".to_vec()];
        }
        points
            .iter()
            .map(|point| point.to_string().into_bytes())
            .collect()
    }
}
