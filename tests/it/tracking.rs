//! Client-side caching: who is told when a key changes.

use crate::harness::{Client, Server, Talk};

#[track_caller]
fn check_push(client: &mut Client, expected: &str) {
    assert_eq!(client.read().to_string(), expected);
}

#[test]
fn readers_are_told_once() {
    let mut t = Talk::new();
    t.check3("CLIENT TRACKING ON", "+OK");
    t.check3("MGET a b", "[_, _]");
    t.check("SET a 1", "+OK");
    t.check("SET a 2", "+OK");
    t.check("SET b 2", "+OK");
    check_push(&mut t.resp3, ">['invalidate', ['a']]");
    check_push(&mut t.resp3, ">['invalidate', ['b']]");
    t.check3("PING", "+PONG");
    t.check3("CLIENT TRACKING OFF", "+OK");
    t.check3("GET a", "'2'");
    t.check("SET a 3", "+OK");
    t.check3("PING", "+PONG");
}

#[test]
fn own_changes_are_told_behind_their_replies() {
    let mut t = Talk::new();
    t.check3("CLIENT TRACKING ON", "+OK");
    t.check3("GET k", "_");
    t.check3("SET k v", "+OK");
    check_push(&mut t.resp3, ">['invalidate', ['k']]");
    t.check3("CLIENT TRACKING ON NOLOOP", "+OK");
    t.check3("GET k", "'v'");
    t.check3("SET k w", "+OK");
    t.check3("GET k", "'w'");
    t.check("DEL k", ":1");
    check_push(&mut t.resp3, ">['invalidate', ['k']]");
}

#[test]
fn emptied_databases_and_expired_keys_are_told() {
    let mut t = Talk::new();
    t.check3("CLIENT TRACKING ON", "+OK");
    t.check("FLUSHALL", "+OK");
    check_push(&mut t.resp3, ">['invalidate', _]");
    t.check3("SET k v PX 30", "+OK");
    t.check3("GET k", "'v'");
    check_push(&mut t.resp3, ">['invalidate', ['k']]");
}

#[test]
fn broadcasts_go_by_prefix() {
    let mut t = Talk::new();
    t.check3("CLIENT TRACKING ON BCAST PREFIX user: PREFIX item:", "+OK");
    t.check("SET user:1 a", "+OK");
    t.check("SET other a", "+OK");
    t.check("MSET item:1 a item:2 b", "+OK");
    check_push(&mut t.resp3, ">['invalidate', ['user:1']]");
    check_push(&mut t.resp3, ">['invalidate', ['item:1', 'item:2']]");
    t.check3(
        "CLIENT TRACKINGINFO",
        "{'flags': ~['on', 'bcast'], 'redirect': :0, 'prefixes': ['user:', 'item:']}",
    );
    t.check3(
        "CLIENT TRACKING ON BCAST PREFIX user:1",
        "-ERR Prefix 'user:1' overlaps with an existing prefix 'user:'. Prefixes for a single client must not overlap.",
    );
    let info = t.run("INFO").to_string();
    assert!(
        info.contains("tracking_total_prefixes:2") && info.contains("tracking_clients:1"),
        "{info}"
    );
}

#[test]
fn reads_are_chosen() {
    let mut t = Talk::new();
    t.check3("CLIENT TRACKING ON OPTIN", "+OK");
    t.check3("GET a", "_");
    t.check3("CLIENT CACHING YES", "+OK");
    t.check3("GET b", "_");
    t.check3("GET c", "_");
    t.check("MSET a 1 b 1 c 1", "+OK");
    check_push(&mut t.resp3, ">['invalidate', ['b']]");
    t.check3(
        "CLIENT CACHING NO",
        "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.",
    );
    t.check3("CLIENT TRACKING OFF", "+OK");
    t.check3("CLIENT TRACKING ON OPTOUT", "+OK");
    t.check3("CLIENT CACHING NO", "+OK");
    t.check3("GET a", "'1'");
    t.check3("GET b", "'1'");
    t.check("MSET a 2 b 2", "+OK");
    check_push(&mut t.resp3, ">['invalidate', ['b']]");
    t.check3("PING", "+PONG");
}

#[test]
fn another_client_can_be_told() {
    let mut t = Talk::new();
    let mut listener = t.server.client();
    let id = listener.run("CLIENT ID").to_string();
    listener.check(
        "SUBSCRIBE __redis__:invalidate",
        "['subscribe', '__redis__:invalidate', :1]",
    );
    let id = id.trim_start_matches(':');
    t.check(&format!("CLIENT TRACKING ON REDIRECT {id}"), "+OK");
    t.check("CLIENT GETREDIR", &format!(":{id}"));
    t.check("GET k", "nil");
    t.check3("SET k v", "+OK");
    check_push(&mut listener, "['message', '__redis__:invalidate', ['k']]");
    t.check3("FLUSHALL", "+OK");
    check_push(&mut listener, "['message', '__redis__:invalidate', nil]");
    t.check3(
        "CLIENT TRACKING ON REDIRECT 999999",
        "-ERR The client ID you want redirect to does not exist",
    );
}

#[test]
fn a_reader_whose_redirection_is_gone_is_told_so() {
    let mut t = Talk::new();
    let mut target = t.server.client();
    let id = target.run("CLIENT ID").to_string();
    let id = id.trim_start_matches(':');
    t.check3(&format!("CLIENT TRACKING ON REDIRECT {id}"), "+OK");
    t.check3("GET k", "_");
    target.check("QUIT", "+OK");
    assert!(target.is_closed());
    crate::harness::eventually("the target is gone", || {
        !t.resp2
            .run("CLIENT LIST")
            .to_string()
            .contains(&format!("id={id} "))
    });
    t.check("SET k v", "+OK");
    check_push(&mut t.resp3, &format!(">['tracking-redir-broken', :{id}]"));
    t.check3(
        "CLIENT TRACKINGINFO",
        &format!("{{'flags': ~['on', 'broken_redirect'], 'redirect': :{id}, 'prefixes': []}}"),
    );
}

