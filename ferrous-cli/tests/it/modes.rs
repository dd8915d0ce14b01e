//! Transfers, scripts, measurements, and recorded sessions, with a real server.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use crate::server::{FERROUS_CLI, Run, Server, run, wait_until};

fn cli(server: &Server, line: &str, input: &str) -> Run {
    let mut words = vec!["-p".to_owned(), server.port.to_string()];
    words.extend(
        line.split(' ')
            .filter(|word| !word.is_empty())
            .map(str::to_owned),
    );
    run(FERROUS_CLI, &words, input.as_bytes())
}

fn path(server: &Server, name: &str) -> String {
    server.directory.path().join(name).display().to_string()
}

#[test]
fn snapshots_of_data_and_of_functions() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    cli(&server, "SET in:snapshot 1", "");
    let library = "#!lua name=mine\nredis.register_function('f',function()return(1)end)";
    cli(&server, "-x FUNCTION LOAD", library);
    let data = path(&server, "data.rdb");
    let run = cli(&server, &format!("--rdb {data}"), "");
    assert_eq!(run.status, Some(0), "{run:?}");
    assert!(
        run.stderr.contains("Transfer finished with success after"),
        "{run:?}"
    );
    let bytes = std::fs::read(&data).unwrap();
    assert!(bytes.starts_with(b"REDIS0010"));
    assert!(contains(&bytes, b"in:snapshot") && contains(&bytes, b"name=mine"));
    let functions = path(&server, "functions.rdb");
    assert_eq!(
        cli(&server, &format!("--functions-rdb {functions}"), "").status,
        Some(0)
    );
    let bytes = std::fs::read(&functions).unwrap();
    assert!(!contains(&bytes, b"in:snapshot") && contains(&bytes, b"name=mine"));
    let both = cli(
        &server,
        &format!("--rdb {data} --functions-rdb {functions}"),
        "",
    );
    assert!(both.stderr.contains("mutually exclusive"), "{both:?}");
    assert!(cli(&server, "--rdb -", "").stdout.contains("REDIS0010"));
    let refused = cli(&server, "--rdb /nosuch/file", "");
    assert!(
        refused.status == Some(1) && refused.stderr.contains("Error opening '/nosuch/file'"),
        "{refused:?}"
    );
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A program that runs until it is stopped.
struct Running(Child);

impl Running {
    fn start(server: &Server, arguments: &[&str]) -> Self {
        let child = Command::new(FERROUS_CLI)
            .args(["-p", &server.port.to_string()])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self(child)
    }

    /// Reads standard output until it holds the text.
    #[track_caller]
    fn prints(&mut self, text: &str) {
        let mut seen = Vec::new();
        let output = self.0.stdout.as_mut().unwrap();
        while !String::from_utf8_lossy(&seen).contains(text) {
            let mut byte = [0];
            let read = output.read(&mut byte).unwrap();
            assert_ne!(
                read,
                0,
                "{text:?} is not in {:?}",
                String::from_utf8_lossy(&seen)
            );
            seen.extend(byte);
        }
    }

