//! CLIENT: what connections are told about each other, and do to each other.

use crate::harness::{Client, Server, Talk, eventually};

const SYNTAX: &str = "-ERR syntax error";

#[test]
fn clients_have_names_and_libraries() {
    let mut t = Talk::new();
    t.check_both("CLIENT GETNAME", "nil", "_");
    t.check("CLIENT SETNAME worker-1", "+OK");
    t.check("CLIENT GETNAME", "'worker-1'");
    t.check(
        "CLIENT SETNAME \"a b\"",
        "-ERR Client names cannot contain spaces, newlines or special characters.",
    );
    t.check("CLIENT SETNAME \"\"", "+OK");
    t.check("CLIENT GETNAME", "nil");
    t.check("CLIENT SETINFO LIB-NAME mylib", "+OK");
    t.check("CLIENT SETINFO lib-ver 1.2", "+OK");
    let info = t.run("CLIENT INFO").text();
    assert!(info.contains("lib-name=mylib lib-ver=1.2"), "{info}");
    t.check("CLIENT SETINFO other x", "-ERR Unrecognized option 'other'");
    t.check(
        "CLIENT SETINFO lib-name \"a b\"",
        "-ERR lib-name cannot contain spaces, newlines or special characters.",
    );
}

#[test]
fn client_info_has_the_fields_tools_read() {
    let server = Server::start();
    let mut client = server.client();
    let id = client.run("CLIENT ID").int();
    client.run("CLIENT SETNAME me");
    client.run("SELECT 3");
    let info = client.run("CLIENT INFO").text();
    assert!(
        info.ends_with('\n') && info.lines().count() == 1,
        "{info:?}"
    );
    let fields: Vec<(&str, &str)> = info
        .split_whitespace()
        .map(|field| {
            field
                .split_once('=')
                .unwrap_or_else(|| panic!("{field:?} in {info}"))
        })
        .collect();
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let known = [
        "id",
        "addr",
        "laddr",
        "fd",
        "name",
        "age",
        "idle",
        "flags",
        "db",
        "sub",
        "psub",
        "ssub",
        "multi",
        "qbuf",
        "qbuf-free",
        "argv-mem",
        "multi-mem",
        "rbs",
        "rbp",
        "obl",
        "oll",
        "omem",
        "tot-mem",
        "events",
        "cmd",
        "user",
        "redir",
        "resp",
    ];
    // Newer servers put more between them, yet keep their order.
    let kept: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| known.contains(name))
        .collect();
    assert_eq!(kept, known);
    let value = |name: &str| {
        fields
            .iter()
            .find(|(field, _)| *field == name)
            .expect("just seen")
            .1
    };
    assert_eq!(value("id"), id.to_string());
    assert_eq!(value("laddr"), format!("127.0.0.1:{}", server.port()));
    assert_eq!(
        (value("name"), value("db"), value("flags")),
        ("me", "3", "N")
    );
    assert_eq!(
        (value("cmd"), value("user"), value("resp")),
        ("client|info", "default", "2")
    );
    assert_eq!(
        (value("multi"), value("sub"), value("redir")),
        ("-1", "0", "-1")
    );
}

#[test]
fn client_list_filters() {
    let server = Server::start();
    let (mut a, mut b) = (server.client(), server.client());
    let (first, second) = (a.run("CLIENT ID").int(), b.run("CLIENT ID").int());
    assert!(first < second);
    let mut ids = |line: &str| -> Vec<i64> {
        let list = a.run(line).text();
        list.lines()
            .filter_map(|client| client.strip_prefix("id=")?.split(' ').next()?.parse().ok())
            .collect()
    };
    assert_eq!(ids("CLIENT LIST"), [first, second]);
    assert_eq!(ids("CLIENT LIST TYPE normal"), [first, second]);
    assert!(ids("CLIENT LIST TYPE pubsub").is_empty());
    assert_eq!(ids(&format!("CLIENT LIST ID {second}")), [second]);
    assert_eq!(ids(&format!("CLIENT LIST ID 999999 {first}")), [first]);
    a.check(
        "CLIENT LIST TYPE nonsense",
        "-ERR Unknown client type 'nonsense'",
    );
    a.check("CLIENT LIST ID x", "-ERR Invalid client ID");
    a.check("CLIENT LIST NONSENSE", SYNTAX);
}

