//! Keys, whatever they hold: expiry, names, copies, and walking through all of them.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use crate::harness::{Reply, Server, Talk, eventually};

const NOT_INTEGER: &str = "-ERR value is not an integer or out of range";
const SYNTAX: &str = "-ERR syntax error";
const NO_SUCH_KEY: &str = "-ERR no such key";

#[test]
fn keys_come_and_go() {
    let mut t = Talk::new();
    t.check("MSET a 1 b 2 c 3", "+OK");
    t.check("EXISTS a b a missing", ":3");
    t.check("TOUCH a b missing", ":2");
    t.check("DEL a missing a", ":1");
    t.check("UNLINK b missing", ":1");
    t.check("DBSIZE", ":1");
    t.check("TYPE c", "+string");
    t.check("TYPE missing", "+none");
    t.check("DEL", "-ERR wrong number of arguments for 'del' command");
    t.check_both("RANDOMKEY", "'c'", "'c'");
    t.check("FLUSHDB", "+OK");
    t.check_both("RANDOMKEY", "nil", "_");
}

#[test]
fn expiries_are_set_read_and_taken_away() {
    let mut t = Talk::new();
    t.check("TTL missing", ":-2");
    t.check("PTTL missing", ":-2");
    t.check("EXPIRETIME missing", ":-2");
    t.check("PERSIST missing", ":0");
    t.check("EXPIRE missing 10", ":0");
    t.check("SET k v", "+OK");
    t.check("TTL k", ":-1");
    t.check("PEXPIRETIME k", ":-1");
    t.check("PERSIST k", ":0");
    t.check("EXPIRE k 100", ":1");
    t.check("TTL k", ":100");
    t.check("PEXPIRE k 200000", ":1");
    t.check("TTL k", ":200");
    t.check("EXPIREAT k 33177117420", ":1");
    t.check("EXPIRETIME k", ":33177117420");
    t.check("PEXPIREAT k 33177117420123", ":1");
    t.check("PEXPIRETIME k", ":33177117420123");
    t.check("PERSIST k", ":1");
    t.check("TTL k", ":-1");
    t.check("EXPIRE k -1", ":1");
    t.check("EXISTS k", ":0");
}

#[test]
fn expiries_take_conditions() {
    let mut t = Talk::new();
    t.check("SET k v", "+OK");
    for (condition, set) in [
        ("100 XX", 0),
        ("100 GT", 0), // a key that never expires outlives any other
        ("100 LT", 1),
        ("200 NX", 0),
        ("200 LT", 0),
        ("200 GT", 1),
        ("150 GT", 0),
        ("300 XX GT", 1),
        ("50 LT", 1),
    ] {
        t.check(&format!("EXPIRE k {condition}"), &format!(":{set}"));
    }
    t.check("TTL k", ":50");
    t.check(
        "EXPIRE k 1 NX XX",
        "-ERR NX and XX, GT or LT options at the same time are not compatible",
    );
    t.check(
        "EXPIRE k 1 GT LT",
        "-ERR GT and LT options at the same time are not compatible",
    );
    t.check("EXPIRE k 1 AB", "-ERR Unsupported option AB");
    t.check("EXPIRE k x", NOT_INTEGER);
    t.check(
        "EXPIRE k 9223372036854775807",
        "-ERR invalid expire time in 'expire' command",
    );
    t.check(
        "PEXPIRE k 9223372036854775807",
        "-ERR invalid expire time in 'pexpire' command",
    );
    t.check(
        "EXPIREAT k 9223372036854775807",
        "-ERR invalid expire time in 'expireat' command",
    );
}

