//! Commands that wait: who is served, in which order, and what ends a wait otherwise.

use std::time::{Duration, Instant};

use crate::harness::{Client, Server, eventually};

/// A client that has sent `line`, once the server has it waiting.
#[track_caller]
pub(crate) fn waiting(server: &Server, line: &str) -> Client {
    let before = blocked(server);
    let mut client = server.client();
    client.send(line);
    eventually("the client waits", || blocked(server) == before + 1);
    client
}

/// How many clients wait.
pub(crate) fn blocked(server: &Server) -> usize {
    let info = server.client().run("INFO clients").text();
    let field = info
        .lines()
        .find_map(|line| line.strip_prefix("blocked_clients:"));
    field
        .and_then(|number| number.trim().parse().ok())
        .expect("INFO counts them")
}

/// Reads a reply and compares it.
#[track_caller]
pub(crate) fn expect(client: &mut Client, reply: &str) {
    assert_eq!(client.read().to_string(), reply);
}

/// Every way for a list to come to be at `k` serves who waits there.
#[test]
fn whatever_makes_the_key_serves_the_waiting() {
    for (before, line) in [
        ("PING", "RPUSH k v"),
        ("PING", "LPUSH k v"),
        ("RPUSH l v", "RENAME l k"),
        ("RPUSH l v", "COPY l k"),
        ("RPUSH l v", "LMOVE l k LEFT LEFT"),
        ("RPUSH l v", "RPOPLPUSH l k"),
        ("PING", "MULTI;RPUSH k v;EXEC"),
        ("SELECT 1;RPUSH k v", "MOVE k 0"),
        ("SELECT 1;RPUSH k v;SELECT 0", "SWAPDB 0 1"),
    ] {
        let server = Server::start();
        let mut other = server.client();
        for line in before.split(';') {
            other.run(line);
        }
        let mut client = waiting(&server, "BLPOP nothing k 0");
        for line in line.split(';') {
            other.run(line);
        }
        expect(&mut client, "['k', 'v']");
        eventually("nobody waits any more", || blocked(&server) == 0);
    }
}

#[test]
fn first_come_first_served() {
    let server = Server::start();
    let mut clients: Vec<Client> = (0..5).map(|_| waiting(&server, "BLPOP k l 0")).collect();
    let mut other = server.client();
    other.check("RPUSH k 0 1 2", ":3");
    other.check("RPUSH l 3 4 5", ":3");
    for (number, client) in clients.iter_mut().enumerate() {
        let key = if number < 3 { 'k' } else { 'l' };
        expect(client, &format!("['{key}', '{number}']"));
    }
    other.check("LRANGE l 0 -1", "['5']");
    other.check("EXISTS k", ":0");
}

#[test]
fn each_kind_takes_its_own_share() {
    let server = Server::start();
    let mut pop = waiting(&server, "BRPOP k 0");
    let mut several = waiting(&server, "BLMPOP 0 2 other k LEFT COUNT 2");
    let mut moved = waiting(&server, "BLMOVE k to RIGHT LEFT 0");
    let mut popped_pushed = waiting(&server, "BRPOPLPUSH k to 0");
    let mut other = server.client();
    other.check("RPUSH k a b c d e f", ":6");
    expect(&mut pop, "['k', 'f']");
    expect(&mut several, "['k', ['a', 'b']]");
    expect(&mut moved, "'e'");
    expect(&mut popped_pushed, "'d'");
    other.check("LRANGE to 0 -1", "['d', 'e']");
    other.check("LRANGE k 0 -1", "['c']");
}

#[test]
fn sorted_sets_serve_in_turn_too() {
    let server = Server::start();
    let mut lowest = waiting(&server, "BZPOPMIN k 0");
    let mut highest = waiting(&server, "BZPOPMAX other k 0");
    let mut several = waiting(&server, "BZMPOP 0 1 k MIN COUNT 2");
    let mut list = waiting(&server, "BLPOP k 0");
    let mut other = server.client();
    other.check("ZADD k 1 a 2 b 3 c 4 d 5 e", ":5");
    expect(&mut lowest, "['k', 'a', '1']");
    expect(&mut highest, "['k', 'e', '5']");
    expect(&mut several, "['k', [['b', '2'], ['c', '3']]]");
    other.check("ZRANGE k 0 -1", "['d']");
    other.check("DEL k", ":1");
    other.check("RPUSH k v", ":1");
    expect(&mut list, "['k', 'v']");
    let mut client = server.client3();
    client.check("BZPOPMIN k 0.01", "_");
    other.check("ZADD l 1.5 m", ":1");
    other.check("DEL to", ":0");
    let mut stored = waiting(&server, "BZPOPMIN to 0");
    other.check("ZUNIONSTORE to 1 l", ":1");
    expect(&mut stored, "['to', 'm', '1.5']");
}

