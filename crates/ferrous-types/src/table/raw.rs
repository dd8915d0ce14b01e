//! The directory over the segments: it finds, adds and removes objects without knowing their type.

use std::ptr::NonNull;

use super::bucket::{Bucket, POSITION_BITS, Position};
use super::segment::{FULL_WIDTH, Segment};

/// The directory has at most 2²⁰ entries. A table beyond 400 million elements has longer segments.
const MAX_DEPTH: u32 = 20;

/// The directory doubles only when there are so many elements for each of its entries: about 300 as a rule, but the first
/// elements that come in the order of their hashes are those of a few segments to be. It takes 4 bytes per element at most.
const SPLIT_LEN_MIN: usize = 8;

/// Two sibling segments with at most this many elements together become one: 0.6 of 64 buckets.
const MERGE_LEN: u32 = 268;

/// Segments that are made in advance get room for as many elements at most: three quarters of 64 buckets.
const ROOM_LEN: usize = 336;

/// Where an element is, until the next insertion or removal.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// Of the first directory entry of the segment.
    index: usize,
    bucket: usize,
    slot: usize,
}

/// A table of untyped objects that it does not own: dropping it frees the buckets only.
///
/// `segments` has `2^depth` entries, or none when the table is empty and owns no memory. A segment of depth `d` fills
/// the `2^(depth - d)` consecutive entries whose indices share its `d` hash bits.
#[derive(Default)]
pub(super) struct RawTable {
    segments: Vec<Segment>,
    depth: u32,
    /// How many segments are as deep as the directory. At none, the directory halves.
    deepest: usize,
    /// Buckets of all segments.
    buckets: usize,
    /// A segment was this wide once since the table was empty; none was ever wider.
    widest: u32,
    len: usize,
}

impl RawTable {
    pub(super) const fn new() -> Self {
        Self {
            segments: Vec::new(),
            depth: 0,
            deepest: 0,
            buckets: 0,
            widest: 0,
            len: 0,
        }
    }

    /// An empty table with room for about `len` elements.
    pub(super) fn with_capacity(len: usize) -> Self {
        let mut depth = 0;
        while len >> depth > ROOM_LEN && depth < MAX_DEPTH {
            depth += 1;
        }
        let segments = 1 << depth;
        let share = (len >> depth).min(ROOM_LEN) as u32;
        let segment = |_| Segment::for_len(share, depth);
        let segments: Vec<_> = (0..segments).map(segment).collect();
        let widest = segments[0].width();
        Self {
            depth,
            deepest: segments.len(),
            buckets: widest as usize * segments.len(),
            widest,
            len: 0,
            segments,
        }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.segments.capacity() * size_of::<Segment>() + self.buckets * size_of::<Bucket>()
    }

    /// The longest stretch of slots that a random draw must cover.
    pub(super) fn widest(&self) -> u32 {
        match &self.segments[..] {
            [only] => only.width(),
            _ => self.widest,
        }
    }

    #[inline]
    fn index(&self, position: Position) -> usize {
        (position.0 >> (POSITION_BITS - self.depth)) as usize
    }

    /// The directory entries that a segment fills.
    #[inline]
    fn span(&self, segment: &Segment) -> usize {
        1 << (self.depth - segment.depth())
    }

    /// The first of the entries that hold the same segment as `index`.
    #[inline]
    fn first_index(&self, index: usize) -> usize {
        index & !(self.span(&self.segments[index]) - 1)
    }

    /// The segment around `position`; `None` when the table is empty.
    #[inline]
    pub(super) fn segment(&self, position: Position) -> Option<&Segment> {
        self.segments.get(self.index(position))
    }

    /// The segment that begins at a directory entry, and the index at which the next one begins.
    pub(super) fn segment_and_next(&self, index: usize) -> Option<(usize, &Segment)> {
        let segment = self.segments.get(index)?;
        Some((index + self.span(segment), segment))
    }

    /// The segment that begins at the directory entry of this index, if one does.
    pub(super) fn segment_starting_at(&self, index: usize) -> Option<&Segment> {
        self.segments
            .get(index)
            .filter(|_| self.first_index(index) == index)
    }

    pub(super) fn directory_len(&self) -> usize {
        self.segments.len()
    }

    #[inline]
    pub(super) fn find(
        &self,
        position: Position,
        eq: impl FnMut(NonNull<()>) -> bool,
    ) -> Option<Place> {
        let index = self.index(position);
        let found = self.segments.get(index)?.find(position, eq)?;
        Some(Place {
            index: self.first_index(index),
            bucket: found.bucket,
            slot: found.slot,
        })
    }

    /// The object at `position` that satisfies `eq`.
    #[inline]
    pub(super) fn find_object(
        &self,
        position: Position,
        eq: impl FnMut(NonNull<()>) -> bool,
    ) -> Option<NonNull<()>> {
        Some(self.segment(position)?.find(position, eq)?.object)
    }

