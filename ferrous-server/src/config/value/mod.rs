//! The values that parameters have: live cells that every thread reads without a lock.
//!
//! A cell owns the spelling of its values: it reads them from words, shows them, and writes them into a file. Numbers,
//! switches and choices are one relaxed atomic load to read, as no two of them depend on each other; texts and lists
//! are behind an [`ArcSwap`](arc_swap::ArcSwap).

use std::borrow::Cow;
use std::fmt::Debug;

mod choice;
mod number;
mod size;
mod text;

mod bind;
mod events;
mod oom;
mod output_limits;
mod percentiles;
mod primary;
mod save;
mod shutdown;

pub use bind::{BindAddress, BindAddresses};
pub(super) use choice::choices;
pub use choice::{Choice, Flag, Named};
pub use events::KeyspaceEventsCell;
pub(super) use number::{INT_MAX, INT_MIN, LONG_MAX};
pub use number::{Number, Octal, Whole};
pub use oom::OomScores;
pub use output_limits::{BufferLimit, ClientClass, OutputLimits};
pub use percentiles::Percentiles;
pub use primary::{PrimaryAddress, PrimaryCell};
pub use save::{SavePoint, SavePoints};
pub use shutdown::{ShutdownFlags, ShutdownMode};
pub(crate) use size::parse_bytes;
pub use size::{Bytes, BytesOrPercent, BytesOrUnlimited, MemoryShare};
pub use text::{Directory, Text};

use super::Parameter;

/// Why a value is not taken: the text that clients know.
pub(super) type Refusal = Cow<'static, str>;

/// The act of storing a value that was found to be right.
pub(super) type Staged<'a> = Box<dyn FnOnce() + Send + 'a>;

/// What to do with the value that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assign {
    Replace,
    /// Add to it, where the value is a list that may be spread over several lines of a file.
    Extend,
}

/// A cell that knows the spelling of its values.
pub(super) trait Value: Debug + Send + Sync {
    /// Checks `words` against `row` and returns the act of storing what they say, so that several values can be
    /// checked before the first is stored.
    ///
    /// `words` is one word, unless the row takes many.
    ///
    /// # Errors
    /// The text that clients know for what is wrong with the words.
    fn stage(
        &self,
        row: &Parameter,
        words: &[&[u8]],
        assign: Assign,
    ) -> Result<Staged<'_>, Refusal>;

    /// The value as `CONFIG GET` shows it, which [`stage`](Self::stage) takes back.
    fn show(&self) -> Vec<u8>;

    /// What stands behind the name in a configuration file, once for each line.
    fn lines(&self) -> Vec<Vec<u8>> {
        vec![self.show()]
    }

    /// True when each line sets something of its own and leaves alone what the others set; else the first line replaces
    /// the default, and it takes all lines together to say the value.
    fn lines_stand_alone(&self) -> bool {
        false
    }
}

/// The one word of a row that takes one.
fn single<'a>(words: &[&'a [u8]]) -> &'a [u8] {
    words
        .first()
        .expect("a row that does not take many words gets exactly one")
}

/// The canonical decimal integer that `word` spells.
fn integer(word: &[u8]) -> Option<i64> {
    ferrous_types::number::parse_canonical_int(word)
}

/// The items, each as it shows itself, with a space between.
fn joined<T: ToString>(items: impl IntoIterator<Item = T>) -> Vec<u8> {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    items.join(" ").into_bytes()
}