#[test]
fn clients_can_be_killed() {
    let server = Server::start();
    let mut killer = server.client();
    let mut victim = server.client();
    let id = victim.run("CLIENT ID").int();
    killer.check(&format!("CLIENT KILL ID {id}"), ":1");
    assert!(victim.is_closed());
    killer.check(&format!("CLIENT KILL ID {id}"), ":0");
    let mut victim = server.client();
    let info = victim.run("CLIENT INFO").text();
    let address = info
        .split("addr=")
        .nth(1)
        .and_then(|rest| rest.split(' ').next())
        .expect("it has an address");
    killer.check(&format!("CLIENT KILL {address}"), "+OK");
    assert!(victim.is_closed());
    killer.check(&format!("CLIENT KILL {address}"), "-ERR No such client");
    let mut others: Vec<_> = (0..3).map(|_| server.client()).collect();
    for other in &mut others {
        other.check("PING", "+PONG");
    }
    killer.check("CLIENT KILL TYPE normal", ":3");
    assert!(others.iter_mut().all(Client::is_closed));
    killer.check(
        "CLIENT KILL ID x",
        "-ERR client-id should be greater than 0",
    );
    killer.check("CLIENT KILL NONSENSE x", SYNTAX);
    killer.check(
        "CLIENT KILL TYPE nonsense",
        "-ERR Unknown client type 'nonsense'",
    );
    killer.check("CLIENT KILL USER nobody", "-ERR No such user 'nobody'");
    // Whoever kills itself still hears how many it were.
    killer.check("CLIENT KILL SKIPME no TYPE normal", ":1");
    assert!(killer.is_closed());
}

#[test]
fn replies_can_be_turned_off() {
    let server = Server::start();
    let mut client = server.client();
    client.send("CLIENT REPLY OFF");
    client.send("PING");
    client.send("SET k v");
    client.check("CLIENT REPLY ON", "+OK");
    client.check("GET k", "'v'");
    client.send("CLIENT REPLY SKIP");
    client.send("PING unheard");
    client.check("PING heard", "'heard'");
    client.check("CLIENT REPLY NONSENSE", SYNTAX);
}

#[test]
fn clients_can_be_paused() {
    let server = Server::start();
    let (mut boss, mut worker) = (server.client(), server.client());
    boss.check("CLIENT PAUSE 100000 WRITE", "+OK");
    worker.check("GET k", "nil");
    worker.send("SET k v");
    eventually("the writer waits", || {
        boss.run("INFO clients")
            .text()
            .contains("blocked_clients:1")
    });
    boss.check("GET k", "nil");
    boss.check("CLIENT UNPAUSE", "+OK");
    assert_eq!(worker.read().to_string(), "+OK");
    // A pause also ends by itself.
    boss.check("CLIENT PAUSE 50", "+OK");
    worker.check("SET k w", "+OK");
    boss.check(
        "CLIENT PAUSE x",
        "-ERR timeout is not an integer or out of range",
    );
    boss.check("CLIENT PAUSE -1", "-ERR timeout is negative");
}

/// A pause holds back the request that it is for, and nothing of the replies to those before.
#[test]
fn long_replies_arrive_while_clients_are_paused() {
    let server = Server::start();
    let (mut boss, mut worker) = (server.client(), server.client());
    boss.check("SETRANGE long 16777215 x", ":16777216");
    boss.check("CLIENT PAUSE 100000 WRITE", "+OK");
    worker
        .send_raw(b"GET long\r\nSET k v\r\n")
        .expect("the server listens");
    assert_eq!(worker.read().text().len(), 16 << 20);
    boss.check("GET k", "nil");
    boss.check("CLIENT UNPAUSE", "+OK");
    assert_eq!(worker.read().to_string(), "+OK");
}

