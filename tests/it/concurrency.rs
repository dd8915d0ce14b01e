//! Many connections at once: nobody ever sees a change half done.
//!
//! Every scene runs writers and readers side by side for a fixed number of operations. Keys are spread over many
//! partitions on purpose; what several keys promise together is checked by readers while writers are at work.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Client, Reply, Server};

/// Operations per writer: a scene takes a second or two.
const ROUNDS: usize = 3_000;
const WRITERS: usize = 4;
const READERS: usize = 3;

/// Runs `write` on several connections, [`ROUNDS`] times each, while `read` is repeated on others.
fn scene(
    server: &Server,
    write: impl Fn(&mut Client, usize, usize) + Sync,
    read: impl Fn(&mut Client) + Sync,
) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                let mut client = server.client();
                while !done.load(Relaxed) {
                    read(&mut client);
                }
            });
        }
        let write = &write;
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                scope.spawn(move || {
                    let mut client = server.client();
                    (0..ROUNDS).for_each(|round| write(&mut client, writer, round));
                })
            })
            .collect();
        let outcomes: Vec<_> = writers
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        // Readers must stop even when a writer has failed.
        done.store(true, Relaxed);
        assert!(outcomes.iter().all(Result::is_ok), "a writer failed");
    });
}

/// Names of keys that live in different partitions.
fn spread(prefix: &str, count: usize) -> Vec<String> {
    (0..count)
        .map(|index| format!("{prefix}:{index}"))
        .collect()
}

#[test]
fn no_increment_is_lost() {
    let server = Server::start();
    let keys = spread("counter", 5);
    scene(
        &server,
        |client, writer, round| {
            client.run(&format!("INCR {}", keys[(writer + round) % keys.len()]));
        },
        |client| {
            client.run(&format!("MGET {}", keys.join(" ")));
        },
    );
    let total: i64 = keys
        .iter()
        .map(|key| {
            server
                .client()
                .run(&format!("GET {key}"))
                .text()
                .parse::<i64>()
                .expect("counters are numbers")
        })
        .sum();
    assert_eq!(total, (WRITERS * ROUNDS) as i64);
}

#[test]
fn mset_is_seen_whole() {
    let server = Server::start();
    let keys = spread("field", 10);
    let get = format!("MGET {}", keys.join(" "));
    scene(
        &server,
        |client, writer, round| {
            let pairs: Vec<String> = keys
                .iter()
                .map(|key| format!("{key} {writer}-{round}"))
                .collect();
            client.check(&format!("MSET {}", pairs.join(" ")), "+OK");
        },
        |client| {
            let values = client.run(&get);
            let all = values.items();
            assert!(all.iter().all(|value| *value == all[0]), "torn: {values}");
        },
    );
}

#[test]
fn msetnx_sets_all_or_none() {
    let server = Server::start();
    let (left, right) = (spread("left", 4), spread("right", 4));
    // Both sets of keys share one key, so only one of them can ever be there.
    let set = |side: &[String]| {
        let pairs: Vec<String> = side.iter().map(|key| format!("{key} v")).collect();
        format!("MSETNX shared v {}", pairs.join(" "))
    };
    let (set_left, set_right) = (set(&left), set(&right));
    let delete = format!("DEL shared {} {}", left.join(" "), right.join(" "));
    let get = format!("MGET shared {} {}", left.join(" "), right.join(" "));
    scene(
        &server,
        |client, writer, round| {
            if round % 3 == 2 {
                client.run(&delete);
            } else {
                client.run(if writer % 2 == 0 {
                    &set_left
                } else {
                    &set_right
                });
            }
        },
        |client| {
            let there: Vec<bool> = client
                .run(&get)
                .items()
                .iter()
                .map(|value| *value != Reply::NullBulk)
                .collect();
            let (shared, left, right) = (there[0], &there[1..5], &there[5..]);
            let whole =
                |side: &[bool]| side.iter().all(|there| *there) || !side.iter().any(|there| *there);
            assert!(
                whole(left)
                    && whole(right)
                    && (left[0] != right[0]) == shared
                    && !(left[0] && right[0]),
                "{there:?}"
            );
        },
    );
}

#[test]
fn renaming_never_shows_two_or_none() {
    let server = Server::start();
    let names = spread("name", 6);
    server
        .client()
        .check(&format!("SET {} treasure", names[0]), "+OK");
    let exists = format!("EXISTS {}", names.join(" "));
    scene(
        &server,
        |client, writer, round| {
            let (from, to) = (
                &names[(writer + round) % names.len()],
                &names[(writer * 5 + round * 7 + 1) % names.len()],
            );
            // Most of the time the treasure is elsewhere, which RENAME refuses.
            client.run(&format!("RENAME {from} {to}"));
        },
        |client| client.check(&exists, ":1"),
    );
}

