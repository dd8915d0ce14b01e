//! Which commands are tried, and with which words.

use fastrand::Rng;

use super::grammar;
use crate::harness::{Client, Reply, words};

/// A command as its words.
pub(super) type Command = Vec<Vec<u8>>;

/// The databases that commands use.
pub(super) const DATABASES: usize = 3;

/// Every command with its syntax; often used ones stand more than once.
const TEMPLATES: &[&str] = &[
    // Strings.
    "SET key value [NX|XX] [GET] [EX seconds|PX millis|EXAT unix|PXAT unixms|KEEPTTL]",
    "SET key value",
    "SET key int",
    "SET key float",
    "GET key",
    "GETDEL key",
    "GETEX key [EX seconds|PX millis|EXAT unix|PXAT unixms|PERSIST]",
    "GETSET key value",
    "SETNX key value",
    "SETEX key seconds value",
    "PSETEX key millis value",
    "MGET key...",
    "MSET (key value)...",
    "MSETNX (key value)...",
    "APPEND key value",
    "STRLEN key",
    "INCR key",
    "DECR key",
    "INCRBY key int",
    "DECRBY key int",
    "INCRBYFLOAT key float",
    "GETRANGE key index index",
    "SUBSTR key index index",
    "SETRANGE key offset value",
    "LCS key key [LEN] [IDX] [MINMATCHLEN small] [WITHMATCHLEN]",
    // Bitmaps.
    "SETBIT key offset bit",
    "GETBIT key offset",
    "BITCOUNT key [index index [BYTE|BIT]]",
    "BITPOS key bit [index [index [BYTE|BIT]]]",
    "BITOP (AND|OR|XOR) key key...",
    "BITOP NOT key key",
    "BITFIELD key (GET field offset|SET field place int|INCRBY field place int|OVERFLOW (WRAP|SAT|FAIL))...",
    "BITFIELD_RO key (GET field place)...",
    // Lists.
    "LPUSH key value...",
    "RPUSH key value...",
    "RPUSH key text...",
    "LPUSHX key value...",
    "RPUSHX key value...",
    "LPOP key [count]",
    "RPOP key [count]",
    "LLEN key",
    "LRANGE key index index",
    "LINDEX key index",
    "LSET key index value",
    "LREM key (index|small) text",
    "LTRIM key index index",
    "LINSERT key (BEFORE|AFTER) text value",
    "LPOS key text [RANK index] [COUNT count] [MAXLEN count]",
    "LMOVE key key (LEFT|RIGHT) (LEFT|RIGHT)",
    "RPOPLPUSH key key",
    "LMPOP (1 key|2 key key|3 key) (LEFT|RIGHT) [COUNT count]",
    // Sets.
    "SADD key text...",
    "SADD key int...",
    "SADD key value...",
    "SREM key text...",
    "SREM key int...",
    "SMEMBERS key",
    "SISMEMBER key text",
    "SMISMEMBER key text...",
    "SCARD key",
    "SPOP key 1000",
    "SRANDMEMBER key [1000]",
    "SMOVE key key text",
    "SUNION key...",
    "SINTER key...",
    "SDIFF key...",
    "SUNIONSTORE key key...",
    "SINTERSTORE key key...",
    "SDIFFSTORE key key...",
    "SINTERCARD (1 key|2 key key|3 key) [LIMIT count]",
    "SSCAN key 0 [MATCH pattern] COUNT 1000",
    // Streams.
    "XADD key [NOMKSTREAM] [MAXLEN [~|=] small [LIMIT small]|MINID [~|=] entry] entry (value value)...",
    "XADD key entry value value",
    "XLEN key",
    "XRANGE key edge edge [COUNT small]",
    "XREVRANGE key edge edge [COUNT small]",
    "XREAD [COUNT small] STREAMS key entry",
    "XREAD [COUNT small] STREAMS key key ($|entry) entry",
    "XDEL key entry...",
    "XTRIM key (MAXLEN|MINID) [~|=] small [LIMIT small]",
    "XSETID key entry [ENTRIESADDED small] [MAXDELETEDID entry]",
    "XGROUP CREATE key group ($|entry) [MKSTREAM] [ENTRIESREAD small]",
    "XGROUP SETID key group ($|entry) [ENTRIESREAD small]",
    "XGROUP CREATECONSUMER key group group",
    "XGROUP (DELCONSUMER key group group|DESTROY key group)",
    "XREADGROUP GROUP group group [COUNT small] [NOACK] STREAMS key (>|entry)",
    "XACK key group entry...",
    "XPENDING key group",
    "XCLAIM key group group 0 entry... [RETRYCOUNT small] [FORCE] [JUSTID] [LASTID entry]",
    "XAUTOCLAIM key group group 0 edge [COUNT small] [JUSTID]",
    "XINFO STREAM key",
    // Estimates.
    "PFADD key value...",
    "PFADD key",
    "PFCOUNT key...",
    "PFMERGE key key...",
    "PFDEBUG (ENCODING|DECODE|TODENSE) key",
    // Sorting.
    "SORT key [LIMIT small small] [GET (#|sorting)] [ASC|DESC] [ALPHA] [STORE key]",
    "SORT key BY sorting [LIMIT small small] [GET (#|sorting)] [ASC|DESC] [STORE key]",
    "SORT_RO key [LIMIT small small] [GET (#|sorting)] [ASC|DESC] [ALPHA]",
    // Keys.
    "DEL key...",
    "UNLINK key...",
    "EXISTS key...",
    "TOUCH key...",
    "TYPE key",
    "EXPIRE key seconds [NX|XX|GT|LT]",
    "PEXPIRE key millis [NX|XX|GT|LT]",
    "EXPIREAT key (unix|1) [NX|XX|GT|LT]",
    "PEXPIREAT key (unixms|1) [NX|XX|GT|LT]",
    "EXPIRE key seconds [NX] [XX] [GT] [LT]",
    "TTL key",
    "PTTL key",
    "EXPIRETIME key",
    "PEXPIRETIME key",
    "PERSIST key",
    "RENAME key key",
    "RENAMENX key key",
    "COPY key key [DB db] [REPLACE]",
    "MOVE key db",
    "SWAPDB db db",
    "SELECT db",
    "KEYS pattern",
    "SCAN 0 COUNT 1000 [MATCH pattern] [TYPE type]",
    "RANDOMKEY",
    "DBSIZE",
    "OBJECT ENCODING key",
    "FLUSHDB [ASYNC|SYNC]",
    "ECHO value",
    "PING [value]",
    "COMMAND GETKEYS (GET key|MSET (key value)...|BITOP AND key key...|COPY key key|SET key value)",
];

