//! What the server says about itself: COMMAND, INFO, DEBUG and their kin.

use std::collections::BTreeMap;

use crate::harness::{Reply, Talk};

#[test]
fn command_info_describes_commands() {
    let mut t = Talk::new();
    let info = t.run("COMMAND INFO get nosuch");
    let [get, nosuch] = info.items() else {
        panic!("two were asked for: {info}")
    };
    assert_eq!(*nosuch, Reply::NullBulk);
    assert_eq!(get.items()[0].text(), "get");
    let numbers: Vec<i64> = [1, 3, 4, 5]
        .iter()
        .map(|at| get.items()[*at].int())
        .collect();
    assert_eq!(numbers, [2, 1, 1, 1], "arity, first key, last key, step");
    assert_eq!(get.items()[2].to_string(), "[+readonly, +fast]");
    assert_eq!(get.items()[6].to_string(), "[+@read, +@string, +@fast]");
    assert_eq!(get.items()[7].to_string(), "[]", "tips");
    assert_eq!(
        get.items()[8].to_string(),
        "[['flags', [+RO, +access], 'begin_search', ['type', 'index', 'spec', ['index', :1]], 'find_keys', ['type', \
         'range', 'spec', ['lastkey', :0, 'keystep', :1, 'limit', :0]]]]"
    );
    assert_eq!(get.items()[9].to_string(), "[]", "subcommands");
    let in_resp3 = t.resp3.run("COMMAND INFO get");
    let in_resp3 = in_resp3.items()[0].items();
    assert_eq!(in_resp3[2].to_string(), "~[+readonly, +fast]");
    assert_eq!(in_resp3[9].to_string(), "~[]", "no subcommands are a set");
    let config = t.run("COMMAND INFO config").items()[0].clone();
    let subcommands: Vec<String> = config.items()[9]
        .items()
        .iter()
        .map(|row| row.items()[0].text())
        .collect();
    for name in [
        "config|get",
        "config|set",
        "config|rewrite",
        "config|resetstat",
        "config|help",
    ] {
        assert!(
            subcommands.iter().any(|known| known == name),
            "{subcommands:?}"
        );
    }
    let one = t.run("COMMAND INFO config|get").items()[0].clone();
    assert_eq!(one.items()[0].text(), "config|get");
}

#[test]
fn categories_are_those_of_released_servers() {
    let mut t = Talk::new();
    for (name, expected) in [
        ("xgroup", "[+@slow]"),
        ("pubsub|help", "[+@slow]"),
        ("xgroup|help", "[+@stream, +@slow]"),
        (
            "sort_ro",
            "[+@read, +@set, +@sortedset, +@list, +@slow, +@dangerous]",
        ),
    ] {
        let info = t.run(&format!("COMMAND INFO {name}"));
        assert_eq!(info.items()[0].items()[6].to_string(), expected, "{name}");
    }
}

#[test]
fn command_tells_what_is_done_with_keys() {
    let mut t = Talk::new();
    for (line, expected) in [
        ("SET a b", "[['a', [+OW, +update]]]"),
        ("SET a b GET", "[['a', [+RW, +access, +update]]]"),
        ("BITFIELD k GET u8 0", "[['k', [+RO, +access]]]"),
        ("BITFIELD k SET u8 0 1", "[['k', [+RW, +access, +update]]]"),
    ] {
        t.check(&format!("COMMAND GETKEYSANDFLAGS {line}"), expected);
    }
}

#[test]
fn command_lists_all() {
    let mut t = Talk::new();
    let count = t.run("COMMAND COUNT").int();
    assert!(count > 60, "{count}");
    assert_eq!(t.run("COMMAND").items().len() as i64, count);
    // The list names subcommands, too.
    assert!(t.run("COMMAND LIST").items().len() as i64 > count);
    assert_eq!(t.run("COMMAND INFO").items().len() as i64, count);
    assert_eq!(t.run("COMMAND DOCS").items().len() as i64, 2 * count);
    let mut names = |filter: &str| -> Vec<String> {
        let mut names: Vec<String> = t
            .run(&format!("COMMAND LIST FILTERBY {filter}"))
            .items()
            .iter()
            .map(Reply::text)
            .collect();
        names.sort();
        names
    };
    assert_eq!(names("PATTERN getr*"), ["getrange"]);
    assert!(names("ACLCAT string").contains(&"append".to_owned()));
    assert!(names("ACLCAT nosuch").is_empty());
    assert!(names("MODULE nosuch").is_empty());
    t.check("COMMAND LIST FILTERBY NOSUCH x", "-ERR syntax error");
    t.check(
        "COMMAND NOSUCH",
        "-ERR unknown subcommand 'NOSUCH'. Try COMMAND HELP.",
    );
}

