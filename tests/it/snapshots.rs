//! A snapshot under load is the state at its start: it is compared with a model.
//!
//! Each writer has keys of its own, of every type, small and huge, and changes all of them in one transaction after the
//! other. What its keys hold after `n` transactions depends on `n` alone, and one key holds `n`: so a second server, on
//! which nobody else writes, shows what the snapshot has to hold.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread;

use crate::harness::{Client, Reply, Server, eventually};

const WRITERS: usize = 3;
const SMALL: u64 = 800;
const HUGE: u64 = 12_000;

/// Nodes are small, so that huge collections have many of them and are told in pieces.
const OPTIONS: [&str; 6] = [
    "--enable-debug-command",
    "yes",
    "--list-max-listpack-size",
    "8",
    "--stream-node-max-entries",
    "8",
];

/// The keys of a writer beside the small strings.
const KEYS: [&str; 13] = [
    "count",
    "text",
    "list",
    "hash",
    "set",
    "ints",
    "zset",
    "stream",
    "huge-list",
    "huge-hash",
    "huge-set",
    "huge-zset",
    "huge-stream",
];

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// Runs commands at once, none of which may fail.
#[track_caller]
fn run_all(client: &mut Client, commands: &[Vec<String>]) {
    let replies = client.pipeline(commands).expect("the server answers");
    let failed = commands
        .iter()
        .zip(&replies)
        .find(|(_, reply)| reply.is_error());
    assert!(failed.is_none(), "{failed:?}");
}

/// Makes what a writer begins with.
fn prepare(client: &mut Client, writer: usize) {
    let key = |name: &str| format!("{writer}:{name}");
    let range =
        |format: &dyn Fn(u64) -> String| (0..HUGE).map(format).collect::<Vec<_>>().join(" ");
    let mut commands: Vec<_> = (0..SMALL)
        .map(|number| words(&format!("SET {writer}:{number} initial")))
        .collect();
    let elements = range(&|number| format!("element:{number:020}"));
    let pairs = range(&|number| format!("field:{number} value:{number:020}"));
    let scores = range(&|number| format!("{number} member:{number:020}"));
    commands.extend(
        [
            format!("RPUSH {} {elements}", key("huge-list")),
            format!("SADD {} {elements}", key("huge-set")),
            format!("HSET {} {pairs}", key("huge-hash")),
            format!("ZADD {} {scores}", key("huge-zset")),
            format!("XGROUP CREATE {} readers $ MKSTREAM", key("stream")),
        ]
        .map(|line| words(&line)),
    );
    for id in 1..=HUGE {
        commands.push(words(&format!("XADD {} {id}-1 f {id}", key("huge-stream"))));
    }
    run_all(client, &commands);
}

/// The `n`th transaction of a writer.
fn transaction(writer: usize, n: u64) -> Vec<Vec<String>> {
    let key = |name: &str| format!("{writer}:{name}");
    let (small, far) = (n * 31 % SMALL, 4_102_444_800_000 + n);
    let at = n * 7919 % HUGE;
    let mut lines = vec![
        "MULTI".to_owned(),
        format!("INCR {}", key("count")),
        format!("SET {} {n} PXAT {far}", key("text")),
        format!("RPUSH {} {n}", key("list")),
        format!("LTRIM {} -40 -1", key("list")),
        format!("HSET {} f{} {n} last {n}", key("hash"), n % 50),
        format!("SADD {} m{} m{n}", key("set"), n % 97),
        format!("SREM {} m{}", key("set"), n.saturating_sub(30)),
        format!("SADD {} {n}", key("ints")),
        format!("SREM {} {}", key("ints"), n.saturating_sub(20)),
        format!("ZADD {} {n} m{}", key("zset"), n % 60),
        format!("XADD {} MAXLEN 60 {n}-1 f {n} g {}", key("stream"), n % 7),
        format!("XGROUP SETID {} readers {n}-1", key("stream")),
        format!("LSET {} {at} changed:{n}", key("huge-list")),
        format!("RPUSH {} {n}", key("huge-list")),
        format!("HSET {} field:{at} {n} new:{n} {n}", key("huge-hash")),
        format!("SADD {} {n}", key("huge-set")),
        format!("SREM {} element:{at:020}", key("huge-set")),
        format!("ZADD {} {n} member:{at:020} -{n} m{n}", key("huge-zset")),
        format!("XADD {} {}-1 f {n}", key("huge-stream"), HUGE + n),
        format!("XDEL {} {at}-1", key("huge-stream")),
    ];
    lines.push(match n % 3 {
        0 => format!("DEL {writer}:{small}"),
        1 => format!("APPEND {writer}:{small} {n}"),
        _ => format!("RENAME {writer}:text {writer}:{small}"),
    });
    // What is taken away whole is rebuilt from what takes its name.
    match n % 40 {
        7 => lines.push(format!("RENAME {} {}", key("huge-set"), key("set"))),
        17 => lines.push(format!("COPY {} {} REPLACE", key("huge-hash"), key("hash"))),
        27 => lines.push(format!("UNLINK {} {}", key("huge-zset"), key("zset"))),
        _ => {}
    }
    lines.push("EXEC".to_owned());
    lines.iter().map(|line| words(line)).collect()
}

