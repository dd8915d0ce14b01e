//! Ranges of members, read or stored: `ZRANGE` in all its forms.

use std::ops::Range;

use ferrous_types::SortedSet;
use ferrous_types::sorted_set::AddRules;

use super::bounds::{By, Span};
use super::store::store;
use super::{reply_entry, reply_len};
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};

const LIMIT_BY_RANK: CommandError = CommandError::fixed(
    "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
);
const SCORES_BY_MEMBER: CommandError =
    CommandError::fixed("ERR syntax error, WITHSCORES not supported in combination with BYLEX");

const SORT_BY: Arg = Arg::one_of(
    "sortby",
    &[Arg::word("byscore", "BYSCORE"), Arg::word("bylex", "BYLEX")],
)
.optional();

/// The syntax of the part of a range.
pub(super) const LIMIT: Arg = Arg::block("limit", &[Arg::integer("offset"), Arg::integer("count")])
    .token("LIMIT")
    .optional();

pub(super) const ZRANGE: Command =
    Command::new(Group::SortedSet, "zrange", Arity::AtLeast(4), Keys(zrange))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[
            Arg::key("key"),
            Arg::string("start"),
            Arg::string("stop"),
            SORT_BY.since("6.2.0"),
            Arg::word("rev", "REV").optional().since("6.2.0"),
            LIMIT.since("6.2.0"),
            Arg::word("withscores", "WITHSCORES").optional(),
        ])
        .since("1.2.0")
        .history(&[("6.2.0", "Takes `BYLEX`, `BYSCORE`, `LIMIT` and `REV`.")])
        .cost("O(log(n) + m), n = members of the sorted set, m = members returned")
        .summary("Returns the members in a range of ranks, scores or strings.");

fn zrange(call: &mut Call) -> CommandResult {
    let request = Request::parse(&call.args, 2, None, None, true)?;
    request.reply(call)
}

pub(super) const ZRANGESTORE: Command = Command::new(
    Group::SortedSet,
    "zrangestore",
    Arity::AtLeast(5),
    Keys(zrangestore),
)
.flags(Flags::DENYOOM.with(Flags::WRITE))
.keys(&[KeySpec::at(1).overwrites(), KeySpec::at(2).reads()])
.args(&[
    Arg::key("dst"),
    Arg::key_of("src", 1),
    Arg::string("min"),
    Arg::string("max"),
    SORT_BY,
    Arg::word("rev", "REV").optional(),
    LIMIT,
])
.since("6.2.0")
.cost("O(log(n) + m), n = members of the sorted set, m = members stored")
.summary("Stores the members in a range of ranks, scores or strings.");

fn zrangestore(call: &mut Call) -> CommandResult {
    let request = Request::parse(&call.args, 3, None, None, false)?;
    let (limits, seed, lending) = (call.limits.sorted_set, call.db.seed(), call.db.lending());
    let set = call.db.collection::<SortedSet>(&call.args.key(2))?;
    let mut part = SortedSet::new();
    if let Some(set) = set {
        let ranks = request.ranks(set);
        lending.announce(ranks.len());
        for entry in set.range(ranks) {
            entry.member.with_bytes(|member| {
                part.add(member, entry.score, AddRules::default(), limits, seed)
                    .expect("a stored score is a number");
            });
        }
    }
    let destination = call.args.key(1);
    store(call, &destination, part, "zrangestore");
    Ok(())
}

/// A range, and how it is wanted.
pub(super) struct Request<'a> {
    span: Span<'a>,
    reverse: bool,
    offset: i64,
    /// As many at most; all when it is negative.
    count: i64,
    with_scores: bool,
}

impl<'a> Request<'a> {
    /// Reads the ends from argument `start` on, and the options behind them. What the command's name says, `by` and
    /// `reverse`, is no option.
    pub(super) fn parse(
        args: &Args<'a>,
        start: usize,
        mut by: Option<By>,
        mut reverse: Option<bool>,
        may_have_scores: bool,
    ) -> CommandResult<Self> {
        let (mut offset, mut count, mut with_scores) = (0, -1, false);
        let mut index = start + 2;
        while index < args.len() {
            if may_have_scores && args.is(index, "WITHSCORES") {
                with_scores = true;
            } else if args.is(index, "LIMIT") && index + 2 < args.len() {
                (offset, count) = (args.int(index + 1)?, args.int(index + 2)?);
                index += 2;
            } else if reverse.is_none() && args.is(index, "REV") {
                reverse = Some(true);
            } else if by.is_none() && args.is(index, "BYSCORE") {
                by = Some(By::Score);
            } else if by.is_none() && args.is(index, "BYLEX") {
                by = Some(By::Member);
            } else {
                return Err(CommandError::SYNTAX);
            }
            index += 1;
        }
        let (by, reverse) = (by.unwrap_or(By::Rank), reverse.unwrap_or(false));
        if count != -1 && by == By::Rank {
            return Err(LIMIT_BY_RANK);
        }
        if with_scores && by == By::Member {
            return Err(SCORES_BY_MEMBER);
        }
        if by == By::Rank {
            offset = 0;
        }
        // The end that comes first is the upper one, except among ranks, which count from there.
        let (min, max) = if reverse && by != By::Rank {
            (start + 1, start)
        } else {
            (start, start + 1)
        };
        Ok(Self {
            span: Span::parse(args, by, min, max)?,
            reverse,
            offset,
            count,
            with_scores,
        })
    }

    /// The ranks that it comes to.
    fn ranks(&self, set: &SortedSet) -> Range<usize> {
        let ranks = self.span.ranks(set, self.reverse);
        let Ok(offset) = usize::try_from(self.offset) else {
            return 0..0;
        };
        let skipped = offset.min(ranks.len());
        let left = ranks.len() - skipped;
        let taken = usize::try_from(self.count).map_or(left, |count| count.min(left));
        if self.reverse {
            let end = ranks.end - skipped;
            end - taken..end
        } else {
            let start = ranks.start + skipped;
            start..start + taken
        }
    }

    /// Replies with the members.
    pub(super) fn reply(&self, call: &mut Call) -> CommandResult {
        let lending = call.db.lending();
        let set = call.db.collection::<SortedSet>(&call.args.key(1))?;
        let Some(set) = set else {
            call.reply.array(0);
            return Ok(());
        };
        let members = set.range(self.ranks(set));
        lending.announce(members.len());
        reply_len(call.reply, members.len(), self.with_scores);
        let write = |entry| reply_entry(call.reply, entry, self.with_scores);
        if self.reverse {
            members.rev().for_each(write);
        } else {
            members.for_each(write);
        }
        Ok(())
    }
}
