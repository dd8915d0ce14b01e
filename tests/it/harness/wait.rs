//! Waiting for a condition, never for a duration.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up: long, since it only ever passes when something is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Returns once `condition` holds; fails the test, naming `what`, when it does not within [`PATIENCE`].
#[track_caller]
pub(crate) fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(
            Instant::now() < deadline,
            "still not so after {PATIENCE:?}: {what}"
        );
        sleep(Duration::from_millis(2));
    }
}
