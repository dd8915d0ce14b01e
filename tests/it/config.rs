//! Configuration: the file, the command line, standard input, and CONFIG.

use std::fs;

use crate::harness::{Server, Talk, free_port};

/// A server whose file is this text, after a port and no snapshots.
fn configured(text: &str, args: &[&str]) -> Server {
    let port = free_port();
    let mut server = Server::configured(&format!("port {port}\nsave \"\"\n{text}"), args, port);
    assert!(server.comes_up(), "{}", server.log());
    server
}

/// What a server prints that refuses this file.
fn refusal(text: &str) -> String {
    let mut server = Server::configured(text, &[], 0);
    assert!(!server.wait_for_end().success(), "{}", server.log());
    server.log()
}

#[test]
fn a_file_is_read() {
    let server = configured(
        "# a comment\n\n  MaxMemory 100mb\nmaxmemory-policy allkeys-lru\nrequirepass \"se\\x63ret word\"\n\
         appendfsync 'always'\nclient-output-buffer-limit pubsub 1mb 2mb 30\n",
        &[],
    );
    let mut client = server.client();
    client.check("AUTH \"secret word\"", "+OK");
    for (name, value) in [
        ("maxmemory", "104857600"),
        ("maxmemory-policy", "allkeys-lru"),
        ("requirepass", "secret word"),
        ("appendfsync", "always"),
        ("save", ""),
        (
            "client-output-buffer-limit",
            "normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 2097152 30",
        ),
    ] {
        client.check(
            &format!("CONFIG GET {name}"),
            &format!("['{name}', '{value}']"),
        );
    }
}

#[test]
fn arguments_come_after_the_file() {
    let server = configured(
        "maxmemory 1gb\ntimeout 5\n",
        &["--maxmemory", "2gb", "--tcp-keepalive", "10"],
    );
    let mut client = server.client();
    client.check("CONFIG GET maxmemory", "['maxmemory', '2147483648']");
    client.check("CONFIG GET timeout", "['timeout', '5']");
    client.check("CONFIG GET tcp-keepalive", "['tcp-keepalive', '10']");
}

#[test]
fn files_include_others() {
    let port = free_port();
    let text = format!("port {port}\nsave \"\"\ntimeout 1\ninclude {{dir}}/more*.conf\n");
    // The included file must be there before the server is, so another server's folder holds it.
    let shelf = Server::start();
    fs::write(shelf.file("more1.conf"), "timeout 7\nmaxclients 100\n")
        .expect("the folder is there");
    let text = text.replace("{dir}", &shelf.file("").to_string_lossy());
    let mut server = Server::configured(&text, &[], port);
    assert!(server.comes_up(), "{}", server.log());
    server
        .client()
        .check("CONFIG GET timeout", "['timeout', '7']");
    server
        .client()
        .check("CONFIG GET maxclients", "['maxclients', '100']");
}

#[test]
fn standard_input_is_a_file_too() {
    let port = free_port();
    let mut server = Server::bare(
        &["-"],
        port,
        &format!("port {port}\nsave \"\"\ntimeout 9\n"),
    );
    assert!(server.comes_up(), "{}", server.log());
    server
        .client()
        .check("CONFIG GET timeout", "['timeout', '9']");
}

#[test]
fn mistakes_in_a_file_are_shown() {
    for (line, reason) in [
        ("nonsense 1", "Bad directive or wrong number of arguments"),
        ("timeout", "wrong number of arguments"),
        ("timeout 1 2", "wrong number of arguments"),
        ("timeout x", "argument couldn't be parsed into an integer"),
        (
            "timeout -1",
            "argument must be between 0 and 2147483647 inclusive",
        ),
        ("appendonly maybe", "argument must be 'yes' or 'no'"),
        ("maxmemory lots", "argument must be a memory value"),
        (
            "logfile \"unbalanced",
            "Unbalanced quotes in configuration line",
        ),
    ] {
        let log = refusal(&format!("port 0\n{line}\n"));
        assert!(
            log.contains("*** FATAL CONFIG FILE ERROR ("),
            "{line}: {log}"
        );
        assert!(
            log.contains("Reading the configuration file, at line 2\n"),
            "{line}: {log}"
        );
        assert!(
            log.contains(&format!(">>> '{line}'\n{reason}\n")),
            "{line}: {log}"
        );
    }
}

#[test]
fn a_missing_file_is_refused() {
    let mut server = Server::bare(&["/nowhere/ferrous.conf"], 0, "");
    assert!(!server.wait_for_end().success());
    let log = server.log();
    assert!(
        log.contains("/nowhere/ferrous.conf") && log.contains("No such file or directory"),
        "{log}"
    );
}

#[test]
fn config_get_takes_patterns() {
    let mut t = Talk::new();
    t.check_both("CONFIG GET timeout", "['timeout', '0']", "{'timeout': '0'}");
    t.check_both("CONFIG GET nosuch", "[]", "{}");
    t.check("CONFIG GET TIMEOUT", "['TIMEOUT', '0']");
    let found = t.run("CONFIG GET hash-max-* appendonly");
    let mut names: Vec<String> = found
        .items()
        .iter()
        .step_by(2)
        .map(crate::harness::Reply::text)
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "appendonly",
            "hash-max-listpack-entries",
            "hash-max-listpack-value",
            "hash-max-ziplist-entries",
            "hash-max-ziplist-value"
        ]
    );
    t.check(
        "CONFIG GET",
        "-ERR wrong number of arguments for 'config|get' command",
    );
    assert!(t.run("CONFIG GET *").items().len() > 300);
}

