//! The commands that the keyspace alone can answer, a module per family.

mod expiry;
mod generic;
mod string;

use crate::call::Command;

/// Every row of the engine.
pub const ALL: &[&[Command]] = &[string::COMMANDS, generic::COMMANDS];
