//! The block `FIELDS numfields field …` that the commands on the expiry of fields take.

use crate::args::Args;
use crate::command::Arg;
use crate::commands::expiry::TimeUnit;
use crate::error::{CommandError, CommandResult};

/// The block is not there, or announces another number of fields.
const NUMBER_OF_FIELDS: CommandError = CommandError::fixed(
    "ERR numfields should be greater than 0 and match the provided number of fields",
);

/// The syntax of the block.
pub(super) const FIELDS: Arg = Arg::block(
    "fields",
    &[Arg::integer("numfields"), Arg::string("field").multiple()],
)
.token("FIELDS");

/// Where the word `FIELDS` stands, from argument `first` on: options come before it.
pub(super) fn find(args: &Args, first: usize) -> CommandResult<usize> {
    (first..args.len() - 1)
        .find(|&index| args.is(index, "FIELDS"))
        .ok_or(NUMBER_OF_FIELDS)
}

/// The fields of the block that begins at argument `at`, each followed by as many words as to make `words_per_field`.
pub(super) fn read<'a>(
    args: &Args<'a>,
    at: usize,
    words_per_field: usize,
) -> CommandResult<&'a [&'a [u8]]> {
    read_or(args, at, words_per_field, NUMBER_OF_FIELDS)
}

/// As [`read`], with another error when the number is not that of the fields.
pub(super) fn read_or<'a>(
    args: &Args<'a>,
    at: usize,
    words_per_field: usize,
    mismatch: CommandError,
) -> CommandResult<&'a [&'a [u8]]> {
    let count = args.int(at + 1)?;
    let fields = args.from(at + 2);
    let matches = usize::try_from(count)
        .ok()
        .and_then(|count| count.checked_mul(words_per_field))
        .is_some_and(|words| words > 0 && words == fields.len());
    if matches { Ok(fields) } else { Err(mismatch) }
}

/// The deadline that argument `index` gives for fields; unlike one for keys it may be now, which removes them.
pub(super) fn deadline(
    unit: TimeUnit,
    args: &Args,
    index: usize,
    now_ms: i64,
    name: &str,
) -> CommandResult<i64> {
    let value = args.int(index)?;
    let deadline = if value >= 0 {
        unit.to_unix_ms(value, now_ms)
    } else {
        None
    };
    deadline.ok_or_else(|| CommandError::invalid_expire(name))
}

/// The expiry option that `options` has, with the argument of its time; the last of several that agree.
pub(super) struct ExpiryOption {
    unit: TimeUnit,
    index: usize,
}

impl ExpiryOption {
    /// Reads the option in argument `index`, when its value comes before argument `end`, and `before` is none of
    /// another unit.
    pub(super) fn read(
        args: &Args,
        index: usize,
        end: usize,
        before: Option<&Self>,
    ) -> Option<Self> {
        let unit = TimeUnit::of_option(args.get(index))?;
        let agrees = before.is_none_or(|before| before.unit == unit);
        (agrees && index + 1 < end).then_some(Self {
            unit,
            index: index + 1,
        })
    }

    /// The deadline it gives.
    pub(super) fn deadline(&self, args: &Args, now_ms: i64, name: &str) -> CommandResult<i64> {
        deadline(self.unit, args, self.index, now_ms, name)
    }
}
