//! How many are at something, also when they leave in the middle of it.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// One who is counted for as long as this lives.
pub(crate) struct Present<'a>(&'a AtomicUsize);

impl<'a> Present<'a> {
    /// Counts one more.
    pub(crate) fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, SeqCst);
        Self(count)
    }
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}
