//! The log: one ordered stream of the commands that repeat every change, for those who keep it (the append-only file)
//! and those who follow it (replicas).
//!
//! Effects are appended while the partitions they are about are held, so the stream's order is an order in which the
//! keyspace really changed. The stream is bytes with absolute offsets. They gather in an open block, which is closed when
//! a reader wants it: a block begins and ends between two transactions, and is shared by all readers.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use ferrous_engine::keyspace::Effects;
use ferrous_resp::encode_command;
use parking_lot::{Condvar, Mutex};

/// What a new open block has room for.
const BLOCK_BYTES: usize = 64 << 10;

/// A piece of the stream.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// The offset of its first byte.
    pub(crate) start: u64,
    /// Changes there were up to its end.
    pub(crate) units: u64,
    /// The bytes: whole commands, whole transactions.
    pub(crate) bytes: Arc<Vec<u8>>,
}

impl Block {
    /// The offset behind its last byte.
    pub(crate) fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

/// The stream, as far as a reader still wants it.
#[derive(Debug)]
pub(crate) struct Log {
    tail: Mutex<Tail>,
    appended: Condvar,
    /// The offset behind the last byte, for those who only look.
    end: AtomicU64,
    /// Changes appended so far, for those who only look.
    units: AtomicU64,
    readers: AtomicUsize,
}

#[derive(Debug)]
struct Tail {
    closed: VecDeque<Block>,
    open: Vec<u8>,
    open_start: u64,
    /// Changes appended so far.
    units: u64,
    /// The database that the stream has selected; none where it must be selected anew.
    selected: Option<usize>,
    /// How far each reader has come.
    places: Vec<(u64, u64)>,
    next_reader: u64,
    /// A reader waits to be woken when there are so many changes.
    awaited: Option<u64>,
}

impl Default for Log {
    fn default() -> Self {
        // Offset 0 stands for nothing having been logged.
        let tail = Tail {
            closed: VecDeque::new(),
            open: Vec::new(),
            open_start: 1,
            units: 0,
            selected: None,
            places: Vec::new(),
            next_reader: 0,
            awaited: None,
        };
        Self {
            tail: Mutex::new(tail),
            appended: Condvar::new(),
            end: AtomicU64::new(1),
            units: AtomicU64::new(0),
            readers: AtomicUsize::new(0),
        }
    }
}

impl Log {
    /// True when somebody reads: else nothing needs to be appended.
    pub(crate) fn is_wanted(&self) -> bool {
        self.readers.load(Relaxed) > 0
    }

    /// The offset behind the last byte.
    pub(crate) fn end(&self) -> u64 {
        self.end.load(Relaxed)
    }

    /// Changes appended so far.
    pub(crate) fn units(&self) -> u64 {
        self.units.load(Relaxed)
    }

    /// Appends what repeats a change; returns the offset behind it. To be called with the partitions held.
    pub(crate) fn append(&self, effects: &Effects) -> u64 {
        let mut tail = self.tail.lock();
        let framed = effects.is_transaction();
        if framed {
            encode_command(&mut tail.open, [b"MULTI"]);
        }
        for (database, request) in effects.iter() {
            if tail.selected != Some(database) {
                let mut digits = itoa::Buffer::new();
                let select = [b"SELECT", digits.format(database).as_bytes()];
                encode_command(&mut tail.open, select);
                tail.selected = Some(database);
            }
            tail.open.extend_from_slice(request);
        }
        if framed {
            encode_command(&mut tail.open, [b"EXEC"]);
        }
        tail.units += 1;
        let end = tail.open_start + tail.open.len() as u64;
        self.units.store(tail.units, Relaxed);
        self.end.store(end, Relaxed);
        let units = tail.units;
        let awaited = tail.awaited.take_if(|wanted| *wanted <= units);
        drop(tail);
        if awaited.is_some() {
            self.appended.notify_all();
        }
        end
    }

