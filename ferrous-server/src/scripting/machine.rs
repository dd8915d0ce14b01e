//! The Lua machine of each thread.

use std::cell::RefCell;
use std::sync::atomic::Ordering::Relaxed;

use ferrous_lua::{Machine, Settings};

use crate::info::system_bytes;
use crate::server::Server;

/// A machine, and which libraries it last saw.
struct Local {
    machine: Machine,
    generation: u64,
    /// The bytes of memory that are counted for it.
    counted: u64,
}

/// A machine's memory is counted anew when it has changed by this much.
const COUNTED_STEP: u64 = 64 << 10;

thread_local! {
    static LOCAL: RefCell<Option<Box<Local>>> = const { RefCell::new(None) };
}

/// How much memory the scripts of one thread may use: all threads together a quarter of what there is, and none more
/// than 1 GiB.
fn memory_max(server: &Server) -> usize {
    const LEAST: usize = 64 << 20;
    const MOST: usize = 1 << 30;
    let share = system_bytes() as usize / 4 / server.config.network.io_threads.get();
    share.clamp(LEAST, MOST)
}

/// Lends the current thread's machine, which is made on first use. A script cannot run another, so nobody ever finds it
/// lent; if somebody did, he would get one of his own.
pub(crate) fn with_machine<T>(server: &Server, work: impl FnOnce(&mut Machine) -> T) -> T {
    let mut local = LOCAL.take().unwrap_or_else(|| {
        Box::new(Local {
            machine: Machine::new(&Settings {
                random_seed: Some(server.fresh_seed() as i32),
                memory_max: memory_max(server),
            }),
            generation: 0,
            counted: 0,
        })
    });
    let scripting = &server.scripting;
    let generation = scripting.generation.load(Relaxed);
    if local.generation != generation {
        local.machine.forget_libraries(&scripting.libraries());
        local.generation = generation;
    }
    let result = work(&mut local.machine);
    let used = local.machine.memory_used() as u64;
    if local.counted == 0 || used.abs_diff(local.counted) >= COUNTED_STEP {
        scripting
            .memory
            .fetch_add(used.wrapping_sub(local.counted), Relaxed);
        local.counted = used;
    }
    LOCAL.set(Some(local));
    result
}
