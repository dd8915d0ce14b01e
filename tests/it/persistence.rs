//! Snapshots: written, loaded, exchanged with the real server.

use std::fs;

use rustix::process::Signal;

use crate::harness::{Client, Reply, Server, Talk, check_file, eventually, installed_redis};

/// Values of every type and encoding that clients of any server can make.
const DATA: &[&str] = &[
    "SET int 12345",
    "SET big 9223372036854775807",
    "SET short hello",
    "SET negative -7",
    "SETRANGE sparse 300 x",
    "SET expiring later PX 100000000",
    "SET compressible aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "SET binary \"\\x00\\xff\\r\\n\"",
    "SET \"\" empty-name",
    "RPUSH list a b c 1 2 3",
    "SADD ints 1 2 3",
    "SADD ints:wide 1 70000 5000000000",
    "HSET hash:ints 1 2 3 4",
    "SETBIT bits 70 1",
    "PFADD visitors alice bob carol",
    "GEOADD places 13.36 38.11 palermo 15.08 37.5 catania",
    "XADD stream 1-1 f v",
    "XADD stream 2-1 f v g w",
    "XADD stream 3-1 f other",
    "XGROUP CREATE stream readers 0",
    "XREADGROUP GROUP readers alice COUNT 2 STREAMS stream >",
    "XGROUP CREATECONSUMER stream readers bob",
    "XACK stream readers 1-1",
    "XDEL stream 2-1",
    "XADD emptied 5-5 f v",
    "XTRIM emptied MAXLEN 0",
    "FUNCTION LOAD REPLACE \"#!lua name=seven\\nredis.register_function('seven', function() return 7 end)\"",
    "SADD words one two three",
    "HSET hash f v g w",
    "ZADD zset 1 a 2.5 b -inf c",
    "SELECT 3",
    "SET elsewhere here",
    "SELECT 0",
];

/// Runs `lines`, passing over commands that the server does not know yet.
fn fill(client: &mut Client, lines: &[&str]) {
    for line in lines {
        let reply = client.run(line).to_string();
        let known = !reply.contains("unknown command");
        assert!(!known || !reply.starts_with('-'), "{line}: {reply}");
    }
    let (long, longer) = ("x".repeat(9_000), "y".repeat(70_000));
    client.run(&format!("RPUSH large:elements {long} short {longer} \"\""));
    client.run(&format!("HSET large:values f {longer}"));
    for number in 0..300 {
        client.run(&format!("XADD large:XADD {}-1 number {number}", number + 1));
        for (verb, args) in [
            ("RPUSH", format!("element:{number}:{}", "x".repeat(50))),
            ("SADD", format!("member:{number}")),
            ("HSET", format!("field:{number} value:{number}")),
            ("ZADD", format!("{number}.25 member:{number}")),
        ] {
            client.run(&format!("{verb} large:{verb} {args}"));
        }
    }
}

fn digest(client: &mut Client) -> String {
    client.run("DEBUG DIGEST").to_string()
}

fn info(client: &mut Client, name: &str) -> String {
    let report = client.run("INFO persistence").text();
    let line = report.lines().find_map(|line| line.strip_prefix(name));
    let value = line.and_then(|line| line.strip_prefix(':'));
    value.unwrap_or_default().to_owned()
}

const DEBUG: [&str; 2] = ["--enable-debug-command", "yes"];

#[test]
fn save_and_load_keep_everything() {
    let mut server = Server::with(&DEBUG);
    let mut client = server.client();
    fill(&mut client, DATA);
    let before = digest(&mut client);
    client.check("SAVE", "+OK");
    assert_eq!(info(&mut client, "rdb_changes_since_last_save"), "0");
    client.run("SET later lost");
    server.again(&DEBUG);
    let mut client = server.client();
    assert_eq!(digest(&mut client), before);
    client.check("EXISTS later", ":0");
    let Reply::Int(ttl) = client.run("PTTL expiring") else {
        panic!("no number")
    };
    assert!((90_000_000..100_000_000).contains(&ttl), "{ttl}");
}

#[test]
fn reload_is_save_and_load() {
    let mut t = Talk::with(&DEBUG);
    fill(&mut t.resp2, DATA);
    let before = digest(&mut t.resp2);
    t.check("DEBUG RELOAD", "+OK");
    assert_eq!(digest(&mut t.resp2), before);
    t.check("SET added yes", "+OK");
    t.check("DEBUG RELOAD NOSAVE NOFLUSH MERGE", "+OK");
    t.check("GET added", "'yes'");
    t.check(
        "DEBUG RELOAD NOSAVE NOFLUSH",
        "-ERR Error trying to load the RDB dump, check server logs.",
    );
    t.check("DEBUG RELOAD NOSAVE", "+OK");
    t.check("EXISTS added", ":0");
    assert_eq!(digest(&mut t.resp2), before);
    t.check(
        "DEBUG RELOAD SIDEWAYS",
        "-ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.",
    );
}

