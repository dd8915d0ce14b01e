//! Memory for a Lua state, counted and bounded.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ffi::c_void;
use std::ptr;

use super::Shared;

/// What `malloc` promises, and Lua relies on.
const ALIGN: usize = 16;

/// Lua's one door to memory: makes, resizes and frees blocks.
///
/// It takes from the system, not from the process' global allocator: that one is counted against `maxmemory`, and
/// garbage of scripts must not evict keys.
///
/// # Safety
/// `shared` is the [`Shared`] of the state; `block` is null or a block of `old_size` bytes from here.
pub(super) unsafe extern "C" fn allocate(
    shared: *mut c_void,
    block: *mut c_void,
    old_size: usize,
    new_size: usize,
) -> *mut c_void {
    // SAFETY: the state holds this pointer and `State` owns the target for longer.
    let shared = unsafe { &*shared.cast::<Shared>() };
    let old_size = if block.is_null() { 0 } else { old_size };
    if new_size > old_size && !shared.grants(new_size - old_size) {
        return ptr::null_mut();
    }
    let (Ok(old), Ok(_)) = (
        Layout::from_size_align(old_size, ALIGN),
        Layout::from_size_align(new_size, ALIGN),
    ) else {
        return ptr::null_mut();
    };
    // SAFETY: sizes are non-zero where they must be, and Lua 5.1 gives the exact old size of each block.
    let result = unsafe {
        match (old_size, new_size) {
            (0, 0) => return ptr::null_mut(),
            (0, _) => System.alloc(Layout::from_size_align_unchecked(new_size, ALIGN)),
            (_, 0) => {
                System.dealloc(block.cast(), old);
                ptr::null_mut()
            }
            _ => System.realloc(block.cast(), old, new_size),
        }
    };
    if new_size == 0 || !result.is_null() {
        shared.resized(old_size, new_size);
    } else if shared.is_native() {
        // Lua would jump over frames of Rust that own things.
        std::alloc::handle_alloc_error(Layout::from_size_align(new_size, ALIGN).unwrap_or(old));
    }
    result.cast()
}

/// Gives memory that scripts have freed back to the system, which the allocator keeps for the next ones otherwise.
pub(crate) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: it has no preconditions, and touches free memory alone.
    unsafe {
        libc::malloc_trim(0);
    }
}
