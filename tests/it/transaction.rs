//! `MULTI`, `EXEC`, `DISCARD`: what is queued, what is refused, what is one change.

use crate::harness::{Server, Talk, eventually};

#[test]
fn queued_commands_run_as_one() {
    let mut t = Talk::new();
    t.check_all(&[
        ("MULTI", "+OK"),
        ("SET a 1", "+QUEUED"),
        ("INCRBY a 4", "+QUEUED"),
        ("GET a", "+QUEUED"),
        ("GET nothing", "+QUEUED"),
        ("EXEC", "[+OK, :5, '5', nil]"),
        ("EXEC", "-ERR EXEC without MULTI"),
        ("MULTI", "+OK"),
        ("EXEC", "[]"),
    ]);
    t.resp3.check("MULTI", "+OK");
    t.resp3.check("GET nothing", "+QUEUED");
    t.resp3.check("EXEC", "[_]");
}

#[test]
fn an_error_while_running_leaves_the_others_alone() {
    Talk::new().check_all(&[
        ("SET s text", "+OK"),
        ("MULTI", "+OK"),
        ("INCR s", "+QUEUED"),
        ("SET other 1", "+QUEUED"),
        (
            "EXEC",
            "[-ERR value is not an integer or out of range, +OK]",
        ),
        ("GET other", "'1'"),
    ]);
}

#[test]
fn a_refusal_while_queueing_aborts() {
    let mut t = Talk::new();
    for (line, refusal) in [
        ("SET a", "-ERR wrong number of arguments for 'set' command"),
        (
            "NOSUCH",
            "-ERR unknown command 'NOSUCH', with args beginning with: ",
        ),
        ("SHUTDOWN", "-ERR Command not allowed inside a transaction"),
        (
            "DISCARD now",
            "-ERR wrong number of arguments for 'discard' command",
        ),
    ] {
        t.check_all(&[
            ("MULTI", "+OK"),
            ("SET a 1", "+QUEUED"),
            (line, refusal),
            (
                "EXEC",
                "-EXECABORT Transaction discarded because of previous errors.",
            ),
            ("GET a", "nil"),
            ("EXEC", "-ERR EXEC without MULTI"),
        ]);
    }
}

#[test]
fn a_refused_exec_ends_the_transaction() {
    let refusal =
        "-EXECABORT Transaction discarded because of: wrong number of arguments for 'exec' command";
    Talk::new().check_all(&[
        ("EXEC now", refusal),
        ("MULTI", "+OK"),
        ("EXEC now", refusal),
        ("EXEC", "-ERR EXEC without MULTI"),
    ]);
}

#[test]
fn some_commands_are_never_queued() {
    Talk::new().check_all(&[
        ("MULTI", "+OK"),
        ("MULTI", "-ERR MULTI calls can not be nested"),
        ("WATCH k", "-ERR WATCH inside MULTI is not allowed"),
        ("UNWATCH", "+QUEUED"),
        ("SET a 1", "+QUEUED"),
        // Neither of the two refusals aborts it.
        ("EXEC", "[+OK, +OK]"),
        ("MULTI", "+OK"),
        ("SET a 2", "+QUEUED"),
        ("DISCARD", "+OK"),
        ("DISCARD", "-ERR DISCARD without MULTI"),
        ("GET a", "'1'"),
        ("MULTI", "+OK"),
        ("RESET", "+RESET"),
        ("EXEC", "-ERR EXEC without MULTI"),
    ]);
}

#[test]
fn the_connection_may_change_on_the_way() {
    Talk::new().check_all(&[
        ("MULTI", "+OK"),
        ("SET k zero", "+QUEUED"),
        ("SELECT 5", "+QUEUED"),
        ("SET k five", "+QUEUED"),
        ("EXEC", "[+OK, +OK, +OK]"),
        ("GET k", "'five'"),
        ("SELECT 0", "+OK"),
        ("GET k", "'zero'"),
    ]);
    let mut t = Talk::new();
    t.check("MULTI", "+OK");
    t.check("GET k", "+QUEUED");
    t.check("HELLO 3", "+QUEUED");
    t.check("GET k", "+QUEUED");
    let replies = t.run("EXEC");
    let kinds: Vec<String> = replies.items().iter().map(ToString::to_string).collect();
    assert_eq!((&*kinds[0], &*kinds[2]), ("nil", "_"));
}

/// Commands over everything find the partitions held and must not wait for themselves.
#[test]
fn commands_over_everything_run_inside() {
    let mut t = Talk::with(&["--enable-debug-command", "yes"]);
    t.check("MSET a 1 b 2 c 3", "+OK");
    let lines = [
        "DBSIZE",
        "KEYS a",
        "SCAN 0 COUNT 1000",
        "RANDOMKEY",
        "INFO everything",
        "MEMORY STATS",
        "MEMORY DOCTOR",
        "DEBUG DIGEST",
        "DEBUG DIGEST-VALUE a b",
        "DEBUG HTSTATS 0",
        "DEBUG OBJECT a",
        "DEBUG SLEEP 0",
        "DEBUG POPULATE 10",
        "CONFIG GET maxmemory",
        "CLIENT LIST",
        "SWAPDB 0 1",
        "SWAPDB 0 1",
        "FLUSHALL",
        "DBSIZE",
    ];
    t.check("MULTI", "+OK");
    for line in lines {
        t.check(line, "+QUEUED");
    }
    let replies = t.run("EXEC");
    let replies: Vec<String> = replies.items().iter().map(ToString::to_string).collect();
    assert_eq!(replies.len(), lines.len());
    assert_eq!((&*replies[0], &*replies[1]), (":3", "['a']"));
    assert!(replies[4].contains("db0:keys=3"), "{}", replies[4]);
    assert_eq!(&replies[15..], ["+OK", "+OK", "+OK", ":0"]);
    let refused = replies.iter().find(|reply| reply.starts_with('-'));
    assert_eq!(refused, None);
}

