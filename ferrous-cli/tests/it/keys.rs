//! Modes that walk the keys: filters, actions, analysers, and a whole cluster at once.

use crate::server::{FERROUS_CLI, Run, Server, run};

struct Filled(Server);

impl Filled {
    fn start(arguments: &[&str]) -> Option<Self> {
        let server = Self(Server::start(arguments)?);
        let lines: Vec<String> = (0..100)
            .map(|key| format!("SET session:{key} {key}"))
            .collect();
        let lines = lines.join("\n") + "\n";
        let more = "SET big \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\n\
                    SET soon 1 EX 50\nSET later 1 EX 5000\nRPUSH list a b c\n";
        run(
            FERROUS_CLI,
            &server.words(""),
            format!("{lines}{more}").as_bytes(),
        );
        Some(server)
    }

    fn words(&self, line: &str) -> Vec<String> {
        let mut words = vec!["-p".to_owned(), self.0.port.to_string()];
        words.extend(
            line.split(' ')
                .filter(|word| !word.is_empty())
                .map(str::to_owned),
        );
        words
    }

    fn cli(&self, line: &str) -> Run {
        run(FERROUS_CLI, &self.words(line), b"")
    }

    /// The lines of standard output, sorted.
    fn lines(&self, line: &str) -> Vec<String> {
        let mut lines: Vec<String> = self.cli(line).stdout.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    }
}

#[test]
fn scan_filters() {
    let Some(server) = Filled::start(&[]) else {
        return;
    };
    assert_eq!(server.lines("--scan").len(), 104);
    assert_eq!(server.lines("--scan --pattern session:*").len(), 100);
    assert_eq!(server.lines("--scan --type list"), ["list"]);
    assert_eq!(server.lines("--scan --ttl any"), ["later", "soon"]);
    assert_eq!(server.lines("--scan --ttl 100"), ["soon"]);
    assert_eq!(server.lines("--scan --ttl none").len(), 102);
    assert_eq!(
        server.lines("--scan --min-memory 120 --pattern *i*g*"),
        ["big"]
    );
    assert_eq!(server.cli("--ttl 5 PING").status, Some(1));
}

#[test]
fn keys_found_are_acted_on() {
    let (Some(server), Some(other)) = (Filled::start(&[]), Server::start(&[])) else {
        return;
    };
    let trial = server.cli("--scan --pattern session:1? --unlink --dry-run");
    assert_eq!(trial.stdout.lines().count(), 10);
    assert!(
        trial
            .stderr
            .ends_with("10 keys seen, 10 would be changed, 0 failed\n"),
        "{trial:?}"
    );
    assert_eq!(server.cli("DBSIZE").stdout, "104\n");
    let done = server.cli("--scan --pattern session:1? --unlink");
    assert!(
        done.stderr
            .ends_with("10 keys seen, 10 changed, 0 failed\n"),
        "{done:?}"
    );
    assert_eq!(server.cli("DBSIZE").stdout, "94\n");
    server.cli("--scan --pattern session:2? --expire 100");
    assert_eq!(server.lines("--scan --ttl 100").len(), 11);
    let uri = format!("redis://127.0.0.1:{}/3", other.port);
    server.cli(&format!("--scan --pattern s* --copy-to {uri}"));
    let elsewhere = |line: &str| {
        let words = format!("-p {} -n 3 {line}", other.port);
        run_words(&words).stdout
    };
    assert_eq!(elsewhere("DBSIZE"), "91\n");
    assert_eq!(elsewhere("GET session:5"), "5\n");
    assert_ne!(elsewhere("TTL soon"), "-1\n");
    let directory = other.directory.path().join("dump");
    server.cli(&format!(
        "--scan --pattern list --dump {}",
        directory.display()
    ));
    let payload = std::fs::read(directory.join("6c697374.dump")).unwrap();
    let restored = run(
        FERROUS_CLI,
        &server.words("-X payload RESTORE copied 0 payload"),
        &payload,
    );
    assert_eq!(restored.stdout, "OK\n");
    assert_eq!(server.cli("LRANGE copied 0 -1").stdout, "a\nb\nc\n");
    // The rate holds: 30 keys at 100 a second take a third of a second, less the first page.
    let start = std::time::Instant::now();
    server.cli("--scan --pattern session:[3-5]? --unlink --rate 100");
    assert!(start.elapsed().as_millis() >= 200, "{:?}", start.elapsed());
}

fn run_words(line: &str) -> Run {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    run(FERROUS_CLI, &words, b"")
}

#[test]
fn analysers_report_as_json() {
    // Without the factor each access counts, where chance would decide. The hottest key must not hold a small integer:
    // keys of the same integer share one value on the server, and its counter.
    let policy = ["--maxmemory-policy", "allkeys-lfu", "--lfu-log-factor", "0"];
    let Some(server) = Filled::start(&policy) else {
        return;
    };
    for _ in 0..50 {
        server.cli("GET big");
    }
    let json = |line: &str| -> serde_json::Value {
        let run = server.cli(line);
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
    };
    let big = json("--bigkeys --output json");
    assert_eq!(big["sampled"], 104);
    let list = |report: &serde_json::Value| {
        let types = report["types"].as_array().unwrap();
        types
            .iter()
            .find(|kind| kind["type"] == "list")
            .cloned()
            .unwrap()
    };
    assert_eq!(list(&big)["biggest"]["key"], "list");
    assert_eq!(list(&big)["biggest"]["size"], 3);
    assert_eq!(json("--memkeys --output json")["sampled"], 104);
    assert_eq!(json("--hotkeys --output json")["keys"][0]["key"], "big");
    let statistics = json("--keystats --output json --top 3");
    assert_eq!(statistics["top"].as_array().unwrap().len(), 3);
    assert_eq!(list(&statistics)["count"], 1);
}

#[test]
fn keystats_prints_its_sections() {
    let Some(server) = Filled::start(&[]) else {
        return;
    };
    let text = server.cli("--keystats").stdout;
    for part in [
        "100.00% keys scanned",
        "Keys sampled: 104",
        "--- Top 10 key sizes ---",
        "--- Top size per type ---",
        "--- Top length and cardinality per type ---",
        "Key size Percentile Total keys",
        "Key name length Percentile Total keys",
        "Type        Total keys  Keys % Tot size Avg size  Total length/card Avg ln/card",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
    let stopped = server
        .cli("--keystats-samples 5 --top 2 --cursor 0 --pattern list")
        .stdout;
    assert!(stopped.contains("Keys sampled: 1\n"), "{stopped}");
}
