//! The server's own commands, a module per family.
#![allow(
    clippy::unnecessary_wraps,
    reason = "every command has the same signature, those that never fail too"
)]

mod client;
mod command;
mod config;
mod connection;
mod debug;
mod help;
mod observe;
mod persistence;
mod pubsub;
mod scripting;
mod server;
mod transactions;

use crate::execute::Command;

pub(crate) use help::help;

/// Every row of the server.
pub(crate) const ALL: &[&[Command]] = &[
    client::COMMANDS,
    command::COMMANDS,
    config::COMMANDS,
    connection::COMMANDS,
    debug::COMMANDS,
    observe::COMMANDS,
    persistence::COMMANDS,
    scripting::COMMANDS,
    pubsub::COMMANDS,
    server::COMMANDS,
    transactions::COMMANDS,
];