/// Keys whose time has come are gone for who reads, and yet stay: a replica that takes over finds what its primary had.
#[test]
fn nothing_changes_while_clients_are_paused() {
    let server = Server::start();
    let (mut boss, mut reader) = (server.client(), server.client());
    boss.check("SET volatile v", "+OK");
    boss.check("PEXPIRE volatile 300", ":1");
    boss.check("SADD volatile:set a", ":1");
    boss.check("PEXPIRE volatile:set 300", ":1");
    boss.check("CLIENT PAUSE 100000 WRITE", "+OK");
    eventually("its time has come", || {
        reader.run("EXISTS volatile volatile:set").int() == 0
    });
    for (line, reply) in [
        ("GET volatile", "nil"),
        ("MGET volatile volatile:set", "[nil, nil]"),
        ("TTL volatile", ":-2"),
        ("TOUCH volatile", ":0"),
        ("SUNION volatile:set", "[]"),
        ("KEYS volatile*", "[]"),
        ("DBSIZE", ":2"),
    ] {
        reader.check(line, reply);
    }
    let expired = |client: &mut Client| {
        let stats = client.run("INFO stats").text();
        stats.contains("expired_keys:2\r\n")
    };
    assert!(!expired(&mut reader));
    // Who has no memory to give is not asked for it before the pause is over, either.
    boss.check("CONFIG SET maxmemory 1", "+OK");
    boss.check("GET volatile", "nil");
    boss.check("CONFIG SET maxmemory 0", "+OK");
    boss.check("CLIENT UNPAUSE", "+OK");
    eventually("they are removed", || expired(&mut reader));
}

#[test]
fn scripts_that_declare_to_write_nothing_are_not_paused() {
    let server = Server::start();
    let (mut boss, mut reader) = (server.client(), server.client());
    boss.check("CLIENT PAUSE 100000 WRITE", "+OK");
    let script = "EVAL \"#!lua flags=no-writes\\nreturn 12\" 0";
    reader.check(script, ":12");
    reader.check("MULTI", "+OK");
    reader.check(script, "+QUEUED");
    reader.check("EXEC", "[:12]");
    reader.send("EVAL \"#!lua\\nreturn 13\" 0");
    eventually("the other waits", || {
        let clients = boss.run("INFO clients").text();
        clients.contains("blocked_clients:1")
    });
    boss.check("CLIENT UNPAUSE", "+OK");
    assert_eq!(reader.read().to_string(), ":13");
}

#[test]
fn client_switches() {
    let mut t = Talk::new();
    t.check("CLIENT NO-EVICT on", "+OK");
    t.check("CLIENT NO-EVICT OFF", "+OK");
    t.check("CLIENT NO-EVICT maybe", SYNTAX);
    t.check("CLIENT NO-TOUCH on", "+OK");
    t.check("CLIENT NO-TOUCH off", "+OK");
    t.check("CLIENT UNBLOCK 999999", ":0");
    t.check(
        "CLIENT UNBLOCK x",
        "-ERR value is not an integer or out of range",
    );
    t.check(
        "CLIENT UNBLOCK 1 nonsense",
        "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
    );
    t.check(
        "CLIENT NOSUCH",
        "-ERR unknown subcommand 'NOSUCH'. Try CLIENT HELP.",
    );
    t.check(
        "CLIENT",
        "-ERR wrong number of arguments for 'client' command",
    );
    t.check(
        "CLIENT ID x",
        "-ERR wrong number of arguments for 'client|id' command",
    );
    let help = t.run("CLIENT HELP");
    assert_eq!(
        help.items()[0].text(),
        "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    );
    assert_eq!(
        help.items().last().expect("help says something").text(),
        "    Print this help."
    );
}
