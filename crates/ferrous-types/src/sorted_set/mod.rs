//! Sorted sets: members with a score each, in the order of score, then of member as bytes.
//!
//! A small one is a listpack of member, score pairs, byte-compatible with Redis. A large one, which
//! `OBJECT ENCODING` calls a skiplist, is a table of members beside a B+ tree with subtree counts. All
//! that asks for a range, by rank, score or member, becomes a range of ranks first; so a count is a
//! subtraction, and an offset costs nothing.

mod add;
mod bound;
mod gather;
mod indexed;
mod iter;
mod member;
mod packed;
mod random;
mod tree;

use std::ops::Range;

use self::add::Change;
use self::indexed::Indexed;
use self::iter::EitherIter;
use self::member::Pointer;
use self::packed::Packed;
use self::tree::Cut;
use crate::element::Element;
use crate::hash::Seed;
use crate::listpack::Listpack;
use crate::word::Either::{First, Second};
use crate::word::{Boxed, OneOf, Word};

pub use self::add::{AddRules, Added, Direction, NotANumber, Presence};
pub use self::bound::{MemberBound, ScoreBound};
pub use self::gather::Gathering;
pub use self::iter::Iter;

/// A sorted set. See the module's description.
///
/// In place it only widens: clients see the encoding, and a set that shrank tends to grow back. What
/// looks for a member by name takes the process's hash seed; it must be the same each time.
#[repr(transparent)]
pub struct SortedSet(Repr);

type Repr = OneOf<Packed, Boxed<Indexed>>;

#[allow(unsafe_code, reason = "a sorted set is one pointer")]
// SAFETY: it is what its only field is.
unsafe impl Word for SortedSet {
    const TAGS: u8 = Repr::TAGS;
}

/// A member and its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry<'a> {
    /// The member, perhaps as the integer it spells.
    pub member: Element<'a>,
    /// The score, never a NaN.
    pub score: f64,
}

impl<'a> Entry<'a> {
    fn of(pointer: Pointer<'a>) -> Self {
        Self {
            member: Element::Bytes(pointer.bytes()),
            score: pointer.score(),
        }
    }
}

/// Up to which size a sorted set stays a listpack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortedSetLimits {
    /// `zset-max-listpack-entries`
    pub entries: usize,
    /// `zset-max-listpack-value`, in bytes.
    pub value: usize,
}

impl Default for SortedSetLimits {
    fn default() -> Self {
        Self {
            entries: 128,
            value: 64,
        }
    }
}

/// Why a listpack is not a sorted set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedPairs {
    /// The last member has no score.
    #[error("the last member of a sorted set has no score")]
    Odd,
    /// A score is not a number.
    #[error("a score of a sorted set is not a number")]
    Score,
    /// A pair stands before one that sorts before it.
    #[error("the members of a sorted set are not in order")]
    Order,
    /// A member occurs twice.
    #[error("a member of a sorted set occurs twice")]
    Duplicate,
}

