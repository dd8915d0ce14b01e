//! Walks over the members of a sorted set.

use ferrous_resp::DoubleText;
use ferrous_types::SortedSet;

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::commands::scan::{ElementScan, parse_cursor, reply};
use crate::error::CommandResult;

pub(super) const ZSCAN: Command =
    Command::new(Group::SortedSet, "zscan", Arity::AtLeast(3), Keys(zscan))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[
            Arg::key("key"),
            Arg::integer("cursor"),
            Arg::pattern("pattern").token("MATCH").optional(),
            Arg::integer("count").token("COUNT").optional(),
            Arg::word("noscores", "NOSCORES").optional(),
        ])
        .since("2.8.0")
        .history(&[("8.0.0", "Takes `NOSCORES`.")])
        .tips(&["nondeterministic_output"])
        .cost("O(1) per call, O(n) for a whole walk, n = members of the sorted set")
        .summary("Walks over the members of a sorted set, some at a time.");

fn zscan(call: &mut Call) -> CommandResult {
    let cursor = parse_cursor(call.args.get(2))?;
    let Some(set) = call.db.collection::<SortedSet>(&call.args.key(1))? else {
        reply(call, 0, &[]);
        return Ok(());
    };
    let options = ElementScan::parse(&call.args, Some("NOSCORES"))?;
    let mut found = Vec::new();
    let next = options.walk(cursor, |cursor| {
        let mut visited = 0;
        let next = set.scan(cursor, |entry| {
            visited += 1;
            let member = entry.member.to_bytes();
            if options.takes(&member) {
                found.push(member.into_owned());
                if !options.names_only {
                    found.push(DoubleText::new(entry.score).to_vec());
                }
            }
        });
        (next, visited)
    });
    reply(call, next, &found);
    Ok(())
}