/// A snapshot begins with every partition held, which a transaction has: it is put off, or refused.
#[test]
fn snapshots_wait_for_the_end_of_a_transaction() {
    let mut t = Talk::with(&["--enable-debug-command", "yes"]);
    for line in [
        "MULTI",
        "SET a 1",
        "BGSAVE",
        "BGREWRITEAOF",
        "WAITAOF 0 1 0",
        "CONFIG SET appendonly yes",
        "DEBUG RELOAD",
        "LASTSAVE",
    ] {
        t.run(line);
    }
    let replies = t.run("EXEC");
    let replies: Vec<String> = replies.items().iter().map(ToString::to_string).collect();
    assert_eq!(
        &replies[..4],
        [
            "+OK",
            "+Background saving scheduled",
            "+Background append only file rewriting scheduled",
            "[:0, :0]"
        ]
    );
    assert!(replies[4].contains("snapshot"), "{}", replies[4]);
    assert!(replies[5].starts_with("-ERR"), "{}", replies[5]);
    eventually("the snapshot is written", || {
        t.run("INFO persistence")
            .text()
            .contains("rdb_last_bgsave_status:ok")
            && t.server.file("dump.rdb").exists()
    });
}

#[test]
fn memory_is_asked_for_when_queueing_and_when_running() {
    let mut t = Talk::new();
    let oom = "-OOM command not allowed when used memory > 'maxmemory'.";
    t.check("MULTI", "+OK");
    t.check("SET a 1", "+QUEUED");
    t.resp3.check("CONFIG SET maxmemory 1", "+OK");
    t.check(
        "EXEC",
        "-EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.",
    );
    // The queue takes memory itself, so it takes no reads either.
    t.check("MULTI", "+OK");
    t.check("GET a", oom);
    t.check("DISCARD", "+OK");
    t.resp3.check("CONFIG SET maxmemory 0", "+OK");
    t.check("MULTI", "+OK");
    t.check("GET a", "+QUEUED");
    t.resp3.check("CONFIG SET maxmemory 1", "+OK");
    t.check("EXEC", "[nil]");
}

#[test]
fn others_see_how_far_it_has_come() {
    let server = Server::start();
    let (mut client, mut other) = (server.client(), server.client());
    let id = client.run("CLIENT ID").int();
    let mut line = |field: &str| {
        let list = other.run(&format!("CLIENT LIST ID {id}")).text();
        let prefix = format!("{field}=");
        let found = list
            .split_whitespace()
            .find_map(|word| word.strip_prefix(&prefix));
        found.expect("it is listed").to_owned()
    };
    assert_eq!((line("multi"), line("watch")), ("-1".into(), "0".into()));
    client.check("WATCH a b", "+OK");
    client.check("MULTI", "+OK");
    client.check("SET a 1", "+QUEUED");
    client.check("SET b 1", "+QUEUED");
    assert_eq!((line("multi"), line("watch")), ("2".into(), "2".into()));
    assert_eq!(line("flags"), "x");
    assert_ne!(line("multi-mem"), "0");
    server.client().check("SET b 2", "+OK");
    assert_eq!((line("flags"), line("watch")), ("xd".into(), "0".into()));
    client.check("EXEC", "nil[]");
    assert_eq!((line("flags"), line("multi")), ("N".into(), "-1".into()));
}

#[test]
fn each_command_is_counted_and_monitored_in_order() {
    let server = Server::start();
    let mut monitor = server.client();
    monitor.check("MONITOR", "+OK");
    let mut client = server.client();
    client.check("CONFIG RESETSTAT", "+OK");
    for line in ["MULTI", "SET a 1", "GET a", "EXEC"] {
        client.run(line);
    }
    let mut shown = Vec::new();
    while shown.last().is_none_or(|last| last != "\"EXEC\"") {
        let line = monitor.read().text();
        shown.push(line.split_once("] ").expect("it has a head").1.to_owned());
    }
    assert_eq!(
        shown,
        [
            "\"MULTI\"",
            "\"SET\" \"a\" \"1\"",
            "\"GET\" \"a\"",
            "\"EXEC\""
        ]
    );
    let stats = client.run("INFO commandstats").text();
    for name in ["multi", "set", "get", "exec"] {
        assert!(
            stats.contains(&format!("cmdstat_{name}:calls=1,")),
            "{name} in {stats}"
        );
    }
}

#[test]
fn replies_may_be_switched_off() {
    let server = Server::start();
    let mut client = server.client();
    client.send("CLIENT REPLY OFF");
    for line in ["MULTI", "SET a 1", "EXEC", "CLIENT REPLY ON"] {
        client.send(line);
    }
    assert_eq!(client.read().to_string(), "+OK");
    client.check("GET a", "'1'");
}

#[test]
fn a_pause_holds_back_what_would_write() {
    let server = Server::start();
    let (mut client, mut other) = (server.client(), server.client());
    client.check("MULTI", "+OK");
    client.check("SET a 1", "+QUEUED");
    other.check("CLIENT PAUSE 60000 WRITE", "+OK");
    client.send("EXEC");
    eventually("EXEC waits", || {
        other
            .run("INFO clients")
            .text()
            .contains("blocked_clients:1")
    });
    other.check("GET a", "nil");
    other.check("CLIENT UNPAUSE", "+OK");
    assert_eq!(client.read().to_string(), "[+OK]");
}