/// How a sorted set is stored, for the RDB codec.
pub enum SortedSetRepr<'a> {
    /// As one listpack of pairs.
    Packed(&'a Listpack),
    /// As members in order.
    Entries(Iter<'a>),
}

impl SortedSet {
    /// An empty sorted set.
    pub fn new() -> Self {
        Self(Repr::first(Packed::new()))
    }

    /// The sorted set that a listpack of pairs is, as an RDB file or a `DUMP` payload holds it, after a
    /// check of all pairs. O(n log n).
    ///
    /// # Errors
    /// What is wrong with the pairs.
    pub fn from_listpack(
        pairs: Listpack,
        limits: SortedSetLimits,
        seed: Seed,
    ) -> Result<Self, MalformedPairs> {
        let packed = Packed::from_pairs(pairs)?;
        let long = |entry: Entry<'_>| entry.member.byte_len() > limits.value;
        let widen = packed.len() > limits.entries || packed.iter(0..packed.len()).any(long);
        let mut set = Self(Repr::first(packed));
        if widen {
            set.widen(seed);
        }
        Ok(set)
    }

    fn of_indexed(indexed: Indexed) -> Self {
        Self(Repr::second(Boxed::new(indexed)))
    }

    /// The inside, for the RDB codec.
    pub fn repr(&self) -> SortedSetRepr<'_> {
        match self.0.view() {
            First(packed) => SortedSetRepr::Packed(packed.listpack()),
            Second(_) => SortedSetRepr::Entries(self.iter()),
        }
    }

    /// A copy in the same encoding. O(n log n).
    #[must_use]
    pub fn duplicate(&self, seed: Seed) -> Self {
        Self(match self.0.view() {
            First(packed) => Repr::first(packed.clone()),
            Second(_) => {
                let mut copy = Indexed::new();
                for Entry { member, score } in self {
                    copy.change(&member.to_bytes(), seed, |_| Change::Score(score));
                }
                Repr::second(Boxed::new(copy))
            }
        })
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        match self.0.view() {
            First(packed) => packed.len(),
            Second(indexed) => indexed.len(),
        }
    }

    /// True when there is no member.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `OBJECT ENCODING` says.
    pub fn encoding(&self) -> &'static str {
        match self.0.view() {
            First(_) => "listpack",
            Second(_) => "skiplist",
        }
    }

    /// The memory behind the handle, in bytes. O(n) over 62 at worst.
    pub fn heap_bytes(&self) -> usize {
        match self.0.view() {
            First(packed) => packed.heap_bytes(),
            Second(indexed) => indexed.heap_bytes(),
        }
    }

    /// The score of a member. O(1), or O(n) as a listpack; so are all searches by member.
    pub fn score(&self, member: &[u8], seed: Seed) -> Option<f64> {
        match self.0.view() {
            First(packed) => packed.score(member),
            Second(indexed) => indexed.score(member, seed),
        }
    }

    /// Adds a member or changes its score, as the rules say. O(log n).
    ///
    /// # Errors
    /// When `score`, or the sum with the present score, is not a number; nothing changed then.
    pub fn add(
        &mut self,
        member: &[u8],
        score: f64,
        rules: AddRules,
        limits: SortedSetLimits,
        seed: Seed,
    ) -> Result<Added, NotANumber> {
        let mut added = Ok(Added::Refused);
        let decide = |present| {
            added = rules.apply(present, score);
            match added {
                Ok(Added::New(score) | Added::Updated(score)) => Change::Score(score),
                _ => Change::Nothing,
            }
        };
        if self.outgrows(member, limits) && self.score(member, seed).is_none() {
            if !matches!(rules.apply(None, score)?, Added::New(_)) {
                return Ok(Added::Refused);
            }
            self.widen(seed);
        }
        match self.0.view_mut() {
            First(packed) => packed.change(member, decide),
            Second(indexed) => indexed.change(member, seed, decide),
        }
        added
    }

    /// True when a listpack is not to hold `member` as one more.
    fn outgrows(&self, member: &[u8], limits: SortedSetLimits) -> bool {
        let First(packed) = self.0.view() else {
            return false;
        };
        packed.len() >= limits.entries || member.len() > limits.value || !packed.fits(member.len())
    }

    fn widen(&mut self, seed: Seed) {
        let mut indexed = Boxed::new(Indexed::new());
        for entry in self.iter() {
            let add = |_| Change::Score(entry.score);
            entry
                .member
                .with_bytes(|member| indexed.change(member, seed, add));
        }
        self.0 = Repr::second(indexed);
    }

    /// Removes a member; returns its score. O(log n).
    pub fn remove(&mut self, member: &[u8], seed: Seed) -> Option<f64> {
        match self.0.view_mut() {
            First(packed) => packed.remove(member),
            Second(indexed) => indexed.remove(member, seed),
        }
    }

    /// The rank of a member, from 0 for the lowest score, and its score. O(log n).
    ///
    /// The rank from the other end is `len - 1 - rank`.
    pub fn rank(&self, member: &[u8], seed: Seed) -> Option<(usize, f64)> {
        let score = self.score(member, seed)?;
        Some((self.rank_of(&Cut::behind(score, member)) - 1, score))
    }

    fn rank_of(&self, cut: &Cut<'_>) -> usize {
        match self.0.view() {
            First(packed) => packed.rank(cut),
            Second(indexed) => indexed.rank(cut),
        }
    }

    /// The ranks of the members whose scores lie between two bounds. O(log n).
    pub fn ranks_by_score(&self, min: ScoreBound, max: ScoreBound) -> Range<usize> {
        let start = self.rank_of(&min.cut_as_min());
        start..self.rank_of(&max.cut_as_max()).max(start)
    }

    /// The ranks of the members that lie between two bounds, in a set whose scores are all the
    /// same; in another set, some ranks. O(log n).
    pub fn ranks_by_member(&self, min: MemberBound<'_>, max: MemberBound<'_>) -> Range<usize> {
        let rank = |bound: MemberBound<'_>, is_max| match bound.cut(is_max) {
            Ok(cut) => self.rank_of(&cut),
            Err(bound::Outside::Before) => 0,
            Err(bound::Outside::Behind) => self.len(),
        };
        let start = rank(min, false);
        start..rank(max, true).max(start)
    }

    /// The members whose ranks lie in `ranks`, from both ends; ranks that do not exist are left out.
    /// O(log n), then O(1) each.
    pub fn range(&self, ranks: Range<usize>) -> Iter<'_> {
        let ranks = self.existing(ranks);
        Iter(match self.0.view() {
            First(packed) => EitherIter::Packed(packed.iter(ranks)),
            Second(indexed) => EitherIter::Indexed(indexed.iter(ranks)),
        })
    }

    fn existing(&self, ranks: Range<usize>) -> Range<usize> {
        let end = ranks.end.min(self.len());
        ranks.start.min(end)..end
    }

    /// All members in order, from both ends.
    pub fn iter(&self) -> Iter<'_> {
        self.range(0..self.len())
    }

    /// The member of that rank. O(log n); a draw of a random rank is a fair draw of a member.
    pub fn get(&self, rank: usize) -> Option<Entry<'_>> {
        match self.0.view() {
            First(_) => self.range(rank..rank.saturating_add(1)).next(),
            Second(indexed) => indexed.get(rank),
        }
    }

    /// Removes the members whose ranks lie in `ranks`, giving each to `removed` in order: the way
    /// to pop from either end, too. O(log n + removed).
    pub fn remove_range(
        &mut self,
        ranks: Range<usize>,
        seed: Seed,
        removed: impl FnMut(Entry<'_>),
    ) {
        let ranks = self.existing(ranks);
        match self.0.view_mut() {
            First(packed) => packed.remove_ranks(ranks, removed),
            Second(indexed) => indexed.remove_ranks(ranks, seed, removed),
        }
    }

    /// Visits some members and returns the cursor to go on from, or 0 when all were visited.
    ///
    /// Begin with 0. A full scan visits every member that is present throughout, whatever happens
    /// between the calls; a listpack is visited whole by one call.
    pub fn scan<'a>(&'a self, cursor: u64, mut visit: impl FnMut(Entry<'a>)) -> u64 {
        match self.0.view() {
            First(_) => {
                self.iter().for_each(visit);
                0
            }
            Second(indexed) => indexed.scan(cursor, &mut visit),
        }
    }
}

impl Default for SortedSet {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> IntoIterator for &'a SortedSet {
    type Item = Entry<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}