/// The templates of the commands that all these servers have.
pub(super) fn known_to(clients: &mut [&mut Client]) -> Vec<&'static str> {
    let mut known = |template: &&&str| {
        let name = template.split(' ').next().unwrap_or_default();
        clients.iter_mut().all(|client| {
            matches!(
                client.run(&format!("COMMAND INFO {name}")).items(),
                [Reply::List(..)]
            )
        })
    };
    TEMPLATES
        .iter()
        .filter(|template| known(template))
        .copied()
        .collect()
}

/// The commands of the round with this seed.
pub(super) fn round(seed: u64, len: usize, templates: &[&str]) -> Vec<Command> {
    let mut rng = Rng::with_seed(seed);
    (0..len).map(|_| command(&mut rng, templates)).collect()
}

fn command(rng: &mut Rng, templates: &[&str]) -> Command {
    let template = templates[rng.usize(..templates.len())];
    let mut command = grammar::expand(template, rng, &word);
    // What takes by chance takes everything here, lest the two servers go different ways.
    let by_chance = command[0] == b"SPOP";
    if !by_chance && rng.u8(..) < 12 {
        damage(&mut command, rng);
    }
    if rng.u8(..) < 25 {
        command[0].make_ascii_lowercase();
    }
    command
}

/// Makes a command wrong, usually: what is refused must be refused with the same words.
fn damage(command: &mut Command, rng: &mut Rng) {
    // The name stays: unknown commands are tested elsewhere.
    let at = rng.usize(1..=command.len());
    match rng.u8(..4) {
        0 if at < command.len() => drop(command.remove(at)),
        1 if at < command.len() => command[at] = word("strange", rng),
        2 if at < command.len() => command.insert(at, command[at].clone()),
        _ => command.insert(at, word("strange", rng)),
    }
}