    #[inline]
    pub(super) fn object(&self, place: Place) -> NonNull<()> {
        self.segments[place.index].buckets()[place.bucket]
            .object(place.slot)
            .expect("a place names an occupied slot until the table changes")
    }

    /// Stores another object with the same hash.
    pub(super) fn replace(&mut self, place: Place, object: NonNull<()>) {
        let bucket = &mut self.segments[place.index].buckets_mut()[place.bucket];
        bucket.put(place.slot, bucket.position(place.slot), object);
    }

    pub(super) fn insert(&mut self, position: Position, object: NonNull<()>) -> Place {
        if self.segments.is_empty() {
            self.segments = vec![Segment::allocate(1, 0)];
            (self.deepest, self.buckets, self.widest) = (1, 1, 1);
        }
        loop {
            let index = self.first_index(self.index(position));
            if let Some((bucket, slot)) = self.insert_into(index, position, object) {
                self.len += 1;
                return Place {
                    index,
                    bucket,
                    slot,
                };
            }
            self.make_room(index);
        }
    }

    /// The same table of the objects that `copy` makes of those here.
    pub(super) fn duplicate(&self, mut copy: impl FnMut(NonNull<()>) -> NonNull<()>) -> Self {
        let mut segments = Vec::with_capacity(self.segments.len());
        while let Some((next, segment)) = self.segment_and_next(segments.len()) {
            segments.resize(next, segment.duplicate(&mut copy));
        }
        Self { segments, ..*self }
    }

    fn insert_into(
        &mut self,
        index: usize,
        position: Position,
        object: NonNull<()>,
    ) -> Option<(usize, usize)> {
        let segment = &mut self.segments[index];
        if segment.is_full() {
            return None;
        }
        let inserted = segment.try_insert(position, object);
        let mut segment = *segment;
        if inserted.is_some() || !segment.is_roomy() || self.may_split(&segment) {
            return inserted;
        }
        let stray = segment.insert_stray(position, object);
        self.store(index, segment);
        Some(stray)
    }

    pub(super) fn remove(&mut self, place: Place) -> NonNull<()> {
        let object = self.object(place);
        self.segments[place.index].remove(place.bucket, place.slot);
        self.len -= 1;
        if self.len == 0 {
            *self = Self::new();
        } else {
            self.tighten(place.index);
        }
        object
    }

    /// Widens or splits a segment that is full, or crowded in one part and empty in another.
    fn make_room(&mut self, index: usize) {
        let segment = self.segments[index];
        let splits = segment.is_roomy() || segment.width() >= FULL_WIDTH;
        if splits && self.may_split(&segment) {
            self.split(index);
        } else {
            self.install(index, segment.widened());
        }
        // SAFETY: `install` and `split` put other segments in the place of every copy.
        unsafe { segment.free() };
    }

    /// False when the directory would grow out of proportion: the hashes then share so many bits
    /// that no split can part them, and longer probes are the lesser evil.
    fn may_split(&self, segment: &Segment) -> bool {
        segment.depth() < self.depth
            || self.depth < MAX_DEPTH && self.segments.len() * SPLIT_LEN_MIN <= self.len
    }

    fn split(&mut self, index: usize) {
        let [lower, upper] = self.segments[index].halves();
        let mut index = index;
        if lower.depth() > self.depth {
            self.double();
            index *= 2;
        }
        self.deepest += if lower.depth() == self.depth { 2 } else { 0 };
        self.buckets -= self.segments[index].width() as usize;
        for half in [lower, upper] {
            let span = self.span(&half);
            self.place(index, half);
            index += span;
        }
    }

    fn double(&mut self) {
        self.segments = self
            .segments
            .iter()
            .flat_map(|segment| [*segment; 2])
            .collect();
        self.depth += 1;
        self.deepest = 0;
        self.widest = self.segments.iter().map(Segment::width).max().unwrap_or(0);
    }

    fn halve(&mut self) {
        self.segments = self.segments.iter().step_by(2).copied().collect();
        self.depth -= 1;
        self.deepest = self
            .segments
            .iter()
            .filter(|segment| segment.depth() == self.depth)
            .count();
    }

    /// Puts a segment of the same depth in the place of another, which the caller frees.
    fn install(&mut self, index: usize, segment: Segment) {
        self.buckets -= self.segments[index].width() as usize;
        self.place(index, segment);
    }

    fn place(&mut self, index: usize, segment: Segment) {
        self.store(index, segment);
        self.buckets += segment.width() as usize;
        self.widest = self.widest.max(segment.width());
    }

    /// Writes all copies of a segment's handle.
    fn store(&mut self, index: usize, segment: Segment) {
        let span = self.span(&segment);
        self.segments[index..index + span].fill(segment);
    }

