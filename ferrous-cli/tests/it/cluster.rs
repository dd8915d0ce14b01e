//! The cluster manager against real nodes.

use std::thread::sleep;
use std::time::Duration;

use crate::server::{FERROUS_CLI, Run, Server, is_installed, run, wait_until};

/// Nodes that form a cluster of three, and one to spare.
struct Nodes(Vec<Server>);

impl Nodes {
    fn start(count: usize) -> Option<Self> {
        let arguments = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
        (0..count)
            .map(|_| Server::start(&arguments))
            .collect::<Option<Vec<_>>>()
            .map(Self)
    }

    fn address(&self, node: usize) -> String {
        format!("127.0.0.1:{}", self.0[node].port)
    }

    fn command(&self, node: usize, words: &str) -> String {
        let arguments = ["-p".to_owned(), self.0[node].port.to_string()];
        let words = words.split(' ').map(str::to_owned);
        run(
            FERROUS_CLI,
            &arguments.into_iter().chain(words).collect::<Vec<_>>(),
            b"",
        )
        .stdout
    }

    /// A cluster of three primaries with this many keys, before any replicas.
    fn with_keys(count: usize, keys: usize) -> Option<Self> {
        let nodes = Self::start(count)?;
        let [a, b, c] = [0, 1, 2].map(|node| nodes.address(node));
        succeeds(&format!("create {a} {b} {c} --cluster-yes"), "[OK]");
        nodes.settle(3);
        nodes.fill(keys);
        Some(nodes)
    }

    fn fill(&self, keys: usize) {
        let lines: Vec<String> = (0..keys)
            .map(|key| format!("SET key:{key} {key}"))
            .collect();
        let port = self.0[0].port.to_string();
        let arguments = ["-c".to_owned(), "-p".to_owned(), port];
        run(FERROUS_CLI, &arguments, lines.join("\n").as_bytes());
    }

    fn id(&self, node: usize) -> String {
        self.command(node, "CLUSTER MYID").trim().to_owned()
    }

    /// Waits until every node of the first `count` sees a sound cluster.
    #[track_caller]
    fn settle(&self, count: usize) {
        wait_until(|| {
            let sound = manage(&format!("check {}", self.address(0)));
            (0..count).all(|node| {
                self.command(node, "CLUSTER INFO")
                    .contains("cluster_state:ok")
            }) && sound.stdout.contains("[OK] All nodes agree")
        });
    }
}

fn manage(words: &str) -> Run {
    manage_with(FERROUS_CLI, words)
}

fn manage_with(program: &str, words: &str) -> Run {
    let words = words.split(' ').map(str::to_owned);
    let arguments: Vec<String> = std::iter::once("--cluster".to_owned())
        .chain(words)
        .collect();
    run(program, &arguments, b"")
}

#[track_caller]
fn succeeds(words: &str, expected: &str) {
    let run = manage(words);
    assert_eq!(run.status, Some(0), "{run:?}");
    assert!(
        run.stdout.contains(expected),
        "{expected:?} is not in {}",
        run.stdout
    );
}

/// Both programs must say the same; the order of nodes is that of their views.
#[track_caller]
fn same_as_redis_cli(words: &str) {
    let [theirs, ours] = ["redis-cli", FERROUS_CLI].map(|program| {
        let mut run = manage_with(program, words);
        let mut lines: Vec<&str> = run.stdout.lines().collect();
        lines.sort_unstable();
        run.stdout = lines.join("\n");
        run
    });
    assert_eq!(theirs, ours, "{words}");
}

#[test]
fn a_cluster_from_its_making_to_its_repair() {
    let Some(nodes) = Nodes::start(4) else { return };
    let [a, b, c, spare] = [0, 1, 2, 3].map(|node| nodes.address(node));
    succeeds(
        &format!("create {a} {b} {c} --cluster-yes"),
        "[OK] All 16384 slots covered.",
    );
    nodes.settle(3);
    nodes.fill(200);
    if is_installed("redis-cli") {
        for words in ["check", "info", "call", "rebalance"] {
            let command = if words == "call" { " DBSIZE" } else { "" };
            same_as_redis_cli(&format!("{words} {a}{command}"));
        }
    }

    let target = nodes.id(1);
    succeeds(
        &format!(
            "reshard {a} --cluster-from all --cluster-to {target} --cluster-slots 100 --cluster-yes"
        ),
        "Moving slot",
    );
    nodes.settle(3);
    succeeds(
        &format!("rebalance {a} --cluster-threshold 0"),
        ">>> Rebalancing across 3 nodes",
    );
    nodes.settle(3);

    succeeds(
        &format!("add-node {spare} {a}"),
        "[OK] New node added correctly.",
    );
    nodes.settle(4);
    succeeds(
        &format!("rebalance {a} --cluster-use-empty-masters"),
        "Total weight = 4.00",
    );
    nodes.settle(4);
    let spare_id = nodes.id(3);
    succeeds(
        &format!("rebalance {a} --cluster-weight {spare_id}=0"),
        "Total weight = 3.00",
    );
    nodes.settle(4);
    succeeds(
        &format!("del-node {a} {spare_id}"),
        "Sending CLUSTER RESET SOFT",
    );
    sleep(Duration::from_millis(200));
    nodes.settle(3);

    // A move that was broken off leaves the slot open at both ends.
    let slot = "12706";
    nodes.command(
        1,
        &format!("CLUSTER SETSLOT {slot} IMPORTING {}", nodes.id(2)),
    );
    nodes.command(
        2,
        &format!("CLUSTER SETSLOT {slot} MIGRATING {}", nodes.id(1)),
    );
    assert_eq!(manage(&format!("check {a}")).status, Some(1));
    succeeds(&format!("fix {a}"), ">>> Case 1: Moving slot 12706");
    nodes.settle(3);
    succeeds(&format!("info {a}"), "[OK] 200 keys in 3 masters.");
}

