//! Scripts that do not end: whom they hold up, how they are ended, and what they cost.

use std::time::{Duration, Instant};

use crate::harness::{Client, Server, eventually};

const BUSY: &str =
    "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";
const BUSY_FUNCTION: &str =
    "-BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";
const KILLED: &str = "-ERR Script killed by user with SCRIPT KILL... script: ";
/// Endless, and holds the key that it declares.
const LOOP: &str = "EVAL \"while true do end\" 1 k";

/// How long others may take that need nothing of what the script holds. Far more than they do, for the machine that
/// runs the tests may be busy; far less than the script takes.
const PROMPT: Duration = Duration::from_secs(2);

fn server(workers: &str) -> Server {
    Server::with(&["--io-threads", workers, "--busy-reply-threshold", "300"])
}

/// Sends a script, and waits until clients that need what it holds are told so.
#[track_caller]
fn busy_with(server: &Server, line: &str) -> Client {
    let mut client = server.client();
    client.send(line);
    let mut other = server.client();
    eventually("others are told", || other.run("GET k").is_error());
    client
}

/// Keys that share no partition with `k`: the low bits of their slots differ.
const ELSEWHERE: [&str; 4] = ["{a}key", "{b}key", "{c}key", "{foo}key"];

#[test]
fn others_go_on_whatever_they_wait_for() {
    for workers in ["1", "2", "4"] {
        let server = server(workers);
        let mut client = server.client();
        let mut script = server.client();
        script.send(LOOP);
        // They come before anybody knows that the script takes long.
        let mut held_up: Vec<Client> = (0..20).map(|_| server.client()).collect();
        for client in &mut held_up {
            client.send("INCR k");
        }
        for number in 0..500 {
            let began = Instant::now();
            let reply = client.run(&format!("SET {{a}}{number} v"));
            assert_eq!(reply.to_string(), "+OK");
            assert!(began.elapsed() < PROMPT, "with {workers} workers");
        }
        for client in &mut held_up {
            let reply = client.read().to_string();
            // Some may have been quicker than the script.
            assert!(
                reply == BUSY || reply.starts_with(':'),
                "{reply} with {workers} workers"
            );
        }
        client.check("SCRIPT KILL", "+OK");
        let reply = script.read().to_string();
        assert!(reply.starts_with(KILLED), "{reply}");
        eventually("the key is free", || !client.run("INCR k").is_error());
        client.check("SCRIPT KILL", "-NOTBUSY No scripts in execution right now.");
    }
}

#[test]
fn who_needs_what_is_held_is_told() {
    let server = server("2");
    let mut queued = server.client();
    queued.run("MULTI");
    queued.run("SET k 1");
    let mut script = busy_with(&server, LOOP);
    let mut client = server.client();
    for line in [
        "GET k",
        "MSET {a}1 1 k 1",
        "FLUSHALL",
        "PING",
        "INFO",
        "EVAL \"return 1\" 0",
        "DBSIZE",
    ] {
        client.check(line, BUSY);
    }
    queued.check(
        "EXEC",
        &format!(
            "-EXECABORT Transaction discarded because of: {}",
            &BUSY[1..]
        ),
    );
    client.check(
        "EVAL \"return redis.call('SET', KEYS[1], 1)\" 1 {a}1",
        "+OK",
    );
    for line in ["MULTI", "SET {a}1 2"] {
        client.run(line);
    }
    client.check("EXEC", "[+OK]");
    client.check("FUNCTION KILL", BUSY);
    client.check("SCRIPT KILL", "+OK");
    assert!(script.read().is_error());
    client.check("EXISTS k", ":0");
}

#[test]
fn who_has_written_cannot_be_killed() {
    let mut server = server("2");
    let mut client = server.client();
    busy_with(
        &server,
        "EVAL \"redis.call('SET', KEYS[1], 1) while true do end\" 1 k",
    );
    let refused = client.run("SCRIPT KILL").to_string();
    assert!(
        refused.starts_with("-UNKILLABLE Sorry the script already executed write commands"),
        "{refused}"
    );
    client.check("SHUTDOWN", BUSY);
    client.check("SHUTDOWN SAVE", BUSY);
    client.send("SHUTDOWN NOSAVE");
    assert!(server.wait_for_end().success());
}