#[test]
fn expired_keys_are_gone_and_counted() {
    let mut t = Talk::with(&["--enable-debug-command", "yes"]);
    for key in 0..50 {
        t.check(&format!("SET k{key} v PX 1"), "+OK");
    }
    t.check("SET stays v", "+OK");
    // Nobody asks for them by name, so only the background may have removed them.
    eventually("expired keys are reclaimed", || t.run("DBSIZE").int() == 1);
    let stats = t.run("INFO stats").text();
    assert!(stats.contains("expired_keys:50\r\n"), "{stats}");
    t.check("DEBUG SET-ACTIVE-EXPIRE 0", "+OK");
    t.check("SET k v PX 1", "+OK");
    eventually("it has expired", || t.run("EXISTS k").int() == 0);
    t.check("KEYS *", "['stays']");
}

#[test]
fn renaming() {
    let mut t = Talk::new();
    t.check("RENAME missing k", NO_SUCH_KEY);
    t.check("RENAMENX missing k", NO_SUCH_KEY);
    t.check("SET a v EX 100", "+OK");
    t.check("SET b w", "+OK");
    t.check("RENAMENX a b", ":0");
    t.check("RENAME a b", "+OK");
    t.check("GET b", "'v'");
    t.check("TTL b", ":100");
    t.check("EXISTS a", ":0");
    t.check("RENAME b b", "+OK");
    t.check("RENAMENX b b", ":0");
    t.check("RENAMENX b c", ":1");
    t.check("GET c", "'v'");
}

#[test]
fn copying_and_moving() {
    let mut t = Talk::new();
    t.check("SET a v EX 100", "+OK");
    t.check("COPY a b", ":1");
    t.check("TTL b", ":100");
    t.check("COPY a b", ":0");
    t.check("COPY a b REPLACE", ":1");
    t.check("COPY missing b REPLACE", ":0");
    t.check(
        "COPY a a",
        "-ERR source and destination objects are the same",
    );
    t.check("COPY a a DB 3", ":1");
    t.check("COPY a x DB 16", "-ERR DB index is out of range");
    t.check("COPY a x NONSENSE", SYNTAX);
    t.check("MOVE a 3", ":0");
    t.check("MOVE a 4", ":1");
    t.check("EXISTS a", ":0");
    t.check("MOVE a 4", ":0");
    t.check(
        "MOVE b 0",
        "-ERR source and destination objects are the same",
    );
    t.check("MOVE b 16", "-ERR DB index is out of range");
    t.check("MOVE b x", NOT_INTEGER);
    t.check("SELECT 4", "+OK");
    t.check("GET a", "'v'");
    t.check("TTL a", ":100");
    t.check("SWAPDB 4 5", "+OK");
    t.check("DBSIZE", ":0");
    t.check("SWAPDB 5 4", "+OK");
    t.check("GET a", "'v'");
    t.check("SWAPDB 4 16", "-ERR DB index is out of range");
    t.check("SWAPDB x 1", "-ERR invalid first DB index");
    t.check("SWAPDB 1 x", "-ERR invalid second DB index");
}

#[test]
fn flushing() {
    let mut t = Talk::new();
    for line in [
        "FLUSHDB",
        "FLUSHDB ASYNC",
        "FLUSHDB SYNC",
        "FLUSHALL",
        "FLUSHALL async",
        "FLUSHALL SYNC",
    ] {
        t.check("SET k v", "+OK");
        t.check("COPY k k DB 1 REPLACE", ":1");
        t.check(line, "+OK");
        t.check("DBSIZE", ":0");
        t.check("SELECT 1", "+OK");
        t.check(
            "DBSIZE",
            if line.starts_with("FLUSHDB") {
                ":1"
            } else {
                ":0"
            },
        );
        t.check("SELECT 0", "+OK");
    }
    t.check("FLUSHALL NONSENSE", SYNTAX);
    t.check("FLUSHDB SYNC ASYNC", SYNTAX);
}

