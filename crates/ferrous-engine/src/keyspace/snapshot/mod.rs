//! Snapshots: the keyspace as it was at one instant, told while it goes on changing.
//!
//! At the instant every partition is locked, and each share of a database gets a [`Walk`]. From then on the walk goes
//! through one share after the other in the order of hashes, some entries at a time, and holds a partition's lock no
//! longer than that. What it passes is told; what it has not reached yet and is about to change is handed over first by
//! whoever changes it, and marked, so that the walk passes over it:
//!
//! ```text
//!            cursor
//! told          │  still owed          an entry ahead of the cursor that carries the mark is not owed:
//! ██████████████│░░░░░░█░░░░█░░░░      it was handed over, or is younger than the snapshot
//! ```
//!
//! The walk takes the marks away as it passes, so that none is left when it is over. Nothing is told of an entry that
//! expired meanwhile: to everybody, it looks as if it had expired before the instant. A large value is told in pieces
//! between which the lock is let go; who is about to change it has what is left told first, in pieces as well if it can
//! wait ([`Walk::prepare`]). What is emptied or swapped takes its walk along.

mod outbox;
mod walk;

use std::collections::VecDeque;
use std::sync::Arc;

use ferrous_persist::rdb::{Fragment, WriteError, WriteOptions};

use outbox::{Handed, Outbox};
pub(super) use walk::{Deleted, Step, Walk};

use super::{AccessClock, Held, KeyTable, Keyspace, Partition, PartitionIndex};

/// How a snapshot tells entries.
#[derive(Clone, Copy, Debug)]
pub struct SnapshotOptions {
    /// The format.
    pub format: WriteOptions,
    /// What to make of the entries' access fields, when they are to be told.
    pub access: Option<AccessClock>,
}

/// A database as it was at the instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DatabaseAtStart {
    /// Its number.
    pub database: usize,
    /// Keys in it.
    pub keys: u64,
    /// Keys among them that expire.
    pub volatile: u64,
}

/// Some records of a snapshot.
#[derive(Debug)]
pub struct Records<'a> {
    /// The database that the keys belong to, by the number it had at the instant.
    pub database: usize,
    /// The records in the format of RDB. A value may end in the next ones.
    pub bytes: &'a [u8],
}

/// A snapshot that is being told. It is over when [`Snapshot::step`] says so, or must be given up by
/// [`Snapshot::abandon`]; until then no other one can begin.
pub struct Snapshot {
    outbox: Arc<Outbox>,
    sizes: Vec<DatabaseAtStart>,
    /// The next share to go through: an index into `sizes`, and a partition.
    place: (usize, PartitionIndex),
    /// What was handed over and is not told yet.
    pending: VecDeque<Handed>,
    fragment: Fragment,
    /// The share at hand is in the middle of a large value, which nothing may interrupt.
    mid_value: bool,
    keys_told: u64,
}

impl Snapshot {
    /// Begins a snapshot of the present state; `held` is everything in `keyspace`.
    ///
    /// # Errors
    /// When the version of the format is only read.
    pub fn begin(
        keyspace: &Keyspace,
        held: &mut Held<'_>,
        options: SnapshotOptions,
    ) -> Result<Self, WriteError> {
        let fragment = Fragment::new(options.format)?;
        let outbox = Arc::new(Outbox::new(options, keyspace.seed()));
        let mut sizes: Vec<DatabaseAtStart> = Vec::new();
        for index in 0..held.count() {
            held.visit(index as PartitionIndex, |partition| {
                begin_walks(partition, &outbox, &mut sizes);
            });
        }
        sizes.sort_unstable_by_key(|size| size.database);
        Ok(Self {
            outbox,
            sizes,
            place: (0, 0),
            pending: VecDeque::new(),
            fragment,
            mid_value: false,
            keys_told: 0,
        })
    }

    /// How it is written.
    pub fn format(&self) -> WriteOptions {
        self.outbox.options().format
    }

    /// The databases that had keys, by number.
    pub fn databases(&self) -> &[DatabaseAtStart] {
        &self.sizes
    }

    /// Keys at the instant.
    pub fn keys(&self) -> u64 {
        self.sizes.iter().map(|size| size.keys).sum()
    }

    /// Keys told so far.
    pub fn keys_told(&self) -> u64 {
        self.keys_told
    }

    /// Bytes that were handed over and are still in memory.
    pub fn bytes_in_flight(&self) -> usize {
        self.outbox.bytes()
    }

