//! Streams: an ever growing log of entries, and groups of consumers that share the reading.
//!
//! Entries are kept in blocks of about a hundred, each a listpack that holds field names once and
//! identifiers as differences, byte-compatible with Redis and its RDB files; the blocks are ordered by
//! identifier. An entry of one short field costs about as much as its value.

mod block;
mod check;
mod group;
mod id;
mod iter;
mod log;
mod trim;

use std::collections::BTreeMap;

pub use self::block::Fields;
pub use self::check::{BlockError, BlockSurvey, survey_block};
pub use self::group::{Consumer, ConsumerKey, Group, Pending};
pub use self::id::{NewId, StreamId};
pub use self::iter::{Entries, Entry};
pub use self::log::{AppendError, Counters, Log, LogBuilder, StreamError, StreamLimits};
pub use self::trim::{Effort, TrimTo};

/// A stream: its entries, and its consumer groups by name.
///
/// The two do not depend on each other: a group may wait for an entry that was deleted.
#[derive(Clone, Default)]
pub struct Stream {
    /// The entries.
    pub log: Log,
    /// The consumer groups, in the order of their names.
    pub groups: BTreeMap<Box<[u8]>, Group>,
}

impl Stream {
    /// An empty stream without groups.
    pub fn new() -> Self {
        Self::default()
    }

    /// What `OBJECT ENCODING` says.
    pub fn encoding(&self) -> &'static str {
        "stream"
    }

    /// The memory behind the handle, in bytes. O(blocks and consumers).
    pub fn heap_bytes(&self) -> usize {
        let groups = self.groups.iter();
        let groups = groups
            .map(|(name, group)| name.len() + size_of::<(Box<[u8]>, Group)>() + group.heap_bytes());
        self.log.heap_bytes() + groups.sum::<usize>()
    }
}
