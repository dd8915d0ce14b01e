//! RESTORE of damaged payloads of every type: refused or loaded whole, and never a crash, a hang or memory without end.
//!
//! `FERROUS_DAMAGED_PAYLOADS` says how many are tried, `FERROUS_DIFF_SEED` from which seed on.

use std::env;

use crate::dump::{BAD_DATA, FOREIGN, dumped, quoted, sign};
use crate::harness::{Talk, words};

/// Values in every encoding that this server has beyond those of [`FOREIGN`].
const OWN: &[&str] = &[
    "SADD k a b c 7",
    "HSET k f v g 7 h 1000000",
    "ZADD k 1 a 2.5 b inf c",
    "HSETEX k EX 100000 FIELDS 2 f v g 7",
    "PFADD k a b c d e f",
    "XADD k 1-1 f v g w",
    "RPUSH k one 2 three 4000000000",
    "SADD k 1 70000 9000000000",
    // The same once they have outgrown the limits in SMALL.
    "SADD k a b c d e f 7 8 9",
    "HSET k a 1 b 2 c 3 d 4 e 5 f 6 g 7",
    "ZADD k 1 a 2 b 3 c 4 d 5 e 6 f",
    "HSETEX k EX 100000 FIELDS 6 a 1 b 2 c 3 d 4 e 5 f 6",
    "RPUSH k aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b c d e f g h",
];

/// Limits that the larger values above exceed.
const SMALL: &[&str] = &[
    "CONFIG SET set-max-listpack-entries 5",
    "CONFIG SET hash-max-listpack-entries 5",
    "CONFIG SET zset-max-listpack-entries 5",
    "CONFIG SET list-max-listpack-size 3",
    "CONFIG SET list-compress-depth 1",
];

#[test]
fn damaged_payloads_do_no_harm() {
    restore_damaged("no", variable("FERROUS_DAMAGED_PAYLOADS", 1_500));
}

#[test]
fn nor_do_they_when_payloads_are_checked_in_depth() {
    restore_damaged("yes", variable("FERROUS_DAMAGED_PAYLOADS", 1_500));
}

fn variable(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text:?}"))
    })
}

fn restore_damaged(sanitize: &str, count: u64) {
    let mut t = Talk::with(&[
        "--enable-debug-command",
        "yes",
        "--sanitize-dump-payload",
        sanitize,
    ]);
    let payloads = payloads(&mut t);
    let seed = variable("FERROUS_DIFF_SEED", 1);
    let mut rng = fastrand::Rng::with_seed(seed);
    let before = t.server.resident_bytes();
    let mut restored = 0;
    for number in 0..count {
        let mut bytes = payloads[number as usize % payloads.len()].clone();
        damage(&mut bytes, &mut rng);
        sign(&mut bytes, [9, 10, 11, 12, 80][rng.usize(..5)]);
        let line = format!("RESTORE k 0 {} REPLACE", quoted(&bytes));
        let reply = t.run(&line).to_string();
        assert!(
            reply == "+OK" || reply == BAD_DATA,
            "seed {seed}: {line}: {reply}"
        );
        if reply == "+OK" {
            restored += 1;
            check_whole(&mut t, &line);
            walk(&mut t);
        }
    }
    // Values that differ are still values, so some damage goes unnoticed.
    assert!(restored > 0);
    let grown = t.server.resident_bytes().saturating_sub(before);
    assert!(grown < 256 << 20, "seed {seed}: {grown} bytes more");
}

/// A payload of every type in every encoding, without version and checksum.
fn payloads(t: &mut Talk) -> Vec<Vec<u8>> {
    let mut payloads: Vec<Vec<u8>> = FOREIGN
        .iter()
        .map(|(_, _, payload)| words(payload).remove(0))
        .collect();
    for line in SMALL {
        t.check(line, "+OK");
    }
    for line in OWN {
        t.run("DEL k");
        let reply = t.run(line);
        assert!(!reply.is_error(), "{line}: {reply}");
        payloads.push(dumped(t, "k"));
    }
    for payload in &mut payloads {
        payload.truncate(payload.len() - 10);
    }
    payloads
}

/// Changes a few bytes, cuts some off or repeats some.
fn damage(bytes: &mut Vec<u8>, rng: &mut fastrand::Rng) {
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..bytes.len());
        match rng.u8(..9) {
            0 => bytes.truncate(at.max(1)),
            1 => bytes.insert(at, rng.u8(..)),
            2 => drop(bytes.remove(at)),
            3 => bytes[at] = [0, 1, 0x7f, 0x80, 0x81, 0xc3, 0xfe, 0xff][rng.usize(..8)],
            4 => {
                let some = bytes[at..bytes.len().min(at + 8)].to_vec();
                let to = rng.usize(..=bytes.len());
                bytes.splice(to..to, some);
            }
            _ => bytes[at] = rng.u8(..),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
}

/// Checks that what was restored is a value that survives another transfer.
fn check_whole(t: &mut Talk, line: &str) {
    let copy = quoted(&dumped(t, "k"));
    t.check(&format!("RESTORE l 0 {copy} REPLACE"), "+OK");
    let (one, other) = (t.run("DEBUG DIGEST-VALUE k"), t.run("DEBUG DIGEST-VALUE l"));
    assert_eq!(one.to_string(), other.to_string(), "after {line}");
}

/// Runs commands that walk all of a value, whatever it is: they answer or refuse.
fn walk(t: &mut Talk) {
    for line in [
        "SORT k ALPHA",
        "HGETALL k",
        "HSET k new field",
        "SADD k new",
        "ZADD k 1 new",
        "ZRANGE k 0 -1 REV WITHSCORES",
        "LINSERT k BEFORE new x",
        "LPUSH k new",
        "XRANGE k - +",
        "XREVRANGE k + -",
        "XINFO STREAM k FULL COUNT 0",
        "XTRIM k MAXLEN 1",
        "XADD k * f v",
        "STRLEN k",
        "PFCOUNT k",
        "MEMORY USAGE k SAMPLES 0",
        "COPY k l REPLACE",
    ] {
        t.run(line);
    }
}
