//! A run of buckets that covers one interval of hash space.

use std::ptr::NonNull;

use super::bucket::{Bucket, POSITION_BITS, Position, SLOTS};

/// Buckets of a segment that is due to be split rather than grown.
pub(super) const FULL_WIDTH: u32 = 64;

/// A handle to a segment's buckets. The directory holds copies of it, and frees it once.
///
/// Bucket order is hash order: an element's home is the bucket at its share of the way through the
/// segment's interval, whatever the number of buckets.
///
/// Invariants, which insertion and removal keep:
/// * an element lives in its home, or in the nearest bucket behind it (cyclically) with every
///   bucket in between full;
/// * a bucket's overflow bit is set exactly if some element's path from its home leads past it;
/// * with two or more buckets one slot at least is empty, so every probe ends.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    buckets: NonNull<Bucket>,
    /// Number of buckets in the upper 24 bits, number of hash bits all elements share below.
    shape: u32,
    /// Number of elements, kept up to date only in the first of the directory's copies.
    pub(super) len: u32,
}

impl Segment {
    /// An empty segment. Its memory is the caller's to free.
    pub(super) fn allocate(width: u32, depth: u32) -> Self {
        assert!(
            (1..1 << 24).contains(&width),
            "a segment has 1 to 2²⁴ - 1 buckets"
        );
        let buckets: Box<[Bucket]> = (0..width).map(|_| Bucket::EMPTY).collect();
        let buckets = NonNull::from(Box::leak(buckets)).cast();
        Self {
            buckets,
            shape: width << 8 | depth,
            len: 0,
        }
    }

    /// An empty segment with room to grow a little beyond `len` elements.
    pub(super) fn for_len(len: u32, depth: u32) -> Self {
        let mut width = 1;
        while Self::limit(width) < len + len / 16 {
            width = Self::wider(width);
        }
        Self::allocate(width, depth)
    }

    /// Frees the buckets, but not the objects in them.
    ///
    /// # Safety
    ///
    /// No copy of this handle is used again.
    pub(super) unsafe fn free(mut self) {
        // SAFETY: `allocate` leaked a box of this slice, and the caller gives it up.
        drop(unsafe { Box::from_raw(self.buckets_mut()) });
    }

    /// The most elements that `width` buckets take: 15/16 of the slots.
    fn limit(width: u32) -> u32 {
        match width {
            1 => SLOTS as u32,
            _ => width * (SLOTS as u32 * 15) / 16,
        }
    }

    /// The next larger width: four steps per doubling, as allocators space their size classes.
    fn wider(width: u32) -> u32 {
        if width < 8 {
            width + 1
        } else {
            width + (1 << (width.ilog2() - 2))
        }
    }

    #[inline]
    pub(super) fn width(&self) -> u32 {
        self.shape >> 8
    }

    /// The number of leading hash bits that all elements share.
    #[inline]
    pub(super) fn depth(&self) -> u32 {
        self.shape & 0xff
    }

    pub(super) fn is_full(&self) -> bool {
        self.len >= Self::limit(self.width())
    }

    pub(super) fn is_sparse(&self) -> bool {
        self.width() > 1 && self.len * 2 < self.width() * SLOTS as u32
    }

    #[inline]
    pub(super) fn buckets(&self) -> &[Bucket] {
        // SAFETY: `width` initialised buckets that live until `free`; changes need `&mut self` of
        // a copy inside the directory, which is borrowed as a whole.
        unsafe { std::slice::from_raw_parts(self.buckets.as_ptr(), self.width() as usize) }
    }

    #[inline]
    pub(super) fn buckets_mut(&mut self) -> &mut [Bucket] {
        // SAFETY: as in `buckets`.
        unsafe { std::slice::from_raw_parts_mut(self.buckets.as_ptr(), self.width() as usize) }
    }

    /// The bits of a position below the shared ones, and so the length of the interval.
    #[inline]
    fn local_bits(&self) -> u32 {
        POSITION_BITS - self.depth()
    }

    #[inline]
    pub(super) fn home(&self, position: Position) -> usize {
        let local = u64::from(position.0) & ((1 << self.local_bits()) - 1);
        ((local * u64::from(self.width())) >> self.local_bits()) as usize
    }

    /// The first position behind all those that share the home of `position`.
    pub(super) fn end_of_home(&self, position: Position) -> u32 {
        let base = position.0 >> self.local_bits() << self.local_bits();
        let next = self.home(position) as u64 + 1;
        base + (next << self.local_bits()).div_ceil(u64::from(self.width())) as u32
    }

    #[inline]
    fn after(&self, bucket: usize) -> usize {
        if bucket + 1 == self.width() as usize {
            0
        } else {
            bucket + 1
        }
    }

