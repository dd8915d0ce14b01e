//! Pub/Sub: subscriptions, messages in both protocols, and what becomes of listeners who do not read.

use crate::harness::{Server, Talk, eventually};

#[test]
fn subscriptions_are_confirmed_and_counted() {
    let mut t = Talk::new();
    let c = &mut t.resp2;
    c.send("SUBSCRIBE a b a");
    for expected in [
        "['subscribe', 'a', :1]",
        "['subscribe', 'b', :2]",
        "['subscribe', 'a', :2]",
    ] {
        assert_eq!(c.read().to_string(), expected);
    }
    c.check("PSUBSCRIBE n*", "['psubscribe', 'n*', :3]");
    c.check("SSUBSCRIBE s", "['ssubscribe', 's', :1]");
    c.check("UNSUBSCRIBE b nosuch", "['unsubscribe', 'b', :2]");
    assert_eq!(c.read().to_string(), "['unsubscribe', 'nosuch', :2]");
    c.check("UNSUBSCRIBE", "['unsubscribe', 'a', :1]");
    c.check("UNSUBSCRIBE", "['unsubscribe', nil, :1]");
    c.check("PUNSUBSCRIBE", "['punsubscribe', 'n*', :0]");
    c.check("SUNSUBSCRIBE s", "['sunsubscribe', 's', :0]");
    c.check("SUNSUBSCRIBE", "['sunsubscribe', nil, :0]");
    t.check3("SUBSCRIBE a", ">['subscribe', 'a', :1]");
    t.check3("UNSUBSCRIBE", ">['unsubscribe', 'a', :0]");
    t.check3("PUNSUBSCRIBE", ">['punsubscribe', _, :0]");
    t.check(
        "SUBSCRIBE",
        "-ERR wrong number of arguments for 'subscribe' command",
    );
}

#[test]
fn messages_reach_those_who_listen() {
    let mut t = Talk::new();
    let (mut old, mut new) = (t.server.client(), t.server.client3());
    old.check("SUBSCRIBE news", "['subscribe', 'news', :1]");
    old.check("PSUBSCRIBE n?ws", "['psubscribe', 'n?ws', :2]");
    new.check("SUBSCRIBE news", ">['subscribe', 'news', :1]");
    new.check("SSUBSCRIBE news", ">['ssubscribe', 'news', :1]");
    t.check("PUBLISH news hi", ":3");
    t.check("PUBLISH nows hi", ":1");
    t.check("PUBLISH quiet hi", ":0");
    t.check("SPUBLISH news shard", ":1");
    assert_eq!(old.read().to_string(), "['message', 'news', 'hi']");
    assert_eq!(old.read().to_string(), "['pmessage', 'n?ws', 'news', 'hi']");
    assert_eq!(old.read().to_string(), "['pmessage', 'n?ws', 'nows', 'hi']");
    assert_eq!(new.read().to_string(), ">['message', 'news', 'hi']");
    assert_eq!(new.read().to_string(), ">['smessage', 'news', 'shard']");
}

#[test]
fn messages_of_one_publisher_keep_their_order() {
    const MESSAGES: usize = 2000;
    let server = Server::start();
    let mut listeners = [server.client(), server.client3()];
    for listener in &mut listeners {
        listener.run("SUBSCRIBE c");
    }
    let commands: Vec<Vec<String>> = (0..MESSAGES)
        .map(|number| {
            ["PUBLISH", "c", &number.to_string()]
                .map(str::to_owned)
                .to_vec()
        })
        .collect();
    server.client().pipeline(&commands).unwrap();
    for listener in &mut listeners {
        for number in 0..MESSAGES {
            let message = listener.read();
            assert_eq!(message.items()[2].to_string(), format!("'{number}'"));
        }
    }
}

#[test]
fn a_listener_without_pushes_can_do_nothing_else() {
    let mut t = Talk::new();
    t.check("SUBSCRIBE a", "['subscribe', 'a', :1]");
    for (line, name) in [
        ("GET k", "get"),
        ("PUBSUB NUMPAT", "pubsub|numpat"),
        ("PUBLISH a b", "publish"),
    ] {
        t.check(
            line,
            &format!(
                "-ERR Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are \
                 allowed in this context"
            ),
        );
    }
    t.check("PING", "['pong', '']");
    t.check("PING hi", "['pong', 'hi']");
    t.check("RESET", "+RESET");
    t.check("PING", "+PONG");
    t.check("PUBLISH a b", ":0");
    t.check("SUBSCRIBE a", "['subscribe', 'a', :1]");
    t.check("UNSUBSCRIBE", "['unsubscribe', 'a', :0]");
    t.check("GET k", "nil");
}

