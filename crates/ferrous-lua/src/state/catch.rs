//! The functions that catch errors: `pcall`, `xpcall` and `coroutine.resume`. Nothing here owns anything.
//!
//! Lua's own would let a script go on in a run that is to end, and push a result more than they made room for.

use std::ffi::{CStr, c_int};

use mlua::ffi;

use super::{Stack, base};
use crate::raise::Raise;

impl Stack<'_> {
    /// Pushes `pcall`. It gives the text of an error table instead of the table, as scripts older than those expect.
    pub(crate) fn push_pcall(&mut self) -> Result<(), Raise> {
        self.push_entry(pcall, 0)
    }

    /// Pushes `xpcall`.
    pub(crate) fn push_xpcall(&mut self) -> Result<(), Raise> {
        self.push_entry(xpcall, 0)
    }

    /// Pushes `coroutine.resume`.
    pub(crate) fn push_resume(&mut self) -> Result<(), Raise> {
        self.push_entry(resume, 0)
    }
}

/// Raises the error on top once more when nothing may catch it.
///
/// # Safety
/// A function called by Lua calls, with an error value on top.
unsafe fn pass_on_the_end(lua: *mut ffi::lua_State) {
    // SAFETY: the caller's frame and this one own nothing.
    unsafe {
        if (*base::shared(lua)).is_ending() {
            ffi::lua_error(lua);
        }
    }
}

unsafe extern "C-unwind" fn pcall(lua: *mut ffi::lua_State) -> c_int {
    // SAFETY: Lua calls, and leaves room for `LUA_MINSTACK` values.
    unsafe {
        ffi::luaL_checkany(lua, 1);
        ffi::lua_pushboolean(lua, 1);
        ffi::lua_insert(lua, 1);
        let arguments = ffi::lua_gettop(lua) - 2;
        if ffi::lua_pcall(lua, arguments, ffi::LUA_MULTRET, 0) == ffi::LUA_OK {
            return ffi::lua_gettop(lua);
        }
        pass_on_the_end(lua);
        unwrap_error(lua);
        ffi::lua_pushboolean(lua, 0);
        ffi::lua_replace(lua, 1);
        2
    }
}

/// Replaces an error table on top by the text of its `err` field.
///
/// # Safety
/// As [`pass_on_the_end`].
unsafe fn unwrap_error(lua: *mut ffi::lua_State) {
    // SAFETY: the type is checked, and the arguments of the failed call have left room.
    unsafe {
        if ffi::lua_type(lua, -1) != ffi::LUA_TTABLE {
            return;
        }
        ffi::lua_pushstring_(lua, c"err".as_ptr());
        ffi::lua_rawget_(lua, -2);
        if ffi::lua_isstring(lua, -1) != 0 {
            ffi::lua_replace(lua, -2);
        } else {
            ffi::lua_settop(lua, -2);
        }
    }
}

unsafe extern "C-unwind" fn xpcall(lua: *mut ffi::lua_State) -> c_int {
    // SAFETY: Lua calls. The handler stays at 1, the result of the call itself comes to 2, what it calls to 3.
    unsafe {
        ffi::luaL_checkany(lua, 2);
        ffi::lua_settop(lua, 2);
        ffi::lua_insert(lua, 1);
        ffi::lua_pushboolean(lua, 1);
        ffi::lua_insert(lua, 2);
        if ffi::lua_pcall(lua, 0, ffi::LUA_MULTRET, 1) == ffi::LUA_OK {
            return ffi::lua_gettop(lua) - 1;
        }
        pass_on_the_end(lua);
        ffi::lua_pushboolean(lua, 0);
        ffi::lua_replace(lua, 2);
        2
    }
}

unsafe extern "C-unwind" fn resume(lua: *mut ffi::lua_State) -> c_int {
    // SAFETY: Lua calls; the coroutine is anchored at 1 until the values have moved.
    unsafe {
        let coroutine = ffi::lua_tothread(lua, 1);
        if coroutine.is_null() {
            return ffi::luaL_argerror(lua, 1, c"coroutine expected".as_ptr());
        }
        let arguments = ffi::lua_gettop(lua) - 1;
        if let Some(problem) = not_suspended(lua, coroutine) {
            return failed(lua, problem);
        }
        if ffi::lua_checkstack(coroutine, arguments) == 0 {
            return failed(lua, c"too many arguments to resume");
        }
        ffi::lua_xmove(lua, coroutine, arguments);
        let status = ffi::lua_resume_(coroutine, arguments);
        if status != ffi::LUA_OK && status != ffi::LUA_YIELD {
            ffi::lua_xmove(coroutine, lua, 1);
            pass_on_the_end(lua);
            ffi::lua_pushboolean(lua, 0);
            ffi::lua_insert(lua, -2);
            return 2;
        }
        let results = ffi::lua_gettop(coroutine);
        if ffi::lua_checkstack(lua, results + 1) == 0 {
            return failed(lua, c"too many results to resume");
        }
        ffi::lua_pushboolean(lua, 1);
        ffi::lua_xmove(coroutine, lua, results);
        results + 1
    }
}

/// Why a coroutine cannot be resumed.
///
/// # Safety
/// Both threads belong to one state.
unsafe fn not_suspended(
    lua: *mut ffi::lua_State,
    coroutine: *mut ffi::lua_State,
) -> Option<&'static CStr> {
    // SAFETY: reads the coroutine; the record is written to only.
    unsafe {
        if lua == coroutine {
            return Some(c"cannot resume running coroutine");
        }
        match ffi::lua_status(coroutine) {
            ffi::LUA_YIELD => None,
            ffi::LUA_OK => {
                let mut record = std::mem::MaybeUninit::<ffi::lua_Debug>::zeroed();
                if ffi::lua_getstack(coroutine, 0, record.as_mut_ptr()) > 0 {
                    Some(c"cannot resume normal coroutine")
                } else if ffi::lua_gettop(coroutine) == 0 {
                    Some(c"cannot resume dead coroutine")
                } else {
                    None
                }
            }
            _ => Some(c"cannot resume dead coroutine"),
        }
    }
}

/// # Safety
/// As [`pass_on_the_end`].
unsafe fn failed(lua: *mut ffi::lua_State, problem: &CStr) -> c_int {
    // SAFETY: the caller has dropped or not yet taken its values, so there is room for two.
    unsafe {
        ffi::lua_pushboolean(lua, 0);
        ffi::lua_pushstring_(lua, problem.as_ptr());
        2
    }
}
