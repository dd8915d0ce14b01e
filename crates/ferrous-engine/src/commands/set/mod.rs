//! Sets.

mod algebra;
mod combine;
mod edit;
mod random;
mod read;
mod store;

use crate::call::Command;

/// The rows of this family.
pub(super) const COMMANDS: &[Command] = &[
    combine::SDIFF,
    combine::SINTER,
    combine::SINTERCARD,
    combine::SUNION,
    edit::SADD,
    edit::SMOVE,
    edit::SREM,
    random::SPOP,
    random::SRANDMEMBER,
    read::SCARD,
    read::SISMEMBER,
    read::SMEMBERS,
    read::SMISMEMBER,
    read::SSCAN,
    store::SDIFFSTORE,
    store::SINTERSTORE,
    store::SUNIONSTORE,
];
