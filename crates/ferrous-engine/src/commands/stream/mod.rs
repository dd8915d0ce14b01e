//! Streams: entries added, read, shared out among the consumers of a group.

mod add;
mod claim;
mod group;
mod group_changes;
mod id;
mod info;
mod pending;
mod range;
mod read;
mod remove;
mod trim;

use crate::call::Command;

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[
    pending::XACK,
    add::XADD,
    claim::XAUTOCLAIM,
    claim::XCLAIM,
    remove::XDEL,
    group::XGROUP,
    info::XINFO,
    range::XLEN,
    pending::XPENDING,
    range::XRANGE,
    read::XREAD,
    read::XREADGROUP,
    range::XREVRANGE,
    add::XSETID,
    trim::XTRIM,
];