    /// Presses Ctrl-C, and returns the rest of the output.
    fn interrupt(mut self) -> Run {
        let pid = self.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &pid])
                .status()
                .unwrap()
                .success()
        );
        let mut stdout = String::new();
        self.0
            .stdout
            .take()
            .unwrap()
            .read_to_string(&mut stdout)
            .unwrap();
        let status = self.0.wait().unwrap().code();
        let stderr = String::new();
        Run {
            stdout,
            stderr,
            status,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_replica_shows_what_the_primary_sends() {
    let Some(server) = Server::start(&["--repl-diskless-sync-delay", "0"]) else {
        return;
    };
    cli(&server, "SET before 1", "");
    let mut replica = Running::start(&server, &["--replica"]);
    wait_until(|| {
        cli(&server, "INFO replication", "")
            .stdout
            .contains("state=online")
    });
    cli(&server, "SET after 2", "");
    replica.prints("\"SET\",\"after\",\"2\"\n");
}

#[test]
fn scripts_run_and_are_debugged() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let script = path(&server, "script.lua");
    std::fs::write(
        &script,
        "local a = KEYS[1]\nredis.call('set', a, ARGV[1])\nreturn redis.call('get', a)\n",
    )
    .unwrap();
    assert_eq!(
        cli(&server, &format!("--eval {script} key , value"), "").stdout,
        "value\n"
    );
    let steps = "step\nprint a\ncontinue\n";
    for (mode, value) in [("--ldb", "value\n"), ("--ldb-sync-mode", "changed\n")] {
        let run = cli(
            &server,
            &format!("{mode} --eval {script} key , changed"),
            steps,
        );
        assert!(
            run.stdout.contains("Lua debugging session started"),
            "{run:?}"
        );
        assert!(run.stdout.contains("<value> \"key\""), "{run:?}");
        assert!(run.stdout.contains("changed\n"), "{run:?}");
        assert_eq!(cli(&server, "GET key", "").stdout, value, "{mode}");
    }
    let run = cli(
        &server,
        &format!("--ldb --eval {script} key , x"),
        "restart\nquit\n",
    );
    assert_eq!(
        run.stdout.matches("Lua debugging session started").count(),
        2,
        "{run:?}"
    );
    assert!(
        cli(&server, "--ldb PING", "")
            .stderr
            .contains("require --eval")
    );
}

#[test]
fn measurements_print_their_lines() {
    let Some(server) = Server::start(&["--maxmemory", "20mb", "--maxmemory-policy", "allkeys-lru"])
    else {
        return;
    };
    let one = cli(&server, "--latency -i 0.1", "").stdout;
    assert_eq!(one.split_whitespace().count(), 4, "{one}");
    let json = cli(&server, "--latency -i 0.1 --json", "").stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["count"].as_u64() > Some(0));
    let mut history = Running::start(&server, &["--latency-history", "-i", "0.1"]);
    history.prints("seconds range\n");
    let mut spectrum = Running::start(&server, &["--latency-dist", "-i", "0.1"]);
    spectrum.prints("From 0 to 100%");
    spectrum.prints("\x1b[48;5;");
    let statistics = cli(&server, "--stat -r 2 -i 0.05", "").stdout;
    assert!(
        statistics.starts_with("------- data ------"),
        "{statistics}"
    );
    assert_eq!(statistics.lines().count(), 4, "{statistics}");
    let mut cache = Running::start(&server, &["--lru-test", "1000"]);
    cache.prints(" Gets/sec | Hits: ");
    assert!(
        cli(&server, "DBSIZE", "")
            .stdout
            .trim()
            .parse::<u64>()
            .unwrap()
            > 0
    );
    let mut machine = Running::start(&server, &["--intrinsic-latency", "100"]);
    machine.prints("Max latency so far: ");
    let ended = machine.interrupt();
    assert_eq!(ended.status, Some(0));
    assert!(
        ended.stdout.contains(" total runs (avg latency: "),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains("x longer than the average latency."),
        "{}",
        ended.stdout
    );
}

#[test]
fn a_recorded_session_is_compared_with_another_server() {
    let (Some(server), Some(other)) = (Server::start(&[]), Server::start(&[])) else {
        return;
    };
    let session = path(&server, "session");
    let lines = [
        r#"{"command":"SET k 1","reply":"OK"}"#,
        r#"{"command":"INCR k","reply":2}"#,
        r#"{"command":"GET \"missing\"","reply":null}"#,
    ];
    std::fs::write(&session, lines.join("\n")).unwrap();
    let same = cli(&server, &format!("--replay {session} --diff"), "");
    assert_eq!(
        (same.stdout.as_str(), same.status),
        ("", Some(0)),
        "{same:?}"
    );
    cli(&other, "SET missing here", "");
    let different = cli(&other, &format!("--replay {session} --diff"), "");
    assert_eq!(different.status, Some(1));
    assert_eq!(
        different.stdout,
        format!("{session}:3: GET \"missing\"\n- null\n+ \"here\"\n")
    );
}

