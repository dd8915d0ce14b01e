//! Freeing in the background: what commands took out of the keyspace and nobody should wait for.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread;

use ferrous_engine::keyspace::Garbage;

/// A thread that drops what it is given.
pub(crate) struct LazyFree {
    queue: mpsc::Sender<Discarded>,
    pending: Arc<AtomicUsize>,
    pending_bytes: Arc<AtomicUsize>,
    freed: Arc<AtomicUsize>,
}

/// What is to be dropped.
struct Discarded {
    what: Garbage,
    /// About how many bytes that will free.
    bytes: usize,
}

impl LazyFree {
    /// Starts the thread; it ends with the process.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start() -> io::Result<Self> {
        let (queue, discarded) = mpsc::channel::<Discarded>();
        let pending = Arc::new(AtomicUsize::new(0));
        let freed = Arc::new(AtomicUsize::new(0));
        let pending_bytes = Arc::new(AtomicUsize::new(0));
        let (left, done) = (Arc::clone(&pending), Arc::clone(&freed));
        let bytes_left = Arc::clone(&pending_bytes);
        thread::Builder::new()
            .name("ferrous-lazyfree".to_owned())
            .spawn(move || {
                for garbage in discarded {
                    let objects = objects(&garbage.what);
                    drop(garbage.what);
                    bytes_left.fetch_sub(garbage.bytes, Relaxed);
                    left.fetch_sub(objects, Relaxed);
                    done.fetch_add(objects, Relaxed);
                }
            })?;
        Ok(Self {
            queue,
            pending,
            pending_bytes,
            freed,
        })
    }

    /// Has what was taken out dropped some time soon.
    pub(crate) fn discard(&self, garbage: &mut Vec<Garbage>) {
        for garbage in garbage.drain(..).filter(|garbage| objects(garbage) > 0) {
            self.pending.fetch_add(objects(&garbage), Relaxed);
            let bytes = garbage.bytes();
            self.pending_bytes.fetch_add(bytes, Relaxed);
            // Without the thread it is dropped here, as the error.
            let _ = self.queue.send(Discarded {
                what: garbage,
                bytes,
            });
        }
    }

    /// Values that are taken out and not freed yet.
    pub(crate) fn pending(&self) -> usize {
        self.pending.load(Relaxed)
    }

    /// About how many bytes they take.
    pub(crate) fn pending_bytes(&self) -> usize {
        self.pending_bytes.load(Relaxed)
    }

    /// Values that were freed so far.
    pub(crate) fn freed(&self) -> usize {
        self.freed.load(Relaxed)
    }
}

/// How many values there are in it.
fn objects(garbage: &Garbage) -> usize {
    match garbage {
        Garbage::Table(table) => table.len(),
        Garbage::Entry(_) | Garbage::Object(_) => 1,
    }
}
