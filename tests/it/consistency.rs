//! What many connections see at once must be what they could have seen one after the other.
//!
//! Each scene runs for a second; `FERROUS_STRESS_SECONDS` makes it as long as it is worth, on a server with four workers.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{Client, Reply, Server};

const ACCOUNTS: usize = 8;
const BALANCE: i64 = 100;
const CLIENTS: usize = 4;

fn duration() -> Duration {
    let seconds = std::env::var("FERROUS_STRESS_SECONDS").ok();
    Duration::from_secs(seconds.and_then(|text| text.parse().ok()).unwrap_or(1))
}

fn server() -> Server {
    Server::with(&["--io-threads", "4"])
}

/// Runs `work` on [`CLIENTS`] connections, over and over until the time is up.
fn repeat(server: &Server, work: impl Fn(&mut Client, usize) + Sync) {
    let end = Instant::now() + duration();
    thread::scope(|scope| {
        for number in 0..CLIENTS {
            let work = &work;
            scope.spawn(move || {
                let mut client = server.client();
                while Instant::now() < end {
                    work(&mut client, number);
                }
            });
        }
    });
}

fn account(number: usize) -> String {
    format!("account:{number}")
}

fn open_accounts(server: &Server) -> String {
    let mut client = server.client();
    for number in 0..ACCOUNTS {
        client.check(&format!("SET {} {BALANCE}", account(number)), "+OK");
    }
    let names: Vec<String> = (0..ACCOUNTS).map(account).collect();
    format!("MGET {}", names.join(" "))
}

#[track_caller]
fn check_sum(balances: &Reply) {
    let balances = balances.items().iter().map(|balance| balance.text());
    let sum: i64 = balances
        .map(|text| text.parse::<i64>().expect("a balance is a number"))
        .sum();
    assert_eq!(sum, BALANCE * ACCOUNTS as i64);
}

fn two_accounts() -> (String, String) {
    let from = fastrand::usize(..ACCOUNTS);
    (
        account(from),
        account((from + fastrand::usize(1..ACCOUNTS)) % ACCOUNTS),
    )
}

#[test]
fn transfers_by_multi_keep_the_sum() {
    let server = server();
    let sum = open_accounts(&server);
    repeat(&server, |client, number| {
        if number == 0 {
            return check_sum(&client.run(&sum));
        }
        let (from, to) = two_accounts();
        client.check("MULTI", "+OK");
        client.check(&format!("DECRBY {from} 3"), "+QUEUED");
        client.check(&format!("INCRBY {to} 3"), "+QUEUED");
        client.check(&sum, "+QUEUED");
        check_sum(&client.run("EXEC").items()[2]);
    });
    check_sum(&server.client().run(&sum));
}

#[test]
fn transfers_by_watch_keep_the_sum_and_never_overdraw() {
    let server = server();
    let sum = open_accounts(&server);
    let (done, lost) = (AtomicUsize::new(0), AtomicUsize::new(0));
    repeat(&server, |client, _| {
        let (from, to) = two_accounts();
        client.check(&format!("WATCH {from} {to}"), "+OK");
        let read = |client: &mut Client, key: &str| -> i64 {
            let text = client.run(&format!("GET {key}")).text();
            text.parse().expect("a balance is a number")
        };
        let (rich, poor) = (read(client, &from), read(client, &to));
        assert!(rich >= 0 && poor >= 0, "{rich} {poor}");
        let amount = rich.min(fastrand::i64(1..40));
        client.check("MULTI", "+OK");
        client.check(&format!("SET {from} {}", rich - amount), "+QUEUED");
        client.check(&format!("SET {to} {}", poor + amount), "+QUEUED");
        match client.run("EXEC") {
            Reply::NullArray => lost.fetch_add(1, Relaxed),
            _ => done.fetch_add(1, Relaxed),
        };
        check_sum(&client.run(&sum));
    });
    check_sum(&server.client().run(&sum));
    assert!(done.into_inner() > 0 && lost.into_inner() > 0);
}