    /// The steps from one bucket forward to another.
    fn distance(&self, from: usize, to: usize) -> usize {
        if from <= to {
            to - from
        } else {
            to + self.width() as usize - from
        }
    }

    /// The buckets in which an element of this home may live, nearest first.
    #[inline]
    pub(super) fn probe(&self, home: usize) -> impl Iterator<Item = usize> {
        let mut next = Some(home);
        std::iter::from_fn(move || {
            let at = next?;
            next = self.buckets()[at].overflows().then(|| self.after(at));
            Some(at)
        })
    }

    /// Bucket and slot of the element at `position` that satisfies `eq`.
    #[inline]
    pub(super) fn find(
        &self,
        position: Position,
        mut eq: impl FnMut(NonNull<()>) -> bool,
    ) -> Option<(usize, usize)> {
        let buckets = self.buckets();
        let mut at = self.home(position);
        loop {
            let bucket = &buckets[at];
            if let Some(slot) = bucket.find(position, &mut eq) {
                return Some((at, slot));
            }
            if !bucket.overflows() {
                return None;
            }
            at = self.after(at);
        }
    }

    /// Adds an element and returns its bucket and slot. The segment must not be full.
    pub(super) fn insert(&mut self, position: Position, object: NonNull<()>) -> (usize, usize) {
        debug_assert!(!self.is_full());
        let mut at = self.home(position);
        self.len += 1;
        loop {
            let next = self.after(at);
            let bucket = &mut self.buckets_mut()[at];
            if let Some(slot) = bucket.free_slot() {
                bucket.put(slot, position, object);
                return (at, slot);
            }
            bucket.set_overflow(true);
            at = next;
        }
    }

    /// Takes the element of a slot out, and moves those behind it closer to their homes.
    pub(super) fn remove(&mut self, bucket: usize, slot: usize) {
        self.len -= 1;
        let (mut hole, mut hole_slot) = (bucket, slot);
        while let Some((from, slot)) = self.first_past(hole) {
            let source = &self.buckets()[from];
            let position = source.position(slot);
            let object = source.object(slot).expect("present slots hold an object");
            self.buckets_mut()[hole].put(hole_slot, position, object);
            self.buckets_mut()[from].clear(slot);
            while hole != from {
                let overflow = self.first_past(hole).is_some();
                self.buckets_mut()[hole].set_overflow(overflow);
                hole = self.after(hole);
            }
            hole_slot = slot;
        }
        self.buckets_mut()[hole].clear(hole_slot);
    }

    /// The nearest element behind a bucket whose home is that bucket or one before it.
    fn first_past(&self, bucket: usize) -> Option<(usize, usize)> {
        self.probe(bucket).skip(1).find_map(|at| {
            let line = &self.buckets()[at];
            let strays = |slot: &usize| {
                let home = self.home(line.position(*slot));
                self.distance(home, at) >= self.distance(bucket, at)
            };
            line.present().find(strays).map(|slot| (at, slot))
        })
    }

    /// All elements, in the order of their buckets.
    pub(super) fn elements(&self) -> impl Iterator<Item = (Position, NonNull<()>)> {
        self.buckets().iter().flat_map(|bucket| {
            bucket
                .present()
                .filter_map(|slot| Some((bucket.position(slot), bucket.object(slot)?)))
        })
    }

    fn extend(&mut self, elements: impl Iterator<Item = (Position, NonNull<()>)>) {
        elements.for_each(|(position, object)| {
            self.insert(position, object);
        });
    }

    /// The same elements in a segment of the width that suits their number.
    pub(super) fn resized(&self) -> Self {
        let mut new = Self::for_len(self.len, self.depth());
        new.extend(self.elements());
        new
    }

    /// The same elements in a segment one step wider.
    pub(super) fn widened(&self) -> Self {
        let mut new = Self::allocate(Self::wider(self.width()), self.depth());
        new.extend(self.elements());
        new
    }

    /// The elements of the lower and of the upper half of the interval.
    pub(super) fn halves(&self) -> [Self; 2] {
        let depth = self.depth() + 1;
        let half_bit = 1 << (POSITION_BITS - depth);
        let is_upper = |position: Position| position.0 & half_bit != 0;
        let upper = self
            .elements()
            .filter(|(position, _)| is_upper(*position))
            .count() as u32;
        let mut halves = [self.len - upper, upper].map(|len| Self::for_len(len, depth));
        self.elements().for_each(|(position, object)| {
            halves[usize::from(is_upper(position))].insert(position, object);
        });
        halves
    }

    /// The elements of two neighbouring intervals in one segment.
    pub(super) fn merged(&self, buddy: &Self) -> Self {
        let mut new = Self::for_len(self.len + buddy.len, self.depth() - 1);
        new.extend(self.elements().chain(buddy.elements()));
        new
    }
}
