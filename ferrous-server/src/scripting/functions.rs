//! Libraries of functions: how they are loaded and put beside those that are there.

use std::convert::Infallible;
use std::sync::Arc;

use ferrous_engine::error::CommandError;
use ferrous_lua::{
    Host, Libraries, Library, LibraryCode, LibraryError, LogLevel, Permission, Replication,
};
use ferrous_resp::{Encoder, Protocol};

use super::with_machine;
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
    with_machine(server, |machine| machine.load(code, &mut Alone))
}

impl super::Scripting {
    /// Adds libraries to those that are there, all or none.
    ///
    /// # Errors
    /// When one is no library, or a name is taken that `policy` does not free.
    pub(crate) fn restore(
        &self,
        server: &Server,
        codes: &[Vec<u8>],
        policy: RestorePolicy,
    ) -> Result<(), CommandError> {
        let refuse = |error: LibraryError| CommandError::new(format!("ERR {error}"));
        let mut restored = Libraries::default();
        for code in codes {
            let library = load_library(server, code).map_err(refuse)?;
            restored.insert(library, false).map_err(refuse)?;
        }
        self.change_libraries(|libraries| match policy {
            RestorePolicy::Flush => {
                *libraries = restored;
                Ok(())
            }
            RestorePolicy::Append | RestorePolicy::Replace => {
                libraries.merge(&restored, policy == RestorePolicy::Replace)
            }
        })
        .map_err(refuse)
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

/// The host of code that registers functions: it has nothing to reach yet.
struct Alone;

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
}
