//! The append-only file: what is in it, what it survives, how it is rewritten.

use std::fs;
use std::thread;

use crate::harness::{Client, Server, check_file, eventually, installed_redis};

const ON: [&str; 4] = ["--appendonly", "yes", "--enable-debug-command", "yes"];
const ALWAYS: [&str; 6] = [
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
    "--enable-debug-command",
    "yes",
];

fn info(client: &mut Client, name: &str) -> String {
    let report = client.run("INFO persistence").text();
    let line = report.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|line| line.strip_prefix(':'));
    value.unwrap_or_default().to_owned()
}

fn digest(client: &mut Client) -> String {
    client.run("DEBUG DIGEST").to_string()
}

#[track_caller]
fn rewritten(client: &mut Client) {
    eventually("the rewrite is over", || {
        info(client, "aof_rewrite_in_progress") == "0"
            && info(client, "aof_rewrite_scheduled") == "0"
    });
    assert_eq!(info(client, "aof_last_bgrewrite_status"), "ok");
}

/// The increment that is being written, as text.
fn increment(server: &Server, number: u32) -> String {
    let path = server.file(&format!("appendonlydir/appendonly.aof.{number}.incr.aof"));
    String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).replace("\r\n", " ")
}

#[test]
fn what_is_acknowledged_survives_a_kill() {
    let mut server = Server::with(&ALWAYS);
    for round in 0..5 {
        let port = server.port();
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                thread::spawn(move || {
                    let mut client = Client::tcp(port).expect("the server listens");
                    let mut acknowledged = 0;
                    for number in 1.. {
                        let argv = [
                            b"SET".to_vec(),
                            format!("{round}:{writer}").into_bytes(),
                            format!("{number}").into_bytes(),
                        ];
                        match client.try_run(&argv) {
                            Ok(reply) if reply.to_string() == "+OK" => acknowledged = number,
                            _ => break,
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        let mut client = server.client();
        eventually("something is written", || {
            client.run("DBSIZE").to_string() != ":0"
                && client.run(&format!("GET {round}:0")).to_string().len() > 4
        });
        server.kill();
        let acknowledged: Vec<u64> = writers
            .into_iter()
            .map(|writer| writer.join().expect("the writer ends with the server"))
            .collect();
        server.again(&ALWAYS);
        let mut client = server.client();
        for (writer, acknowledged) in acknowledged.iter().enumerate() {
            let found = client.run(&format!("GET {round}:{writer}")).to_string();
            let found: u64 = found.trim_matches('\'').parse().unwrap_or(0);
            assert!(found >= *acknowledged, "{found} < {acknowledged}");
        }
    }
}

#[test]
fn effects_repeat_what_happened() {
    let mut server = Server::with(&ON);
    let mut client = server.client();
    for line in [
        "SET k v EX 1000",
        "INCRBYFLOAT f 1.5",
        "APPEND k more",
        "SELECT 2",
        "SETEX e 1000 v",
        "GETEX e PERSIST",
        "SET gone v PX 1",
        "MSET a 1 b 2",
        "DEL a",
        "DEL nothing",
    ] {
        client.run(line);
    }
    eventually("the key has expired", || {
        client.run("EXISTS gone").to_string() == ":0"
    });
    let before = digest(&mut client);
    client.check("DEBUG LOADAOF", "+OK");
    assert_eq!(digest(&mut client), before);
    server.again(&ON);
    assert_eq!(digest(&mut server.client()), before);
    let log = increment(&server, 1);
    assert!(log.contains("PXAT"), "{log}");
    assert!(log.contains("$6 SELECT $1 2"), "{log}");
    assert!(!log.contains("nothing"), "{log}");
    assert!(log.contains("$4 gone"), "{log}");
}

#[test]
fn a_rewrite_leaves_the_same_data_in_less_room() {
    for preamble in ["yes", "no"] {
        let mut server = Server::with(&ON);
        let mut client = server.client();
        client.check(
            &format!("CONFIG SET aof-use-rdb-preamble {preamble}"),
            "+OK",
        );
        for number in 0..500 {
            client.run(&format!("SET key {number}"));
            client.run(&format!("RPUSH list {number}"));
            client.run(&format!("SADD set {number} word:{number}"));
            client.run(&format!("HSET hash f:{number} v"));
            client.run(&format!("ZADD zset {number}.5 m:{number}"));
            client.run(&format!("XADD stream * f {number}"));
        }
        client.run("PEXPIRE key 1000000");
        client.run("SADD other 1 2 3");
        client.run("XGROUP CREATE stream g 0");
        client.run("XREADGROUP GROUP g c COUNT 5 STREAMS stream >");
        client.run("XDEL stream 0-1");
        let before = digest(&mut client);
        client.check(
            "BGREWRITEAOF",
            "+Background append only file rewriting started",
        );
        rewritten(&mut client);
        client.run("SET after rewrite");
        client.check("WAITAOF 1 0 0", "[:1, :0]");
        let after = digest(&mut client);
        assert_ne!(before, after);
        let suffix = if preamble == "yes" { "rdb" } else { "aof" };
        assert!(
            server
                .file(&format!("appendonlydir/appendonly.aof.2.base.{suffix}"))
                .exists()
        );
        assert!(
            !server
                .file("appendonlydir/appendonly.aof.1.incr.aof")
                .exists()
        );
        server.again(&ON);
        assert_eq!(digest(&mut server.client()), after, "preamble {preamble}");
    }
}

#[test]
fn rewrites_go_on_while_clients_write() {
    let mut server = Server::with(&ALWAYS);
    let port = server.port();
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            thread::spawn(move || {
                let mut client = Client::tcp(port).expect("the server listens");
                for number in 0..2000 {
                    client.check(
                        &format!("RPUSH list:{writer} {number}"),
                        &format!(":{}", number + 1),
                    );
                }
            })
        })
        .collect();
    let mut client = server.client();
    while writers.iter().any(|writer| !writer.is_finished()) {
        client.run("BGREWRITEAOF");
        rewritten(&mut client);
    }
    for writer in writers {
        writer.join().expect("every write is answered");
    }
    let before = digest(&mut client);
    server.again(&ON);
    let mut client = server.client();
    assert_eq!(digest(&mut client), before);
    client.check("LLEN list:2", ":2000");
    client.check("LINDEX list:2 1999", "'1999'");
}

#[test]
fn it_grows_until_it_is_rewritten_by_itself() {
    let server = Server::with(&[
        "--appendonly",
        "yes",
        "--auto-aof-rewrite-min-size",
        "100000",
    ]);
    let mut client = server.client();
    let value = "x".repeat(1000);
    for _ in 0..300 {
        client.check(&format!("SET k {value}"), "+OK");
    }
    eventually("it was rewritten", || {
        info(&mut client, "aof_rewrites") != "0"
    });
    eventually("it is short again", || {
        info(&mut client, "aof_current_size")
            .parse::<u64>()
            .unwrap_or(u64::MAX)
            < 100_000
    });
}

#[test]
fn it_is_turned_on_and_off_while_clients_write() {
    let mut server = Server::with(&ON[2..]);
    let mut client = server.client();
    client.check("SET before 1", "+OK");
    client.check("CONFIG SET appendonly yes", "+OK");
    rewritten(&mut client);
    assert_eq!(info(&mut client, "aof_enabled"), "1");
    client.check("SET during 2", "+OK");
    let before = digest(&mut client);
    client.check("CONFIG SET appendonly no", "+OK");
    assert_eq!(info(&mut client, "aof_enabled"), "0");
    client.check("SET after 3", "+OK");
    server.again(&ON);
    let mut client = server.client();
    assert_eq!(digest(&mut client), before);
    for round in 0..3 {
        client.check("CONFIG SET appendonly no", "+OK");
        client.check("CONFIG SET appendonly yes", "+OK");
        client.check(&format!("SET round {round}"), "+OK");
    }
    rewritten(&mut client);
    client.check("WAITAOF 1 0 0", "[:1, :0]");
    let before = digest(&mut client);
    server.again(&ON);
    assert_eq!(digest(&mut server.client()), before);
}

/// What was appended before the file was turned off is not replayed on top of a base that was written later.
#[test]
fn a_rewrite_while_it_is_off_leaves_only_the_base() {
    let mut server = Server::with(&ON);
    let mut client = server.client();
    for count in 1..=3 {
        client.check("INCR n", &format!(":{count}"));
    }
    client.check("CONFIG SET appendonly no", "+OK");
    client.check("INCR n", ":4");
    client.run("BGREWRITEAOF");
    eventually("the base is written", || {
        info(&mut client, "aof_rewrites") == "1"
            && info(&mut client, "aof_rewrite_in_progress") == "0"
    });
    server.again(&ON);
    server.client().check("GET n", "'4'");
}

#[test]
fn to_turn_it_on_leaves_a_background_save_alone() {
    let mut server = Server::with(&["--enable-debug-command", "yes"]);
    let mut client = server.client();
    client.check("DEBUG POPULATE 1000", "+OK");
    client.check("CONFIG SET rdb-key-save-delay 1000000", "+OK");
    client.check("BGSAVE", "+Background saving started");
    client.check("CONFIG SET appendonly yes", "+OK");
    assert_eq!(info(&mut client, "aof_enabled"), "1");
    assert_eq!(info(&mut client, "aof_rewrite_scheduled"), "1");
    assert_eq!(info(&mut client, "rdb_bgsave_in_progress"), "1");
    client.check("SET meanwhile kept", "+OK");
    client.check("CONFIG SET rdb-key-save-delay 0", "+OK");
    eventually("the base is written", || {
        info(&mut client, "aof_rewrite_scheduled") == "0"
            && info(&mut client, "aof_rewrites") == "1"
            && info(&mut client, "aof_rewrite_in_progress") == "0"
    });
    assert_eq!(info(&mut client, "rdb_saves"), "1");
    server.again(&ON);
    let mut client = server.client();
    client.check("GET meanwhile", "'kept'");
    client.check("DBSIZE", ":1001");
}

#[test]
fn waitaof_waits_for_the_disk() {
    let server = Server::with(&ON);
    let mut client = server.client();
    client.check("SET k v", "+OK");
    client.check("WAITAOF 1 0 0", "[:1, :0]");
    client.check("WAITAOF 0 1 50", "[:1, :0]");
    client.check(
        "WAITAOF 2 0 0",
        "-ERR value is out of range, must be between 0 and 1",
    );
    client.check("WAITAOF 1 0 -1", "-ERR timeout is negative");
    let server = Server::start();
    server.client().check(
        "WAITAOF 1 0 0",
        "-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
    );
}

#[test]
fn files_are_exchanged_with_redis() {
    let Some(redis) = installed_redis() else {
        return;
    };
    let ours = [&ON[..], &["--rdb-version", "10"]].concat();
    let mut server = Server::with(&ours);
    let mut client = server.client();
    for number in 0..200 {
        client.run(&format!("SET key:{number} {number} PX 10000000"));
        client.run(&format!("SADD set:{} {number}", number % 7));
        client.run(&format!("RPUSH list {number}"));
        if number == 100 {
            client.run("BGREWRITEAOF");
            rewritten(&mut client);
        }
    }
    client.check("WAITAOF 1 0 0", "[:1, :0]");
    let before = digest(&mut client);
    server.kill();
    check_file(
        "redis-check-aof",
        &server.file("appendonlydir/appendonly.aof.manifest"),
    );
    server.again_as(&redis, &ON);
    assert!(server.comes_up(), "{}", server.log());
    let mut client = server.client();
    assert_eq!(digest(&mut client), before);
    client.check("SET from redis", "+OK");
    client.run("SPOP set:1 3");
    client.run("BGREWRITEAOF");
    rewritten(&mut client);
    client.check("INCRBYFLOAT float 3.25", "'3.25'");
    let theirs = digest(&mut client);
    client.check("CONFIG SET appendfsync always", "+OK");
    client.check("SET last write", "+OK");
    client.check("DEL last", ":1");
    server.again(&ON);
    assert_eq!(digest(&mut server.client()), theirs);
}

#[test]
fn times_are_noted_when_asked_for() {
    let mut server = Server::with(&[&ALWAYS[..], &["--aof-timestamp-enabled", "yes"]].concat());
    server.client().check("SET k v", "+OK");
    assert!(increment(&server, 1).starts_with("#TS:"));
    server.again(&ON);
    server.client().check("GET k", "'v'");
}
