//! Commands are held back: until a deadline by `CLIENT PAUSE`, and while the server writes what it has before it ends.

use std::sync::atomic::{
    AtomicBool, AtomicI64, AtomicU8, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst,
};
use std::time::Duration;

use ferrous_engine::command::Flags;
use tokio::sync::Notify;

use crate::headcount::Present;

/// Which commands are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PauseMode {
    /// Those that may write.
    Writes = 1,
    /// All but those that manage clients.
    All = 2,
}

/// True when every pause holds back a command with these flags.
pub(crate) fn holds_back(flags: Flags) -> bool {
    flags.intersects(Flags::WRITE.with(Flags::MAY_REPLICATE))
}

/// Whether clients are paused, and until when.
#[derive(Debug, Default)]
pub(crate) struct Pause {
    /// 0 when they are not.
    until_ms: AtomicI64,
    mode: AtomicU8,
    /// Writers are held back until the server has ended, or does not end after all.
    shutdown: AtomicBool,
    ended: Notify,
    held_back: AtomicUsize,
}

impl Pause {
    /// Holds commands back until `until_ms`. A pause that is on already is only ever prolonged or widened.
    pub(crate) fn begin(&self, until_ms: i64, mode: PauseMode) {
        self.mode.fetch_max(mode as u8, Relaxed);
        self.until_ms.fetch_max(until_ms, Relaxed);
    }

    /// Lets clients go on.
    pub(crate) fn end(&self) {
        self.until_ms.store(0, Relaxed);
        self.mode.store(0, Relaxed);
        self.ended.notify_waiters();
    }

    /// Holds writers back because the server is about to end.
    pub(crate) fn begin_shutdown(&self) {
        self.shutdown.store(true, SeqCst);
    }

    /// Lets writers go on: the server stays.
    pub(crate) fn end_shutdown(&self) {
        self.shutdown.store(false, SeqCst);
        self.ended.notify_waiters();
    }

    /// True while the server is about to end.
    pub(crate) fn is_for_shutdown(&self) -> bool {
        self.shutdown.load(Relaxed)
    }

    /// True while writers, at least, are held back.
    pub(crate) fn is_on(&self, now_ms: i64) -> bool {
        self.is_for_shutdown() || self.is_asked_for(now_ms)
    }

    fn is_asked_for(&self, now_ms: i64) -> bool {
        let until_ms = self.until_ms.load(Relaxed);
        until_ms != 0 && now_ms < until_ms
    }

    /// While clients are paused: which commands are held back (`write` or `all`), and for how many ms more.
    pub(crate) fn left(&self, now_ms: i64) -> Option<(&'static str, i64)> {
        let all = self.mode.load(Relaxed) == PauseMode::All as u8;
        let left_ms = (self.until_ms.load(Relaxed) - now_ms).max(0);
        self.is_on(now_ms)
            .then_some((if all { "all" } else { "write" }, left_ms))
    }

    /// True when a command with these flags has to wait.
    pub(crate) fn holds(&self, flags: Flags, now_ms: i64) -> bool {
        let writes = holds_back(flags);
        if self.is_for_shutdown() && writes {
            return true;
        }
        if self.until_ms.load(Relaxed) == 0 {
            return false;
        }
        if !self.is_asked_for(now_ms) {
            self.end();
            return false;
        }
        let all = self.mode.load(Relaxed) == PauseMode::All as u8;
        (all && !flags.contains(Flags::ALLOW_BUSY)) || writes
    }

    /// How many clients wait for the end of the pause.
    pub(crate) fn held_back(&self) -> usize {
        self.held_back.load(Relaxed)
    }

    /// Waits until clients may go on.
    pub(crate) async fn over(&self) {
        let _waiting = Present::new(&self.held_back);
        loop {
            let ended = self.ended.notified();
            let now_ms = crate::server::now_ms();
            if !self.is_on(now_ms) {
                return;
            }
            if self.is_for_shutdown() {
                ended.await;
                continue;
            }
            let left = Duration::from_millis((self.until_ms.load(Relaxed) - now_ms).max(0) as u64);
            let _ = tokio::time::timeout(left, ended).await;
        }
    }
}
