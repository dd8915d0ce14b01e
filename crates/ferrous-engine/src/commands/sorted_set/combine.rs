//! Several sets and sorted sets at once, for a reply.

use ferrous_types::SortedSet;
use ferrous_types::number::parse_f64;
use smallvec::{SmallVec, smallvec};

use super::algebra::{self, Aggregate, Operands, Source};
use super::{reply_entry, reply_len};
use crate::args::Args;
use crate::call::{Call, Command, DataFn, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};

const NOT_A_WEIGHT: CommandError = CommandError::fixed("ERR weight value is not a float");

/// The syntax of the weights.
pub(super) const WEIGHTS: Arg = Arg::integer("weight")
    .token("WEIGHTS")
    .optional()
    .multiple();
/// The syntax of the aggregate.
pub(super) const AGGREGATE: Arg = Arg::one_of(
    "aggregate",
    &[
        Arg::word("sum", "SUM"),
        Arg::word("min", "MIN"),
        Arg::word("max", "MAX"),
    ],
)
.token("AGGREGATE")
.optional();
const WITH_SCORES: Arg = Arg::word("withscores", "WITHSCORES").optional();

const KEYS: &[KeySpec] = &[KeySpec::counted(1, 1).reads()];

/// The syntax of union and intersection.
const ARGS: &[Arg] = &[
    Arg::integer("numkeys"),
    Arg::key("key").multiple(),
    WEIGHTS,
    AGGREGATE,
    WITH_SCORES,
];

/// What the rows of these commands have in common.
const fn row(name: &'static str, function: DataFn) -> Command {
    Command::new(Group::SortedSet, name, Arity::AtLeast(3), Keys(function))
        .flags(Flags::MOVABLE_KEYS.with(Flags::READONLY))
        .keys(KEYS)
}

pub(super) const ZUNION: Command = row("zunion", zunion)
    .args(ARGS)
    .since("6.2.0")
    .cost("O(n + m * log(m)), n = members of all sets, m = members of the result")
    .summary("Returns the members that any of several sorted sets has.");

fn zunion(call: &mut Call) -> CommandResult {
    reply_combined(call, Allowed::REPLY, algebra::union)
}

pub(super) const ZINTER: Command = row("zinter", zinter)
    .args(ARGS)
    .since("6.2.0")
    .cost("O(n * k + m * log(m)), n = members of the smallest of k sets, m = members of the result")
    .summary("Returns the members that all of several sorted sets have.");

fn zinter(call: &mut Call) -> CommandResult {
    reply_combined(call, Allowed::REPLY, algebra::intersection)
}

pub(super) const ZDIFF: Command = row("zdiff", zdiff)
    .args(&[
        Arg::integer("numkeys"),
        Arg::key("key").multiple(),
        WITH_SCORES,
    ])
    .since("6.2.0")
    .cost("O(n * k + m * log(m)), n = members of the first of k sets, m = members of the result")
    .summary("Returns the members of a sorted set that none of several others has.");

fn zdiff(call: &mut Call) -> CommandResult {
    let allowed = Allowed {
        weights: false,
        ..Allowed::REPLY
    };
    reply_combined(call, allowed, algebra::difference)
}

