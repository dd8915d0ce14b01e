//! The thread that writes and flushes.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed, Ordering::SeqCst};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::Status;
use super::increment::Increment;
use crate::config::{self, FsyncPolicy};
use crate::persistence::log::{Block, Reader};
use crate::server::{Server, now_ms};

/// How often the file is flushed under `everysec`, at least.
const SYNC_PERIOD: Duration = Duration::from_secs(1);
/// The same while the disk is quick: the less there is to lose when the power goes, the better.
const SYNC_PERIOD_MIN: Duration = Duration::from_millis(250);
/// A flush may take one part in so many of the disk's time before they become rarer.
const SYNC_SHARE: u32 = 20;
/// What is appended within this time is written together, unless somebody waits for it.
const GATHER: Duration = Duration::from_millis(2);
/// The longest wait for writers to come together for a flush: so many times what the last one took, and no more than this.
const GROUP_WAIT_FLUSHES: u32 = 2;
const GROUP_WAIT_MAX: Duration = Duration::from_millis(3);
/// How soon a write that failed is tried again.
const RETRY: Duration = Duration::from_millis(100);
/// How often a failure that goes on is logged.
const LOG_PERIOD: Duration = Duration::from_secs(30);

/// From `offset` of the log on, another file is written.
#[derive(Debug)]
struct Switch {
    offset: u64,
    file: File,
}

/// What is asked of the thread.
#[derive(Debug, Default)]
struct Orders {
    switches: Mutex<VecDeque<Switch>>,
    /// Somebody waits for everything to be flushed.
    flush: AtomicBool,
    flushed: Mutex<u64>,
    flush_done: Condvar,
    stop: AtomicBool,
}

/// The running thread.
#[derive(Debug)]
pub(super) struct Handle {
    orders: Arc<Orders>,
    thread: JoinHandle<()>,
}

impl Handle {
    /// Starts the thread: what `reader` reads goes to the end of `file`, which has `size` bytes.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn start(
        server: &'static Server,
        reader: Reader,
        file: File,
        size: u64,
    ) -> io::Result<Self> {
        let orders = Arc::new(Orders::default());
        let status = Arc::clone(&server.persistence.aof.status);
        status.set_trouble(None);
        status.advance(reader.offset(), reader.offset());
        status.room.store(0, Relaxed);
        let writer = Writer {
            server,
            orders: Arc::clone(&orders),
            status,
            durable: reader.offset(),
            reader,
            current: None,
            file: Increment::new(file, size),
            synced_size: size,
            unsynced: Vec::new(),
            // What comes first is flushed at once.
            last_sync: Instant::now()
                .checked_sub(SYNC_PERIOD)
                .unwrap_or_else(Instant::now),
            last_flush: Duration::ZERO,
            synced_units: server.persistence.log.units(),
            group_end: 0,
            sync_period: SYNC_PERIOD,
            last_complaint: None,
            second: 0,
        };
        let thread = thread::Builder::new()
            .name("ferrous-aof".to_owned())
            .spawn(move || writer.run())?;
        Ok(Self { orders, thread })
    }

    /// Has everything from `offset` of the log on, where a block begins, written to `file`.
    pub(super) fn switch(&self, server: &Server, offset: u64, file: File) {
        self.orders
            .switches
            .lock()
            .push_back(Switch { offset, file });
        server.persistence.log.wake();
    }

    /// Waits until what is appended so far is flushed, or that has failed.
    pub(super) fn flush(&self, server: &Server) {
        let mut flushed = self.orders.flushed.lock();
        let before = *flushed;
        self.orders.flush.store(true, SeqCst);
        server.persistence.log.wake();
        while *flushed == before && !self.thread.is_finished() {
            self.orders.flush_done.wait_for(&mut flushed, RETRY);
            server.persistence.log.wake();
        }
    }

    /// Ends the thread, once what is appended so far is flushed or that has failed.
    pub(super) fn stop(self, server: &Server) {
        self.orders.stop.store(true, SeqCst);
        while !self.thread.is_finished() {
            server.persistence.log.wake();
            thread::sleep(Duration::from_millis(1));
        }
        if self.thread.join().is_err() {
            tracing::error!("the thread that writes the append-only file ended by a panic");
        }
    }
}