#[test]
fn forms_beyond_redis_cli() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    cli(&server, "HSET h a 1 b 2", "");
    cli(&server, "-x SET bytes", "\u{1}");
    let setup =
        "SET bytes \"\\xff\\x00\"\nSET packed \"\\x82\\xa1a\\x01\\xa1b\\xc0\"\nRPUSH l x 2\n";
    cli(&server, "", setup);
    for (line, expected) in [
        ("--output json HGETALL h", "{\"a\":\"1\",\"b\":\"2\"}\n"),
        ("--output json GET bytes", "{\"b64\":\"/wA=\"}\n"),
        ("--output json GET missing", "null\n"),
        (
            "--output json LPUSH h x",
            "{\"error\":\"WRONGTYPE Operation against a key holding the wrong kind of value\"}\n",
        ),
        ("--output jsonl LRANGE l 0 -1", "\"x\"\n\"2\"\n"),
        (
            "--output yaml HGETALL h",
            "---\n\"a\": \"1\"\n\"b\": \"2\"\n",
        ),
        ("--output table HGETALL h", "a  1\nb  2\n"),
        (
            "--decode auto GET packed",
            "{\n  \"a\": 1,\n  \"b\": null\n}\n",
        ),
        (
            "--decode hex GET bytes",
            "00000000  ff 00                                            |..|\n",
        ),
    ] {
        assert_eq!(cli(&server, line, "").stdout, expected, "{line}");
    }
    let explained = cli(&server, "--explain LRANGE l 0 -1", "").stdout;
    for part in [
        "LRANGE key start stop",
        "complexity  O(",
        "key         l (list, 2 elements or bytes), slot ",
        "default: OK",
    ] {
        assert!(explained.contains(part), "{part:?} is not in {explained}");
    }
    assert_eq!(cli(&server, "LLEN l", "").stdout, "2\n");
    assert_eq!(cli(&server, "--explain NOSUCH", "").status, Some(1));
    let refused = cli(&server, "--read-only SET k v", "");
    assert_eq!(
        (refused.stdout.as_str(), refused.status),
        ("", Some(1)),
        "{refused:?}"
    );
    assert_eq!(cli(&server, "--read-only GET missing", "").stdout, "\n");
    assert!(
        cli(&server, "--client-name me CLIENT LIST", "")
            .stdout
            .contains("name=me")
    );
}

#[test]
fn the_environment_names_server_and_password() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    cli(&server, "CONFIG SET requirepass secret", "");
    let answer = |variables: &[(&str, String)], arguments: &[&str]| {
        let mut child = Command::new(FERROUS_CLI)
            .args(arguments)
            .envs(variables.iter().map(|(name, value)| (*name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(b"").unwrap();
        String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
    };
    let port = server.port.to_string();
    let password = |name, value: &str| (name, value.to_owned());
    let url = |password: &str| {
        (
            "FERROUSCLI_URL",
            format!("redis://:{password}@127.0.0.1:{port}/2"),
        )
    };
    let ping = ["-p", port.as_str(), "PING"];
    assert_eq!(
        answer(&[password("REDISCLI_AUTH", "secret")], &ping),
        "PONG\n"
    );
    let both = [
        password("REDISCLI_AUTH", "wrong"),
        password("VALKEYCLI_AUTH", "secret"),
    ];
    assert_eq!(answer(&both, &ping), "PONG\n");
    assert_eq!(answer(&[url("secret")], &["PING"]), "PONG\n");
    assert!(answer(&[url("secret")], &["CLIENT", "INFO"]).contains(" db=2 "));
    assert_eq!(answer(&[url("wrong")], &["-a", "secret", "PING"]), "PONG\n");
    assert!(answer(&[url("wrong")], &["PING"]).contains("NOAUTH"));
}
