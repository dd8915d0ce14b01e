//! What each worker thread keeps for the connections it serves: buffers they share, counters, randomness.
//!
//! A connection without pending bytes owns no buffer. When it has something to read, it borrows its thread's, and keeps
//! for itself only what it could not deal with at once.

use std::cell::RefCell;
use std::sync::Arc;

use ferrous_engine::keyspace::Evictor;
use ferrous_resp::Arguments;
use ferrous_types::random::Rng;

use crate::lookout::Work;
use crate::server::Server;
use crate::stats::{Counters, WorkerStats};

/// How much is read at a time: about what a socket holds.
pub(crate) const READ_BYTES: usize = 64 << 10;
/// How many requests are looked at ahead of being run, so that their keys can be fetched into cache.
pub(crate) const LOOKAHEAD: usize = 32;
/// A buffer that grew beyond this is given back after use.
const KEEP_BYTES: usize = 1 << 20;

/// How many buffers are kept to be lent.
const SPARE_MAX: usize = 64;
/// Their size at first; they grow with the replies that are put into them.
const SPARE_BYTES: usize = 512;

/// One thread's belongings.
pub(crate) struct Worker {
    /// Received bytes.
    pub(crate) input: Vec<u8>,
    /// Replies to be sent.
    pub(crate) output: Vec<u8>,
    /// Buffers to lend to connections whose replies wait for their turn.
    spare: Vec<Vec<u8>>,
    /// Where the arguments of the requests looked at ahead are.
    pub(crate) arguments: Arguments,
    /// Randomness for commands.
    pub(crate) random: Rng,
    /// Finds keys to remove when memory is full.
    pub(crate) evictor: Evictor,
    /// What the current batch came to, not yet added to `stats`.
    pub(crate) counters: Counters,
    /// This thread's counters.
    pub(crate) stats: Arc<WorkerStats>,
    /// Whether this thread is at work.
    pub(crate) work: Arc<Work>,
}

thread_local! {
    static WORKER: RefCell<Option<Box<Worker>>> = const { RefCell::new(None) };
}

impl Worker {
    fn new(server: &Server) -> Box<Self> {
        Box::new(Self {
            input: Vec::with_capacity(READ_BYTES),
            output: Vec::with_capacity(READ_BYTES),
            spare: Vec::new(),
            arguments: Arguments::default(),
            random: Rng::new(server.fresh_seed()),
            evictor: Evictor::default(),
            counters: Counters::default(),
            stats: server.stats.add_worker(server.registry.all().len()),
            work: server.lookout.add_worker(),
        })
    }

    /// Runs `work` with the current thread's worker, which is made on the thread's first use. Not reentrant.
    pub(crate) fn with<T>(server: &Server, work: impl FnOnce(&mut Self) -> T) -> T {
        WORKER.with_borrow_mut(|worker| {
            let worker = worker.get_or_insert_with(|| Self::new(server));
            worker.work.begin(&server.lookout);
            let result = work(worker);
            worker.work.end();
            worker.settle();
            result
        })
    }

    /// A buffer without bytes.
    pub(crate) fn lend_buffer(&mut self) -> Vec<u8> {
        self.spare
            .pop()
            .unwrap_or_else(|| Vec::with_capacity(SPARE_BYTES))
    }

    /// Takes a buffer back that was lent.
    pub(crate) fn take_buffer_back(&mut self, mut buffer: Vec<u8>) {
        if self.spare.len() < SPARE_MAX {
            buffer.clear();
            self.spare.push(buffer);
        }
    }

    /// Ends a batch: publishes what was counted, leaves the buffers empty and of reasonable size.
    fn settle(&mut self) {
        self.stats.add(&std::mem::take(&mut self.counters));
        for buffer in [&mut self.input, &mut self.output] {
            buffer.clear();
            if buffer.capacity() > KEEP_BYTES || buffer.capacity() < READ_BYTES {
                *buffer = Vec::with_capacity(READ_BYTES);
            }
        }
    }
}