/// Even when the script declares only one of the two keys that it touches.
#[test]
fn transfers_by_scripts_keep_the_sum() {
    let server = server();
    let sum = open_accounts(&server);
    let body = "redis.call('DECRBY', KEYS[1], 3) redis.call('INCRBY', KEYS[2] or ARGV[1], 3)";
    let sum_body = "local all = 0 for _, value in ipairs(redis.call('MGET', unpack(KEYS))) do all = all + value end return all";
    let names = sum.trim_start_matches("MGET ");
    repeat(&server, |client, number| {
        let (from, to) = two_accounts();
        match number {
            0 => check_sum(&client.run(&sum)),
            1 => client.check(
                &format!("EVAL_RO \"{sum_body}\" {ACCOUNTS} {names}"),
                &format!(":{}", BALANCE * ACCOUNTS as i64),
            ),
            2 => client.check(&format!("EVAL \"{body}\" 2 {from} {to}"), "nil"),
            _ => client.check(&format!("EVAL \"{body}\" 1 {from} {to}"), "nil"),
        }
    });
    check_sum(&server.client().run(&sum));
}

#[test]
fn strings_set_together_are_read_together() {
    let server = server();
    let keys: Vec<String> = (0..10).map(|number| format!("part:{number}")).collect();
    let get = format!("MGET {}", keys.join(" "));
    let next = AtomicUsize::new(1);
    repeat(&server, |client, number| {
        if number % 2 == 0 {
            let value = next.fetch_add(1, Relaxed);
            let pairs: Vec<String> = keys.iter().map(|key| format!("{key} {value}")).collect();
            client.check(&format!("MSET {}", pairs.join(" ")), "+OK");
        }
        let values = client.run(&get);
        let values = values.items();
        assert!(
            values.iter().all(|value| *value == values[0]),
            "torn: {values:?}"
        );
    });
}

/// Every element is taken once, whichever way it goes, and those of one producer in their order.
#[test]
fn queues_lose_and_double_nothing() {
    const QUEUES: usize = 3;
    let server = server();
    let taken: Mutex<HashMap<String, usize>> = Mutex::default();
    let pushed = AtomicUsize::new(0);
    let over = AtomicBool::new(false);
    let end = Instant::now() + duration();
    let names: Vec<String> = (0..QUEUES)
        .map(|number| format!("queue:{number}"))
        .collect();
    thread::scope(|scope| {
        let producers: Vec<_> = (0..CLIENTS)
            .map(|producer| {
                let (server, names, pushed) = (&server, &names, &pushed);
                scope.spawn(move || {
                    let mut client = server.client();
                    let mut number = 0;
                    while Instant::now() < end {
                        let queue = &names[fastrand::usize(..QUEUES)];
                        let push = format!("RPUSH {queue} {producer}-{number}");
                        if number % 3 == 0 {
                            client.check("MULTI", "+OK");
                            client.check(&push, "+QUEUED");
                            client.run("EXEC");
                        } else {
                            client.run(&push);
                        }
                        number += 1;
                    }
                    pushed.fetch_add(number, Relaxed);
                })
            })
            .collect();
        for consumer in 0..CLIENTS {
            let (server, names, taken, over) = (&server, &names, &taken, &over);
            scope.spawn(move || {
                let mut client = server.client();
                let take = match consumer {
                    0 => format!("BLMOVE {} {} LEFT RIGHT 0.05", names[0], names[1]),
                    1 => format!("BLMPOP 0.05 {QUEUES} {} LEFT COUNT 5", names.join(" ")),
                    _ => format!("BLPOP {} 0.05", names.join(" ")),
                };
                loop {
                    match client.run(&take) {
                        Reply::NullArray | Reply::NullBulk if over.load(Relaxed) => break,
                        Reply::List(_, items) => {
                            let mut taken = taken.lock().expect("nobody panics holding it");
                            let elements = match &items[1] {
                                Reply::List(_, elements) => elements.clone(),
                                element => vec![element.clone()],
                            };
                            for element in elements {
                                *taken.entry(element.text()).or_default() += 1;
                            }
                        }
                        _ => {}
                    }
                }
            });
        }
        for producer in producers {
            producer.join().expect("a producer has finished");
        }
        over.store(true, Relaxed);
    });
    // A move may have put an element back just when everybody left.
    let left: i64 = names
        .iter()
        .map(|name| server.client().run(&format!("LLEN {name}")).int())
        .sum();
    let taken = taken.into_inner().expect("nobody panicked holding it");
    assert!(
        taken.values().all(|times| *times == 1),
        "an element was doubled"
    );
    assert_eq!(taken.len() + left as usize, pushed.into_inner());
}

