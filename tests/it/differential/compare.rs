//! What "agree" means, and what is legitimately different between two servers that are both right.

use super::generate::Command;
use super::normal::{shortest, sorted, timeless, until_nul};
use crate::harness::Reply;

/// Why two different replies to a command may both be right.
enum Tolerance {
    /// They may not.
    None,
    /// The two servers did not run the command at the same instant: times may differ by this much.
    Clock(i64),
    /// Elements come in the order of a table with a random seed.
    AnyOrder,
    /// Texts that agree up to their first NUL are alike to a comparison of C strings, and come in any order.
    Collated,
    /// Which element it is, and how large, is up to the server.
    Kind,
    /// Releases after 7.0 have more compact encodings.
    Compact,
    /// Releases after 7.0 refuse wrong arguments before they look whether the key is there.
    FaultFirst,
    /// What is no sound HyperLogLog is refused here, and shown there as far as its bytes go.
    Corrupted,
    /// Releases after 7.0 take more arguments, or fewer: what is too many for one is wrong syntax for the other.
    Grown,
    /// A cursor that no server gave: what it stands for is up to the server.
    Cursor,
    /// How long something was idle and how it is laid out. Later releases also tell more of consumers, and make one for
    /// whoever asks, though there was nothing to read.
    Idle,
}

/// Servers run a round one after the other, on a machine that may be busy.
const CLOCK_SECONDS: i64 = 60;

/// The name in upper case, and the argument behind the key.
fn parts(command: &Command) -> (Vec<u8>, Option<&[u8]>) {
    let name = command.first().map(|name| name.to_ascii_uppercase());
    (name.unwrap_or_default(), command.get(2).map(Vec::as_slice))
}

fn tolerance(name: &[u8], second: Option<&[u8]>, command: &Command) -> Tolerance {
    let is_encoding = |word: &Vec<u8>| word.eq_ignore_ascii_case(b"ENCODING");
    match name {
        b"TTL" | b"EXPIRETIME" | b"HTTL" | b"HEXPIRETIME" => Tolerance::Clock(CLOCK_SECONDS),
        b"PTTL" | b"PEXPIRETIME" | b"HPTTL" | b"HPEXPIRETIME" => {
            Tolerance::Clock(CLOCK_SECONDS * 1000)
        }
        b"SCAN" if command.get(1).is_some_and(|cursor| cursor != b"0") => Tolerance::Cursor,
        b"SSCAN" | b"HSCAN" | b"ZSCAN" if second != Some(b"0") => Tolerance::Cursor,
        b"KEYS" | b"SCAN" | b"SSCAN" | b"HSCAN" | b"ZSCAN" | b"SMEMBERS" | b"SUNION"
        | b"SINTER" | b"SDIFF" | b"SPOP" | b"HGETALL" | b"HKEYS" | b"HVALS" => Tolerance::AnyOrder,
        // So many are all.
        b"SRANDMEMBER" | b"HRANDFIELD" | b"ZRANDMEMBER" if second == Some(b"1000") => {
            Tolerance::AnyOrder
        }
        b"SORT" | b"SORT_RO" => Tolerance::Collated,
        b"OBJECT" if command.get(1).is_some_and(is_encoding) => Tolerance::Compact,
        b"RANDOMKEY" | b"SRANDMEMBER" | b"HRANDFIELD" | b"ZRANDMEMBER" | b"OBJECT" | b"MEMORY"
        | b"DUMP" | b"XGROUP" => Tolerance::Kind,
        b"PFDEBUG" => Tolerance::Corrupted,
        b"GETEX" | b"BITCOUNT" | b"BITPOS" => Tolerance::FaultFirst,
        b"ZRANK" | b"ZREVRANK" | b"COMMAND" => Tolerance::Grown,
        b"XINFO" | b"XPENDING" => Tolerance::Idle,
        _ => Tolerance::None,
    }
}

