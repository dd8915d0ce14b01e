//! What "agree" means, and what is legitimately different between two servers that are both right.

use super::generate::Command;
use crate::harness::Reply;

/// Why two different replies to a command may both be right.
enum Tolerance {
    /// They may not.
    None,
    /// The two servers did not run the command at the same instant: times may differ by this much.
    Clock(i64),
    /// Keys come in the order of a table with a random seed.
    AnyOrder,
    /// Any key is as good as another.
    AnyKey,
    /// Releases after 7.0 have more compact encodings.
    Compact,
    /// Releases after 7.0 refuse wrong arguments before they look whether the key is there.
    FaultFirst,
}

/// Servers run a round one after the other, on a machine that may be busy.
const CLOCK_SECONDS: i64 = 60;

fn tolerance(command: &Command) -> Tolerance {
    let name = command
        .first()
        .map(|name| name.to_ascii_uppercase())
        .unwrap_or_default();
    match &name[..] {
        b"TTL" | b"EXPIRETIME" => Tolerance::Clock(CLOCK_SECONDS),
        b"PTTL" | b"PEXPIRETIME" => Tolerance::Clock(CLOCK_SECONDS * 1000),
        b"KEYS" | b"SCAN" | b"SSCAN" | b"SMEMBERS" | b"SUNION" | b"SINTER" | b"SDIFF" | b"SPOP" => {
            Tolerance::AnyOrder
        }
        b"SRANDMEMBER" if command.len() > 2 => Tolerance::AnyOrder,
        b"RANDOMKEY" | b"SRANDMEMBER" => Tolerance::AnyKey,
        b"OBJECT" => Tolerance::Compact,
        b"GETEX" | b"BITCOUNT" | b"BITPOS" => Tolerance::FaultFirst,
        _ => Tolerance::None,
    }
}

/// True when both replies to `command` can be right.
pub(super) fn agree(command: &Command, ours: &Reply, theirs: &Reply) -> bool {
    ours == theirs
        || match (tolerance(command), ours, theirs) {
            (Tolerance::Clock(most), Reply::Int(ours), Reply::Int(theirs)) => {
                // Below zero are not times but signs.
                *ours >= 0 && *theirs >= 0 && (ours - theirs).abs() <= most
            }
            (Tolerance::AnyOrder, ours, theirs) => sorted(ours) == sorted(theirs),
            (Tolerance::AnyKey, Reply::Bulk(_), Reply::Bulk(_)) => true,
            (Tolerance::Compact, Reply::Bulk(ours), Reply::Bulk(theirs)) => {
                is_more_compact(ours, theirs)
            }
            (Tolerance::FaultFirst, ours, theirs) => ours.is_error() && is_nothing(theirs),
            _ => false,
        }
}

/// True when an encoding is what later releases have in the place of that of 7.0.
fn is_more_compact(ours: &[u8], theirs: &[u8]) -> bool {
    matches!(
        (ours, theirs),
        (b"listpack", b"quicklist" | b"hashtable") | (b"intset", b"hashtable")
    )
}

/// What commands answer about a key that is not there.
fn is_nothing(reply: &Reply) -> bool {
    matches!(
        reply,
        Reply::NullBulk | Reply::Line(b'_', _) | Reply::Int(0 | -1)
    )
}

/// The reply with the elements of every array in order of their notation.
fn sorted(reply: &Reply) -> Reply {
    match reply {
        Reply::List(kind, items) => {
            let mut items: Vec<Reply> = items.iter().map(sorted).collect();
            items.sort_by_key(Reply::to_string);
            Reply::List(*kind, items)
        }
        other => other.clone(),
    }
}

/// What is asked about every key.
const LOOKS: &[&str] = &[
    "TYPE key",
    "OBJECT ENCODING key",
    "GET key",
    "STRLEN key",
    "PTTL key",
    "LRANGE key 0 -1",
    "SMEMBERS key",
];

/// The commands that look at everything in a database that holds these keys.
pub(super) fn inspection(keys: &Reply) -> Vec<Command> {
    let plain = |line: &str| {
        line.split(' ')
            .map(|word| word.as_bytes().to_vec())
            .collect()
    };
    let mut commands = vec![plain("KEYS *"), plain("DBSIZE")];
    for key in keys.items() {
        let Reply::Bulk(key) = key else {
            panic!("KEYS answers keys, not {key}")
        };
        for look in LOOKS {
            let mut command: Command = plain(look);
            let place = command.iter().position(|word| word == b"key");
            command[place.expect("every look has its key")].clone_from(key);
            commands.push(command);
        }
    }
    commands
}
