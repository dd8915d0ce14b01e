//! Clients that wait for the reply to a command: for a key, for replicas, or for the end of a pause.
//!
//! A client that waits for keys is parked: its connection's task awaits a [`Waiter`], and its call queues in the
//! partitions of the keys (see `ferrous_engine::wait`). Every command that makes such a key worth another look
//! [`conclude`]s by running the calls that wait there, before its own reply leaves.

mod parked;
mod serve;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

pub(crate) use parked::Parked;
pub(crate) use serve::{conclude, serve_all};

/// How many clients wait.
#[derive(Debug, Default)]
pub(crate) struct Blocked {
    clients: AtomicUsize,
    with_deadline: AtomicUsize,
}

impl Blocked {
    /// Clients that wait.
    pub(crate) fn clients(&self) -> usize {
        self.clients.load(Relaxed)
    }

    /// Those of them whose wait will end by itself.
    pub(crate) fn with_deadline(&self) -> usize {
        self.with_deadline.load(Relaxed)
    }

    /// Counts one more client until it leaves.
    pub(crate) fn count(&'static self, has_deadline: bool) -> Arc<Counted> {
        self.clients.fetch_add(1, Relaxed);
        self.with_deadline
            .fetch_add(usize::from(has_deadline), Relaxed);
        Arc::new(Counted {
            blocked: self,
            has_deadline,
            left: AtomicBool::new(false),
        })
    }
}

/// A client that is counted as waiting.
#[derive(Debug)]
pub(crate) struct Counted {
    blocked: &'static Blocked,
    has_deadline: bool,
    left: AtomicBool,
}

impl Counted {
    /// Counts it no longer. Who has the answer relies on that, so whoever sends it has the client leave first.
    pub(crate) fn leave(&self) {
        if self.left.swap(true, Relaxed) {
            return;
        }
        self.blocked.clients.fetch_sub(1, Relaxed);
        self.blocked
            .with_deadline
            .fetch_sub(usize::from(self.has_deadline), Relaxed);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.leave();
    }
}