#[test]
fn command_docs_explain() {
    let mut t = Talk::new();
    let docs = t.run("COMMAND DOCS getrange");
    let [name, getrange] = docs.items() else {
        panic!("a name and its documentation: {docs}")
    };
    assert_eq!(name.text(), "getrange");
    assert_eq!(getrange.field("since").text(), "2.4.0");
    assert_eq!(getrange.field("group").text(), "string");
    assert!(!getrange.field("summary").text().is_empty());
    assert!(!getrange.field("complexity").text().is_empty());
    let arguments = getrange.field("arguments").items();
    let shape: Vec<(String, String)> = arguments
        .iter()
        .map(|argument| (argument.field("name").text(), argument.field("type").text()))
        .collect();
    let shape: Vec<(&str, &str)> = shape
        .iter()
        .map(|(name, kind)| (&**name, &**kind))
        .collect();
    assert_eq!(
        shape,
        [("key", "key"), ("start", "integer"), ("end", "integer")]
    );
    assert_eq!(arguments[0].field("key_spec_index").int(), 0);
    let docs = t.resp3.run("COMMAND DOCS set nosuch");
    let Reply::Map(pairs) = &docs else {
        panic!("RESP3 has maps for this: {docs}")
    };
    assert_eq!(pairs.len(), 1);
    let arguments = docs.field("set").field("arguments").items();
    let condition = arguments
        .iter()
        .find(|argument| argument.field("name").text() == "condition")
        .expect("NX and XX exclude each other");
    assert_eq!(condition.field("type").text(), "oneof");
    assert_eq!(condition.field("flags").to_string(), "~[+optional]");
}

#[test]
fn command_getkeys_finds_keys() {
    let mut t = Talk::new();
    t.check("COMMAND GETKEYS GET k", "['k']");
    t.check("COMMAND GETKEYS MSET a 1 b 2", "['a', 'b']");
    t.check("COMMAND GETKEYS COPY a b", "['a', 'b']");
    t.check("COMMAND GETKEYS BITOP AND d a b", "['d', 'a', 'b']");
    t.check(
        "COMMAND GETKEYS SPUBLISH channel message",
        "-ERR The command has no key arguments",
    );
    t.check("COMMAND GETKEYS EVAL script 0", "[]");
    t.check(
        "COMMAND GETKEYS ZINTERSTORE d 0 a",
        "-ERR Invalid arguments specified for command",
    );
    t.check("COMMAND GETKEYSANDFLAGS GET k", "[['k', [+RO, +access]]]");
    t.check(
        "COMMAND GETKEYSANDFLAGS COPY a b",
        "[['a', [+RO, +access]], ['b', [+OW, +update]]]",
    );
    t.check3("COMMAND GETKEYSANDFLAGS GET k", "[['k', ~[+RO, +access]]]");
    t.check(
        "COMMAND GETKEYS PING x",
        "-ERR The command has no key arguments",
    );
    t.check("COMMAND GETKEYS NOSUCH k", "-ERR Invalid command specified");
    t.check(
        "COMMAND GETKEYS GET a b",
        "-ERR Invalid number of arguments specified for command",
    );
}

/// The fields of an INFO text.
fn fields(text: &str) -> BTreeMap<&str, &str> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .collect()
}

#[test]
fn info_has_sections_and_fields() {
    let mut t = Talk::new();
    let all = t.run("INFO").text();
    let sections: Vec<&str> = all
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .collect();
    for section in [
        "Server",
        "Clients",
        "Memory",
        "Persistence",
        "Stats",
        "Replication",
        "CPU",
        "Errorstats",
        "Cluster",
        "Keyspace",
    ] {
        assert!(
            sections.contains(&section),
            "{section} is missing of {sections:?}"
        );
    }
    let all = fields(&all);
    for name in [
        "redis_version",
        "redis_mode",
        "os",
        "arch_bits",
        "redis_build_id",
        "gcc_version",
        "process_id",
        "run_id",
        "tcp_port",
        "uptime_in_seconds",
        "uptime_in_days",
        "hz",
        "executable",
        "config_file",
        "io_threads_active",
        "connected_clients",
        "maxclients",
        "blocked_clients",
        "used_memory",
        "used_memory_human",
        "used_memory_rss",
        "used_memory_peak",
        "maxmemory",
        "maxmemory_policy",
        "mem_fragmentation_ratio",
        "mem_allocator",
        "loading",
        "rdb_bgsave_in_progress",
        "rdb_last_save_time",
        "aof_enabled",
        "total_connections_received",
        "total_commands_processed",
        "instantaneous_ops_per_sec",
        "total_net_input_bytes",
        "rejected_connections",
        "expired_keys",
        "evicted_keys",
        "keyspace_hits",
        "keyspace_misses",
        "role",
        "connected_slaves",
        "master_replid",
        "master_repl_offset",
        "used_cpu_sys",
        "used_cpu_user",
        "cluster_enabled",
    ] {
        assert!(all.contains_key(name), "{name} is missing");
    }
    assert_eq!(all["role"], "master");
    assert_eq!(all["run_id"].len(), 40);
    assert_eq!(all["tcp_port"], t.server.port().to_string());
    t.check("INFO nosuch", "''");
    t.check("INFO \"\"", "''");
    let some = t.run("INFO server cpu").text();
    assert!(
        some.starts_with("# Server\r\n") && some.contains("\r\n\r\n# CPU\r\n"),
        "{some}"
    );
    assert!(!some.contains("# Memory"));
    assert!(!t.run("INFO").text().contains("# Commandstats"));
    assert!(t.run("INFO all").text().contains("# Commandstats"));
    assert!(t.run("INFO everything").text().contains("# Commandstats"));
    assert!(matches!(t.resp3.run("INFO server"), Reply::Verbatim(format, _) if format == "txt"));
}