struct Writer {
    server: &'static Server,
    orders: Arc<Orders>,
    status: Arc<Status>,
    reader: Reader,
    /// Read and not written yet.
    current: Option<Block>,
    file: Increment,
    /// Bytes in the file that are durable, and the offset of the log that they reach to.
    synced_size: u64,
    durable: u64,
    /// What is written and not durable, while somebody waits for it: after a flush that failed, nobody knows what of it
    /// the disk has.
    unsynced: Vec<Block>,
    last_sync: Instant,
    /// How long it took.
    last_flush: Duration,
    /// Changes up to there are durable, and so many there will be when those who wrote them have written again.
    synced_units: u64,
    group_end: u64,
    /// How long after it the next one is due under `everysec`.
    sync_period: Duration,
    last_complaint: Option<Instant>,
    /// The time that was last noted in the file, in seconds.
    second: i64,
}

impl Writer {
    fn run(mut self) {
        loop {
            let stopping = self.orders.stop.load(SeqCst);
            let flushing = self.orders.flush.load(SeqCst);
            let policy = self.policy();
            if policy == FsyncPolicy::Always {
                self.gather();
            } else {
                // It may be a new one, under which nobody has to wait.
                self.status.stir();
            }
            let wrote = self.write_all(policy);
            // What was written just before the policy changed may be waited for since.
            let awaited = policy == FsyncPolicy::Always || !self.unsynced.is_empty();
            if flushing || stopping || awaited {
                self.sync_if_needed();
            }
            if flushing {
                self.orders.flush.store(false, SeqCst);
                *self.orders.flushed.lock() += 1;
                self.orders.flush_done.notify_all();
            }
            if stopping {
                self.close_room();
                break;
            }
            if policy == FsyncPolicy::EverySecond && self.is_sync_due() {
                self.sync_if_needed();
            }
            if policy != FsyncPolicy::Always && wrote {
                thread::sleep(GATHER);
            } else {
                self.reader.wait(self.patience(policy));
            }
        }
    }

    fn policy(&self) -> FsyncPolicy {
        self.server.config.persistence.appendfsync.get()
    }

    fn is_sync_due(&self) -> bool {
        self.last_sync.elapsed() >= self.sync_period
    }

    /// How long there may be nothing to do.
    fn patience(&self, policy: FsyncPolicy) -> Duration {
        if !self.unsynced.is_empty() {
            RETRY
        } else if policy == FsyncPolicy::EverySecond && self.file.size() > self.synced_size {
            self.sync_period.saturating_sub(self.last_sync.elapsed())
        } else {
            SYNC_PERIOD
        }
    }

    /// Waits a moment for the clients that the last flush let go on: what they write next can share a flush, and many
    /// flushes for few changes each would keep the disk and the processor busier than one for all. Half of them are
    /// enough: while those are flushed, the others write.
    fn gather(&self) {
        let enough = self.synced_units + (self.group_end.saturating_sub(self.synced_units)) / 2;
        let longest = (self.last_flush * GROUP_WAIT_FLUSHES).min(GROUP_WAIT_MAX);
        let log = &self.server.persistence.log;
        while log.units() < enough
            && let Some(left) = longest.checked_sub(self.last_sync.elapsed())
        {
            self.reader.wait_for_units(enough, left);
        }
    }

    /// Writes what is appended; true when there was something.
    fn write_all(&mut self, policy: FsyncPolicy) -> bool {
        let mut wrote = false;
        while let Some(block) = self.next_block() {
            wrote = true;
            while let Err(error) = self.write(&block) {
                self.complain("writing to", &error);
                if !self.wait_to_retry() {
                    return true;
                }
            }
            self.current = None;
            let end = block.end();
            if policy == FsyncPolicy::Always {
                let units = block.units;
                self.unsynced.push(block);
                self.status.written.store(end, SeqCst);
                self.sync_if_needed();
                if self.durable != end {
                    return true;
                }
                let group = units - self.synced_units;
                self.synced_units = units;
                self.group_end = self.server.persistence.log.units() + group;
                self.gather();
            } else {
                self.synced_units = block.units;
                self.unsynced.clear();
                self.recover("write");
                self.status.advance(end, self.durable);
                if policy == FsyncPolicy::EverySecond && self.is_sync_due() {
                    self.sync_if_needed();
                }
            }
        }
        wrote
    }

    /// The next block, once the file is the one that it goes to.
    fn next_block(&mut self) -> Option<Block> {
        let due = |switches: &VecDeque<Switch>, offset| {
            switches
                .front()
                .is_some_and(|switch: &Switch| switch.offset <= offset)
        };
        if self.current.is_some() {
            return self.current.clone();
        }
        let block = self.reader.next();
        self.current.clone_from(&block);
        let offset = block
            .as_ref()
            .map_or(self.reader.offset(), |block| block.start);
        let switch = {
            let mut switches = self.orders.switches.lock();
            if due(&switches, offset) {
                switches.pop_front()
            } else {
                None
            }
        };
        if let Some(switch) = switch {
            // The old file is still needed until the new base is complete.
            self.sync_if_needed();
            self.close_room();
            self.file = Increment::new(switch.file, 0);
            (self.synced_size, self.second) = (0, 0);
            self.unsynced.clear();
        }
        block
    }

