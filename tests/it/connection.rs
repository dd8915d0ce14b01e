//! Connections: greeting, authentication, and selecting a database.

use crate::harness::{Server, Talk};

const NO_AUTH: &str = "-NOAUTH Authentication required.";
const WRONG_PASS: &str = "-WRONGPASS invalid username-password pair or user is disabled.";

#[test]
fn ping_and_echo() {
    let mut t = Talk::new();
    t.check_both("PING", "+PONG", "+PONG");
    t.check_both("PING hello", "'hello'", "'hello'");
    t.check(
        "PING a b",
        "-ERR wrong number of arguments for 'ping' command",
    );
    t.check("ECHO hello", "'hello'");
    t.check("ECHO", "-ERR wrong number of arguments for 'echo' command");
}

#[test]
fn hello_switches_protocols() {
    let server = Server::start();
    let mut client = server.client();
    for (line, version) in [("HELLO 3", 3), ("HELLO", 3), ("HELLO 2", 2), ("HELLO", 2)] {
        let hello = client.run(line);
        assert_eq!(hello.field("proto").int(), version, "{hello}");
        assert_eq!(hello.field("mode").text(), "standalone");
        assert_eq!(hello.field("role").text(), "master");
        assert!(hello.field("id").int() > 0);
        assert!(hello.field("modules").items().is_empty());
        assert!(hello.field("version").text().split('.').count() == 3);
        hello.field("server").text();
        let in_resp3 = matches!(hello, crate::harness::Reply::Map(_));
        assert_eq!(in_resp3, version == 3, "{hello}");
    }
    client.check("HELLO 4", "-NOPROTO unsupported protocol version");
    client.check("HELLO 1", "-NOPROTO unsupported protocol version");
    client.check(
        "HELLO x",
        "-ERR Protocol version is not an integer or out of range",
    );
    client.check(
        "HELLO 3 NONSENSE",
        "-ERR Syntax error in HELLO option 'NONSENSE'",
    );
    client.check(
        "HELLO 3 SETNAME \"a b\"",
        "-ERR Client names cannot contain spaces, newlines or special characters.",
    );
    // A refused greeting leaves everything as it was.
    client.check("GET missing", "nil");
    client.run("HELLO 3 SETNAME greeter");
    client.check("GET missing", "_");
    client.check("CLIENT GETNAME", "'greeter'");
}

#[test]
fn a_password_is_asked_for() {
    let server = Server::with(&["--requirepass", "secret"]);
    let mut client = server.client();
    for line in ["PING", "GET k", "CLIENT LIST", "SELECT 1", "COMMAND"] {
        client.check(line, NO_AUTH);
    }
    let refusal = client.run("HELLO 3").to_string();
    assert!(
        refusal.starts_with("-NOAUTH HELLO must be called with the client already authenticated"),
        "{refusal}"
    );
    client.check("AUTH wrong", WRONG_PASS);
    client.check("AUTH nobody secret", WRONG_PASS);
    client.check("AUTH a b c", "-ERR syntax error");
    client.check("AUTH default secret", "+OK");
    client.check("PING", "+PONG");
    // A wrong password later does not take away what was granted.
    client.check("AUTH wrong", WRONG_PASS);
    client.check("PING", "+PONG");
    client.check("RESET", "+RESET");
    client.check("PING", NO_AUTH);
    client.check("HELLO 3 AUTH default wrong", WRONG_PASS);
    client.run("HELLO 3 AUTH default secret");
    client.check("GET k", "_");
    let mut quitter = server.client();
    quitter.check("QUIT", "+OK");
    assert!(quitter.is_closed());
}

#[test]
fn without_a_password_none_is_taken() {
    let mut t = Talk::new();
    t.check(
        "AUTH secret",
        "-ERR AUTH <password> called without any password configured for the default user. Are you sure your \
         configuration is correct?",
    );
    t.check("AUTH default anything", "+OK");
    t.check("AUTH nobody anything", WRONG_PASS);
}

#[test]
fn databases_are_apart() {
    let mut t = Talk::new();
    t.check_all(&[
        ("SET k zero", "+OK"),
        ("SELECT 15", "+OK"),
        ("GET k", "nil"),
        ("SET k fifteen", "+OK"),
        ("SELECT 0", "+OK"),
        ("GET k", "'zero'"),
        ("SELECT 16", "-ERR DB index is out of range"),
        ("SELECT -1", "-ERR DB index is out of range"),
        ("SELECT x", "-ERR value is not an integer or out of range"),
        (
            "SELECT",
            "-ERR wrong number of arguments for 'select' command",
        ),
        ("GET k", "'zero'"),
    ]);
}

#[test]
fn reset_forgets_the_connections_state() {
    let server = Server::start();
    let mut client = server.client3();
    client.run("SELECT 9");
    client.run("CLIENT SETNAME somebody");
    client.check("RESET", "+RESET");
    client.check("CLIENT GETNAME", "nil");
    client.check("GET k", "nil");
    assert!(client.run("CLIENT INFO").text().contains(" db=0 "));
}

#[test]
fn quit_says_goodbye() {
    let server = Server::start();
    let mut client = server.client();
    client
        .send_raw(b"QUIT\r\nPING\r\n")
        .expect("the server listens");
    assert_eq!(client.read_to_close(), b"+OK\r\n");
}