    /// Begins to read at the end. To be called with every partition held: from here on, changes are appended.
    pub(crate) fn subscribe(self: &Arc<Self>) -> Reader {
        let mut tail = self.tail.lock();
        tail.close();
        tail.selected = None;
        let (id, next) = (tail.next_reader, tail.open_start);
        tail.next_reader += 1;
        tail.places.push((id, next));
        self.readers.fetch_add(1, Relaxed);
        Reader {
            log: Arc::clone(self),
            id,
            next,
        }
    }

    /// Closes the open block, so that a block begins at the end, and has it select its database itself. Returns the
    /// offset.
    pub(crate) fn cut(&self) -> u64 {
        let mut tail = self.tail.lock();
        tail.close();
        tail.selected = None;
        tail.open_start
    }

    /// Wakes readers that wait.
    pub(crate) fn wake(&self) {
        self.tail.lock().awaited = None;
        self.appended.notify_all();
    }
}

impl Tail {
    fn close(&mut self) {
        if self.open.is_empty() {
            return;
        }
        // The next one is likely to become as long.
        let room = self.open.len().max(BLOCK_BYTES);
        let bytes = mem::replace(&mut self.open, Vec::with_capacity(room));
        let block = Block {
            start: self.open_start,
            units: self.units,
            bytes: Arc::new(bytes),
        };
        self.open_start = block.end();
        self.closed.push_back(block);
    }

    /// Has those who wait woken when there are so many changes.
    fn await_units(&mut self, units: u64) {
        let earliest = self.awaited.map_or(units, |awaited| awaited.min(units));
        self.awaited = Some(earliest);
    }

    /// Drops what every reader has passed.
    fn trim(&mut self) {
        let needed = self.places.iter().map(|(_, place)| *place).min();
        let needed = needed.unwrap_or(self.open_start);
        while self
            .closed
            .front()
            .is_some_and(|block| block.end() <= needed)
        {
            self.closed.pop_front();
        }
    }
}

/// One who reads the stream, block by block.
#[derive(Debug)]
pub(crate) struct Reader {
    log: Arc<Log>,
    id: u64,
    next: u64,
}

impl Reader {
    /// The offset that it has come to.
    pub(crate) fn offset(&self) -> u64 {
        self.next
    }

    /// The next block, if there is anything to read.
    pub(crate) fn next(&mut self) -> Option<Block> {
        let mut tail = self.log.tail.lock();
        if self.next >= tail.open_start {
            tail.close();
        }
        let index = tail
            .closed
            .partition_point(|block| block.end() <= self.next);
        let block = tail.closed.get(index).cloned();
        if let Some(block) = &block {
            self.next = block.end();
        }
        // What was read before is written: nobody needs it for this reader's sake.
        let start = block.as_ref().map_or(self.next, |block| block.start);
        for (id, place) in &mut tail.places {
            if *id == self.id {
                *place = start;
            }
        }
        tail.trim();
        block
    }

    /// Waits until there is something to read, somebody calls [`Log::wake`], or the time is over.
    pub(crate) fn wait(&self, longest: Duration) {
        let mut tail = self.log.tail.lock();
        if tail.open_start + tail.open.len() as u64 > self.next {
            return;
        }
        let next = tail.units + 1;
        tail.await_units(next);
        self.log.appended.wait_for(&mut tail, longest);
    }

    /// Waits until there are so many changes, somebody calls [`Log::wake`], or the time is over.
    pub(crate) fn wait_for_units(&self, units: u64, longest: Duration) {
        let mut tail = self.log.tail.lock();
        if tail.units < units {
            tail.await_units(units);
            self.log.appended.wait_for(&mut tail, longest);
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut tail = self.log.tail.lock();
        tail.places.retain(|(id, _)| *id != self.id);
        if tail.places.is_empty() {
            let unread = mem::take(&mut tail.open);
            tail.open_start += unread.len() as u64;
        }
        tail.trim();
        self.log.readers.fetch_sub(1, Relaxed);
    }
}
