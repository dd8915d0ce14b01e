//! What calls are made with: the time, limits, randomness, and what the host wants to know.

use ferrous_types::random::Rng;

use super::{AccessClock, Interests};
use crate::limits::Limits;

/// What becomes of keys whose time has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueKeys {
    /// Whoever meets one removes it.
    Removed,
    /// They stay, absent for whoever reads: nothing is to change while clients are paused.
    Hidden,
    /// They are there as if it had not: a log is replayed, which says itself when they go.
    Kept,
}

/// The circumstances of a batch of commands: read once, valid for all of them.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// Milliseconds since the epoch.
    pub now_ms: i64,
    /// How accesses are noted.
    pub access: AccessClock,
    /// Reads leave access times alone (`CLIENT NO-TOUCH`).
    pub no_touch: bool,
    /// What becomes of keys whose time has come.
    pub due_keys: DueKeys,
    /// A script calls: what it reads may decide what it writes, so no order is left to chance.
    pub in_script: bool,
}

/// What calls are made with.
pub struct Environment<'a> {
    /// The selected database.
    pub database: usize,
    /// Time and how accesses are noted.
    pub circumstances: &'a Circumstances,
    /// What the host wants to know of changes.
    pub interests: Interests,
    /// Limits from the configuration.
    pub limits: &'a Limits,
    /// The source of randomness.
    pub random: &'a mut Rng,
}

impl Environment<'_> {
    /// The same for one more call, on database `database`.
    pub fn on(&mut self, database: usize) -> Environment<'_> {
        Environment {
            database,
            circumstances: self.circumstances,
            interests: self.interests,
            limits: self.limits,
            random: self.random,
        }
    }
}
