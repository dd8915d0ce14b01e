//! The small form: a listpack of member, score, member, score ... in order, as Redis stores it.

use std::ops::Range;

use super::member::order_of;
use super::tree::Cut;
use super::{Change, Entry, MalformedPairs};
use crate::element::Element;
use crate::listpack::{self, Listpack, Position};
use crate::number::{FloatText, parse_f64};
use crate::packed::check_distinct;
use crate::word::Word;

/// Integers up to half the range of `i64` are stored as integers, as Redis does.
const INTEGER_MAX: f64 = (i64::MAX / 2) as f64;

#[derive(Clone)]
#[repr(transparent)]
pub(super) struct Packed(Listpack);

#[allow(unsafe_code, reason = "a listpack is one pointer")]
// SAFETY: it is what its only field is.
unsafe impl Word for Packed {
    const TAGS: u8 = Listpack::TAGS;
}

impl Packed {
    pub(super) fn new() -> Self {
        Self(Listpack::new())
    }

    /// Takes over pairs that come from outside, after a check of all of them. O(n log n).
    pub(super) fn from_pairs(list: Listpack) -> Result<Self, MalformedPairs> {
        let mut elements = list.iter();
        let mut pairs = Vec::new();
        while let Some(member) = elements.next() {
            let score = elements.next().ok_or(MalformedPairs::Odd)?;
            let score = score_of(score).ok_or(MalformedPairs::Score)?;
            pairs.push((order_of(score), member.to_bytes()));
        }
        if !pairs.is_sorted() {
            return Err(MalformedPairs::Order);
        }
        check_distinct(list.iter().step_by(2)).map_err(|_| MalformedPairs::Duplicate)?;
        Ok(Self(list))
    }

    pub(super) fn listpack(&self) -> &Listpack {
        &self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len() / 2
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.0.heap_bytes()
    }

    /// True when a member of `len` bytes can be added at all.
    pub(super) fn fits(&self, len: usize) -> bool {
        self.0.fits(len)
    }

    pub(super) fn score(&self, member: &[u8]) -> Option<f64> {
        self.find(member).map(|(_, score)| score)
    }

    fn find(&self, member: &[u8]) -> Option<(Position, f64)> {
        let at = self.0.find(member, 1)?;
        Some((at, self.score_behind(at)))
    }

    fn score_behind(&self, member: Position) -> f64 {
        let score = self
            .0
            .next(member)
            .and_then(|score| score_of(self.0.get(score)));
        score.expect("a valid score stands behind each member")
    }

    /// Decides by the present score, if any, and carries that out.
    pub(super) fn change(&mut self, member: &[u8], decide: impl FnOnce(Option<f64>) -> Change) {
        let found = self.find(member);
        if let Change::Score(score) = decide(found.map(|(_, score)| score)) {
            if let Some((at, _)) = found {
                self.0.remove_run(at, 2);
            }
            self.insert(member, score);
        }
    }

    fn insert(&mut self, member: &[u8], score: f64) {
        let cut = Cut::behind(score, member);
        let at = self.0.seek(2 * self.rank(&cut));
        match at {
            Some(at) => self.0.insert_before(at, member),
            None => self.0.push_back(member),
        }
        put_score(&mut self.0, at, score);
    }

    pub(super) fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let (at, score) = self.find(member)?;
        self.0.remove_run(at, 2);
        Some(score)
    }

    pub(super) fn remove_ranks(&mut self, ranks: Range<usize>, removed: impl FnMut(Entry<'_>)) {
        self.iter(ranks.clone()).for_each(removed);
        self.0.remove_range(2 * ranks.start, 2 * ranks.len());
    }

    /// How many members lie before the cut.
    pub(super) fn rank(&self, cut: &Cut<'_>) -> usize {
        let lies_before = |entry: &Entry<'_>| {
            let compare = |own: &[u8]| entry.member.with_bytes(|bytes| bytes.cmp(own));
            cut.is_behind_entry(order_of(entry.score), compare)
        };
        self.iter(0..self.len()).take_while(lies_before).count()
    }

    pub(super) fn iter(&self, ranks: Range<usize>) -> Iter<'_> {
        let mut elements = match self.0.seek(2 * ranks.start) {
            Some(first) => self.0.iter_from(first),
            None => self.0.iter(),
        };
        if let Some(last_left_out) = (2 * (self.len() - ranks.end)).checked_sub(1) {
            elements.nth_back(last_left_out);
        }
        Iter {
            elements,
            left: ranks.len(),
        }
    }
}

