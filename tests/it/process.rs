//! The process: how it is started, what it listens on, whom it turns away, and how it ends.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use rustix::process::Signal;

use crate::harness::{Client, Server, Talk, eventually, free_port};

#[test]
fn sigterm_and_sigint_end_it_in_order() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = Server::start();
        let mut client = server.client();
        client.check("SET k v", "+OK");
        server.signal(signal);
        assert!(server.wait_for_end().success(), "{signal:?}");
        assert!(client.is_closed());
        assert!(server.log().contains("bye bye..."));
    }
}

#[test]
fn shutdown_ends_it() {
    let mut t = Talk::new();
    t.check("SHUTDOWN NONSENSE", "-ERR syntax error");
    t.check("SHUTDOWN SAVE NOSAVE", "-ERR syntax error");
    t.check("SHUTDOWN ABORT", "-ERR No shutdown in progress.");
    t.resp2.send("SHUTDOWN NOSAVE");
    assert!(t.resp2.is_closed());
    assert!(t.server.wait_for_end().success());
}

#[test]
fn version_and_help() {
    for (arg, begins) in [
        ("--version", "Ferrous server v="),
        ("-v", "Ferrous server v="),
        ("--help", "Usage: "),
    ] {
        let mut server = Server::bare(&[arg], 0, "");
        assert!(server.wait_for_end().success() || arg == "--help", "{arg}");
        assert!(server.log().starts_with(begins), "{arg}: {}", server.log());
    }
}