#[test]
fn wrong_options_are_refused() {
    let mut t = Talk::new();
    t.check_all(&[
        ("CLIENT TRACKING MAYBE", "-ERR syntax error"),
        ("CLIENT TRACKING ON REDIRECT", "-ERR syntax error"),
        ("CLIENT TRACKING ON REDIRECT x", "-ERR value is not an integer or out of range"),
        ("CLIENT TRACKING ON PREFIX a", "-ERR PREFIX option requires BCAST mode to be enabled"),
        ("CLIENT TRACKING ON BCAST OPTIN", "-ERR OPTIN and OPTOUT are not compatible with BCAST"),
        ("CLIENT TRACKING ON OPTIN OPTOUT", "-ERR You can't specify both OPTIN mode and OPTOUT mode"),
        (
            "CLIENT TRACKING ON BCAST PREFIX a PREFIX ab",
            "-ERR Prefix 'a' overlaps with another provided prefix 'ab'. Prefixes for a single client must not overlap.",
        ),
        (
            "CLIENT CACHING YES",
            "-ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled",
        ),
        ("CLIENT GETREDIR", ":-1"),
        ("CLIENT TRACKINGINFO", "['flags', ['off'], 'redirect', :-1, 'prefixes', []]"),
    ]);
}

#[test]
fn the_table_of_readers_is_bounded() {
    let server = Server::with(&["--tracking-table-max-keys", "10"]);
    let (mut reader, mut other) = (server.client3(), server.client());
    reader.check("CLIENT TRACKING ON", "+OK");
    for number in 0..30 {
        reader.send(&format!("GET key:{number}"));
    }
    // Twenty keys are forgotten, each with a push behind the reply that made it too many.
    for _ in 0..50 {
        reader.read();
    }
    let stats = other.run("INFO stats").to_string();
    assert!(
        stats.contains("tracking_total_keys:10") && stats.contains("tracking_total_items:10"),
        "{stats}"
    );
}

#[test]
fn a_lower_bound_holds_at_once() {
    let server = Server::start();
    let (mut reader, mut other) = (server.client3(), server.client());
    reader.check("CLIENT TRACKING ON", "+OK");
    reader.check("MGET a b", "[_, _]");
    other.check("CONFIG SET tracking-table-max-keys 1", "+OK");
    let told = reader.read().to_string();
    assert!(
        told == ">['invalidate', ['a']]" || told == ">['invalidate', ['b']]",
        "{told}"
    );
}

/// What a transaction reads behind its own change is read as it is from then on, and what it reads before is not.
#[test]
fn reads_and_changes_of_a_transaction_are_told_in_their_order() {
    let mut t = Talk::new();
    t.check3("CLIENT TRACKING ON", "+OK");
    t.check3("GET b", "_");
    for line in ["SET b 1", "SET a 1", "GET a", "GET b"] {
        t.check3("MULTI", "+OK");
        t.check3(line, "+QUEUED");
        t.check3("GET c", "+QUEUED");
        t.resp3.run("EXEC");
        if line == "SET b 1" {
            check_push(&mut t.resp3, ">['invalidate', ['b']]");
        }
    }
    t.check3("MULTI", "+OK");
    t.check3("SET x 1", "+QUEUED");
    t.check3("GET x", "+QUEUED");
    t.check3("EXEC", "[+OK, '1']");
    t.check3("PING", "+PONG");
    t.check("MSET c 2 b 2 a 2", "+OK");
    for key in ["c", "b", "a"] {
        check_push(&mut t.resp3, &format!(">['invalidate', ['{key}']]"));
    }
    t.check("SET x 2", "+OK");
    check_push(&mut t.resp3, ">['invalidate', ['x']]");
    t.check3("GET x", "'2'");
    t.check3(
        "EVAL \"server.call('GET', KEYS[1]) server.call('SET', KEYS[1], 3)\" 1 x",
        "_",
    );
    check_push(&mut t.resp3, ">['invalidate', ['x']]");
    t.check3("PING", "+PONG");
}

#[test]
fn what_was_read_is_forgotten_with_everything() {
    let mut t = Talk::new();
    t.check3("CLIENT TRACKING ON OPTOUT", "+OK");
    t.check3("GET k", "_");
    t.check3("CLIENT CACHING NO", "+OK");
    t.check3("CLIENT TRACKING OFF", "+OK");
    t.check("FLUSHALL", "+OK");
    t.check3("CLIENT TRACKING ON OPTOUT", "+OK");
    t.check("SET k v", "+OK");
    t.check3("PING", "+PONG");
    t.check3(
        "CLIENT TRACKINGINFO",
        "{'flags': ~['on', 'optout'], 'redirect': :0, 'prefixes': []}",
    );
}

/// Who waits for the reply learns first of what had to go for it.
#[test]
fn evicted_keys_are_told_before_the_reply() {
    let mut t = Talk::new();
    t.check3("CLIENT TRACKING ON", "+OK");
    t.check("SET volatile v EX 1000", "+OK");
    t.check("CONFIG SET maxmemory 1", "+OK");
    t.check3("GET volatile", "'v'");
    t.check3("CONFIG SET maxmemory-policy volatile-random", "+OK");
    t.resp3.send("PING");
    check_push(&mut t.resp3, ">['invalidate', ['volatile']]");
    assert_eq!(t.resp3.read().to_string(), "+PONG");
}
