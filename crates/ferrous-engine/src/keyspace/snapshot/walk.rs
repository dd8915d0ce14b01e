//! How far a snapshot is in one partition's share of one database.

use std::sync::Arc;

use ferrous_persist::rdb::{Fragment, WriteError};

use super::KeyTable;
use super::outbox::{self, Handed, Outbox};
use crate::codec::Saver;
use crate::keyspace::{AccessClock, EntryRef, Key, ObjectEntry};

/// About how many bytes a step encodes: what it holds the lock for, some tens of microseconds.
const STEP_BYTES: usize = 16 << 10;
/// How many entries a step looks at, at most about.
const STEP_ENTRIES: u64 = 128;
/// A value beyond this is told in pieces.
const LARGE_BYTES: usize = 64 << 10;
/// An estimate for values with more allocations than this.
const LARGE_EFFORT: usize = 512;

/// The state of a snapshot in a share.
pub(in crate::keyspace) struct Walk {
    /// The number that the database had at the instant.
    origin: usize,
    /// Entries below it are told.
    cursor: u64,
    /// But not these, which are large. Some may lie ahead: somebody is about to change them.
    large: Vec<Large>,
    outbox: Arc<Outbox>,
}

/// A large value that the cursor has passed, or will pass over, and that is not told to its end.
struct Large {
    hash: u64,
    key: Box<[u8]>,
    /// Its first piece is told, so that nothing else may be until its last one is.
    open: bool,
    progress: Progress,
}

enum Progress {
    Waiting,
    Begun(Box<(Saver, Fragment)>),
    /// A writer needed it to be over: these are the bytes that the walk lacks.
    Finished(Vec<u8>),
}

/// What a step came to.
pub(in crate::keyspace) struct Step {
    /// Keys told.
    pub(super) keys: u64,
    /// The share is finished.
    pub(in crate::keyspace) done: bool,
    /// The fragment ends in the middle of a value.
    pub(super) mid_value: bool,
}

/// What became of an entry that was deleted.
pub(in crate::keyspace) enum Deleted {
    /// There was none.
    Absent,
    /// The snapshot has it.
    HandedOver,
    /// It is the caller's.
    Entry(ObjectEntry),
}

impl Walk {
    pub(super) fn new(origin: usize, outbox: Arc<Outbox>) -> Self {
        Self {
            origin,
            cursor: 0,
            large: Vec::new(),
            outbox,
        }
    }

    /// The number that the database had at the instant.
    pub(in crate::keyspace) fn origin(&self) -> usize {
        self.origin
    }

    /// True when part of a value is told.
    pub(super) fn is_mid_value(&self) -> bool {
        self.large.iter().any(|large| large.open)
    }

    /// True when an entry of this hash is one that the walk has yet to reach.
    pub(in crate::keyspace) fn is_ahead(&self, hash: u64) -> bool {
        KeyTable::cursor_of(hash) >= self.cursor && !self.outbox.is_closed()
    }

    /// Hands over what `key` holds, as far as it is owed, before it changes.
    pub(in crate::keyspace) fn preserve(&mut self, keys: &mut KeyTable, hash: u64, key: &[u8]) {
        if self.outbox.is_closed() {
            return;
        }
        if let Some(index) = self.large_index(hash, key) {
            if let Some(entry) = keys.find(hash, |entry| entry.key() == key) {
                self.finish(index, entry);
            }
        } else if self.is_ahead(hash)
            && let Some(mut present) = keys.find_mut(hash, |entry| entry.key() == key)
            && !present.get().is_marked()
        {
            self.outbox.put_copy(self.origin, present.get());
            present.get_mut().set_marked(true);
        }
    }

    /// Has a piece of what `key` holds told into memory, if that is large and owed. True once nothing is left of it: until
    /// then, [`Walk::preserve`] would take long.
    pub(in crate::keyspace) fn prepare(
        &mut self,
        keys: &mut KeyTable,
        hash: u64,
        key: &[u8],
    ) -> bool {
        if self.outbox.is_closed() {
            return true;
        }
        let known = self.large_index(hash, key);
        let Some(index) = known.or_else(|| self.take_up(keys, hash, key)) else {
            return true;
        };
        let Some(entry) = keys.find(hash, |entry| entry.key() == key) else {
            return true;
        };
        let access = self.outbox.options().access;
        let told = self.large[index].tell(entry, &self.outbox, access, LARGE_BYTES);
        told.unwrap_or_else(|error| {
            self.outbox.fail(error);
            true
        })
    }