/// Two registers that are only ever written together are only ever read together.
#[test]
fn transactions_are_seen_whole() {
    let server = server();
    server.client().check("MSET left 0 right 0", "+OK");
    let next = AtomicUsize::new(1);
    repeat(&server, |client, number| {
        client.check("MULTI", "+OK");
        let replies = if number % 2 == 0 {
            let value = next.fetch_add(1, Relaxed);
            client.run(&format!("SET left {value}"));
            client.run(&format!("SET right {value}"));
            client.run("EXEC");
            client.run("MGET left right")
        } else {
            client.run("GET right");
            client.run("GET left");
            client.run("EXEC")
        };
        let values = replies.items();
        assert_eq!(values[0], values[1]);
    });
}

/// An operation on a register: when it was asked for and answered, in nanoseconds, and the value.
#[derive(Clone, Copy)]
struct Operation {
    asked: u64,
    answered: u64,
    value: usize,
}

#[test]
fn registers_are_linearizable() {
    let server = server();
    server.client().check("SET register 0", "+OK");
    let begun = Instant::now();
    let next = AtomicUsize::new(1);
    let history = Mutex::new(vec![Operation {
        asked: 0,
        answered: 0,
        value: 0,
    }]);
    repeat(&server, |client, number| {
        let mut operations = Vec::with_capacity(100);
        for _ in 0..100 {
            let now = || begun.elapsed().as_nanos() as u64;
            let asked = now();
            let value = if number % 2 == 0 {
                let value = next.fetch_add(1, Relaxed);
                client.run(&format!("SET register {value}"));
                value
            } else {
                let text = client.run("GET register").text();
                text.parse().expect("only numbers are written")
            };
            operations.push(Operation {
                asked,
                answered: now(),
                value,
            });
        }
        let mut history = history.lock().expect("nobody panics holding it");
        history.extend(operations);
    });
    let history = history.into_inner().expect("nobody panicked holding it");
    assert_eq!(violation(&history), None);
}

/// Two values whose operations admit no order, when every value is written once.
///
/// A value is in the register from some moment at or before its first answer to one at or after its last question.
/// When the first comes before the second, that span belongs to the value alone; otherwise all its operations fit one
/// moment between, which must lie outside of others' spans (Gibbons and Korach 1997).
fn violation(history: &[Operation]) -> Option<(usize, usize)> {
    let mut values: HashMap<usize, (u64, u64)> = HashMap::new();
    for operation in history {
        let span = values.entry(operation.value).or_insert((u64::MAX, 0));
        span.0 = span.0.min(operation.answered);
        span.1 = span.1.max(operation.asked);
    }
    let mut owned: Vec<(u64, u64, usize)> = Vec::new();
    let mut moments = Vec::new();
    for (value, (first_answer, last_question)) in values {
        if first_answer < last_question {
            owned.push((first_answer, last_question, value));
        } else {
            moments.push((last_question, first_answer, value));
        }
    }
    owned.sort_unstable();
    let overlap = owned.windows(2).find(|pair| pair[1].0 < pair[0].1);
    if let Some(pair) = overlap {
        return Some((pair[0].2, pair[1].2));
    }
    moments.into_iter().find_map(|(from, to, value)| {
        let at = owned.partition_point(|(start, ..)| *start < from);
        let (_, end, other) = owned.get(at.checked_sub(1)?)?;
        (to < *end).then_some((*other, value))
    })
}

#[test]
fn the_checker_knows_a_stale_read() {
    let operation = |asked, answered, value| Operation {
        asked,
        answered,
        value,
    };
    let fine = [
        operation(0, 1, 0),
        operation(2, 5, 1),
        operation(3, 4, 0),
        operation(6, 7, 1),
    ];
    assert_eq!(violation(&fine), None);
    let stale = [
        operation(0, 1, 0),
        operation(2, 3, 1),
        operation(4, 5, 1),
        operation(6, 7, 0),
    ];
    assert!(violation(&stale).is_some());
    let back = [operation(0, 1, 0), operation(2, 3, 1), operation(4, 5, 0)];
    assert!(violation(&back).is_some());
}
