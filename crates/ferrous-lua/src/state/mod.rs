//! The Lua state behind safe types: the only module of the crate with `unsafe` in it.
//!
//! Why not mlua's own safe layer: a script that catches an error of `redis.call` or `cjson.decode` must get the table or
//! the string that released servers raise, and mlua raises its own userdata; and a call costs five times as much.
//!
//! Lua reports errors by `longjmp`, which runs no destructor of the Rust frames that it leaves. Two rules make that sound:
//!
//! 1. *Native functions do not jump.* A function written in Rust ([`native`]) returns `Err` and everything it owns is
//!    dropped before its C entry raises the error. The one thing that could jump earlier, a failed allocation, cannot: the
//!    [`allocator`] refuses memory only while Lua's own C code runs. What a native function took beyond the limit is
//!    noticed when it returns. Stack slots are reserved before each push.
//! 2. *Functions that may jump own nothing.* Those of [`base`], [`catch`] and [`hook`] call Lua's own functions in place; their frames
//!    hold plain numbers and pointers only.

#![expect(unsafe_code, reason = "the C interface of Lua; see the rules above")]

mod allocator;
mod base;
mod catch;
mod debug;
mod hook;
mod native;
mod shared;
mod stack;

use std::ptr::NonNull;

use mlua::ffi;

pub(crate) use allocator::give_back;
pub(crate) use base::Guarded;
pub(crate) use shared::Shared;
pub(crate) use stack::{Kind, Reference, Stack};

use crate::host::Host;
use crate::raise::Failure;

/// How many instructions run between two polls of the host.
const INSTRUCTIONS_PER_POLL: i32 = 100_000;

/// A Lua state and what its functions share. One thread uses it at a time.
pub(crate) struct State {
    lua: NonNull<ffi::lua_State>,
    /// Boxed, for Lua's allocator points at it.
    shared: Box<Shared>,
}

impl State {
    /// A state without libraries that may use `memory_max` bytes.
    pub(crate) fn new(memory_max: usize) -> Self {
        let shared = Box::new(Shared::new(memory_max));
        // SAFETY: `allocate` keeps the contract of `lua_Alloc`, and `shared` outlives the state: `drop` closes it first.
        let lua = unsafe {
            ffi::lua_newstate(
                allocator::allocate,
                std::ptr::from_ref::<Shared>(&shared).cast_mut().cast(),
            )
        };
        let lua = NonNull::new(lua).expect("a new state needs a few kilobytes");
        shared.set_main(lua);
        Self { lua, shared }
    }

    /// Opens Lua's own libraries that a script may see a part of.
    pub(crate) fn open_libraries(&mut self) {
        // SAFETY: a protected call; the function is plain C and leaves nothing behind.
        let status = unsafe {
            ffi::lua_cpcall(
                self.lua.as_ptr(),
                base::open_libraries,
                std::ptr::null_mut(),
            )
        };
        assert!(
            status == ffi::LUA_OK,
            "a fresh state can open its libraries"
        );
    }

    /// What the functions share.
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// The bottom stack of the state, for work outside a run.
    pub(crate) fn enter<R>(&mut self, work: impl FnOnce(&mut Stack<'_>) -> R) -> R {
        let _native = self.shared.native();
        // SAFETY: the state is open, `&mut self` keeps others from it, and allocations cannot fail while `_native` lives.
        let mut stack = unsafe { Stack::new(self.lua.as_ptr(), &self.shared) };
        work(&mut stack)
    }

    /// As [`State::enter`], with the host that functions reach for the time being.
    ///
    /// A panic of the host goes on here, after Lua's frames are gone.
    pub(crate) fn run<R>(
        &mut self,
        host: &mut dyn Host,
        work: impl FnOnce(&mut Stack<'_>) -> R,
    ) -> R {
        let result = self.shared.lend(host, || {
            let _native = self.shared.native();
            // SAFETY: as in `enter`.
            let mut stack = unsafe { Stack::new(self.lua.as_ptr(), &self.shared) };
            work(&mut stack)
        });
        if let Some(payload) = self.shared.take_panic() {
            std::panic::resume_unwind(payload);
        }
        result
    }

    /// Calls the host at each new line as well, or no longer.
    pub(crate) fn set_line_events(&mut self, on: bool) {
        hook::install(self.lua, on);
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // SAFETY: the state is open and nothing runs in it. No value of a script has a finalizer.
        unsafe { ffi::lua_close(self.lua.as_ptr()) }
    }
}

/// What a protected call came to, apart from its results on the stack.
pub(crate) type Called = Result<(), Failure>;
