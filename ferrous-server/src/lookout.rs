//! Sees to it that somebody looks after the sockets while a command takes long.
//!
//! Of the runtime's threads one waits for the sockets and the others sleep. When a single request arrives, the one that
//! waited runs it and wakes nobody, for there is nothing else to do; whatever arrives meanwhile would wait for its end.
//! So a thread of its own looks every few milliseconds whether a worker is still at the same work as at the last look. It
//! has an empty task run then: a sleeping worker wakes for it, finds nothing more to do, and waits for the sockets.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread::{self, Thread};
use std::time::Duration;

use anyhow::Context;
use parking_lot::Mutex;
use tokio::runtime::Handle;

/// How often workers are looked at: the longest that others wait is about twice this.
const PERIOD: Duration = Duration::from_millis(2);
/// How long it rests at most while nothing is done.
const REST: Duration = Duration::from_millis(100);

/// What is known of the workers.
#[derive(Debug, Default)]
pub(crate) struct Lookout {
    works: Mutex<Vec<Arc<Work>>>,
    rests: AtomicBool,
    thread: OnceLock<Thread>,
}

/// A number that changes whenever a worker begins or ends some work, odd while it is at it. Only its own thread writes it.
#[derive(Debug, Default)]
pub(crate) struct Work(AtomicU64);

impl Work {
    /// Notes that work begins.
    pub(crate) fn begin(&self, lookout: &Lookout) {
        // Odd, whatever it was: a panic may have kept some work from ending.
        self.0
            .store((self.0.load(Relaxed) | 1).wrapping_add(2), Relaxed);
        if lookout.rests.load(Relaxed)
            && let Some(thread) = lookout.thread.get()
        {
            thread.unpark();
        }
    }

    /// Notes that it has ended.
    pub(crate) fn end(&self) {
        self.0.store(self.0.load(Relaxed).wrapping_add(1), Relaxed);
    }
}

impl Lookout {
    /// What a new worker notes its work in.
    pub(crate) fn add_worker(&self) -> Arc<Work> {
        let work = Arc::new(Work::default());
        self.works.lock().push(Arc::clone(&work));
        work
    }

    /// Begins to look, for as long as the process runs.
    ///
    /// # Errors
    /// When no thread can be started.
    pub(crate) fn start(&'static self, runtime: Handle) -> anyhow::Result<()> {
        let watch = move || self.watch(&runtime);
        let thread = thread::Builder::new()
            .name("ferrous-lookout".to_owned())
            .spawn(watch)
            .context("starting the thread that looks after the workers")?;
        // It is started once; a second thread would do no harm but would not be woken.
        let _ = self.thread.set(thread.thread().clone());
        Ok(())
    }

    fn watch(&self, runtime: &Handle) {
        let mut before = Vec::new();
        loop {
            thread::sleep(PERIOD);
            let now = self.look();
            let lasts = |(now, before): (&u64, &u64)| now == before && now % 2 == 1;
            if now.iter().zip(&before).any(lasts) {
                runtime.spawn(async {});
            } else if now == before {
                // A worker that begins just now may not see this; the rest is short enough for that.
                self.rests.store(true, SeqCst);
                thread::park_timeout(REST);
                self.rests.store(false, SeqCst);
            }
            before = now;
        }
    }

    fn look(&self) -> Vec<u64> {
        let works = self.works.lock();
        works.iter().map(|work| work.0.load(Relaxed)).collect()
    }
}
