//! Removing old entries: the options of `XADD` and `XTRIM`, and `XTRIM`.

use ferrous_types::Stream;
use ferrous_types::stream::{Effort, Log, StreamId, StreamLimits, TrimTo};

use super::id::{self, IdText};
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::EventClasses;

const TWO_STRATEGIES: CommandError = CommandError::fixed(
    "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
);
const NEGATIVE_MAXLEN: CommandError = CommandError::fixed("ERR The MAXLEN argument must be >= 0.");
const NEGATIVE_LIMIT: CommandError = CommandError::fixed("ERR The LIMIT argument must be >= 0.");
const LIMIT_ALONE: CommandError = CommandError::fixed(
    "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
);
const LIMIT_EXACT: CommandError =
    CommandError::fixed("ERR syntax error, LIMIT cannot be used without the special ~ option");
const NO_STRATEGY: CommandError =
    CommandError::fixed("ERR syntax error, XTRIM must be called with a trimming strategy");

/// Blocks that one approximate trim removes at most, unless `LIMIT` says otherwise.
const BLOCKS_MAX: u64 = 100;
/// Entries that one approximate trim removes at most, when blocks have no size.
const ENTRIES_DEFAULT: u64 = 10_000;
/// Entries that one approximate trim removes at most, however large blocks are.
const ENTRIES_MAX: u64 = 1_000_000;

/// What the options say so far.
#[derive(Default)]
pub(super) struct TrimOptions {
    to: Option<TrimTo>,
    approximate: bool,
    limit: Option<u64>,
}

/// A trim, checked.
#[derive(Clone, Copy)]
pub(super) struct Trim {
    to: TrimTo,
    effort: Effort,
}

impl TrimOptions {
    /// Reads the option at `index`; returns the index behind it, or nothing when it is no option of a trim.
    pub(super) fn parse(&mut self, args: &Args<'_>, index: usize) -> CommandResult<Option<usize>> {
        let follow = args.len() - index - 1;
        let is_maxlen = args.is(index, "MAXLEN");
        if follow > 0 && (is_maxlen || args.is(index, "MINID")) {
            if self.to.is_some() {
                return Err(TWO_STRATEGIES);
            }
            self.approximate = follow >= 2 && args.get(index + 1) == b"~";
            let has_operator = self.approximate || follow >= 2 && args.get(index + 1) == b"=";
            let at = index + 1 + usize::from(has_operator);
            self.to = Some(if is_maxlen {
                TrimTo::MaxLen(u64::try_from(args.int(at)?).map_err(|_| NEGATIVE_MAXLEN)?)
            } else {
                TrimTo::MinId(id::parse(args.get(at))?)
            });
            return Ok(Some(at + 1));
        }
        if follow > 0 && args.is(index, "LIMIT") {
            let limit = u64::try_from(args.int(index + 1)?).map_err(|_| NEGATIVE_LIMIT)?;
            self.limit = Some(limit);
            return Ok(Some(index + 2));
        }
        Ok(None)
    }

    /// The trim that the options ask for, if they do.
    pub(super) fn finish(
        self,
        is_required: bool,
        limits: StreamLimits,
    ) -> CommandResult<Option<Trim>> {
        if self.to.is_none() && self.limit.is_some_and(|limit| limit > 0) {
            return Err(LIMIT_ALONE);
        }
        if self.to.is_none() && is_required {
            return Err(NO_STRATEGY);
        }
        if self.limit.is_some() && !self.approximate {
            return Err(LIMIT_EXACT);
        }
        let effort = if self.approximate {
            let limit = self.limit.unwrap_or_else(|| default_limit(limits));
            Effort::WholeBlocks { limit }
        } else {
            Effort::Exact
        };
        Ok(self.to.map(|to| Trim { to, effort }))
    }
}

fn default_limit(limits: StreamLimits) -> u64 {
    match limits.node_entries.saturating_mul(BLOCKS_MAX) {
        0 => ENTRIES_DEFAULT,
        entries => entries.min(ENTRIES_MAX),
    }
}

impl Trim {
    /// Removes entries; returns how many.
    pub(super) fn run(self, log: &mut Log) -> u64 {
        log.trim(self.to, self.effort)
    }

    /// The exact trim that gives what an approximate one left of `log`: its option and its threshold. Nothing when the
    /// trim was exact.
    pub(super) fn repeated(self, log: &Log) -> Option<[Vec<u8>; 3]> {
        if self.effort == Effort::Exact {
            return None;
        }
        let (option, threshold): (&[u8], _) = match self.to {
            TrimTo::MaxLen(_) => (b"MAXLEN", log.len().to_string().into_bytes()),
            TrimTo::MinId(_) => (b"MINID", first_text(log.first_id())),
        };
        Some([option.to_vec(), b"=".to_vec(), threshold])
    }
}

fn first_text(first: StreamId) -> Vec<u8> {
    IdText::new(first).as_bytes().to_vec()
}

/// The options of a trim as documentation shows them.
pub(super) const TRIM_ARGS: &[Arg] = &[
    Arg::one_of(
        "strategy",
        &[
            Arg::word("maxlen", "MAXLEN"),
            Arg::word("minid", "MINID").since("6.2.0"),
        ],
    ),
    Arg::one_of(
        "operator",
        &[Arg::word("equal", "="), Arg::word("approximately", "~")],
    )
    .optional(),
    Arg::string("threshold"),
    Arg::integer("count")
        .token("LIMIT")
        .optional()
        .since("6.2.0"),
];

pub(super) const XTRIM: Command =
    Command::new(Group::Stream, "xtrim", Arity::AtLeast(4), Keys(xtrim))
        .flags(Flags::WRITE)
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::DELETE))])
        .args(&[Arg::key("key"), Arg::block("trim", TRIM_ARGS)])
        .since("5.0.0")
        .history(&[("6.2.0", "Takes `LIMIT` and `MINID`.")])
        .tips(&["nondeterministic_output"])
        .cost("O(n), n = entries removed, in whole blocks quickly")
        .summary("Removes the oldest entries of a stream.");

fn xtrim(call: &mut Call) -> CommandResult {
    let mut options = TrimOptions::default();
    let mut index = 2;
    while index < call.args.len() {
        index = options
            .parse(&call.args, index)?
            .ok_or(CommandError::SYNTAX)?;
    }
    let trim = options.finish(true, call.limits.stream)?;
    let trim = trim.ok_or(NO_STRATEGY)?;
    let key = call.args.key(1);
    let trimmed = call.db.edit::<Stream, _>(&key, |stream| {
        (trim.run(&mut stream.log), trim.repeated(&stream.log))
    })?;
    let (removed, repeated) = trimmed.unwrap_or_default();
    if removed > 0 {
        if let Some([option, operator, threshold]) = &repeated {
            call.db
                .repeat(&[b"XTRIM", key.bytes, option, operator, threshold]);
        }
        call.db
            .changed(&key, EventClasses::STREAM, "xtrim", removed);
    }
    call.reply.integer(removed as i64);
    Ok(())
}
