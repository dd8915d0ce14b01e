//! The cluster manager against real nodes.

use std::thread::sleep;
use std::time::Duration;

use crate::server::{FERROUS_CLI, Run, Server, is_installed, run, wait_until};

/// Nodes that form a cluster of three, and one to spare.
struct Nodes(Vec<Server>);

impl Nodes {
    fn start() -> Option<Self> {
        let arguments = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
        (0..4)
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
    let Some(nodes) = Nodes::start() else { return };
    let [a, b, c, spare] = [0, 1, 2, 3].map(|node| nodes.address(node));
    succeeds(
        &format!("create {a} {b} {c} --cluster-yes"),
        "[OK] All 16384 slots covered.",
    );
    nodes.settle(3);
    let lines: Vec<String> = (0..200).map(|key| format!("SET key:{key} {key}")).collect();
    let port = nodes.0[0].port.to_string();
    run(
        FERROUS_CLI,
        &["-c".to_owned(), "-p".to_owned(), port],
        lines.join("\n").as_bytes(),
    );
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
