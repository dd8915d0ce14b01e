//! Functions and their libraries: how they come and go, what they say of themselves, and how they outlast the server.

use std::fs;

use crate::harness::{Server, Talk, eventually};

/// A library with a function that counts and one that only reads.
const COUNTING: &str = "\"#!lua name=counting\\nredis.register_function('count', function(keys, args) return redis.call('INCRBY', keys[1], args[1] or 1) end)\\nredis.register_function{function_name='look', callback=function(keys) return redis.call('GET', keys[1]) end, description='looks', flags={'no-writes'}}\"";

#[test]
fn functions_are_called_by_name() {
    let mut t = Talk::new();
    t.check("FCALL count 1 k", "-ERR Function not found");
    t.check(&format!("FUNCTION LOAD {COUNTING}"), "'counting'");
    t.check_all(&[
        ("FCALL count 1 k", ":1"),
        ("FCALL COUNT 1 k 5", ":6"),
        ("FCALL look 1 k", "'6'"),
        ("FCALL_RO look 1 k", "'6'"),
        (
            "FCALL_RO count 1 k",
            "-ERR Can not execute a script with write flag using *_ro command.",
        ),
        (
            "FCALL count",
            "-ERR wrong number of arguments for 'fcall' command",
        ),
        ("FCALL count x", "-ERR Bad number of keys provided"),
        ("FCALL count -1", "-ERR Number of keys can't be negative"),
        (
            "FCALL count 2 k",
            "-ERR Number of keys can't be greater than number of args",
        ),
    ]);
    t.run("SET text text");
    t.check(
        "FCALL count 1 text",
        "-ERR value is not an integer or out of range script: count, on @user_function:2.",
    );
    // Every worker runs it, whoever loaded it.
    for _ in 0..20 {
        t.server.client().check("FCALL look 1 k", "'6'");
    }
}

#[test]
fn libraries_are_loaded_whole_or_not_at_all() {
    let mut t = Talk::new();
    let load = |body: &str| format!("FUNCTION LOAD \"{body}\"");
    let function = "redis.register_function('f', function() return 1 end)";
    for (body, refusal) in [
        (function.to_owned(), "ERR Missing library metadata"),
        ("#!lua name=l".to_owned(), "ERR Invalid library metadata"),
        (
            format!("#!lua\\n{function}"),
            "ERR Library name was not given",
        ),
        (format!("#! name=l\\n{function}"), "ERR Engine '' not found"),
        (
            format!("#!js name=l\\n{function}"),
            "ERR Engine 'js' not found",
        ),
        (
            format!("#!lua name=l x=y\\n{function}"),
            "ERR Invalid metadata value given: x=y",
        ),
        (
            "#!lua name=l\\nreturn 1".to_owned(),
            "ERR No functions registered",
        ),
        (
            format!("#!lua name=l\\n{function} {function}"),
            "ERR Error registering functions: @user_function: 2: Function already exists in the library",
        ),
        (
            "#!lua name=l\\nredis.call('PING')".to_owned(),
            "ERR Error registering functions: @user_function: 2: attempt to call field 'call' (a nil value)",
        ),
    ] {
        let reply = t.run(&load(&body)).to_string();
        assert!(reply.starts_with("-ERR "), "{body}: {reply}");
        // The places that Lua names are its own; the rest is to the letter.
        if !refusal.contains("registering") {
            assert_eq!(reply, format!("-{refusal}"), "{body}");
        }
        t.check("FUNCTION LIST", "[]");
    }
    t.check(&load(&format!("#!lua name=l\\n{function}")), "'l'");
    t.check(
        &load(&format!("#!lua name=l\\n{function}")),
        "-ERR Library 'l' already exists",
    );
    t.check(
        &load(&format!("#!lua name=m\\n{function}")),
        "-ERR Function f already exists",
    );
    t.check(
        "FUNCTION LOAD REPLACE \"#!lua name=l\\nredis.register_function('g', function() return 2 end)\"",
        "'l'",
    );
    t.check("FCALL f 0", "-ERR Function not found");
    t.check("FCALL g 0", ":2");
    t.check("FUNCTION DELETE none", "-ERR Library not found");
    t.check("FUNCTION DELETE l", "+OK");
    t.check("FCALL g 0", "-ERR Function not found");
}

#[test]
fn libraries_are_listed() {
    let mut t = Talk::new();
    t.run(&format!("FUNCTION LOAD {COUNTING}"));
    t.run("FUNCTION LOAD \"#!lua name=other\\nredis.register_function('f', function() return 1 end)\"");
    t.check_both(
        "FUNCTION LIST LIBRARYNAME oth*",
        "[['library_name', 'other', 'engine', 'LUA', 'functions', [['name', 'f', 'description', nil, 'flags', []]]]]",
        "[{'library_name': 'other', 'engine': 'LUA', 'functions': [{'name': 'f', 'description': _, 'flags': ~[]}]}]",
    );
    t.check3(
        "FUNCTION LIST LIBRARYNAME counting WITHCODE",
        &format!(
            "[{{'library_name': 'counting', 'engine': 'LUA', 'functions': [{{'name': 'count', 'description': _, 'flags': ~[]}}, {{'name': 'look', 'description': 'looks', 'flags': ~[+no-writes]}}], 'library_code': '{}'}}]",
            COUNTING.trim_matches('"').replace('\'', "\\'")
        ),
    );
    t.check_both(
        "FUNCTION STATS",
        "['running_script', nil, 'engines', ['LUA', ['libraries_count', :2, 'functions_count', :3]]]",
        "{'running_script': _, 'engines': {'LUA': {'libraries_count': :2, 'functions_count': :3}}}",
    );
    t.check("FUNCTION LIST NOTHING", "-ERR Unknown argument NOTHING");
    t.check(
        "FUNCTION LIST LIBRARYNAME",
        "-ERR library name argument was not given",
    );
    t.check(
        "FUNCTION FLUSH LATER",
        "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option",
    );
    t.check("FUNCTION FLUSH ASYNC", "+OK");
    t.check("FUNCTION LIST", "[]");
}