    /// Tells some more records; nothing when that was all.
    ///
    /// # Errors
    /// When the format has no place for a value. The snapshot is to be given up then.
    pub fn step(&mut self, held: &mut Held<'_>) -> Result<Option<Records<'_>>, WriteError> {
        self.fragment.clear();
        loop {
            self.outbox.take(&mut self.pending)?;
            let database = if self.mid_value {
                Some(self.step_value(held)?)
            } else if let Some(handed) = self.pending.pop_front() {
                Some(self.step_handed(handed)?)
            } else {
                self.step_share(held)?
            };
            let Some(database) = database else {
                // Nobody hands anything over once no share is walked, but the last share may have had a late one.
                self.outbox.take(&mut self.pending)?;
                if self.pending.is_empty() {
                    return Ok(None);
                }
                continue;
            };
            if !self.fragment.bytes().is_empty() {
                return Ok(Some(Records {
                    database,
                    bytes: self.fragment.bytes(),
                }));
            }
        }
    }

    /// Gives the snapshot up: takes back the marks that it left.
    pub fn abandon(self, held: &mut Held<'_>) {
        self.outbox.close();
        for index in 0..held.count() {
            let index = index as PartitionIndex;
            while held.visit(index, forget_some) {}
        }
    }

    /// Goes on with what was handed over; returns the database it belongs to.
    fn step_handed(&mut self, handed: Handed) -> Result<usize, WriteError> {
        let bytes = handed.bytes();
        let database = handed.database();
        match handed {
            Handed::Entry { entry, .. } => {
                outbox::encode(
                    &mut self.fragment,
                    entry.view(),
                    self.outbox.options().access,
                )?;
                self.keys_told += 1;
            }
            Handed::Records { records, .. } => {
                self.fragment.append(&records);
                self.keys_told += 1;
            }
            Handed::Share { mut keys, mut walk } => {
                let step = walk.step(&mut keys, &mut self.fragment)?;
                self.keys_told += step.keys;
                self.mid_value = step.mid_value;
                if !step.done {
                    self.pending.push_front(Handed::Share { keys, walk });
                    return Ok(database);
                }
            }
        }
        self.outbox.told(bytes);
        Ok(database)
    }

    /// Goes on with the large value at hand, wherever its share is by now.
    fn step_value(&mut self, held: &mut Held<'_>) -> Result<usize, WriteError> {
        let (at, partition) = self.place;
        let origin = self.sizes.get(at).map(|size| size.database);
        let is_it =
            |handed: &Handed| matches!(handed, Handed::Share { walk, .. } if walk.is_mid_value());
        if let Some(index) = self.pending.iter().position(is_it) {
            let share = self.pending.remove(index);
            return self.step_handed(share.expect("its position was just found"));
        }
        let origin = origin.expect("a large value is in a share that is not finished");
        self.visit_share(held, origin, partition)?
            .map(|()| origin)
            .ok_or(WriteError::Misplaced("a large value's share is gone"))
    }

    /// Goes on with the next share that is not finished; nothing when all are.
    fn step_share(&mut self, held: &mut Held<'_>) -> Result<Option<usize>, WriteError> {
        while let Some(size) = self.sizes.get(self.place.0) {
            let origin = size.database;
            while usize::from(self.place.1) < held.count() {
                if self.visit_share(held, origin, self.place.1)?.is_some() {
                    return Ok(Some(origin));
                }
                self.place.1 += 1;
            }
            self.place = (self.place.0 + 1, 0);
        }
        Ok(None)
    }

    /// Takes a step in a partition's share of the database that had the number `origin`; nothing when it is finished,
    /// or was handed over.
    fn visit_share(
        &mut self,
        held: &mut Held<'_>,
        origin: usize,
        partition: PartitionIndex,
    ) -> Result<Option<()>, WriteError> {
        let step = held.visit(partition, |partition| {
            let share = partition
                .databases
                .iter_mut()
                .find(|share| share.walk_origin() == Some(origin))?;
            Some(share.step_walk(&mut self.fragment))
        });
        let Some(step) = step.transpose()? else {
            return Ok(None);
        };
        self.keys_told += step.keys;
        self.mid_value = step.mid_value;
        Ok(Some(()))
    }
}

fn begin_walks(partition: &mut Partition, outbox: &Arc<Outbox>, sizes: &mut Vec<DatabaseAtStart>) {
    for (database, share) in partition.databases.iter_mut().enumerate() {
        assert!(
            share.walk_origin().is_none(),
            "one snapshot is over before the next begins"
        );
        if share.is_empty() {
            continue;
        }
        share.begin_walk(Walk::new(database, Arc::clone(outbox)));
        let (keys, volatile) = (share.len() as u64, share.volatile() as u64);
        match sizes.iter_mut().find(|size| size.database == database) {
            Some(size) => {
                size.keys += keys;
                size.volatile += volatile;
            }
            None => sizes.push(DatabaseAtStart {
                database,
                keys,
                volatile,
            }),
        }
    }
}

/// Takes some marks back; true when there may be more in the partition.
fn forget_some(partition: &mut Partition) -> bool {
    let walked = partition
        .databases
        .iter_mut()
        .find(|share| share.walk_origin().is_some());
    walked.map(super::Database::forget_walk_some).is_some()
}

#[cfg(test)]
mod tests;
