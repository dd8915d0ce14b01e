//! `# Memory`: where memory is, as the program and as the system count it.

use std::sync::atomic::Ordering::Relaxed;

use super::value::Value;
use super::{Field, View};
use crate::allocator::{self, AllocatorStats};
use crate::client::Vitals;

/// Where memory is at one moment, in bytes.
pub(crate) struct Memory {
    /// Allocated by the program.
    pub(crate) used: u64,
    /// The most that was.
    pub(crate) peak: u64,
    /// Allocated when the server was ready to serve.
    pub(crate) startup: u64,
    /// In tables and expiry indexes.
    pub(crate) tables: u64,
    /// In buffers of clients.
    pub(crate) clients: u64,
    /// Resident, as the system counts.
    pub(crate) rss: u64,
    /// As the allocator counts.
    pub(crate) allocator: AllocatorStats,
}

impl Memory {
    /// Memory as it is now.
    pub(super) fn of(view: &View<'_>) -> Self {
        let server = view.server;
        let used = allocator::used_bytes() as u64;
        let buffers = |client: &Vitals| {
            client.query_capacity.load(Relaxed) + client.output_bytes.load(Relaxed)
        };
        Self {
            used,
            peak: server.stats.peak_memory.fetch_max(used, Relaxed).max(used),
            startup: server.stats.startup_memory.load(Relaxed),
            tables: view
                .sizes()
                .iter()
                .map(|size| size.table_bytes + size.deadline_bytes)
                .sum::<usize>() as u64,
            clients: server
                .clients
                .all()
                .iter()
                .map(|client| buffers(&client.vitals))
                .sum(),
            rss: view.process().rss_bytes,
            allocator: allocator::stats(),
        }
    }

    /// What is not the data set.
    pub(crate) fn overhead(&self) -> u64 {
        self.startup + self.tables + self.clients
    }

    /// The data set.
    pub(crate) fn dataset(&self) -> u64 {
        self.used.saturating_sub(self.overhead())
    }

    /// The data set's share of what was allocated since the start, in per cent.
    pub(crate) fn dataset_percent(&self) -> f64 {
        let since_start = self.used.saturating_sub(self.startup);
        (self.dataset() as f64 * 100.0 / since_start.max(1) as f64).min(100.0)
    }

    /// Current use as a share of the peak, in per cent.
    pub(crate) fn peak_percent(&self) -> f64 {
        self.used as f64 * 100.0 / self.peak.max(1) as f64
    }

    /// Resident bytes beyond those in use.
    pub(crate) fn fragmentation_bytes(&self) -> i64 {
        self.rss as i64 - self.used as i64
    }
}

const ALLOCATOR: &str = "jemalloc";