/// The words of each kind, as [`words`] reads them. Times are far enough away that no key expires while a round runs,
/// and never past, since SET would make a key that DBSIZE counts until somebody notices.
const KINDS: &[(&str, &str)] = &[
    (
        "key",
        r#"a b c d {a}1 {a}2 key:1 key:2 "key with space" """#,
    ),
    (
        "text",
        r#"hello foobar ohmytext mynewtext 0 10 "\x00\x00" " 1" 01 """#,
    ),
    (
        "strange",
        r#""" x -1 0 1.5 NX GET EX 9223372036854775808 nan "\xe9\r\n""#,
    ),
    (
        "float",
        "1.5 -0.25 3 1e3 0.1 0.2 -0 1e-5 100.125 3.0e3 5e-1 12345678.9 inf x",
    ),
    ("seconds", "0 -1 9223372036854775807 9223372036854775"),
    ("millis", "0 -1 9223372036854775807"),
    ("unix", "4102444800 4000000000 0 -1 9223372036854775807"),
    (
        "unixms",
        "4102444800000 4000000000123 0 -1 9223372036854775807",
    ),
    ("index", "0 1 2 5 -1 -2 -5 100 -100 7 8 16"),
    ("offset", "0 1 3 7 8 9 15 31 100 -1 536870912 4294967296"),
    ("place", "0 1 7 8 #0 #1 #3 100 -1 #-1"),
    ("field", "u1 u8 i8 i5 u16 i16 u31 i32 u63 i64 u64 i65 x8"),
    ("bit", "0 1 1 0 2"),
    ("small", "0 1 2 3 -1"),
    ("count", "0 1 2 3 10 -1 9223372036854775807"),
    ("entry", "1-1 1-2 1-3 2-0 2 3-* 3-7 5 0 0-0 1-x"),
    ("edge", "- + 1 1-2 (1-1 (2 5 x ("),
    ("group", "g h"),
    ("sorting", "* key:* {a}* a*->f *->"),
    ("db", "0 1 2 0 1 2 0 1 2 99 -1 x"),
    (
        "pattern",
        r#"* a* ? [abc] [^a] key:? *1 {a}* "\\a" [ "" k*y* [a-c]"#,
    ),
    ("type", "string list set stream nosuch"),
];

/// A word of the kind that a template names.
fn word(kind: &str, rng: &mut Rng) -> Vec<u8> {
    match kind {
        "value" => return value(rng),
        "int" => return integer(rng),
        // Hardly ever twice the same, which GT and LT would compare to the millisecond.
        "seconds" if rng.u8(..4) > 0 => return rng.u64(1_000..1 << 30).to_string().into_bytes(),
        "millis" if rng.u8(..4) > 0 => return rng.u64(1_000_000..1 << 40).to_string().into_bytes(),
        _ => {}
    }
    let listed = KINDS.iter().find(|(name, _)| *name == kind);
    let (_, all) = listed.unwrap_or_else(|| panic!("no words of kind {kind:?}"));
    let mut all = words(all);
    all.swap_remove(rng.usize(..all.len()))
}

fn integer(rng: &mut Rng) -> Vec<u8> {
    let edges = [
        0,
        1,
        -1,
        10,
        255,
        256,
        i64::MAX,
        i64::MIN,
        i64::MAX - 1,
        i64::from(i32::MAX),
    ];
    let int = if rng.bool() {
        rng.i64(-1000..1000)
    } else {
        edges[rng.usize(..edges.len())]
    };
    int.to_string().into_bytes()
}

fn value(rng: &mut Rng) -> Vec<u8> {
    match rng.u8(..10) {
        0 => integer(rng),
        1 => word("float", rng),
        2 => word("strange", rng),
        3 => vec![b'x'; [44, 45, 64, 1000][rng.usize(..4)]],
        4 => (0..rng.usize(..20)).map(|_| rng.u8(..)).collect(),
        _ => word("text", rng),
    }
}
