//! A byte string behind one thin pointer, as small as it can be: what a table holds as the member of
//! a set or the field of a hash.
//!
//! Layout of the allocation: the length in bytes, seven bits per byte, the lowest group first, where
//! a set top bit says that another group follows; then the bytes. So strings of up to 127 bytes cost
//! one byte besides their own.

#![allow(
    unsafe_code,
    reason = "a thin pointer to a block that knows its own length needs raw allocation"
)]

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::slice;

use crate::table::{Handle, Table};
use crate::thin_bytes::size_class;

/// Groups of seven bits that hold any length.
const PREFIX_MAX: usize = 10;

/// A byte string of fixed length. See the module's description.
pub(crate) struct Record(NonNull<u8>);

// SAFETY: a `Record` is the only owner of its block of plain bytes, like a `Box<[u8]>`.
unsafe impl Send for Record {}
// SAFETY: through a shared reference the block is only read.
unsafe impl Sync for Record {}

impl Record {
    /// The concatenated `parts`.
    pub(crate) fn from_parts(parts: &[&[u8]]) -> Self {
        let len = parts.iter().map(|part| part.len()).sum();
        let (prefix, prefix_len) = encode_len(len);
        let layout = layout_of(prefix_len + len);
        // SAFETY: the prefix is at least one byte, so the size is not zero.
        let block = unsafe { alloc(layout) };
        let block = NonNull::new(block).unwrap_or_else(|| handle_alloc_error(layout));
        let mut at = 0;
        for part in [&prefix[..prefix_len]].iter().chain(parts) {
            // SAFETY: the block is new and has room for the prefix and all parts.
            unsafe {
                let target = block.add(at).as_ptr();
                target.copy_from_nonoverlapping(part.as_ptr(), part.len());
            }
            at += part.len();
        }
        Self(block)
    }

    /// The bytes.
    pub(crate) fn as_slice(&self) -> &[u8] {
        // SAFETY: `self` owns the block and is borrowed.
        unsafe { Self::borrow_raw(self.0.cast()) }
    }

    /// The memory that a record of `len` bytes takes.
    fn heap_bytes(len: usize) -> usize {
        size_class(encode_len(len).1 + len)
    }

    /// The memory that all records of a table take, of which `samples` stand for all; 0 looks at
    /// each.
    pub(crate) fn heap_bytes_of(records: &Table<Self>, samples: usize) -> usize {
        let count = records.len();
        let looked_at = if samples == 0 {
            count
        } else {
            samples.min(count)
        };
        let bytes = records
            .iter()
            .take(looked_at)
            .map(|bytes| Self::heap_bytes(bytes.len()));
        match bytes.sum::<usize>() {
            bytes if looked_at < count => (bytes as f64 / looked_at as f64 * count as f64) as usize,
            bytes => bytes,
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        // SAFETY: `self` owns the block, which begins with its length.
        let (len, prefix_len) = unsafe { decode_len(self.0) };
        // SAFETY: the block was allocated with the layout of this length and is dropped once.
        unsafe { dealloc(self.0.as_ptr(), layout_of(prefix_len + len)) };
    }
}

// SAFETY: the pointer is that of the block, aligned to eight, and user space ends below 2⁴⁸ on
// every supported target. The views cover the bytes only, so the length stays what it is.
unsafe impl Handle for Record {
    type Ref<'a> = &'a [u8];
    type Mut<'a> = &'a mut [u8];

    fn into_raw(self) -> NonNull<()> {
        let raw = self.0.cast();
        std::mem::forget(self);
        raw
    }

    unsafe fn from_raw(raw: NonNull<()>) -> Self {
        Self(raw.cast())
    }

    unsafe fn borrow_raw<'a>(raw: NonNull<()>) -> &'a [u8] {
        // SAFETY: the caller promises a live block without exclusive borrows; it begins with its
        // length and holds as many initialised bytes behind it.
        unsafe {
            let (len, prefix_len) = decode_len(raw.cast());
            slice::from_raw_parts(raw.cast::<u8>().add(prefix_len).as_ptr(), len)
        }
    }

    unsafe fn borrow_raw_mut<'a>(raw: NonNull<()>) -> &'a mut [u8] {
        // SAFETY: as for `borrow_raw`, and the caller promises that there is no other borrow.
        unsafe {
            let (len, prefix_len) = decode_len(raw.cast());
            slice::from_raw_parts_mut(raw.cast::<u8>().add(prefix_len).as_ptr(), len)
        }
    }
}

fn layout_of(size: usize) -> Layout {
    Layout::from_size_align(size, align_of::<u64>()).expect("what parts in memory add up to")
}

/// The prefix that tells `len`, and its own length.
fn encode_len(mut len: usize) -> ([u8; PREFIX_MAX], usize) {
    let mut prefix = [0; PREFIX_MAX];
    let mut at = 0;
    while len > 0x7F {
        prefix[at] = len as u8 | 0x80;
        len >>= 7;
        at += 1;
    }
    prefix[at] = len as u8;
    (prefix, at + 1)
}

/// The length that the prefix at `block` tells, and the prefix's own.
///
/// # Safety
/// A prefix is there.
unsafe fn decode_len(block: NonNull<u8>) -> (usize, usize) {
    let (mut len, mut at) = (0, 0);
    loop {
        // SAFETY: the byte before, if any, said that the prefix goes on.
        let group = unsafe { block.add(at).read() };
        len |= usize::from(group & 0x7F) << (7 * at);
        at += 1;
        if group & 0x80 == 0 {
            return (len, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_its_parts() {
        for len in [0, 1, 126, 127, 128, 16_383, 16_384, 3_000_000] {
            let bytes = vec![7; len];
            let record = Record::from_parts(&[b"ab", &bytes, b"c"]);
            assert_eq!(record.as_slice(), [b"ab", bytes.as_slice(), b"c"].concat());
            let raw = record.into_raw();
            // SAFETY: it came from `into_raw` just now.
            let record = unsafe { Record::from_raw(raw) };
            assert_eq!(record.as_slice().len(), len + 3);
        }
    }

    #[test]
    fn short_records_cost_one_byte_more() {
        assert_eq!(Record::heap_bytes(16), 24);
        assert_eq!(Record::heap_bytes(7), 8);
        assert_eq!(Record::heap_bytes(0), 8);
    }
}
