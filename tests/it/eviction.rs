//! Memory kept within its limits: keys and clients that make room, and refusals when nothing may.

use crate::harness::{Talk, eventually};

const OOM: &str = "-OOM command not allowed when used memory > 'maxmemory'.";

/// The number that `INFO` shows as `field`.
#[track_caller]
fn info(t: &mut Talk, field: &str) -> u64 {
    let report = t.run("INFO everything").text();
    let line = report
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.and_then(|value| value.trim().parse().ok())
        .unwrap_or_else(|| panic!("INFO shows the number {field}"))
}

/// Leaves room for `bytes` more than are in use now.
#[track_caller]
fn leave_room(t: &mut Talk, bytes: u64) {
    let limit = info(t, "used_memory") + bytes;
    t.check(&format!("CONFIG SET maxmemory {limit}"), "+OK");
}

/// Stores `count` values of 10 KB, called `prefix` and a number, with `options`.
#[track_caller]
fn fill(t: &mut Talk, prefix: &str, count: usize, options: &str) {
    let value = "x".repeat(10_000);
    for number in 0..count {
        t.check(&format!("SET {prefix}{number} {value} {options}"), "+OK");
    }
}

#[test]
fn without_eviction_what_may_grow_is_refused() {
    let mut t = Talk::new();
    t.check("SET k v", "+OK");
    t.check("CONFIG SET maxmemory 1", "+OK");
    for refused in [
        "SET k w",
        "APPEND k w",
        "SETBIT k 7 1",
        "COPY k l",
        "INCR n",
    ] {
        t.check(refused, OOM);
    }
    t.check("GET k", "'v'");
    t.check("EXPIRE k 100", ":1");
    t.check("DEL k", ":1");
    t.check("CONFIG SET maxmemory 0", "+OK");
    t.check("SET k w", "+OK");
    assert_eq!(info(&mut t, "evicted_keys"), 0);
}

#[test]
fn every_policy_makes_room() {
    for policy in ["allkeys-lru", "allkeys-lfu", "allkeys-random"] {
        let mut t = Talk::with(&["--maxmemory-policy", policy]);
        leave_room(&mut t, 3_000_000);
        fill(&mut t, "key", 2000, "");
        let kept = t.run("DBSIZE").int();
        assert!((100..400).contains(&kept), "{policy} keeps {kept} keys");
        assert_eq!(info(&mut t, "evicted_keys"), 2000 - kept as u64, "{policy}");
    }
    for policy in [
        "volatile-lru",
        "volatile-lfu",
        "volatile-random",
        "volatile-ttl",
    ] {
        let mut t = Talk::with(&["--maxmemory-policy", policy]);
        fill(&mut t, "lasting", 100, "");
        leave_room(&mut t, 3_000_000);
        fill(&mut t, "passing", 2000, "EX 1000");
        for number in 0..100 {
            t.check(&format!("EXISTS lasting{number}"), ":1");
        }
        let kept = t.run("DBSIZE").int();
        assert!((120..500).contains(&kept), "{policy} keeps {kept} keys");
    }
}

#[test]
fn when_nothing_may_go_what_may_grow_is_refused() {
    let mut t = Talk::with(&["--maxmemory-policy", "volatile-lru"]);
    fill(&mut t, "lasting", 10, "");
    t.check("CONFIG SET maxmemory 1", "+OK");
    t.check("SET k v", OOM);
    t.check("EXISTS lasting0", ":1");
}

#[test]
fn what_was_used_lately_or_often_stays() {
    let mut t = Talk::with(&[
        "--maxmemory-policy",
        "allkeys-lfu",
        "--maxmemory-samples",
        "10",
    ]);
    fill(&mut t, "hot", 20, "");
    for _ in 0..50 {
        for number in 0..20 {
            t.run(&format!("GET hot{number}"));
        }
    }
    leave_room(&mut t, 3_000_000);
    fill(&mut t, "cold", 2000, "");
    let hot: i64 = (0..20)
        .map(|number| t.run(&format!("EXISTS hot{number}")).int())
        .sum();
    assert!(hot >= 19, "{hot} of 20 keys in use are still there");
}

#[test]
fn the_soonest_to_expire_go_first() {
    let mut t = Talk::with(&[
        "--maxmemory-policy",
        "volatile-ttl",
        "--maxmemory-samples",
        "10",
    ]);
    fill(&mut t, "late", 200, "EX 100000");
    leave_room(&mut t, 15_000_000);
    fill(&mut t, "soon", 3000, "EX 100");
    let late: i64 = (0..200)
        .map(|number| t.run(&format!("EXISTS late{number}")).int())
        .sum();
    assert!(
        late >= 190,
        "{late} of 200 keys with a late deadline are still there"
    );
}

#[test]
fn a_lower_limit_is_reached_without_further_commands() {
    let mut t = Talk::with(&["--maxmemory-policy", "allkeys-random"]);
    fill(&mut t, "key", 5000, "");
    let limit = info(&mut t, "used_memory") - 20_000_000;
    t.check(&format!("CONFIG SET maxmemory {limit}"), "+OK");
    eventually("memory is below its limit", || {
        info(&mut t, "evicted_keys") > 1500
    });
    assert!(info(&mut t, "total_eviction_exceeded_time") < 60_000);
}

#[test]
fn the_largest_clients_are_closed() {
    let mut t = Talk::new();
    let mut large = t.server.client();
    let mut exempt = t.server.client();
    exempt.check("CLIENT NO-EVICT on", "+OK");
    // Requests that never end: their bytes stay in the clients' buffers.
    for client in [&mut large, &mut exempt] {
        let mut request = b"*2\r\n$3\r\nGET\r\n$3000000\r\n".to_vec();
        request.resize(1_000_000, b'x');
        client.send_raw(&request).expect("the server reads");
    }
    eventually("both requests have arrived", || {
        info(&mut t, "mem_clients_normal") > 2_000_000
    });
    t.check("CONFIG SET maxmemory-clients 500kb", "+OK");
    assert!(large.is_closed());
    assert_eq!(info(&mut t, "evicted_clients"), 1);
    assert_eq!(info(&mut t, "connected_clients"), 3);
}

#[test]
fn an_endless_request_closes_its_client() {
    let mut t = Talk::with(&["--client-query-buffer-limit", "1mb"]);
    let mut client = t.server.client();
    let mut request = b"*2\r\n$3\r\nGET\r\n$3000000\r\n".to_vec();
    request.resize(2_000_000, b'x');
    // The server may hang up before all of it is sent.
    let _ = client.send_raw(&request);
    assert!(client.is_closed());
    let field = "client_query_buffer_limit_disconnections";
    assert_eq!(info(&mut t, field), 1);
}