#[test]
fn files_are_exchanged_with_redis() {
    let Some(redis) = installed_redis() else {
        return;
    };
    let options = ["--enable-debug-command", "yes", "--rdb-version", "10"];
    let mut server = Server::with(&options);
    let mut client = server.client();
    fill(&mut client, DATA);
    let before = digest(&mut client);
    client.check("SAVE", "+OK");
    check_file("redis-check-rdb", &server.file("dump.rdb"));
    server.again_as(&redis, &DEBUG);
    assert!(server.comes_up(), "{}", server.log());
    let mut client = server.client();
    assert_eq!(digest(&mut client), before);
    let groups = groups(&mut client);
    assert!(groups.contains("['alice', '1']"), "{groups}");
    client.check("SET from redis", "+OK");
    let theirs = digest(&mut client);
    client.check("SAVE", "+OK");
    server.again(&DEBUG);
    let mut client = server.client();
    assert_eq!(digest(&mut client), theirs);
    assert_eq!(self::groups(&mut client), groups);
    client.check("FCALL seven 0", ":7");
}

/// What is pending in the groups of a stream, and who reads.
fn groups(client: &mut Client) -> String {
    let pending = client.run("XPENDING stream readers").to_string();
    let groups = client.run("XINFO GROUPS stream").to_string();
    format!("{pending} {groups}")
}

#[test]
fn background_saves_are_as_of_their_start() {
    let mut server = Server::with(&DEBUG);
    let mut client = server.client();
    client.check("DEBUG POPULATE 20000 key 40", "+OK");
    fill(&mut client, DATA);
    let before = digest(&mut client);
    client.check("CONFIG SET rdb-key-save-delay 20", "+OK");
    client.check("BGSAVE", "+Background saving started");
    client.check("BGSAVE", "-ERR Background save already in progress");
    client.check("SAVE", "-ERR Background save already in progress");
    client.check(
        "BGREWRITEAOF",
        "+Background append only file rewriting scheduled",
    );
    for number in 0..20_000 {
        let key = number * 7919 % 20_000;
        match number % 3 {
            0 => client.run(&format!("SET key:{key} changed")),
            1 => client.run(&format!("DEL key:{key}")),
            _ => client.run(&format!("APPEND key:{key} more")),
        };
    }
    client.run("DEL large:SADD short");
    client.run("SWAPDB 0 3");
    for line in ["FLUSHDB", "SELECT 3", "FLUSHDB ASYNC", "SELECT 0"] {
        client.check(line, "+OK");
    }
    client.check("CONFIG SET rdb-key-save-delay 0", "+OK");
    eventually("the save is over", || {
        info(&mut client, "rdb_bgsave_in_progress") == "0"
    });
    assert_eq!(info(&mut client, "rdb_last_bgsave_status"), "ok");
    server.again(&DEBUG);
    assert_eq!(digest(&mut server.client()), before);
}

#[test]
fn background_saves_are_called_off_and_scheduled() {
    let mut t = Talk::with(&DEBUG);
    t.check(
        "BGSAVE CANCEL",
        "-ERR Background saving is currently not in progress or scheduled",
    );
    t.check("BGSAVE SOON", "-ERR syntax error");
    t.check("DEBUG POPULATE 1000", "+OK");
    t.check("CONFIG SET rdb-key-save-delay 1000000", "+OK");
    t.check("BGSAVE", "+Background saving started");
    t.check("BGSAVE CANCEL", "+Background saving cancelled");
    eventually("the save is over", || {
        info(&mut t.resp2, "rdb_bgsave_in_progress") == "0"
    });
    assert_eq!(info(&mut t.resp2, "rdb_last_bgsave_status"), "ok");
    let left: Vec<_> = fs::read_dir(t.server.file(""))
        .expect("the folder is there")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.contains("temp"))
        .collect();
    assert_eq!(left, [""; 0]);
    t.check(
        "BGREWRITEAOF",
        "+Background append only file rewriting started",
    );
    t.check(
        "BGSAVE",
        "-ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.",
    );
    t.check("BGSAVE SCHEDULE", "+Background saving scheduled");
    t.check("CONFIG SET rdb-key-save-delay 0", "+OK");
    eventually("the scheduled save is over", || {
        info(&mut t.resp2, "rdb_saves") == "1"
    });
}

