//! The entries of a stream, in the order of their identifiers.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::block::{Block, FieldList};
use super::check::{BlockError, survey_block};
use super::id::{NewId, StreamId};
use super::iter::{Entries, Entry};
use crate::listpack::{Listpack, Position};

/// When a block is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamLimits {
    /// `stream-node-max-bytes`; 0 for no limit.
    pub node_bytes: usize,
    /// `stream-node-max-entries`; 0 for no limit.
    pub node_entries: u64,
}

impl Default for StreamLimits {
    fn default() -> Self {
        Self {
            node_bytes: 4096,
            node_entries: 100,
        }
    }
}

/// Why an entry cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The identifier is not above the last one.
    #[error("The ID specified in XADD is equal or smaller than the target stream top item")]
    NotAbove,
    /// There is no identifier above the last one.
    #[error("The stream has exhausted the last possible ID, unable to add more items")]
    Exhausted,
    /// Fields and values exceed 1 GiB.
    #[error("Elements are too large to be stored")]
    TooLarge,
}

/// Why blocks are not the entries of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// A block is malformed.
    #[error("block {0} of a stream: {1}")]
    Block(StreamId, BlockError),
    /// A block begins before the one before it ends.
    #[error("block {0} of a stream is not behind the one before it")]
    Order(StreamId),
    /// The counters do not fit the blocks.
    #[error("the counters of a stream do not fit its entries")]
    Counters,
}

/// What is known about a stream beside its entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// The highest identifier ever given.
    pub last_id: StreamId,
    /// The highest identifier ever deleted by name.
    pub max_deleted_id: StreamId,
    /// How many entries were ever added.
    pub entries_added: u64,
}

/// The entries of a stream. See the module's description.
#[derive(Clone, Default)]
pub struct Log {
    pub(super) blocks: BTreeMap<StreamId, Block>,
    pub(super) len: u64,
    pub(super) first_id: StreamId,
    pub(super) counters: Counters,
}

impl Log {
    /// No entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of entries.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// True when there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The first entry's identifier, or 0-0 when there is no entry.
    pub fn first_id(&self) -> StreamId {
        self.first_id
    }

    /// What is known beside the entries.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Sets what is known beside the entries, as `XSETID` does. The last identifier must not be below
    /// that of the last entry.
    pub fn set_counters(&mut self, counters: Counters) {
        self.counters = counters;
    }

    /// The blocks, each with the identifier that its entries are relative to, for the RDB codec.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = (StreamId, &Listpack)> {
        self.blocks
            .iter()
            .map(|(&base, block)| (base, block.listpack()))
    }

    /// As [`Log::blocks`], from one of them on. O(log n), then O(1) each.
    pub fn blocks_from(
        &self,
        from: Bound<StreamId>,
    ) -> impl Iterator<Item = (StreamId, &Listpack)> {
        self.blocks
            .range((from, Bound::Unbounded))
            .map(|(&base, block)| (base, block.listpack()))
    }

    /// The memory behind the handle, in bytes. O(blocks).
    pub fn heap_bytes(&self) -> usize {
        let blocks = self
            .blocks
            .values()
            .map(|block| block.listpack().heap_bytes());
        blocks.sum::<usize>() + self.blocks.len() * size_of::<(StreamId, Block)>()
    }

    /// The identifier that a new entry gets.
    ///
    /// # Errors
    /// When it would not be above the last one.
    pub fn next_id(&self, new: NewId, now_ms: u64) -> Result<StreamId, AppendError> {
        let last = self.counters.last_id;
        let following = last.next().ok_or(AppendError::Exhausted)?;
        let id = match new {
            NewId::Exact(id) => id,
            NewId::InMs(ms) if ms == last.ms => following,
            NewId::InMs(ms) => StreamId { ms, seq: 0 },
            NewId::Auto if now_ms > last.ms => StreamId { ms: now_ms, seq: 0 },
            NewId::Auto => following,
        };
        let stays_in_ms = !matches!(new, NewId::InMs(ms) if ms != id.ms);
        if id > last && stays_in_ms {
            Ok(id)
        } else {
            Err(AppendError::NotAbove)
        }
    }

    /// Adds an entry with this identifier and these fields with their values. O(its length).
    ///
    /// # Errors
    /// When the identifier is not above the last one, or the entry is too large; nothing changed then.
    pub fn append<'f, F>(
        &mut self,
        id: StreamId,
        fields: F,
        limits: StreamLimits,
    ) -> Result<(), AppendError>
    where
        F: IntoIterator<Item = (&'f [u8], &'f [u8]), IntoIter: Clone>,
    {
        let fields = fields.into_iter();
        if id <= self.counters.last_id {
            return Err(AppendError::NotAbove);
        }
        let bytes = fields.clone().fold(0_usize, |bytes, (name, value)| {
            bytes.saturating_add(name.len()).saturating_add(value.len())
        });
        // Each element has at most ten bytes around it.
        let elements = 2 * fields.clone().count() + 8;
        if bytes.saturating_add(10 * elements) > Listpack::BYTES_MAX / 2 {
            return Err(AppendError::TooLarge);
        }
        self.push(id, fields, bytes, limits);
        self.len += 1;
        self.counters.entries_added += 1;
        self.counters.last_id = id;
        if self.len == 1 {
            self.first_id = id;
        }
        Ok(())
    }

    fn push<'f>(
        &mut self,
        id: StreamId,
        fields: impl FieldList<'f>,
        bytes: usize,
        limits: StreamLimits,
    ) {
        if let Some(mut last) = self.blocks.last_entry()
            && limits.admit(last.get(), bytes)
        {
            let delta = id.delta_from(*last.key());
            last.get_mut().append(delta, fields);
            return;
        }
        let mut block = Block::new(fields.clone());
        block.append((0, 0), fields);
        self.blocks.insert(id, block);
    }

    /// The entries whose identifiers lie in `start..=end`, from both ends. O(log n) plus a block, then
    /// O(1) each.
    pub fn range(&self, start: StreamId, end: StreamId) -> Entries<'_> {
        Entries::new(&self.blocks, start, end)
    }

    /// All entries, from both ends.
    pub fn iter(&self) -> Entries<'_> {
        self.range(StreamId::MIN, StreamId::MAX)
    }

    /// The entry with this identifier.
    pub fn get(&self, id: StreamId) -> Option<Entry<'_>> {
        self.range(id, id).next()
    }

    /// Deletes the entry with this identifier; true when there was one. O(log n) plus a block.
    pub fn delete(&mut self, id: StreamId) -> bool {
        let Some((&base, block)) = self.blocks.range_mut(..=id).next_back() else {
            return false;
        };
        let Some(at) = find(block, base, id) else {
            return false;
        };
        if block.counts().0 == 1 {
            self.blocks.remove(&base);
        } else {
            block.mark_deleted(at);
            block.count_deleted(1);
        }
        self.len -= 1;
        self.counters.max_deleted_id = self.counters.max_deleted_id.max(id);
        if id == self.first_id {
            self.find_first();
        }
        true
    }

    /// Looks up the first entry anew.
    pub(super) fn find_first(&mut self) {
        let first = self.iter().next().map(|entry| entry.id);
        self.first_id = first.unwrap_or_default();
    }

    /// How many entries were ever added up to `id`, as far as that can be told without counting.
    pub(super) fn added_up_to(&self, id: StreamId) -> Option<u64> {
        let Counters {
            last_id,
            max_deleted_id,
            entries_added,
        } = self.counters;
        if entries_added == 0 || self.len == 0 && id <= last_id || id == last_id {
            return Some(entries_added);
        }
        let gap_behind = id > StreamId::MIN && id < max_deleted_id;
        let gaps = max_deleted_id > StreamId::MIN && max_deleted_id >= self.first_id;
        if gap_behind || gaps || id > self.first_id {
            return None;
        }
        let before_first = entries_added.saturating_sub(self.len);
        Some(before_first + u64::from(id == self.first_id))
    }

    /// True when an entry from `start` on may have been deleted by name.
    pub(super) fn has_gap_from(&self, start: StreamId) -> bool {
        let deleted = self.counters.max_deleted_id;
        self.len > 0 && deleted > StreamId::MIN && start <= deleted
    }
}

