//! A growable byte buffer behind one thin pointer.
//!
//! Layout of the allocation: the first four bytes are the length of the whole content in bytes,
//! those four included, as a little-endian `u32`; the rest of the content follows. That prefix is
//! exactly how a listpack begins, so a listpack in memory costs eight bytes of pointer and its own
//! bytes, no more.
//!
//! Capacity is not stored: it is a function of the length, the size class in which an allocator
//! like jemalloc would put it anyhow. Appending therefore reallocates only when a class is left,
//! which is every eight bytes up to 64 and then four times per doubling: amortised O(1).

#![allow(
    unsafe_code,
    reason = "a thin pointer to a block that knows its own length needs raw allocation"
)]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::ops::Range;
use std::ptr::NonNull;
use std::slice;

use crate::word::Word;

/// Bytes of the length prefix: content begins behind it.
pub(crate) const PREFIX_LEN: usize = size_of::<u32>();

/// A byte buffer that begins with its own length. See the module's description.
///
/// The pointer points `TAG` bytes behind where the block begins, which is for its owner to tell it from others.
pub(crate) struct ThinBytes<const TAG: usize>(NonNull<u8>);

// SAFETY: a `ThinBytes` is the only owner of its block of plain bytes, like a `Box<[u8]>`.
unsafe impl<const TAG: usize> Send for ThinBytes<TAG> {}
// SAFETY: through a shared reference the block is only read.
unsafe impl<const TAG: usize> Sync for ThinBytes<TAG> {}
// SAFETY: blocks are aligned to eight, and `claim` makes every pointer.
unsafe impl<const TAG: usize> Word for ThinBytes<TAG> {
    const TAGS: u8 = 1 << TAG;
}

impl<const TAG: usize> ThinBytes<TAG> {
    /// A buffer of the length prefix followed by the concatenated `parts`.
    pub(crate) fn from_parts(parts: &[&[u8]]) -> Self {
        let len = PREFIX_LEN + parts.iter().map(|part| part.len()).sum::<usize>();
        let layout = layout_of(len);
        // SAFETY: `layout_of` never yields a size of zero.
        let block = unsafe { alloc(layout) };
        let mut buffer = Self::claim(block, layout);
        // SAFETY: the block has room for `len` bytes, and the parts fill all behind the prefix.
        unsafe { buffer.write_parts(PREFIX_LEN, parts) };
        buffer.set_len(len);
        buffer
    }

    /// Takes over a block that was asked for with `layout`.
    fn claim(block: *mut u8, layout: Layout) -> Self {
        const { assert!(TAG < 8, "no block is smaller") };
        let block = NonNull::new(block).unwrap_or_else(|| handle_alloc_error(layout));
        // SAFETY: a block has eight bytes at least.
        Self(unsafe { block.add(TAG) })
    }

    /// Where the block begins.
    #[inline]
    fn block(&self) -> NonNull<u8> {
        // SAFETY: `claim` added as much.
        unsafe { self.0.sub(TAG) }
    }

