//! The server's own commands, a module per family.

mod client;
mod command;
mod connection;
mod help;

use crate::execute::Command;

pub(crate) use help::help;

/// Every row of the server.
pub(crate) const ALL: &[&[Command]] = &[client::COMMANDS, command::COMMANDS, connection::COMMANDS];
