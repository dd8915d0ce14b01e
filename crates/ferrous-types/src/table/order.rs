//! The order in which the elements of one table go into another.

/// In how many passes elements are added.
const PASSES: usize = 64;

/// The elements of a table, as they are best added to another one with the same seed.
///
/// A table gives its elements in the order of their hashes. To fill another one in that order would crowd one part of it
/// after the other, which costs ten times as much; so there are several passes, each of which goes over all of it.
pub fn spread<T: Copy>(elements: &[T]) -> impl Iterator<Item = T> {
    let pass = |first| elements.iter().skip(first).step_by(PASSES).copied();
    (0..PASSES).flat_map(pass)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_comes_once() {
        for len in [0, 1, PASSES - 1, PASSES, PASSES + 1, 1000] {
            let elements: Vec<usize> = (0..len).collect();
            let mut spread: Vec<usize> = spread(&elements).collect();
            spread.sort_unstable();
            assert_eq!(spread, elements);
        }
    }
}
