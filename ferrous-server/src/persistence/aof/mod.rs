//! The append-only file.
//!
//! A thread follows the log, writes it into the last of the increments that the manifest names, and flushes it as
//! `appendfsync` says. Who must not answer before its writes are durable waits for the thread to say so; no thread of the
//! server ever blocks for the disk. A rewrite begins a new increment at the instant of a snapshot, which becomes the new
//! base when it is complete.

mod files;
mod increment;
mod rewrite;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicI64, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst,
};
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::config::FsyncPolicy;
use crate::headcount::Present;
use crate::server::Server;

pub(crate) use files::Files;
pub(crate) use rewrite::{begin_rewrite, has_outgrown, may_retry, open, turn_off, turn_on};
use writer::Handle;

/// What is appended and not written may come to this before clients have to wait.
const BACKLOG_BYTES_MAX: u64 = 256 << 20;

/// Whether there is an append-only file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum State {
    /// There is none.
    Off,
    /// There will be one, which begins when another job is over.
    WaitsForTurn,
    /// There will be one once its base is written.
    WaitsForBase,
    /// There is one.
    On,
}

/// The append-only file and those who wait for it.
#[derive(Debug, Default)]
pub(crate) struct Aof {
    state: AtomicU8,
    /// The files, once they are known.
    pub(crate) files: Mutex<Option<Files>>,
    thread: Mutex<Option<Handle>>,
    /// What the thread tells.
    pub(crate) status: Arc<Status>,
    /// When rewrites that failed may be tried again.
    pub(crate) retry_at: Mutex<Option<Instant>>,
}

/// What the thread that writes tells everybody.
#[derive(Debug, Default)]
pub(crate) struct Status {
    /// The offset of the log up to which it is written.
    pub(crate) written: AtomicU64,
    /// The offset of the log up to which it is durable.
    pub(crate) durable: AtomicU64,
    /// Somebody is to look again, and how many there are.
    stirred: Notify,
    waiting: AtomicUsize,
    moved: Notify,
    /// Why the last write or flush failed, if it did.
    trouble: Mutex<Option<String>>,
    /// There is something in `trouble`.
    troubled: AtomicBool,
    /// Bytes in the base and all increments.
    pub(crate) size: AtomicU64,
    /// Bytes of the last increment, beside those, that nothing is written to.
    pub(crate) room: AtomicU64,
    /// The size after the last rewrite, or at the start.
    pub(crate) base_size: AtomicU64,
    /// Flushes that took longer than a second.
    pub(crate) delayed_syncs: AtomicU64,
    /// Microseconds to wait before every write, for the sake of tests (`DEBUG AOF-FLUSH-SLEEP`).
    pub(crate) sleep_us: AtomicU64,
    /// Milliseconds since the epoch of the last flush.
    pub(crate) synced_ms: AtomicI64,
}

impl Status {
    /// Tells how far it is.
    fn advance(&self, written: u64, durable: u64) {
        self.written.store(written, SeqCst);
        self.durable.store(durable, SeqCst);
        self.stir();
    }

    /// Has everybody who waits look again.
    fn stir(&self) {
        if self.waiting.load(SeqCst) > 0 {
            self.stirred.notify_one();
        }
    }

    /// Notes that writing or flushing fails, or no longer does.
    fn set_trouble(&self, trouble: Option<String>) {
        self.troubled.store(trouble.is_some(), SeqCst);
        *self.trouble.lock() = trouble;
        self.stir();
    }

    /// Waits until `over` gives something. It is asked again whenever the thread has told of anything.
    async fn until<T>(&self, mut over: impl FnMut() -> Option<T>) -> T {
        let _counted = Present::new(&self.waiting);
        loop {
            let moved = self.moved.notified();
            if let Some(outcome) = over() {
                return outcome;
            }
            moved.await;
        }
    }
}

/// Passes on to all who wait what the thread tells, for as long as the server runs.
///
/// A thread outside of the runtime wakes each task by a system call of its own; in here, to wake many costs hardly more
/// than to wake one.
pub(crate) async fn relay(server: &'static Server) {
    let status = &server.persistence.aof.status;
    loop {
        status.stirred.notified().await;
        status.moved.notify_waiters();
    }
}

impl Aof {
    /// Whether there is one.
    pub(crate) fn state(&self) -> State {
        match self.state.load(Relaxed) {
            0 => State::Off,
            1 => State::WaitsForTurn,
            2 => State::WaitsForBase,
            _ => State::On,
        }
    }

    fn set_state(&self, state: State) {
        self.state.store(state as u8, SeqCst);
        self.status.stir();
    }

    /// Why it cannot be written, when it cannot.
    pub(crate) fn trouble(&self) -> Option<String> {
        if !self.status.troubled.load(Relaxed) || self.state() == State::Off {
            return None;
        }
        self.status.trouble.lock().clone()
    }

    /// Bytes that are appended and not written yet.
    pub(crate) fn backlog(&self, server: &Server) -> u64 {
        match self.state() {
            State::Off | State::WaitsForTurn => 0,
            _ => server
                .persistence
                .log
                .end()
                .saturating_sub(self.status.written.load(Relaxed)),
        }
    }

    /// True when the replies to writes up to `offset` of the log have to wait.
    pub(crate) fn holds_back(&self, server: &Server, offset: u64) -> bool {
        let policy = server.config.persistence.appendfsync.get();
        let must_be_durable = policy == FsyncPolicy::Always && self.state() == State::On;
        (must_be_durable && self.status.durable.load(SeqCst) < offset)
            || self.backlog(server) > BACKLOG_BYTES_MAX
    }

    /// Waits until [`Aof::holds_back`] says that the replies may go.
    ///
    /// # Errors
    /// Why the file cannot be written at the moment: what was written will follow when it can, but nobody knows when.
    pub(crate) async fn release(&self, server: &Server, offset: u64) -> Result<(), String> {
        let released = || {
            if !self.holds_back(server, offset) {
                return Some(Ok(()));
            }
            self.trouble().map(Err)
        };
        self.status.until(released).await
    }

    /// True when everything up to `offset` of the log is durable.
    pub(crate) fn is_durable(&self, offset: u64) -> bool {
        self.state() == State::On && self.status.durable.load(SeqCst) >= offset
    }

    /// Waits until everything up to `offset` is durable.
    pub(crate) async fn durable(&self, offset: u64) {
        let durable = || self.is_durable(offset).then_some(());
        self.status.until(durable).await;
    }

    /// Writes and flushes what is appended so far. Blocks.
    pub(crate) fn flush(&self, server: &Server) {
        if let Some(thread) = &*self.thread.lock() {
            thread.flush(server);
        }
    }
}
