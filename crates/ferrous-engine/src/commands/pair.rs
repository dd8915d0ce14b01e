//! Arrays of names with a second word each, a value or a score, or without: in RESP3 each pair is an array of its own,
//! in RESP2 all stand in one array.

use ferrous_resp::{Encoder, Protocol};

/// Begins an array of `len` names, or of as many pairs.
pub(super) fn reply_len(reply: &mut Encoder<'_>, len: usize, pairs: bool) {
    let is_flat = pairs && reply.protocol() == Protocol::Resp2;
    reply.array(if is_flat { 2 * len } else { len });
}

/// Begins one element of such an array.
pub(super) fn reply_pair(reply: &mut Encoder<'_>, pairs: bool) {
    if pairs && reply.protocol() == Protocol::Resp3 {
        reply.array(2);
    }
}
