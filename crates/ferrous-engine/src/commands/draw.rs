//! What `HRANDFIELD` and `ZRANDMEMBER` are asked for: how many elements, and whether in pairs.

use ferrous_resp::{Encoder, Protocol};

use crate::args::Args;
use crate::error::{CommandError, CommandResult};

const COUNT_RANGE: CommandError = CommandError::fixed(
    "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
);

/// A draw of several elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Draw {
    /// How many are wanted.
    pub(super) count: usize,
    /// An element may come more than once: the count was negative.
    pub(super) repeats: bool,
    /// Each comes with its value or score.
    pub(super) pairs: bool,
}

impl Draw {
    /// Reads the arguments `[count [word]]` behind the key; nothing when there is no count.
    pub(super) fn parse(args: &Args, word: &str) -> CommandResult<Option<Self>> {
        if args.len() == 2 {
            return Ok(None);
        }
        let count = args.int(2)?;
        if count == i64::MIN {
            return Err(COUNT_RANGE);
        }
        let pairs = args.len() == 4 && args.is(3, word);
        if args.len() > 3 && !pairs {
            return Err(CommandError::SYNTAX);
        }
        if pairs && count.unsigned_abs() > i64::MAX as u64 / 2 {
            return Err(CommandError::OUT_OF_RANGE);
        }
        Ok(Some(Self {
            count: count.unsigned_abs() as usize,
            repeats: count < 0,
            pairs,
        }))
    }

    /// Begins the reply when there are `existing` elements to draw from, one at least.
    pub(super) fn reply_header(self, reply: &mut Encoder<'_>, existing: usize) {
        let count = if self.repeats {
            self.count
        } else {
            self.count.min(existing)
        };
        let is_flat = self.pairs && reply.protocol() == Protocol::Resp2;
        reply.array(if is_flat { 2 * count } else { count });
    }

    /// Begins an element: in RESP3 a pair is an array of its own.
    pub(super) fn reply_pair_header(self, reply: &mut Encoder<'_>) {
        if self.pairs && reply.protocol() == Protocol::Resp3 {
            reply.array(2);
        }
    }
}
