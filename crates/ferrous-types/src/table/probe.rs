//! Where elements live within a segment: looking up, adding and removing.

use std::ops::Range;
use std::ptr::NonNull;

use super::bucket::{CHOICES, Position, SLOTS};
use super::segment::Segment;

/// How many elements may move, each to its other bucket, to make room for one.
const MOVES: u32 = 2;
/// As many do while there is much room; when they do not, hashes agree, and more moves would be no use.
const MOVES_IF_ROOMY: u32 = 1;

/// An element, and where in its segment it is.
pub(super) struct Found {
    pub(super) bucket: usize,
    pub(super) slot: usize,
    pub(super) object: NonNull<()>,
}

impl Segment {
    /// The bucket that holds an element of this home and choice if its home does not.
    #[inline]
    fn second(&self, home: usize, choice: usize) -> usize {
        let others = self.width() as usize - 1;
        let step = if others >= CHOICES {
            choice + 1
        } else {
            (choice * others / CHOICES) + 1
        };
        let second = home + step;
        if second <= others {
            second
        } else {
            second - others - 1
        }
    }

    /// The element at `position` that satisfies `eq`.
    #[inline]
    pub(super) fn find(
        &self,
        position: Position,
        mut eq: impl FnMut(NonNull<()>) -> bool,
    ) -> Option<Found> {
        let bucket = self.home(position);
        let line = &self.buckets()[bucket];
        if let Some((slot, object)) = line.find(position, &mut eq) {
            return Some(Found {
                bucket,
                slot,
                object,
            });
        }
        if line.overflows(position.choice()) {
            return self.find_elsewhere(bucket, position, eq);
        }
        None
    }

    #[cold]
    fn find_elsewhere(
        &self,
        home: usize,
        position: Position,
        mut eq: impl FnMut(NonNull<()>) -> bool,
    ) -> Option<Found> {
        self.elsewhere(home, position.choice()).find_map(|bucket| {
            let (slot, object) = self.buckets()[bucket].find(position, &mut eq)?;
            Some(Found {
                bucket,
                slot,
                object,
            })
        })
    }

    /// The buckets in which elements of a home and choice may live, besides their home.
    fn elsewhere(&self, home: usize, choice: usize) -> Range<usize> {
        if self.has_strays() {
            return 0..self.width() as usize;
        }
        let second = self.second(home, choice);
        second..second + 1
    }

    /// The elements of a home and choice that live elsewhere, by bucket and slot.
    fn displaced(&self, home: usize, choice: usize) -> impl Iterator<Item = (usize, usize)> {
        let buckets = self.elsewhere(home, choice);
        buckets.filter(move |at| *at != home).flat_map(move |at| {
            let bucket = &self.buckets()[at];
            let belongs = move |slot: &usize| {
                let position = bucket.position(*slot);
                position.choice() == choice && self.home(position) == home
            };
            bucket.present().filter(belongs).map(move |slot| (at, slot))
        })
    }

    fn any_displaced(&self, home: usize) -> Option<(usize, usize)> {
        self.buckets()[home]
            .overflowing()
            .find_map(|choice| self.displaced(home, choice).next())
    }

    /// All elements of a home, wherever they live.
    pub(super) fn elements_of(&self, home: usize) -> impl Iterator<Item = (Position, NonNull<()>)> {
        let bucket = &self.buckets()[home];
        let at_home = bucket.present().map(move |slot| (home, slot));
        let belongs = move |(position, _): &(Position, _)| self.home(*position) == home;
        let elsewhere = bucket
            .overflowing()
            .flat_map(move |choice| self.displaced(home, choice));
        let elements = at_home.chain(elsewhere);
        elements
            .filter_map(|(at, slot)| self.element(at, slot))
            .filter(belongs)
    }

    #[inline]
    fn element(&self, bucket: usize, slot: usize) -> Option<(Position, NonNull<()>)> {
        let bucket = &self.buckets()[bucket];
        Some((bucket.position(slot), bucket.object(slot)?))
    }

    /// Adds an element where it belongs and returns its bucket and slot; `None` if there is no room
    /// and none can be made by a few moves.
    pub(super) fn try_insert(
        &mut self,
        position: Position,
        object: NonNull<()>,
    ) -> Option<(usize, usize)> {
        let home = self.home(position);
        let (bucket, slot) = match self.buckets()[home].free_slot() {
            Some(slot) => (home, slot),
            None => self.make_room(home, self.second(home, position.choice()))?,
        };
        self.put(bucket, slot, position, object);
        Some((bucket, slot))
    }

    /// Adds an element to any bucket. The segment must not be full.
    pub(super) fn insert_stray(
        &mut self,
        position: Position,
        object: NonNull<()>,
    ) -> (usize, usize) {
        let mut buckets = self.buckets().iter().enumerate();
        let (bucket, slot) = buckets
            .find_map(|(at, bucket)| Some((at, bucket.free_slot()?)))
            .expect("a segment that is not full has a free slot");
        self.mark_strays();
        self.put(bucket, slot, position, object);
        (bucket, slot)
    }

