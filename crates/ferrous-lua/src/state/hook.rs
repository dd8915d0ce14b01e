//! What runs between instructions: the poll that ends a run, and line events.

use std::ptr::NonNull;

use mlua::ffi;

use super::{INSTRUCTIONS_PER_POLL, Stack, base};
use crate::host::Interrupt;
use crate::raise::Raise;

/// Has the host polled from now on, and told of each new line if `lines`.
///
/// Coroutines inherit the hook of the thread that makes them.
pub(super) fn install(lua: NonNull<ffi::lua_State>, lines: bool) {
    let mask = ffi::LUA_MASKCOUNT | if lines { ffi::LUA_MASKLINE } else { 0 };
    // SAFETY: the state is open; the hook keeps the rules of this module.
    unsafe {
        ffi::lua_sethook(lua.as_ptr(), Some(hook), mask, INSTRUCTIONS_PER_POLL);
    }
}

/// # Safety
/// Called by Lua.
unsafe extern "C-unwind" fn hook(lua: *mut ffi::lua_State, event: *mut ffi::lua_Debug) {
    // SAFETY: Lua calls with the running state.
    if unsafe { poll(lua, event) } {
        // SAFETY: the error value is on top, and this frame owns nothing.
        unsafe { ffi::lua_error(lua) }
    }
}

/// True when the run is to end with the error value that is on top.
///
/// # Safety
/// As [`hook`].
unsafe fn poll(lua: *mut ffi::lua_State, event: *mut ffi::lua_Debug) -> bool {
    // SAFETY: the allocator of every `State` is given its `Shared`.
    let shared = unsafe { &*base::shared(lua) };
    let _native = shared.native();
    // SAFETY: the state is running; Lua leaves a hook room for `LUA_MINSTACK` values.
    let mut stack = unsafe { Stack::new(lua, shared) };
    // SAFETY: Lua passes a valid record.
    let (is_line, line) = unsafe { ((*event).event == ffi::LUA_HOOKLINE, (*event).currentline) };
    let top = stack.top();
    let interrupt = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        shared.with_host(|host| {
            if is_line {
                host.line(&mut crate::inspect::Inspector::new(&mut stack, line))
            } else {
                host.interrupt()
            }
        })
    }));
    stack.set_top(top);
    match interrupt {
        Ok(None | Some(Interrupt::Continue)) => false,
        Ok(Some(Interrupt::Stop(message))) => {
            shared.end_run();
            Raise::reply(message.into_bytes()).push(&mut stack);
            true
        }
        Err(payload) => {
            shared.set_panic(payload);
            stack.push_bytes_anyway(b"internal error");
            true
        }
    }
}