    /// Has a large value that the cursor has not reached told by itself, ahead of its turn.
    fn take_up(&mut self, keys: &mut KeyTable, hash: u64, key: &[u8]) -> Option<usize> {
        if !self.is_ahead(hash) {
            return None;
        }
        let mut present = keys.find_mut(hash, |entry| entry.key() == key)?;
        if present.get().is_marked() || !is_large(present.get()) {
            return None;
        }
        present.get_mut().set_marked(true);
        self.large.push(Large::new(hash, key));
        Some(self.large.len() - 1)
    }

    /// Lets go of an entry that is about to be removed because its time has come: nothing is owed of it, unless part
    /// of it is told.
    pub(in crate::keyspace) fn expire(&mut self, keys: &KeyTable, hash: u64, key: &[u8]) {
        let Some(index) = self.large_index(hash, key) else {
            return;
        };
        if !self.large[index].open {
            self.large.swap_remove(index);
        } else if let Some(entry) = keys.find(hash, |entry| entry.key() == key) {
            self.finish(index, entry);
        }
    }

    /// Has the rest of a large value told.
    fn finish(&mut self, index: usize, entry: EntryRef<'_>) {
        let access = self.outbox.options().access;
        if let Err(error) = self.large[index].tell(entry, &self.outbox, access, usize::MAX) {
            self.outbox.fail(error);
        }
    }

    /// Hands over an entry that was taken out and that nobody else needs, if it is owed.
    pub(in crate::keyspace) fn take_over(&mut self, hash: u64, entry: ObjectEntry) -> Deleted {
        let owed = self.is_ahead(hash) && !entry.view().is_marked();
        let waiting = self
            .large_index(hash, entry.key())
            .filter(|index| matches!(self.large[*index].progress, Progress::Waiting));
        if let Some(index) = waiting {
            self.large.swap_remove(index);
        }
        if (owed || waiting.is_some()) && !self.outbox.is_closed() {
            self.outbox.put(Handed::Entry {
                database: self.origin,
                entry,
            });
            return Deleted::HandedOver;
        }
        Deleted::Entry(entry)
    }

    /// True when the value at `key` is in the middle of being told.
    pub(in crate::keyspace) fn has_begun(&self, key: &Key<'_>) -> bool {
        self.large_index(key.hash, key.bytes)
            .is_some_and(|index| matches!(self.large[index].progress, Progress::Begun(_)))
    }

    /// Hands the whole share over.
    pub(in crate::keyspace) fn hand_over_share(self: Box<Self>, keys: KeyTable) -> KeyTable {
        if self.outbox.is_closed() {
            return keys;
        }
        let outbox = Arc::clone(&self.outbox);
        outbox.put(Handed::Share { keys, walk: self });
        KeyTable::new()
    }

    fn large_index(&self, hash: u64, key: &[u8]) -> Option<usize> {
        self.large
            .iter()
            .position(|large| large.hash == hash && *large.key == *key)
    }

    /// Tells some more of the share.
    pub(in crate::keyspace) fn step(
        &mut self,
        keys: &mut KeyTable,
        fragment: &mut Fragment,
    ) -> Result<Step, WriteError> {
        let mut step = Step {
            keys: 0,
            done: false,
            mid_value: false,
        };
        if self.large.is_empty() {
            self.step_cursor(keys, fragment, &mut step)?;
        } else {
            self.step_large(keys, fragment, &mut step)?;
        }
        step.done = self.cursor >= KeyTable::CURSOR_END && self.large.is_empty();
        Ok(step)
    }