#[test]
fn payloads_carry_libraries() {
    let from = Server::start();
    let mut client = from.client();
    client.run(&format!("FUNCTION LOAD {COUNTING}"));
    let crate::harness::Reply::Bulk(payload) = client.run("FUNCTION DUMP") else {
        panic!("a payload is a string of bytes");
    };
    let to = Server::start();
    let mut client = to.client();
    let mut restore = |policy: &[&str]| {
        let mut argv = vec![b"FUNCTION".to_vec(), b"RESTORE".to_vec(), payload.clone()];
        argv.extend(policy.iter().map(|word| word.as_bytes().to_vec()));
        client
            .try_run(&argv)
            .expect("the server replies")
            .to_string()
    };
    assert_eq!(restore(&[]), "+OK");
    assert_eq!(restore(&[]), "-ERR Library counting already exists");
    assert_eq!(restore(&["APPEND"]), "-ERR Library counting already exists");
    assert_eq!(restore(&["REPLACE"]), "+OK");
    assert_eq!(restore(&["FLUSH"]), "+OK");
    assert_eq!(
        restore(&["LATER"]),
        "-ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE."
    );
    assert_eq!(
        restore(&["FLUSH", "x"]),
        "-ERR unknown subcommand or wrong number of arguments for 'RESTORE'. Try FUNCTION HELP."
    );
    client.check("FCALL count 1 k", ":1");
    client.check(
        "FUNCTION RESTORE damaged",
        "-ERR DUMP payload version or checksum are wrong",
    );
    client.check("FCALL count 1 k", ":2");
}

#[test]
fn libraries_outlast_the_server_in_its_snapshot() {
    let mut server = Server::start();
    let mut client = server.client();
    client.run(&format!("FUNCTION LOAD {COUNTING}"));
    client.check("SAVE", "+OK");
    server.again(&[]);
    server.client().check("FCALL count 1 k", ":1");
}

/// Whatever changed the libraries is in the log, once, and before what relies on it.
#[test]
fn libraries_outlast_the_server_in_its_log() {
    let options = [
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
        "--enable-debug-command",
        "yes",
    ];
    let mut server = Server::with(&options);
    let mut client = server.client();
    client.run(&format!("FUNCTION LOAD {COUNTING}"));
    client.run(
        "FUNCTION LOAD \"#!lua name=gone\\nredis.register_function('f', function() return 1 end)\"",
    );
    client.check("FUNCTION DELETE gone", "+OK");
    client.check("FCALL count 1 k", ":1");
    let log = fs::read(server.file("appendonlydir/appendonly.aof.1.incr.aof"))
        .expect("what is acknowledged is in the file");
    let log = String::from_utf8_lossy(&log).into_owned();
    assert_eq!(log.matches("FUNCTION").count(), 3, "{log}");
    server.again(&options);
    let mut client = server.client();
    client.check("FCALL look 1 k", "'1'");
    client.check("FCALL f 0", "-ERR Function not found");
    // And in the base of a log that was written anew, while libraries went on changing.
    let port = server.port();
    let changes = std::thread::spawn(move || {
        let mut client = crate::harness::Client::tcp(port).expect("the server listens");
        for number in 0..100 {
            let library = format!(
                "#!lua name=l{number}\\nredis.register_function('l{number}', function() return {number} end)"
            );
            client.check(
                &format!("FUNCTION LOAD \"{library}\""),
                &format!("'l{number}'"),
            );
        }
    });
    for _ in 0..3 {
        client.run("BGREWRITEAOF");
        eventually("the rewrite is over", || {
            let report = client.run("INFO persistence").text();
            report.contains("aof_rewrite_in_progress:0")
                && report.contains("aof_rewrite_scheduled:0")
        });
    }
    changes.join().expect("every library is loaded");
    server.again(&options);
    let mut client = server.client();
    assert_eq!(client.run("FUNCTION LIST").items().len(), 101);
    client.check("FCALL l99 0", ":99");
    client.check("FCALL look 1 k", "'1'");
}

#[test]
fn what_libraries_share_is_read_only() {
    let mut t = Talk::new();
    for body in [
        "redis = nil",
        "redis.register_function = nil",
        "x = 1",
        "setmetatable(_G, {})",
        "redis.register_function('f', function() x = 1 end) return x",
    ] {
        let line = format!("FUNCTION LOAD REPLACE \"#!lua name=l\\n{body}\"");
        let loaded = t.run(&line);
        assert!(loaded.is_error() || t.run("FCALL f 0").is_error(), "{body}");
    }
    // A library keeps what is its own.
    t.check(
        "FUNCTION LOAD REPLACE \"#!lua name=l\\nlocal calls = 0 redis.register_function('f', function() calls = calls + 1 return calls > 0 end)\"",
        "'l'",
    );
    t.check("FCALL f 0", ":1");
}