    /// The length in bytes, prefix included.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        // SAFETY: the block begins with an initialised `u32` and is aligned for it.
        u32::from_le(unsafe { self.block().cast::<u32>().read() }) as usize
    }

    /// The bytes of memory the buffer's block takes.
    pub(crate) fn capacity(&self) -> usize {
        size_class(self.len())
    }

    /// All bytes, prefix included.
    pub(crate) fn as_slice(&self) -> &[u8] {
        // SAFETY: the first `len` bytes of the block are initialised and owned by `self`.
        unsafe { slice::from_raw_parts(self.block().as_ptr(), self.len()) }
    }

    /// The bytes behind the prefix.
    pub(crate) fn content_mut(&mut self) -> &mut [u8] {
        let len = self.len() - PREFIX_LEN;
        // SAFETY: those bytes are initialised, owned by `self`, and do not hold the length.
        unsafe { slice::from_raw_parts_mut(self.block().as_ptr().add(PREFIX_LEN), len) }
    }

    /// Puts the concatenated `parts` in the place of the bytes in `range`.
    ///
    /// O(bytes moved). Panics when the range covers the prefix or exceeds the content, or when
    /// the result would exceed `u32::MAX` bytes.
    #[inline]
    pub(crate) fn splice(&mut self, range: Range<usize>, parts: &[&[u8]]) {
        let len = self.len();
        assert!(
            PREFIX_LEN <= range.start && range.start <= range.end && range.end <= len,
            "a splice stays within the content"
        );
        let inserted = parts.iter().map(|part| part.len()).sum::<usize>();
        let new_len = len - range.len() + inserted;
        if new_len > len {
            self.reallocate(len, new_len);
        }
        // SAFETY: the block now holds the larger of both lengths. The tail behind `range` is
        // initialised and goes to where the parts will end, so that every byte below `new_len`
        // is written: those before the range, the parts, and the tail.
        unsafe {
            let base = self.block().as_ptr();
            base.add(range.end)
                .copy_to(base.add(range.start + inserted), len - range.end);
            self.write_parts(range.start, parts);
        }
        if new_len < len {
            self.reallocate(len, new_len);
        }
        self.set_len(new_len);
    }

    /// Copies the parts to the block, from byte `at` on.
    ///
    /// # Safety
    /// The block has room for them.
    #[inline]
    unsafe fn write_parts(&mut self, mut at: usize, parts: &[&[u8]]) {
        for part in parts {
            // SAFETY: there is room by the caller's promise; `&mut self` excludes an overlap.
            unsafe {
                let target = self.block().as_ptr().add(at);
                // Most parts of a listpack are single bytes, for which a copy is a detour.
                if let [byte] = part {
                    target.write(*byte);
                } else {
                    target.copy_from_nonoverlapping(part.as_ptr(), part.len());
                }
            }
            at += part.len();
        }
    }

    /// Gives the block the capacity of `new_len` bytes; the smaller of both lengths is kept.
    fn reallocate(&mut self, len: usize, new_len: usize) {
        let (layout, new_layout) = (layout_of(len), layout_of(new_len));
        if layout == new_layout {
            return;
        }
        // SAFETY: the block was allocated with the layout of its length; the new size is not zero.
        let block = unsafe { realloc(self.block().as_ptr(), layout, new_layout.size()) };
        // The old pointer is stale, and not to be dropped.
        std::mem::forget(std::mem::replace(self, Self::claim(block, new_layout)));
    }

    fn set_len(&mut self, len: usize) {
        let prefix = u32::try_from(len)
            .expect("layout_of bounds every length")
            .to_le();
        // SAFETY: the block is at least as long as the prefix and aligned for it.
        unsafe { self.block().cast::<u32>().write(prefix) };
    }
}

impl<const TAG: usize> Clone for ThinBytes<TAG> {
    fn clone(&self) -> Self {
        Self::from_parts(&[&self.as_slice()[PREFIX_LEN..]])
    }
}

impl<const TAG: usize> Drop for ThinBytes<TAG> {
    fn drop(&mut self) {
        // SAFETY: the block was allocated with the layout of its length and is dropped once.
        unsafe { dealloc(self.block().as_ptr(), layout_of(self.len())) };
    }
}

fn layout_of(len: usize) -> Layout {
    assert!(
        u32::try_from(len).is_ok(),
        "a thin buffer holds less than 4 GiB"
    );
    Layout::from_size_align(size_class(len), align_of::<u64>())
        .expect("a size below 8 GiB and an alignment of eight make a layout")
}

/// The size of the block that holds `len` bytes: the allocator's size classes, with steps of eight
/// bytes up to 64, then four steps per doubling.
pub(crate) fn size_class(len: usize) -> usize {
    let step = (len.next_power_of_two() / 8).max(8);
    len.next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_are_those_of_jemalloc() {
        let classes = [
            (1, 8),
            (8, 8),
            (9, 16),
            (33, 40),
            (57, 64),
            (64, 64),
            (65, 80),
            (128, 128),
            (129, 160),
            (1025, 1280),
            (8192, 8192),
            (8193, 10240),
        ];
        for (len, class) in classes {
            assert_eq!(size_class(len), class, "{len}");
        }
    }

    #[test]
    fn splices_like_a_vector() {
        let mut model = vec![0; PREFIX_LEN];
        let mut bytes = ThinBytes::<5>::from_parts(&[]);
        for step in 0..500_usize {
            let start = PREFIX_LEN + step * 7 % (model.len() - PREFIX_LEN + 1);
            let end = (start + step % 5).min(model.len());
            let parts: [&[u8]; 2] = [&vec![step as u8; step % 11], b"x"];
            bytes.splice(start..end, &parts);
            model.splice(start..end, parts.concat());
            assert_eq!(bytes.len(), model.len());
            assert_eq!(bytes.as_slice()[PREFIX_LEN..], model[PREFIX_LEN..]);
        }
        bytes.splice(PREFIX_LEN..model.len(), &[]);
        assert_eq!(bytes.as_slice(), [4, 0, 0, 0]);
    }
}
