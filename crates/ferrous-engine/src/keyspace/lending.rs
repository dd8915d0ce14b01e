//! Threads that are lent while they wait, or while a call takes long.

use std::cell::Cell;
use std::sync::atomic::Ordering::SeqCst;

use smallvec::SmallVec;

use super::{Held, Keyspace, PartitionIndex};

/// Runs a wait, and has others do what the waiting thread would have done meanwhile, and for as long as its call goes on.
pub type Lender = fn(wait: &mut dyn FnMut());

/// A call of so many steps takes a millisecond or more.
const LONG_STEPS: usize = 20_000;

/// What a call that may take long tells that it does. It is to be kept until the call is over.
pub struct Lending<'k> {
    keyspace: &'k Keyspace,
    held: SmallVec<[PartitionIndex; 4]>,
    announced: Cell<bool>,
}

impl<'k> Lending<'k> {
    pub(super) fn new(keyspace: &'k Keyspace, held: &Held<'_>) -> Self {
        Self {
            keyspace,
            held: held.indexes(),
            announced: Cell::new(false),
        }
    }

    /// What comes takes about so many steps, each of which looks at an element. When they are many, other threads serve
    /// the clients that share this one, and nobody waits for what is held who has a choice, until the call is over.
    #[inline]
    pub fn announce(&self, steps: usize) {
        if steps >= LONG_STEPS && !self.announced.get() {
            self.lend();
        }
    }

    /// As [`Lending::announce`], for so many bytes of a string to be looked at.
    #[inline]
    pub fn announce_bytes(&self, bytes: usize) {
        self.announce(bytes / 256);
    }

    #[cold]
    fn lend(&self) {
        // What a long script holds is marked already, and stays so.
        let marked = |index: &PartitionIndex| self.keyspace.is_held_long(*index);
        if !self.held.iter().any(marked) {
            self.mark(true);
        }
        self.keyspace.lend(&mut || {});
    }

    fn mark(&self, long: bool) {
        self.announced.set(long);
        for index in &self.held {
            self.keyspace.held_long[usize::from(*index)].store(long, SeqCst);
        }
    }
}

impl Drop for Lending<'_> {
    fn drop(&mut self) {
        if self.announced.get() {
            self.mark(false);
            if let Some(released) = self.keyspace.released.get() {
                released();
            }
        }
    }
}