#[test]
fn a_unix_socket_serves_too() {
    let mut server = Server::with(&["--unixsocket", "{dir}/here.sock", "--unixsocketperm", "700"]);
    let path = server.file("here.sock");
    let mut client = Client::unix(&path).expect("the socket is there");
    client.check("SET k v", "+OK");
    server.client().check("GET k", "'v'");
    let info = client.run("CLIENT INFO").text();
    assert!(
        info.contains(&format!("addr={}:0 ", path.display())),
        "{info}"
    );
    assert!(info.contains(" flags=U "), "{info}");
    let mode = fs::metadata(&path)
        .expect("the socket is a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    server.signal(Signal::TERM);
    server.wait_for_end();
    assert!(!path.exists(), "the socket goes with the server");
}

#[test]
fn it_may_listen_on_a_unix_socket_alone() {
    let mut server = Server::bare(
        &[
            "--port",
            "0",
            "--unixsocket",
            "{dir}/only.sock",
            "--save",
            "",
        ],
        0,
        "",
    );
    assert!(server.comes_up());
    let mut client = Client::unix(&server.file("only.sock")).expect("the socket is there");
    client.check("PING", "+PONG");
}

#[test]
fn too_many_clients_are_turned_away() {
    let server = Server::with(&["--maxclients", "3"]);
    let mut clients: Vec<Client> = (0..3).map(|_| server.client()).collect();
    for client in &mut clients {
        client.check("PING", "+PONG");
    }
    let mut fourth = server.client();
    assert_eq!(
        fourth.read_to_close(),
        b"-ERR max number of clients reached\r\n"
    );
    clients[0].check("PING", "+PONG");
    assert!(
        clients[0]
            .run("INFO stats")
            .text()
            .contains("rejected_connections:1")
    );
    clients.pop();
    eventually("a place becomes free", || {
        server
            .client()
            .try_run(&["PING"])
            .is_ok_and(|reply| !reply.is_error())
    });
    clients[0].check("CONFIG SET maxclients 100", "+OK");
    let more: Vec<Client> = (0..20).map(|_| server.client()).collect();
    for mut client in more {
        client.check("PING", "+PONG");
    }
}

#[test]
fn idle_clients_are_dropped_when_asked_for() {
    let server = Server::with(&["--timeout", "1"]);
    assert!(server.client().is_closed());
}

#[test]
fn a_taken_port_is_refused_with_words() {
    let first = Server::start();
    let mut second = Server::bare(
        &["--port", &first.port().to_string(), "--save", ""],
        first.port(),
        "",
    );
    assert!(!second.wait_for_end().success());
    let log = second.log();
    assert!(log.contains("Address already in use"), "{log}");
    first.client().check("PING", "+PONG");
}

#[test]
fn it_listens_where_bind_says() {
    let port = free_port();
    let number = port.to_string();
    let mut server = Server::bare(
        &[
            "--port",
            &number,
            "--bind",
            "127.0.0.1",
            "-::1",
            "--save",
            "",
        ],
        port,
        "",
    );
    assert!(server.comes_up());
    server
        .client()
        .check("CONFIG GET bind", "['bind', '127.0.0.1 -::1']");
}

#[test]
fn the_pid_file_comes_and_goes() {
    let mut server = Server::with(&["--pidfile", "{dir}/pid"]);
    let path = server.file("pid");
    eventually("the file is there", || {
        fs::read_to_string(&path).is_ok_and(|pid| pid.ends_with('\n'))
    });
    let process = server.client().run("INFO server").text();
    let pid = fs::read_to_string(&path).expect("just seen");
    assert!(
        process.contains(&format!("process_id:{}\r\n", pid.trim())),
        "{process}"
    );
    server.signal(Signal::TERM);
    server.wait_for_end();
    assert!(!path.exists());
}

#[test]
fn the_log_goes_where_it_is_told() {
    let port = free_port();
    let number = port.to_string();
    let args = [
        "--port",
        &number,
        "--save",
        "",
        "--logfile",
        "{dir}/server.log",
    ];
    let server = Server::bare(&args, port, "");
    let log = server.file("server.log");
    eventually("the file says so", || {
        fs::read_to_string(&log)
            .is_ok_and(|text| text.to_lowercase().contains("ready to accept connections"))
    });
    assert!(!server.log().to_lowercase().contains("ready to accept"));
}

#[test]
fn commands_can_be_renamed_or_hidden() {
    let text =
        "rename-command GET fetch\nrename-command KEYS \"\"\nrename-command CONFIG guarded\n";
    let port = free_port();
    let mut server = Server::configured(text, &["--port", &port.to_string()], port);
    assert!(server.comes_up());
    let mut client = server.client();
    client.check("SET k v", "+OK");
    client.check("FETCH k", "'v'");
    client.check(
        "GET k",
        "-ERR unknown command 'GET', with args beginning with: 'k' ",
    );
    client.check(
        "KEYS *",
        "-ERR unknown command 'KEYS', with args beginning with: '*' ",
    );
    client.check("guarded get timeout", "['timeout', '0']");
    client.check("COMMAND INFO keys", "[nil]");
    // The file keeps the lines.
    client.check("GUARDED REWRITE", "+OK");
    let rewritten = fs::read_to_string(server.file("ferrous.conf")).expect("the file is there");
    assert!(
        rewritten.contains("rename-command KEYS \"\""),
        "{rewritten}"
    );
    for (line, reason) in [
        (
            "rename-command nosuch x",
            "No such command in rename-command",
        ),
        (
            "rename-command get set",
            "Target command name already exists",
        ),
    ] {
        let mut server = Server::configured(line, &[], free_port());
        assert!(!server.wait_for_end().success());
        assert!(server.log().contains(reason), "{}", server.log());
    }
}

#[test]
fn the_unix_socket_belongs_to_a_group() {
    use std::os::unix::fs::MetadataExt as _;
    // Whoever runs the tests is in this group at least.
    let group = rustix::process::getgid().as_raw().to_string();
    let args = ["--unixsocket", "sock", "--unixsocketgroup", &group];
    let server = Server::with(&args);
    let socket = fs::metadata(server.file("sock")).expect("the socket is there");
    assert_eq!(socket.gid().to_string(), group);
    let args = ["--unixsocket", "sock", "--unixsocketgroup", "no-such-group"];
    let mut refused = Server::bare(&args, free_port(), "");
    assert!(!refused.wait_for_end().success());
    assert!(refused.log().contains("there is no group no-such-group"));
}

#[test]
fn the_kernel_learns_how_ready_it_may_be_to_kill() {
    let server = Server::with(&["--oom-score-adj-values", "11 200 800"]);
    let mut client = server.client();
    let path = format!("/proc/{}/oom_score_adj", server.pid());
    let score = || -> i64 {
        let text = fs::read_to_string(&path).expect("the process is there");
        text.trim().parse().expect("a number")
    };
    let before = score();
    client.check("CONFIG SET oom-score-adj relative", "+OK");
    assert_eq!(score(), (before + 11).min(1000));
    client.check("CONFIG SET oom-score-adj-values \"7 200 800\"", "+OK");
    assert_eq!(score(), (before + 7).min(1000));
    client.check("CONFIG SET oom-score-adj no", "+OK");
    assert_eq!(score(), before, "it is as it was before");
}
