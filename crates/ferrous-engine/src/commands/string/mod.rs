//! Strings: `GET`, `SET` and their kin.

mod counter;
mod get;
mod lcs;
mod multi;
mod options;
mod range;
mod set;

use crate::call::Command;

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[
    range::APPEND,
    counter::DECR,
    counter::DECRBY,
    set::DELIFEQ,
    get::GET,
    get::GETDEL,
    get::GETEX,
    range::GETRANGE,
    get::GETSET,
    counter::INCR,
    counter::INCRBY,
    counter::INCRBYFLOAT,
    lcs::LCS,
    multi::MGET,
    multi::MSET,
    multi::MSETEX,
    multi::MSETNX,
    set::PSETEX,
    set::SET,
    set::SETEX,
    set::SETNX,
    range::SETRANGE,
    range::STRLEN,
    range::SUBSTR,
];