/// What is known of a writer's keys: how many transactions there were, and a fingerprint of everything.
fn state(client: &mut Client, writer: usize) -> (u64, Vec<Reply>) {
    let mut keys: Vec<String> = KEYS.iter().map(|name| format!("{writer}:{name}")).collect();
    keys.extend((0..SMALL).map(|number| format!("{writer}:{number}")));
    let digests = [words("DEBUG DIGEST-VALUE"), keys.clone()].concat();
    let mut commands = vec![digests];
    commands.extend(
        keys.into_iter()
            .map(|key| vec!["PEXPIRETIME".to_owned(), key]),
    );
    let state = client.pipeline(&commands).expect("the server answers");
    let count = client.run(&format!("GET {writer}:count"));
    let count = match count {
        Reply::NullBulk => 0,
        count => count.text().parse().expect("it counts"),
    };
    (count, state)
}

/// How far a writer is.
#[derive(Default)]
struct Place {
    sent: AtomicU64,
    acknowledged: AtomicU64,
}

/// Saves by `command` while everybody writes, and compares what is loaded with the model.
fn check(command: &str) {
    let mut server = Server::with(&OPTIONS);
    let mut client = server.client();
    (0..WRITERS).for_each(|writer| prepare(&mut client, writer));
    // Some µs per key, so that the save takes long enough for writers to overtake it everywhere.
    client.check("CONFIG SET rdb-key-save-delay 100", "+OK");
    let places: [Place; WRITERS] = Default::default();
    let over = AtomicBool::new(false);
    let bounds = thread::scope(|scope| {
        for (writer, place) in places.iter().enumerate() {
            let (server, over) = (&server, &over);
            scope.spawn(move || {
                let mut client = server.client();
                for n in 1.. {
                    if over.load(SeqCst) {
                        break;
                    }
                    place.sent.store(n, SeqCst);
                    run_all(&mut client, &transaction(writer, n));
                    place.acknowledged.store(n, SeqCst);
                }
            });
        }
        eventually("everybody writes", || {
            places
                .iter()
                .all(|place| place.acknowledged.load(SeqCst) > 20)
        });
        let least = places
            .each_ref()
            .map(|place| place.acknowledged.load(SeqCst));
        let reply = client.run(command);
        let most = places.each_ref().map(|place| place.sent.load(SeqCst));
        assert!(!reply.is_error(), "{reply}");
        eventually("the save is over", || {
            let info = client.run("INFO persistence").text();
            info.contains("rdb_bgsave_in_progress:0") && info.contains("rdb_saves:1")
        });
        over.store(true, SeqCst);
        (least, most)
    });
    server.again(&OPTIONS);
    let mut client = server.client();
    let loaded: Vec<_> = (0..WRITERS)
        .map(|writer| state(&mut client, writer))
        .collect();
    let model = Server::with(&OPTIONS);
    let mut client = model.client();
    for (writer, (count, loaded)) in loaded.into_iter().enumerate() {
        let (least, most) = (bounds.0[writer], bounds.1[writer]);
        assert!((least..=most).contains(&count), "{least} {count} {most}");
        prepare(&mut client, writer);
        for n in 1..=count {
            run_all(&mut client, &transaction(writer, n));
        }
        assert_eq!(
            state(&mut client, writer).1,
            loaded,
            "writer {writer} after {count}"
        );
    }
}

#[test]
fn a_background_save_is_the_state_at_its_start() {
    check("BGSAVE");
}

#[test]
fn a_save_is_the_state_at_one_instant() {
    check("SAVE");
}

#[test]
fn a_huge_value_may_change_while_it_is_owed() {
    let mut server = Server::with(&OPTIONS);
    let mut client = server.client();
    prepare(&mut client, 0);
    let before = state(&mut client, 0);
    // So slow that everything is still owed.
    client.check("CONFIG SET rdb-key-save-delay 10000000", "+OK");
    client.run("BGSAVE");
    client.check("HSET 0:huge-hash new 1", ":1");
    client.check("HDEL 0:huge-hash field:7", ":1");
    client.check("EXPIRE 0:huge-set 1000", ":1");
    client.check("RENAME 0:huge-set 0:set", "+OK");
    client.check("LPUSH 0:huge-list new", &format!(":{}", HUGE + 1));
    client.check("DEL 0:huge-list", ":1");
    client.check(
        "EVAL return(redis.call('zadd',KEYS[1],1,'new')) 1 0:huge-zset",
        ":1",
    );
    client.check("MULTI", "+OK");
    client.check("XADD 0:huge-stream 99999-1 f v", "+QUEUED");
    client.check("EXEC", "['99999-1']");
    client.check("CONFIG SET rdb-key-save-delay 0", "+OK");
    eventually("the save is over", || {
        let info = client.run("INFO persistence").text();
        info.contains("rdb_bgsave_in_progress:0") && info.contains("rdb_saves:1")
    });
    server.again(&OPTIONS);
    assert_eq!(state(&mut server.client(), 0), before);
}
