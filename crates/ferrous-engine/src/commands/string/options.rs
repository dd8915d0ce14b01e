//! The options that `SET`, `MSETEX` and `GETEX` share: conditions, and when the key expires from now on.

use crate::args::Args;
use crate::call::Call;
use crate::commands::expiry::TimeUnit;
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{Db, Key};

/// What must hold of the key for it to be set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Condition<'a> {
    /// Nothing.
    #[default]
    Always,
    /// It does not exist.
    Absent,
    /// It exists.
    Present,
    /// It holds this string.
    Equals(&'a [u8]),
}

impl Condition<'_> {
    /// True when it holds of `key`. What a key equals is asked of strings only.
    pub(super) fn holds(self, db: &mut Db, key: &Key) -> CommandResult<bool> {
        Ok(match self {
            Self::Always => true,
            Self::Absent => !db.exists(key),
            Self::Present => db.exists(key),
            Self::Equals(expected) => db.peek_text(key)?.is_some_and(|text| *text == *expected),
        })
    }
}

/// When the key expires from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Expiry {
    /// Never, when the key is set; when it is only read, as before.
    #[default]
    Unsaid,
    /// When it did before.
    Keep,
    /// Never.
    Persist,
    /// At this time, in ms since the epoch.
    At(i64),
}

/// What the options say of the expiry, before the time is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    #[default]
    Unsaid,
    Keep,
    Persist,
    /// The time is this argument, in this unit.
    Time(TimeUnit, usize),
}

/// The commands that take such options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taker {
    /// `SET`.
    Set,
    /// `MSETEX`.
    MultiSet,
    /// `GETEX`.
    Get,
}

/// The options of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Options<'a> {
    pub(super) condition: Condition<'a>,
    pub(super) get: bool,
    asked: Asked,
}

impl<'a> Options<'a> {
    /// Reads the options from argument `index` on. An option may be given again, and its last value counts; one that
    /// contradicts another may not.
    pub(super) fn parse(args: &Args<'a>, mut index: usize, taker: Taker) -> CommandResult<Self> {
        let mut options = Self::default();
        while index < args.len() {
            index += options
                .take(args, index, taker)
                .ok_or(CommandError::SYNTAX)?;
        }
        Ok(options)
    }

    /// Takes the option that begins at argument `index`; returns how many arguments it is.
    fn take(&mut self, args: &Args<'a>, index: usize, taker: Taker) -> Option<usize> {
        let next = args.try_get(index + 1);
        let stores = taker != Taker::Get;
        if stores && args.is(index, "NX") {
            return self.set_condition(Condition::Absent);
        }
        if stores && args.is(index, "XX") {
            return self.set_condition(Condition::Present);
        }
        if taker == Taker::Set && args.is(index, "IFEQ") {
            return Some(self.set_condition(Condition::Equals(next?))? + 1);
        }
        if taker == Taker::Set && args.is(index, "GET") {
            self.get = true;
            return Some(1);
        }
        if stores && args.is(index, "KEEPTTL") {
            return self.set_expiry(Asked::Keep);
        }
        if !stores && args.is(index, "PERSIST") {
            return self.set_expiry(Asked::Persist);
        }
        let unit = TimeUnit::of_option(args.get(index)).filter(|_| next.is_some())?;
        Some(self.set_expiry(Asked::Time(unit, index + 1))? + 1)
    }

    fn set_condition(&mut self, condition: Condition<'a>) -> Option<usize> {
        let agrees = match (self.condition, condition) {
            (Condition::Always, _) | (Condition::Equals(_), Condition::Equals(_)) => true,
            (before, now) => before == now,
        };
        self.condition = condition;
        agrees.then_some(1)
    }

    fn set_expiry(&mut self, asked: Asked) -> Option<usize> {
        let agrees = match (self.asked, asked) {
            (Asked::Unsaid, _) => true,
            (Asked::Time(before, _), Asked::Time(now, _)) => before == now,
            (before, now) => before == now,
        };
        self.asked = asked;
        agrees.then_some(1)
    }

    /// True when the options ask about the value that was there, which whoever repeats the call need not answer again.
    pub(super) fn asks_for_value(&self) -> bool {
        self.get || matches!(self.condition, Condition::Equals(_))
    }

    /// The expiry that was asked for. The time is looked at here, once the whole syntax is known to be right.
    ///
    /// # Errors
    /// `ERR value is not an integer or out of range`, or `ERR invalid expire time in '…' command`.
    pub(super) fn expiry(&self, call: &Call) -> CommandResult<Expiry> {
        Ok(match self.asked {
            Asked::Unsaid => Expiry::Unsaid,
            Asked::Keep => Expiry::Keep,
            Asked::Persist => Expiry::Persist,
            Asked::Time(unit, index) => {
                Expiry::At(unit.deadline(&call.args, index, call.db.now_ms(), call.name)?)
            }
        })
    }
}
