//! One cache line of the table: seven slots, their tags, and what the probe needs to know.

use std::ptr::NonNull;

use super::prefetch::prefetch;

/// Slots of a bucket.
pub(super) const SLOTS: usize = 7;

/// Hash bits that the table keeps, and so the bits that decide where an element lives.
pub(super) const POSITION_BITS: u32 = 27;

/// The low bits of a position: they are kept in the tag byte, the others in the slot.
const TAG_BITS: u32 = 8;

/// Significant bits of an address that is below 2⁴⁸ and a multiple of 8.
const ADDRESS_BITS: u32 = 45;

const _: () = assert!(usize::BITS == 64 && ADDRESS_BITS + POSITION_BITS - TAG_BITS == usize::BITS);

/// A byte of one in each of the eight lanes of a word.
const LANES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of the seven tag lanes.
const TAG_HIGH_BITS: u64 = 0x0080_8080_8080_8080;
/// The overflow bits, behind the tags.
const OVERFLOW_SHIFT: u32 = 56;

/// The second buckets of a home, one for each value of a position's low bits.
pub(super) const CHOICES: usize = 8;

/// The top [`POSITION_BITS`] bits of an element's hash: a point in hash space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position(pub(super) u32);

impl Position {
    pub(super) const END: u32 = 1 << POSITION_BITS;

    #[inline]
    pub(super) fn of(hash: u64) -> Self {
        Self((hash >> (u64::BITS - POSITION_BITS)) as u32)
    }

    #[inline]
    fn prefix(self) -> usize {
        (self.0 >> TAG_BITS) as usize
    }

    #[inline]
    fn tag(self) -> u8 {
        self.0 as u8
    }

    /// Which of its second buckets an element lives in if its home is full.
    #[inline]
    pub(super) fn choice(self) -> usize {
        self.0 as usize % CHOICES
    }
}

/// A slot's word: 19 bits of the position above 45 bits of the object's address.
///
/// It stays a pointer, so that the address keeps its provenance.
#[derive(Clone, Copy)]
struct Packed(*mut ());

impl Packed {
    const EMPTY: Self = Self(std::ptr::null_mut());

    #[inline]
    fn new(position: Position, object: NonNull<()>) -> Self {
        debug_assert!(object.cast::<u64>().is_aligned() && object.addr().get() >> 48 == 0);
        Self(
            object
                .as_ptr()
                .map_addr(|addr| (addr >> 3) | (position.prefix() << ADDRESS_BITS)),
        )
    }

    /// The object, or null when the slot is empty.
    #[inline]
    fn object(self) -> *mut () {
        self.0
            .map_addr(|word| (word << (usize::BITS - ADDRESS_BITS)) >> (usize::BITS - 48))
    }

    #[inline]
    fn prefix(self) -> usize {
        self.0.addr() >> ADDRESS_BITS
    }
}

/// Seven slots with one tag byte each, and a byte of overflow bits.
///
/// An empty slot is null; its tag means nothing. An overflow bit is set when an element whose home
/// is this bucket, and whose choice is that bit, lives elsewhere.
#[repr(C, align(64))]
pub(super) struct Bucket {
    meta: u64,
    slots: [Packed; SLOTS],
}

impl Bucket {
    pub(super) const EMPTY: Self = Self {
        meta: 0,
        slots: [Packed::EMPTY; SLOTS],
    };

    /// The first slot that shares all known bits with `position` and whose object satisfies `eq`.
    #[inline]
    pub(super) fn find(
        &self,
        position: Position,
        mut eq: impl FnMut(NonNull<()>) -> bool,
    ) -> Option<(usize, NonNull<()>)> {
        let mut lanes = self.lanes_tagged(position.tag());
        while lanes != 0 {
            let slot = (lanes.trailing_zeros() / 8) as usize;
            lanes &= lanes - 1;
            let packed = self.slots[slot];
            // Only now is the object's cache line touched, and a stale tag of an empty slot seen.
            if packed.prefix() == position.prefix()
                && let Some(object) = NonNull::new(packed.object())
                && eq(object)
            {
                return Some((slot, object));
            }
        }
        None
    }

    /// The high bit of every lane whose tag equals `tag`.
    #[inline]
    fn lanes_tagged(&self, tag: u8) -> u64 {
        let differing = self.meta ^ (LANES * u64::from(tag));
        // Adding 0x7f carries into a lane's high bit unless its low seven bits are zero. No carry
        // leaves a lane, so the test is exact.
        let low_bits = !TAG_HIGH_BITS & !(0xff << OVERFLOW_SHIFT);
        !(((differing & low_bits) + low_bits) | differing) & TAG_HIGH_BITS
    }

