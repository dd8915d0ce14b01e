//! Damaged, missing and old append-only files.

use std::fs::{self, File};
use std::io::Write as _;

use crate::harness::{Server, damages, server_program};

const ON: [&str; 4] = ["--appendonly", "yes", "--appendfsync", "always"];
const INCREMENT: &str = "appendonlydir/appendonly.aof.1.incr.aof";
const MANIFEST: &str = "appendonlydir/appendonly.aof.manifest";

/// A server that has written some commands and is gone.
fn written() -> Server {
    let mut server = Server::with(&ON);
    let mut client = server.client();
    for number in 0..100 {
        client.check(&format!("RPUSH log {number}"), &format!(":{}", number + 1));
        client.run(&format!("MSET a {number} b {number}"));
    }
    server.kill();
    server
}

/// Starts the server, which must refuse, and returns what it says.
#[track_caller]
fn refused(server: &mut Server, args: &[&str]) -> String {
    server.again_as(server_program(), args);
    assert!(!server.comes_up(), "the server came up");
    assert!(!server.wait_for_end().success());
    server.log()
}

#[test]
fn a_file_cut_anywhere_loads_a_prefix() {
    let mut server = written();
    let whole = fs::read(server.file(INCREMENT)).expect("it was written");
    let steps = damages(24);
    for step in 0..steps {
        let len = whole.len() * step / steps + step % 5;
        fs::write(server.file(INCREMENT), &whole[..len]).expect("it can be written");
        server.again(&ON);
        let mut client = server.client();
        let entries = client.run("LLEN log").to_string();
        assert_eq!(client.run("GET a"), client.run("GET b"), "{len}");
        // Each number is pushed, then set.
        let pushed = client.run("LINDEX log -1");
        let set = client.run("GET a");
        assert!(
            set == pushed || set == client.run("LINDEX log -2"),
            "{len}: {pushed} {set}"
        );
        client.check("SET later kept", "+OK");
        server.again(&ON);
        let mut client = server.client();
        client.check("GET later", "'kept'");
        client.check("LLEN log", &entries);
    }
    fs::write(server.file(INCREMENT), &whole[..whole.len() - 3]).expect("it can be written");
    let strict = [&ON[..], &["--aof-load-truncated", "no"]].concat();
    let log = refused(&mut server, &strict);
    assert!(log.contains("the file ends within a command"), "{log}");
}

#[test]
fn a_transaction_is_loaded_whole_or_not_at_all() {
    let mut server = written();
    let mut file = File::options()
        .append(true)
        .open(server.file(INCREMENT))
        .expect("it was written");
    file.write_all(b"*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$1\r\n1\r\n")
        .expect("it can be written");
    server.again(&ON);
    let mut client = server.client();
    client.check("EXISTS half", ":0");
    client.check("LLEN log", ":100");
}

#[test]
fn damage_is_refused_with_its_place() {
    let mut server = written();
    let mut bytes = fs::read(server.file(INCREMENT)).expect("it was written");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(0);
    fs::write(server.file(INCREMENT), &bytes).expect("it can be written");
    let log = refused(&mut server, &ON);
    assert!(log.contains("AOF offset "), "{log}");
    assert_eq!(fs::read(server.file(INCREMENT)).ok(), Some(bytes));
}

#[test]
fn an_unknown_command_is_refused() {
    let mut server = written();
    let log = fs::read(server.file(INCREMENT)).expect("it was written");
    let log = [&log[..], b"*1\r\n$7\r\nNOSUCHX\r\n"].concat();
    fs::write(server.file(INCREMENT), log).expect("it can be written");
    let log = refused(&mut server, &ON);
    assert!(
        log.contains("Unknown command 'NOSUCHX' reading the append only file"),
        "{log}"
    );
}

#[test]
fn a_missing_or_damaged_manifest_stops_the_start() {
    let mut server = written();
    let manifest = fs::read(server.file(MANIFEST)).expect("it was written");
    fs::remove_file(server.file(MANIFEST)).expect("it is there");
    let log = refused(&mut server, &ON);
    assert!(
        log.contains("manifest is missing") && log.contains("appendonly.aof.1.incr.aof"),
        "{log}"
    );
    fs::write(
        server.file(MANIFEST),
        b"file appendonly.aof.1.base.rdb seq one type b\n",
    )
    .expect("it can be written");
    let log = refused(&mut server, &ON);
    assert!(
        log.contains("manifest is damaged") && log.contains("line 1"),
        "{log}"
    );
    fs::write(server.file(MANIFEST), &manifest).expect("it can be written");
    let aside = server.file("aside");
    fs::rename(server.file(INCREMENT), &aside).expect("it is there");
    let log = refused(&mut server, &ON);
    assert!(log.contains("No such file or directory"), "{log}");
    fs::rename(&aside, server.file(INCREMENT)).expect("it is there");
    server.again(&ON);
    server.client().check("LLEN log", ":100");
}

#[test]
fn a_log_of_one_file_is_taken_over() {
    let mut server = Server::start();
    server.kill();
    let log = b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$3\r\nold\r\n$4\r\ndata\r\n";
    fs::write(server.file("appendonly.aof"), log).expect("it can be written");
    server.again(&ON);
    let mut client = server.client();
    client.check("GET old", "'data'");
    client.check("SET new data", "+OK");
    assert!(!server.file("appendonly.aof").exists());
    assert!(server.file("appendonlydir/appendonly.aof").exists());
    server.again(&ON);
    let mut client = server.client();
    client.check("GET old", "'data'");
    client.check("GET new", "'data'");
}

#[test]
fn taking_over_goes_on_after_a_crash() {
    let mut server = Server::start();
    server.kill();
    let log = b"*3\r\n$3\r\nSET\r\n$3\r\nold\r\n$4\r\ndata\r\n";
    fs::write(server.file("appendonly.aof"), log).expect("it can be written");
    fs::create_dir(server.file("appendonlydir")).expect("it can be made");
    let manifest = b"file appendonly.aof seq 1 type b\n";
    fs::write(server.file(MANIFEST), manifest).expect("it can be written");
    server.again(&ON);
    server.client().check("GET old", "'data'");
    assert!(!server.file("appendonly.aof").exists());
}

#[test]
fn keys_that_are_due_stay_until_the_log_says_otherwise() {
    let mut server = Server::start();
    server.kill();
    let set = b"*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n$4\r\nPXAT\r\n$13\r\n1600000000000\r\n";
    let persist = b"*2\r\n$7\r\nPERSIST\r\n$1\r\nk\r\n";
    fs::write(server.file("appendonly.aof"), [&set[..], persist].concat())
        .expect("it can be written");
    server.again(&ON);
    server.client().check("GET k", "'v'");
}
