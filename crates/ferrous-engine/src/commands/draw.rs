//! Elements drawn at random: what `HRANDFIELD` and `ZRANDMEMBER` are asked for, and draws with repeats.

use ferrous_resp::Encoder;

use crate::args::Args;
use crate::error::{CommandError, CommandResult};

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
        let count = args.signed(2)?;
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

    /// How many elements are drawn from `existing` ones, one at least.
    pub(super) fn len(self, existing: usize) -> usize {
        if self.repeats {
            self.count
        } else {
            self.count.min(existing)
        }
    }
}

/// Writes `count` draws, a number that only the client chose; gives up once the reply is longer than the client can be
/// owed.
pub(super) fn draw_repeatedly(
    reply: &mut Encoder<'_>,
    count: usize,
    bytes_max: usize,
    mut draw: impl FnMut(&mut Encoder<'_>),
) {
    for _ in 0..count {
        if reply.buffer().len() > bytes_max {
            break;
        }
        draw(reply);
    }
}