#[test]
fn keys_match_patterns() {
    let mut t = Talk::new();
    t.check(
        "MSET hello 1 hallo 1 hxllo 1 heeeello 1 h[llo 1 other 1",
        "+OK",
    );
    for (pattern, keys) in [
        ("h?llo", &["h[llo", "hallo", "hello", "hxllo"][..]),
        ("h*llo", &["h[llo", "hallo", "heeeello", "hello", "hxllo"]),
        ("h[ae]llo", &["hallo", "hello"]),
        ("h[^e]llo", &["h[llo", "hallo", "hxllo"]),
        ("h[a-f]llo", &["hallo", "hello"]),
        ("h\\[llo", &["h[llo"]),
        ("nothing*", &[]),
        ("other", &["other"]),
    ] {
        let keys_reply = t.run(&format!("KEYS {pattern}"));
        let mut found: Vec<String> = keys_reply.items().iter().map(Reply::text).collect();
        found.sort();
        assert_eq!(found, keys, "{pattern}");
    }
}

/// Everything that a whole walk with these further arguments returns, and how many replies it took.
fn scan(t: &mut Talk, arguments: &str) -> (BTreeSet<String>, usize) {
    let (mut found, mut cursor, mut steps) = (BTreeSet::new(), "0".to_owned(), 0);
    loop {
        let reply = t.run(&format!("SCAN {cursor} {arguments}"));
        let [next, keys] = reply.items() else {
            panic!("SCAN answers a cursor and keys: {reply}")
        };
        found.extend(keys.items().iter().map(Reply::text));
        steps += 1;
        cursor = next.text();
        if cursor == "0" {
            return (found, steps);
        }
    }
}

#[test]
fn scanning_finds_every_key() {
    let mut t = Talk::new();
    for key in 0..1000 {
        t.check(&format!("SET key:{key} v"), "+OK");
    }
    let (found, steps) = scan(&mut t, "");
    assert_eq!(found.len(), 1000);
    assert!(steps > 20, "COUNT is 10 when it is not given: {steps}");
    assert_eq!(scan(&mut t, "COUNT 5000").0.len(), 1000);
    assert_eq!(scan(&mut t, "MATCH key:99*").0.len(), 11);
    assert_eq!(scan(&mut t, "TYPE string COUNT 100").0.len(), 1000);
    assert_eq!(scan(&mut t, "TYPE list").0.len(), 0);
    assert_eq!(
        scan(&mut t, "MATCH key:?? COUNT 200 TYPE string").0.len(),
        90
    );
    t.check("SCAN x", "-ERR invalid cursor");
    assert_eq!(t.run("SCAN \"\" COUNT 1000"), t.run("SCAN 0 COUNT 1000"));
    t.check("SCAN 0 COUNT 0", SYNTAX);
    t.check("SCAN 0 COUNT x", NOT_INTEGER);
    t.check("SCAN 0 NONSENSE", SYNTAX);
}

#[test]
fn scanning_misses_no_key_that_stays() {
    let mut t = Talk::new();
    for key in 0..1000 {
        t.check(&format!("SET stays:{key} v"), "+OK");
    }
    let (mut found, mut cursor, mut round) = (BTreeSet::new(), "0".to_owned(), 0);
    loop {
        // The table grows and shrinks a lot between any two steps.
        for key in 0..200 {
            let verb = if round % 2 == 0 { "SET" } else { "DEL" };
            let value = if round % 2 == 0 { "v" } else { "" };
            t.run(&format!("{verb} comes-and-goes:{key} {value}"));
        }
        let reply = t.run(&format!("SCAN {cursor} COUNT 20 MATCH stays:*"));
        found.extend(reply.items()[1].items().iter().map(Reply::text));
        cursor = reply.items()[0].text();
        round += 1;
        if cursor == "0" {
            break;
        }
    }
    assert_eq!(found.len(), 1000);
}

