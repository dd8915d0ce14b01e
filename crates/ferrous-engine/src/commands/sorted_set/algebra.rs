//! Unions, intersections and differences of sets and sorted sets.
//!
//! The sets are gone through from the smallest to the largest, as released servers do: a sum of floats depends on it.

use ferrous_types::hash::Seed;
use ferrous_types::sorted_set::{AddRules, Entry, Gathering, SortedSetLimits};
use ferrous_types::{Element, Set, SortedSet};
use smallvec::SmallVec;

use crate::error::{CommandError, CommandResult};
use crate::keyspace::{Collection, EntryRef};

/// What is combined.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// An absent key.
    Nothing,
    /// A set, each of whose members counts as having the score 1.
    Set(&'a Set),
    /// A sorted set.
    Sorted(&'a SortedSet),
}

impl<'a> Source<'a> {
    /// What a key holds.
    pub(super) fn of(entry: Option<EntryRef<'a>>) -> CommandResult<Self> {
        let Some(entry) = entry else {
            return Ok(Self::Nothing);
        };
        let object = entry.object().ok_or(CommandError::WRONG_TYPE)?;
        let sorted = SortedSet::of(object).map(Self::Sorted);
        sorted
            .or_else(|| Set::of(object).map(Self::Set))
            .ok_or(CommandError::WRONG_TYPE)
    }

    pub(super) fn len(self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Set(set) => set.len(),
            Self::Sorted(set) => set.len(),
        }
    }

    fn score(self, member: &[u8], seed: Seed) -> Option<f64> {
        match self {
            Self::Nothing => None,
            Self::Set(set) => set.contains(member).then_some(1.0),
            Self::Sorted(set) => set.score(member, seed),
        }
    }

    /// Calls `visit` with each member and its score until it returns false.
    fn visit(self, mut visit: impl FnMut(Element<'a>, f64) -> bool) {
        match self {
            Self::Nothing => {}
            Self::Set(set) => {
                let _ = set.iter().all(|member| visit(member, 1.0));
            }
            Self::Sorted(set) => {
                let _ = set
                    .iter()
                    .all(|Entry { member, score }| visit(member, score));
            }
        }
    }
}

/// What becomes of the scores that a member has in several sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Aggregate {
    /// They are added.
    #[default]
    Sum,
    /// The lowest remains.
    Min,
    /// The highest remains.
    Max,
}

impl Aggregate {
    fn apply(self, one: f64, other: f64) -> f64 {
        match self {
            Self::Sum => number(one + other),
            Self::Min if other < one => other,
            Self::Max if other > one => other,
            Self::Min | Self::Max => one,
        }
    }
}

/// The sum of both infinities, and none of an infinity, count as zero.
fn number(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// Sets with their weights, and how results are made of them.
pub(super) struct Operands<'a> {
    pub(super) sources: SmallVec<[(Source<'a>, f64); 4]>,
    pub(super) aggregate: Aggregate,
    /// As many members at most are counted.
    pub(super) limit: usize,
    pub(super) seed: Seed,
}

/// Results are never built as listpacks, which do not tell zeros of either sign apart.
const UNPACKED: SortedSetLimits = SortedSetLimits {
    entries: 0,
    value: 0,
};

/// A result as it is stored: a listpack when it is small.
pub(super) fn packed_if_small(result: SortedSet, limits: SortedSetLimits, seed: Seed) -> SortedSet {
    if result.len() > limits.entries {
        return result;
    }
    let mut packed = SortedSet::new();
    for Entry { member, score } in &result {
        let added = member
            .with_bytes(|member| packed.add(member, score, AddRules::default(), limits, seed));
        added.expect("what has a rank is a number");
    }
    // A member was too long: then nothing is packed, and zeros keep their signs.
    if packed.encoding() == result.encoding() {
        result
    } else {
        packed
    }
}

impl<'a> Operands<'a> {
    /// The sets in the order of their sizes.
    fn by_size(&self) -> SmallVec<[(Source<'a>, f64); 4]> {
        let mut sources = self.sources.clone();
        sources.sort_by_key(|(source, _)| source.len());
        sources
    }

    fn put(&self, set: &mut SortedSet, member: &[u8], score: f64) {
        set.add(member, score, AddRules::default(), UNPACKED, self.seed)
            .expect("a score that is no number was made one");
    }

    /// Calls `visit` with every member that all of the sets have, until it returns false.
    fn visit_common(&self, mut visit: impl FnMut(&[u8], f64) -> bool) {
        let sources = self.by_size();
        let Some(((smallest, weight), others)) = sources.split_first() else {
            return;
        };
        smallest.visit(|member, score| {
            member.with_bytes(|member| {
                let mut total = number(weight * score);
                for (other, weight) in others {
                    match other.score(member, self.seed) {
                        Some(score) => total = self.aggregate.apply(total, weight * score),
                        None => return true,
                    }
                }
                visit(member, total)
            })
        });
    }
}

/// The members of any of the sets.
pub(super) fn union(operands: &Operands<'_>) -> SortedSet {
    let mut union = Gathering::new(operands.seed);
    for (source, weight) in operands.by_size() {
        source.visit(|member, score| {
            let score = number(weight * score);
            member.with_bytes(|member| {
                union.put(member, |present| match present {
                    Some(present) => operands.aggregate.apply(present, score),
                    None => score,
                });
            });
            true
        });
    }
    union.into_set()
}

/// The members of all of the sets.
pub(super) fn intersection(operands: &Operands<'_>) -> SortedSet {
    let mut intersection = SortedSet::new();
    operands.visit_common(|member, score| {
        operands.put(&mut intersection, member, score);
        true
    });
    intersection
}

/// How many members all of the sets have, up to the limit.
pub(super) fn intersection_len(operands: &Operands<'_>) -> usize {
    let mut len = 0;
    operands.visit_common(|_, _| {
        len += 1;
        len < operands.limit
    });
    len
}

/// The members of the first set that are in none of the others.
pub(super) fn difference(operands: &Operands<'_>) -> SortedSet {
    let mut difference = SortedSet::new();
    let Some(((first, _), others)) = operands.sources.split_first() else {
        return difference;
    };
    first.visit(|member, score| {
        member.with_bytes(|member| {
            let mut others = others.iter();
            if !others.any(|(other, _)| other.score(member, operands.seed).is_some()) {
                operands.put(&mut difference, member, score);
            }
        });
        true
    });
    difference
}
