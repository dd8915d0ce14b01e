//! The stack of Lua values through which Rust and Lua exchange everything.

use std::ffi::{CString, c_int};
use std::marker::PhantomData;
use std::ptr;

use mlua::ffi;

use super::native::{Native, entry};
use super::{Called, Shared};
use crate::raise::{Failure, Raise};

/// The types of Lua values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Beyond the top of the stack.
    None,
    Nil,
    Boolean,
    LightUserdata,
    Number,
    String,
    Table,
    Function,
    Userdata,
    Thread,
}

/// A value kept in the registry of its state.
#[derive(Debug)]
pub(crate) struct Reference(c_int);

/// The slots of one function call. Index 1 is the first argument; the results are the last values pushed.
///
/// Methods that take an index want a positive one, or a pseudo-index of [`Stack`]. While a `Stack` exists allocations
/// do not fail, and every push reserves its slot, so no method raises a Lua error.
pub(crate) struct Stack<'s> {
    lua: *mut ffi::lua_State,
    shared: &'s Shared,
    /// Stays on its thread.
    _not_send: PhantomData<*mut ()>,
}

impl<'s> Stack<'s> {
    /// The table in which a state keeps what scripts must not see.
    pub(crate) const REGISTRY: i32 = ffi::LUA_REGISTRYINDEX;
    /// The table of global variables of the running thread.
    pub(crate) const GLOBALS: i32 = ffi::LUA_GLOBALSINDEX;
    /// As the number of results of a call: as many as there are.
    pub(crate) const ALL_RESULTS: i32 = ffi::LUA_MULTRET;

    /// # Safety
    /// `lua` is open and its running thread, `shared` is its own, and in native mode while the result lives.
    pub(super) unsafe fn new(lua: *mut ffi::lua_State, shared: &'s Shared) -> Self {
        Self {
            lua,
            shared,
            _not_send: PhantomData,
        }
    }

    pub(super) fn lua(&self) -> *mut ffi::lua_State {
        self.lua
    }