#[test]
fn bitop_and_copy_read_one_moment() {
    let server = Server::start();
    let keys = spread("part", 3);
    let set_all = |value: &str| {
        let pairs: Vec<String> = keys.iter().map(|key| format!("{key} {value}")).collect();
        format!("MSET {}", pairs.join(" "))
    };
    server.client().check(&set_all("a"), "+OK");
    scene(
        &server,
        |client, writer, round| {
            let value = char::from(b'a' + ((writer + round) % 26) as u8).to_string();
            client.check(&set_all(&value), "+OK");
        },
        |client| {
            // Equal strings cancel out; strings of different moments do not.
            client.check(
                &format!("BITOP XOR {{own}}:x {} {}", keys[0], keys[1]),
                ":1",
            );
            client.check("GET {own}:x", r"'\x00'");
            client.check(&format!("COPY {} {{own}}:copy REPLACE", keys[2]), ":1");
        },
    );
}

#[test]
fn moving_between_databases_loses_nothing() {
    let server = Server::start();
    let keys = spread("traveller", 20);
    let mut client = server.client();
    for key in &keys {
        client.check(&format!("SET {key} v"), "+OK");
    }
    scene(
        &server,
        |client, writer, round| {
            let key = &keys[(writer * 7 + round) % keys.len()];
            let (here, there) = (round % 2, (round + 1) % 2);
            client.run(&format!("SELECT {here}"));
            client.run(&format!("MOVE {key} {there}"));
        },
        |client| {
            // A key is in one database or in the other: never in both, whatever was moved in between.
            let size = client.run("DBSIZE").int();
            assert!(size <= keys.len() as i64, "{size} of {} keys", keys.len());
        },
    );
    let first = client.run("DBSIZE").int();
    client.run("SELECT 1");
    assert_eq!(first + client.run("DBSIZE").int(), keys.len() as i64);
}

#[test]
fn flushing_and_swapping_take_everything_at_once() {
    let server = Server::start();
    let keys = spread("all", 12);
    let pairs: Vec<String> = keys.iter().map(|key| format!("{key} v")).collect();
    let (set, exists) = (
        format!("MSET {}", pairs.join(" ")),
        format!("EXISTS {}", keys.join(" ")),
    );
    scene(
        &server,
        |client, writer, round| {
            let line = match (writer, round % 20) {
                (0, 0) => "FLUSHALL",
                (1, 0) => "FLUSHDB ASYNC",
                (2, 0) => "SWAPDB 0 1",
                _ => &set,
            };
            client.check(line, "+OK");
        },
        |client| {
            let there = client.run(&exists).int();
            assert!(
                there == 0 || there == keys.len() as i64,
                "{there} of {} keys",
                keys.len()
            );
        },
    );
}

#[test]
fn a_slow_command_leaves_others_served() {
    for workers in ["1", "2"] {
        a_slow_command_leaves_others_served_by(workers);
    }
}

fn a_slow_command_leaves_others_served_by(workers: &str) {
    const ROUNDS: usize = 6;
    let server = Server::with(&["--io-threads", workers]);
    let (mut slow, mut other) = (server.client(), server.client());
    let mut waiting: Vec<_> = (0..3).map(|_| server.client()).collect();
    for first in (0..200_000).step_by(1000) {
        let numbers = (first..first + 1000).map(|number| (number * 7919 % 1_000_003).to_string());
        slow.run(&format!(
            "RPUSH l {}",
            numbers.collect::<Vec<_>>().join(" ")
        ));
    }
    let mut overtaken = 0;
    for _ in 0..ROUNDS {
        // Every thread but the one that waits for the sockets is asleep.
        thread::sleep(Duration::from_millis(50));
        let started = Instant::now();
        slow.send("SORT l ALPHA LIMIT 0 1");
        thread::sleep(Duration::from_millis(5));
        // Not even those keep others waiting who wait for the key.
        for client in &mut waiting {
            client.send("LINDEX l 0");
        }
        thread::sleep(Duration::from_millis(5));
        other.check("PING", "+PONG");
        let answered = started.elapsed();
        slow.read();
        overtaken += usize::from(answered * 2 < started.elapsed());
        for client in &mut waiting {
            assert_eq!(client.read().text(), "0");
        }
    }
    assert!(
        overtaken + 1 >= ROUNDS,
        "{overtaken} of {ROUNDS} times by {workers}"
    );
}