#[test]
fn what_cannot_be_done_is_said() {
    for (words, status, message) in [
        ("nosuch", 1, "Unknown --cluster subcommand"),
        (
            "create",
            1,
            "[ERR] Wrong number of arguments for specified --cluster sub command",
        ),
        (
            "check 127.0.0.1:1",
            1,
            "Could not connect to Redis at 127.0.0.1:1: Connection refused",
        ),
    ] {
        let run = manage(words);
        assert_eq!(
            (run.status, run.stderr.trim()),
            (Some(status), message),
            "{words}"
        );
    }
}

#[test]
fn one_prompt_for_all_nodes() {
    let Some(nodes) = Nodes::with_keys(3, 100) else {
        return;
    };
    assert_eq!(nodes.command(0, "@primaries DBSIZE"), "100\n");
    assert_eq!(nodes.command(1, "@all KEYS *").lines().count(), 100);
    assert_eq!(nodes.command(1, "@all PING"), "PONG\n");
    let one = format!("@node {} CLUSTER MYID", nodes.address(2));
    assert_eq!(nodes.command(0, &one).trim(), nodes.id(2));
    let by_id = format!("@node {} GET key:1", &nodes.id(1)[..8]);
    assert!(nodes.command(0, &by_id).contains("MOVED") || nodes.command(0, &by_id) == "1\n");
    assert_eq!(nodes.command(0, "@slot key:7 GET key:7"), "7\n");
    let parts = nodes.command(0, "--no-raw @all DBSIZE");
    assert_eq!(parts.lines().count(), 4, "{parts}");
    assert!(parts.ends_with("all nodes (integer) 100\n"), "{parts}");
    let json: serde_json::Value =
        serde_json::from_str(&nodes.command(0, "--output json @all DBSIZE")).unwrap();
    assert_eq!(json["merged"], 100);
    assert_eq!(json["nodes"].as_object().unwrap().len(), 3);
    assert_eq!(
        nodes.command(0, "--scan").lines().count() + others(&nodes),
        100
    );
    assert_eq!(
        nodes.command(0, "--scan --cluster-wide").lines().count(),
        100
    );
    let sizes = nodes.command(0, "--bigkeys --cluster-wide");
    assert!(
        sizes.contains("Sampled 100 keys in the keyspace!"),
        "{sizes}"
    );
    assert_eq!(
        nodes.command(0, "--read-only @all FLUSHALL") + &nodes.command(0, "@primaries DBSIZE"),
        "100\n"
    );
    // Redirections, and the way around addresses that cannot be reached.
    assert_eq!(nodes.command(0, "-c GET key:5"), "5\n");
    let detour = format!(
        "-c --natmap {}={} ECHO way",
        nodes.address(1),
        nodes.address(1)
    );
    assert_eq!(nodes.command(0, &detour), "way\n");
}

/// Keys of the second and third node.
fn others(nodes: &Nodes) -> usize {
    [1, 2]
        .iter()
        .map(|&node| nodes.command(node, "--scan").lines().count())
        .sum()
}

#[test]
fn replicas_are_made_and_found() {
    let Some(nodes) = Nodes::start(7) else { return };
    let addresses: Vec<String> = (0..6).map(|node| nodes.address(node)).collect();
    let all = addresses.join(" ");
    succeeds(
        &format!("create {all} --cluster-replicas 1 --cluster-yes"),
        "[OK] All 16384 slots covered.",
    );
    nodes.settle(6);
    let check = manage(&format!("check {}", addresses[0]));
    assert_eq!(
        check.stdout.matches("1 additional replica(s)").count(),
        3,
        "{check:?}"
    );
    same_as_redis_cli(&format!("check {}", addresses[0]));
    let first = &addresses[0];
    for (which, count) in [
        ("", 6),
        (" --cluster-only-masters", 3),
        (" --cluster-only-replicas", 3),
    ] {
        let called = manage(&format!("call {first} PING{which}"));
        assert_eq!(called.stdout.matches("PONG").count(), count, "{called:?}");
    }
    // Without a configuration file the nodes cannot keep it, which is said of each.
    same_as_redis_cli(&format!("set-timeout {first} 3000"));
    assert!(
        nodes
            .command(3, "CONFIG GET cluster-node-timeout")
            .contains("3000")
    );
    let refused = manage(&format!("set-timeout {first} 5"));
    assert_eq!(refused.status, Some(1), "{refused:?}");
    let primary = nodes.id(0);
    succeeds(
        &format!(
            "add-node {} {first} --cluster-slave --cluster-master-id {primary}",
            nodes.address(6)
        ),
        "[OK] New node added correctly.",
    );
    wait_until(|| nodes.command(6, "ROLE").starts_with("slave\n"));
    wait_until(|| nodes.command(0, "@replicas PING") == "PONG\n");
    wait_until(|| {
        manage(&format!("check {first}"))
            .stdout
            .contains("2 additional replica(s)")
    });
    succeeds(
        &format!("del-node {first} {}", nodes.id(6)),
        "CLUSTER RESET SOFT",
    );
}

