//! Libraries of functions: how they are loaded and put beside those that are there.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ferrous_lua::{
    Host, Interrupt, Libraries, Library, LibraryCode, LibraryError, LogLevel, Permission,
    Replication,
};
use ferrous_resp::{Encoder, Protocol};

use super::with_machine;
use crate::lending::hand_over;
use crate::server::Server;

/// What becomes of the libraries that are there when others are restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RestorePolicy {
    /// They go.
    Flush,
    /// They stay, and none may have the name of another.
    Append,
    /// Those that share a name with another go.
    Replace,
}

/// Runs the code of a library for what it registers.
///
/// # Errors
/// When it is not the code of a library.
pub(crate) fn load_library(server: &Server, code: &[u8]) -> Result<Arc<Library>, LibraryError> {
    let code = LibraryCode::new(code)?;
    let mut host = Alone::new();
    with_machine(server, |machine| machine.load(code, &mut host))
}

/// As [`load_library`] for several, which are not known to the server by that.
///
/// # Errors
/// When one is no library, or two have the same name.
pub(crate) fn load_libraries(
    server: &Server,
    codes: &[Vec<u8>],
) -> Result<Libraries, LibraryError> {
    let mut libraries = Libraries::default();
    for code in codes {
        libraries.insert(load_library(server, code)?, false)?;
    }
    Ok(libraries)
}

impl super::Scripting {
    /// Adds libraries to those that are there, all or none.
    ///
    /// # Errors
    /// When a name is taken that `policy` does not free.
    pub(crate) fn restore(
        &self,
        restored: Libraries,
        policy: RestorePolicy,
    ) -> Result<(), LibraryError> {
        self.change_libraries(|libraries| match policy {
            RestorePolicy::Flush => {
                *libraries = restored;
                Ok(())
            }
            RestorePolicy::Append | RestorePolicy::Replace => {
                libraries.merge(&restored, policy == RestorePolicy::Replace)
            }
        })
    }

    /// Removes every library.
    pub(crate) fn clear_libraries(&self) {
        let cleared = self.change_libraries(|libraries| {
            *libraries = Libraries::default();
            Ok::<_, Infallible>(())
        });
        match cleared {
            Ok(()) => {}
        }
    }
}

/// How long the code of a library may take to register its functions.
const LOAD_TIME_MAX: Duration = Duration::from_millis(500);

/// The host of code that registers functions: it has nothing to reach yet.
struct Alone {
    started: Instant,
    /// Others use the thread's place meanwhile.
    long: bool,
}

impl Alone {
    fn new() -> Self {
        Self {
            started: Instant::now(),
            long: false,
        }
    }
}

impl Host for Alone {
    fn call(&mut self, _: &[&[u8]], protocol: Protocol, reply: &mut Vec<u8>) {
        Encoder::new(reply, protocol)
            .error(b"ERR commands cannot be called while a library is loaded");
    }

    fn may_run(&mut self, _: &[&[u8]]) -> Permission {
        Permission::Denied
    }

    fn log(&mut self, level: LogLevel, message: &[u8]) {
        let message = String::from_utf8_lossy(message);
        if level >= LogLevel::Notice {
            tracing::info!("{message}");
        } else {
            tracing::debug!("{message}");
        }
    }

    fn set_replication(&mut self, _: Replication) {}

    fn interrupt(&mut self) -> Interrupt {
        if !std::mem::replace(&mut self.long, true) {
            hand_over();
        }
        if self.started.elapsed() > LOAD_TIME_MAX {
            return Interrupt::Stop("FUNCTION LOAD timeout".to_owned());
        }
        Interrupt::Continue
    }
}
