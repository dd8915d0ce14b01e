//! `XREAD` and `XREADGROUP` that wait: what serves them, what they are told when there is nothing left to wait for.

use std::time::{Duration, Instant};

use crate::blocking::{blocked, expect, waiting};
use crate::harness::{Client, Server, eventually};

/// Every way for an entry to come to be at `k` serves who waits there.
#[test]
fn whatever_makes_an_entry_serves_the_waiting() {
    for (before, line) in [
        ("PING", "XADD k 5-1 f v"),
        ("XADD l 5-1 f v", "RENAME l k"),
        ("XADD l 5-1 f v", "COPY l k"),
        ("PING", "MULTI;XADD k 5-1 f v;EXEC"),
        (
            "PING",
            "EVAL \"redis.call('XADD', 'k', '5-1', 'f', 'v')\" 0",
        ),
        ("SELECT 1;XADD k 5-1 f v", "MOVE k 0"),
        ("SELECT 1;XADD k 5-1 f v;SELECT 0", "SWAPDB 0 1"),
    ] {
        let server = Server::start();
        let mut other = server.client();
        for line in before.split(';') {
            other.run(line);
        }
        let mut client = waiting(&server, "XREAD BLOCK 0 STREAMS nothing k 0 0");
        let script = line.starts_with("EVAL");
        for line in line
            .split(';')
            .filter(|_| !script)
            .chain(script.then_some(line))
        {
            other.run(line);
        }
        expect(&mut client, "[['k', [['5-1', ['f', 'v']]]]]");
        eventually("nobody waits any more", || blocked(&server) == 0);
    }
}

#[test]
fn readers_all_get_the_entry() {
    let server = Server::start();
    let mut other = server.client();
    other.run("XADD k 1-1 old v");
    let mut first = waiting(&server, "XREAD BLOCK 0 STREAMS k $");
    let mut second = waiting(&server, "XREAD COUNT 1 BLOCK 0 STREAMS other k 0 $");
    let mut third = server.client3();
    third.send("XREAD BLOCK 0 STREAMS k 1-1");
    eventually("the client waits", || blocked(&server) == 3);
    // Something else at the key is nothing to them.
    for line in ["RENAME k kept", "SET k text", "DEL k", "RENAME kept k"] {
        other.run(line);
    }
    other.check("XADD k 2-1 f v", "'2-1'");
    for client in [&mut first, &mut second] {
        expect(client, "[['k', [['2-1', ['f', 'v']]]]]");
    }
    expect(&mut third, "{'k': [['2-1', ['f', 'v']]]}");
    // `$` is what it was when the call came.
    let mut late = waiting(&server, "XREAD BLOCK 0 STREAMS k $");
    other.run("MULTI");
    other.run("XADD k 3-1 f v");
    other.run("XADD k 4-1 f v");
    other.run("EXEC");
    expect(
        &mut late,
        "[['k', [['3-1', ['f', 'v']], ['4-1', ['f', 'v']]]]]",
    );
}

#[test]
fn consumers_share_in_the_order_in_which_they_came() {
    let server = Server::start();
    let mut other = server.client();
    other.check("XGROUP CREATE k g $ MKSTREAM", "+OK");
    let mut consumers: Vec<Client> = (0..3)
        .map(|number| {
            waiting(
                &server,
                &format!("XREADGROUP GROUP g c{number} COUNT 1 BLOCK 0 STREAMS k >"),
            )
        })
        .collect();
    for (number, consumer) in consumers.iter_mut().enumerate() {
        other.check(
            &format!("XADD k {}-1 f v", number + 1),
            &format!("'{}-1'", number + 1),
        );
        expect(
            consumer,
            &format!("[['k', [['{}-1', ['f', 'v']]]]]", number + 1),
        );
    }
    other.check(
        "XPENDING k g",
        "[:3, '1-1', '3-1', [['c0', '1'], ['c1', '1'], ['c2', '1']]]",
    );
    // One that is alone with many takes them all.
    let mut many = waiting(&server, "XREADGROUP GROUP g c0 BLOCK 0 NOACK STREAMS k >");
    for line in ["MULTI", "XADD k 4-1 f v", "XADD k 5-1 f v", "EXEC"] {
        other.run(line);
    }
    expect(
        &mut many,
        "[['k', [['4-1', ['f', 'v']], ['5-1', ['f', 'v']]]]]",
    );
    let pending = other.run("XPENDING k g - + 10 c0");
    assert_eq!(pending.items().len(), 1, "{pending}");
    // History never waits.
    other.check(
        "XREADGROUP GROUP g c1 BLOCK 0 STREAMS k 0",
        "[['k', [['2-1', ['f', 'v']]]]]",
    );
}