/// Pairs of a listpack, from both ends.
#[derive(Clone)]
pub(super) struct Iter<'a> {
    elements: listpack::Iter<'a>,
    left: usize,
}

impl<'a> Iter<'a> {
    fn entry(member: Element<'a>, score: Element<'a>) -> Entry<'a> {
        Entry {
            member,
            score: score_of(score).expect("a valid score stands behind each member"),
        }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        self.left = self.left.checked_sub(1)?;
        let member = self.elements.next()?;
        Some(Self::entry(member, self.elements.next()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let score = self.elements.next_back()?;
        Some(Self::entry(self.elements.next_back()?, score))
    }
}

/// The score that an element spells, unless it is not a number.
fn score_of(element: Element<'_>) -> Option<f64> {
    match element {
        Element::Int(int) => Some(int as f64),
        Element::Bytes(text) => parse_f64(text),
    }
}

/// Adds a score behind `position`, or as the last element.
fn put_score(list: &mut Listpack, position: Option<Position>, score: f64) {
    let text = FloatText::new(score);
    let element = if score.abs() <= INTEGER_MAX && score.fract() == 0.0 {
        Element::Int(score as i64)
    } else {
        // Plain digits that fit an integer are stored as one, too.
        Element::from(text.as_bytes())
    };
    match position {
        Some(position) => list.insert_after(position, element),
        None => list.push_back(element),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(elements: &[&[u8]]) -> Result<Packed, MalformedPairs> {
        let mut list = Listpack::new();
        for &element in elements {
            list.push_back(element);
        }
        Packed::from_pairs(list)
    }

    #[test]
    fn foreign_pairs_are_checked() {
        assert!(pairs(&[]).is_ok());
        assert!(pairs(&[b"b", b"-inf", b"a", b"1", b"c", b"1e+21", b"d", b"inf"]).is_ok());
        assert_eq!(pairs(&[b"a"]).err(), Some(MalformedPairs::Odd));
        assert_eq!(pairs(&[b"a", b"x"]).err(), Some(MalformedPairs::Score));
        assert_eq!(pairs(&[b"a", b"nan"]).err(), Some(MalformedPairs::Score));
        assert_eq!(
            pairs(&[b"a", b"2", b"b", b"1"]).err(),
            Some(MalformedPairs::Order)
        );
        assert_eq!(
            pairs(&[b"b", b"1", b"a", b"1"]).err(),
            Some(MalformedPairs::Order)
        );
        assert_eq!(
            pairs(&[b"a", b"1", b"a", b"2"]).err(),
            Some(MalformedPairs::Duplicate)
        );
    }

    #[test]
    fn scores_are_spelled_as_redis_does() {
        let mut packed = Packed::new();
        for (member, score) in [
            (b"a", 3.0),
            (b"b", 0.1),
            (b"c", -0.0),
            (b"d", f64::NEG_INFINITY),
        ] {
            packed.change(member, |_| Change::Score(score));
        }
        let elements: Vec<_> = packed.listpack().iter().collect();
        let expected: [Element<'_>; 8] = [
            Element::Bytes(b"d"),
            Element::Bytes(b"-inf"),
            Element::Bytes(b"c"),
            Element::Int(0),
            Element::Bytes(b"b"),
            Element::Bytes(b"0.1"),
            Element::Bytes(b"a"),
            Element::Int(3),
        ];
        assert_eq!(elements, expected);
    }
}
