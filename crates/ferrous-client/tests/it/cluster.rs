//! A cluster of two nodes that move a slot between them.

use std::sync::{Arc, Mutex};

use ferrous_client::{Address, Cluster, Value, key_slot};

use crate::scripted::Scripted;

/// The first node knows both, the second serves all keys; `foo` is where `redirection` says.
fn nodes(redirection: &'static str) -> (Scripted, Scripted) {
    let second = Scripted::start(|command| {
        match command {
            "ASKING" | "SET foo 1" => "+OK\r\n",
            "GET bar" => "$1\r\nb\r\n",
            _ => "-ERR no\r\n",
        }
        .to_owned()
    });
    let port = match &second.target.address {
        Address::Tcp { port, .. } => *port,
        Address::Unix(_) => unreachable!("the scripted server listens on TCP"),
    };
    let own = Arc::new(Mutex::new(0));
    let shared = own.clone();
    let first = Scripted::start(move |command| match command {
        "CLUSTER NODES" => {
            let lines = format!(
                "aaa 127.0.0.1:{}@1 myself,master - 0 0 1 connected 12000-16383\n\
                 bbb 127.0.0.1:{port}@1 master - 0 0 2 connected 0-11999\n\
                 ccc 127.0.0.1:1@1 slave,fail bbb 0 0 2 disconnected\n",
                shared.lock().unwrap()
            );
            format!("${}\r\n{lines}\r\n", lines.len())
        }
        "SET foo 1" => format!("-{redirection} {} 127.0.0.1:{port}\r\n", key_slot(b"foo")),
        "PING" => "+PONG\r\n".to_owned(),
        _ => "-ERR no\r\n".to_owned(),
    });
    if let Address::Tcp { port, .. } = &first.target.address {
        *own.lock().unwrap() = *port;
    }
    (first, second)
}

#[test]
fn commands_go_to_the_owner_of_their_key() {
    let (first, second) = nodes("MOVED");
    let mut cluster = Cluster::connect(&first.target).unwrap();
    let known: Vec<_> = cluster
        .nodes()
        .iter()
        .map(|node| (node.id.as_str(), node.is_replica, node.is_down))
        .collect();
    assert_eq!(
        known,
        [
            ("aaa", false, false),
            ("bbb", false, false),
            ("ccc", true, true)
        ]
    );
    assert_eq!(cluster.owner(0), Some(&second.target.address));
    let reply = cluster.call(Some(b"bar"), &["GET", "bar"]).unwrap();
    assert_eq!(reply, Value::Bulk(b"b".to_vec()));
    assert_eq!(
        cluster.call(None, &["PING"]).unwrap(),
        Value::Simple(b"PONG".to_vec())
    );
    // MOVED is followed, and remembered.
    for _ in 0..2 {
        let reply = cluster.call(Some(b"foo"), &["SET", "foo", "1"]).unwrap();
        assert_eq!(reply, Value::Simple(b"OK".to_vec()));
    }
    assert_eq!(second.heard(), ["GET bar", "SET foo 1", "SET foo 1"]);
    let asked = first.heard();
    assert_eq!(asked.iter().filter(|line| *line == "SET foo 1").count(), 1);
}

#[test]
fn ask_is_followed_once() {
    let (first, second) = nodes("ASK");
    let mut cluster = Cluster::connect(&first.target).unwrap();
    for _ in 0..2 {
        cluster.call(Some(b"foo"), &["SET", "foo", "1"]).unwrap();
    }
    assert_eq!(
        second.heard(),
        ["ASKING", "SET foo 1", "ASKING", "SET foo 1"]
    );
}
