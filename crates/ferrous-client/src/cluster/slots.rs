//! Sets of hash slots.

use std::collections::BTreeSet;
use std::fmt;

use crate::SLOTS;

/// Slots in ascending order; shown as `[0-5460],[9000]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots(pub BTreeSet<u16>);

impl Slots {
    /// Adds what CLUSTER NODES writes: a number or a range. False when it is neither.
    pub fn add_text(&mut self, text: &str) -> bool {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else {
            return false;
        };
        self.0.extend((first..=last).filter(|&slot| slot < SLOTS));
        last < SLOTS
    }

    /// How many slots.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True when the slot is among them. O(log n).
    pub fn contains(&self, slot: u16) -> bool {
        self.0.contains(&slot)
    }

    /// First and last slot of each gapless run.
    pub fn ranges(&self) -> Vec<(u16, u16)> {
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        for &slot in &self.0 {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == slot => *last = slot,
                _ => ranges.push((slot, slot)),
            }
        }
        ranges
    }
}

impl fmt::Display for Slots {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (first, last)) in self.ranges().into_iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            if first == last {
                write!(out, "{comma}[{first}]")?;
            } else {
                write!(out, "{comma}[{first}-{last}]")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_shown() {
        let mut slots = Slots::default();
        assert!(slots.add_text("0-3") && slots.add_text("7") && slots.add_text("4"));
        assert_eq!(slots.to_string(), "[0-4],[7]");
        assert!(!slots.add_text("x") && !slots.add_text("16384") && !slots.add_text("[93->-x]"));
        assert_eq!(slots.len(), 6);
    }
}
