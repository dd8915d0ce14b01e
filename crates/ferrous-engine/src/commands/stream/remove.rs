//! Entries deleted by name.

use ferrous_types::Stream;

use super::id;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::CommandResult;
use crate::keyspace::EventClasses;

pub(super) const XDEL: Command = Command::new(Group::Stream, "xdel", Arity::AtLeast(3), Keys(xdel))
    .flags(Flags::FAST.with(Flags::WRITE))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::DELETE))])
    .args(&[Arg::key("key"), Arg::string("id").multiple()])
    .since("5.0.0")
    .cost("O(n), n = identifiers given")
    .summary("Deletes entries of a stream; returns how many there were.");

fn xdel(call: &mut Call) -> CommandResult {
    let key = call.args.key(1);
    if call.db.peek_collection::<Stream>(&key)?.is_none() {
        call.reply.integer(0);
        return Ok(());
    }
    let ids = call.args.from(2).iter().map(|text| id::parse(text));
    let ids = ids.collect::<CommandResult<Vec<_>>>()?;
    let deleted = call.db.edit::<Stream, _>(&key, |stream| {
        ids.iter().filter(|&&id| stream.log.delete(id)).count()
    })?;
    let deleted = deleted.unwrap_or(0);
    if deleted > 0 {
        call.db
            .changed(&key, EventClasses::STREAM, "xdel", deleted as u64);
    }
    call.reply.integer(deleted as i64);
    Ok(())
}
