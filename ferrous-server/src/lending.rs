//! Lends a thread of the runtime while it waits, or for as long as a script or a command takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::Notify;

/// How often a thread looks whether another has taken its other clients over, and how long it waits for that.
const HAND_OVER_PERIOD: Duration = Duration::from_micros(50);
const HAND_OVER_MAX: Duration = Duration::from_secs(1);

/// Has another thread serve the clients that share this one, until this one is done with the request at hand.
///
/// Idle workers sleep, and only the one that was awake last looks after the sockets: that may be this one. So it is not
/// enough to leave the runtime for a moment: somebody else must be seen at work there.
pub(crate) fn hand_over() {
    let Ok(runtime) = Handle::try_current() else {
        return;
    };
    let seen = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    tokio::task::block_in_place(|| {
        let at_work = Arc::clone(&seen);
        runtime.spawn(async move { at_work.store(true, Relaxed) });
        while !seen.load(Relaxed) && started.elapsed() < HAND_OVER_MAX {
            std::thread::sleep(HAND_OVER_PERIOD);
        }
    });
}

/// Runs `wait` with the thread handed over.
pub(crate) fn lend(wait: &mut dyn FnMut()) {
    hand_over();
    wait();
}

/// Tells whenever a call that took long is about to let go of what it held.
static RELEASED: Notify = Notify::const_new();

/// Has those who wait for that look again.
pub(crate) fn tell_of_release() {
    RELEASED.notify_waiters();
}

/// Waits until a call that took long lets go of what it held.
pub(crate) async fn release() {
    RELEASED.notified().await;
}