#[test]
fn object_looks_inside() {
    let mut t = Talk::new();
    t.check("SET k v", "+OK");
    t.check("OBJECT ENCODING k", "'embstr'");
    t.check("OBJECT REFCOUNT k", ":1");
    t.check_both("OBJECT ENCODING missing", "nil", "_");
    t.check_both("OBJECT IDLETIME missing", "nil", "_");
    assert!(t.run("OBJECT IDLETIME k").int() < 30);
    t.check(
        "OBJECT FREQ k",
        "-ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching \
         between policies at runtime LRU and LFU data will take some time to adjust.",
    );
    t.check("CONFIG SET maxmemory-policy allkeys-lfu", "+OK");
    t.check("SET fresh v", "+OK");
    assert!(t.run("OBJECT FREQ fresh").int() >= 5);
    t.check(
        "OBJECT IDLETIME fresh",
        "-ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between \
         policies at runtime LRU and LFU data will take some time to adjust.",
    );
    t.check(
        "OBJECT NOSUCH k",
        "-ERR unknown subcommand 'NOSUCH'. Try OBJECT HELP.",
    );
    assert_eq!(
        t.run("OBJECT HELP").items()[0].text(),
        "OBJECT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    );
}

#[test]
fn memory_usage_grows_with_the_value() {
    let mut t = Talk::new();
    t.check_both("MEMORY USAGE missing", "nil", "_");
    t.check("SET small v", "+OK");
    t.check(&format!("SET big {}", "x".repeat(100_000)), "+OK");
    let (small, big) = (
        t.run("MEMORY USAGE small").int(),
        t.run("MEMORY USAGE big SAMPLES 0").int(),
    );
    assert!((16..200).contains(&small), "{small}");
    assert!((100_000..140_000).contains(&big), "{big}");
    t.check("MEMORY USAGE small SAMPLES -1", SYNTAX);
}

#[test]
fn expiry_is_kept_to_the_millisecond() {
    let server = Server::start();
    let mut client = server.client();
    client.run("SET k v PX 100000");
    let left = client.run("PTTL k").int();
    assert!((70_000..=100_000).contains(&left), "{left}");
    let at = client.run("PEXPIRETIME k").int();
    let now = client.run("TIME");
    let seconds: i64 = now.items()[0].text().parse().expect("TIME answers numbers");
    assert!(
        (at / 1000 - seconds - 100).abs() <= 30,
        "{at} is 100 s from {seconds}"
    );
}

#[test]
fn keys_expire_behind_a_long_command_that_came_with_them() {
    let server = Server::with(&["--enable-debug-command", "yes"]);
    let batch = ["SET k v PX 20", "DEBUG SLEEP 0.05", "GET k", "TTL k"];
    let words = batch.map(|line| line.split(' ').collect::<Vec<_>>());
    let replies = server.client().pipeline(&words).expect("replies");
    let replies: Vec<_> = replies.iter().map(Reply::to_string).collect();
    assert_eq!(replies, ["+OK", "+OK", "nil", ":-2"]);
}

#[test]
fn a_reply_of_many_pieces_arrives_whole_and_in_its_turn() {
    const KEYS: usize = 80_000;
    let server = Server::start();
    let (mut client, mut other) = (server.client(), server.client());
    let name = |number: usize| format!("{number:060}");
    for first in (0..KEYS).step_by(1000) {
        let pairs = (first..first + 1000).map(|number| format!("{} v", name(number)));
        client.run(&format!("MSET {}", pairs.collect::<Vec<_>>().join(" ")));
    }
    for line in ["ECHO before", "KEYS *", "KEYS nothing*", "ECHO behind"] {
        client.send(line);
    }
    // Whoever reads slowly keeps nobody else waiting.
    thread::sleep(Duration::from_millis(50));
    other.check("PING", "+PONG");
    assert_eq!(client.read().text(), "before");
    let keys = client.read();
    let mut keys: Vec<String> = keys.items().iter().map(Reply::text).collect();
    keys.sort();
    assert!(keys.into_iter().eq((0..KEYS).map(name)));
    assert!(client.read().items().is_empty());
    assert_eq!(client.read().text(), "behind");
    let stats = client.run("INFO stats").text();
    let mut sent = stats
        .lines()
        .filter_map(|line| line.strip_prefix("total_net_output_bytes:"));
    let sent: usize = sent
        .next()
        .and_then(|sent| sent.parse().ok())
        .expect("a number");
    assert!(sent > KEYS * 60, "{sent} bytes are counted");
}
