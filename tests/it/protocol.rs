//! Requests as bytes: pipelines, inline commands, and every way to get them wrong.

use std::thread;

use crate::harness::{Server, Talk, eventually};

/// What the server says to these bytes before it closes the connection.
fn farewell(server: &Server, request: &[u8]) -> String {
    let mut client = server.client();
    // It may hang up in the middle of a long request.
    let _ = client.send_raw(request);
    String::from_utf8(client.read_to_close()).expect("errors are text")
}

/// What the server answers to these bytes when nothing follows them.
fn answer(server: &Server, request: &[u8]) -> String {
    let mut client = server.client();
    client
        .send_raw(request)
        .expect("a short request can be sent");
    client.finish_sending();
    String::from_utf8(client.read_to_close()).expect("these replies are text")
}

#[test]
fn malformed_requests_are_named_and_hung_up_on() {
    let server = Server::start();
    let long_line = [b"*".to_vec(), vec![b'1'; 70_000]].concat();
    let long_bulk = [b"*1\r\n$".to_vec(), vec![b'1'; 70_000]].concat();
    let long_inline = vec![b'a'; 70_000];
    let cases: &[(&[u8], &str)] = &[
        (b"*x\r\n", "invalid multibulk length"),
        (b"*1048577000000\r\n", "invalid multibulk length"),
        (b"*20000000000\r\n", "invalid multibulk length"),
        (b"*3 \r\n", "invalid multibulk length"),
        (b"*+3\r\n", "invalid multibulk length"),
        (b"*99999999999999999999999\r\n", "invalid multibulk length"),
        (b"*1\r\n:1\r\n", "expected '$', got ':'"),
        (b"*1\r\nPING\r\n", "expected '$', got 'P'"),
        (b"*2\r\n$3\r\nGET\r\n*1\r\n", "expected '$', got '*'"),
        (b"*1\r\n$-1\r\n", "invalid bulk length"),
        (b"*1\r\n$x\r\n", "invalid bulk length"),
        (b"*1\r\n$\r\n", "invalid bulk length"),
        (b"*1\r\n$ 4\r\nPING\r\n", "invalid bulk length"),
        (
            b"*3\r\n$3\r\nSET\r\n$1\r\nx\r\n$2000000000\r\n",
            "invalid bulk length",
        ),
        (b"*1\r\n$9223372036854775808\r\n", "invalid bulk length"),
        (
            b"SET \"unbalanced value\r\n",
            "unbalanced quotes in request",
        ),
        (b"SET k \"v\"v\r\n", "unbalanced quotes in request"),
        (b"SET k 'v\r\n", "unbalanced quotes in request"),
        (&long_line, "too big mbulk count string"),
        (&long_bulk, "too big bulk count string"),
        (&long_inline, "too big inline request"),
    ];
    for (request, complaint) in cases {
        let shown = request[..request.len().min(40)].escape_ascii();
        assert_eq!(
            farewell(&server, request),
            format!("-ERR Protocol error: {complaint}\r\n"),
            "to {shown}"
        );
    }
    server.client().check("PING", "+PONG");
}

#[test]
fn replies_before_the_mistake_are_sent() {
    let server = Server::start();
    let said = farewell(&server, b"PING\r\n*1\r\n$4\r\nPING\r\n*x\r\nPING\r\n");
    assert_eq!(
        said,
        "+PONG\r\n+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n"
    );
}

