//! Visiting all elements, borrowed or taken.

use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::bucket::SLOTS;
use super::raw::RawTable;
use super::{Handle, Table};

/// Where an iteration stands.
#[derive(Clone, Default)]
struct Walker {
    /// Directory entry of the segment.
    index: usize,
    bucket: usize,
    slot: usize,
}

impl Walker {
    fn next(&mut self, raw: &RawTable) -> Option<NonNull<()>> {
        loop {
            let (next_index, segment) = raw.segment_and_next(self.index)?;
            if self.slot == SLOTS {
                (self.bucket, self.slot) = (self.bucket + 1, 0);
            }
            let Some(bucket) = segment.buckets().get(self.bucket) else {
                *self = Self {
                    index: next_index,
                    ..Self::default()
                };
                continue;
            };
            // Whoever walks a whole table is waiting for memory most of the time: all misses of a bucket at once, while
            // the objects of the one before are looked at.
            if self.slot == 0
                && let Some(next) = segment.buckets().get(self.bucket + 1)
            {
                next.prefetch_objects();
            }
            self.slot += 1;
            if let Some(object) = bucket.object(self.slot - 1) {
                return Some(object);
            }
        }
    }
}

/// The elements of a [`Table`], in the order of their buckets.
pub struct Iter<'a, T: Handle> {
    raw: &'a RawTable,
    walker: Walker,
    left: usize,
    handle: PhantomData<&'a T>,
}

impl<'a, T: Handle> Iterator for Iter<'a, T> {
    type Item = T::Ref<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let object = self.walker.next(self.raw)?;
        self.left -= 1;
        // SAFETY: the table owns the object and is borrowed for `'a`.
        Some(unsafe { T::borrow_raw(object) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T: Handle> ExactSizeIterator for Iter<'_, T> {}
impl<T: Handle> FusedIterator for Iter<'_, T> {}

/// The elements of a table that was taken apart. Dropping it drops those that are left.
///
/// To free a great table in steps, drop `by_ref().take(some)` as often as it takes, on any thread.
pub struct IntoIter<T: Handle> {
    raw: RawTable,
    walker: Walker,
    left: usize,
    handle: PhantomData<T>,
}

impl<T: Handle> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let object = self.walker.next(&self.raw)?;
        self.left -= 1;
        // SAFETY: the walker passes each object once, and nobody else looks at it again.
        Some(unsafe { T::from_raw(object) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T: Handle> ExactSizeIterator for IntoIter<T> {}
impl<T: Handle> FusedIterator for IntoIter<T> {}

impl<T: Handle> Drop for IntoIter<T> {
    fn drop(&mut self) {
        self.for_each(drop);
    }
}

// SAFETY: it owns its objects, so it may go where they may go.
unsafe impl<T: Handle + Send> Send for IntoIter<T> {}
// SAFETY: a shared borrow gives out nothing.
unsafe impl<T: Handle + Sync> Sync for IntoIter<T> {}

impl<T: Handle> IntoIterator for Table<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(mut self) -> IntoIter<T> {
        self.drain()
    }
}

impl<'a, T: Handle> IntoIterator for &'a Table<T> {
    type Item = T::Ref<'a>;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T: Handle> Table<T> {
    /// All elements, in the order of their buckets.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter {
            raw: &self.raw,
            walker: Walker::default(),
            left: self.len(),
            handle: PhantomData,
        }
    }

    /// Takes all elements out at once, O(1), and hands them over one by one.
    pub fn drain(&mut self) -> IntoIter<T> {
        let left = self.len();
        let raw = std::mem::take(&mut self.raw);
        IntoIter {
            raw,
            walker: Walker::default(),
            left,
            handle: PhantomData,
        }
    }

    /// Drops the elements that `keep` refuses, then fits the memory to the rest. O(buckets).
    pub fn retain(&mut self, mut keep: impl FnMut(T::Mut<'_>) -> bool) {
        self.raw.retain(
            // SAFETY: the table owns the object and is borrowed exclusively.
            |object| keep(unsafe { T::borrow_raw_mut(object) }),
            // SAFETY: the table owned the object and has just forgotten it.
            |object| drop(unsafe { T::from_raw(object) }),
        );
    }
}
