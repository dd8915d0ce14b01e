//! Disks that are full, read-only or gone.

use std::fs;

use crate::harness::{Client, Server, damages, eventually, server_program};

const MISCONF: &str = "-MISCONF ";

fn info(client: &mut Client, name: &str) -> String {
    let report = client.run("INFO persistence").text();
    let line = report.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|line| line.strip_prefix(':'));
    value.unwrap_or_default().to_owned()
}

/// A directory in the place of the temporary file: no file of that name can be made, whoever asks.
fn block_saves(server: &Server) -> std::path::PathBuf {
    let path = server.file(&format!("temp-{}.rdb", server.pid()));
    fs::create_dir(&path).expect("a directory can be made");
    path
}

#[test]
fn a_save_that_fails_stops_writes_until_one_succeeds() {
    let server = Server::start();
    let mut client = server.client();
    client.check("CONFIG SET save \"3600 1000\"", "+OK");
    client.check("SET k v", "+OK");
    client.check("SAVE", "+OK");
    let before = fs::read(server.file("dump.rdb")).expect("it was written");
    let obstacle = block_saves(&server);
    client.check("SAVE", "-ERR");
    client.check("BGSAVE", "+Background saving started");
    eventually("the save has failed", || {
        info(&mut client, "rdb_last_bgsave_status") == "err"
            && info(&mut client, "rdb_bgsave_in_progress") == "0"
    });
    for refused in ["SET k w", "PING"] {
        let reply = client.run(refused).to_string();
        assert!(reply.starts_with(MISCONF), "{reply}");
    }
    client.check("GET k", "'v'");
    for refused in [
        "EVAL \"#!lua\\nreturn 1\" 0",
        "EVAL \"return redis.call('SET', KEYS[1], 1)\" 1 k",
    ] {
        let reply = client.run(refused).to_string();
        assert!(reply.starts_with(MISCONF), "{reply}");
    }
    client.check("EVAL \"#!lua flags=no-writes\\nreturn 1\" 0", ":1");
    client.check("EVAL \"return redis.call('GET', KEYS[1])\" 1 k", "'v'");
    assert_eq!(fs::read(server.file("dump.rdb")).ok(), Some(before));
    client.check("CONFIG SET stop-writes-on-bgsave-error no", "+OK");
    client.check("SET k w", "+OK");
    client.check("CONFIG SET stop-writes-on-bgsave-error yes", "+OK");
    fs::remove_dir(obstacle).expect("it is empty");
    client.check("SAVE", "+OK");
    client.check("SET k x", "+OK");
}

#[test]
fn the_end_waits_until_the_last_save_succeeds() {
    let mut server = Server::start();
    let mut client = server.client();
    client.check("SET k v", "+OK");
    let obstacle = block_saves(&server);
    client.check(
        "SHUTDOWN SAVE",
        "-ERR Errors trying to SHUTDOWN. Check logs.",
    );
    client.check("SET k w", "+OK");
    fs::remove_dir(obstacle).expect("it is empty");
    client.send("SHUTDOWN SAVE");
    assert!(client.is_closed());
    assert!(server.wait_for_end().success());
    server.again(&[]);
    server.client().check("GET k", "'w'");
}

#[test]
fn a_full_disk_stops_writes_until_there_is_room() {
    for policy in ["always", "everysec"] {
        let args = ["--appendonly", "yes", "--appendfsync", policy];
        let mut server = Server::with(&args);
        let mut client = server.client();
        client.check("SET first value", "+OK");
        // No file may grow beyond this: to the server, that is a full disk.
        server.limit_file_size(Some(200_000));
        let value = "x".repeat(10_000);
        let (mut acknowledged, mut refused) = (0, String::new());
        for number in 0..1000 {
            let reply = client.run(&format!("SET key:{number} {value}")).to_string();
            if reply != "+OK" {
                refused = reply;
                break;
            }
            if policy == "always" {
                acknowledged = number;
            }
        }
        assert!(
            refused.starts_with("-MISCONF Errors writing to the AOF file: "),
            "{refused}"
        );
        client.check("GET first", "'value'");
        server.limit_file_size(None);
        eventually("there is room again", || {
            client.run("SET resumed yes").to_string() == "+OK"
        });
        client.check("WAITAOF 1 0 0", "[:1, :0]");
        server.again(&args);
        let mut client = server.client();
        client.check("GET resumed", "'yes'");
        client.check(&format!("STRLEN key:{acknowledged}"), ":10000");
    }
}

#[test]
fn a_directory_that_is_gone_is_an_error_and_no_end() {
    let mut server = Server::with(&["--appendonly", "yes"]);
    let mut client = server.client();
    client.check("SET k v", "+OK");
    fs::remove_dir_all(server.file("appendonlydir")).expect("it is there");
    client.run("BGREWRITEAOF");
    eventually("the rewrite is over", || {
        info(&mut client, "aof_rewrite_in_progress") == "0"
    });
    client.check("GET k", "'v'");
    assert!(server.ended().is_none());
}

#[test]
fn no_log_where_none_can_be_made() {
    let mut server = Server::start();
    fs::write(server.file("appendonlydir"), b"in the way").expect("it can be written");
    let mut client = server.client();
    let reply = client.run("CONFIG SET appendonly yes").to_string();
    assert_eq!(
        reply,
        "-ERR CONFIG SET failed (possibly related to argument 'appendonly') - Unable to turn on AOF. Check server logs."
    );
    client.check("CONFIG GET appendonly", "['appendonly', 'no']");
    client.check("SET k v", "+OK");
    server.again_as(server_program(), &["--appendonly", "yes"]);
    assert!(!server.comes_up());
    assert!(!server.wait_for_end().success());
}

#[test]
fn damaged_snapshots_are_refused_or_loaded_whole() {
    let mut server = Server::with(&["--enable-debug-command", "yes"]);
    let mut client = server.client();
    client.check("DEBUG POPULATE 50", "+OK");
    client.run("SADD set a b c");
    client.run("RPUSH list a b c");
    client.check("SAVE", "+OK");
    let whole = fs::read(server.file("dump.rdb")).expect("it was written");
    let before = client.run("DEBUG DIGEST");
    let (mut refused, steps) = (0, damages(40));
    for step in 0..steps {
        let mut bytes = whole.clone();
        let at = whole.len() * step / steps;
        let bit = fastrand::usize(..8);
        bytes[at] ^= 1 << bit;
        fs::write(server.file("dump.rdb"), &bytes).expect("it can be written");
        server.again_as(server_program(), &["--enable-debug-command", "yes"]);
        if server.comes_up() {
            let after = server.client().run("DEBUG DIGEST");
            assert_eq!(after, before, "bit {bit} of byte {at}");
        } else {
            let status = server.wait_for_end();
            assert_eq!(status.code(), Some(1), "{}", server.log());
            refused += 1;
        }
    }
    assert!(refused * 8 > steps * 7, "{refused} of {steps}");
    fs::write(server.file("dump.rdb"), &whole[..whole.len() / 2]).expect("it can be written");
    server.again_as(server_program(), &[]);
    assert!(!server.comes_up());
}
