//! What writers hand over to a snapshot.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use ferrous_persist::rdb::{Fragment, Key, WriteError};
use ferrous_types::entry::{Value, ValueRef};
use ferrous_types::hash::Seed;
use parking_lot::Mutex;

use super::{KeyTable, SnapshotOptions, Walk};
use crate::codec;
use crate::keyspace::{AccessClock, EntryRef, ObjectEntry};

/// Something that was handed over.
pub(super) enum Handed {
    /// An entry, or a copy of one that holds a string.
    Entry { database: usize, entry: ObjectEntry },
    /// An entry as a record.
    Records { database: usize, records: Vec<u8> },
    /// A share that was emptied.
    Share { keys: KeyTable, walk: Box<Walk> },
}

impl Handed {
    /// The number that the database had at the instant.
    pub(super) fn database(&self) -> usize {
        match self {
            Self::Entry { database, .. } | Self::Records { database, .. } => *database,
            Self::Share { walk, .. } => walk.origin(),
        }
    }

    /// Bytes in memory, as far as they are there for the snapshot's sake and easily told.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Entry { entry, .. } => {
                let view = entry.view();
                view.heap_bytes() + view.object().map_or(0, |object| object.heap_bytes(1))
            }
            Self::Records { records, .. } => records.capacity(),
            Self::Share { keys, .. } => keys.heap_bytes(),
        }
    }
}

/// Where writers put what they hand over. It has no bound of its own: each entry comes once, so that at worst it holds
/// what a copy of the changed entries takes, and writers never wait for a disk.
pub(super) struct Outbox {
    options: SnapshotOptions,
    seed: Seed,
    handed: Mutex<Vec<Handed>>,
    /// What was not encoded, because the format has no place for it.
    error: Mutex<Option<WriteError>>,
    closed: AtomicBool,
    bytes: AtomicUsize,
}

impl Outbox {
    pub(super) fn new(options: SnapshotOptions, seed: Seed) -> Self {
        Self {
            options,
            seed,
            handed: Mutex::default(),
            error: Mutex::default(),
            closed: AtomicBool::new(false),
            bytes: AtomicUsize::new(0),
        }
    }

    pub(super) fn options(&self) -> &SnapshotOptions {
        &self.options
    }

    /// What keys are hashed with.
    pub(super) fn seed(&self) -> Seed {
        self.seed
    }

    /// Bytes handed over and not told yet.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Relaxed)
    }

    /// Nobody wants anything any more.
    pub(super) fn close(&self) {
        self.closed.store(true, Relaxed);
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    /// Hands over.
    pub(super) fn put(&self, handed: Handed) {
        self.bytes.fetch_add(handed.bytes(), Relaxed);
        self.handed.lock().push(handed);
    }

    /// Hands over what an entry holds before it changes: a string is copied, which is quick; anything else is encoded.
    pub(super) fn put_copy(&self, database: usize, entry: EntryRef<'_>) {
        let value = match entry.value() {
            ValueRef::Int(int) => Value::Int(int),
            ValueRef::Bytes(bytes) => Value::Bytes(bytes),
            ValueRef::Object(_) => return self.put_record(database, entry),
        };
        let mut copy = ObjectEntry::new(entry.key(), value, entry.expire_at_ms());
        copy.view_mut().set_access(entry.access());
        self.put(Handed::Entry {
            database,
            entry: copy,
        });
    }

    fn put_record(&self, database: usize, entry: EntryRef<'_>) {
        let record = Fragment::new(self.options.format).and_then(|mut fragment| {
            encode(&mut fragment, entry, self.options.access)?;
            Ok(fragment.take())
        });
        match record {
            Ok(records) => self.put(Handed::Records { database, records }),
            Err(error) => self.fail(error),
        }
    }

    /// Notes why something was not encoded.
    pub(super) fn fail(&self, error: WriteError) {
        self.error.lock().get_or_insert(error);
    }

    /// Takes what was handed over.
    ///
    /// # Errors
    /// What [`Outbox::fail`] was told.
    pub(super) fn take(&self, pending: &mut VecDeque<Handed>) -> Result<(), WriteError> {
        if let Some(error) = self.error.lock().take() {
            return Err(error);
        }
        pending.extend(mem::take(&mut *self.handed.lock()));
        Ok(())
    }

    /// So many bytes are told and gone.
    pub(super) fn told(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes.min(self.bytes()), Relaxed);
    }
}

/// Adds an entry to a fragment.
pub(super) fn encode(
    fragment: &mut Fragment,
    entry: EntryRef<'_>,
    access: Option<AccessClock>,
) -> Result<(), WriteError> {
    fragment.key(&key(entry, access))?;
    codec::save(&entry.value(), |part| fragment.part(part))?;
    fragment.end_value()
}

/// What is told of an entry besides its value.
pub(super) fn key(entry: EntryRef<'_>, access: Option<AccessClock>) -> Key<'_> {
    let mut key = Key::new(entry.key(), codec::encoding(&entry.value()));
    key.expire_at_ms = entry.expire_at_ms();
    match access {
        Some(clock @ AccessClock::Lru { .. }) => {
            key.idle_secs = Some(clock.idle_seconds(entry.access()).into());
        }
        Some(clock @ AccessClock::Lfu { .. }) => {
            key.frequency = Some(clock.frequency(entry.access()));
        }
        None => {}
    }
    key
}
