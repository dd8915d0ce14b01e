//! What is on disk: snapshots and the append-only file on demand.

mod aof;
mod save;

use crate::execute::Command;

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[
    aof::BGREWRITEAOF,
    save::BGSAVE,
    save::LASTSAVE,
    save::SAVE,
    aof::WAITAOF,
];
