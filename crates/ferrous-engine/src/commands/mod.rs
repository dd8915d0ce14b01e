//! The commands that the keyspace alone can answer, a module per family.

mod bitmap;
mod expiry;
mod generic;
mod string;

use crate::call::Command;

/// Every row of the engine.
pub const ALL: &[&[Command]] = &[string::COMMANDS, bitmap::COMMANDS, generic::COMMANDS];
