//! Room ahead in a log that is flushed with every write, and what a crash leaves of it.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

use crate::harness::{Server, check_file, eventually, installed_redis, server_program};

const ALWAYS: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];
const INCREMENT: &str = "appendonlydir/appendonly.aof.1.incr.aof";
const WRITES: usize = 300;

/// A server that has written more than what is appended plainly, and is gone.
fn killed() -> Server {
    // A version that the Redis at hand reads.
    let mut server = Server::with(&[&ALWAYS[..], &["--rdb-version", "10"]].concat());
    let mut client = server.client();
    client.run(&format!("SET large {}", "x".repeat(100_000)));
    for number in 0..WRITES {
        client.check(&format!("RPUSH log {number}"), &format!(":{}", number + 1));
    }
    server.kill();
    server
}

/// The log without the room at its end.
fn content(log: &[u8]) -> &[u8] {
    let end = log.iter().rposition(|byte| *byte == b'\r');
    &log[..end.expect("there are commands") + 2]
}

#[test]
fn a_killed_server_leaves_room_that_the_next_one_takes_away() {
    let mut server = killed();
    let log = fs::read(server.file(INCREMENT)).expect("it was written");
    let content = content(&log);
    assert!(log.len() > content.len() + 60_000, "{}", log.len());
    server.again(&ALWAYS);
    server.client().check("LLEN log", &format!(":{WRITES}"));
    assert_eq!(
        fs::read(server.file(INCREMENT)).expect("it was written"),
        content
    );
    assert!(!server.log().contains("torn"));
}

#[test]
fn redis_reads_room() {
    let Some(redis) = installed_redis() else {
        return;
    };
    let mut server = killed();
    check_file(
        "redis-check-aof",
        &server.file("appendonlydir/appendonly.aof.manifest"),
    );
    server.again_as(&redis, &ALWAYS);
    assert!(server.comes_up(), "{}", server.log());
    server.client().check("LLEN log", &format!(":{WRITES}"));
    server
        .client()
        .check("RPUSH log last", &format!(":{}", WRITES + 1));
    server.again(&ALWAYS);
    let mut client = server.client();
    client.check("LLEN log", &format!(":{}", WRITES + 1));
}

#[test]
fn a_hole_in_what_was_written_last_is_cut_off() {
    let mut server = killed();
    let path = server.file(INCREMENT);
    let log = fs::read(&path).expect("it was written");
    let end = content(&log).len() as u64;
    let file = File::options()
        .write(true)
        .open(&path)
        .expect("it is there");
    // Within the last command or its seal.
    file.write_all_at(b"####", end - 50)
        .expect("it can be written");
    let strict = [&ALWAYS[..], &["--aof-load-truncated", "no"]].concat();
    server.again_as(server_program(), &strict);
    assert!(!server.comes_up(), "the server came up");
    assert!(server.log().contains("is torn"), "{}", server.log());
    server.again(&ALWAYS);
    let mut client = server.client();
    client.check("LLEN log", &format!(":{}", WRITES - 1));
    client.check("LINDEX log -1", &format!("'{}'", WRITES - 2));
    client.check("RPUSH log later", &format!(":{WRITES}"));
    server.again(&ALWAYS);
    server.client().check("LINDEX log -1", "'later'");
}

#[test]
fn room_goes_when_it_is_not_needed_any_more() {
    let mut server = Server::with(&ALWAYS);
    let mut client = server.client();
    client.run(&format!("SET large {}", "x".repeat(100_000)));
    client.check("SET a 1", "+OK");
    let size = || fs::metadata(server.file(INCREMENT)).map_or(0, |data| data.len());
    assert!(size() > 160_000, "{}", size());
    let report = client.run("INFO persistence").text();
    let told = report
        .lines()
        .find_map(|line| line.strip_prefix("aof_current_size:"));
    let told: u64 = told.and_then(|told| told.parse().ok()).expect("a size");
    assert!(told < 110_000, "{told}");
    client.check("CONFIG SET appendfsync no", "+OK");
    client.check("SET a 2", "+OK");
    eventually("the room is gone", || size() < 110_000);
    client.check("CONFIG SET appendfsync always", "+OK");
    client.check("SET a 3", "+OK");
    assert!(size() > 160_000, "{}", size());
    client.check("CONFIG SET appendonly no", "+OK");
    assert!(size() < 110_000, "{}", size());
    drop(client);
    server.again(&ALWAYS);
    server.client().check("GET a", "'3'");
}
