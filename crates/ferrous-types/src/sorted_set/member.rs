//! The one allocation of a member in a large sorted set, and the pointers to it.
//!
//! ```text
//! 0        8            8 + v          8 + v + len
//! +--------+------------+--------------+
//! | score  | length     | member bytes |     align 8
//! | f64    | LEB128, v  |              |
//! +--------+------------+--------------+
//! ```
//!
//! The member table owns the allocation ([`Member`]); the tree only points at it ([`Pointer`], and
//! [`Slot`] in leaves). A 16-byte member costs 25 bytes, which allocators round to 32.
#![allow(
    unsafe_code,
    reason = "one allocation is shared by the member table and the tree, and its length is stored inline"
)]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::fmt;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::slice;

use crate::table::{self, Handle};

/// Bytes of the score that opens the allocation.
const SCORE_BYTES: usize = size_of::<f64>();

/// Addresses fit this many bits, so a pointer can carry a 16-bit tag above them.
const ADDRESS_BITS: u32 = 48;

/// Maps a score to an integer of the same order; both zeros map to one integer, as they are equal.
pub(super) fn order_of(score: f64) -> u64 {
    // -0.0 + 0.0 is 0.0; every other value is unchanged.
    let bits = (score + 0.0).to_bits();
    let negative = bits >> 63 == 1;
    if negative { !bits } else { bits | 1 << 63 }
}

/// The owner of a member's allocation.
pub(super) struct Member(NonNull<u8>);

// SAFETY: `Member` owns its allocation as a `Box` would; nothing in it is tied to a thread.
unsafe impl Send for Member {}
// SAFETY: a shared `Member` only reads; writing the score is an `unsafe fn` that demands exclusivity.
unsafe impl Sync for Member {}

impl Member {
    /// Allocates a member.
    pub(super) fn new(score: f64, member: &[u8]) -> Self {
        let prefix = SCORE_BYTES + varint_len(member.len());
        let layout = Self::layout(member.len());
        // SAFETY: the layout is at least nine bytes long.
        let start = unsafe { alloc(layout) };
        let Some(start) = NonNull::new(start) else {
            handle_alloc_error(layout)
        };
        assert!(
            start.as_ptr().addr() >> ADDRESS_BITS == 0,
            "user-space addresses fit 48 bits"
        );
        // SAFETY: the allocation is 8-aligned and holds score, length prefix and member in this
        // order without overlap; `layout` summed exactly these parts.
        unsafe {
            start.cast::<f64>().write(score);
            write_varint(start.add(SCORE_BYTES), member.len());
            start
                .add(prefix)
                .copy_from_nonoverlapping(NonNull::from(member).cast(), member.len());
        }
        Self(start)
    }

    fn layout(len: usize) -> Layout {
        Layout::from_size_align(SCORE_BYTES + varint_len(len) + len, align_of::<f64>())
            .expect("a member that is in memory leaves room for its header")
    }

    pub(super) fn pointer(&self) -> Pointer<'_> {
        Pointer(self.0, PhantomData)
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let layout = Self::layout(self.pointer().bytes().len());
        // SAFETY: `new` allocated with the same layout: the stored length never changes.
        unsafe { dealloc(self.0.as_ptr(), layout) }
    }
}

// SAFETY: allocations are 8-aligned, and `Member::new` checked that the address fits 48 bits; the
// views are pointers that read the score and the bytes in place.
unsafe impl Handle for Member {
    type Ref<'a> = Pointer<'a>;
    type Mut<'a> = Pointer<'a>;

    fn into_raw(self) -> NonNull<()> {
        ManuallyDrop::new(self).0.cast()
    }

    unsafe fn from_raw(raw: NonNull<()>) -> Self {
        Self(raw.cast())
    }

    unsafe fn borrow_raw<'a>(raw: NonNull<()>) -> Pointer<'a> {
        Pointer(raw.cast(), PhantomData)
    }

    unsafe fn borrow_raw_mut<'a>(raw: NonNull<()>) -> Pointer<'a> {
        Pointer(raw.cast(), PhantomData)
    }
}

/// A non-owning pointer to a [`Member`] that is alive for `'a`.
///
/// The tree stores `Pointer<'static>`, whose making is unsafe, and hands out shorter lives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Pointer<'a>(NonNull<u8>, PhantomData<&'a Member>);

// SAFETY: it reads as `&Member` does, and `Member` is `Sync`.
unsafe impl Send for Pointer<'_> {}
// SAFETY: as above.
unsafe impl Sync for Pointer<'_> {}

