//! The commands that the keyspace alone can answer, a module per family.
#![allow(
    clippy::unnecessary_wraps,
    reason = "every command has the same signature, those that never fail too"
)]

mod bitmap;
mod draw;
mod element;
mod expiry;
mod generic;
mod geo;
mod hash;
mod hyperloglog;
mod list;
mod pair;
mod scan;
mod set;
mod several;
mod sorted_set;
mod stream;
mod string;

use crate::call::Command;

pub use generic::encoding_name;

/// Every row of the engine.
pub const ALL: &[&[Command]] = &[
    string::COMMANDS,
    bitmap::COMMANDS,
    list::COMMANDS,
    set::COMMANDS,
    hash::COMMANDS,
    sorted_set::COMMANDS,
    geo::COMMANDS,
    hyperloglog::COMMANDS,
    stream::COMMANDS,
    generic::COMMANDS,
];
