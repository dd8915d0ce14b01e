//! The expiry options that many commands share: `EX PX EXAT PXAT`, relative or absolute, in seconds or milliseconds.

use crate::args::Args;
use crate::error::{CommandError, CommandResult};

/// How a time is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimeUnit {
    /// Milliseconds per unit.
    pub(crate) scale: i64,
    /// Counted from now, not from the epoch.
    pub(crate) relative: bool,
}

impl TimeUnit {
    /// Seconds from now.
    pub(crate) const SECONDS: Self = Self {
        scale: 1000,
        relative: true,
    };
    /// Milliseconds from now.
    pub(crate) const MILLISECONDS: Self = Self {
        scale: 1,
        relative: true,
    };
    /// Seconds since the epoch.
    pub(crate) const UNIX_SECONDS: Self = Self {
        scale: 1000,
        relative: false,
    };
    /// Milliseconds since the epoch.
    pub(crate) const UNIX_MILLISECONDS: Self = Self {
        scale: 1,
        relative: false,
    };

    /// The unit that an option stands for.
    pub(crate) fn of_option(word: &[u8]) -> Option<Self> {
        let options: [(&[u8], Self); 4] = [
            (b"EX", Self::SECONDS),
            (b"PX", Self::MILLISECONDS),
            (b"EXAT", Self::UNIX_SECONDS),
            (b"PXAT", Self::UNIX_MILLISECONDS),
        ];
        options
            .into_iter()
            .find(|(name, _)| word.eq_ignore_ascii_case(name))
            .map(|(_, unit)| unit)
    }

    /// The time in ms since the epoch that `value` stands for; nothing when it lies beyond the range of an i64.
    pub(crate) fn to_unix_ms(self, value: i64, now_ms: i64) -> Option<i64> {
        let scaled = value.checked_mul(self.scale)?;
        scaled.checked_add(if self.relative { now_ms } else { 0 })
    }

    /// The deadline that argument `index` gives, which must lie after the epoch (or now, when relative).
    ///
    /// # Errors
    /// `ERR value is not an integer or out of range`, or `ERR invalid expire time in '…' command`.
    pub(crate) fn deadline(
        self,
        args: &Args<'_>,
        index: usize,
        now_ms: i64,
        name: &str,
    ) -> CommandResult<i64> {
        let value = args.int(index)?;
        let deadline = if value > 0 {
            self.to_unix_ms(value, now_ms)
        } else {
            None
        };
        deadline.ok_or_else(|| CommandError::invalid_expire(name))
    }
}

/// Rounds to the nearest second.
pub(crate) fn to_seconds(ms: i64) -> i64 {
    // Not `(ms + 500) / 1000`: the latest deadline there is would overflow.
    ms / 1000 + (ms % 1000 + 500) / 1000
}