    #[inline]
    pub(super) fn object(&self, slot: usize) -> Option<NonNull<()>> {
        NonNull::new(self.slots[slot].object())
    }

    #[inline]
    pub(super) fn position(&self, slot: usize) -> Position {
        let tag = (self.meta >> (slot * 8)) as u8;
        Position((self.slots[slot].prefix() << TAG_BITS) as u32 | u32::from(tag))
    }

    /// The slots that hold something.
    #[inline]
    pub(super) fn present(&self) -> impl Iterator<Item = usize> {
        (0..SLOTS).filter(|slot| !self.slots[*slot].0.is_null())
    }

    /// The same bucket of the objects that `copy` makes of those here.
    pub(super) fn duplicate(&self, mut copy: impl FnMut(NonNull<()>) -> NonNull<()>) -> Self {
        let slots = std::array::from_fn(|slot| match self.object(slot) {
            Some(object) => Packed::new(self.position(slot), copy(object)),
            None => Packed::EMPTY,
        });
        Self {
            meta: self.meta,
            slots,
        }
    }

    /// Starts loading all objects.
    #[inline]
    pub(super) fn prefetch_objects(&self) {
        for packed in self.slots {
            prefetch(packed.object());
        }
    }

    #[inline]
    pub(super) fn free_slot(&self) -> Option<usize> {
        self.slots.iter().position(|slot| slot.0.is_null())
    }

    #[inline]
    pub(super) fn put(&mut self, slot: usize, position: Position, object: NonNull<()>) {
        let lane = slot * 8;
        self.slots[slot] = Packed::new(position, object);
        self.meta = self.meta & !(0xff << lane) | u64::from(position.tag()) << lane;
    }

    #[inline]
    pub(super) fn clear(&mut self, slot: usize) {
        self.slots[slot] = Packed::EMPTY;
    }

    /// True when some element of this home and this choice lives elsewhere.
    #[inline]
    pub(super) fn overflows(&self, choice: usize) -> bool {
        self.meta >> (OVERFLOW_SHIFT as usize + choice) & 1 == 1
    }

    /// The choices of this home's elements that live elsewhere.
    #[inline]
    pub(super) fn overflowing(&self) -> impl Iterator<Item = usize> + use<> {
        let mut choices = (self.meta >> OVERFLOW_SHIFT) as u8;
        std::iter::from_fn(move || {
            let choice = choices.trailing_zeros() as usize;
            choices &= choices.wrapping_sub(1);
            (choice < CHOICES).then_some(choice)
        })
    }

    pub(super) fn set_overflow(&mut self, choice: usize, overflow: bool) {
        let bit = OVERFLOW_SHIFT as usize + choice;
        self.meta = self.meta & !(1 << bit) | u64::from(overflow) << bit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(address: usize) -> NonNull<()> {
        NonNull::new(std::ptr::without_provenance_mut(address)).unwrap()
    }

    #[test]
    fn a_slot_keeps_the_whole_position_and_address() {
        let highest = (1 << 48) - 8;
        for (position, address) in [(0, 8), (Position::END - 1, highest), (0x5a5_a5a5, 0x1238)] {
            let mut bucket = Bucket::EMPTY;
            bucket.put(6, Position(position), object(address));
            assert_eq!(bucket.position(6), Position(position));
            assert_eq!(bucket.object(6), Some(object(address)));
            assert_eq!(bucket.present().collect::<Vec<_>>(), [6]);
        }
    }

    #[test]
    fn only_lanes_of_the_tag_match() {
        for tag in 0..=255_u8 {
            let mut bucket = Bucket::EMPTY;
            for (slot, delta) in [0_u8, 1, 0x80, 0xff, 0, 0x7f, 2].into_iter().enumerate() {
                bucket.put(slot, Position(u32::from(tag ^ delta)), object(8 + 8 * slot));
            }
            (0..CHOICES).for_each(|choice| bucket.set_overflow(choice, true));
            assert_eq!(bucket.lanes_tagged(tag), 0x80 | 0x80 << 32, "tag {tag}");
        }
    }

    #[test]
    fn stale_tags_of_empty_slots_never_match() {
        let mut bucket = Bucket::EMPTY;
        assert_eq!(bucket.find(Position(0), |_| true), None);
        bucket.put(3, Position(7), object(8));
        bucket.clear(3);
        assert_eq!(bucket.find(Position(7), |_| true), None);
        assert_eq!(bucket.free_slot(), Some(0));
    }
}
