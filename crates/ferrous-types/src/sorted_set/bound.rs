//! The bounds of ranges by score and by member.

use super::tree::Cut;

/// One end of a range of scores. Infinities are scores like any other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ScoreBound {
    /// The score itself lies in the range: `1.5`.
    Included(f64),
    /// The score itself lies outside: `(1.5`.
    Excluded(f64),
}

impl ScoreBound {
    pub(super) fn cut_as_min(self) -> Cut<'static> {
        match self {
            Self::Included(score) => Cut::at_score(score, false),
            Self::Excluded(score) => Cut::at_score(score, true),
        }
    }

    pub(super) fn cut_as_max(self) -> Cut<'static> {
        match self {
            Self::Included(score) => Cut::at_score(score, true),
            Self::Excluded(score) => Cut::at_score(score, false),
        }
    }
}

/// One end of a range of members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberBound<'a> {
    /// Before every member: `-`.
    Min,
    /// Behind every member: `+`.
    Max,
    /// The member itself lies in the range: `[a`.
    Included(&'a [u8]),
    /// The member itself lies outside: `(a`.
    Excluded(&'a [u8]),
}

/// A bound beyond all members.
pub(super) enum Outside {
    Before,
    Behind,
}

impl<'a> MemberBound<'a> {
    pub(super) fn cut(self, is_max: bool) -> Result<Cut<'a>, Outside> {
        match self {
            Self::Min => Err(Outside::Before),
            Self::Max => Err(Outside::Behind),
            Self::Included(member) => Ok(Cut::at_member(member, is_max)),
            Self::Excluded(member) => Ok(Cut::at_member(member, !is_max)),
        }
    }
}
