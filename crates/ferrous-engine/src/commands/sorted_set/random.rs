//! Members drawn at random.

use ferrous_types::SortedSet;
use ferrous_types::random::Rng;

use super::{reply_entry, reply_len};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::commands::draw::{Draw, draw_repeatedly};
use crate::commands::element::reply_element;
use crate::error::CommandResult;

pub(super) const ZRANDMEMBER: Command = Command::new(
    Group::SortedSet,
    "zrandmember",
    Arity::AtLeast(2),
    Keys(zrandmember),
)
.flags(Flags::READONLY)
.keys(&[KeySpec::at(1).reads()])
.args(&[
    Arg::key("key"),
    Arg::block(
        "options",
        &[
            Arg::integer("count"),
            Arg::word("withscores", "WITHSCORES").optional(),
        ],
    )
    .optional(),
])
.since("6.2.0")
.tips(&["nondeterministic_output"])
.cost("O(n), n = members returned")
.summary("Returns members of a sorted set drawn at random.");

fn zrandmember(call: &mut Call) -> CommandResult {
    let draw = Draw::parse(&call.args, "WITHSCORES")?;
    let bytes_max = call.limits.reply_bytes_max;
    let mut rng = Rng::new(call.db.random().next_u64());
    let set = call.db.collection::<SortedSet>(&call.args.key(1))?;
    let reply = &mut *call.reply;
    let Some(draw) = draw else {
        match set.and_then(|set| set.random(&mut rng)) {
            Some(entry) => reply_element(reply, entry.member),
            None => reply.nil(),
        }
        return Ok(());
    };
    let Some(set) = set else {
        reply.array(0);
        return Ok(());
    };
    reply_len(reply, draw.len(set.len()), draw.pairs);
    if draw.repeats {
        draw_repeatedly(reply, draw.count, bytes_max, |reply| {
            if let Some(entry) = set.random(&mut rng) {
                reply_entry(reply, entry, draw.pairs);
            }
        });
    } else {
        set.sample(draw.count, &mut rng, |entry| {
            reply_entry(reply, entry, draw.pairs);
        });
    }
    Ok(())
}
