//! What a set holds.

use ferrous_resp::Encoder;
use ferrous_types::Set;

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::element::reply_element;
use crate::commands::scan::{ElementScan, parse_cursor, reply};
use crate::error::CommandResult;

pub(super) const SCARD: Command = Command::new(Group::Set, "scard", Arity::Exactly(2), Keys(scard))
    .flags(Flags::READONLY.with(Flags::FAST))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RO)])
    .args(&[Arg::key("key")])
    .since("1.0.0")
    .cost("O(1)")
    .summary("Returns the number of members of a set.");

fn scard(call: &mut Call) -> CommandResult {
    let set = call.db.collection::<Set>(&call.args.key(1))?;
    call.reply.integer(set.map_or(0, Set::len) as i64);
    Ok(())
}

pub(super) const SISMEMBER: Command =
    Command::new(Group::Set, "sismember", Arity::Exactly(3), Keys(sismember))
        .flags(Flags::READONLY.with(Flags::FAST))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RO)])
        .args(&[Arg::key("key"), Arg::string("member")])
        .since("1.0.0")
        .cost("O(1)")
        .summary("Tells whether a set has a member.");

fn sismember(call: &mut Call) -> CommandResult {
    let set = call.db.collection::<Set>(&call.args.key(1))?;
    let found = set.is_some_and(|set| set.contains(call.args.get(2)));
    call.reply.integer(i64::from(found));
    Ok(())
}

pub(super) const SMISMEMBER: Command = Command::new(
    Group::Set,
    "smismember",
    Arity::AtLeast(3),
    Keys(smismember),
)
.flags(Flags::READONLY.with(Flags::FAST))
.keys(&[KeySpec::at(1).reads()])
.args(&[Arg::key("key"), Arg::string("member").multiple()])
.since("6.2.0")
.cost("O(n), n = members asked about")
.summary("Tells of each of several members whether a set has it.");

fn smismember(call: &mut Call) -> CommandResult {
    let set = call.db.collection::<Set>(&call.args.key(1))?;
    let members = call.args.from(2);
    call.reply.array(members.len());
    for member in members {
        let found = set.is_some_and(|set| set.contains(member));
        call.reply.integer(i64::from(found));
    }
    Ok(())
}

pub(super) const SMEMBERS: Command =
    Command::new(Group::Set, "smembers", Arity::Exactly(2), Keys(smembers))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key")])
        .since("1.0.0")
        .tips(&["nondeterministic_output_order"])
        .cost("O(n), n = members of the set")
        .summary("Returns all members of a set.");

fn smembers(call: &mut Call) -> CommandResult {
    let lending = call.db.lending();
    match call.db.collection::<Set>(&call.args.key(1))? {
        Some(set) => {
            lending.announce(set.len());
            reply_members(call.reply, set);
        }
        None => call.reply.set(0),
    }
    Ok(())
}

/// Replies with all members as a set.
pub(super) fn reply_members(reply: &mut Encoder<'_>, set: &Set) {
    reply.set(set.len());
    for member in set {
        reply_element(reply, member);
    }
}

pub(super) const SSCAN: Command = Command::new(Group::Set, "sscan", Arity::AtLeast(3), Keys(sscan))
    .flags(Flags::READONLY)
    .keys(&[KeySpec::at(1).reads()])
    .args(&[
        Arg::key("key"),
        Arg::integer("cursor"),
        Arg::pattern("pattern").token("MATCH").optional(),
        Arg::integer("count").token("COUNT").optional(),
    ])
    .since("2.8.0")
    .tips(&["nondeterministic_output"])
    .cost("O(1) per call, O(n) for a whole walk, n = members of the set")
    .summary("Walks over the members of a set, some at a time.");

fn sscan(call: &mut Call) -> CommandResult {
    let cursor = parse_cursor(call.args.get(2))?;
    let Some(set) = call.db.collection::<Set>(&call.args.key(1))? else {
        reply(call, 0, &[]);
        return Ok(());
    };
    let options = ElementScan::parse(&call.args, None)?;
    let mut found = Vec::new();
    let next = options.walk(cursor, |cursor| {
        let mut visited = 0;
        let next = set.scan(cursor, |member| {
            visited += 1;
            let member = member.to_bytes();
            if options.takes(&member) {
                found.push(member.into_owned());
            }
        });
        (next, visited)
    });
    reply(call, next, &found);
    Ok(())
}
