//! The hash table that holds every key, member and field.
//!
//! # Layout
//!
//! Extendible hashing. A directory, indexed by the top bits of the hash, points to segments; a
//! segment is a run of 1 to 64 buckets; a bucket is one cache line:
//!
//! ```text
//! directory   2^depth entries: buckets' address, width, depth, length
//!                │
//! segment     [bucket 0][bucket 1] … [bucket width-1]    bucket order = hash order
//!                │
//! bucket      tag tag tag tag tag tag tag overflow               8 bytes
//!             7 × ( 19 hash bits | 45 address bits )            56 bytes
//! ```
//!
//! Slot and tag together keep the top 27 bits of the hash. They decide where an element lives, so
//! growing, splitting, narrowing and merging never touch the elements themselves; and a lookup
//! touches an element only if all 27 bits agree.
//!
//! # Growth
//!
//! A segment has as many buckets as it needs, in steps of an allocator's size classes, so that it
//! is between 0.75 and 0.94 full at any size. One that is full at 64 buckets splits in two; so does
//! one in which a part is crowded while the rest is empty, as it is when elements come in the order
//! of their hashes. Two siblings that fit well into one merge. No operation moves more than one segment of about 450
//! elements; when the deepest segment splits, the directory doubles, which copies 16 bytes per
//! about 300 elements. An empty table owns no memory.
//!
//! # Costs
//!
//! About 10.9 bytes per element. A lookup reads the directory, one bucket, and the element it
//! finds. At the usual load of 0.85, one in nine hits and one in thirteen misses read a second
//! bucket; none reads a third.
//!
//! Sources: Fagin et al., "Extendible Hashing"; Lu et al., "Dash: Scalable Hashing on Persistent
//! Memory". Unlike those, segments here vary in width, and buckets follow the order of hashes.
#![allow(
    unsafe_code,
    reason = "elements are owned through pointers that share a word with hash bits"
)]

mod bucket;
mod handle;
mod iter;
pub(crate) mod prefetch;
mod probe;
mod raw;
mod segment;
mod slot;
mod walk;

use std::marker::PhantomData;

use bucket::Position;
use raw::RawTable;

pub use handle::Handle;
pub use iter::{IntoIter, Iter};
pub use slot::{Occupied, Slot, Spot, Vacant};

/// A hash table of objects behind owning pointers.
///
/// It neither hashes nor compares: every operation takes the element's 64-bit hash, of which the
/// top 27 bits matter, and a closure that recognises it. An element's hash must never change.
pub struct Table<T: Handle> {
    raw: RawTable,
    handle: PhantomData<T>,
}

// SAFETY: the table owns its objects, so it may go where they may go.
unsafe impl<T: Handle + Send> Send for Table<T> {}
// SAFETY: a shared borrow of the table lends only shared views of the objects.
unsafe impl<T: Handle + Sync> Sync for Table<T> {}

impl<T: Handle> Table<T> {
    /// An empty table, which owns no memory.
    pub const fn new() -> Self {
        Self {
            raw: RawTable::new(),
            handle: PhantomData,
        }
    }

    /// An empty table with room for about `len` elements, which then come at the least cost, in the order of their hashes,
    /// too. O(len).
    pub fn with_capacity(len: usize) -> Self {
        Self {
            raw: RawTable::with_capacity(len),
            handle: PhantomData,
        }
    }