fn reply_combined(
    call: &mut Call,
    allowed: Allowed,
    combine: impl FnOnce(&Operands<'_>) -> SortedSet,
) -> CommandResult {
    let (combined, options) = with_operands(call, 1, allowed, combine)?;
    reply_len(call.reply, combined.len(), options.with_scores);
    for entry in &combined {
        reply_entry(call.reply, entry, options.with_scores);
    }
    Ok(())
}

pub(super) const ZINTERCARD: Command = row("zintercard", zintercard)
    .args(&[
        Arg::integer("numkeys"),
        Arg::key("key").multiple(),
        Arg::integer("limit").token("LIMIT").optional(),
    ])
    .since("7.0.0")
    .cost("O(n * k), n = members of the smallest of k sets")
    .summary("Returns how many members all of several sorted sets have, up to a limit.");

fn zintercard(call: &mut Call) -> CommandResult {
    let allowed = Allowed {
        limit: true,
        ..Allowed::default()
    };
    let (len, _) = with_operands(call, 1, allowed, algebra::intersection_len)?;
    call.reply.integer(len as i64);
    Ok(())
}

/// Looks up the keys that the number in argument `numkeys_at` announces, reads the options behind them, and runs
/// `combine` on what the keys hold.
pub(super) fn with_operands<T>(
    call: &mut Call,
    numkeys_at: usize,
    allowed: Allowed,
    combine: impl FnOnce(&Operands<'_>) -> T,
) -> CommandResult<(T, Options)> {
    let args = call.args;
    let numkeys = args.int(numkeys_at)?;
    let numkeys = usize::try_from(numkeys).unwrap_or(0);
    if numkeys == 0 {
        return Err(CommandError::new(format!(
            "ERR at least 1 input key is needed for '{}' command",
            call.name
        )));
    }
    if numkeys > args.len() - numkeys_at - 1 {
        return Err(CommandError::SYNTAX);
    }
    let seed = call.db.seed();
    let keys = args.keys().skip(numkeys_at - 1);
    let entries = call.db.entries(keys);
    let sources = entries.into_iter().map(Source::of);
    let sources = sources.collect::<CommandResult<SmallVec<[Source<'_>; 4]>>>()?;
    let options = Options::parse(&args, numkeys_at, numkeys, allowed)?;
    let operands = Operands {
        sources: sources
            .into_iter()
            .zip(options.weights.iter().copied())
            .collect(),
        aggregate: options.aggregate,
        limit: options.limit,
        seed,
    };
    Ok((combine(&operands), options))
}

/// Which options a command has.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Allowed {
    /// `WEIGHTS` and `AGGREGATE`.
    pub(super) weights: bool,
    /// `WITHSCORES`.
    pub(super) with_scores: bool,
    /// `LIMIT`.
    pub(super) limit: bool,
}

impl Allowed {
    const REPLY: Self = Self {
        weights: true,
        with_scores: true,
        limit: false,
    };
}

/// The options behind the keys.
pub(super) struct Options {
    weights: SmallVec<[f64; 4]>,
    aggregate: Aggregate,
    with_scores: bool,
    limit: usize,
}

impl Options {
    fn parse(
        args: &Args,
        numkeys_at: usize,
        numkeys: usize,
        allowed: Allowed,
    ) -> CommandResult<Self> {
        let mut options = Self {
            weights: smallvec![1.0; numkeys],
            aggregate: Aggregate::default(),
            with_scores: false,
            limit: usize::MAX,
        };
        let mut index = numkeys_at + 1 + numkeys;
        while index < args.len() {
            let following = args.len() - index - 1;
            if allowed.weights && args.is(index, "WEIGHTS") && following >= numkeys {
                for (weight, text) in options.weights.iter_mut().zip(args.from(index + 1)) {
                    *weight = parse_f64(text).ok_or(NOT_A_WEIGHT)?;
                }
                index += numkeys;
            } else if allowed.weights && args.is(index, "AGGREGATE") && following > 0 {
                index += 1;
                options.aggregate = match () {
                    () if args.is(index, "SUM") => Aggregate::Sum,
                    () if args.is(index, "MIN") => Aggregate::Min,
                    () if args.is(index, "MAX") => Aggregate::Max,
                    () => return Err(CommandError::SYNTAX),
                };
            } else if allowed.with_scores && args.is(index, "WITHSCORES") {
                options.with_scores = true;
            } else if allowed.limit && args.is(index, "LIMIT") && following > 0 {
                index += 1;
                let limit = args.count_or(index, 0, CommandError::LIMIT)?;
                options.limit = if limit == 0 { usize::MAX } else { limit };
            } else {
                return Err(CommandError::SYNTAX);
            }
            index += 1;
        }
        Ok(options)
    }
}
