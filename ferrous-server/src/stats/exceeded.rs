//! How long memory was above its limit.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Time spent above a limit, in spells.
#[derive(Debug, Default)]
pub(crate) struct Exceeded {
    /// When the current spell began, in ns since the start of the server; 0 when there is none.
    since: AtomicU64,
    /// Nanoseconds of the spells that are over.
    total: AtomicU64,
}

impl Exceeded {
    /// Notes whether the limit is exceeded at `now`, a time since the start of the server.
    pub(crate) fn note(&self, exceeded: bool, now: Duration) {
        let now = now.as_nanos() as u64;
        if exceeded {
            // Whoever notes it first has seen the spell begin.
            let _ = self.since.compare_exchange(0, now, Relaxed, Relaxed);
        } else if self.since.load(Relaxed) != 0 {
            let since = self.since.swap(0, Relaxed);
            if since != 0 {
                self.total.fetch_add(now.saturating_sub(since), Relaxed);
            }
        }
    }

    /// The current spell's length so far, in ms.
    pub(crate) fn current_ms(&self, now: Duration) -> u64 {
        match self.since.load(Relaxed) {
            0 => 0,
            since => (now.as_nanos() as u64).saturating_sub(since) / 1_000_000,
        }
    }

    /// All spells' length, in ms.
    pub(crate) fn total_ms(&self, now: Duration) -> u64 {
        self.total.load(Relaxed) / 1_000_000 + self.current_ms(now)
    }

    /// Forgets the spells that are over, and begins the current one anew.
    pub(crate) fn reset(&self) {
        self.since.store(0, Relaxed);
        self.total.store(0, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_add_up() {
        let exceeded = Exceeded::default();
        let at = Duration::from_millis;
        exceeded.note(false, at(1));
        exceeded.note(true, at(10));
        exceeded.note(true, at(12));
        assert_eq!(
            (exceeded.current_ms(at(15)), exceeded.total_ms(at(15))),
            (5, 5)
        );
        exceeded.note(false, at(20));
        exceeded.note(true, at(30));
        assert_eq!(
            (exceeded.current_ms(at(31)), exceeded.total_ms(at(31))),
            (1, 11)
        );
    }
}
