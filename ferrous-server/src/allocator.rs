//! The global allocator: jemalloc, with every byte counted.
//!
//! Each thread counts in a slot of its own, so counting costs a plain load and store; `used_memory` is the slots' sum.
//! What is counted is the size class that jemalloc serves a request from, because that is what the request costs.

#![allow(
    unsafe_code,
    reason = "a global allocator is an unsafe trait over a C library"
)]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};

use tikv_jemalloc_sys as jemalloc;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Counting;

/// Threads beyond this many share the last slot.
const SLOTS: usize = 256;

/// One thread's bytes; on cache lines of its own, two because processors fetch them in pairs.
#[repr(align(128))]
struct Slot(AtomicI64);

static USED: [Slot; SLOTS] = [const { Slot(AtomicI64::new(0)) }; SLOTS];
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// This thread's slot plus one; 0 before its first allocation.
    static SLOT: Cell<usize> = const { Cell::new(0) };
}

/// Bytes that the program has allocated and not freed.
pub(crate) fn used_bytes() -> usize {
    let sum: i64 = USED.iter().map(|slot| slot.0.load(Relaxed)).sum();
    sum.max(0) as usize
}

fn count(bytes: i64) {
    let slot = SLOT.get();
    if slot == 0 || slot == SLOTS {
        return count_shared(bytes);
    }
    // No other thread writes this slot, so load and store need not be one operation.
    let used = &USED[slot - 1].0;
    used.store(used.load(Relaxed) + bytes, Relaxed);
}

/// Counts what an allocation added, unless it failed.
fn count_if(block: *mut c_void, bytes: i64) -> *mut u8 {
    if !block.is_null() {
        count(bytes);
    }
    block.cast()
}

#[cold]
fn count_shared(bytes: i64) {
    if SLOT.get() == 0 {
        SLOT.set(THREADS.fetch_add(1, Relaxed).min(SLOTS - 1) + 1);
    }
    USED[SLOT.get() - 1].0.fetch_add(bytes, Relaxed);
}

/// The size class that serves a request of `size` bytes: multiples of 8 up to 64, then four classes per doubling.
const fn size_class(size: usize) -> usize {
    if size <= 64 {
        return (size + 7) & !7;
    }
    let octave = usize::BITS - 1 - (size - 1).leading_zeros();
    let step = 1 << (octave - 2);
    (size + step - 1) & !(step - 1)
}

/// The flags that tell jemalloc an alignment it would not give by itself: its quantum is 8 bytes.
fn flags(layout: Layout) -> c_int {
    if layout.align() <= 8 {
        0
    } else {
        layout.align().trailing_zeros() as c_int
    }
}

// SAFETY: every block comes from jemalloc with at least the size and alignment of its layout, and goes back to it with
// the same; counting touches no allocation.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the size is not zero, as GlobalAlloc requires of its caller.
        let block = unsafe { jemalloc::mallocx(layout.size(), flags(layout)) };
        count_if(block, size_class(layout.size()) as i64)
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        let block =
            unsafe { jemalloc::mallocx(layout.size(), flags(layout) | jemalloc::MALLOCX_ZERO) };
        count_if(block, size_class(layout.size()) as i64)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(size_class(layout.size()) as i64));
        // SAFETY: the caller got `block` from this allocator with this layout.
        unsafe { jemalloc::sdallocx(block.cast::<c_void>(), layout.size(), flags(layout)) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller got `block` from this allocator, and `size` is not zero.
        let moved = unsafe { jemalloc::rallocx(block.cast::<c_void>(), size, flags(layout)) };
        count_if(
            moved,
            size_class(size) as i64 - size_class(layout.size()) as i64,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_classes_are_those_of_jemalloc() {
        for size in 1..20_000 {
            // SAFETY: the size is not zero.
            let class = unsafe { jemalloc::nallocx(size, 0) };
            assert_eq!(size_class(size), class, "of {size}");
        }
    }

    #[test]
    fn what_is_freed_is_no_longer_counted() {
        let before = used_bytes();
        let block = vec![1_u8; 10 << 20];
        assert!(used_bytes() >= before + (10 << 20));
        drop(block);
        assert!(used_bytes() < before + (10 << 20));
    }
}
