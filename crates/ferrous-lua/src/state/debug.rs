//! Where a state is: the functions on its call stack, their lines and variables.

use std::ffi::{CStr, c_char};
use std::mem::MaybeUninit;

use mlua::ffi;

use super::Stack;
use crate::raise::Raise;

/// A function on the call stack; level 0 is the one that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// The name that its caller knows it by.
    pub(crate) name: Option<Vec<u8>>,
    /// It is called as a method, so that `self` is the first argument.
    pub(crate) is_method: bool,
    /// It is not written in Lua.
    pub(crate) is_native: bool,
    /// The name that its source was loaded under, such as `@user_script`.
    pub(crate) source: Vec<u8>,
    /// The same as messages show it.
    pub(crate) short_source: Vec<u8>,
    /// The line that it is at, or none.
    pub(crate) line: Option<u32>,
}

impl Stack<'_> {
    /// What is known of a level, or `None` when the call stack is not as deep.
    pub(crate) fn level(&self, level: i32) -> Option<Level> {
        let record = self.record(level)?;
        // SAFETY: the level exists; Lua fills the fields asked for, and its strings live while the call does.
        unsafe {
            let mut record = record;
            ffi::lua_getinfo(self.lua(), c"nSl".as_ptr(), record.as_mut_ptr());
            let record = record.assume_init();
            let what = text(record.what);
            Some(Level {
                name: (!record.name.is_null()).then(|| text(record.name)),
                is_method: text(record.namewhat) == b"method",
                is_native: what == b"C",
                source: text(record.source),
                short_source: text(record.short_src.as_ptr()),
                line: u32::try_from(record.currentline).ok(),
            })
        }
    }

    /// Pushes the value of the local variable `number`, counted from 1, of a level and returns its name.
    pub(crate) fn push_local(&mut self, level: i32, number: i32) -> Result<Option<Vec<u8>>, Raise> {
        self.reserve(1)?;
        let Some(mut record) = self.record(level) else {
            return Ok(None);
        };
        // SAFETY: the level exists, and the slot is reserved.
        unsafe {
            let name = ffi::lua_getlocal(self.lua(), record.as_mut_ptr(), number);
            Ok((!name.is_null()).then(|| text(name)))
        }
    }

    fn record(&self, level: i32) -> Option<MaybeUninit<ffi::lua_Debug>> {
        let mut record = MaybeUninit::<ffi::lua_Debug>::zeroed();
        // SAFETY: Lua writes to the record only.
        let found = unsafe { ffi::lua_getstack(self.lua(), level, record.as_mut_ptr()) };
        (found != 0).then_some(record)
    }
}

/// # Safety
/// `text` is null or a C string.
unsafe fn text(text: *const c_char) -> Vec<u8> {
    if text.is_null() {
        return Vec::new();
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }.to_bytes().to_vec()
}
