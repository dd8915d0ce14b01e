//! Hashes: `HSET`, `HGET` and their kin, and fields that expire.

mod delete;
mod expire;
mod fields;
mod get;
mod get_expiring;
mod increment;
mod random;
mod scan;
mod set;
mod set_expiring;
mod ttl;
mod whole;

use ferrous_types::Hash;

use crate::call::Command;
use crate::keyspace::{Db, Key};

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[
    delete::HDEL,
    get::HEXISTS,
    expire::HEXPIRE,
    expire::HEXPIREAT,
    ttl::HEXPIRETIME,
    get::HGET,
    whole::HGETALL,
    delete::HGETDEL,
    get_expiring::HGETEX,
    increment::HINCRBY,
    increment::HINCRBYFLOAT,
    whole::HKEYS,
    get::HLEN,
    get::HMGET,
    set::HMSET,
    ttl::HPERSIST,
    expire::HPEXPIRE,
    expire::HPEXPIREAT,
    ttl::HPEXPIRETIME,
    ttl::HPTTL,
    random::HRANDFIELD,
    scan::HSCAN,
    set::HSET,
    set_expiring::HSETEX,
    set::HSETNX,
    get::HSTRLEN,
    ttl::HTTL,
    whole::HVALS,
];

/// Those of `names` that have expired but are still there: a write takes their place, or them away.
fn overdue<'a>(hash: &Hash, names: impl Iterator<Item = &'a [u8]>, now_ms: i64) -> Vec<&'a [u8]> {
    if hash.next_expiry_ms().is_none_or(|at| at >= now_ms) {
        return Vec::new();
    }
    names.filter(|name| hash.is_overdue(name, now_ms)).collect()
}

/// Tells of fields that had expired when a call met them; the call itself, which goes on from there, is told after.
fn tell_overdue(db: &mut Db, key: &Key, names: &[&[u8]]) {
    if !names.is_empty() {
        db.met_expired_fields(key, names.len() as u64);
        repeat_fields(db, &[b"HDEL", key.bytes], names);
    }
}

/// Has a command of `head` and `fields` repeat what the call did.
fn repeat_fields(db: &mut Db, head: &[&[u8]], fields: &[&[u8]]) {
    if db.wants_effects() {
        db.repeat(&[head, fields].concat());
    }
}
