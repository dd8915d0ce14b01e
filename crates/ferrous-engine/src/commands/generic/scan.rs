//! Walks over the keys of a database.
//!
//! A cursor is the number of a partition and a point in its table's hash space: nothing is kept between the calls, and
//! a key that is there throughout a walk is met exactly once.

use ferrous_types::glob::Glob;

use super::object::type_name;
use crate::args::Args;
use crate::call::{
    Call, Command,
    DataHandler::{InTurn, Steps},
};
use crate::command::{Arg, Arity, Categories, Flags, Group};
use crate::commands::scan::{COUNT_DEFAULT, parse_count, parse_cursor, pattern, reply};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{Db, EntryRef, KeyTable};

/// What a cursor counts within one partition.
const CURSOR_END: u64 = KeyTable::CURSOR_END;

/// Keys that `KEYS` looks at before it lets others have their turn.
const KEYS_STEP: usize = 1000;

/// Visits about `count` live keys from `cursor` on and returns the cursor to go on from, 0 at the end.
fn walk(
    db: &mut Db<'_, '_>,
    cursor: u64,
    count: usize,
    mut visit: impl FnMut(EntryRef<'_>),
) -> u64 {
    let partitions = db.partitions() as u64;
    let now_ms = db.now_ms();
    let (mut partition, mut at) = (cursor / CURSOR_END, cursor % CURSOR_END);
    let mut seen = 0;
    while partition < partitions {
        at = db.visit(partition as u16, |share, _| {
            loop {
                at = share.keys().scan(at, |entry| {
                    seen += 1;
                    if entry
                        .expire_at_ms()
                        .is_none_or(|deadline| deadline > now_ms)
                    {
                        visit(entry);
                    }
                });
                if at == 0 || seen >= count {
                    return at;
                }
            }
        });
        partition += u64::from(at == 0);
        if seen >= count {
            break;
        }
    }
    if partition < partitions {
        partition * CURSOR_END + at
    } else {
        0
    }
}

pub(super) const KEYS: Command =
    Command::new(Group::Generic, "keys", Arity::Exactly(2), Steps(keys))
        .flags(Flags::READONLY)
        .categories(Categories::DANGEROUS)
        .args(&[Arg::pattern("pattern")])
        .since("1.0.0")
        .tips(&["request_policy:all_shards", "nondeterministic_output_order"])
        .cost("O(n), n = keys in the database")
        .summary("Returns every key that matches a pattern.");

fn keys(call: &mut Call, cursor: &mut u64) -> CommandResult<usize> {
    let pattern = pattern(call.args.get(1));
    let mut found = 0;
    *cursor = walk(call.db, *cursor, KEYS_STEP, |entry| {
        if pattern
            .as_ref()
            .is_none_or(|pattern| pattern.matches(entry.key()))
        {
            call.reply.bulk(entry.key());
            found += 1;
        }
    });
    Ok(found)
}

pub(super) const SCAN: Command =
    Command::new(Group::Generic, "scan", Arity::AtLeast(2), InTurn(scan))
        .flags(Flags::READONLY)
        .args(&[
            Arg::integer("cursor"),
            Arg::pattern("pattern").token("MATCH").optional(),
            Arg::integer("count").token("COUNT").optional(),
            Arg::string("type").token("TYPE").optional().since("6.0.0"),
        ])
        .since("2.8.0")
        .history(&[("6.0.0", "Takes `TYPE`.")])
        .tips(&[
            "nondeterministic_output",
            "request_policy:special",
            "response_policy:special",
        ])
        .cost("O(1) per call, O(n) for a whole walk, n = keys in the database")
        .summary("Walks over the keys of the selected database, some at a time.");

fn scan(call: &mut Call) -> CommandResult {
    let cursor = parse_cursor(call.args.get(1))?;
    let options = ScanOptions::parse(&call.args, 2)?;
    let mut found = Vec::new();
    let next = walk(call.db, cursor, options.count, |entry| {
        if options.takes(entry) {
            found.push(entry.key().to_vec());
        }
    });
    reply(call, next, &found);
    Ok(())
}

/// The options of `SCAN`.
struct ScanOptions<'a> {
    pattern: Option<Glob<'a>>,
    count: usize,
    type_name: Option<&'a [u8]>,
}

impl<'a> ScanOptions<'a> {
    fn parse(args: &Args<'a>, first: usize) -> CommandResult<Self> {
        let mut options = Self {
            pattern: None,
            count: COUNT_DEFAULT,
            type_name: None,
        };
        for index in (first..args.len()).step_by(2) {
            let value = args.try_get(index + 1).ok_or(CommandError::SYNTAX)?;
            if args.is(index, "MATCH") {
                options.pattern = pattern(value);
            } else if args.is(index, "COUNT") {
                options.count = parse_count(args, index + 1)?;
            } else if args.is(index, "TYPE") {
                options.type_name = Some(value);
            } else {
                return Err(CommandError::SYNTAX);
            }
        }
        Ok(options)
    }

    fn takes(&self, entry: EntryRef<'_>) -> bool {
        self.pattern
            .as_ref()
            .is_none_or(|pattern| pattern.matches(entry.key()))
            && self
                .type_name
                .is_none_or(|name| type_name(entry).as_bytes().eq_ignore_ascii_case(name))
    }
}
