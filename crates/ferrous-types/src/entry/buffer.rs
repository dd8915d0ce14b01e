//! A growable string behind one thin pointer.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error, realloc};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

use crate::thin_bytes::size_class;

/// Growing strings get as much spare room as they are long, up to this.
const SPARE_MAX: usize = 1 << 20;

/// A byte string of any length that may have room to grow: `Vec<u8>` in one pointer.
///
/// Layout: one block of the length, the capacity, and the bytes. It is made without spare room, so
/// that a string which is only ever set and read costs what it is long; the first append then
/// reserves for more, which makes appending amortised O(1).
pub struct Buffer(NonNull<Header>);

#[repr(C)]
struct Header {
    len: usize,
    capacity: usize,
}

// SAFETY: a buffer is the only owner of its block of plain bytes.
unsafe impl Send for Buffer {}
// SAFETY: through a shared reference the block is only read.
unsafe impl Sync for Buffer {}

impl Buffer {
    /// A copy of `bytes`, without room to spare.
    pub fn new(bytes: &[u8]) -> Self {
        let mut buffer = Self::with_capacity(bytes.len());
        buffer.extend_from_slice(bytes);
        buffer
    }

    /// An empty buffer with room for `capacity` bytes at least.
    pub fn with_capacity(capacity: usize) -> Self {
        let layout = layout_of(capacity);
        // SAFETY: the layout holds a header, so its size is not zero.
        let block = unsafe { alloc(layout) };
        Self(Self::write_header(block, layout, 0))
    }

    /// Adds `bytes` at the end. Amortised O(length added).
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        let len = self.len();
        self.reserve(bytes.len());
        // SAFETY: the room behind the old end was just reserved, and `bytes` lies elsewhere since
        // `self` is borrowed exclusively. All bytes up to the new length are then initialised.
        unsafe {
            self.bytes()
                .add(len)
                .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            self.0.as_mut().len = len + bytes.len();
        }
    }

    /// Cuts to `len` bytes, or fills up to it with zeros.
    pub fn resize(&mut self, len: usize) {
        let added = len.saturating_sub(self.len());
        self.reserve(added);
        // SAFETY: the added bytes were just reserved; all bytes up to `len` are then initialised.
        unsafe {
            self.bytes().add(self.len()).write_bytes(0, added);
            self.0.as_mut().len = len;
        }
    }

    /// The bytes allocated.
    pub fn heap_bytes(&self) -> usize {
        layout_of(self.capacity()).size()
    }

    fn capacity(&self) -> usize {
        // SAFETY: the block begins with an initialised header.
        unsafe { self.0.as_ref().capacity }
    }

    fn reserve(&mut self, additional: usize) {
        let needed = self
            .len()
            .checked_add(additional)
            .expect("memory ends before usize does");
        if needed <= self.capacity() {
            return;
        }
        let new = layout_of(needed.saturating_add(needed.min(SPARE_MAX)));
        let (old, len) = (layout_of(self.capacity()), self.len());
        // SAFETY: the block was allocated with the layout of its capacity, and `new` is larger.
        let block = unsafe { realloc(self.0.as_ptr().cast(), old, new.size()) };
        self.0 = Self::write_header(block, new, len);
    }

    /// Claims a block that was asked for with `layout`.
    fn write_header(block: *mut u8, layout: Layout, len: usize) -> NonNull<Header> {
        let Some(block) = NonNull::new(block) else {
            handle_alloc_error(layout)
        };
        let header = Header {
            len,
            capacity: layout.size() - size_of::<Header>(),
        };
        let block = block.cast();
        // SAFETY: the block is large enough and aligned, by its layout.
        unsafe { block.write(header) };
        block
    }

    fn bytes(&self) -> *mut u8 {
        // SAFETY: the bytes begin right behind the header, inside or at the end of the block.
        unsafe { self.0.as_ptr().add(1).cast() }
    }
}

/// The block for `capacity` bytes: a size class, of which nothing is left unused.
fn layout_of(capacity: usize) -> Layout {
    let size = capacity.saturating_add(size_of::<Header>());
    assert!(
        size < isize::MAX as usize / 2,
        "memory ends before isize does"
    );
    Layout::from_size_align(size_class(size), align_of::<Header>())
        .expect("size classes exceed their size by a quarter at most")
}

impl Deref for Buffer {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        // SAFETY: the first `len` bytes behind the header are initialised.
        unsafe { std::slice::from_raw_parts(self.bytes(), self.0.as_ref().len) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `deref`, and `self` is the only owner.
        unsafe { std::slice::from_raw_parts_mut(self.bytes(), self.0.as_ref().len) }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: the block was allocated with the layout of its capacity and is freed once.
        unsafe { dealloc(self.0.as_ptr().cast(), layout_of(self.capacity())) };
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        Self::new(self)
    }
}

impl fmt::Debug for Buffer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("Buffer")
            .field(&self.escape_ascii().to_string())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_like_a_vector() {
        let (mut buffer, mut model) = (Buffer::new(b"start"), b"start".to_vec());
        for step in 0..300 {
            match step % 3 {
                0 => {
                    buffer.extend_from_slice(&vec![step as u8; step]);
                    model.extend_from_slice(&vec![step as u8; step]);
                }
                1 => {
                    buffer.resize(step * 40);
                    model.resize(step * 40, 0);
                }
                _ => {
                    buffer[step] = 7;
                    model[step] = 7;
                }
            }
            assert_eq!(*buffer, *model);
            assert_eq!(*buffer.clone(), *model);
        }
    }

    #[test]
    fn a_string_that_was_only_set_has_no_room_to_spare() {
        assert_eq!(Buffer::new(&[1; 1000]).heap_bytes(), 1024);
        assert_eq!(Buffer::new(&[1; 4096 - 16]).heap_bytes(), 4096);
    }
}