    /// What the functions of the state share.
    pub(crate) fn shared(&self) -> &'s Shared {
        self.shared
    }

    /// The index of a value that the running function was made with.
    pub(crate) const fn upvalue(number: i32) -> i32 {
        ffi::lua_upvalueindex(number)
    }

    /// How many values there are, which is the index of the last.
    pub(crate) fn top(&self) -> i32 {
        // SAFETY: reads the state.
        unsafe { ffi::lua_gettop(self.lua) }
    }

    /// Drops values, or adds nils, until there are `top`.
    pub(crate) fn set_top(&mut self, top: i32) {
        // SAFETY: callers shrink, or grow by the few slots that a function always has.
        unsafe { ffi::lua_settop(self.lua, top) }
    }

    /// Drops the last `count` values.
    pub(crate) fn pop(&mut self, count: i32) {
        let top = self.top();
        debug_assert!(count <= top);
        self.set_top(top - count);
    }

    /// Makes sure of room for `slots` more values.
    pub(crate) fn reserve(&mut self, slots: i32) -> Result<(), Raise> {
        // SAFETY: allocations do not fail while a `Stack` lives.
        if unsafe { ffi::lua_checkstack(self.lua, slots) } == 0 {
            return Err(Raise::plain("stack overflow"));
        }
        Ok(())
    }

    /// Fails unless room can be made, without a message of its own.
    pub(crate) fn has_room(&mut self, slots: i32) -> bool {
        self.reserve(slots).is_ok()
    }

    pub(crate) fn push_nil(&mut self) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: the slot is reserved.
        unsafe { ffi::lua_pushnil(self.lua) };
        Ok(())
    }

    pub(crate) fn push_boolean(&mut self, value: bool) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: the slot is reserved.
        unsafe { ffi::lua_pushboolean(self.lua, c_int::from(value)) };
        Ok(())
    }

    pub(crate) fn push_number(&mut self, value: f64) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: the slot is reserved.
        unsafe { ffi::lua_pushnumber(self.lua, value) };
        Ok(())
    }

    pub(crate) fn push_bytes(&mut self, value: &[u8]) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: the slot is reserved; the bytes are copied.
        unsafe { ffi::lua_pushlstring_(self.lua, value.as_ptr().cast(), value.len()) };
        Ok(())
    }

    /// Pushes the text of an error even on a full stack, whose values are of no more use.
    pub(crate) fn push_bytes_anyway(&mut self, value: &[u8]) {
        if self.push_bytes(value).is_err() {
            self.set_top(0);
            // SAFETY: the emptied stack has room.
            unsafe { ffi::lua_pushlstring_(self.lua, value.as_ptr().cast(), value.len()) };
        }
    }

    /// Pushes the userdata that stands for `null`, or the one that marks what scripts cannot forge.
    pub(crate) fn push_light(&mut self, address: usize) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: the slot is reserved; nobody reads what the address points at.
        unsafe { ffi::lua_pushlightuserdata(self.lua, ptr::without_provenance_mut(address)) };
        Ok(())
    }

    /// Pushes the value at `index` once more.
    pub(crate) fn push_copy(&mut self, index: i32) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: the slot is reserved and the index valid.
        unsafe { ffi::lua_pushvalue(self.lua, index) };
        Ok(())
    }

    /// Pushes an empty table with room for so many elements and fields.
    pub(crate) fn push_table(&mut self, elements: usize, fields: usize) -> Result<(), Raise> {
        self.reserve(1)?;
        let (elements, fields) = (elements.min(1 << 20) as c_int, fields.min(1 << 20) as c_int);
        // SAFETY: the slot is reserved, the sizes are no overflow.
        unsafe { ffi::lua_createtable(self.lua, elements, fields) };
        Ok(())
    }

    /// Pushes `function`, which keeps the last `upvalues` values: they are popped.
    pub(crate) fn push_function<F: Native>(
        &mut self,
        function: F,
        upvalues: i32,
    ) -> Result<(), Raise> {
        self.push_entry(entry(function), upvalues)
    }

    pub(super) fn push_entry(
        &mut self,
        entry: ffi::lua_CFunction,
        upvalues: i32,
    ) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: the slot is reserved and the upvalues are there.
        unsafe { ffi::lua_pushcclosure(self.lua, entry, upvalues) };
        Ok(())
    }

    /// Moves the last value to `index`; those from there on move up.
    pub(crate) fn insert(&mut self, index: i32) {
        // SAFETY: the index is valid.
        unsafe { ffi::lua_insert(self.lua, index) }
    }

    /// Moves the last value over the one at `index`.
    pub(crate) fn replace(&mut self, index: i32) {
        // SAFETY: the index is valid.
        unsafe { ffi::lua_replace(self.lua, index) }
    }

    pub(crate) fn kind(&self, index: i32) -> Kind {
        // SAFETY: any index may be asked for.
        match unsafe { ffi::lua_type(self.lua, index) } {
            ffi::LUA_TNIL => Kind::Nil,
            ffi::LUA_TBOOLEAN => Kind::Boolean,
            ffi::LUA_TLIGHTUSERDATA => Kind::LightUserdata,
            ffi::LUA_TNUMBER => Kind::Number,
            ffi::LUA_TSTRING => Kind::String,
            ffi::LUA_TTABLE => Kind::Table,
            ffi::LUA_TFUNCTION => Kind::Function,
            ffi::LUA_TUSERDATA => Kind::Userdata,
            ffi::LUA_TTHREAD => Kind::Thread,
            _ => Kind::None,
        }
    }

    pub(crate) fn boolean(&self, index: i32) -> bool {
        // SAFETY: any index may be asked for.
        unsafe { ffi::lua_toboolean(self.lua, index) != 0 }
    }

    /// The number, or what a string reads as.
    pub(crate) fn number(&self, index: i32) -> Option<f64> {
        // SAFETY: any index may be asked for; strings are read, not converted in place.
        unsafe {
            let number = ffi::lua_tonumber(self.lua, index);
            (number != 0.0 || ffi::lua_isnumber(self.lua, index) != 0).then_some(number)
        }
    }

    /// The bytes of a string. A number is none: see [`Stack::text`].
    pub(crate) fn bytes(&self, index: i32) -> Option<&[u8]> {
        if self.kind(index) != Kind::String {
            return None;
        }
        let mut len = 0;
        // SAFETY: Lua strings do not move, and this one lives as long as its slot, which only `&mut self` changes.
        unsafe {
            let start = ffi::lua_tolstring(self.lua, index, &raw mut len);
            Some(std::slice::from_raw_parts(start.cast(), len))
        }
    }

    /// The bytes of a string, or of a number, which becomes a string in place.
    pub(crate) fn text(&mut self, index: i32) -> Option<&[u8]> {
        if self.kind(index) == Kind::Number {
            let mut len = 0;
            // SAFETY: the value is a number; allocations do not fail.
            unsafe { ffi::lua_tolstring(self.lua, index, &raw mut len) };
        }
        self.bytes(index)
    }

    /// The address of a userdata, zero for anything else.
    pub(crate) fn address(&self, index: i32) -> usize {
        // SAFETY: any index may be asked for.
        unsafe { ffi::lua_touserdata(self.lua, index) }.addr()
    }

    /// What identifies a table, function or the like.
    pub(crate) fn identity(&self, index: i32) -> usize {
        // SAFETY: any index may be asked for.
        unsafe { ffi::lua_topointer(self.lua, index) }.addr()
    }

    /// The length of a string in bytes; of a table, an index `n` with something at `n` and nothing behind.
    pub(crate) fn len(&self, index: i32) -> usize {
        // SAFETY: any index may be asked for.
        unsafe { ffi::lua_objlen(self.lua, index) }
    }

    /// Replaces the key on top by its value in the table, metatables aside.
    pub(crate) fn raw_get(&mut self, table: i32) {
        debug_assert!(self.kind(table) == Kind::Table);
        // SAFETY: the index holds a table.
        unsafe { ffi::lua_rawget_(self.lua, table) }
    }

    /// Pushes the element at `position`.
    pub(crate) fn raw_get_index(&mut self, table: i32, position: i32) -> Result<(), Raise> {
        self.reserve(1)?;
        // SAFETY: the index holds a table and the slot is reserved.
        unsafe { ffi::lua_rawgeti_(self.lua, table, position) };
        Ok(())
    }

    /// Pushes the value of a field.
    pub(crate) fn raw_get_field(&mut self, table: i32, name: &str) -> Result<(), Raise> {
        self.push_bytes(name.as_bytes())?;
        self.raw_get(table);
        Ok(())
    }

    /// Sets `table[key]` to the last value; both, key before value, are popped.
    pub(crate) fn raw_set(&mut self, table: i32) -> Result<(), Raise> {
        let key = self.top() - 1;
        match self.kind(key) {
            Kind::Nil => return Err(Raise::plain("table index is nil")),
            Kind::Number if self.number(key).is_some_and(f64::is_nan) => {
                return Err(Raise::plain("table index is NaN"));
            }
            _ => {}
        }
        // SAFETY: the index holds a table, the key is valid, allocations do not fail.
        unsafe { ffi::lua_rawset(self.lua, table) };
        Ok(())
    }

    /// Sets the element at `position` to the last value, which is popped.
    pub(crate) fn raw_set_index(&mut self, table: i32, position: i32) {
        // SAFETY: the index holds a table, allocations do not fail.
        unsafe { ffi::lua_rawseti_(self.lua, table, position) }
    }

    /// Sets a field to the last value, which is popped.
    pub(crate) fn raw_set_field(&mut self, table: i32, name: &str) -> Result<(), Raise> {
        self.push_bytes(name.as_bytes())?;
        let top = self.top();
        self.insert(top - 1);
        self.raw_set(table)
    }

    /// Replaces the key on top by the next key and its value; false, with the key popped, at the end. Nil begins.
    ///
    /// Between two calls the table must not gain keys.
    pub(crate) fn next(&mut self, table: i32) -> Result<bool, Raise> {
        self.reserve(1)?;
        // SAFETY: the index holds a table, and the key came from it, so it is found.
        Ok(unsafe { ffi::lua_next(self.lua, table) } != 0)
    }

    /// Pushes the metatable of a value if it has one.
    pub(crate) fn push_metatable(&mut self, index: i32) -> Result<bool, Raise> {
        self.reserve(1)?;
        // SAFETY: the slot is reserved.
        Ok(unsafe { ffi::lua_getmetatable(self.lua, index) } != 0)
    }

    /// Gives the value the metatable on top, which is popped.
    pub(crate) fn set_metatable(&mut self, index: i32) {
        // SAFETY: the index is valid and a table is on top.
        unsafe { ffi::lua_setmetatable(self.lua, index) };
    }

    /// Gives the function at `index` the table of global variables on top, which is popped.
    pub(crate) fn set_environment(&mut self, index: i32) {
        // SAFETY: the index is valid and a table is on top.
        unsafe { ffi::lua_setfenv(self.lua, index) };
    }

    /// Makes the table on top, which is popped, that of global variables.
    pub(crate) fn set_globals(&mut self) {
        // SAFETY: a table is on top.
        unsafe { ffi::lua_replace(self.lua, ffi::LUA_GLOBALSINDEX) }
    }

    /// Keeps the last value, which is popped.
    pub(crate) fn keep(&mut self) -> Reference {
        // SAFETY: the registry is a table; allocations do not fail.
        Reference(unsafe { ffi::luaL_ref(self.lua, ffi::LUA_REGISTRYINDEX) })
    }

    /// Pushes a value kept.
    pub(crate) fn push_kept(&mut self, reference: &Reference) -> Result<(), Raise> {
        self.raw_get_index(Self::REGISTRY, reference.0)
    }

    /// Keeps a value no longer.
    #[expect(clippy::needless_pass_by_value, reason = "nobody can use it again")]
    pub(crate) fn release(&mut self, reference: Reference) {
        // SAFETY: the registry is a table.
        unsafe { ffi::luaL_unref(self.lua, ffi::LUA_REGISTRYINDEX, reference.0) }
    }

    /// Compiles source text and pushes the function, or the message why it is none.
    ///
    /// `name` is as Lua wants it: `@file`, `=name` or the source itself.
    pub(crate) fn load(&mut self, source: &[u8], name: &[u8]) -> Result<bool, Raise> {
        // Lua's parser does not hold on to the name, and its collector may run before the function does. Equal strings
        // are one object, so a copy on the stack keeps it alive.
        let visible = name.split(|byte| *byte == 0).next().unwrap_or_default();
        self.push_bytes(visible)?;
        self.reserve(2)?;
        if source.first() == Some(&ffi::LUA_SIGNATURE[0]) {
            // The parser is not reached by what looks like bytecode; this is what it would say of the escape character.
            self.refuse_bytecode(visible)?;
            return Ok(false);
        }
        let name = CString::new(visible).expect("it is cut at the first zero");
        let foreign = self.shared.foreign();
        // SAFETY: the source outlives the call, which is protected.
        let status = unsafe {
            ffi::luaL_loadbuffer(
                self.lua,
                source.as_ptr().cast(),
                source.len(),
                name.as_ptr(),
            )
        };
        drop(foreign);
        let top = self.top();
        // SAFETY: the name lies below the result.
        unsafe { ffi::lua_remove(self.lua, top - 1) };
        Ok(status == ffi::LUA_OK)
    }

    fn refuse_bytecode(&mut self, name: &[u8]) -> Result<(), Raise> {
        let shown: Vec<u8> = match name.first() {
            Some(b'@' | b'=') => name[1..].to_vec(),
            _ => b"[string \"?\"]".to_vec(),
        };
        self.pop(1);
        self.push_bytes(&[&shown[..], b":1: unexpected symbol near 'char(27)'"].concat())
    }

    /// Calls the function below the last `arguments` values, and replaces all of them by `results` values.
    ///
    /// When it fails the error value is there instead, as `handler`, the index of a function or 0, left it.
    pub(crate) fn call(&mut self, arguments: i32, results: i32, handler: i32) -> Called {
        let foreign = self.shared.foreign();
        // SAFETY: the function and its arguments are there, and the call is protected.
        let status = unsafe { ffi::lua_pcall(self.lua, arguments, results, handler) };
        drop(foreign);
        match status {
            ffi::LUA_OK => Ok(()),
            ffi::LUA_ERRMEM => Err(Failure::Memory),
            ffi::LUA_ERRERR => Err(Failure::Handler),
            _ => Err(Failure::Error),
        }
    }

    /// Fails when the state has grown beyond its limit; loops that build values ask now and then.
    pub(crate) fn check_memory(&self) -> Result<(), Raise> {
        if self.shared.has_room(0) {
            Ok(())
        } else {
            Err(Raise::plain("not enough memory"))
        }
    }

    /// Collects garbage as by default again.
    pub(crate) fn reset_collector(&mut self) {
        // SAFETY: none of these runs code of scripts, for no value has a finalizer.
        unsafe {
            ffi::lua_gc(self.lua, ffi::LUA_GCSETPAUSE, 200);
            ffi::lua_gc(self.lua, ffi::LUA_GCSETSTEPMUL, 200);
            ffi::lua_gc(self.lua, ffi::LUA_GCRESTART, 0);
        }
    }

    /// Frees all garbage.
    pub(crate) fn collect_garbage(&mut self) {
        // SAFETY: as above.
        unsafe { ffi::lua_gc(self.lua, ffi::LUA_GCCOLLECT, 0) };
    }
}
