//! Looking members up: their scores and ranks.

use ferrous_types::SortedSet;

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};

pub(super) const ZSCORE: Command =
    Command::new(Group::SortedSet, "zscore", Arity::Exactly(3), Keys(zscore))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key"), Arg::string("member")])
        .since("1.2.0")
        .cost("O(1)")
        .summary("Returns the score of a member of a sorted set.");

fn zscore(call: &mut Call) -> CommandResult {
    let seed = call.db.seed();
    let set = call.db.collection::<SortedSet>(&call.args.key(1))?;
    match set.and_then(|set| set.score(call.args.get(2), seed)) {
        Some(score) => call.reply.double(score),
        None => call.reply.nil(),
    }
    Ok(())
}

pub(super) const ZMSCORE: Command = Command::new(
    Group::SortedSet,
    "zmscore",
    Arity::AtLeast(3),
    Keys(zmscore),
)
.flags(Flags::FAST.with(Flags::READONLY))
.keys(&[KeySpec::at(1).reads()])
.args(&[Arg::key("key"), Arg::string("member").multiple()])
.since("6.2.0")
.cost("O(n), n = members asked for")
.summary("Returns the scores of several members of a sorted set.");

fn zmscore(call: &mut Call) -> CommandResult {
    let seed = call.db.seed();
    let members = call.args.from(2);
    let set = call.db.collection::<SortedSet>(&call.args.key(1))?;
    call.reply.array(members.len());
    for member in members {
        match set.and_then(|set| set.score(member, seed)) {
            Some(score) => call.reply.double(score),
            None => call.reply.nil(),
        }
    }
    Ok(())
}

pub(super) const ZCARD: Command =
    Command::new(Group::SortedSet, "zcard", Arity::Exactly(2), Keys(zcard))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RO)])
        .args(&[Arg::key("key")])
        .since("1.2.0")
        .cost("O(1)")
        .summary("Returns the number of members of a sorted set.");

fn zcard(call: &mut Call) -> CommandResult {
    let set = call.db.collection::<SortedSet>(&call.args.key(1))?;
    call.reply.integer(set.map_or(0, SortedSet::len) as i64);
    Ok(())
}

pub(super) const ZRANK: Command =
    Command::new(Group::SortedSet, "zrank", Arity::AtLeast(3), Keys(zrank))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::at(1).reads()])
        .args(&[
            Arg::key("key"),
            Arg::string("member"),
            Arg::word("withscore", "WITHSCORE").optional(),
        ])
        .since("2.0.0")
        .history(&[("7.2.0", "Takes `WITHSCORE`.")])
        .cost("O(log(n)), n = members of the sorted set")
        .summary("Returns how many members of a sorted set come before one.");

fn zrank(call: &mut Call) -> CommandResult {
    reply_rank(call, |rank, _| rank)
}

pub(super) const ZREVRANK: Command = Command::new(
    Group::SortedSet,
    "zrevrank",
    Arity::AtLeast(3),
    Keys(zrevrank),
)
.flags(Flags::FAST.with(Flags::READONLY))
.keys(&[KeySpec::at(1).reads()])
.args(&[
    Arg::key("key"),
    Arg::string("member"),
    Arg::word("withscore", "WITHSCORE").optional(),
])
.since("2.0.0")
.history(&[("7.2.0", "Takes `WITHSCORE`.")])
.cost("O(log(n)), n = members of the sorted set")
.summary("Returns how many members of a sorted set come after one.");

fn zrevrank(call: &mut Call) -> CommandResult {
    reply_rank(call, |rank, len| len - 1 - rank)
}

/// Replies with what `from_end` makes of a member's rank and the number of members.
fn reply_rank(call: &mut Call, from_end: impl FnOnce(usize, usize) -> usize) -> CommandResult {
    if call.args.len() > 4 {
        return Err(CommandError::arity(call.name));
    }
    let with_score = call.args.len() == 4;
    if with_score && !call.args.is(3, "WITHSCORE") {
        return Err(CommandError::SYNTAX);
    }
    let seed = call.db.seed();
    let set = call.db.collection::<SortedSet>(&call.args.key(1))?;
    let found = set.and_then(|set| {
        let (rank, score) = set.rank(call.args.get(2), seed)?;
        Some((from_end(rank, set.len()), score))
    });
    match found {
        Some((rank, score)) if with_score => {
            call.reply.array(2);
            call.reply.integer(rank as i64);
            call.reply.double(score);
        }
        Some((rank, _)) => call.reply.integer(rank as i64),
        None if with_score => call.reply.nil_array(),
        None => call.reply.nil(),
    }
    Ok(())
}
