//! How much memory the data may take, and what happens to it then.

use std::time::Duration;

use ferrous_engine::keyspace::{EvictionOrder, EvictionPolicy};

use super::Effect;
use super::table::section;
use super::value::{Bytes, Choice, Flag, INT_MAX, LONG_MAX, Number, choices};
use crate::evict;

choices! {
    /// Which keys go when memory is full.
    MemoryPolicy {
        VolatileLru = "volatile-lru",
        VolatileLfu = "volatile-lfu",
        VolatileRandom = "volatile-random",
        VolatileTtl = "volatile-ttl",
        AllKeysLru = "allkeys-lru",
        AllKeysLfu = "allkeys-lfu",
        AllKeysRandom = "allkeys-random",
        NoEviction = "noeviction",
    }
}

impl MemoryPolicy {
    /// Whether keys have to count how often they are used, rather than when.
    pub fn counts_uses(self) -> bool {
        matches!(self, Self::VolatileLfu | Self::AllKeysLfu)
    }
}

const NO_DEFRAGMENTATION: &str = "memory is not defragmented by moving values";

/// Refuses what would be waited for in vain, as a server does whose allocator cannot tell which values to move.
fn no_defragmentation(wish: &[u8]) -> Result<(), &'static str> {
    if wish == b"yes" {
        return Err(
            "Active defragmentation cannot be enabled: it requires a Redis server compiled with a modified Jemalloc like the one shipped by default with the Redis source distribution",
        );
    }
    Ok(())
}

section! {
    /// How much memory the data may take, and what happens to it then.
    Memory at memory;

    /// Memory that the server may take before it refuses to take more, or makes room; 0 for any.
    maxmemory: Bytes = ("maxmemory", "0").range(0, u64::MAX as i128).effect(Effect::MemoryLimit);

    /// Which keys make room when memory is full.
    maxmemory_policy: Choice<MemoryPolicy> = ("maxmemory-policy", "noeviction")
        .effect(Effect::AccessClock);

    /// Keys that are compared to find the one to evict.
    maxmemory_samples: Number<u32> = ("maxmemory-samples", "5").range(1, 64);

    /// How much time eviction may take from clients, 0 to 100.
    maxmemory_eviction_tenacity: Number<u32> = ("maxmemory-eviction-tenacity", "10").range(0, 100)
;

    /// How slowly the count of a key's uses grows.
    lfu_log_factor: Number<u32> = ("lfu-log-factor", "10").range(0, INT_MAX);

    /// Minutes after which the count of a key's uses drops by one; 0 for never.
    lfu_decay_time: Number<u32> = ("lfu-decay-time", "1").range(0, INT_MAX);

    /// How much time the search for expired keys may take, 1 to 10.
    active_expire_effort: Number<u32> = ("active-expire-effort", "1").range(1, 10)
        .without_effect("due keys are found by an index, without a search");

    /// Frees evicted values in the background.
    lazyfree_lazy_eviction: Flag = ("lazyfree-lazy-eviction", "yes");

    /// Frees expired values in the background.
    lazyfree_lazy_expire: Flag = ("lazyfree-lazy-expire", "yes");

    /// Frees overwritten values in the background.
    lazyfree_lazy_server_del: Flag = ("lazyfree-lazy-server-del", "yes");

    /// Makes DEL behave as UNLINK.
    lazyfree_lazy_user_del: Flag = ("lazyfree-lazy-user-del", "yes");

    /// Makes FLUSHALL and FLUSHDB behave as with ASYNC when they do not say.
    lazyfree_lazy_user_flush: Flag = ("lazyfree-lazy-user-flush", "yes");

    /// Grows and shrinks hash tables in the background.
    activerehashing: Flag = ("activerehashing", "yes")
        .without_effect("tables grow by splitting one segment at a time, with nothing left to do in the background");

    /// Moves values in the background to give fragmented memory back.
    activedefrag: Flag = ("activedefrag", "no").check(no_defragmentation)
        .without_effect(NO_DEFRAGMENTATION);

    /// Most processor time for defragmentation, in percent.
    active_defrag_cycle_max: Number<u32> = ("active-defrag-cycle-max", "25").range(1, 99)
        .without_effect(NO_DEFRAGMENTATION);

    /// Least processor time for defragmentation, in percent.
    active_defrag_cycle_min: Number<u32> = ("active-defrag-cycle-min", "1").range(1, 99)
        .without_effect(NO_DEFRAGMENTATION);

    /// Microseconds that one step of defragmentation may take.
    active_defrag_cycle_us: Number<u32> = ("active-defrag-cycle-us", "500").range(0, 100_000)
        .without_effect(NO_DEFRAGMENTATION);

    /// Fragmented bytes below which there is no defragmentation.
    active_defrag_ignore_bytes: Bytes = ("active-defrag-ignore-bytes", "104857600").range(1, LONG_MAX)
        .without_effect(NO_DEFRAGMENTATION);

    /// Elements of a value that are looked at in one step of defragmentation.
    active_defrag_max_scan_fields: Number<u64> = ("active-defrag-max-scan-fields", "1000")
        .range(1, LONG_MAX).without_effect(NO_DEFRAGMENTATION);

    /// Fragmentation in percent from which on there is defragmentation.
    active_defrag_threshold_lower: Number<u32> = ("active-defrag-threshold-lower", "10").range(0, 1000)
        .without_effect(NO_DEFRAGMENTATION);

    /// Fragmentation in percent from which on there is most defragmentation.
    active_defrag_threshold_upper: Number<u32> = ("active-defrag-threshold-upper", "100")
        .range(0, 1000).without_effect(NO_DEFRAGMENTATION);

    /// Lets jemalloc give memory back in threads of its own.
    jemalloc_bg_thread: Flag = ("jemalloc-bg-thread", "yes")
        .without_effect("the allocator's settings are fixed when the server is built");

    /// Turns transparent huge pages off for this process.
    disable_thp: Flag = ("disable-thp", "yes").immutable()
        .without_effect("snapshots do not fork, so huge pages are never copied");
}

impl Memory {
    /// Which keys may be removed to make room, and in what order; nothing when none may.
    pub fn eviction(&self) -> Option<EvictionPolicy> {
        use EvictionOrder::{LeastUsed, Random, Soonest};
        let (volatile, order) = match self.maxmemory_policy.get() {
            MemoryPolicy::NoEviction => return None,
            MemoryPolicy::AllKeysLru | MemoryPolicy::AllKeysLfu => (false, LeastUsed),
            MemoryPolicy::AllKeysRandom => (false, Random),
            MemoryPolicy::VolatileLru | MemoryPolicy::VolatileLfu => (true, LeastUsed),
            MemoryPolicy::VolatileRandom => (true, Random),
            MemoryPolicy::VolatileTtl => (true, Soonest),
        };
        Some(EvictionPolicy {
            volatile,
            order,
            samples: self.maxmemory_samples.get() as usize,
        })
    }

    /// How long a command may make room before it runs; nothing for as long as it takes.
    pub fn eviction_time(&self) -> Option<Duration> {
        evict::time_allowed(self.maxmemory_eviction_tenacity.get())
    }

    /// How keys count their uses, when the policy wants them counted: the logarithm's factor, and the minutes of decay.
    pub fn lfu(&self) -> Option<(u32, u32)> {
        let counts = self.maxmemory_policy.get().counts_uses();
        counts.then(|| (self.lfu_log_factor.get(), self.lfu_decay_time.get()))
    }
}