#[test]
fn what_is_there_is_taken_at_once() {
    let server = Server::start();
    let mut client = server.client();
    client.run("RPUSH l a b c d");
    client.check("BLPOP k l 0", "['l', 'a']");
    client.check("BRPOP l 0", "['l', 'd']");
    client.check("BLMOVE l m LEFT LEFT 0", "'b'");
    client.check("BLMPOP 0 1 l LEFT", "['l', ['c']]");
    client.run("SET s text");
    client.check(
        "BLPOP s l 0",
        "-WRONGTYPE Operation against a key holding the wrong kind of value",
    );
}

/// Lists that feed each other: one push runs through all of them before anybody else sees it.
#[test]
fn moves_feed_other_moves() {
    let server = Server::start();
    let mut first = waiting(&server, "BLMOVE a b LEFT LEFT 0");
    let mut second = waiting(&server, "BLMOVE b c LEFT LEFT 0");
    let mut third = waiting(&server, "BLPOP c 0");
    let mut other = server.client();
    other.check("RPUSH a v", ":1");
    for client in [&mut first, &mut second] {
        expect(client, "'v'");
    }
    expect(&mut third, "['c', 'v']");
    other.check("EXISTS a b c", ":0");
    // And in a circle.
    let mut there = waiting(&server, "BRPOPLPUSH x y 0");
    let mut back = waiting(&server, "BRPOPLPUSH y x 0");
    other.check("RPUSH x v", ":1");
    expect(&mut there, "'v'");
    expect(&mut back, "'v'");
    other.check("LRANGE x 0 -1", "['v']");
    let mut own = waiting(&server, "BRPOPLPUSH z z 0");
    other.check("RPUSH z v", ":1");
    expect(&mut own, "'v'");
}

#[test]
fn a_key_that_is_gone_or_another_by_then_serves_nobody() {
    let server = Server::start();
    let mut client = waiting(&server, "BLPOP k 0");
    let mut other = server.client();
    for conversation in [
        &["MULTI", "RPUSH k a", "DEL k", "EXEC"][..],
        &["MULTI", "RPUSH k a", "DEL k", "SET k text", "EXEC"],
        &["DEL k"],
    ] {
        for line in conversation {
            other.run(line);
        }
    }
    other.check("RPUSH k b", ":1");
    expect(&mut client, "['k', 'b']");
}

#[test]
fn a_destination_of_another_type_refuses_and_loses_nothing() {
    let server = Server::start();
    let mut other = server.client();
    other.check("SET to text", "+OK");
    let mut client = waiting(&server, "BLMOVE from to LEFT LEFT 0");
    other.check("RPUSH from v", ":1");
    expect(
        &mut client,
        "-WRONGTYPE Operation against a key holding the wrong kind of value",
    );
    other.check("LRANGE from 0 -1", "['v']");
}

#[test]
fn transactions_do_not_wait() {
    let server = Server::start();
    let mut client = server.client();
    for line in ["MULTI", "BLPOP k 0", "BLMOVE a b LEFT LEFT 0", "WAIT 1 0"] {
        client.run(line);
    }
    client.check("EXEC", "[nil[], nil, :0]");
    // What one pushes is not seen before it is over.
    let mut waits = waiting(&server, "BLPOP k 0");
    for line in ["MULTI", "LPUSH k a", "LPUSH k b", "LPUSH k c"] {
        client.run(line);
    }
    client.check("EXEC", "[:1, :2, :3]");
    expect(&mut waits, "['k', 'c']");
    client.check("LRANGE k 0 -1", "['b', 'a']");
}

#[test]
fn time_ends_a_wait_to_the_millisecond() {
    let server = Server::start();
    let (mut client, mut client3) = (server.client(), server.client3());
    for (timeout, least_ms, line) in [
        ("0.05", 50, "BLPOP k"),
        ("0.001", 1, "BLPOP k"),
        ("0.02", 20, "BLMOVE k l LEFT LEFT"),
    ] {
        let begun = Instant::now();
        let reply = client.run(&format!("{line} {timeout}"));
        let waited = begun.elapsed();
        assert!(waited >= Duration::from_millis(least_ms), "{waited:?}");
        assert_eq!(reply.to_string(), "nil[]");
    }
    client3.check("BLPOP k 0.01", "_");
    client.check("WAIT 1 10", ":0");
    for (timeout, refusal) in [
        ("-1", "-ERR timeout is negative"),
        ("x", "-ERR timeout is not a float or out of range"),
        ("nan", "-ERR timeout is not a float or out of range"),
        ("1e300", "-ERR timeout is out of range"),
        ("1e400", "-ERR timeout is out of range"),
    ] {
        client.check(&format!("BLPOP k {timeout}"), refusal);
    }
    // What else is wrong is told first.
    client.check(
        "BLMPOP x 1 k LEFT COUNT 0",
        "-ERR count should be greater than 0",
    );
    client.check("BZMPOP x 1 k MIDDLE", "-ERR syntax error");
}