#[test]
fn keys_are_brought_in_and_saved() {
    let (Some(nodes), Some(alone)) = (Nodes::with_keys(3, 50), Server::start(&[])) else {
        return;
    };
    let first = nodes.address(0);
    let single = format!("127.0.0.1:{}", alone.port);
    let setup = "MSET other:1 a other:2 b other:3 c\nSET key:1 taken\n";
    let words = ["-p".to_owned(), alone.port.to_string()];
    run(FERROUS_CLI, &words, setup.as_bytes());
    let copied = manage(&format!(
        "import {first} --cluster-from {single} --cluster-copy"
    ));
    assert!(copied.stdout.contains("BUSYKEY"), "{copied:?}");
    succeeds(
        &format!("import {first} --cluster-from {single} --cluster-replace"),
        "*** Importing 4 keys from DB 0",
    );
    assert_eq!(nodes.command(0, "@primaries DBSIZE"), "53\n");
    assert_eq!(nodes.command(0, "-c GET key:1"), "taken\n");
    let directory = alone.directory.path().join("backup");
    std::fs::create_dir(&directory).unwrap();
    succeeds(
        &format!("backup {first} {}", directory.display()),
        "[OK] Backup created into: ",
    );
    let layout = std::fs::read(directory.join("nodes.json")).unwrap();
    let layout: serde_json::Value = serde_json::from_slice(&layout).unwrap();
    assert_eq!(layout.as_array().unwrap().len(), 3);
    let snapshots = std::fs::read_dir(&directory)
        .unwrap()
        .flatten()
        .filter(|file| {
            let bytes = std::fs::read(file.path()).unwrap();
            bytes.starts_with(b"REDIS0010")
        });
    assert_eq!(snapshots.count(), 3);
}

#[test]
fn what_is_broken_is_mended() {
    let Some(nodes) = Nodes::with_keys(3, 100) else {
        return;
    };
    let first = nodes.address(0);
    // A slot that nobody serves.
    for node in 0..3 {
        nodes.command(node, "CLUSTER DELSLOTS 5");
    }
    wait_until(|| manage(&format!("check {first}")).status == Some(1));
    succeeds(
        &format!("fix {first} --cluster-yes"),
        "Fixing slots coverage",
    );
    nodes.settle(3);
    assert_eq!(nodes.command(0, "@primaries DBSIZE"), "100\n");
}

#[test]
fn an_interrupted_reshard_goes_on() {
    let Some(nodes) = Nodes::with_keys(3, 100) else {
        return;
    };
    let first = nodes.address(0);
    let plan = nodes.0[0].directory.path().join("plan");
    let (from, to) = (nodes.id(0), nodes.id(1));
    let reshard = format!(
        "reshard {first} --cluster-from {from} --cluster-to {to} --cluster-slots 20 --cluster-yes --cluster-plan {}",
        plan.display()
    );
    let shown = manage(&format!("{reshard} --cluster-simulate"));
    assert!(
        shown.stdout.contains("Resharding plan:") && !plan.exists(),
        "{shown:?}"
    );
    // As after a run that was killed: three slots have arrived, the fourth is on its way.
    for slot in 0..3 {
        for node in [1, 0, 2] {
            nodes.command(node, &format!("CLUSTER SETSLOT {slot} NODE {to}"));
        }
    }
    nodes.command(1, &format!("CLUSTER SETSLOT 3 IMPORTING {from}"));
    nodes.command(0, &format!("CLUSTER SETSLOT 3 MIGRATING {to}"));
    let moves: String = (0..20)
        .map(|slot| format!("move {slot} {from} {to}\n"))
        .collect::<Vec<_>>()
        .concat();
    std::fs::write(&plan, moves + "done 0\ndone 1\n").unwrap();
    let resumed = manage(&reshard);
    assert_eq!(resumed.status, Some(0), "{resumed:?}");
    assert_eq!(
        resumed.stdout.matches("Moving slot ").count(),
        17,
        "{resumed:?}"
    );
    assert!(!plan.exists());
    nodes.settle(3);
    let slots = manage(&format!("info {first}")).stdout;
    assert!(
        slots.contains("| 5441 slots |") && slots.contains("| 5482 slots |"),
        "{slots}"
    );
    assert!(slots.contains("[OK] 100 keys in 3 masters."), "{slots}");
}