#[test]
fn consumers_are_told_when_there_is_nothing_to_wait_for() {
    let gone = "-UNBLOCKED the stream key no longer exists";
    let no_group = "-NOGROUP No such key 'k' or consumer group 'g' in XREADGROUP with GROUP option";
    for (line, reply) in [
        ("DEL k", gone),
        ("SET k text", gone),
        ("FLUSHALL", gone),
        ("RENAME k l", gone),
        ("PEXPIRE k 1", gone),
        ("XGROUP DESTROY k g", no_group),
    ] {
        let server = Server::start();
        let mut other = server.client();
        other.run("XGROUP CREATE k g $ MKSTREAM");
        let mut client = waiting(&server, "XREADGROUP GROUP g c BLOCK 0 STREAMS k >");
        other.run(line);
        expect(&mut client, reply);
        client.check("PING", "+PONG");
    }
}

#[test]
fn waits_end_by_themselves_and_by_hand() {
    let server = Server::start();
    let mut client = server.client();
    client.run("XADD k 1-1 f v");
    client.run("XGROUP CREATE k g $");
    let began = Instant::now();
    client.check("XREAD BLOCK 30 STREAMS k $", "nil[]");
    assert!(began.elapsed() >= Duration::from_millis(30));
    client.check("XREADGROUP GROUP g c BLOCK 10 STREAMS k >", "nil[]");
    server.client3().check("XREAD BLOCK 10 STREAMS k $", "_");
    client.check("XREAD BLOCK -1 STREAMS k $", "-ERR timeout is negative");
    client.check(
        "XREAD BLOCK x STREAMS k $",
        "-ERR timeout is not an integer or out of range",
    );
    client.run("MULTI");
    client.run("XREAD BLOCK 0 STREAMS k $");
    client.check("EXEC", "[nil[]]");
    client.check(
        "EVAL \"return redis.call('XREAD', 'BLOCK', 0, 'STREAMS', 'k', '$')\" 0",
        "nil",
    );
    let id = client.run("CLIENT ID").int();
    client.send("XREAD BLOCK 0 STREAMS k $");
    let mut other = server.client();
    eventually("the client waits", || blocked(&server) == 1);
    other.check(&format!("CLIENT UNBLOCK {id} ERROR"), ":1");
    expect(
        &mut client,
        "-UNBLOCKED client unblocked via CLIENT UNBLOCK",
    );
}

/// What a consumer was given while it waited is in the log.
#[test]
fn deliveries_are_logged() {
    let options = ["--appendonly", "yes", "--appendfsync", "always"];
    let mut server = Server::with(&options);
    let mut other = server.client();
    other.run("XGROUP CREATE k g $ MKSTREAM");
    let mut client = waiting(&server, "XREADGROUP GROUP g c BLOCK 0 STREAMS k >");
    other.run("XADD k 1-1 f v");
    expect(&mut client, "[['k', [['1-1', ['f', 'v']]]]]");
    server.again(&options);
    server
        .client()
        .check("XPENDING k g", "[:1, '1-1', '1-1', [['c', '1']]]");
}
