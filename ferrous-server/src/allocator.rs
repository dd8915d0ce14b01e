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
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io;
use std::ptr;
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
    // Few slots are in use, and this is asked before every command when memory is limited.
    let slots = THREADS.load(Relaxed).min(SLOTS);
    let sum: i64 = USED[..slots].iter().map(|slot| slot.0.load(Relaxed)).sum();
    sum.max(0) as usize
}

/// What jemalloc says of itself, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AllocatorStats {
    /// In blocks that are in use.
    pub(crate) allocated: u64,
    /// In pages that hold such blocks.
    pub(crate) active: u64,
    /// In pages that are resident, as far as jemalloc knows.
    pub(crate) resident: u64,
}

/// What jemalloc says of itself now.
pub(crate) fn stats() -> AllocatorStats {
    // Writing the epoch has the figures brought up to date; with old ones the reader is served as well.
    let mut epoch = 1_u64;
    // SAFETY: the name is a C string, and `epoch` is the 64-bit value that it takes.
    unsafe {
        let epoch = ptr::from_mut(&mut epoch).cast();
        jemalloc::mallctl(
            c"epoch".as_ptr(),
            ptr::null_mut(),
            ptr::null_mut(),
            epoch,
            size_of::<u64>(),
        );
    }
    let figure = |name| read_control(name).unwrap_or_default();
    AllocatorStats {
        allocated: figure(c"stats.allocated"),
        active: figure(c"stats.active"),
        resident: figure(c"stats.resident"),
    }
}

/// The version of jemalloc, up to its commit.
pub(crate) fn version() -> String {
    let text = read_control_text(c"version").unwrap_or_default();
    text.split('-').next().unwrap_or_default().to_owned()
}

/// Gives unused pages back to the system.
pub(crate) fn purge() {
    // 4096 is MALLCTL_ARENAS_ALL. Failing leaves the pages where they are.
    let name = c"arena.4096.purge".as_ptr();
    // SAFETY: the name is a C string; this control reads and writes no value.
    unsafe { jemalloc::mallctl(name, ptr::null_mut(), ptr::null_mut(), ptr::null_mut(), 0) };
}

/// jemalloc's own report.
pub(crate) fn report() -> String {
    unsafe extern "C" fn append(report: *mut c_void, text: *const c_char) {
        // SAFETY: jemalloc hands back the string that it was called with, and a C string.
        let (report, text) = unsafe { (&mut *report.cast::<String>(), CStr::from_ptr(text)) };
        report.push_str(&text.to_string_lossy());
    }
    let mut report = String::new();
    // SAFETY: `report` outlives the call, during which nothing else uses it.
    unsafe {
        jemalloc::malloc_stats_print(Some(append), ptr::from_mut(&mut report).cast(), ptr::null());
    }
    report
}

/// The number behind a name in jemalloc's tree of controls (`mallctl`), whatever its width.
///
/// # Errors
/// When there is no such name, or no number behind it.
pub(crate) fn control(name: &[u8]) -> io::Result<u64> {
    read_control(&CString::new(name)?)
}

/// The text behind a name in jemalloc's tree of controls.
///
/// # Errors
/// When there is no such name, or nothing as wide as a pointer behind it.
pub(crate) fn control_text(name: &[u8]) -> io::Result<String> {
    // Behind other names stand numbers of that width, which are no addresses.
    const TEXTS: [&str; 4] = ["version", "opt.dss", "opt.metadata_thp", "opt.thp"];
    let known = TEXTS.iter().any(|text| text.as_bytes() == name);
    if !known {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    read_control_text(&CString::new(name)?)
}

fn read_control(name: &CStr) -> io::Result<u64> {
    let mut bytes = [0_u8; 8];
    let mut last = 0;
    for width in [8, 4, 1] {
        let mut len: usize = width;
        // SAFETY: the name is a C string, and there is room for `len` bytes.
        last = unsafe {
            let value = bytes.as_mut_ptr().cast();
            jemalloc::mallctl(name.as_ptr(), value, &raw mut len, ptr::null_mut(), 0)
        };
        if last == 0 {
            let mut low = [0_u8; 8];
            low[..width].copy_from_slice(&bytes[..width]);
            return Ok(u64::from_le_bytes(low));
        }
    }
    Err(io::Error::from_raw_os_error(last))
}

/// Only for names behind which a C string stands.
fn read_control_text(name: &CStr) -> io::Result<String> {
    let mut text: *const c_char = ptr::null();
    let mut len = size_of_val(&text);
    // SAFETY: the name is a C string, and `text` has room for the pointer behind it.
    let error = unsafe {
        let value = ptr::from_mut(&mut text).cast();
        jemalloc::mallctl(name.as_ptr(), value, &raw mut len, ptr::null_mut(), 0)
    };
    if error != 0 || text.is_null() {
        return Err(io::Error::from_raw_os_error(error));
    }
    // SAFETY: jemalloc's texts are C strings that live as long as the program.
    Ok(unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned())
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
    fn the_allocator_tells_of_itself() {
        let block = vec![1_u8; 1 << 20];
        let AllocatorStats {
            allocated,
            active,
            resident,
        } = stats();
        assert!(allocated >= 1 << 20 && active >= allocated && resident >= active);
        drop(block);
        assert!(version().starts_with("5."));
        assert!(report().contains("jemalloc"));
        assert!(control(b"arenas.narenas").is_ok_and(|arenas| arenas > 0));
        assert_eq!(
            control(b"nothing").map_err(|error| error.raw_os_error()),
            Err(Some(libc::ENOENT))
        );
        assert!(control_text(b"version").is_ok());
        assert!(control_text(b"arenas.page").is_err());
    }

    #[test]
    fn what_is_freed_is_no_longer_counted() {
        // Other tests allocate at the same time, in threads of their own.
        let of_this_thread = || USED[SLOT.get().saturating_sub(1)].0.load(Relaxed);
        let small = vec![1_u8];
        let before = of_this_thread();
        let block = vec![1_u8; 10 << 20];
        assert!(of_this_thread() >= before + (10 << 20));
        assert!(used_bytes() >= 10 << 20);
        drop(block);
        assert_eq!(of_this_thread(), before);
        drop(small);
    }
}