pub(super) const FIELDS: &[Field] = &[
    Field("used_memory", |view| view.memory().used.into()),
    Field("used_memory_human", |view| Value::Bytes(view.memory().used)),
    Field("used_memory_rss", |view| view.memory().rss.into()),
    Field("used_memory_rss_human", |view| {
        Value::Bytes(view.memory().rss)
    }),
    Field("used_memory_peak", |view| view.memory().peak.into()),
    Field("used_memory_peak_human", |view| {
        Value::Bytes(view.memory().peak)
    }),
    Field("used_memory_peak_perc", |view| {
        Value::Percent(view.memory().peak_percent())
    }),
    Field("used_memory_overhead", |view| {
        view.memory().overhead().into()
    }),
    Field("used_memory_startup", |view| view.memory().startup.into()),
    Field("used_memory_dataset", |view| view.memory().dataset().into()),
    Field("used_memory_dataset_perc", |view| {
        Value::Percent(view.memory().dataset_percent())
    }),
    Field("allocator_allocated", |view| {
        view.memory().allocator.allocated.into()
    }),
    Field("allocator_active", |view| {
        view.memory().allocator.active.into()
    }),
    Field("allocator_resident", |view| {
        view.memory().allocator.resident.into()
    }),
    Field("total_system_memory", |_| system_bytes().into()),
    Field(
        "total_system_memory_human",
        |_| Value::Bytes(system_bytes()),
    ),
    Field("used_memory_lua", |view| {
        view.server.scripting.machine_bytes().into()
    }),
    Field("used_memory_vm_eval", |view| {
        view.server.scripting.machine_bytes().into()
    }),
    Field("used_memory_lua_human", |view| {
        Value::Bytes(view.server.scripting.machine_bytes())
    }),
    Field("used_memory_scripts_eval", |view| {
        (view.server.scripting.scripts.heap_bytes() as u64).into()
    }),
    Field("number_of_cached_scripts", |view| {
        (view.server.scripting.scripts.len() as u64).into()
    }),
    Field("number_of_functions", |view| {
        (view.server.scripting.libraries().function_count() as u64).into()
    }),
    Field("number_of_libraries", |view| {
        (view.server.scripting.libraries().len() as u64).into()
    }),
    // Functions run on the machines of scripts.
    Field("used_memory_vm_functions", |_| 0_u64.into()),
    Field("used_memory_vm_total", |view| {
        view.server.scripting.machine_bytes().into()
    }),
    Field("used_memory_vm_total_human", |view| {
        Value::Bytes(view.server.scripting.machine_bytes())
    }),
    Field("used_memory_functions", |view| {
        view.server.scripting.library_bytes().into()
    }),
    Field("used_memory_scripts", |view| script_bytes(view).into()),
    Field("used_memory_scripts_human", |view| {
        Value::Bytes(script_bytes(view))
    }),
    Field("maxmemory", |view| {
        view.server.config.memory.maxmemory.get().into()
    }),
    Field("maxmemory_human", |view| {
        Value::Bytes(view.server.config.memory.maxmemory.get())
    }),
    Field("maxmemory_policy", |view| {
        view.server.config.memory.maxmemory_policy.name().into()
    }),
    Field("allocator_frag_ratio", |view| {
        let AllocatorStats {
            allocated, active, ..
        } = view.memory().allocator;
        Value::ratio(active, allocated)
    }),
    Field("allocator_frag_bytes", |view| {
        let AllocatorStats {
            allocated, active, ..
        } = view.memory().allocator;
        active.saturating_sub(allocated).into()
    }),
    Field("allocator_rss_ratio", |view| {
        let AllocatorStats {
            active, resident, ..
        } = view.memory().allocator;
        Value::ratio(resident, active)
    }),
    Field("allocator_rss_bytes", |view| {
        let AllocatorStats {
            active, resident, ..
        } = view.memory().allocator;
        resident.saturating_sub(active).into()
    }),
    Field("rss_overhead_ratio", |view| {
        Value::ratio(view.memory().rss, view.memory().allocator.resident)
    }),
    Field("rss_overhead_bytes", |view| {
        (view.memory().rss as i64 - view.memory().allocator.resident as i64).into()
    }),
    Field("mem_fragmentation_ratio", |view| {
        Value::ratio(view.memory().rss, view.memory().used)
    }),
    Field("mem_fragmentation_bytes", |view| {
        view.memory().fragmentation_bytes().into()
    }),
    Field("mem_not_counted_for_evict", |_| 0_u64.into()),
    Field("mem_replication_backlog", |_| 0_u64.into()),
    Field("mem_total_replication_buffers", |_| 0_u64.into()),
    Field("mem_replicas_repl_buffer", |_| 0_u64.into()),
    Field("mem_clients_slaves", |_| 0_u64.into()),
    Field("mem_clients_normal", |view| view.memory().clients.into()),
    Field("mem_cluster_links", |_| 0_u64.into()),
    Field("mem_aof_buffer", |_| 0_u64.into()),
    Field("mem_allocator", |_| {
        format!("{ALLOCATOR}-{}", allocator::version()).into()
    }),
    Field("mem_overhead_db_hashtable_rehashing", |_| 0_u64.into()),
    Field("active_defrag_running", |_| 0_u64.into()),
    Field("lazyfree_pending_objects", |view| {
        view.server.lazy_free.pending().into()
    }),
    Field("lazyfreed_objects", |view| {
        view.server.lazy_free.freed().into()
    }),
];

/// The machine's memory.
pub(crate) fn system_bytes() -> u64 {
    let info = rustix::system::sysinfo();
    info.totalram as u64 * u64::from(info.mem_unit)
}

/// The bytes of the scripts and functions that are known.
fn script_bytes(view: &View<'_>) -> u64 {
    let scripting = &view.server.scripting;
    scripting.scripts.heap_bytes() as u64 + scripting.library_bytes()
}
