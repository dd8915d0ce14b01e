//! The ends of ranges, as calls spell them.

use std::ops::Range;

use ferrous_types::SortedSet;
use ferrous_types::number::parse_f64;
use ferrous_types::sorted_set::{MemberBound, ScoreBound};

use crate::args::Args;
use crate::commands::element::numbered;
use crate::error::{CommandError, CommandResult};

const NOT_SCORES: CommandError = CommandError::fixed("ERR min or max is not a float");
const NOT_MEMBERS: CommandError = CommandError::fixed("ERR min or max not valid string range item");

/// What a range goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// Ranks, from either end.
    Rank,
    /// Scores.
    Score,
    /// Members as bytes, in a set whose scores are all the same.
    Member,
}

/// A range, from its lower to its upper end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Span<'a> {
    Ranks(i64, i64),
    Scores(ScoreBound, ScoreBound),
    Members(MemberBound<'a>, MemberBound<'a>),
}

impl<'a> Span<'a> {
    /// Reads the ends from arguments `min` and `max`.
    pub(super) fn parse(args: &Args<'a>, by: By, min: usize, max: usize) -> CommandResult<Self> {
        let score = |index| score_bound(args.get(index)).ok_or(NOT_SCORES);
        let member = |index| member_bound(args.get(index)).ok_or(NOT_MEMBERS);
        Ok(match by {
            By::Rank => Self::Ranks(args.int(min)?, args.int(max)?),
            By::Score => Self::Scores(score(min)?, score(max)?),
            By::Member => Self::Members(member(min)?, member(max)?),
        })
    }

    /// The ranks that lie in it. Those of a span of ranks count from the end that comes first.
    pub(super) fn ranks(self, set: &SortedSet, reverse: bool) -> Range<usize> {
        match self {
            Self::Ranks(start, stop) => {
                let ranks = numbered(start, stop, set.len());
                if reverse {
                    set.len() - ranks.end..set.len() - ranks.start
                } else {
                    ranks
                }
            }
            Self::Scores(min, max) => set.ranks_by_score(min, max),
            Self::Members(min, max) => set.ranks_by_member(min, max),
        }
    }
}

fn score_bound(text: &[u8]) -> Option<ScoreBound> {
    match text {
        [b'(', text @ ..] => loose_float(text).map(ScoreBound::Excluded),
        text => loose_float(text).map(ScoreBound::Included),
    }
}

/// The number that `text` spells, by looser rules than those for scores: nothing is zero, white space may come first,
/// and what is too large or too small to represent is infinite or zero.
fn loose_float(text: &[u8]) -> Option<f64> {
    if text.is_empty() {
        return Some(0.0);
    }
    let text = text.trim_ascii_start();
    let is_decimal = |text: &[u8]| {
        text.iter()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte))
    };
    parse_f64(text).or_else(|| {
        let text = Some(text).filter(|text| is_decimal(text))?;
        std::str::from_utf8(text).ok()?.parse().ok()
    })
}

fn member_bound(text: &[u8]) -> Option<MemberBound<'_>> {
    match text {
        b"-" => Some(MemberBound::Min),
        b"+" => Some(MemberBound::Max),
        [b'[', member @ ..] => Some(MemberBound::Included(member)),
        [b'(', member @ ..] => Some(MemberBound::Excluded(member)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_read_loosely() {
        let included = |text: &str| match score_bound(text.as_bytes()) {
            Some(ScoreBound::Included(score)) => Some(score),
            _ => None,
        };
        assert_eq!(included(""), Some(0.0));
        assert_eq!(included(" 1"), Some(1.0));
        assert_eq!(included("1e400"), Some(f64::INFINITY));
        assert_eq!(included("-1e400"), Some(f64::NEG_INFINITY));
        assert_eq!(included("1e-400"), Some(0.0));
        assert_eq!(included("0x10"), Some(16.0));
        assert_eq!(included("-inf"), Some(f64::NEG_INFINITY));
        for refused in [" ", "1 ", "x", "nan", "1x", "((1", "e"] {
            assert_eq!(score_bound(refused.as_bytes()), None, "{refused:?}");
        }
        assert_eq!(score_bound(b"(1"), Some(ScoreBound::Excluded(1.0)));
        assert_eq!(score_bound(b"("), Some(ScoreBound::Excluded(0.0)));
    }
}