/// A snapshot that begins meanwhile waits, and holds nobody up.
#[test]
fn what_needs_everything_waits_without_holding_anything() {
    let mut server = Server::with(&[
        "--io-threads",
        "2",
        "--busy-reply-threshold",
        "100",
        "--appendonly",
        "yes",
        "--save",
        "1 1",
    ]);
    let mut client = server.client();
    let mut script = busy_with(&server, LOOP);
    let until = Instant::now() + Duration::from_millis(2500);
    while Instant::now() < until {
        for key in ELSEWHERE {
            let began = Instant::now();
            client.check(&format!("SET {key} v PX 20"), "+OK");
            assert!(began.elapsed() < PROMPT);
        }
    }
    client.check("SCRIPT KILL", "+OK");
    assert!(script.read().is_error());
    eventually("the snapshot is there", || server.file("dump.rdb").exists());
    // While one is under way that waits for a script the server can be ended.
    client.run("SET k v");
    busy_with(&server, LOOP);
    client.send("SHUTDOWN NOSAVE");
    assert!(server.wait_for_end().success());
}

/// A client whose wait ends, or who is served, with what a script holds, holds nobody up.
#[test]
fn waits_for_held_keys_end_in_time() {
    let server = server("1");
    let mut waits = server.client();
    waits.send("BLPOP k 0.2");
    let mut moves = server.client();
    moves.send("BLMOVE {a}from k LEFT LEFT 0");
    let mut client = server.client();
    eventually("both wait", || {
        client
            .run("INFO clients")
            .text()
            .contains("blocked_clients:2")
    });
    let mut script = busy_with(&server, LOOP);
    assert_eq!(waits.read().to_string(), "nil[]");
    client.check("RPUSH {a}from v", ":1");
    client.check("SET {a}other v", "+OK");
    client.check("SCRIPT KILL", "+OK");
    assert!(script.read().is_error());
    assert_eq!(moves.read().to_string(), "'v'");
    client.check("LRANGE k 0 -1", "['v']");
}

#[test]
fn functions_are_killed_as_functions() {
    let server = server("2");
    let mut client = server.client();
    client.check("FUNCTION LOAD \"#!lua name=l\\nredis.register_function('f', function() while true do end end)\"", "'l'");
    let mut function = busy_with(&server, "FCALL f 1 k");
    client.check("GET k", BUSY_FUNCTION);
    client.check("SCRIPT KILL", BUSY_FUNCTION);
    let stats = client.run("FUNCTION STATS");
    let running = stats.field("running_script");
    assert_eq!(running.field("name").to_string(), "'f'");
    assert_eq!(
        running.field("command").to_string(),
        "['FCALL', 'f', '1', 'k']"
    );
    assert!(running.field("duration_ms").int() >= 300);
    client.check("FUNCTION KILL", "+OK");
    assert!(function.read().to_string().starts_with(KILLED));
    assert_eq!(
        client
            .run("FUNCTION STATS")
            .field("running_script")
            .to_string(),
        "nil"
    );
}

#[test]
fn a_library_that_does_not_end_is_given_up() {
    let server = server("1");
    let mut loads = server.client();
    loads.send("FUNCTION LOAD \"#!lua name=l\\nwhile true do end\"");
    let mut client = server.client();
    client.check("SET k v", "+OK");
    assert_eq!(
        loads.read().to_string(),
        "-ERR Error registering functions: ERR FUNCTION LOAD timeout"
    );
    client.check("FUNCTION LIST", "[]");
}

#[test]
fn memory_bombs_end_in_an_error() {
    let server = server("2");
    let mut client = server.client();
    client.run("SET k v");
    for bomb in [
        "local s = 'x' while true do s = s .. s end",
        "local s, t = ('x'):rep(1000000), {} while true do t[#t + 1] = s .. #t end",
        "return ('x'):rep(2147483647)",
        "return pcall(function() local s, t = ('x'):rep(1000000), {} while true do t[#t + 1] = s .. #t end end) and 1 or error('caught')",
    ] {
        let reply = client.run(&format!("EVAL \"{bomb}\" 0"));
        assert!(reply.is_error(), "{bomb}: {reply}");
        client.check("GET k", "'v'");
    }
    // What they took is given back.
    eventually("memory is free again", || {
        server.resident_bytes() < 256 << 20
    });
}