impl<'a> Pointer<'a> {
    /// The pointer without its lifetime, for the tree to keep.
    ///
    /// # Safety
    /// Every copy must be gone, or never be used again, once the member is dropped.
    pub(super) unsafe fn detach(self) -> Pointer<'static> {
        Pointer(self.0, PhantomData)
    }

    pub(super) fn score(self) -> f64 {
        // SAFETY: the member is alive for 'a and opens with an aligned f64.
        unsafe { self.0.cast::<f64>().read() }
    }

    pub(super) fn order(self) -> u64 {
        order_of(self.score())
    }

    pub(super) fn bytes(self) -> &'a [u8] {
        // SAFETY: the member is alive for 'a; after the score stand a varint and as many bytes as it
        // says, none of which is written after `Member::new`.
        unsafe {
            let (len, width) = read_varint(self.0.add(SCORE_BYTES));
            slice::from_raw_parts(self.0.add(SCORE_BYTES + width).as_ptr(), len)
        }
    }

    /// Replaces the score.
    ///
    /// # Safety
    /// The caller has exclusive access to the set that the member belongs to.
    pub(super) unsafe fn set_score(self, score: f64) {
        // SAFETY: the member is alive and opens with an aligned f64, which nobody else looks at now;
        // the slices given out by `bytes` do not cover it.
        unsafe { self.0.cast::<f64>().write(score) }
    }

    /// Bytes of the member's allocation.
    pub(super) fn heap_bytes(self) -> usize {
        Member::layout(self.bytes().len()).size()
    }

    /// Starts loading the member.
    pub(super) fn prefetch(self) {
        table::prefetch::prefetch(self.0.as_ptr());
    }
}

/// A leaf's entry: a pointer with a 16-bit digest of the score in its unused high bits.
#[derive(Clone, Copy)]
pub(super) struct Slot(*mut u8);

// SAFETY: a slot is a `Pointer<'static>` with a tag.
unsafe impl Send for Slot {}
// SAFETY: as above.
unsafe impl Sync for Slot {}

impl Slot {
    /// Fills the places behind a leaf's last entry.
    pub(super) const EMPTY: Self = Self(std::ptr::null_mut());

    pub(super) fn new(pointer: Pointer<'static>, digest: u16) -> Self {
        let tag = usize::from(digest) << ADDRESS_BITS;
        Self(pointer.0.as_ptr().map_addr(|address| address | tag))
    }

    pub(super) fn digest(self) -> u16 {
        (self.0.addr() >> ADDRESS_BITS) as u16
    }

    pub(super) fn pointer(self) -> Pointer<'static> {
        let address = self
            .0
            .map_addr(|address| address & ((1 << ADDRESS_BITS) - 1));
        let pointer = NonNull::new(address).expect("only occupied slots are read");
        Pointer(pointer, PhantomData)
    }
}

impl fmt::Debug for Pointer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.bytes().escape_ascii(), self.score())
    }
}

fn varint_len(value: usize) -> usize {
    let bits = usize::BITS - (value | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

/// # Safety
/// `varint_len(value)` bytes from `to` on are writable.
unsafe fn write_varint(to: NonNull<u8>, mut value: usize) {
    for at in 0..varint_len(value) {
        let more = if value > 0x7f { 0x80 } else { 0 };
        // SAFETY: `at` is below the length the caller vouches for.
        unsafe { to.add(at).write(value as u8 & 0x7f | more) };
        value >>= 7;
    }
}

/// The value and its width in bytes.
///
/// # Safety
/// `from` points at what [`write_varint`] wrote.
unsafe fn read_varint(from: NonNull<u8>) -> (usize, usize) {
    let mut value = 0;
    let mut width = 0;
    loop {
        // SAFETY: every byte before the one without the continuation bit was written.
        let byte = unsafe { from.add(width).read() };
        value |= usize::from(byte & 0x7f) << (7 * width);
        width += 1;
        if byte & 0x80 == 0 {
            return (value, width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_keeps_score_and_bytes_of_every_length() {
        for len in [0, 1, 16, 127, 128, 16_383, 16_384, 3_000_000] {
            let bytes = vec![b'm'; len];
            let member = Member::new(-1.5, &bytes);
            assert_eq!(member.pointer().bytes(), bytes);
            assert!(member.pointer().score().total_cmp(&-1.5).is_eq());
        }
        assert_eq!(
            Member::new(0.0, b"sixteen bytes ..").pointer().heap_bytes(),
            25
        );
    }

    #[test]
    fn a_slot_keeps_pointer_and_digest_apart() {
        let member = Member::new(7.0, b"member");
        // SAFETY: the pointer is not used after `member` is dropped.
        let pointer = unsafe { member.pointer().detach() };
        for digest in [0, 1, 0x8000, u16::MAX] {
            let slot = Slot::new(pointer, digest);
            assert_eq!(slot.digest(), digest);
            assert_eq!(slot.pointer(), pointer);
            assert_eq!(slot.pointer().bytes(), b"member");
        }
    }

    #[test]
    fn order_follows_the_score() {
        let scores = [
            f64::NEG_INFINITY,
            -1e300,
            -1.0,
            -f64::MIN_POSITIVE,
            0.0,
            f64::MIN_POSITIVE,
            1.0,
            1e300,
            f64::INFINITY,
        ];
        assert!(scores.is_sorted_by_key(|&score| order_of(score)));
        assert_eq!(order_of(-0.0), order_of(0.0));
    }
}