#[test]
fn save_points_save() {
    let mut t = Talk::new();
    t.check("CONFIG SET save \"1 2\"", "+OK");
    t.check("SET a 1", "+OK");
    t.check("SET b 2", "+OK");
    let before = t.run("LASTSAVE");
    eventually("a save point is met", || {
        info(&mut t.resp2, "rdb_saves") == "1"
    });
    assert_ne!(t.run("LASTSAVE"), before);
    assert_eq!(info(&mut t.resp2, "rdb_changes_since_last_save"), "0");
}

#[test]
fn the_end_saves_when_there_are_save_points() {
    for (end, kept) in [
        ("SHUTDOWN", ":1"),
        ("SHUTDOWN NOSAVE", ":0"),
        ("SHUTDOWN SAVE", ":1"),
        ("", ":1"),
    ] {
        let mut server = Server::start();
        let mut client = server.client();
        if end != "SHUTDOWN SAVE" {
            client.check("CONFIG SET save \"3600 1000\"", "+OK");
        }
        client.check("SET k v", "+OK");
        if end.is_empty() {
            server.signal(Signal::TERM);
        } else {
            client.send(end);
            assert!(client.is_closed());
        }
        assert!(server.wait_for_end().success(), "{end}");
        server.again(&[]);
        server.client().check("EXISTS k", kept);
    }
}

#[test]
fn an_end_that_writes_for_long_is_called_off() {
    let mut t = Talk::with(&DEBUG);
    t.check("DEBUG POPULATE 1000", "+OK");
    t.check("CONFIG SET rdb-key-save-delay 1000000", "+OK");
    let mut ending = t.server.client();
    ending.send("SHUTDOWN SAVE");
    eventually("the server prepares to end", || {
        let clients = t.resp2.run("INFO clients").text();
        clients.contains("paused_reason:shutdown_in_progress")
    });
    // Reading goes on, writing waits.
    t.check("GET key:1", "'value:1'");
    let mut writer = t.server.client();
    writer.send("SET key:1 changed");
    t.check(
        "SHUTDOWN NOSAVE",
        "-ERR Errors trying to SHUTDOWN. Check logs.",
    );
    t.check("SHUTDOWN ABORT", "+OK");
    let refusal = "-ERR Errors trying to SHUTDOWN. Check logs.";
    assert_eq!(ending.read().to_string(), refusal);
    assert_eq!(writer.read().to_string(), "+OK");
    t.check("SHUTDOWN ABORT", "-ERR No shutdown in progress.");
    assert_eq!(info(&mut t.resp2, "rdb_last_bgsave_status"), "ok");
    t.check("CONFIG SET rdb-key-save-delay 0", "+OK");
    t.resp2.send("SHUTDOWN SAVE");
    assert!(t.server.wait_for_end().success());
    t.server.again(&[]);
    t.server.client().check("GET key:1", "'changed'");
}

#[test]
fn to_empty_everything_calls_a_save_off_and_saves() {
    let mut t = Talk::with(&DEBUG);
    t.check("CONFIG SET save \"3600 100000\"", "+OK");
    t.check("DEBUG POPULATE 1000", "+OK");
    t.check("SAVE", "+OK");
    for emptying in [
        "FLUSHALL",
        "FLUSHALL ASYNC",
        "EVAL \"return redis.call('FLUSHALL')\" 0",
    ] {
        t.check("DEBUG POPULATE 1000", "+OK");
        t.check("CONFIG SET rdb-key-save-delay 1000000", "+OK");
        t.check("BGSAVE", "+Background saving started");
        t.check(emptying, "+OK");
        assert_eq!(info(&mut t.resp2, "rdb_bgsave_in_progress"), "0");
        assert_eq!(info(&mut t.resp2, "rdb_changes_since_last_save"), "0");
        assert_eq!(info(&mut t.resp2, "rdb_last_bgsave_status"), "ok");
        t.check("DEBUG RELOAD NOSAVE", "+OK");
        t.check("DBSIZE", ":0");
    }
    // Without save points the save is called off all the same, and what the file holds stays.
    t.check("CONFIG SET save \"\" rdb-key-save-delay 0", "+OK");
    t.check("SET kept yes", "+OK");
    t.check("SAVE", "+OK");
    t.check("DEBUG POPULATE 1000", "+OK");
    t.check("CONFIG SET rdb-key-save-delay 1000000", "+OK");
    t.check("BGSAVE", "+Background saving started");
    t.check("FLUSHALL", "+OK");
    eventually("the save is called off", || {
        info(&mut t.resp2, "rdb_bgsave_in_progress") == "0"
    });
    t.check("DEBUG RELOAD NOSAVE", "+OK");
    t.check("GET kept", "'yes'");
}

