//! A run of buckets that covers one interval of hash space.

use std::ptr::NonNull;

use super::bucket::{Bucket, POSITION_BITS, Position, SLOTS};

/// Buckets of a segment that is due to be split rather than grown.
pub(super) const FULL_WIDTH: u32 = 64;

/// Set in the shape of a segment that holds strays.
const STRAYS: u32 = 1 << 7;

/// A handle to a segment's buckets. The directory holds copies of it, and frees it once.
///
/// Bucket order is hash order: an element's home is the bucket at its share of the way through the
/// segment's interval, whatever the number of buckets. Low bits of its position choose a second
/// bucket among those that follow, cyclically. When both are full, others move to their second
/// ones (Pagh and Rodler's cuckoo hashing), so a segment fills up to 15/16, yet no lookup reads
/// more than two buckets, and nine in ten read one.
///
/// Invariants, which insertion and removal keep:
/// * an element lives in its home or, if that is full, in its second bucket;
/// * a bucket's overflow bit is set exactly if an element of that home and choice lives elsewhere;
/// * the exception are strays: elements that found no place where they belong, because the hashes
///   of too many agree. They live anywhere, and the segment is marked as having some.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    buckets: NonNull<Bucket>,
    /// The number of buckets in the upper 24 bits; below, [`STRAYS`] and the number of hash bits that
    /// all elements share.
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
        while Self::limit(width) < len + len / 8 {
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
        self.shape & (STRAYS - 1)
    }

    pub(super) fn is_full(&self) -> bool {
        self.len >= Self::limit(self.width())
    }

    /// True when an element that finds no place will hardly find one in a wider segment either.
    pub(super) fn is_roomy(&self) -> bool {
        self.len < self.width() * SLOTS as u32 * 3 / 4
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
        // How far through the interval the position is, as a fraction of 2³²: the shift pushes out
        // the bits that all elements share.
        let share = position.0 << (u32::BITS - self.local_bits());
        ((u64::from(share) * u64::from(self.width())) >> u32::BITS) as usize
    }

    /// The first position behind all those that share the home of `position`.
    pub(super) fn end_of_home(&self, position: Position) -> u32 {
        let base = position.0 >> self.local_bits() << self.local_bits();
        let next = self.home(position) as u64 + 1;
        base + (next << self.local_bits()).div_ceil(u64::from(self.width())) as u32
    }

    #[inline]
    pub(super) fn has_strays(&self) -> bool {
        self.shape & STRAYS != 0
    }

    pub(super) fn mark_strays(&mut self) {
        self.shape |= STRAYS;
    }

    /// All elements, in the order of their buckets.
    pub(super) fn elements(&self) -> impl Iterator<Item = (Position, NonNull<()>)> {
        self.buckets().iter().flat_map(|bucket| {
            bucket
                .present()
                .filter_map(|slot| Some((bucket.position(slot), bucket.object(slot)?)))
        })
    }

    /// The same segment of the objects that `copy` makes of those here.
    pub(super) fn duplicate(&self, mut copy: impl FnMut(NonNull<()>) -> NonNull<()>) -> Self {
        let mut new = Self {
            buckets: Self::allocate(self.width(), self.depth()).buckets,
            ..*self
        };
        for (to, from) in new.buckets_mut().iter_mut().zip(self.buckets()) {
            from.prefetch_objects();
            *to = from.duplicate(&mut copy);
        }
        new
    }

    /// The same elements in a segment of the width that suits their number.
    pub(super) fn resized(&self) -> Self {
        let mut new = Self::for_len(self.len, self.depth());
        self.elements().for_each(|element| new.insert(element));
        new
    }

    /// The same elements in a segment one step wider.
    pub(super) fn widened(&self) -> Self {
        let mut new = Self::allocate(Self::wider(self.width()), self.depth());
        self.elements().for_each(|element| new.insert(element));
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
        self.elements()
            .for_each(|element| halves[usize::from(is_upper(element.0))].insert(element));
        halves
    }

    /// The elements of two neighbouring intervals in one segment.
    pub(super) fn merged(&self, buddy: &Self) -> Self {
        let mut new = Self::for_len(self.len + buddy.len, self.depth() - 1);
        self.elements()
            .chain(buddy.elements())
            .for_each(|element| new.insert(element));
        new
    }
}
