//! Keys, whatever they hold.

mod copy;
mod delete;
mod dump;
mod expire;
mod memory;
mod object;
mod scan;
mod sort;
mod ttl;
mod whole;

use crate::call::Command;

pub(super) use expire::Condition;
pub use object::encoding_name;

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[
    copy::COPY,
    whole::DBSIZE,
    delete::DEL,
    dump::DUMP,
    delete::EXISTS,
    expire::EXPIRE,
    expire::EXPIREAT,
    ttl::EXPIRETIME,
    whole::FLUSHALL,
    whole::FLUSHDB,
    scan::KEYS,
    memory::MEMORY,
    copy::MOVE,
    object::OBJECT,
    ttl::PERSIST,
    expire::PEXPIRE,
    expire::PEXPIREAT,
    ttl::PEXPIRETIME,
    ttl::PTTL,
    whole::RANDOMKEY,
    copy::RENAME,
    copy::RENAMENX,
    dump::RESTORE,
    dump::RESTORE_ASKING,
    scan::SCAN,
    sort::SORT,
    sort::SORT_RO,
    whole::SWAPDB,
    delete::TOUCH,
    ttl::TTL,
    object::TYPE,
    delete::UNLINK,
];