#[test]
fn libraries_of_functions_survive() {
    const LIBRARY: &str =
        "FUNCTION LOAD \"#!lua name=kept\\nredis.register_function('f', function() return 7 end)\"";
    const CALL: (&str, &str) = ("FCALL f 0", ":7");
    let mut t = Talk::with(&DEBUG);
    t.check(LIBRARY, "'kept'");
    t.check("FLUSHALL", "+OK");
    for reload in ["DEBUG RELOAD", "DEBUG RELOAD NOFLUSH MERGE"] {
        t.check(reload, "+OK");
        t.check_all(&[CALL]);
    }
    t.check("SAVE", "+OK");
    t.server.again(&DEBUG);
    t.server.client().check(CALL.0, CALL.1);
    for preamble in ["yes", "no"] {
        let options = [
            &DEBUG[..],
            &["--appendonly", "yes", "--aof-use-rdb-preamble", preamble],
        ]
        .concat();
        let mut server = Server::with(&options);
        let mut client = server.client();
        client.check(LIBRARY, "'kept'");
        client.check("DEBUG LOADAOF", "+OK");
        client.check(CALL.0, CALL.1);
        client.run("BGREWRITEAOF");
        eventually("the rewrite is over", || {
            info(&mut client, "aof_rewrite_in_progress") == "0"
                && info(&mut client, "aof_rewrites") == "1"
        });
        client.check("DEBUG LOADAOF", "+OK");
        client.check(CALL.0, CALL.1);
        server.again(&options);
        let mut client = server.client();
        client.check(CALL.0, CALL.1);
        client.check("FUNCTION DELETE kept", "+OK");
        client.check("DEBUG LOADAOF", "+OK");
        client.check("FUNCTION LIST", "[]");
    }
}

#[test]
fn loading_tells_clients_to_wait() {
    let mut server = Server::with(&DEBUG);
    server.client().check("DEBUG POPULATE 3000", "+OK");
    server.client().check("SAVE", "+OK");
    server.again_as(
        crate::harness::server_program(),
        &[
            "--key-load-delay",
            "1000",
            "--loading-process-events-interval-bytes",
            "1024",
        ],
    );
    eventually("the server listens", || Client::tcp(server.port()).is_ok());
    let mut client = server.client();
    client.check(
        "GET key:1",
        "-LOADING Redis is loading the dataset in memory",
    );
    client.check("PING", "-LOADING Redis is loading the dataset in memory");
    assert_eq!(info(&mut client, "loading"), "1");
    assert_ne!(info(&mut client, "loading_total_bytes"), "");
    assert_ne!(info(&mut client, "loading_eta_seconds"), "");
    client.check("CONFIG SET key-load-delay 0", "+OK");
    eventually("the data is loaded", || {
        client.run("GET key:1").to_string() == "'value:1'"
    });
    assert_eq!(info(&mut client, "rdb_last_load_keys_loaded"), "3000");
}

#[test]
fn what_a_version_cannot_hold_is_refused_with_its_name() {
    let mut t = Talk::with(&DEBUG);
    if t.run("HSET h f v").to_string() != ":1"
        || t.run("HPEXPIRE h 1000000 FIELDS 1 f").to_string() != "[:1]"
    {
        return;
    }
    // As late as can be said, which Valkey can hold and Redis 7.4 cannot.
    let latest = i64::MAX;
    t.check(&format!("HPEXPIREAT far {latest} FIELDS 1 f"), "[:-2]");
    t.check("HSET far f v", ":1");
    t.check(&format!("HPEXPIREAT far {latest} FIELDS 1 f"), "[:1]");
    t.check("CONFIG SET rdb-version 12 dump-rdb-version 12", "+OK");
    assert!(!t.run("DUMP far").is_error());
    t.check("SAVE", "-ERR");
    let log = t.server.log();
    assert!(
        log.contains("cannot hold a field that expires after"),
        "{log}"
    );
    let before = digest(&mut t.resp2);
    t.check("CONFIG SET rdb-version 11", "+OK");
    t.check("SAVE", "-ERR");
    assert!(
        t.server
            .log()
            .contains("cannot hold fields that expire: key '"),
        "{}",
        t.server.log()
    );
    t.check("CONFIG SET rdb-version auto", "+OK");
    t.check("SAVE", "+OK");
    t.server.again(&DEBUG);
    assert_eq!(digest(&mut t.server.client()), before);
}