#[test]
fn inline_commands() {
    let server = Server::start();
    for (request, expected) in [
        (&b"PING\r\n"[..], "+PONG\r\n"),
        (b"PING\n", "+PONG\r\n"),
        (b"  ping   hello \r\n", "$5\r\nhello\r\n"),
        (b"\r\n\r\n\nPING\r\n", "+PONG\r\n"),
        (b"ECHO \"a\\x41\\n\\t\\\"\"\r\n", "$5\r\naA\n\t\"\r\n"),
        (b"ECHO 'it\\'s \\x41'\r\n", "$9\r\nit's \\x41\r\n"),
        (b"ECHO \"\"\r\n", "$0\r\n\r\n"),
        (b"*0\r\nPING\r\n", "+PONG\r\n"),
        (b"*-1\r\nPING\r\n", "+PONG\r\n"),
        (b"*-10\r\nPING\r\n", "+PONG\r\n"),
        (b"PING", ""),
        (b"*1\r\n$4\r\nPIN", ""),
        (b"", ""),
    ] {
        assert_eq!(
            answer(&server, request),
            expected,
            "to {}",
            request.escape_ascii()
        );
    }
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let server = Server::start();
    let mut client = server.client();
    for byte in b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nhe\r\no\r\nGET k\r\n" {
        client.send_raw(&[*byte]).expect("the server listens");
    }
    assert_eq!(client.read().to_string(), "+OK");
    assert_eq!(client.read().to_string(), r"'he\r\no'");
}

#[test]
fn a_pipeline_is_answered_in_order() {
    const LEN: i64 = 20_000;
    let server = Server::start();
    let mut client = server.client();
    let request: Vec<u8> = (0..LEN)
        .flat_map(|_| *b"*2\r\n$4\r\nINCR\r\n$1\r\nn\r\n")
        .collect();
    client
        .send_raw(&request)
        .expect("the server reads while it answers");
    for expected in 1..=LEN {
        assert_eq!(client.read().int(), expected);
    }
}

#[test]
fn a_big_argument_passes_through() {
    let server = Server::start();
    let mut client = server.client();
    let value: Vec<u8> = (0..20_000_000_u32).map(|i| (i % 251) as u8).collect();
    let set = client
        .try_run(&[&b"SET"[..], b"big", &value])
        .expect("the server reads it");
    assert_eq!(set.to_string(), "+OK");
    assert!(
        client.run("GET big") == crate::harness::Reply::Bulk(value),
        "a big value comes back as it went in"
    );
}

#[test]
fn announced_lengths_cost_no_memory() {
    let server = Server::start();
    let before = server.resident_bytes();
    let mut clients: Vec<_> = (0..50).map(|_| server.client()).collect();
    for client in &mut clients {
        client
            .send_raw(b"*1000000\r\n$3\r\nSET\r\n$536870911\r\nabc")
            .expect("the server listens");
    }
    // Once a later connection is served, the earlier ones have been.
    server.client().check("PING", "+PONG");
    let grown = server.resident_bytes().saturating_sub(before);
    assert!(
        grown < 64 << 20,
        "{grown} bytes for 50 clients that sent 36 bytes each"
    );
}

#[test]
fn strangers_may_not_announce_much() {
    let server = Server::with(&["--requirepass", "secret"]);
    assert_eq!(
        farewell(&server, b"*11\r\n"),
        "-ERR Protocol error: unauthenticated multibulk length\r\n"
    );
    assert_eq!(
        farewell(&server, b"*1\r\n$16385\r\n"),
        "-ERR Protocol error: unauthenticated bulk length\r\n"
    );
    let mut client = server.client();
    client.check("AUTH secret", "+OK");
    client.check(
        &format!("ECHO {}", "x".repeat(20_000)),
        &format!("'{}'", "x".repeat(20_000)),
    );
}

#[test]
fn unknown_commands_are_quoted_back() {
    let mut t = Talk::new();
    t.check(
        "NOSUCH",
        "-ERR unknown command 'NOSUCH', with args beginning with: ",
    );
    t.check(
        "NOSUCH a b",
        "-ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' ",
    );
    // Line ends would break the reply in two.
    t.check(
        r#""FO\r\nO" "a\nb""#,
        "-ERR unknown command 'FO  O', with args beginning with: 'a b' ",
    );
    let long = "x".repeat(200);
    t.check(
        &format!("{long} {long} more"),
        &format!(
            "-ERR unknown command '{}', with args beginning with: '{}' ",
            &long[..128],
            &long[..128]
        ),
    );
}