#[test]
fn operators_may_end_a_wait() {
    let server = Server::start();
    let mut other = server.client();
    for (how, code, reply) in [
        ("", 1, "nil[]"),
        (" TIMEOUT", 1, "nil[]"),
        (
            " ERROR",
            1,
            "-UNBLOCKED client unblocked via CLIENT UNBLOCK",
        ),
    ] {
        let mut client = server.client();
        let id = client.run("CLIENT ID").int();
        other.check(&format!("CLIENT UNBLOCK {id}{how}"), ":0");
        client.send("BLPOP k 0");
        eventually("the client waits", || blocked(&server) == 1);
        let list = other.run(&format!("CLIENT LIST ID {id}")).text();
        assert!(list.contains("flags=b "), "{list}");
        other.check(&format!("CLIENT UNBLOCK {id}{how}"), &format!(":{code}"));
        expect(&mut client, reply);
        client.check("PING", "+PONG");
        other.check("RPUSH k v", ":1");
        other.check("LPOP k", "'v'");
    }
    let mut client = server.client();
    let id = client.run("CLIENT ID").int();
    client.send("BLPOP k 0");
    eventually("the client waits", || blocked(&server) == 1);
    other.check(&format!("CLIENT KILL ID {id}"), ":1");
    assert!(client.is_closed());
    eventually("nobody waits any more", || blocked(&server) == 0);
}

#[test]
fn who_leaves_is_not_served() {
    let server = Server::start();
    let leaver = waiting(&server, "BLPOP k 0");
    let mut stayer = waiting(&server, "BLPOP k 0");
    drop(leaver);
    eventually("it is noticed", || blocked(&server) == 1);
    server.client().check("RPUSH k a", ":1");
    expect(&mut stayer, "['k', 'a']");
}

#[test]
fn what_is_sent_behind_waits_as_well() {
    let server = Server::start();
    let mut client = server.client();
    for line in ["SET a 1", "BLPOP k 0", "GET a", "BLPOP k 0", "PING"] {
        client.send(line);
    }
    expect(&mut client, "+OK");
    eventually("the client waits", || blocked(&server) == 1);
    client.send("ECHO last");
    let mut other = server.client();
    other.check("SET a 2", "+OK");
    other.check("RPUSH k x y", ":2");
    for reply in ["['k', 'x']", "'2'", "['k', 'y']", "+PONG", "'last'"] {
        expect(&mut client, reply);
    }
}

/// Under `appendfsync always` the one who waited learns of its element no sooner than the disk.
#[test]
fn what_was_waited_for_is_logged_as_the_plain_command() {
    let server = Server::with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let mut pop = waiting(&server, "BLPOP k 0");
    let mut moved = waiting(&server, "BLMOVE k l RIGHT LEFT 0");
    server.client().check("RPUSH k a b c", ":3");
    expect(&mut pop, "['k', 'a']");
    expect(&mut moved, "'c'");
    let log = std::fs::read(server.file("appendonlydir/appendonly.aof.1.incr.aof"));
    let log = String::from_utf8_lossy(&log.expect("the log is there")).replace("\r\n", " ");
    let behind_push = log.split("RPUSH").nth(1).expect("the push is logged");
    assert!(!behind_push.contains("MULTI"), "{log}");
    let pop_at = behind_push.find("LPOP $1 k").expect("the pop is logged");
    let move_at = behind_push.find("LMOVE $1 k $1 l $5 RIGHT $4 LEFT");
    assert!(move_at.expect("the move is logged") > pop_at, "{log}");
}

#[test]
fn what_waits_is_counted() {
    let server = Server::start();
    let _first = waiting(&server, "BLPOP a b 0");
    let _second = waiting(&server, "BLPOP b c 1000");
    let info = server.client().run("INFO clients").text();
    for line in [
        "blocked_clients:2",
        "clients_in_timeout_table:1",
        "total_blocking_keys:3",
    ] {
        assert!(info.contains(&format!("{line}\r\n")), "{line} in {info}");
    }
}

#[test]
fn a_pause_does_not_keep_time_from_ending_a_wait() {
    let server = Server::start();
    let mut client = waiting(&server, "BLPOP k 0.3");
    let mut other = server.client();
    other.check("CLIENT PAUSE 60000 WRITE", "+OK");
    expect(&mut client, "nil[]");
    other.check("CLIENT UNPAUSE", "+OK");
}

#[test]
fn monitors_see_a_command_when_it_comes_and_statistics_once_it_is_answered() {
    let server = Server::start();
    let mut monitor = server.client();
    monitor.check("MONITOR", "+OK");
    let mut client = server.client();
    client.send("BLPOP k 0");
    let shown = monitor.read().text();
    assert!(shown.ends_with("\"BLPOP\" \"k\" \"0\""), "{shown}");
    server.client().check("RPUSH k v", ":1");
    expect(&mut client, "['k', 'v']");
    let stats = server.client().run("INFO commandstats").text();
    assert!(stats.contains("cmdstat_blpop:calls=1,"), "{stats}");
}
