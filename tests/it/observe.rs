//! What operators watch: SLOWLOG, COMMANDLOG, LATENCY, MONITOR.

use crate::harness::Talk;

#[test]
fn the_slow_log_remembers_what_took_long() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SLOWLOG LEN", ":0"),
        ("CONFIG SET slowlog-log-slower-than 0", "+OK"),
        ("CLIENT SETNAME me", "+OK"),
        ("SET k v", "+OK"),
        ("CONFIG SET slowlog-log-slower-than -1", "+OK"),
        ("GET k", "'v'"),
        ("SLOWLOG LEN", ":3"),
    ]);
    let entries = t.run("SLOWLOG GET 2");
    assert_eq!(entries.items().len(), 2);
    let set = entries.items()[0].items();
    assert_eq!((set.len(), set[0].int()), (6, 2));
    assert_eq!(set[3].to_string(), "['SET', 'k', 'v']");
    assert!(set[4].text().starts_with("127.0.0.1:"));
    assert_eq!(set[5].text(), "me");
    t.check(
        "SLOWLOG GET -2",
        "-ERR count should be greater than or equal to -1",
    );
    t.check(
        "SLOWLOG GET a",
        "-ERR count should be greater than or equal to -1",
    );
    t.check("SLOWLOG RESET", "+OK");
    t.check("SLOWLOG GET -1", "[]");
}

#[test]
fn logs_hide_secrets_and_clip_what_is_long() {
    let mut t = Talk::new();
    t.check("CONFIG SET slowlog-log-slower-than 0", "+OK");
    let long = "x".repeat(130);
    let many = ["k"; 40].join(" ");
    t.run(&format!("SET k {long}"));
    t.run(&format!("DEL {many}"));
    t.run("CONFIG SET requirepass secret");
    t.run("AUTH secret");
    let entries = t.run("SLOWLOG GET -1");
    let argv = |at: usize| entries.items()[at].items()[3].clone();
    assert_eq!(argv(0).to_string(), "['AUTH', '(redacted)']");
    assert_eq!(
        argv(1).to_string(),
        "['CONFIG', 'SET', 'requirepass', '(redacted)']"
    );
    assert_eq!(argv(2).items().len(), 32);
    assert_eq!(argv(2).items()[31].text(), "... (10 more arguments)");
    assert_eq!(
        argv(3).items()[2].text(),
        format!("{}... (2 more bytes)", &long[..128])
    );
}

#[test]
fn the_command_log_knows_large_requests_and_replies() {
    let mut t = Talk::new();
    t.check_all(&[
        ("CONFIG SET commandlog-request-larger-than 100", "+OK"),
        ("CONFIG SET commandlog-reply-larger-than 100", "+OK"),
    ]);
    t.run(&format!("SET k {}", "x".repeat(200)));
    t.run("GET k");
    t.check_all(&[
        ("COMMANDLOG LEN large-request", ":1"),
        ("COMMANDLOG LEN large-reply", ":1"),
        ("COMMANDLOG RESET large-reply", "+OK"),
        ("COMMANDLOG GET -1 large-reply", "[]"),
    ]);
    let unknown = "-ERR type should be one of the following: slow, large-request, large-reply";
    t.check("COMMANDLOG LEN fast", unknown);
}

#[test]
fn spikes_of_latency_are_remembered() {
    let mut t = Talk::with(&[
        "--enable-debug-command",
        "yes",
        "--latency-monitor-threshold",
        "10",
    ]);
    t.check("LATENCY LATEST", "[]");
    t.check(
        "LATENCY GRAPH command",
        "-ERR No samples available for event 'command'",
    );
    t.check("DEBUG SLEEP 0.02", "+OK");
    let latest = t.run("LATENCY LATEST");
    let spike = latest.items()[0].items();
    assert_eq!(spike[0].text(), "command");
    assert!(spike[2].int() >= 20 && spike[2] == spike[3], "{latest}");
    assert_eq!(
        t.run("LATENCY HISTORY command").items()[0].items()[1],
        spike[2]
    );
    assert!(
        t.run("LATENCY GRAPH command")
            .text()
            .starts_with("command - high ")
    );
    assert!(t.run("LATENCY DOCTOR").text().contains("command"));
    t.check("LATENCY RESET nothing command", ":1");
    t.check("LATENCY RESET", ":0");
    t.run("SET k v");
    let histogram = t.resp3.run("LATENCY HISTOGRAM set nothing");
    assert_eq!(histogram.field("set").field("calls").int(), 1);
}

#[test]
fn a_monitor_sees_every_command_but_no_secret() {
    let mut t = Talk::new();
    let mut monitor = t.server.client();
    monitor.check("MONITOR", "+OK");
    t.run("SET k \"a\\\"b\\r\\n\"");
    t.run("AUTH me secret");
    t.run("CONFIG GET port");
    t.run("SELECT 3");
    let mut seen = || {
        let line = monitor.read().text();
        let (_time, command) = line.split_once(' ').expect("the time comes first");
        command.to_owned()
    };
    let peer = t.resp2.run("CLIENT INFO").text();
    let peer = peer
        .split(' ')
        .find_map(|field| field.strip_prefix("addr="));
    let peer = peer.expect("a client has an address").to_owned();
    let expected = [
        format!("[0 {peer}] \"SET\" \"k\" \"a\\\"b\\r\\n\""),
        format!("[0 {peer}] \"AUTH\" \"(redacted)\" \"(redacted)\""),
        format!("[3 {peer}] \"SELECT\" \"3\""),
    ];
    for line in expected {
        assert_eq!(seen(), line);
    }
    drop(monitor);
    t.check("PING", "+PONG");
}

#[test]
fn a_monitor_sees_a_script_before_its_calls() {
    let mut t = Talk::new();
    let mut monitor = t.server.client();
    monitor.check("MONITOR", "+OK");
    t.run("EVAL \"return redis.call('SET', KEYS[1], 'v')\" 1 k");
    t.run("EVAL \"return error('no')\" 0");
    for expected in [
        "\"EVAL\" \"return redis.call('SET', KEYS[1], 'v')\" \"1\" \"k\"",
        "lua] \"SET\" \"k\" \"v\"",
        "\"EVAL\" \"return error('no')\" \"0\"",
    ] {
        let line = monitor.read().text();
        assert!(line.ends_with(expected), "{line}");
    }
}

#[test]
fn a_transaction_does_not_become_a_monitor() {
    let mut t = Talk::new();
    t.check("MULTI", "+OK");
    t.check("MONITOR", "+QUEUED");
    t.check(
        "EXEC",
        "[-ERR MONITOR isn't allowed for DENY BLOCKING client]",
    );
    t.check("PING", "+PONG");
}

#[test]
fn a_monitor_sees_a_script_once_however_often_it_is_tried() {
    let mut t = Talk::new();
    let mut monitor = t.server.client();
    monitor.check("MONITOR", "+OK");
    let mut long = t.server.client();
    long.send("EVAL \"for i = 1, 5e7 do end return redis.call('SET', KEYS[1], 'v')\" 1 k");
    assert!(monitor.read().text().contains("\"EVAL\""));
    // That it needs the key which the other holds for long shows only when it runs.
    t.check("EVAL \"return redis.call('GET', 'k')\" 1 {a}1", "'v'");
    t.run("PING");
    let mut shown = 0;
    loop {
        let line = monitor.read().text();
        if line.ends_with("\"PING\"") {
            break;
        }
        shown += usize::from(line.contains("\"EVAL\""));
    }
    assert_eq!(shown, 1);
}
