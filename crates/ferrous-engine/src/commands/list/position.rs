//! Elements found by their value.

use std::ops::ControlFlow;

use ferrous_resp::Aggregate;
use ferrous_types::List;
use ferrous_types::list::End;

use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};

pub(super) const LPOS: Command = Command::new(Group::List, "lpos", Arity::AtLeast(3), Keys(lpos))
    .flags(Flags::READONLY)
    .keys(&[KeySpec::at(1).reads()])
    .args(&[
        Arg::key("key"),
        Arg::string("element"),
        Arg::integer("rank").token("RANK").optional(),
        Arg::integer("num-matches").token("COUNT").optional(),
        Arg::integer("len").token("MAXLEN").optional(),
    ])
    .since("6.0.6")
    .cost("O(n), n = elements compared")
    .summary("Returns the numbers of the elements of a list that equal a value.");

fn lpos(call: &mut Call) -> CommandResult {
    let search = Search::parse(&call.args)?;
    let key = call.args.key(1);
    let list = call.db.collection::<List>(&key)?;
    let element = call.args.get(2);
    let Some(matches_max) = search.count else {
        let first = list.and_then(|list| {
            let mut first = None;
            search.run(list, element, 1, |index| first = Some(index));
            first
        });
        match first {
            Some(index) => call.reply.integer(index as i64),
            None => call.reply.nil(),
        }
        return Ok(());
    };
    let array = call.reply.defer(Aggregate::Array, 1);
    let mut found = 0;
    if let Some(list) = list {
        search.run(list, element, matches_max, |index| {
            found += 1;
            call.reply.integer(index as i64);
        });
    }
    array.finish(call.reply, found);
    Ok(())
}

/// Which of the equal elements are wanted.
struct Search {
    from: End,
    /// Matches that are passed over.
    skipped: u64,
    /// Matches at most; nothing when just one is asked for.
    count: Option<usize>,
    compared_max: usize,
}

impl Search {
    fn parse(args: &Args<'_>) -> CommandResult<Self> {
        let mut search = Self {
            from: End::Head,
            skipped: 0,
            count: None,
            compared_max: usize::MAX,
        };
        for index in (3..args.len()).step_by(2) {
            let value = index + 1;
            if value == args.len() {
                return Err(CommandError::SYNTAX);
            }
            if args.is(index, "RANK") {
                search.set_rank(args.signed(value)?)?;
            } else if args.is(index, "COUNT") {
                let error = CommandError::fixed("ERR COUNT can't be negative");
                search.count = Some(unless_zero(args.count_or(value, 0, error)?));
            } else if args.is(index, "MAXLEN") {
                let error = CommandError::fixed("ERR MAXLEN can't be negative");
                search.compared_max = unless_zero(args.count_or(value, 0, error)?);
            } else {
                return Err(CommandError::SYNTAX);
            }
        }
        Ok(search)
    }

    fn set_rank(&mut self, rank: i64) -> CommandResult {
        self.from = match rank {
            0 => {
                return Err(CommandError::fixed(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second \
                     ... or use negative to start from the end of the list",
                ));
            }
            1.. => End::Head,
            _ => End::Tail,
        };
        self.skipped = rank.unsigned_abs() - 1;
        Ok(())
    }

    /// Calls `found` with the numbers of the elements equal to `element`, `matches_max` at most.
    fn run(&self, list: &List, element: &[u8], matches_max: usize, mut found: impl FnMut(usize)) {
        let (mut skipped, mut matches) = (0, 0);
        list.find(element, self.from, self.compared_max, |index| {
            if skipped < self.skipped {
                skipped += 1;
                return ControlFlow::Continue(());
            }
            matches += 1;
            found(index);
            if matches == matches_max {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
    }
}

/// Zero stands for "all".
fn unless_zero(count: usize) -> usize {
    if count == 0 { usize::MAX } else { count }
}
