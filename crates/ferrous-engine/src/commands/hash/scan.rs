//! Walks over the fields of a hash.

use ferrous_types::Hash;

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::commands::scan::{ElementScan, parse_cursor, reply};
use crate::error::CommandResult;

pub(super) const HSCAN: Command =
    Command::new(Group::Hash, "hscan", Arity::AtLeast(3), Keys(hscan))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[
            Arg::key("key"),
            Arg::integer("cursor"),
            Arg::pattern("pattern").token("MATCH").optional(),
            Arg::integer("count").token("COUNT").optional(),
            Arg::word("novalues", "NOVALUES").optional(),
        ])
        .since("2.8.0")
        .tips(&["nondeterministic_output"])
        .cost("O(1) per call, O(n) for a whole walk, n = fields of the hash")
        .summary("Walks over the fields of a hash, some at a time.");

fn hscan(call: &mut Call) -> CommandResult {
    let cursor = parse_cursor(call.args.get(2))?;
    let now_ms = call.db.now_ms();
    let Some(hash) = call.db.collection::<Hash>(&call.args.key(1))? else {
        reply(call, 0, &[]);
        return Ok(());
    };
    let options = ElementScan::parse(&call.args, Some("NOVALUES"))?;
    let mut found = Vec::new();
    let next = options.walk(cursor, |cursor| {
        let mut visited = 0;
        let next = hash.scan(cursor, now_ms, |field| {
            visited += 1;
            let name = field.name.to_bytes();
            if options.takes(&name) {
                found.push(name.into_owned());
                if !options.names_only {
                    found.push(field.value.to_bytes().into_owned());
                }
            }
        });
        (next, visited)
    });
    reply(call, next, &found);
    Ok(())
}
