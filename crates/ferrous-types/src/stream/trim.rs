//! Removing entries from the front.

use super::block::Block;
use super::id::StreamId;
use super::log::Log;

/// How far to trim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrimTo {
    /// To the last so many entries: `MAXLEN`.
    MaxLen(u64),
    /// To the entries from this identifier on: `MINID`.
    MinId(StreamId),
}

/// What a trim may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// Removes exactly what is asked: `=`.
    Exact,
    /// Removes whole blocks only, and at most so many entries, 0 for any number: `~` and `LIMIT`.
    WholeBlocks {
        /// The most entries to remove.
        limit: u64,
    },
}

impl Log {
    /// Removes entries from the front; returns how many. O(removed blocks), plus one block when exact.
    pub fn trim(&mut self, to: TrimTo, effort: Effort) -> u64 {
        let before = self.len;
        while let Some(mut first) = self.blocks.first_entry() {
            let (live, _) = first.get().counts();
            let removed = before - self.len;
            match effort {
                _ if to.is_reached(self.len) => break,
                Effort::WholeBlocks { limit } if limit > 0 && removed + live > limit => break,
                _ if to.covers(first.get(), *first.key(), self.len - live) => {
                    first.remove();
                    self.len -= live;
                }
                Effort::WholeBlocks { .. } => break,
                Effort::Exact => {
                    let base = *first.key();
                    self.len -= trim_block(first.get_mut(), base, to, self.len);
                    break;
                }
            }
        }
        if self.len < before {
            self.find_first();
        }
        before - self.len
    }
}

impl TrimTo {
    /// True when a log of that many entries is short enough.
    fn is_reached(self, len: u64) -> bool {
        matches!(self, Self::MaxLen(max) if len <= max)
    }

    /// True when all of a block is to go, without which `len` entries are left.
    fn covers(self, block: &Block, base: StreamId, len: u64) -> bool {
        match self {
            Self::MaxLen(max) => len >= max,
            Self::MinId(min) => block.last_id(base) < min,
        }
    }
}

/// Marks the first entries of a block as deleted; returns how many.
fn trim_block(block: &mut Block, base: StreamId, to: TrimTo, len: u64) -> u64 {
    let mut removed = 0;
    let mut at = block.first_entry();
    while let Some(here) = at {
        let entry = block.entry(base, here);
        let stays = match to {
            TrimTo::MaxLen(max) => len - removed <= max,
            TrimTo::MinId(min) => entry.id >= min,
        };
        if stays {
            break;
        }
        if !entry.deleted {
            block.mark_deleted(here);
            removed += 1;
        }
        at = block.next_entry(here);
    }
    block.count_deleted(removed);
    removed
}
