//! Entries between two identifiers.

use ferrous_types::Stream;

use super::id::{self, reply_entries};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};

pub(super) const XLEN: Command = Command::new(Group::Stream, "xlen", Arity::Exactly(2), Keys(xlen))
    .flags(Flags::FAST.with(Flags::READONLY))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RO)])
    .args(&[Arg::key("key")])
    .since("5.0.0")
    .cost("O(1)")
    .summary("Returns the number of entries of a stream.");

fn xlen(call: &mut Call) -> CommandResult {
    let stream = call.db.collection::<Stream>(&call.args.key(1))?;
    call.reply
        .integer(stream.map_or(0, |stream| stream.log.len() as i64));
    Ok(())
}

pub(super) const XRANGE: Command =
    Command::new(Group::Stream, "xrange", Arity::AtLeast(4), Keys(xrange))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[
            Arg::key("key"),
            Arg::string("start"),
            Arg::string("end"),
            Arg::integer("count").token("COUNT").optional(),
        ])
        .since("5.0.0")
        .history(&[("6.2.0", "Ranges may be without their ends.")])
        .cost("O(n), n = entries returned")
        .summary("Returns the entries of a stream from one identifier to another.");

fn xrange(call: &mut Call) -> CommandResult {
    range(call, false)
}

pub(super) const XREVRANGE: Command = Command::new(
    Group::Stream,
    "xrevrange",
    Arity::AtLeast(4),
    Keys(xrevrange),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(1).reads()])
.args(&[
    Arg::key("key"),
    Arg::string("end"),
    Arg::string("start"),
    Arg::integer("count").token("COUNT").optional(),
])
.since("5.0.0")
.history(&[("6.2.0", "Ranges may be without their ends.")])
.cost("O(n), n = entries returned")
.summary("Returns the entries of a stream from one identifier back to another.");

fn xrevrange(call: &mut Call) -> CommandResult {
    range(call, true)
}

fn range(call: &mut Call, backwards: bool) -> CommandResult {
    let (start, end) = if backwards { (3, 2) } else { (2, 3) };
    let (start, end) = id::interval(&call.args, start, end)?;
    let count = count(call)?;
    let Some(stream) = call.db.collection::<Stream>(&call.args.key(1))? else {
        call.reply.array(0);
        return Ok(());
    };
    let entries = stream.log.range(start, end);
    match (count, backwards) {
        (Some(0), _) => call.reply.nil_array(),
        (_, false) => reply_entries(call.reply, entries, count),
        (_, true) => reply_entries(call.reply, entries.rev(), count),
    }
    Ok(())
}

/// The most entries to return, when that is given; a negative one counts as 0.
fn count(call: &Call) -> CommandResult<Option<usize>> {
    let mut count = None;
    for at in (4..call.args.len()).step_by(2) {
        if !call.args.is(at, "COUNT") || at + 1 >= call.args.len() {
            return Err(CommandError::SYNTAX);
        }
        count = Some(usize::try_from(call.args.int(at + 1)?).unwrap_or(0));
    }
    Ok(count)
}