    /// Gives back the room for elements that did not come. O(buckets).
    pub fn fit(&mut self) {
        self.raw.compact();
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// True when there is no element.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes allocated for the table, without the elements. O(1).
    pub fn heap_bytes(&self) -> usize {
        self.raw.heap_bytes()
    }

    /// The element with this hash that satisfies `eq`.
    #[inline]
    pub fn find(&self, hash: u64, mut eq: impl FnMut(T::Ref<'_>) -> bool) -> Option<T::Ref<'_>> {
        // SAFETY: the table owns the object and is borrowed.
        let eq = |object| eq(unsafe { T::borrow_raw(object) });
        let object = self.raw.find_object(Position::of(hash), eq)?;
        // SAFETY: as above.
        Some(unsafe { T::borrow_raw(object) })
    }

    /// The element with this hash that satisfies `eq`, to change, replace or remove.
    #[inline]
    pub fn find_mut(
        &mut self,
        hash: u64,
        mut eq: impl FnMut(T::Ref<'_>) -> bool,
    ) -> Option<Occupied<'_, T>> {
        // SAFETY: the table owns the object and is borrowed.
        let eq = |object| eq(unsafe { T::borrow_raw(object) });
        let place = self.raw.find(Position::of(hash), eq)?;
        Some(Occupied { table: self, place })
    }

    /// The place of the element with this hash that satisfies `eq`, whether it is there or not.
    #[inline]
    pub fn slot(&mut self, hash: u64, mut eq: impl FnMut(T::Ref<'_>) -> bool) -> Slot<'_, T> {
        let position = Position::of(hash);
        // SAFETY: the table owns the object and is borrowed.
        let eq = |object| eq(unsafe { T::borrow_raw(object) });
        match self.raw.find(position, eq) {
            Some(place) => Slot::Occupied(Occupied { table: self, place }),
            None => Slot::Vacant(Vacant {
                table: self,
                position,
                handle: PhantomData,
            }),
        }
    }

    /// Where the element with this hash that satisfies `eq` is: to look at it first and to change it then, without a
    /// second search.
    #[inline]
    pub fn locate(&self, hash: u64, mut eq: impl FnMut(T::Ref<'_>) -> bool) -> Option<Spot> {
        // SAFETY: the table owns the object and is borrowed.
        let eq = |object| eq(unsafe { T::borrow_raw(object) });
        self.raw.find(Position::of(hash), eq).map(Spot)
    }

    /// The element at a spot.
    ///
    /// # Panics
    /// When an insertion or a removal since then left nothing there.
    #[inline]
    pub fn at(&self, spot: Spot) -> T::Ref<'_> {
        // SAFETY: the table owns the object and is borrowed.
        unsafe { T::borrow_raw(self.raw.object(spot.0)) }
    }

    /// The element at a spot, to change, replace or remove.
    #[inline]
    pub fn occupied(&mut self, spot: Spot) -> Occupied<'_, T> {
        Occupied {
            table: self,
            place: spot.0,
        }
    }

    /// Adds an element that is known to be absent. Amortised O(1).
    pub fn insert_new(&mut self, hash: u64, element: T) -> Occupied<'_, T> {
        let place = self.raw.insert(Position::of(hash), element.into_raw());
        Occupied { table: self, place }
    }

    /// Takes the element with this hash that satisfies `eq` out.
    pub fn remove(&mut self, hash: u64, eq: impl FnMut(T::Ref<'_>) -> bool) -> Option<T> {
        self.find_mut(hash, eq).map(Occupied::remove)
    }

    /// A table of the same hashes, each of whose elements `copy` makes of one here. O(n), without looking any up.
    #[must_use]
    pub fn duplicate(&self, mut copy: impl FnMut(T::Ref<'_>) -> T) -> Self {
        // SAFETY: the table owns the object and is borrowed.
        let copy = |object| copy(unsafe { T::borrow_raw(object) }).into_raw();
        Self {
            raw: self.raw.duplicate(copy),
            handle: PhantomData,
        }
    }

    /// Starts loading the bucket of an element that is about to be looked up.
    #[inline]
    pub fn prefetch_bucket(&self, hash: u64) {
        let position = Position::of(hash);
        if let Some(segment) = self.raw.segment(position) {
            prefetch::prefetch(&raw const segment.buckets()[segment.home(position)]);
        }
    }

    /// Starts loading the element itself, some time after [`Table::prefetch_bucket`]: the cache line it begins in and,
    /// since most elements straddle two, the line of its 48th byte.
    #[inline]
    pub fn prefetch_element(&self, hash: u64) {
        let position = Position::of(hash);
        if let Some(segment) = self.raw.segment(position) {
            segment.buckets()[segment.home(position)].find(position, |object| {
                prefetch::prefetch(object.as_ptr());
                prefetch::prefetch(object.as_ptr().wrapping_byte_add(48));
                true
            });
        }
    }
}

impl<T: Handle> Default for Table<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Handle> Drop for Table<T> {
    fn drop(&mut self) {
        drop(self.drain());
    }
}
