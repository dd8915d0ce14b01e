//! What the functions of one Lua state share.

use std::any::Any;
use std::cell::Cell;
use std::ptr::NonNull;

use ferrous_resp::Protocol;
use mlua::ffi;

use crate::host::Host;
use crate::library::Registration;
use crate::rand48::Rand48;

/// What every function of a state can reach. Cells throughout, for Lua calls back into it.
pub(crate) struct Shared {
    main: Cell<*mut ffi::lua_State>,
    used: Cell<usize>,
    memory_max: Cell<usize>,
    /// True while Rust code runs, whose allocations must not fail.
    native: Cell<bool>,
    host: Cell<Option<NonNull<dyn Host>>>,
    /// Why the run ends at its next instruction whatever the script does about it.
    ending: Cell<bool>,
    panic: Cell<Option<Box<dyn Any + Send>>>,
    /// The protocol of the replies that `redis.call` converts.
    pub(crate) protocol: Cell<Protocol>,
    /// A buffer for those replies.
    pub(crate) reply: Cell<Vec<u8>>,
    /// The source of `math.random`.
    pub(crate) random: Cell<Rand48>,
    /// That source as it was before a script seeded it.
    pub(crate) random_before: Cell<Option<Rand48>>,
    /// The functions that a library being loaded has registered so far.
    pub(crate) registration: Cell<Option<Registration>>,
    /// The memory that was in use after garbage was last collected because there was so much.
    pub(crate) left_by_collection: Cell<usize>,
    /// A script has changed how garbage is collected.
    pub(crate) collector_touched: Cell<bool>,
    /// A script has changed how JSON is written or read.
    pub(crate) json_touched: Cell<bool>,
}

impl Shared {
    pub(super) fn new(memory_max: usize) -> Self {
        Self {
            main: Cell::new(std::ptr::null_mut()),
            used: Cell::new(0),
            memory_max: Cell::new(memory_max),
            native: Cell::new(true),
            host: Cell::new(None),
            ending: Cell::new(false),
            panic: Cell::new(None),
            protocol: Cell::new(Protocol::Resp2),
            reply: Cell::new(Vec::new()),
            random: Cell::new(Rand48::unseeded()),
            random_before: Cell::new(None),
            registration: Cell::new(None),
            collector_touched: Cell::new(false),
            left_by_collection: Cell::new(0),
            json_touched: Cell::new(false),
        }
    }

    pub(super) fn set_main(&self, lua: NonNull<ffi::lua_State>) {
        self.main.set(lua.as_ptr());
        self.native.set(false);
    }

    /// Bytes in use by the state.
    pub(crate) fn memory_used(&self) -> usize {
        self.used.get()
    }

    /// Changes how many bytes the state may use.
    pub(crate) fn set_memory_max(&self, bytes: usize) {
        self.memory_max.set(bytes);
    }

    /// True when that many more bytes are within the limit.
    pub(crate) fn has_room(&self, bytes: usize) -> bool {
        self.used.get().saturating_add(bytes) <= self.memory_max.get()
    }

    pub(super) fn grants(&self, bytes: usize) -> bool {
        self.native.get() || self.has_room(bytes)
    }

    pub(super) fn resized(&self, old: usize, new: usize) {
        self.used.set(self.used.get() - old + new);
    }

    pub(super) fn is_native(&self) -> bool {
        self.native.get()
    }

    /// Marks that Rust code runs, until the result is dropped.
    pub(super) fn native(&self) -> Mode<'_> {
        Mode {
            native: &self.native,
            before: self.native.replace(true),
        }
    }

    /// Marks that Lua's code runs, until the result is dropped.
    pub(super) fn foreign(&self) -> Mode<'_> {
        Mode {
            native: &self.native,
            before: self.native.replace(false),
        }
    }

    /// Lets functions reach `host` while `work` runs; then nobody, until the host further up is free again.
    pub(crate) fn lend<R>(&self, host: &mut dyn Host, work: impl FnOnce() -> R) -> R {
        let host: NonNull<dyn Host + '_> = NonNull::from(host);
        // SAFETY: only the lifetime changes, and `Lent` takes the pointer back before the borrow ends.
        let host: NonNull<dyn Host> = unsafe { std::mem::transmute(host) };
        self.host.set(Some(host));
        self.ending.set(false);
        let _lent = Lent(self);
        work()
    }

    /// Does something with the host; `None` when there is none, or it is in use further up the call chain.
    pub(crate) fn with_host<R>(&self, work: impl FnOnce(&mut dyn Host) -> R) -> Option<R> {
        let mut host = self.host.take()?;
        // SAFETY: `lend` holds the borrow, and while the cell is empty nobody else gets at it.
        let result = work(unsafe { host.as_mut() });
        self.host.set(Some(host));
        Some(result)
    }

    /// From now on every protected call of the script fails, so that nothing keeps the run from ending.
    pub(crate) fn end_run(&self) {
        self.ending.set(true);
    }

    /// True when the run is to end.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending.get()
    }

    pub(super) fn set_panic(&self, payload: Box<dyn Any + Send>) {
        self.panic.set(Some(payload));
        self.end_run();
    }

    pub(super) fn take_panic(&self) -> Option<Box<dyn Any + Send>> {
        self.panic.take()
    }
}

/// Restores what ran before.
pub(super) struct Mode<'a> {
    native: &'a Cell<bool>,
    before: bool,
}

impl Drop for Mode<'_> {
    fn drop(&mut self) {
        self.native.set(self.before);
    }
}

struct Lent<'a>(&'a Shared);

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.0.host.set(None);
    }
}
