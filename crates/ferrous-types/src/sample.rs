//! Picking some of the elements that pass by.

use crate::random::Rng;

/// Picks a known number out of a known number of elements in one pass, every combination equally
/// likely: Knuth's algorithm S.
pub(crate) struct Selection {
    wanted: u64,
    to_come: u64,
}

impl Selection {
    /// Picks `wanted` of `len` elements, or all when there are not so many.
    pub(crate) fn new(wanted: usize, len: usize) -> Self {
        Self {
            wanted: wanted.min(len) as u64,
            to_come: len as u64,
        }
    }

    /// Whether the next element is one of them.
    pub(crate) fn picks_next(&mut self, rng: &mut Rng) -> bool {
        if self.wanted == 0 {
            return false;
        }
        let picked = rng.below(self.to_come) < self.wanted;
        self.to_come -= 1;
        self.wanted -= u64::from(picked);
        picked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_as_many_as_wanted_and_all_alike() {
        let mut rng = Rng::new(1);
        let mut hits = [0; 5];
        for _ in 0..10_000 {
            let mut selection = Selection::new(2, hits.len());
            let picks: Vec<_> = (0..5).filter(|_| selection.picks_next(&mut rng)).collect();
            assert_eq!(picks.len(), 2);
            for pick in picks {
                hits[pick] += 1;
            }
        }
        assert!(
            hits.iter().all(|&hits| (3800..4200).contains(&hits)),
            "{hits:?}"
        );
    }
}
