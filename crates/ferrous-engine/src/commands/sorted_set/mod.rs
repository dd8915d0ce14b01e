//! Sorted sets: `ZADD`, `ZRANGE` and their kin.

mod add;
mod algebra;
mod blocking;
mod bounds;
mod combine;
mod count;
mod pop;
mod random;
mod range;
mod range_by;
mod remove;
mod scan;
mod score;
mod store;

use ferrous_resp::Encoder;
use ferrous_types::sorted_set::Entry;

use super::element::reply_element;
use super::pair::{self, reply_len};
use crate::call::Command;

pub(super) use add::add_all;
pub(super) use store::store;

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[
    blocking::BZMPOP,
    blocking::BZPOPMAX,
    blocking::BZPOPMIN,
    add::ZADD,
    score::ZCARD,
    count::ZCOUNT,
    combine::ZDIFF,
    store::ZDIFFSTORE,
    add::ZINCRBY,
    combine::ZINTER,
    combine::ZINTERCARD,
    store::ZINTERSTORE,
    count::ZLEXCOUNT,
    pop::ZMPOP,
    score::ZMSCORE,
    pop::ZPOPMAX,
    pop::ZPOPMIN,
    random::ZRANDMEMBER,
    range::ZRANGE,
    range_by::ZRANGEBYLEX,
    range_by::ZRANGEBYSCORE,
    range::ZRANGESTORE,
    score::ZRANK,
    remove::ZREM,
    remove::ZREMRANGEBYLEX,
    remove::ZREMRANGEBYRANK,
    remove::ZREMRANGEBYSCORE,
    range_by::ZREVRANGE,
    range_by::ZREVRANGEBYLEX,
    range_by::ZREVRANGEBYSCORE,
    score::ZREVRANK,
    scan::ZSCAN,
    score::ZSCORE,
    combine::ZUNION,
    store::ZUNIONSTORE,
];

/// Writes one element of an array of members or of pairs.
fn reply_entry(reply: &mut Encoder<'_>, entry: Entry<'_>, with_scores: bool) {
    if with_scores {
        pair::reply_pair(reply, true);
        reply_scored(reply, entry);
    } else {
        reply_element(reply, entry.member);
    }
}

/// Writes a member and its score.
fn reply_scored(reply: &mut Encoder<'_>, entry: Entry<'_>) {
    reply_element(reply, entry.member);
    reply.double(entry.score);
}