#[test]
fn config_set_is_all_or_nothing() {
    let mut t = Talk::new();
    t.check("CONFIG SET timeout 10 maxmemory 1gb", "+OK");
    t.check("CONFIG GET maxmemory", "['maxmemory', '1073741824']");
    t.check(
        "CONFIG SET timeout 20 maxmemory lots",
        "-ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be a memory value",
    );
    t.check("CONFIG GET timeout", "['timeout', '10']");
    for (line, refusal) in [
        (
            "nosuch 1",
            "ERR Unknown option or number of arguments for CONFIG SET - 'nosuch'",
        ),
        (
            "timeout 1 timeout 2",
            "ERR CONFIG SET failed (possibly related to argument 'timeout') - duplicate parameter",
        ),
        (
            "databases 4",
            "ERR CONFIG SET failed (possibly related to argument 'databases') - can't set immutable config",
        ),
        (
            "appendonly maybe",
            "ERR CONFIG SET failed (possibly related to argument 'appendonly') - argument must be 'yes' or 'no'",
        ),
        (
            "timeout -1",
            "ERR CONFIG SET failed (possibly related to argument 'timeout') - argument must be between 0 and \
             2147483647 inclusive",
        ),
        (
            "timeout x",
            "ERR CONFIG SET failed (possibly related to argument 'timeout') - argument couldn't be parsed into an \
             integer",
        ),
        (
            "maxmemory-policy nonsense",
            "ERR CONFIG SET failed (possibly related to argument 'maxmemory-policy') - argument(s) must be one of \
             the following: volatile-lru, volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, \
             allkeys-random, noeviction",
        ),
    ] {
        t.check(&format!("CONFIG SET {line}"), &format!("-{refusal}"));
    }
    t.check(
        "CONFIG SET timeout",
        "-ERR wrong number of arguments for 'config|set' command",
    );
    t.check("CONFIG SET timeout 1 maxmemory", "-ERR syntax error");
    t.check(
        "CONFIG NOSUCH",
        "-ERR unknown subcommand 'NOSUCH'. Try CONFIG HELP.",
    );
}

#[test]
fn a_password_can_be_set_at_run_time() {
    let mut t = Talk::new();
    t.check("CONFIG SET requirepass secret", "+OK");
    // Who is in stays in.
    t.check("PING", "+PONG");
    let mut stranger = t.server.client();
    stranger.check("PING", "-NOAUTH Authentication required.");
    stranger.check("AUTH secret", "+OK");
    t.check("CONFIG SET requirepass \"\"", "+OK");
    t.server.client().check("PING", "+PONG");
}

#[test]
fn the_port_can_move() {
    let mut t = Talk::new();
    let port = free_port();
    t.check(&format!("CONFIG SET port {port}"), "+OK");
    crate::harness::Client::tcp(port)
        .expect("the new port is open")
        .check("PING", "+PONG");
    assert!(
        crate::harness::Client::tcp(t.server.port()).is_err(),
        "the old port is closed"
    );
    t.check("PING", "+PONG");
}

#[test]
fn rewriting_keeps_what_people_wrote() {
    let server = configured(
        "# my server\ntimeout 5\n\n# memory\nmaxmemory 1gb\nenable-debug-command yes\n",
        &[],
    );
    let mut client = server.client();
    client.check("CONFIG SET timeout 30 maxmemory 0 tcp-keepalive 17", "+OK");
    client.check("CONFIG REWRITE", "+OK");
    let text = fs::read_to_string(server.file("ferrous.conf")).expect("the file is there");
    assert!(text.contains("# my server\ntimeout 30\n"), "{text}");
    assert!(text.contains("# memory\n"), "{text}");
    assert!(text.contains("\ntcp-keepalive 17\n"), "{text}");
    // Back at its default, a line that was there says so.
    assert!(text.contains("\nmaxmemory 0\n"), "{text}");
    client.check("DEBUG CONFIG-REWRITE-FORCE-ALL", "+OK");
    let text = fs::read_to_string(server.file("ferrous.conf")).expect("the file is there");
    assert!(
        text.contains("\nhz 10\n"),
        "parameters at their default too: {text}"
    );
    Talk::new().check(
        "CONFIG REWRITE",
        "-ERR The server is running without a config file",
    );
}

#[test]
fn statistics_can_be_reset() {
    let mut t = Talk::new();
    t.check("SET k v", "+OK");
    t.check("GET k", "'v'");
    assert!(t.run("INFO stats").text().contains("keyspace_hits:1\r\n"));
    t.check("CONFIG RESETSTAT", "+OK");
    assert!(t.run("INFO stats").text().contains("keyspace_hits:0\r\n"));
    assert!(!t.run("INFO commandstats").text().contains("cmdstat_get:"));
}