    fn put(&mut self, bucket: usize, slot: usize, position: Position, object: NonNull<()>) {
        self.buckets_mut()[bucket].put(slot, position, object);
        self.len += 1;
        let home = self.home(position);
        if bucket != home {
            self.buckets_mut()[home].set_overflow(position.choice(), true);
        }
    }

    /// Frees a slot in one of two buckets by as few moves as possible.
    fn make_room(&mut self, home: usize, second: usize) -> Option<(usize, usize)> {
        let moves_max = if self.is_roomy() {
            MOVES_IF_ROOMY
        } else {
            MOVES
        };
        (0..=moves_max).find_map(|moves| {
            let vacated = self.vacate(home, moves).map(|slot| (home, slot));
            vacated.or_else(|| Some((second, self.vacate(second, moves)?)))
        })
    }

    /// Frees a slot in a bucket by moving at most so many elements to their other buckets.
    fn vacate(&mut self, bucket: usize, moves: u32) -> Option<usize> {
        if let Some(slot) = self.buckets()[bucket].free_slot() {
            return Some(slot);
        }
        let fewer = moves.checked_sub(1)?;
        (0..SLOTS).find(|slot| {
            let Some((position, object)) = self.element(bucket, *slot) else {
                return false;
            };
            let home = self.home(position);
            let other = if bucket == home {
                self.second(home, position.choice())
            } else {
                home
            };
            let Some(free) = self.vacate(other, fewer) else {
                return false;
            };
            self.clear(bucket, *slot, position);
            self.put(other, free, position, object);
            true
        })
    }

    /// Empties the slot of an element at `position`.
    fn clear(&mut self, bucket: usize, slot: usize, position: Position) {
        self.buckets_mut()[bucket].clear(slot);
        self.len -= 1;
        let (home, choice) = (self.home(position), position.choice());
        if bucket != home && self.displaced(home, choice).next().is_none() {
            self.buckets_mut()[home].set_overflow(choice, false);
        }
    }

    /// Takes the element of a slot out, and brings another that belongs there home.
    pub(super) fn remove(&mut self, bucket: usize, slot: usize) {
        self.clear(bucket, slot, self.buckets()[bucket].position(slot));
        let (mut bucket, mut slot) = (bucket, slot);
        while let Some((from, from_slot)) = self.any_displaced(bucket)
            && let Some((position, object)) = self.element(from, from_slot)
        {
            self.clear(from, from_slot, position);
            self.put(bucket, slot, position, object);
            (bucket, slot) = (from, from_slot);
        }
    }

    /// Adds an element, as a stray if it must be. The segment must not be full.
    pub(super) fn insert(&mut self, (position, object): (Position, NonNull<()>)) {
        if self.try_insert(position, object).is_none() {
            self.insert_stray(position, object);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::segment::FULL_WIDTH;
    use super::*;
    use crate::random::Rng;

    /// A segment of random elements, filled to this share of its slots.
    fn filled(load: f64) -> Segment {
        let mut rng = Rng::new(5);
        let mut segment = Segment::allocate(FULL_WIDTH, 0);
        while f64::from(segment.len) < load * f64::from(FULL_WIDTH) * SLOTS as f64 {
            let object = NonNull::<u64>::dangling().cast();
            segment.insert((Position::of(rng.next_u64()), object));
        }
        segment
    }

    /// The shares of elements that live elsewhere, and of absent ones that are looked for there.
    fn second_looks(segment: Segment) -> (f64, f64) {
        let homes = || 0..segment.width() as usize;
        let away: usize = homes()
            .flat_map(|home| (0..CHOICES).map(move |choice| (home, choice)))
            .map(|(home, choice)| segment.displaced(home, choice).count())
            .sum();
        let bits: usize = homes()
            .map(|home| segment.buckets()[home].overflowing().count())
            .sum();
        let shares = (
            away as f64 / f64::from(segment.len),
            bits as f64 / (CHOICES * segment.width() as usize) as f64,
        );
        assert!(!segment.has_strays());
        // SAFETY: this is the only handle, and its last use.
        unsafe { segment.free() };
        shares
    }

    #[test]
    fn most_lookups_read_one_bucket() {
        let (hits, misses) = second_looks(filled(0.85));
        assert!(hits < 0.13 && misses < 0.09, "{hits} {misses}");
        let (hits, misses) = second_looks(filled(0.75));
        assert!(hits < 0.08 && misses < 0.05, "{hits} {misses}");
    }

    #[test]
    fn removal_brings_all_elements_home() {
        let mut segment = filled(0.85);
        let mut rng = Rng::new(6);
        while f64::from(segment.len) > 0.3 * f64::from(FULL_WIDTH) * SLOTS as f64 {
            let bucket = rng.below(u64::from(FULL_WIDTH)) as usize;
            let slot = segment.buckets()[bucket].present().next();
            if let Some(slot) = slot {
                segment.remove(bucket, slot);
            }
        }
        let (hits, misses) = second_looks(segment);
        assert!(hits < 0.005 && misses < 0.002, "{hits} {misses}");
    }
}
