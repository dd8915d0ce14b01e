//! Freeing in the background: what commands took out of the keyspace and nobody should wait for.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread;

use ferrous_engine::keyspace::KeyTable;

/// A thread that drops what it is given.
pub(crate) struct LazyFree {
    queue: mpsc::Sender<KeyTable>,
    pending: Arc<AtomicUsize>,
    freed: Arc<AtomicUsize>,
}

impl LazyFree {
    /// Starts the thread; it ends with the process.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start() -> io::Result<Self> {
        let (queue, discarded) = mpsc::channel::<KeyTable>();
        let pending = Arc::new(AtomicUsize::new(0));
        let freed = Arc::new(AtomicUsize::new(0));
        let (left, done) = (Arc::clone(&pending), Arc::clone(&freed));
        thread::Builder::new()
            .name("ferrous-lazyfree".to_owned())
            .spawn(move || {
                for table in discarded {
                    let keys = table.len();
                    drop(table);
                    left.fetch_sub(keys, Relaxed);
                    done.fetch_add(keys, Relaxed);
                }
            })?;
        Ok(Self {
            queue,
            pending,
            freed,
        })
    }

    /// Has tables dropped some time soon.
    pub(crate) fn discard(&self, tables: Vec<KeyTable>) {
        for table in tables.into_iter().filter(|table| !table.is_empty()) {
            self.pending.fetch_add(table.len(), Relaxed);
            // Without the thread the table is dropped here, as the error.
            let _ = self.queue.send(table);
        }
    }

    /// Keys that are taken out and not freed yet.
    pub(crate) fn pending(&self) -> usize {
        self.pending.load(Relaxed)
    }

    /// Keys that were freed so far.
    pub(crate) fn freed(&self) -> usize {
        self.freed.load(Relaxed)
    }
}