    fn write(&mut self, block: &Block) -> io::Result<()> {
        let sleep_us = self.status.sleep_us.load(Relaxed);
        if sleep_us != 0 {
            thread::sleep(Duration::from_micros(sleep_us));
        }
        let stamp = self.timestamp();
        let each_time = self.policy() == FsyncPolicy::Always;
        let added = self.file.write(stamp.as_bytes(), &block.bytes, each_time)?;
        self.status.size.fetch_add(added, Relaxed);
        self.status.room.store(self.file.room(), Relaxed);
        Ok(())
    }

    /// Leaves the file as long as what is in it.
    fn close_room(&mut self) {
        // Room that stays does no harm.
        if let Err(error) = self.file.close_room() {
            tracing::warn!("Cutting the AOF file to its size: {error}");
        }
        self.status.room.store(0, Relaxed);
    }

    /// The note of the time that goes before what is written now.
    fn timestamp(&mut self) -> String {
        let second = now_ms() / 1000;
        let wanted = self.server.config.persistence.aof_timestamp_enabled.get();
        if !wanted || second == self.second {
            return String::new();
        }
        self.second = second;
        format!("#TS:{second}\r\n")
    }

    /// Flushes what is written. When somebody waits for it, does not come back before that has succeeded, unless the
    /// thread is to end.
    fn sync_if_needed(&mut self) {
        if self.file.size() == self.synced_size && self.durable == self.status.written.load(SeqCst)
        {
            return;
        }
        let relaxed = self
            .server
            .config
            .persistence
            .no_appendfsync_on_rewrite
            .get()
            && self.policy() == FsyncPolicy::EverySecond
            && self.server.persistence.jobs.running().is_some()
            && !self.orders.stop.load(SeqCst)
            && !self.orders.flush.load(SeqCst);
        if relaxed {
            return;
        }
        let started = Instant::now();
        while let Err(error) = self.sync() {
            self.complain("flushing", &error);
            let awaited = !self.unsynced.is_empty();
            if !awaited || !self.wait_to_retry() {
                self.last_sync = Instant::now();
                return;
            }
        }
        let took = started.elapsed();
        if took > SYNC_PERIOD {
            self.status.delayed_syncs.fetch_add(1, Relaxed);
        }
        self.sync_period = (took * SYNC_SHARE).clamp(SYNC_PERIOD_MIN, SYNC_PERIOD);
        self.last_flush = took;
        self.last_sync = Instant::now();
        self.synced_size = self.file.size();
        self.durable = self.status.written.load(SeqCst);
        self.unsynced.clear();
        self.recover("fsync");
        self.status.synced_ms.store(now_ms(), Relaxed);
        self.status.advance(self.durable, self.durable);
    }

    fn sync(&mut self) -> io::Result<()> {
        if !self.unsynced.is_empty() && self.last_complaint.is_some() {
            // Whatever the system kept of what it failed to flush: it is written once more.
            let again = self.file.size() - self.synced_size;
            self.file.cut(self.synced_size)?;
            self.status.size.fetch_sub(again, Relaxed);
            for block in std::mem::take(&mut self.unsynced) {
                let written = self.write(&block);
                self.unsynced.push(block);
                written?;
            }
        }
        self.file.sync()
    }

    fn complain(&mut self, what: &str, error: &io::Error) {
        let text = config::error_text(error);
        if self
            .last_complaint
            .is_none_or(|last| last.elapsed() >= LOG_PERIOD)
        {
            tracing::warn!("Error {what} the AOF file: {text}");
            self.last_complaint = Some(Instant::now());
        }
        self.status.set_trouble(Some(text));
    }

    fn recover(&mut self, what: &str) {
        if self.last_complaint.take().is_some() {
            tracing::warn!("AOF {what} error looks solved. The server can write again.");
            self.status.set_trouble(None);
        }
    }

    /// Waits until the next attempt; false when the thread is to end, or somebody waits for it to give up.
    fn wait_to_retry(&self) -> bool {
        thread::sleep(RETRY);
        !self.orders.stop.load(SeqCst) && !self.orders.flush.load(SeqCst)
    }
}