    /// Merges or narrows a segment that lost elements. True when it merged.
    fn tighten(&mut self, index: usize) -> bool {
        let segment = self.segments[index];
        if let Some(buddy) = self.buddy_to_merge(index) {
            self.merge(index.min(buddy), index.max(buddy));
            return true;
        }
        if segment.is_sparse() {
            self.install(index, segment.resized());
            // SAFETY: `install` put another segment in the place of every copy.
            unsafe { segment.free() };
        }
        false
    }

    /// The index of the other half of the interval, if one segment can hold both with room to grow.
    fn buddy_to_merge(&self, index: usize) -> Option<usize> {
        let segment = &self.segments[index];
        if segment.depth() == 0 || segment.len > MERGE_LEN {
            return None;
        }
        let buddy_index = index ^ self.span(segment);
        let buddy = &self.segments[buddy_index];
        let fits = buddy.depth() == segment.depth() && segment.len + buddy.len <= MERGE_LEN;
        fits.then_some(buddy_index)
    }

    fn merge(&mut self, lower: usize, upper: usize) {
        let parts = [self.segments[lower], self.segments[upper]];
        let merged = parts[0].merged(&parts[1]);
        self.deepest -= if parts[0].depth() == self.depth { 2 } else { 0 };
        self.buckets -= (parts[0].width() + parts[1].width()) as usize;
        self.place(lower, merged);
        for part in parts {
            // SAFETY: the merged segment took the place of every copy of both.
            unsafe { part.free() };
        }
        while self.deepest == 0 && self.depth > 0 {
            self.halve();
        }
    }

    /// Removes the objects that `keep` refuses, and gives them to `discard` in the end.
    pub(super) fn retain(
        &mut self,
        mut keep: impl FnMut(NonNull<()>) -> bool,
        mut discard: impl FnMut(NonNull<()>),
    ) {
        let mut index = 0;
        while let Some((next, segment)) = self.segment_and_next(index) {
            let doomed: Vec<_> = segment
                .elements()
                .filter(|(_, object)| !keep(*object))
                .collect();
            for (position, object) in &doomed {
                let segment = &mut self.segments[index];
                let found = segment
                    .find(*position, |other| other == *object)
                    .expect("the object was in this segment a moment ago");
                segment.remove(found.bucket, found.slot);
            }
            self.len -= doomed.len();
            for (_, object) in doomed {
                discard(object);
            }
            index = next;
        }
        self.compact();
    }

    /// Brings every segment to the size that suits it after removals from all of them.
    pub(super) fn compact(&mut self) {
        if self.len == 0 {
            *self = Self::new();
        }
        let mut position = 0;
        while let Some(segment) = self.segment(Position(position)).copied() {
            let index = self.first_index(self.index(Position(position)));
            let interval = Position::END >> segment.depth();
            if self.tighten(index) {
                // The merged segment may merge with its own sibling in turn.
                position &= !(2 * interval - 1);
            } else if position + interval < Position::END {
                position += interval;
            } else {
                break;
            }
        }
    }
}

impl Drop for RawTable {
    fn drop(&mut self) {
        let mut index = 0;
        while let Some((next, segment)) = self.segment_and_next(index) {
            // SAFETY: each segment is met once, at its first entry, and the directory goes next.
            unsafe { segment.free() };
            index = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Rng;

    fn filled(positions: &[Position]) -> RawTable {
        let mut table = RawTable::new();
        for position in positions {
            table.insert(*position, NonNull::<u64>::dangling().cast());
        }
        table
    }

    fn strays(table: &RawTable) -> usize {
        let segments = table.segments.iter();
        segments.filter(|segment| segment.has_strays()).count()
    }

    #[test]
    fn elements_may_come_in_the_order_of_their_hashes() {
        let mut rng = Rng::new(7);
        for len in [100_usize, 1_000, 10_000, 100_000] {
            let mut positions: Vec<_> = (0..len).map(|_| Position::of(rng.next_u64())).collect();
            let shuffled = filled(&positions);
            positions.sort_unstable();
            let sorted = filled(&positions);
            let (usual, bytes) = (shuffled.heap_bytes(), sorted.heap_bytes());
            assert!(bytes * 4 <= usual * 5, "{bytes} bytes, usually {usual}");
            let (some, all) = (strays(&sorted), sorted.segments.len());
            assert!(some * 50 <= all, "{some} of {all} segments have strays");
            let mut prepared = RawTable::with_capacity(len);
            for position in &positions {
                prepared.insert(*position, NonNull::<u64>::dangling().cast());
            }
            assert!(strays(&prepared) == 0 && prepared.heap_bytes() * 4 <= usual * 5);
            let mut roomy = RawTable::with_capacity(8 * len);
            for position in &positions {
                roomy.insert(*position, NonNull::<u64>::dangling().cast());
            }
            roomy.compact();
            assert!(roomy.len() == len && roomy.heap_bytes() * 2 <= usual * 3);
            let copy = sorted.duplicate(|object| object);
            assert_eq!((copy.len(), copy.heap_bytes()), (sorted.len(), bytes));
        }
    }
}