/// True when both replies to `command` can be right.
pub(super) fn agree(command: &Command, ours: &Reply, theirs: &Reply) -> bool {
    if ours == theirs {
        return true;
    }
    let (name, second) = parts(command);
    // 7.0 writes 17 digits of a score, later releases no more than it takes to tell it.
    if name.starts_with(b"Z") {
        let (ours, theirs) = (shortest(ours), shortest(theirs));
        return ours == theirs || tolerated(&name, second, command, &ours, &theirs);
    }
    tolerated(&name, second, command, ours, theirs)
}

fn tolerated(
    name: &[u8],
    second: Option<&[u8]>,
    command: &Command,
    ours: &Reply,
    theirs: &Reply,
) -> bool {
    match (tolerance(name, second, command), ours, theirs) {
        (Tolerance::Clock(most), ours, theirs) => are_close(ours, theirs, most),
        (Tolerance::AnyOrder, ours, theirs) => sorted(ours) == sorted(theirs),
        (Tolerance::Collated, ours, theirs) => {
            sorted(ours) == sorted(theirs) && until_nul(ours) == until_nul(theirs)
        }
        (Tolerance::Kind, ours, theirs) => are_of_a_kind(ours, theirs),
        (Tolerance::Compact, Reply::Bulk(ours), Reply::Bulk(theirs)) => {
            is_more_compact(ours, theirs)
        }
        (Tolerance::FaultFirst, ours, theirs) => ours.is_error() && is_nothing(theirs),
        (Tolerance::Corrupted, ours, _) => ours.to_string().starts_with("-INVALIDOBJ "),
        (Tolerance::Cursor, Reply::List(..), Reply::List(..)) => true,
        (Tolerance::Grown, ours, theirs) => ours.is_error() && theirs.is_error(),
        (Tolerance::Idle, ours, theirs) => timeless(ours) == timeless(theirs),
        _ => false,
    }
}

fn are_close(ours: &Reply, theirs: &Reply, most: i64) -> bool {
    match (ours, theirs) {
        // Below zero are not times but signs.
        (Reply::Int(ours), Reply::Int(theirs)) => {
            ours == theirs || *ours >= 0 && *theirs >= 0 && (ours - theirs).abs() <= most
        }
        (Reply::List(_, ours), Reply::List(_, theirs)) => {
            let mut pairs = ours.iter().zip(theirs);
            ours.len() == theirs.len() && pairs.all(|(ours, theirs)| are_close(ours, theirs, most))
        }
        (ours, theirs) => ours == theirs,
    }
}

fn are_of_a_kind(ours: &Reply, theirs: &Reply) -> bool {
    match (ours, theirs) {
        (Reply::Int(_), Reply::Int(_))
        | (Reply::Bulk(_), Reply::Bulk(_))
        | (Reply::Line(b',', _), Reply::Line(b',', _)) => true,
        (Reply::List(_, ours), Reply::List(_, theirs)) => {
            let mut pairs = ours.iter().zip(theirs);
            ours.len() == theirs.len() && pairs.all(|(ours, theirs)| are_of_a_kind(ours, theirs))
        }
        (ours, theirs) => ours == theirs,
    }
}

/// True when an encoding is what later releases have in the place of that of 7.0, or what SORT makes of it there.
fn is_more_compact(ours: &[u8], theirs: &[u8]) -> bool {
    matches!(
        (ours, theirs),
        (b"listpack", b"quicklist" | b"hashtable" | b"skiplist") | (b"intset", b"hashtable")
    )
}

/// What commands answer about a key that is not there.
fn is_nothing(reply: &Reply) -> bool {
    matches!(
        reply,
        Reply::NullBulk | Reply::Line(b'_', _) | Reply::Int(0 | -1)
    )
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
    "HGETALL key",
    "ZRANGE key 0 -1 WITHSCORES",
    "XRANGE key - +",
    "XINFO STREAM key",
    "XINFO GROUPS key",
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
