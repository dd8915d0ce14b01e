//! Reading whole hashes.

use ferrous_resp::Aggregate;
use ferrous_types::Hash;

use crate::call::{Call, Command, DataFn, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::CommandResult;

const KEYS: &[KeySpec] = &[KeySpec::at(1).reads()];

const ARGS: &[Arg] = &[Arg::key("key")];

/// What the rows of these commands have in common.
const fn row(name: &'static str, function: DataFn) -> Command {
    Command::new(Group::Hash, name, Arity::Exactly(2), Keys(function))
        .flags(Flags::READONLY)
        .keys(KEYS)
        .args(ARGS)
        .since("2.0.0")
        .tips(&["nondeterministic_output_order"])
        .cost("O(n), n = fields of the hash")
}

pub(super) const HGETALL: Command =
    row("hgetall", hgetall).summary("Returns all fields of a hash with their values.");

fn hgetall(call: &mut Call) -> CommandResult {
    reply_all(call, Aggregate::Map, true, true)
}

pub(super) const HKEYS: Command =
    row("hkeys", hkeys).summary("Returns the names of all fields of a hash.");

fn hkeys(call: &mut Call) -> CommandResult {
    reply_all(call, Aggregate::Array, true, false)
}

pub(super) const HVALS: Command =
    row("hvals", hvals).summary("Returns the values of all fields of a hash.");

fn hvals(call: &mut Call) -> CommandResult {
    reply_all(call, Aggregate::Array, false, true)
}

fn reply_all(call: &mut Call, kind: Aggregate, names: bool, values: bool) -> CommandResult {
    let (now_ms, lending) = (call.db.now_ms(), call.db.lending());
    let Some(hash) = call.db.collection::<Hash>(&call.args.key(1))? else {
        call.reply.aggregate(kind, 0);
        return Ok(());
    };
    lending.announce(hash.len());
    call.reply.aggregate(kind, hash.live_len(now_ms));
    for field in hash.iter(now_ms) {
        if names {
            field.name.with_bytes(|name| call.reply.bulk(name));
        }
        if values {
            field.value.with_bytes(|value| call.reply.bulk(value));
        }
    }
    Ok(())
}
