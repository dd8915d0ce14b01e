//! Counting the members in a range.

use ferrous_types::SortedSet;

use super::bounds::{By, Span};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::CommandResult;

pub(super) const ZCOUNT: Command =
    Command::new(Group::SortedSet, "zcount", Arity::Exactly(4), Keys(zcount))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key"), Arg::double("min"), Arg::double("max")])
        .since("2.0.0")
        .cost("O(log(n)), n = members of the sorted set")
        .summary("Returns how many members of a sorted set have scores in a range.");

fn zcount(call: &mut Call) -> CommandResult {
    reply_count(call, By::Score)
}

pub(super) const ZLEXCOUNT: Command = Command::new(
    Group::SortedSet,
    "zlexcount",
    Arity::Exactly(4),
    Keys(zlexcount),
)
.flags(Flags::FAST.with(Flags::READONLY))
.keys(&[KeySpec::at(1).reads()])
.args(&[Arg::key("key"), Arg::string("min"), Arg::string("max")])
.since("2.8.9")
.cost("O(log(n)), n = members of the sorted set")
.summary("Returns how many members of a sorted set with one score lie between two strings.");

fn zlexcount(call: &mut Call) -> CommandResult {
    reply_count(call, By::Member)
}

fn reply_count(call: &mut Call, by: By) -> CommandResult {
    let span = Span::parse(&call.args, by, 2, 3)?;
    let set = call.db.collection::<SortedSet>(&call.args.key(1))?;
    let count = set.map_or(0, |set| span.ranks(set, false).len());
    call.reply.integer(count as i64);
    Ok(())
}