impl<'a> IntoIterator for &'a Log {
    type Item = Entry<'a>;
    type IntoIter = Entries<'a>;

    fn into_iter(self) -> Entries<'a> {
        self.iter()
    }
}

impl StreamLimits {
    /// True when a block takes one more entry with fields and values of that many bytes.
    fn admit(self, block: &Block, bytes: usize) -> bool {
        const BYTES_MAX: usize = Listpack::BYTES_MAX / 2;
        let bytes_max = match self.node_bytes {
            0 => BYTES_MAX,
            bytes => bytes.min(BYTES_MAX),
        };
        let entries = || {
            let (live, deleted) = block.counts();
            live + deleted
        };
        block.listpack().byte_len().saturating_add(bytes) < bytes_max
            && (self.node_entries == 0 || entries() < self.node_entries)
    }
}

/// Where the live entry with this identifier is.
fn find(block: &Block, base: StreamId, id: StreamId) -> Option<Position> {
    let mut at = block.first_entry();
    while let Some(here) = at {
        let entry = block.entry(base, here);
        if entry.id >= id {
            return (entry.id == id && !entry.deleted).then_some(here);
        }
        at = block.next_entry(here);
    }
    None
}

/// Builds a log from blocks that come from outside, in order.
#[derive(Default)]
pub struct LogBuilder {
    log: Log,
    last: Option<StreamId>,
}

impl LogBuilder {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a block after a check of all its entries. O(elements).
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn push(&mut self, base: StreamId, list: Listpack) -> Result<(), StreamError> {
        if self.last.is_some_and(|last| base <= last) {
            return Err(StreamError::Order(base));
        }
        let survey = survey_block(base, &list).map_err(|error| StreamError::Block(base, error))?;
        if self.log.len == 0 {
            self.log.first_id = survey.first_live.unwrap_or_default();
        }
        self.log.len += survey.live;
        self.last = Some(survey.last);
        self.log.blocks.insert(base, Block::from_checked(list));
        Ok(())
    }

    /// The log, after a check that what else is known about it fits.
    ///
    /// # Errors
    /// When the blocks hold another number of live entries than `len`, or an identifier above the last.
    pub fn finish(mut self, len: u64, counters: Counters) -> Result<Log, StreamError> {
        if self.log.len != len || self.last.is_some_and(|last| last > counters.last_id) {
            return Err(StreamError::Counters);
        }
        self.log.counters = counters;
        Ok(self.log)
    }
}
