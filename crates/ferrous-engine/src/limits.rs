//! Limits that commands obey, from the configuration.

use ferrous_types::field_map::HashLimits;
use ferrous_types::list::ListLimits;
use ferrous_types::set::SetLimits;
use ferrous_types::sorted_set::SortedSetLimits;
use ferrous_types::stream::StreamLimits;

use crate::codec::PayloadRules;

/// Limits that commands obey, from the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest string, in bytes (`proto-max-bulk-len`).
    pub string_bytes_max: usize,
    /// What is freed in the background.
    pub lazy_free: LazyFree,
    /// When a list is compact.
    pub list: ListLimits,
    /// When a set is compact.
    pub set: SetLimits,
    /// When a hash is compact.
    pub hash: HashLimits,
    /// When a sorted set is compact.
    pub sorted_set: SortedSetLimits,
    /// How large the blocks of a stream are.
    pub stream: StreamLimits,
    /// The longest sparse `HyperLogLog`, in bytes (`hll-sparse-max-bytes`).
    pub sparse_hyperloglog_bytes: usize,
    /// How `DUMP` writes and `RESTORE` reads.
    pub payload: PayloadRules,
    /// Replies longer than this are not worth writing, for the client is cut off (`client-output-buffer-limit`).
    pub reply_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            string_bytes_max: 512 << 20,
            lazy_free: LazyFree::default(),
            list: ListLimits::default(),
            set: SetLimits::default(),
            hash: HashLimits::default(),
            sorted_set: SortedSetLimits::default(),
            stream: StreamLimits::default(),
            sparse_hyperloglog_bytes: 3000,
            payload: PayloadRules::default(),
            reply_bytes_max: usize::MAX,
        }
    }
}

/// What is freed in the background rather than by the command that removed it (`lazyfree-lazy-…`).
#[derive(Clone, Copy, Debug)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a parameter that is set on its own"
)]
pub struct LazyFree {
    /// What `DEL` removes (`user-del`).
    pub deleted: bool,
    /// What another value takes the place of (`server-del`).
    pub overwritten: bool,
    /// What expired (`expire`).
    pub expired: bool,
    /// What `FLUSHDB` and `FLUSHALL` remove unless asked otherwise (`user-flush`).
    pub flushed: bool,
}

impl Default for LazyFree {
    fn default() -> Self {
        Self {
            deleted: true,
            overwritten: true,
            expired: true,
            flushed: true,
        }
    }
}
