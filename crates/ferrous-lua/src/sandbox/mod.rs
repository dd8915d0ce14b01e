//! What scripts can see: a fixed set of global names, all of them read-only.
//!
//! Lua 5.1 knows no read-only table. A frozen table is an empty one whose metatable reads from a hidden table and refuses
//! writes ([`freeze`]); the few functions that look past metatables are guarded or replaced ([`base`]).

mod base;
mod environment;
mod freeze;
mod libraries;
mod math;
mod text;

pub(crate) use environment::{Environment, SLOT_HANDLER, push_list};
pub(crate) use freeze::{MARK, freeze};
