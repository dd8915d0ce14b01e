//! The rules of additions: the options of `ZADD`, and what comes of them.

use super::member::order_of;

/// Which members an addition may touch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// Any.
    #[default]
    Any,
    /// Only absent ones: `NX`.
    Absent,
    /// Only present ones: `XX`.
    Present,
}

/// Which new scores of a present member an addition accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Any.
    #[default]
    Any,
    /// Only higher ones: `GT`.
    Up,
    /// Only lower ones: `LT`.
    Down,
}

/// How an addition treats members that are present or absent: the options of `ZADD`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AddRules {
    /// `NX` or `XX`.
    pub presence: Presence,
    /// `GT` or `LT`.
    pub direction: Direction,
    /// True to add to the present score: `INCR`.
    pub increment: bool,
}

/// What an addition came to; each tells the score that the member now has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Added {
    /// The member was absent.
    New(f64),
    /// The member had another score.
    Updated(f64),
    /// The member had this score already.
    Same(f64),
    /// The rules forbid it, so nothing changed.
    Refused,
}

/// A score is, or would become, not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("resulting score is not a number (NaN)")]
pub struct NotANumber;

/// What the rules of an addition say for one member.
pub(super) enum Change {
    Nothing,
    Score(f64),
}

impl AddRules {
    /// What adding `score` to a member with the `present` score comes to.
    pub(super) fn apply(self, present: Option<f64>, score: f64) -> Result<Added, NotANumber> {
        let Some(present) = present else {
            return match (self.presence, score.is_nan()) {
                (_, true) => Err(NotANumber),
                (Presence::Present, _) => Ok(Added::Refused),
                _ => Ok(Added::New(score)),
            };
        };
        if score.is_nan() {
            return Err(NotANumber);
        }
        if self.presence == Presence::Absent {
            return Ok(Added::Refused);
        }
        let score = if self.increment {
            present + score
        } else {
            score
        };
        if score.is_nan() {
            return Err(NotANumber);
        }
        let refused = match self.direction {
            Direction::Any => false,
            Direction::Up => score <= present,
            Direction::Down => score >= present,
        };
        Ok(if refused {
            Added::Refused
        } else if order_of(score) == order_of(present) {
            Added::Same(present)
        } else {
            Added::Updated(score)
        })
    }
}
