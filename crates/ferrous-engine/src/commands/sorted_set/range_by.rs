//! Ranges of members whose kind and direction the command's name says: what there was before `ZRANGE` took options.

use super::bounds::By;
use super::range::{LIMIT, Request};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::CommandResult;

const WITH_SCORES: Arg = Arg::word("withscores", "WITHSCORES").optional();

pub(super) const ZREVRANGE: Command = Command::new(
    Group::SortedSet,
    "zrevrange",
    Arity::AtLeast(4),
    Keys(zrevrange),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(1).reads()])
.args(&[
    Arg::key("key"),
    Arg::integer("start"),
    Arg::integer("stop"),
    WITH_SCORES,
])
.since("1.2.0")
.deprecated("6.2.0", "`ZRANGE` with the `REV` argument")
.cost("O(log(n) + m), n = members of the sorted set, m = members returned")
.summary("Returns the members in a range of ranks, which count from the highest score.");

fn zrevrange(call: &mut Call) -> CommandResult {
    reply_range(call, By::Rank, true)
}

pub(super) const ZRANGEBYSCORE: Command = Command::new(
    Group::SortedSet,
    "zrangebyscore",
    Arity::AtLeast(4),
    Keys(zrangebyscore),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(1).reads()])
.args(&[
    Arg::key("key"),
    Arg::double("min"),
    Arg::double("max"),
    WITH_SCORES.since("2.0.0"),
    LIMIT,
])
.since("1.0.5")
.history(&[("2.0.0", "Takes `WITHSCORES`.")])
.deprecated("6.2.0", "`ZRANGE` with the `BYSCORE` argument")
.cost("O(log(n) + m), n = members of the sorted set, m = members returned")
.summary("Returns the members with scores in a range.");

fn zrangebyscore(call: &mut Call) -> CommandResult {
    reply_range(call, By::Score, false)
}

pub(super) const ZREVRANGEBYSCORE: Command = Command::new(
    Group::SortedSet,
    "zrevrangebyscore",
    Arity::AtLeast(4),
    Keys(zrevrangebyscore),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(1).reads()])
.args(&[
    Arg::key("key"),
    Arg::double("max"),
    Arg::double("min"),
    WITH_SCORES,
    LIMIT,
])
.since("2.2.0")
.history(&[("2.1.6", "Either end can be excluded.")])
.deprecated("6.2.0", "`ZRANGE` with the `REV` and `BYSCORE` arguments")
.cost("O(log(n) + m), n = members of the sorted set, m = members returned")
.summary("Returns the members with scores in a range, the highest first.");

fn zrevrangebyscore(call: &mut Call) -> CommandResult {
    reply_range(call, By::Score, true)
}

pub(super) const ZRANGEBYLEX: Command = Command::new(
    Group::SortedSet,
    "zrangebylex",
    Arity::AtLeast(4),
    Keys(zrangebylex),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(1).reads()])
.args(&[
    Arg::key("key"),
    Arg::string("min"),
    Arg::string("max"),
    LIMIT,
])
.since("2.8.9")
.deprecated("6.2.0", "`ZRANGE` with the `BYLEX` argument")
.cost("O(log(n) + m), n = members of the sorted set, m = members returned")
.summary("Returns the members of a sorted set with one score that lie between two strings.");

fn zrangebylex(call: &mut Call) -> CommandResult {
    reply_range(call, By::Member, false)
}

pub(super) const ZREVRANGEBYLEX: Command = Command::new(
    Group::SortedSet,
    "zrevrangebylex",
    Arity::AtLeast(4),
    Keys(zrevrangebylex),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(1).reads()])
.args(&[
    Arg::key("key"),
    Arg::string("max"),
    Arg::string("min"),
    LIMIT,
])
.since("2.8.9")
.deprecated("6.2.0", "`ZRANGE` with the `REV` and `BYLEX` arguments")
.cost("O(log(n) + m), n = members of the sorted set, m = members returned")
.summary(
    "Returns the members of a sorted set with one score that lie between two strings, the last first.",
);

fn zrevrangebylex(call: &mut Call) -> CommandResult {
    reply_range(call, By::Member, true)
}

fn reply_range(call: &mut Call, by: By, reverse: bool) -> CommandResult {
    let request = Request::parse(&call.args, 2, Some(by), Some(reverse), true)?;
    request.reply(call)
}
