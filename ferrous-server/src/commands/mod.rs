//! The server's own commands, a module per family.

mod client;
mod connection;

use crate::execute::Command;

/// Every row of the server.
pub(crate) const ALL: &[&[Command]] = &[connection::COMMANDS];
