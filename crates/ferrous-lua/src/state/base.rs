//! Guards in front of functions of Lua's libraries, which may leave by a jump: nothing here owns anything.

use std::ffi::c_int;

use mlua::ffi;

use super::{Shared, Stack};
use crate::raise::Raise;
use crate::sandbox::MARK;

/// A function of Lua's own that gets a guard in front of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Guarded {
    /// Reads the table that a frozen one stands for: `next`.
    Reads,
    /// Refuses a frozen table as its first argument: `rawset`, `table.insert` and the like.
    Changes,
    /// Matches a pattern: refuses one whose matching could exhaust the stack of the thread.
    Matches,
    /// `collectgarbage`: notes that it was called.
    Collects,
}

impl Stack<'_> {
    /// Pushes the function on top with a guard in front of it, in place of itself.
    pub(crate) fn guard(&mut self, guarded: Guarded) -> Result<(), Raise> {
        let entry = match guarded {
            Guarded::Reads => reads,
            Guarded::Changes => changes,
            Guarded::Matches => matches,
            Guarded::Collects => collects,
        };
        self.push_entry(entry, 1)
    }
}

/// The shared part of a state.
///
/// # Safety
/// `lua` belongs to a [`super::State`].
#[inline]
pub(super) unsafe fn shared(lua: *mut ffi::lua_State) -> *const Shared {
    let mut shared = std::ptr::null_mut();
    // SAFETY: reads the state; the allocator's pointer is that to `Shared`.
    unsafe { ffi::lua_getallocf(lua, &raw mut shared) };
    shared.cast_const().cast()
}

/// # Safety
/// Called by Lua, protected.
pub(super) unsafe extern "C-unwind" fn open_libraries(lua: *mut ffi::lua_State) -> c_int {
    let openers: [(ffi::lua_CFunction, &std::ffi::CStr); 5] = [
        (ffi::luaopen_base, c""),
        (ffi::luaopen_table, c"table"),
        (ffi::luaopen_string, c"string"),
        (ffi::luaopen_math, c"math"),
        (ffi::luaopen_os, c"os"),
    ];
    for (opener, name) in openers {
        // SAFETY: as Lua's own `luaL_openlibs` does it; errors jump to the protected call.
        unsafe {
            ffi::lua_pushcclosure(lua, opener, 0);
            ffi::lua_pushstring_(lua, name.as_ptr());
            ffi::lua_call(lua, 1, 0);
        }
    }
    0
}

/// Calls the guarded function in this frame, as if Lua had.
///
/// # Safety
/// Called by a guard, whose first upvalue is a C function.
#[inline]
unsafe fn original(lua: *mut ffi::lua_State) -> c_int {
    // SAFETY: `guard` put it there.
    unsafe {
        match ffi::lua_tocfunction(lua, ffi::lua_upvalueindex(1)) {
            Some(function) => function(lua),
            None => 0,
        }
    }
}

/// Pushes the table that the frozen one at index 1 stands for; false, with nothing pushed, for anything else.
///
/// # Safety
/// Called by a guard: two slots are free.
unsafe fn push_frozen(lua: *mut ffi::lua_State) -> bool {
    // SAFETY: the type is checked first, and the layout of a frozen table's metatable is that of `sandbox::freeze`.
    unsafe {
        if ffi::lua_type(lua, 1) != ffi::LUA_TTABLE || ffi::lua_getmetatable(lua, 1) == 0 {
            return false;
        }
        ffi::lua_rawgeti_(lua, -1, 1);
        let frozen = ffi::lua_touserdata(lua, -1).addr() == MARK;
        ffi::lua_settop(lua, -2);
        if frozen {
            ffi::lua_rawgeti_(lua, -1, 2);
            ffi::lua_remove(lua, -2);
        } else {
            ffi::lua_settop(lua, -2);
        }
        frozen
    }
}

unsafe extern "C-unwind" fn reads(lua: *mut ffi::lua_State) -> c_int {
    // SAFETY: Lua calls.
    unsafe {
        if push_frozen(lua) {
            ffi::lua_replace(lua, 1);
        }
        original(lua)
    }
}

unsafe extern "C-unwind" fn changes(lua: *mut ffi::lua_State) -> c_int {
    // SAFETY: Lua calls.
    unsafe {
        if push_frozen(lua) {
            ffi::lua_pushstring_(lua, c"Attempt to modify a readonly table".as_ptr());
            ffi::lua_error(lua);
        }
        original(lua)
    }
}

unsafe extern "C-unwind" fn collects(lua: *mut ffi::lua_State) -> c_int {
    // SAFETY: Lua calls.
    unsafe {
        (*shared(lua)).collector_touched.set(true);
        original(lua)
    }
}

/// Each of these in a pattern may be a level of recursion of Lua's matcher, some hundred bytes of stack.
const RECURSIONS_MAX: usize = 1000;

unsafe extern "C-unwind" fn matches(lua: *mut ffi::lua_State) -> c_int {
    // SAFETY: Lua calls. The slice is not used after the call that may jump begins.
    unsafe {
        let mut len = 0;
        let pattern = if ffi::lua_type(lua, 2) == ffi::LUA_TSTRING {
            ffi::lua_tolstring(lua, 2, &raw mut len)
        } else {
            std::ptr::null()
        };
        if len > RECURSIONS_MAX {
            let pattern = std::slice::from_raw_parts(pattern.cast::<u8>(), len);
            let recursions = pattern
                .iter()
                .filter(|byte| b"()?*+-".contains(byte))
                .count();
            if recursions > RECURSIONS_MAX && ffi::lua_toboolean(lua, 4) == 0 {
                ffi::luaL_where(lua, 1);
                ffi::lua_pushstring_(lua, c"pattern too complex".as_ptr());
                ffi::lua_concat(lua, 2);
                ffi::lua_error(lua);
            }
        }
        original(lua)
    }
}
