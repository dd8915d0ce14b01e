//! Walks that need not hold the table: scanning by cursor, and random draws.

use super::bucket::{Position, SLOTS};
use super::prefetch::prefetch;
use super::{Handle, Table};
use crate::random::Rng;

impl<T: Handle> Table<T> {
    /// Cursors are below this, so a caller has the bits above for itself.
    pub const CURSOR_END: u64 = Position::END as u64;

    /// Visits a few elements and returns the cursor to go on from, or 0 when all were visited.
    ///
    /// Begin with 0. The cursor is a point in hash space: one call visits all elements from there
    /// to the end of a bucket's share of it, and that end is the next cursor. Elements do not move
    /// in hash space, whatever the table does between the calls. Hence the guarantee: a full scan
    /// visits every element that is present throughout exactly once, and an element added or
    /// removed meanwhile at most once per time it was added. O(elements visited).
    pub fn scan<'a>(&'a self, cursor: u64, mut visit: impl FnMut(T::Ref<'a>)) -> u64 {
        if cursor >= Self::CURSOR_END {
            return 0;
        }
        let from = Position(cursor as u32);
        let Some(segment) = self.raw.segment(from) else {
            return 0;
        };
        for (position, object) in segment.elements_of(segment.home(from)) {
            // Positions before the cursor went out when the bucket had another share.
            if position >= from {
                // SAFETY: the table owns the object and is borrowed for `'a`.
                visit(unsafe { T::borrow_raw(object) });
            }
        }
        u64::from(segment.end_of_home(from)) % Self::CURSOR_END
    }

    /// As [`Table::scan`], with elements that may be changed in place.
    pub fn scan_mut(&mut self, cursor: u64, mut visit: impl FnMut(T::Mut<'_>)) -> u64 {
        if cursor >= Self::CURSOR_END {
            return 0;
        }
        let from = Position(cursor as u32);
        let Some(segment) = self.raw.segment(from) else {
            return 0;
        };
        let home = segment.home(from);
        // Whoever walks a whole table is waiting for memory most of the time: all misses of a bucket at once.
        for (_, object) in segment.elements_of(home) {
            prefetch(object.as_ptr());
        }
        for (position, object) in segment.elements_of(home) {
            if position >= from {
                // SAFETY: the table owns the object and is borrowed exclusively.
                visit(unsafe { T::borrow_raw_mut(object) });
            }
        }
        u64::from(segment.end_of_home(from)) % Self::CURSOR_END
    }

    /// The cursor of the call of [`Table::scan`] that visits elements of this `hash`, or one before it: elements below
    /// a cursor have been visited when it was returned, the others have not.
    pub fn cursor_of(hash: u64) -> u64 {
        u64::from(Position::of(hash).0)
    }

    /// One element, each exactly equally likely. `None` when empty. Expected O(1).
    pub fn random(&self, rng: &mut Rng) -> Option<T::Ref<'_>> {
        if self.is_empty() {
            return None;
        }
        // Every slot that might exist is equally likely, so every element is; a draw that meets
        // no element is repeated. A third to a half of the draws hit.
        let slots = u64::from(self.raw.widest()) * SLOTS as u64;
        loop {
            let index = rng.below(self.raw.directory_len() as u64) as usize;
            let slot = rng.below(slots) as usize;
            let object = self
                .raw
                .segment_starting_at(index)
                .and_then(|segment| segment.buckets().get(slot / SLOTS))
                .and_then(|bucket| bucket.object(slot % SLOTS));
            if let Some(object) = object {
                // SAFETY: the table owns the object and is borrowed.
                return Some(unsafe { T::borrow_raw(object) });
            }
        }
    }

    /// Visits at least `count` elements, or all there are, from a random point on.
    ///
    /// Cheaper than as many [`Table::random`] draws, but neighbours in the table come together.
    pub fn sample<'a>(&'a self, rng: &mut Rng, count: usize, mut visit: impl FnMut(T::Ref<'a>)) {
        let start = rng.below(Self::CURSOR_END);
        let (mut cursor, mut seen, mut wrapped) = (start, 0, false);
        while seen < count && !(wrapped && cursor >= start) {
            cursor = self.scan(cursor, |element| {
                seen += 1;
                visit(element);
            });
            if cursor == 0 {
                if wrapped {
                    break;
                }
                wrapped = true;
            }
        }
    }
}
