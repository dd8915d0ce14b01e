//! Lua scripts and functions, as the server runs them.
//!
//! A script holds the partitions of the keys that it declares, and is one change for everybody else. Keys that it does
//! not declare are added as it touches them. What it cannot have without waiting it gets by starting again with every
//! partition held, as long as it has written nothing; see [`host`].
//!
//! A script that goes on for more than a moment gives its worker thread away, so that others are served meanwhile. Who
//! needs what it holds waits, and after `busy-reply-threshold` is told so.

mod contention;
mod declared;
mod functions;
mod host;
mod machine;
mod run;
mod running;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use ferrous_lua::{Libraries, ScriptCache, Sha1};
use parking_lot::RwLock;

pub(crate) use contention::{Verdict, judge};
pub(crate) use declared::declared_flags;
pub(crate) use functions::{RestorePolicy, load_libraries, load_library};
pub(crate) use machine::with_machine;
pub(crate) use run::{Body, Invocation, run};
pub(crate) use running::{Kind, Running};

/// The digests of scripts that are remembered to need everything held; more than any application has.
const WIDE_MAX: usize = 4096;

/// What is known of scripts and functions.
#[derive(Default)]
pub(crate) struct Scripting {
    /// The scripts that `EVALSHA` finds.
    pub(crate) scripts: ScriptCache,
    /// The scripts that take long, at this moment.
    pub(crate) running: Running,
    libraries: RwLock<Arc<Libraries>>,
    /// The bytes that the machines of all threads use, about.
    memory: AtomicU64,
    /// Counts the changes to the libraries.
    generation: AtomicU64,
    /// Scripts and functions that once could not have what they had not declared: they begin with everything held.
    wide: RwLock<HashSet<Sha1>>,
    /// Scripts may call what they otherwise may not; for tests.
    pub(crate) allows_all: AtomicBool,
}

impl Scripting {
    /// The bytes that the Lua machines of all threads use, about.
    pub(crate) fn machine_bytes(&self) -> u64 {
        self.memory.load(Relaxed)
    }

    /// The bytes of the code of all libraries.
    pub(crate) fn library_bytes(&self) -> u64 {
        let libraries = self.libraries();
        libraries
            .iter()
            .map(|library| library.code().code().len() as u64)
            .sum()
    }

    /// The libraries of functions, as they are at this moment.
    pub(crate) fn libraries(&self) -> Arc<Libraries> {
        Arc::clone(&self.libraries.read())
    }

    /// Changes the libraries, all or nothing.
    ///
    /// # Errors
    /// Those of `change`; the libraries are as they were then.
    pub(crate) fn change_libraries<E>(
        &self,
        change: impl FnOnce(&mut Libraries) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut libraries = self.libraries.write();
        change(Arc::make_mut(&mut libraries))?;
        self.generation.fetch_add(1, Relaxed);
        Ok(())
    }

    fn is_wide(&self, name: &Sha1) -> bool {
        let wide = self.wide.read();
        !wide.is_empty() && wide.contains(name)
    }

    fn remember_wide(&self, name: Sha1) {
        let mut wide = self.wide.write();
        if wide.len() >= WIDE_MAX {
            wide.clear();
        }
        wide.insert(name);
    }
}
