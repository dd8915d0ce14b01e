//! Reading a range of entries, from both ends.

use std::collections::{BTreeMap, btree_map};

use super::block::{Block, Fields};
use super::id::StreamId;
use crate::listpack::Position;

/// An entry of a stream.
#[derive(Clone)]
pub struct Entry<'a> {
    /// Its identifier.
    pub id: StreamId,
    /// Its fields with their values, in order.
    pub fields: Fields<'a>,
}

/// Entries in order, from both ends.
///
/// Either end has its own place; that they meet is told by the identifiers.
#[derive(Clone)]
pub struct Entries<'a> {
    /// What is still to be given, both included; `None` when all is given.
    bounds: Option<(StreamId, StreamId)>,
    front: Walk<'a>,
    back: Walk<'a>,
}

/// A place in the blocks: an entry still to be looked at, and the blocks not yet begun.
#[derive(Clone)]
struct Walk<'a> {
    blocks: btree_map::Range<'a, StreamId, Block>,
    here: Option<(StreamId, &'a Block, Position)>,
}

impl<'a> Entries<'a> {
    pub(super) fn new(
        blocks: &'a BTreeMap<StreamId, Block>,
        start: StreamId,
        end: StreamId,
    ) -> Self {
        // The start may lie in a block that begins before it.
        let base = blocks
            .range(..=start)
            .next_back()
            .map_or(start, |(&base, _)| base);
        let walk = |blocks| Walk { blocks, here: None };
        Self {
            bounds: (start <= end).then_some((start, end)),
            front: walk(blocks.range(base..)),
            back: walk(blocks.range(..=end)),
        }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let (start, end) = self.bounds?;
        while let Some((base, block, at)) = self.front.here.or_else(|| self.front.next_block()) {
            let next = block.next_entry(at);
            self.front.here = next.map(|at| (base, block, at));
            let found = block.entry(base, at);
            if found.id > end {
                break;
            }
            if found.id >= start && !found.deleted {
                self.bounds = found
                    .id
                    .next()
                    .filter(|next| *next <= end)
                    .map(|next| (next, end));
                let (id, fields) = (found.id, found.fields);
                return Some(Entry { id, fields });
            }
        }
        self.bounds = None;
        None
    }
}

impl DoubleEndedIterator for Entries<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        let (start, end) = self.bounds?;
        while let Some((base, block, at)) = self.back.here.or_else(|| self.back.previous_block()) {
            let previous = block.previous_entry(at);
            self.back.here = previous.map(|at| (base, block, at));
            let found = block.entry(base, at);
            if found.id < start {
                break;
            }
            if found.id <= end && !found.deleted {
                let previous = found.id.previous().filter(|previous| *previous >= start);
                self.bounds = previous.map(|previous| (start, previous));
                let (id, fields) = (found.id, found.fields);
                return Some(Entry { id, fields });
            }
        }
        self.bounds = None;
        None
    }
}

impl<'a> Walk<'a> {
    fn next_block(&mut self) -> Option<(StreamId, &'a Block, Position)> {
        let (&base, block) = self.blocks.next()?;
        Some((base, block, block.first_entry()?))
    }

    fn previous_block(&mut self) -> Option<(StreamId, &'a Block, Position)> {
        let (&base, block) = self.blocks.next_back()?;
        Some((base, block, block.last_entry()?))
    }
}
