//! The server itself: what it is doing, what it costs, and its end.

mod info;
mod lolwut;
mod memory;
mod role;
mod shutdown;
mod time;

use crate::execute::Command;

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[
    info::INFO,
    lolwut::LOLWUT,
    memory::MEMORY,
    role::ROLE,
    shutdown::SHUTDOWN,
    time::TIME,
    role::WAIT,
];
