//! Keyspace notifications: which events are published, where, and in which order.

use crate::harness::{Client, Talk};

/// A connection that gets the events of these classes.
fn listener(t: &mut Talk, classes: &str, pattern: &str) -> Client {
    t.check(
        &format!("CONFIG SET notify-keyspace-events {classes}"),
        "+OK",
    );
    let mut client = t.server.client();
    client.run(&format!("PSUBSCRIBE {pattern}"));
    client
}

/// The next events as `channel text`, without the prefix of the channel.
#[track_caller]
fn check_events(client: &mut Client, expected: &[&str]) {
    for expected in expected {
        let message = client.read();
        let [_, _, channel, text] = message.items() else {
            panic!("an event, not {message}")
        };
        let (channel, text) = (channel.to_string(), text.to_string());
        let event = format!("{} {}", channel.trim_matches('\''), text.trim_matches('\''));
        assert_eq!(event, *expected);
    }
}

#[test]
fn events_go_to_the_channels_of_the_key_and_of_the_event() {
    let mut t = Talk::new();
    let mut events = listener(&mut t, "KEA", "__key*__:*");
    t.check("SET k v", "+OK");
    t.check("SELECT 1", "+OK");
    t.check("LPUSH l a", ":1");
    t.check("LPOP l", "'a'");
    check_events(
        &mut events,
        &[
            "__keyspace@0__:k set",
            "__keyevent@0__:set k",
            "__keyspace@1__:l lpush",
            "__keyevent@1__:lpush l",
            "__keyspace@1__:l lpop",
            "__keyevent@1__:lpop l",
            "__keyspace@1__:l del",
            "__keyevent@1__:del l",
        ],
    );
}

#[test]
fn only_the_classes_asked_for_are_published() {
    let mut t = Talk::new();
    let mut events = listener(&mut t, "Els", "__keyevent*");
    t.check("SET k v", "+OK");
    t.check("RPUSH l a b", ":2");
    t.check("SADD s a b", ":2");
    t.check("DEL l", ":1");
    t.check("SMOVE s t a", ":1");
    check_events(
        &mut events,
        &[
            "__keyevent@0__:rpush l",
            "__keyevent@0__:sadd s",
            "__keyevent@0__:srem s",
            "__keyevent@0__:sadd t",
        ],
    );
}

#[test]
fn lists_and_sets_publish_every_change() {
    let mut t = Talk::new();
    let mut events = listener(&mut t, "KAn", "__keyspace*");
    t.check_all(&[
        ("RPUSH l a b c", ":3"),
        ("LSET l 0 x", "+OK"),
        ("LINSERT l BEFORE b y", ":4"),
        ("LREM l 0 y", ":1"),
        ("LTRIM l 0 5", "+OK"),
        ("LMOVE l m LEFT RIGHT", "'x'"),
        ("LMPOP 1 l LEFT COUNT 9", "['l', ['b', 'c']]"),
        ("SADD s 1", ":1"),
        ("SADD s 1", ":0"),
        ("SUNIONSTORE u s", ":1"),
        ("SINTERSTORE u s missing", ":0"),
        ("SPOP s 5", "['1']"),
    ]);
    let on = |key: &str, names: &[&str]| -> Vec<String> {
        names
            .iter()
            .map(|name| format!("__keyspace@0__:{key} {name}"))
            .collect()
    };
    let expected = [
        on("l", &["new", "rpush", "lset", "linsert", "lrem", "ltrim"]),
        on("m", &["new", "rpush"]),
        on("l", &["lpop", "lpop", "del"]),
        on("s", &["new", "sadd"]),
        on("u", &["new", "sunionstore", "del"]),
        on("s", &["spop", "del"]),
    ]
    .concat();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check_events(&mut events, &expected);
}

#[test]
fn keys_that_expire_are_published() {
    let mut t = Talk::new();
    let mut events = listener(&mut t, "Ex", "__keyevent*");
    t.check("SET k v PX 1", "+OK");
    check_events(&mut events, &["__keyevent@0__:expired k"]);
}

#[test]
fn nothing_is_published_unless_asked_for() {
    let mut t = Talk::new();
    let mut events = listener(&mut t, "\"\"", "*");
    t.check("SET k v", "+OK");
    t.check("PUBLISH c end", ":1");
    check_events(&mut events, &["c end"]);
}