    fn step_cursor(
        &mut self,
        keys: &mut KeyTable,
        fragment: &mut Fragment,
        step: &mut Step,
    ) -> Result<(), WriteError> {
        let (access, seed) = (self.outbox.options().access, self.outbox.seed());
        let (mut visited, mut outcome) = (0, Ok(()));
        while self.large.is_empty()
            && outcome.is_ok()
            && visited < STEP_ENTRIES
            && fragment.bytes().len() < STEP_BYTES
        {
            let next = keys.scan_mut(self.cursor, |mut entry| {
                visited += 1;
                if entry.view().is_marked() {
                    entry.set_marked(false);
                } else if is_large(entry.view()) {
                    let key = entry.view().key();
                    self.large.push(Large::new(seed.hash(key), key));
                } else if outcome.is_ok() {
                    outcome = outbox::encode(fragment, entry.view(), access);
                    step.keys += 1;
                }
            });
            self.cursor = if next == 0 {
                KeyTable::CURSOR_END
            } else {
                next
            };
            if next == 0 {
                break;
            }
            // A bucket without entries takes its time as well.
            visited += 1;
        }
        outcome
    }

    fn step_large(
        &mut self,
        keys: &KeyTable,
        fragment: &mut Fragment,
        step: &mut Step,
    ) -> Result<(), WriteError> {
        let access = self.outbox.options().access;
        let open = self.large.iter().position(|large| large.open);
        let index = open.unwrap_or(0);
        let large = &mut self.large[index];
        let told = match &mut large.progress {
            Progress::Finished(rest) => {
                fragment.append(rest);
                true
            }
            progress => {
                let entry = keys.find(large.hash, |entry| entry.key() == &*large.key);
                let entry = entry.expect("who takes a large value out has it told first");
                let (saver, own) = &mut **progress.begun(entry, &self.outbox, access)?;
                let value = entry.value();
                let told = saver.save(&value, LARGE_BYTES, |part| own.part(part))?;
                if told {
                    own.end_value()?;
                }
                fragment.append(own.bytes());
                own.clear();
                told
            }
        };
        large.open = !told;
        step.mid_value = !told;
        if told {
            step.keys += 1;
            self.large.swap_remove(index);
        }
        Ok(())
    }

    /// Takes some marks back; true when there are no more.
    pub(in crate::keyspace) fn forget_some(&mut self, keys: &mut KeyTable) -> bool {
        let mut visited = 0;
        while visited < 8 * STEP_ENTRIES {
            self.cursor = keys.scan_mut(self.cursor, |mut entry| {
                visited += 1;
                entry.set_marked(false);
            });
            if self.cursor == 0 {
                return true;
            }
            visited += 1;
        }
        false
    }
}

impl Progress {
    /// The state of a value that is being told, from its first piece on.
    fn begun(
        &mut self,
        entry: EntryRef<'_>,
        outbox: &Outbox,
        access: Option<AccessClock>,
    ) -> Result<&mut Box<(Saver, Fragment)>, WriteError> {
        if matches!(self, Self::Waiting) {
            let mut fragment = Fragment::new(outbox.options().format)?;
            fragment.key(&outbox::key(entry, access))?;
            *self = Self::Begun(Box::new((Saver::new(), fragment)));
        }
        match self {
            Self::Begun(state) => Ok(state),
            Self::Waiting | Self::Finished(_) => Err(WriteError::Misplaced(
                "a large value was gone on with after its end",
            )),
        }
    }
}

impl Large {
    fn new(hash: u64, key: &[u8]) -> Self {
        Self {
            hash,
            key: key.into(),
            open: false,
            progress: Progress::Waiting,
        }
    }

    /// Tells about so many bytes more into memory, because the value is about to change; true once nothing is left.
    fn tell(
        &mut self,
        entry: EntryRef<'_>,
        outbox: &Outbox,
        access: Option<AccessClock>,
        bytes: usize,
    ) -> Result<bool, WriteError> {
        if matches!(self.progress, Progress::Finished(_)) {
            return Ok(true);
        }
        let (saver, fragment) = &mut **self.progress.begun(entry, outbox, access)?;
        if !saver.save(&entry.value(), bytes, |part| fragment.part(part))? {
            return Ok(false);
        }
        fragment.end_value()?;
        self.progress = Progress::Finished(fragment.take());
        Ok(true)
    }
}

fn is_large(entry: EntryRef<'_>) -> bool {
    entry
        .object()
        .is_some_and(|object| object.free_effort() > LARGE_EFFORT)
}
