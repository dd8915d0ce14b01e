//! What others have for a client: bytes that its task sends when it next has nothing else to do.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use parking_lot::Mutex;

/// Bytes to be sent to a client, put there by anybody.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    bytes: Mutex<Vec<u8>>,
    waiting: AtomicU64,
}

impl Mailbox {
    /// Puts `bytes` in, whole, and returns how many are waiting now.
    pub(super) fn put(&self, bytes: &[u8]) -> u64 {
        self.put_with(|| bytes)
    }

    /// As [`put`](Self::put); `bytes` is called when nothing else can come in between.
    pub(super) fn put_with<'a>(&self, bytes: impl FnOnce() -> &'a [u8]) -> u64 {
        let mut content = self.bytes.lock();
        content.extend_from_slice(bytes());
        let waiting = content.len() as u64;
        self.waiting.store(waiting, SeqCst);
        waiting
    }

    /// How many bytes are waiting. One load.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting.load(SeqCst)
    }

    /// True when there is something in it.
    pub(super) fn has_mail(&self) -> bool {
        self.waiting() > 0
    }

    /// Takes everything out. One load when there is nothing, as nearly always.
    #[inline]
    pub(super) fn take(&self) -> Option<Vec<u8>> {
        if !self.has_mail() {
            return None;
        }
        self.take_and(|| {})
    }

    /// Takes everything out and calls `then` before anything else can come in.
    pub(super) fn take_and(&self, then: impl FnOnce()) -> Option<Vec<u8>> {
        let mut bytes = self.bytes.lock();
        self.waiting.store(0, SeqCst);
        then();
        let taken = std::mem::take(&mut *bytes);
        (!taken.is_empty()).then_some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_comes_out_whole_and_once() {
        let mailbox = Mailbox::default();
        assert_eq!(mailbox.take(), None);
        assert_eq!((mailbox.put(b"one "), mailbox.put(b"two")), (4, 7));
        assert_eq!(mailbox.waiting(), 7);
        assert_eq!(mailbox.take().as_deref(), Some(b"one two".as_slice()));
        assert_eq!((mailbox.waiting(), mailbox.take()), (0, None));
    }
}
