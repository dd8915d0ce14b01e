//! The data set, from below.

use ferrous_engine::codec::{self, PayloadRules};
use ferrous_engine::commands::encoding_name;
use ferrous_engine::error::{CommandError, CommandResult};
use ferrous_engine::keyspace::{Digest, DueKeys, EntryRef, ObjectRef};
use ferrous_types::number::parse_canonical_int;

use super::{Action, MANY};
use crate::execute::ServerCall;

const NOT_A_TABLE: CommandError = CommandError::fixed(
    "ERR The value stored at the specified key is not represented using an hash table",
);

pub(super) const ACTIONS: &[Action] = &[
    Action::new("digest", "", 2..=2, digest).help("Return a fingerprint of the whole data set."),
    Action::new("digest-value", "<key> [<key> ...]", 2..=MANY, digest_values)
        .help("Return a fingerprint of each key's value."),
    Action::new("htstats", "<dbid>", 3..=4, table_stats)
        .help("Return figures of a database's hash tables."),
    Action::new("htstats-key", "<key>", 3..=4, table_stats_of_key)
        .help("Return figures of the hash table that holds the value of <key>."),
    Action::new("object", "<key>", 3..=4, object).help("Show how the value of <key> is stored."),
    Action::new("populate", "<count> [<prefix>] [<size>]", 3..=5, populate).help(
        "Create <count> strings named <prefix>:<number>, `key:<number>` unless given,
         of <size> bytes. Keys that exist are left alone.",
    ),
];

fn digest(call: &mut ServerCall) -> CommandResult {
    let digest = call.with_everything(|db| Digest::of_everything(db));
    call.reply.simple(digest.to_string().as_bytes());
    Ok(())
}

fn digest_values(call: &mut ServerCall) -> CommandResult {
    let names = &call.argv[2..];
    call.reply.array(names.len());
    for name in names {
        let digest = call.with_key(name, |db, key| db.peek(key).map(Digest::of_value));
        call.reply
            .simple(digest.unwrap_or_default().to_string().as_bytes());
    }
    Ok(())
}

fn table_stats(call: &mut ServerCall) -> CommandResult {
    let index = parse_canonical_int(call.argv[2]).ok_or(CommandError::NOT_INTEGER)?;
    let sizes = call.census().databases;
    let size = usize::try_from(index)
        .ok()
        .and_then(|index| sizes.get(index));
    let size = size.ok_or(CommandError::fixed("ERR Out of range database"))?;
    let report = format!(
        "[Dictionary HT]\n partitions: {}\n number of elements: {}\n table bytes: {}\n\
         [Expires HT]\n number of elements: {}\n table bytes: {}\n",
        call.server.keyspace.partitions(),
        size.keys,
        size.table_bytes,
        size.volatile,
        size.deadline_bytes
    );
    call.reply.verbatim(*b"txt", report.as_bytes());
    Ok(())
}

fn table_stats_of_key(call: &mut ServerCall) -> CommandResult {
    let report = call.with_key(call.argv[2], |db, key| {
        let entry = db.peek(key).ok_or(CommandError::NO_SUCH_KEY)?;
        match entry.object() {
            Some(ObjectRef::Set(set)) if set.encoding() == "hashtable" => Ok(set.len()),
            Some(ObjectRef::Hash(hash)) if hash.encoding() == "hashtable" => Ok(hash.len()),
            Some(ObjectRef::SortedSet(set)) if set.encoding() == "skiplist" => Ok(set.len()),
            _ => Err(NOT_A_TABLE),
        }
        .map(|elements| {
            format!(
                "[Dictionary HT]\n number of elements: {elements}\n bytes: {}\n",
                entry.heap_bytes() + entry.object().map_or(0, |object| object.heap_bytes(0))
            )
        })
    })?;
    call.reply.verbatim(*b"txt", report.as_bytes());
    Ok(())
}

fn object(call: &mut ServerCall) -> CommandResult {
    let access = call.turn.circumstances.access;
    // An expired key that nobody has met since is there to be looked at.
    let circumstances = &mut call.turn.circumstances;
    let due_keys = std::mem::replace(&mut circumstances.due_keys, DueKeys::Kept);
    let line = call.with_key(call.argv[2], |db, key| {
        let entry = db.peek(key)?;
        Some(format!(
            "Value at:{:p} refcount:1 encoding:{} serializedlength:{} lru:{} lru_seconds_idle:{}",
            entry.key().as_ptr(),
            encoding_name(entry),
            serialized_bytes(entry),
            entry.access(),
            access.idle_seconds(entry.access())
        ))
    });
    call.turn.circumstances.due_keys = due_keys;
    call.reply
        .simple(line.ok_or(CommandError::NO_SUCH_KEY)?.as_bytes());
    Ok(())
}

/// Of the type before a payload's value, and of the version and the checksum behind it.
const FRAME_BYTES: usize = 11;

/// The bytes that the value takes in an RDB file, without its type.
fn serialized_bytes(entry: EntryRef<'_>) -> usize {
    codec::dump(&entry.value(), PayloadRules::default()).len() - FRAME_BYTES
}

fn populate(call: &mut ServerCall) -> CommandResult {
    let argv = call.argv;
    let positive = |index: usize| match argv.get(index).map(|text| parse_canonical_int(text)) {
        None => Ok(0),
        Some(Some(number @ 0..)) => Ok(number as usize),
        Some(_) => Err(CommandError::NOT_POSITIVE),
    };
    let (count, value_bytes) = (positive(2)?, positive(4)?);
    if value_bytes > call.server.limits().string_bytes_max {
        return Err(CommandError::STRING_TOO_LONG);
    }
    let prefix = argv.get(3).copied().unwrap_or(b"key");
    for number in 0..count {
        let name = [prefix, b":", itoa::Buffer::new().format(number).as_bytes()].concat();
        let mut value = format!("value:{number}").into_bytes();
        if value_bytes > 0 {
            value.resize(value_bytes, 0);
        }
        call.with_key(&name, |db, key| {
            if !db.exists(key) {
                db.set_text(key, &value, None);
            }
        });
    }
    call.reply.ok();
    Ok(())
}
