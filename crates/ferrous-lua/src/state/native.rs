//! Functions of Lua that are written in Rust.

use std::ffi::c_int;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mlua::ffi;

use super::stack::Stack;
use super::{Shared, base};
use crate::raise::Outcome;

/// A function for scripts: its arguments are the stack, its results the topmost values, their number is returned.
///
/// Only function items and closures without captures qualify, for a C function pointer carries no data.
pub(crate) trait Native: Fn(&mut Stack<'_>) -> Outcome + Copy + 'static {}

impl<F: Fn(&mut Stack<'_>) -> Outcome + Copy + 'static> Native for F {}

/// The C entry of `function`.
pub(super) fn entry<F: Native>(_function: F) -> ffi::lua_CFunction {
    const {
        assert!(size_of::<F>() == 0, "a native function captures nothing");
    }
    enter::<F>
}

/// # Safety
/// Called by Lua.
unsafe extern "C-unwind" fn enter<F: Native>(lua: *mut ffi::lua_State) -> c_int {
    // SAFETY: Lua calls with the running state.
    let results = unsafe { run::<F>(lua) };
    if results < 0 {
        // SAFETY: the error value is on top, and this frame owns nothing.
        unsafe { ffi::lua_error(lua) }
    }
    results
}

/// Runs the function; -1 when the value on top is to be raised as an error.
///
/// # Safety
/// `lua` is a running state of a [`super::State`].
unsafe fn run<F: Native>(lua: *mut ffi::lua_State) -> c_int {
    // SAFETY: the function item has no size, so it is read from no memory; a value of its type was given to `entry`.
    let function = unsafe { std::ptr::NonNull::<F>::dangling().read() };
    // SAFETY: the allocator of every `State` is given its `Shared`.
    let shared = unsafe { &*base::shared(lua) };
    let native = shared.native();
    // SAFETY: the state is running, and allocations cannot fail while `native` lives.
    let mut stack = unsafe { Stack::new(lua, shared) };
    let outcome = catch_unwind(AssertUnwindSafe(|| function(&mut stack)));
    let results = match outcome {
        Ok(Ok(results)) => results,
        Ok(Err(raise)) => {
            raise.push(&mut stack);
            -1
        }
        Err(payload) => {
            shared.set_panic(payload);
            stack.push_bytes_anyway(b"internal error");
            -1
        }
    };
    if !shared.has_room(0) {
        return memory_error(&mut stack, shared);
    }
    drop(native);
    results
}

/// The function took more memory than there is; it could not be refused at once.
#[cold]
fn memory_error(stack: &mut Stack<'_>, _shared: &Shared) -> c_int {
    stack.set_top(0);
    stack.push_bytes_anyway(b"not enough memory");
    -1
}
