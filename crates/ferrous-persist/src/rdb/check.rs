//! Checks of compact encodings in the place where they stand.
//!
//! That bytes are a listpack at all is checked when it is made; this is what lies beyond: pairs that are
//! complete, scores that are numbers, nothing twice. Servers that do without load such a value and fail
//! when a command meets it.

use std::cmp::Ordering;

use ferrous_types::{Element, Listpack};

use super::error::CollectionError;

/// How much of a value is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Validation {
    /// All that walking a value relies on: every entry of a compact encoding, groups that are
    /// complete, scores and times that are numbers, blocks of streams that are well-formed.
    Structure,
    /// That nothing is there twice, that sorted things are in order, and that what a stream's consumers have
    /// is what its groups know about, as well. Costs O(n log n) per compact value.
    #[default]
    Full,
}

/// Checks a set.
pub(crate) fn set(listpack: &Listpack, validation: Validation) -> Result<(), CollectionError> {
    grouped(listpack, 1, validation)
}

/// Checks a hash.
pub(crate) fn hash(listpack: &Listpack, validation: Validation) -> Result<(), CollectionError> {
    grouped(listpack, 2, validation)
}

/// Checks a sorted set.
pub(crate) fn sorted_set(
    listpack: &Listpack,
    validation: Validation,
) -> Result<(), CollectionError> {
    grouped(listpack, 2, validation)?;
    let mut previous: Option<(f64, Element<'_>)> = None;
    let mut entries = listpack.iter().enumerate();
    while let (Some((index, member)), Some((_, score))) = (entries.next(), entries.next()) {
        let score = parse_score(score).ok_or(CollectionError::BadScore)?;
        let unsorted = previous.is_some_and(|previous| !ascends(previous, (score, member)));
        if unsorted && validation == Validation::Full {
            return Err(CollectionError::Unsorted { index });
        }
        previous = Some((score, member));
    }
    Ok(())
}

/// Checks a hash whose fields expire.
pub(crate) fn expiring_hash(
    listpack: &Listpack,
    validation: Validation,
) -> Result<(), CollectionError> {
    grouped(listpack, 3, validation)?;
    let mut previous = i64::MIN;
    for (index, time) in listpack.iter().enumerate().skip(2).step_by(3) {
        let time = time
            .as_int()
            .filter(|time| (0..=REDIS_EXPIRY_MS_MAX).contains(time));
        // Fields that never expire come last.
        let rank = match time.ok_or(CollectionError::BadExpiry)? {
            0 => i64::MAX,
            time => time,
        };
        if rank < previous && validation == Validation::Full {
            return Err(CollectionError::Unsorted { index });
        }
        previous = rank;
    }
    Ok(())
}

/// The latest time at which a field may expire in Redis: 48 bits of milliseconds. Valkey takes any.
pub(crate) const REDIS_EXPIRY_MS_MAX: i64 = (1 << 48) - 1;

/// The score that an element spells, if it is a number.
pub(crate) fn parse_score(score: Element<'_>) -> Option<f64> {
    match score {
        Element::Int(int) => Some(int as f64),
        Element::Bytes(text) => {
            let score: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
            (!score.is_nan()).then_some(score)
        }
    }
}

fn ascends(one: (f64, Element<'_>), two: (f64, Element<'_>)) -> bool {
    match one.0.partial_cmp(&two.0) {
        Some(Ordering::Equal) => one.1.to_bytes() < two.1.to_bytes(),
        order => order == Some(Ordering::Less),
    }
}

/// Checks that entries come in groups of `group`, no two of which begin alike.
fn grouped(
    listpack: &Listpack,
    group: usize,
    validation: Validation,
) -> Result<(), CollectionError> {
    let count = listpack.len();
    if !count.is_multiple_of(group) {
        return Err(CollectionError::Incomplete { count, group });
    }
    match validation {
        Validation::Structure => Ok(()),
        Validation::Full => match duplicate(listpack, group) {
            Some(index) => Err(CollectionError::Duplicate { index }),
            None => Ok(()),
        },
    }
}

/// The number of an entry that repeats another one, looking at the first of every group.
fn duplicate(listpack: &Listpack, group: usize) -> Option<usize> {
    /// Below this, comparing all with all beats sorting.
    const FEW: usize = 8;
    let heads = || listpack.iter().enumerate().step_by(group);
    if listpack.len() <= FEW * group {
        return heads().find_map(|(index, head)| {
            heads()
                .take_while(|&(other, _)| other < index)
                .find(|&(_, other)| other == head)?;
            Some(index)
        });
    }
    let mut sorted: Vec<_> = heads()
        .map(|(index, head)| (head.to_bytes(), index))
        .collect();
    sorted.sort_unstable();
    sorted
        .windows(2)
        .find(|pair| pair[0].0 == pair[1].0)
        .map(|pair| pair[1].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Check = fn(&Listpack, Validation) -> Result<(), CollectionError>;

    #[track_caller]
    fn check(check: Check, entries: &[&str], expected: Result<(), CollectionError>) {
        let listpack: Listpack = entries.iter().map(|entry| entry.as_bytes()).collect();
        assert_eq!(check(&listpack, Validation::Full), expected);
    }

    #[test]
    fn groups_are_complete_and_unique() {
        use CollectionError::*;
        check(hash, &["f", "v", "g", "v"], Ok(()));
        check(
            hash,
            &["f", "v", "g"],
            Err(Incomplete { count: 3, group: 2 }),
        );
        check(hash, &["f", "v", "f", "w"], Err(Duplicate { index: 2 }));
        check(set, &["1", "a", "1"], Err(Duplicate { index: 2 }));
        let mut many: Vec<_> = (0..100).map(|n| n.to_string()).collect();
        many.push("42".into());
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        check(set, &many, Err(Duplicate { index: 100 }));
        check(set, &many[..100], Ok(()));
    }

    #[test]
    fn scores_are_numbers_in_order() {
        use CollectionError::*;
        check(
            sorted_set,
            &["a", "-inf", "b", "1", "c", "1", "a2", "2.5"],
            Ok(()),
        );
        check(sorted_set, &["a", "nan"], Err(BadScore));
        check(sorted_set, &["a", ""], Err(BadScore));
        check(
            sorted_set,
            &["a", "2", "b", "1"],
            Err(Unsorted { index: 2 }),
        );
        check(
            sorted_set,
            &["b", "2", "a", "2"],
            Err(Unsorted { index: 2 }),
        );
    }

    #[test]
    fn fields_expire_in_order() {
        use CollectionError::*;
        check(
            expiring_hash,
            &["f", "v", "5", "g", "v", "7", "h", "v", "0"],
            Ok(()),
        );
        check(
            expiring_hash,
            &["f", "v", "0", "g", "v", "7"],
            Err(Unsorted { index: 5 }),
        );
        check(expiring_hash, &["f", "v", "x"], Err(BadExpiry));
        check(expiring_hash, &["f", "v", "-1"], Err(BadExpiry));
    }
}
