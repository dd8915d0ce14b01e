//! `CONFIG SET` and `CONFIG GET` as clients see them.

use super::*;

const LOCAL: Caller = Caller {
    is_local: true,
    is_loading: false,
};

fn set(config: &Config, pairs: &[(&str, &str)]) -> Result<Change, SetError> {
    let pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
        .collect();
    config.set(&pairs, LOCAL)
}

fn get(config: &Config, name: &str) -> String {
    config
        .get(&[name.as_bytes()])
        .into_values()
        .map(|value| String::from_utf8_lossy(&value).into_owned())
        .collect()
}

#[track_caller]
fn check(name: &str, value: &str, shown: &str) {
    let config = Config::new();
    let _ = set(&config, &[(name, value)]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(get(&config, name), shown);
}

#[track_caller]
fn check_refused(name: &str, value: &str, reason: &str) {
    let config = Config::new();
    let before = get(&config, name);
    let error = set(&config, &[(name, value)]).expect_err("a wrong value");
    let expected = format!("CONFIG SET failed (possibly related to argument '{name}') - {reason}");
    assert_eq!(error.to_string(), expected);
    assert_eq!(get(&config, name), before);
}

#[test]
fn values_are_shown_in_one_spelling() {
    check("maxmemory", "100mb", "104857600");
    check("maxmemory", "18446744073709551615", "18446744073709551615");
    check("MaxMemory", "", "0");
    check("appendfsync", "ALWAYS", "always");
    check("protected-mode", "No", "no");
    check("timeout", "5", "5");
    check("list-max-ziplist-size", "-5", "-5");
    check(
        "client-output-buffer-limit",
        "normal 1gb 2mb 3 slave 1k 1kb 0",
        "normal 1073741824 2097152 3 slave 1000 1024 0 pubsub 33554432 8388608 60",
    );
    check(
        "client-output-buffer-limit",
        "",
        "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
    );
    check(
        "latency-tracking-info-percentiles",
        "50 99.00 99.900",
        "50 99 99.9",
    );
    check("latency-tracking-info-percentiles", "", "");
    check("oom-score-adj-values", "3 2 -1", "3 2 -1");
    check("shutdown-on-sigterm", "now save", "save now");
    check("shutdown-on-sigterm", "default save", "save");
    check("shutdown-on-sigterm", "default", "default");
    check("slot-migration-max-failover-repl-bytes", "-1", "-1");
    check("bind", "127.0.0.1 -::1", "127.0.0.1 -::1");
    check("bind", "", "");
    check("save", "", "");
    check("requirepass", "a b\u{0}c", "a b\u{0}c");
}

/// A parameter, a value that it does not take, and the words in which released servers say so.
const REFUSALS: &[(&str, &str, &str)] = &[
    (
        "timeout",
        "abc",
        "argument couldn't be parsed into an integer",
    ),
    ("timeout", "", "argument couldn't be parsed into an integer"),
    (
        "timeout",
        " 5",
        "argument couldn't be parsed into an integer",
    ),
    (
        "timeout",
        "+5",
        "argument couldn't be parsed into an integer",
    ),
    (
        "timeout",
        "005",
        "argument couldn't be parsed into an integer",
    ),
    (
        "timeout",
        "-0",
        "argument couldn't be parsed into an integer",
    ),
    (
        "timeout",
        "99999999999999999999",
        "argument couldn't be parsed into an integer",
    ),
    (
        "timeout",
        "-1",
        "argument must be between 0 and 2147483647 inclusive",
    ),
    (
        "maxclients",
        "0",
        "argument must be between 1 and 4294967295 inclusive",
    ),
    (
        "slowlog-log-slower-than",
        "-2",
        "argument must be between -1 and 9223372036854775807 inclusive",
    ),
    ("maxmemory", "abc", "argument must be a memory value"),
    ("maxmemory", "-1", "argument must be a memory value"),
    ("maxmemory", "1.5gb", "argument must be a memory value"),
    ("maxmemory", "1 gb", "argument must be a memory value"),
    (
        "maxmemory",
        "18446744073709551616",
        "argument must be a memory value",
    ),
    (
        "proto-max-bulk-len",
        "100",
        "argument must be between 1048576 and 9223372036854775807 inclusive",
    ),
    (
        "repl-backlog-size",
        "9223372036854775808",
        "argument must be between 1 and 9223372036854775807 inclusive",
    ),
    (
        "maxmemory-clients",
        "101%",
        "percentage argument must be less or equal to 100",
    ),
    (
        "maxmemory-clients",
        "-5",
        "argument must be a memory or percent value",
    ),
    (
        "slot-migration-max-failover-repl-bytes",
        "-2",
        "argument must be between -1 and 9223372036854775807 inclusive",
    ),
    ("protected-mode", "maybe", "argument must be 'yes' or 'no'"),
    (
        "loglevel",
        "loud",
        "argument(s) must be one of the following: debug, verbose, notice, warning, nothing",
    ),
    ("save", "1", "Invalid save parameters"),
    ("save", "1 a", "Invalid save parameters"),
    ("save", "a 1", "Invalid save parameters"),
    ("save", "0 1", "Invalid save parameters"),
    ("save", "10  20", "Invalid save parameters"),
    (
        "client-output-buffer-limit",
        "normal 1 2",
        "Wrong number of arguments in buffer limit configuration.",
    ),
    (
        "client-output-buffer-limit",
        "master 1 2 3",
        "Invalid client class specified in buffer limit configuration.",
    ),
    (
        "client-output-buffer-limit",
        "normal -1 2 3",
        "Error in hard, soft or soft_seconds setting in buffer limit configuration.",
    ),
    ("oom-score-adj-values", "1 2", "wrong number of arguments"),
    (
        "oom-score-adj-values",
        "1 2 3000",
        "Invalid oom-score-adj-values, elements must be between -2000 and 2000.",
    ),
    (
        "latency-tracking-info-percentiles",
        "a",
        "Invalid latency-tracking-info-percentiles parameters",
    ),
    (
        "latency-tracking-info-percentiles",
        "101",
        "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]",
    ),
    (
        "shutdown-on-sigterm",
        "save nosave",
        "shutdown options SAVE and NOSAVE can't be used simultaneously",
    ),
    (
        "shutdown-on-sigterm",
        "",
        "argument(s) must be one of the following: default, save, nosave, now, force, safe, failover",
    ),
    (
        "notify-keyspace-events",
        "Q",
        "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
    ),
    (
        "bind",
        "a b c d e f g h i j k l m n o p q",
        "Too many bind addresses specified.",
    ),
    (
        "proc-title-template",
        "{foo}",
        "template format is invalid or contains unknown variables",
    ),
    (
        "cluster-announce-hostname",
        "a_b",
        "Hostnames may only contain alphanumeric characters, hyphens or dots",
    ),
    (
        "cluster-announce-client-ipv4",
        "foo",
        "Invalid IPv4 address",
    ),
    ("databases", "3", "can't set immutable config"),
    ("dir", "/", "can't set protected config"),
];

#[test]
fn wrong_values_are_refused_in_the_words_that_clients_know() {
    for (name, value, reason) in REFUSALS {
        check_refused(name, value, reason);
    }
}

#[test]
fn what_is_still_to_come_cannot_be_turned_on() {
    check_refused(
        "log-format",
        "logfmt",
        "this build does not support another form of the log yet",
    );
    check("log-format", "legacy", "legacy");
}

#[test]
fn one_wrong_pair_stops_all() {
    let config = Config::new();
    let error =
        set(&config, &[("maxmemory", "1gb"), ("timeout", "-1")]).expect_err("a wrong value");
    assert!(error.to_string().contains("'timeout'"));
    assert_eq!(config.memory.maxmemory.get(), 0);
    let error = set(&config, &[("maxmemory", "1"), ("nosuch", "3")]).expect_err("an unknown name");
    assert_eq!(
        error.to_string(),
        "Unknown option or number of arguments for CONFIG SET - 'nosuch'"
    );
    assert_eq!(config.memory.maxmemory.get(), 0);
    let error = set(&config, &[("maxmemory", "1"), ("MAXMEMORY", "2")]).expect_err("a name twice");
    assert_eq!(error, SetError::refused("maxmemory", "duplicate parameter"));
}

#[test]
fn both_names_of_a_parameter_are_one() {
    let config = Config::new();
    let _ = set(
        &config,
        &[("slave-priority", "1"), ("replica-priority", "2")],
    )
    .expect("two names may go together");
    assert_eq!(config.replication.replica_priority.get(), 2);
    assert_eq!(get(&config, "slave-priority"), "2");
}

#[test]
fn a_change_names_its_effects_and_can_be_undone() {
    let config = Config::new();
    let change = set(
        &config,
        &[
            ("port", "7000"),
            ("bind", "::1"),
            ("timeout", "9"),
            ("loglevel", "notice"),
        ],
    );
    let change = change.expect("right values");
    assert_eq!(
        change
            .effects()
            .map(|(effect, _)| effect)
            .collect::<Vec<_>>(),
        [Effect::Bind, Effect::Listen]
    );
    assert_eq!(config.network.port.get(), 7000);
    change.undo(&config);
    assert_eq!(config.network.port.get(), 6379);
    assert_eq!(get(&config, "bind"), "* -::*");
    assert_eq!(config.clients.timeout.get(), 0);
}

#[test]
fn loading_keeps_some_parameters_as_they_are() {
    let loading = Caller {
        is_local: true,
        is_loading: true,
    };
    let outcome = Config::new().set(&[(b"appendonly", b"no")], loading);
    assert_eq!(
        outcome.expect_err("appendonly has to wait"),
        SetError::Loading
    );
}

#[test]
fn patterns_find_names_sorted_and_hidden_ones_in_full_only() {
    let config = Config::new();
    let names = |patterns: &[&[u8]]| config.get(patterns).into_keys().collect::<Vec<_>>();
    assert_eq!(
        names(&[b"MAXMEMORY-S*", b"maxmemory-p?licy", b"maxmemory-samples"]),
        ["maxmemory-policy", "maxmemory-samples",]
    );
    assert_eq!(
        names(&[b"*-to-write"]),
        ["min-replicas-to-write", "min-slaves-to-write"]
    );
    assert!(names(&[b"watchdog*"]).is_empty());
    assert_eq!(names(&[b"watchdog-period", b"nosuch"]), ["watchdog-period"]);
}
