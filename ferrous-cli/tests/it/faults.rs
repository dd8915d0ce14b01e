//! Servers that are dead, slow, closed to us, or no servers at all: a clear message and the right status.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::server::{FERROUS_CLI, Run, Server, run};

/// Listens, and does with each connection what `serve` says; returns the port.
fn pretend(serve: impl Fn(TcpStream) + Send + Copy + 'static) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    port.to_string()
}

fn run_words(words: &[&str], input: &str) -> Run {
    let arguments: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    run(FERROUS_CLI, &arguments, input.as_bytes())
}

#[track_caller]
fn ends(words: &[&str], input: &str, status: i32, message: &str) {
    let run = run_words(words, input);
    assert!(
        run.status == Some(status) && run.stderr.contains(message),
        "{words:?}: {run:?}"
    );
}

#[test]
fn nobody_listens() {
    let refused = "Could not connect to Redis at 127.0.0.1:1: Connection refused";
    ends(&["-p", "1", "PING"], "", 1, refused);
    ends(&["-p", "1", "--strict", "PING"], "", 3, refused);
    ends(&["-p", "1", "--strict"], "PING\n", 3, refused);
    ends(&["-p", "1", "--explain", "GET", "k"], "", 1, refused);
    ends(
        &["-s", "/nosuch", "PING"],
        "",
        1,
        "No such file or directory",
    );
}

#[test]
fn nobody_answers() {
    // An address of the documentation, which nothing routes to: the attempt to connect ends by its timeout.
    let run = run_words(&["-h", "192.0.2.1", "-t", "0.2", "--strict", "PING"], "");
    assert!(matches!(run.status, Some(3 | 4)), "{run:?}");
    assert!(
        run.stderr
            .contains("Could not connect to Redis at 192.0.2.1:6379: "),
        "{run:?}"
    );
}

#[test]
fn the_server_hangs_up() {
    let port = pretend(drop);
    ends(&["-p", &port, "PING"], "", 1, "Error: ");
    let port = pretend(|mut stream| {
        let _ = stream.read(&mut [0; 64]);
        let _ = stream.write_all(b"$10\r\nabc");
    });
    ends(
        &["-p", &port, "PING"],
        "",
        1,
        "Error: Server closed the connection",
    );
}

#[test]
fn the_server_is_something_else() {
    let port = pretend(|mut stream| {
        let _ = stream.read(&mut [0; 64]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        thread::sleep(Duration::from_millis(100));
    });
    ends(
        &["-p", &port, "PING"],
        "",
        1,
        "Error: Protocol error, got \"H\" as reply type byte",
    );
    ends(
        &["-p", &port, "--tls", "--insecure", "PING"],
        "",
        1,
        "Could not connect",
    );
}

#[test]
fn strict_tells_by_its_status() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let port = server.port.to_string();
    let cli = |words: &[&str], input: &str| {
        let mut all = vec!["-p", &port];
        all.extend(words);
        run_words(&all, input)
    };
    for (words, input, lenient, strict) in [
        (&["NOSUCH"][..], "", 0, 1),
        (&[], "PING\nNOSUCH\nSET after 1\n", 0, 1),
        (&[], "GET \"open\n", 0, 1),
        (&["-a", "wrong", "PING"], "", 0, 1),
        (&["-n", "999", "PING"], "", 0, 1),
        (&["PING"], "", 0, 0),
    ] {
        assert_eq!(cli(words, input).status, Some(lenient), "{words:?}");
        let words: Vec<&str> = std::iter::once("--strict")
            .chain(words.iter().copied())
            .collect();
        assert_eq!(cli(&words, input).status, Some(strict), "{words:?}");
    }
    assert_eq!(cli(&["DEL", "after"], "").stdout, "1\n");
    // The first failure ends a strict run, so nothing came after it.
    cli(&["--strict"], "NOSUCH\nSET after 1\n");
    assert_eq!(cli(&["EXISTS", "after"], "").stdout, "0\n");
}

#[test]
fn a_file_of_commands_names_the_line() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let path = server
        .directory
        .path()
        .join("commands")
        .display()
        .to_string();
    std::fs::write(&path, "SET a 1\n\nNOSUCH x\nGET a\n").unwrap();
    let port = server.port.to_string();
    let run = run_words(&["-p", &port, "-f", &path], "");
    assert!(
        run.stdout.starts_with("OK\n") && run.stdout.ends_with("1\n"),
        "{run:?}"
    );
    assert_eq!(run.stderr, format!("{path}:3: NOSUCH x\n"));
    assert_eq!(run.status, Some(0));
    assert_eq!(
        run_words(&["-p", &port, "--strict", "-f", &path], "").status,
        Some(1)
    );
}
