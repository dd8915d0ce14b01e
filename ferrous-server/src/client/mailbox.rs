//! What others have for a client: bytes that its task sends when it next has nothing else to do.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use parking_lot::Mutex;

/// Bytes to be sent to a client, put there by anybody.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    bytes: Mutex<Vec<u8>>,
    has_mail: AtomicBool,
}

impl Mailbox {
    /// Puts `bytes` in, whole; false, and nothing put in, when more than `bytes_max` would be waiting.
    pub(super) fn put(&self, bytes: &[u8], bytes_max: usize) -> bool {
        let mut waiting = self.bytes.lock();
        if waiting.len() + bytes.len() > bytes_max {
            return false;
        }
        waiting.extend_from_slice(bytes);
        self.has_mail.store(true, SeqCst);
        true
    }

    /// True when there is something in it.
    pub(super) fn has_mail(&self) -> bool {
        self.has_mail.load(SeqCst)
    }

    /// Takes everything out. One load when there is nothing, as nearly always.
    pub(super) fn take(&self) -> Option<Vec<u8>> {
        if !self.has_mail() {
            return None;
        }
        let mut waiting = self.bytes.lock();
        self.has_mail.store(false, SeqCst);
        Some(std::mem::take(&mut waiting))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_comes_out_whole_and_once() {
        let mailbox = Mailbox::default();
        assert_eq!(mailbox.take(), None);
        assert!(mailbox.put(b"one ", 7) && mailbox.put(b"two", 7));
        assert_eq!(mailbox.take().as_deref(), Some(b"one two".as_slice()));
        assert_eq!(mailbox.take(), None);
    }

    #[test]
    fn a_full_box_takes_nothing() {
        let mailbox = Mailbox::default();
        assert!(mailbox.put(b"full", 4) && !mailbox.put(b"x", 4));
        assert_eq!(mailbox.take().as_deref(), Some(b"full".as_slice()));
        assert!(mailbox.put(b"x", 4));
    }
}
