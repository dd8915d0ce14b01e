//! Fields drawn at random.

use ferrous_resp::Encoder;
use ferrous_types::Hash;
use ferrous_types::field_map::Field;
use ferrous_types::random::Rng;

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::commands::draw::{Draw, draw_repeatedly};
use crate::commands::pair::{reply_len, reply_pair};
use crate::error::CommandResult;

pub(super) const HRANDFIELD: Command = Command::new(
    Group::Hash,
    "hrandfield",
    Arity::AtLeast(2),
    Keys(hrandfield),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(1).reads()])
.args(&[
    Arg::key("key"),
    Arg::block(
        "options",
        &[
            Arg::integer("count"),
            Arg::word("withvalues", "WITHVALUES").optional(),
        ],
    )
    .optional(),
])
.since("6.2.0")
.tips(&["nondeterministic_output"])
.cost("O(n), n = fields returned")
.summary("Returns fields of a hash drawn at random.");

fn hrandfield(call: &mut Call) -> CommandResult {
    let draw = Draw::parse(&call.args, "WITHVALUES")?;
    let (now_ms, bytes_max) = (call.db.now_ms(), call.limits.reply_bytes_max);
    let mut rng = Rng::new(call.db.random().next_u64());
    let hash = call.db.collection::<Hash>(&call.args.key(1))?;
    let reply = &mut *call.reply;
    let Some(draw) = draw else {
        match hash.and_then(|hash| hash.random(&mut rng, now_ms)) {
            Some(field) => field.name.with_bytes(|name| reply.bulk(name)),
            None => reply.nil(),
        }
        return Ok(());
    };
    let live = hash.map_or(0, |hash| hash.live_len(now_ms));
    let (Some(hash), 1..) = (hash, live) else {
        reply.array(0);
        return Ok(());
    };
    reply_len(reply, draw.len(live), draw.pairs);
    if draw.repeats {
        draw_repeatedly(reply, draw.count, bytes_max, |reply| {
            if let Some(field) = hash.random(&mut rng, now_ms) {
                reply_field(reply, &field, draw.pairs);
            }
        });
    } else {
        hash.sample(draw.count, &mut rng, now_ms, |field| {
            reply_field(reply, &field, draw.pairs);
        });
    }
    Ok(())
}

fn reply_field(reply: &mut Encoder<'_>, field: &Field<'_>, with_value: bool) {
    reply_pair(reply, with_value);
    field.name.with_bytes(|name| reply.bulk(name));
    if with_value {
        field.value.with_bytes(|value| reply.bulk(value));
    }
}
