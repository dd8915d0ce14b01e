//! How long a client may owe it to the server to read.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use crate::config::BufferLimit;
use crate::server::now_ms;

/// Since when a client has been over its soft limit.
#[derive(Debug, Default)]
pub(super) struct SoftLimit {
    /// In ms since the epoch; 0 when it is not.
    since_ms: AtomicI64,
}

impl SoftLimit {
    /// True when so much output is waiting, or has been for so long, that the connection is to end.
    pub(super) fn is_exceeded(&self, waiting: u64, limit: BufferLimit) -> bool {
        if limit.hard_bytes != 0 && waiting >= limit.hard_bytes {
            return true;
        }
        if limit.soft_bytes == 0 || waiting < limit.soft_bytes {
            if self.since_ms.load(Relaxed) != 0 {
                self.since_ms.store(0, Relaxed);
            }
            return false;
        }
        self.is_over_for(limit.soft_seconds, now_ms())
    }

    fn is_over_for(&self, seconds: u64, now_ms: i64) -> bool {
        let since_ms = self.since_ms.load(Relaxed);
        if since_ms == 0 {
            self.since_ms.store(now_ms, Relaxed);
            return false;
        }
        (now_ms - since_ms) / 1000 > seconds as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_soft_limit_is_a_matter_of_time() {
        let limit = BufferLimit {
            hard_bytes: 100,
            soft_bytes: 10,
            soft_seconds: 5,
        };
        let soft = SoftLimit::default();
        assert!(soft.is_exceeded(100, limit));
        assert!(!soft.is_exceeded(99, limit));
        let since_ms = soft.since_ms.load(Relaxed);
        assert!(!soft.is_over_for(5, since_ms + 5_999));
        assert!(soft.is_over_for(5, since_ms + 6_000));
        assert!(!soft.is_exceeded(9, limit));
        assert_eq!(soft.since_ms.load(Relaxed), 0);
        assert!(!soft.is_exceeded(u64::MAX, BufferLimit::default()));
    }
}