#[test]
fn info_counts() {
    let mut t = Talk::new();
    t.check("SET k v EX 1000", "+OK");
    t.check("SET l v", "+OK");
    t.check("GET k", "'v'");
    t.check("GET missing", "nil");
    t.check("INCR k", "-ERR value is not an integer or out of range");
    t.check("GET", "-ERR wrong number of arguments for 'get' command");
    let text = t.run("INFO everything").text();
    let all = fields(&text);
    assert_eq!((all["keyspace_hits"], all["keyspace_misses"]), ("1", "1"));
    assert!(
        all["db0"].starts_with("keys=2,expires=1,avg_ttl="),
        "{}",
        all["db0"]
    );
    assert_eq!(all["errorstat_ERR"], "count=2");
    assert_eq!(all["total_error_replies"], "2");
    let get = all["cmdstat_get"];
    assert!(
        get.starts_with("calls=2,usec=") && get.ends_with(",rejected_calls=1,failed_calls=0"),
        "{get}"
    );
    assert!(
        all["cmdstat_incr"].ends_with(",rejected_calls=0,failed_calls=1"),
        "{}",
        all["cmdstat_incr"]
    );
    let latency = all["latency_percentiles_usec_get"];
    assert!(
        latency.starts_with("p50=") && latency.contains(",p99=") && latency.contains(",p99.9="),
        "{latency}"
    );
}

#[test]
fn time_and_art() {
    let mut t = Talk::new();
    let time = t.run("TIME");
    assert!(
        time.items().len() == 2
            && time.items()[0]
                .text()
                .parse::<u64>()
                .is_ok_and(|seconds| seconds > 1 << 30)
    );
    assert!(!t.run("LOLWUT").text().is_empty());
    assert!(!t.run("LOLWUT VERSION 5 10 10 10").text().is_empty());
}

#[test]
fn debug_serves_tests() {
    let mut t = Talk::with(&["--enable-debug-command", "yes"]);
    t.check("DEBUG SLEEP 0", "+OK");
    t.check("DEBUG SET-ACTIVE-EXPIRE 1", "+OK");
    t.check("DEBUG OBJECT missing", "-ERR no such key");
    t.check("SET k v", "+OK");
    let object = t.run("DEBUG OBJECT k").text();
    assert!(
        object.contains("refcount:1 encoding:embstr serializedlength:2"),
        "{object}"
    );
    for (kind, in_resp3) in [
        ("string", "'Hello World'"),
        ("integer", ":12345"),
        ("double", ",3.141"),
        ("null", "_"),
        ("array", "[:0, :1, :2]"),
        ("set", "~[:0, :1, :2]"),
        ("map", "{:0: #f, :1: #t, :2: #f}"),
        ("true", "#t"),
        ("false", "#f"),
        ("verbatim", "=txt:'This is a verbatim\\nstring'"),
        ("bignum", "(1234567999999999999999999999999999999"),
    ] {
        t.check3(&format!("DEBUG PROTOCOL {kind}"), in_resp3);
    }
    t.check("DEBUG PROTOCOL double", "'3.141'");
    t.check("DEBUG PROTOCOL true", ":1");
    t.check("DEBUG PROTOCOL null", "nil");
    t.check(
        "DEBUG JMAP",
        "-ERR unknown subcommand or wrong number of arguments for 'JMAP'. Try DEBUG HELP.",
    );
}

#[test]
fn debug_can_be_forbidden() {
    let mut t = Talk::with(&["--enable-debug-command", "no"]);
    let refusal = t.run("DEBUG SLEEP 0").to_string();
    assert!(
        refusal.starts_with("-ERR DEBUG command not allowed."),
        "{refusal}"
    );
}
