//! `WATCH`: which changes a transaction learns of.

use crate::harness::{Server, Talk, eventually};

/// Watches `k` while it is as `before` leaves it, has `change` happen, and tells whether a transaction still runs.
#[track_caller]
fn check(before: &[&str], change: &[&str], runs: bool) {
    let server = Server::with(&["--enable-debug-command", "yes"]);
    let (mut client, mut other) = (server.client(), server.client());
    for line in before {
        client.run(line);
    }
    client.check("WATCH k", "+OK");
    for line in change {
        other.run(line);
    }
    client.check("MULTI", "+OK");
    client.check("PING", "+QUEUED");
    client.check("EXEC", if runs { "[+PONG]" } else { "nil[]" });
    // Either way the watch is over.
    other.run("SET k again");
    client.check("MULTI", "+OK");
    client.check("PING", "+QUEUED");
    client.check("EXEC", "[+PONG]");
}

#[test]
fn writes_to_the_key_count() {
    check(&[], &[], true);
    check(&[], &["SET k 1"], false);
    check(&["SET k 1"], &["SET k 1"], false);
    check(&["SET k 1"], &["APPEND k 2"], false);
    check(&["SET k 1"], &["DEL k"], false);
    check(&["SET k 1"], &["DEL other", "SET other 1", "GET k"], true);
    check(&["SET k 1"], &["EXPIRE k 100"], false);
    check(&["SET k 1 EX 100"], &["PERSIST k"], false);
    check(&["SET k 1"], &["SETNX k 2"], true);
    check(&[], &["DEL k", "EXPIRE k 10"], true);
}

#[test]
fn keys_that_move_count_at_both_ends() {
    check(&["SET k 1"], &["RENAME k l"], false);
    check(&["SET l 1"], &["RENAME l k"], false);
    check(&["SET l 1"], &["COPY l k"], false);
    check(&["SET k 1"], &["COPY k l"], true);
    check(&["SET k 1"], &["MOVE k 1"], false);
    check(&[], &["SELECT 1", "SET k 1"], true);
    check(&[], &["SELECT 1", "SET k 1", "MOVE k 0"], false);
}

#[test]
fn flushing_counts_for_keys_that_exist() {
    for flush in ["FLUSHDB", "FLUSHALL", "FLUSHALL ASYNC"] {
        check(&["SET k 1"], &[flush], false);
        check(&[], &["SET other 1", flush], true);
    }
    check(&["SET k 1"], &["SELECT 1", "FLUSHDB"], true);
}

#[test]
fn swapping_counts_for_keys_that_exist_before_or_after() {
    check(&["SET k 1"], &["SWAPDB 0 1"], false);
    check(&["SELECT 1", "SET k 1", "SELECT 0"], &["SWAPDB 0 1"], false);
    check(&[], &["SWAPDB 0 1"], true);
    check(&["SET k 1"], &["SWAPDB 0 0", "SWAPDB 1 2"], true);
    // A key whose time has come is not there, before and after.
    let stale = [
        "DEBUG SET-ACTIVE-EXPIRE 0",
        "SELECT 1",
        "SET k 1 PX 1",
        "DEBUG SLEEP 0.005",
    ];
    check(&[&stale[..], &["SELECT 0"]].concat(), &["SWAPDB 0 1"], true);
}

#[test]
fn a_key_whose_time_has_come_is_another_one() {
    check(
        &["DEBUG SET-ACTIVE-EXPIRE 0", "SET k 1 PX 30"],
        &["DEBUG SLEEP 0.05"],
        false,
    );
    check(&["SET k 1 PX 30"], &["DEBUG SLEEP 0.05", "GET k"], false);
    // It had come before the watch began, so nothing changes any more.
    check(
        &[
            "DEBUG SET-ACTIVE-EXPIRE 0",
            "SET k 1 PX 1",
            "DEBUG SLEEP 0.005",
        ],
        &["EXISTS k"],
        true,
    );
}

#[test]
fn watches_end_with_unwatch_discard_and_reset() {
    let mut t = Talk::new();
    for end in [&["UNWATCH"][..], &["MULTI", "DISCARD"], &["RESET"]] {
        t.check("WATCH k other", "+OK");
        for line in end {
            t.run(line);
        }
        t.resp3.check("SET k 1", "+OK");
        t.check_all(&[("MULTI", "+OK"), ("PING", "+QUEUED"), ("EXEC", "[+PONG]")]);
    }
}

#[test]
fn own_writes_before_multi_count_and_those_inside_do_not() {
    Talk::new().check_all(&[
        ("WATCH k k", "+OK"),
        ("MULTI", "+OK"),
        ("SET k 1", "+QUEUED"),
        ("EXEC", "[+OK]"),
        ("WATCH k", "+OK"),
        ("SET k 2", "+OK"),
        ("WATCH other", "+OK"),
        ("MULTI", "+OK"),
        ("SET k 3", "+QUEUED"),
        ("EXEC", "nil[]"),
        ("GET k", "'2'"),
    ]);
}

#[test]
fn what_is_watched_is_counted_and_forgotten_with_the_connection() {
    let server = Server::start();
    let mut reader = server.client();
    let mut counts = |clients: usize, keys: usize| {
        eventually("the counts are right", || {
            let info = reader.run("INFO clients").text();
            info.contains(&format!("watching_clients:{clients}\r\n"))
                && info.contains(&format!("total_watched_keys:{keys}\r\n"))
        });
    };
    let (mut first, mut second) = (server.client(), server.client());
    first.check("WATCH a b", "+OK");
    second.check("WATCH b c", "+OK");
    counts(2, 3);
    drop(first);
    counts(1, 2);
    second.check("UNWATCH", "+OK");
    counts(0, 0);
}