#[test]
fn a_listener_with_pushes_gets_its_own_messages_first() {
    let mut t = Talk::new();
    t.check3("SUBSCRIBE a", ">['subscribe', 'a', :1]");
    t.check3("GET k", "_");
    t.check3("PUBLISH a hi", ">['message', 'a', 'hi']");
    assert_eq!(t.resp3.read().to_string(), ":1");
    t.resp3.send("CLIENT REPLY OFF");
    t.check3("SUBSCRIBE b", ">['subscribe', 'b', :2]");
    t.resp3.send("GET k");
    t.check3("CLIENT REPLY ON", "+OK");
}

#[test]
fn subscriptions_are_looked_at() {
    let mut t = Talk::new();
    let mut listener = t.server.client();
    listener.run("SUBSCRIBE a");
    listener.run("PSUBSCRIBE x*");
    listener.run("SSUBSCRIBE s");
    t.check_all(&[
        ("PUBSUB CHANNELS", "['a']"),
        ("PUBSUB CHANNELS b*", "[]"),
        ("PUBSUB SHARDCHANNELS", "['s']"),
        ("PUBSUB NUMSUB a b", "['a', :1, 'b', :0]"),
        ("PUBSUB NUMSUB", "[]"),
        ("PUBSUB SHARDNUMSUB s a", "['s', :1, 'a', :0]"),
        ("PUBSUB NUMPAT", ":1"),
        (
            "PUBSUB CHANNELS a b",
            "-ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.",
        ),
        (
            "PUBSUB NOSUCH",
            "-ERR unknown subcommand 'NOSUCH'. Try PUBSUB HELP.",
        ),
    ]);
    let info = t.run("INFO").to_string();
    for field in [
        "pubsub_channels:1",
        "pubsub_patterns:1",
        "pubsubshard_channels:1",
        "pubsub_clients:1",
    ] {
        assert!(info.contains(field), "{field}");
    }
    let list = t.run("CLIENT LIST TYPE pubsub").to_string();
    assert!(
        list.contains(" flags=P ") && list.contains(" sub=1 psub=1 ssub=1 "),
        "{list}"
    );
    drop(listener);
    eventually("the listener is forgotten", || {
        t.run("PUBSUB CHANNELS").items().is_empty()
    });
    t.check("PUBSUB NUMPAT", ":0");
}

#[test]
fn listeners_who_do_not_read_are_cut_and_others_are_not() {
    let server = Server::start();
    let (mut publisher, mut slow, mut good) = (server.client(), server.client(), server.client());
    publisher.check(
        "CONFIG SET client-output-buffer-limit \"pubsub 1mb 0 0\"",
        "+OK",
    );
    slow.run("SUBSCRIBE c");
    good.run("SUBSCRIBE c");
    let message = "m".repeat(20_000);
    let mut receivers = Vec::new();
    for _ in 0..1000 {
        receivers.push(publisher.run(&format!("PUBLISH c {message}")).to_string());
        assert_eq!(good.read().items().len(), 3);
    }
    assert_eq!(receivers.first().map(String::as_str), Some(":2"));
    assert_eq!(receivers.last().map(String::as_str), Some(":1"));
    let stats = publisher.run("INFO stats").to_string();
    assert!(
        stats.contains("client_output_buffer_limit_disconnections:1"),
        "{stats}"
    );
}

#[test]
fn replies_are_limited_too() {
    let server = Server::start();
    let (mut other, mut greedy) = (server.client(), server.client());
    other.check(
        "CONFIG SET client-output-buffer-limit \"normal 4mb 0 0\"",
        "+OK",
    );
    other.run(&format!("SET k {}", "x".repeat(1_000_000)));
    let commands = vec![vec!["GET", "k"]; 200];
    assert!(greedy.pipeline(&commands).is_err());
    other.check("STRLEN k", ":1000000");
}