#[test]
fn browsers_are_hung_up_on() {
    let server = Server::start();
    for request in [
        &b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\nSET k v\r\n"[..],
        b"Host: localhost\r\nSET k v\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ] {
        assert_eq!(farewell(&server, request), "");
    }
    server.client().check("EXISTS k", ":0");
    let warnings = || {
        server
            .log()
            .matches("Possible SECURITY ATTACK detected")
            .count()
    };
    eventually("the log warns", || warnings() > 0);
    assert_eq!(warnings(), 1, "those who send a lot do not fill the log");
}

#[test]
fn a_reader_that_stops_reading_costs_nobody_else() {
    let server = Server::start();
    let mut sluggish = server.client();
    sluggish.check(&format!("SET k {}", "x".repeat(1_000_000)), "+OK");
    for _ in 0..100 {
        sluggish.send("GET k");
    }
    server.client().check("PING", "+PONG");
    for _ in 0..100 {
        assert_eq!(sluggish.read().text().len(), 1_000_000);
    }
}

#[test]
fn who_sends_without_end_holds_nobody_up() {
    const FLOODS: usize = 20;
    const PINGS_EACH: usize = 200_000;
    let server = Server::with(&["--io-threads", "1", "--enable-debug-command", "yes"]);
    let (mut sleeper, mut client) = (server.client(), server.client());
    let floods: Vec<_> = (0..FLOODS).map(|_| server.client()).collect();
    // While the only thread sleeps, the sockets fill.
    sleeper.send("DEBUG SLEEP 0.5");
    thread::scope(|scope| {
        for mut flood in floods {
            scope.spawn(move || {
                flood.send("CLIENT REPLY OFF");
                let pings = "PING\r\n".repeat(PINGS_EACH);
                flood.send_raw(pings.as_bytes()).expect("the server reads");
            });
        }
        let mut before = 0;
        for _ in 0..5 {
            let stats = client.run("INFO commandstats").text();
            let calls = stats.split_once("cmdstat_ping:calls=");
            let calls = calls.and_then(|(_, rest)| rest.split(',').next());
            let calls = calls.map_or(0, |calls| calls.parse().expect("a number"));
            // Each has a socket's worth run before the others have their turn, not all that it has sent.
            let between = calls - before;
            assert!(between < FLOODS * PINGS_EACH / 8, "{between} came first");
            before = calls;
        }
    });
}

#[test]
fn a_stranger_who_does_not_read_is_sent_away() {
    let server = Server::with(&["--requirepass", "secret"]);
    let mut stranger = server.client();
    let requests = "GET k\r\n".repeat(10_000);
    eventually("the connection ends", || {
        stranger.send_raw(requests.as_bytes()).is_err()
    });
    let mut client = server.client();
    client.check("AUTH secret", "+OK");
    let stats = client.run("INFO stats").text();
    assert!(
        stats.contains("\r\nclient_output_buffer_limit_disconnections:1\r\n"),
        "{stats}"
    );
}

#[test]
fn what_is_queued_counts_as_query() {
    let server = Server::with(&["--client-query-buffer-limit", "1mb"]);
    let mut client = server.client();
    client.check("MULTI", "+OK");
    let set = format!("SET k {}", "x".repeat(500_000));
    client.check(&set, "+QUEUED");
    client.check(&set, "+QUEUED");
    client.send(&set);
    assert!(client.is_closed());
}

#[test]
fn announcing_much_costs_little() {
    let server = Server::start();
    let before = server.resident_bytes();
    let announcers: Vec<_> = (0..200)
        .map(|_| {
            let mut client = server.client();
            client
                .send_raw(b"*1000\r\n$500000000\r\nx")
                .expect("the server reads");
            client
        })
        .collect();
    eventually("all announcements have arrived", || {
        let list = server.client().run("CLIENT LIST").text();
        list.matches("qbuf=20 ").count() == announcers.len()
    });
    let grown = server.resident_bytes().saturating_sub(before);
    assert!(grown < 32 << 20, "{grown} bytes for 200 announcements");
}
