//! Memory kept below `maxmemory`, by removing keys as the policy says.
//!
//! Whoever is about to run a command makes room first, for as long as `maxmemory-eviction-tenacity` allows; what is left
//! to remove then goes in the background.

use std::time::Duration;

use ferrous_engine::command::Flags;
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::{Changes, Circumstances, Evictor};
use ferrous_types::random::Rng;

use crate::blocked;
use crate::observe::{self, Event};
use crate::server::Server;
use crate::worker::Worker;

/// What came of making room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// There is enough.
    Enough,
    /// Time ran out; the rest goes in the background.
    Underway,
    /// The policy lets nothing go.
    None,
}

/// What a thread evicts with.
pub(crate) struct Means<'a> {
    pub(crate) evictor: &'a mut Evictor,
    pub(crate) random: &'a mut Rng,
    pub(crate) changes: &'a mut Changes,
    pub(crate) circumstances: Circumstances,
}

/// Makes room when memory is above its limit.
///
/// # Errors
/// `OOM …` when there is none to be had and a command with these `flags` may take more.
pub(crate) fn make_room(server: &Server, flags: Flags, means: &mut Means<'_>) -> CommandResult {
    if server.config.memory.maxmemory.get() == 0 {
        return Ok(());
    }
    if evict(server, means) == Room::None && flags.contains(Flags::DENYOOM) {
        return Err(CommandError::OUT_OF_MEMORY);
    }
    Ok(())
}

/// Removes keys until memory is below its limit, or time runs out.
fn evict(server: &Server, means: &mut Means<'_>) -> Room {
    let room = if exceeds(server) {
        let room = remove_keys(server, means);
        if room == Room::Underway {
            server.eviction.notify_one();
        }
        room
    } else {
        Room::Enough
    };
    server
        .stats
        .memory_exceeded
        .note(room != Room::Enough, server.started.elapsed());
    room
}

fn remove_keys(server: &Server, means: &mut Means<'_>) -> Room {
    // Nobody changes anything while clients are paused.
    if server.pause.is_on(means.circumstances.now_ms) {
        return Room::Enough;
    }
    let Some(policy) = server.config.memory.eviction() else {
        return Room::None;
    };
    let started = server.ticks.raw();
    let elapsed = || server.ticks.delta_as_nanos(started, server.ticks.raw());
    let limit = server
        .config
        .memory
        .eviction_time()
        .map(|time| time.as_nanos() as u64);
    let lazy = server.config.memory.lazyfree_lazy_eviction.get();
    let room = loop {
        let found = means.evictor.evict_one(
            &server.keyspace,
            policy,
            means.circumstances,
            means.random,
            lazy,
            (&mut *means.changes, server),
        );
        server.lazy_free.discard(&mut means.changes.garbage);
        if !exceeds(server) {
            break Room::Enough;
        }
        if !found {
            break Room::None;
        }
        if limit.is_some_and(|limit| elapsed() > limit) {
            break Room::Underway;
        }
    };
    observe::note_event(server, Event::EvictionCycle, elapsed());
    room
}

/// True when more memory is in use than may be, without what is being freed already.
fn exceeds(server: &Server) -> bool {
    let used = crate::allocator::used_bytes().saturating_sub(server.lazy_free.pending_bytes());
    used as u64 > server.config.memory.maxmemory.get()
}

/// Goes on where commands ran out of time, and after the limit was lowered.
pub(crate) async fn in_background(server: &'static Server) {
    loop {
        server.eviction.notified().await;
        while evict_some(server) {
            tokio::task::yield_now().await;
        }
    }
}

/// Removes some keys; true when there is more to do.
fn evict_some(server: &'static Server) -> bool {
    if server.config.memory.maxmemory.get() == 0 {
        return false;
    }
    Worker::with(server, |worker| {
        let mut changes = Changes::default();
        let room = evict(
            server,
            &mut Means {
                evictor: &mut worker.evictor,
                random: &mut worker.random,
                changes: &mut changes,
                circumstances: server.circumstances(false),
            },
        );
        worker.counters.count(&changes.tally);
        if changes.has_ready() {
            let circumstances = server.circumstances(false);
            blocked::serve_all(
                server,
                changes.take_ready(),
                &circumstances,
                &mut worker.random,
            );
        }
        room == Room::Underway
    })
}

/// How long a command may make room before it runs, by `maxmemory-eviction-tenacity`; nothing for as long as it takes.
///
/// Up to 10 it grows by 50 µs a step, to 500 µs; from there on by 15 % a step, to about two minutes at 99.
pub(crate) fn time_allowed(tenacity: u32) -> Option<Duration> {
    match tenacity {
        0..=10 => Some(Duration::from_micros(50 * u64::from(tenacity))),
        11..=99 => Some(Duration::from_micros(500).mul_f64(1.15_f64.powi(tenacity as i32 - 10))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenacity_becomes_time() {
        assert_eq!(time_allowed(0), Some(Duration::ZERO));
        assert_eq!(time_allowed(10), Some(Duration::from_micros(500)));
        let long = time_allowed(99).expect("a limit");
        assert!((120..160).contains(&long.as_secs()), "{long:?}");
        assert_eq!(time_allowed(100), None);
    }
}
