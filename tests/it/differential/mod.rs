//! The same generated commands to our server and to a real `redis-server`: every reply and the keyspace they leave
//! must agree, byte for byte but for what [`compare`] names.
//!
//! Commands come in rounds. A round begins with empty databases and a seed of its own; even rounds speak RESP2, odd
//! ones RESP3. A round that disagrees is cut down to the commands that matter before it is reported.

mod compare;
mod generate;
mod grammar;
mod normal;
mod templates;

use std::collections::BTreeMap;
use std::env;

use crate::harness::{Client, Reply, Server, installed_redis};
use generate::{Command, DATABASES};

const ROUND_LEN: usize = 200;
const DEFAULT_SEED: u64 = 20_250_601;
const DEFAULT_COMMANDS: u64 = 10_000;
/// Different disagreements that one run reports before it stops.
const REPORTS_MAX: usize = 12;

#[test]
fn replies_agree_with_redis() {
    let Some(redis) = installed_redis() else {
        println!("skipped: no redis-server is installed");
        return;
    };
    let (ours, theirs) = (Server::start(), Server::of(&redis, &[]));
    let mut pair = Pair {
        ours: ours.client(),
        theirs: theirs.client(),
    };
    let templates = generate::known_to(&mut [&mut pair.ours, &mut pair.theirs]);
    let (seed, commands) = (
        variable("FERROUS_DIFF_SEED", DEFAULT_SEED),
        variable("FERROUS_DIFF_COMMANDS", DEFAULT_COMMANDS),
    );
    println!(
        "seed {seed}, {commands} commands from {} templates",
        templates.len()
    );
    let mut reports = BTreeMap::new();
    for seed in (seed..).take((commands as usize).div_ceil(ROUND_LEN)) {
        let round = generate::round(seed, ROUND_LEN, &templates);
        let resp3 = seed % 2 == 1;
        if let Some(found) = pair.play(&round, resp3) {
            let kind = found.kind();
            if reports.contains_key(&kind) {
                continue;
            }
            reports.insert(kind, pair.report(seed, round, resp3, found));
            if reports.len() == REPORTS_MAX {
                break;
            }
        }
    }
    assert!(
        reports.is_empty(),
        "{}",
        reports.into_values().collect::<String>()
    );
}

fn variable(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text:?}"))
    })
}

/// Two servers that should be alike.
struct Pair {
    ours: Client,
    theirs: Client,
}

/// Where they were not.
#[derive(Debug)]
struct Disagreement {
    /// How many commands of the round had been run.
    after: usize,
    line: String,
    ours: String,
    theirs: String,
}

impl Disagreement {
    /// What reports are told apart by: the command, and the types of the replies.
    fn kind(&self) -> String {
        let command = self
            .line
            .split(' ')
            .next()
            .unwrap_or_default()
            .to_ascii_uppercase();
        let first = |reply: &str| reply.chars().next().unwrap_or(' ');
        format!("{command}{}{}", first(&self.ours), first(&self.theirs))
    }
}

impl Pair {
    /// Runs a round on both servers and compares.
    fn play(&mut self, round: &[Command], resp3: bool) -> Option<Disagreement> {
        let hello = if resp3 { "HELLO 3" } else { "HELLO 2" };
        for line in [hello, "FLUSHALL", "SELECT 0"] {
            self.ours.run(line);
            self.theirs.run(line);
        }
        self.replies_differ(round)
            .or_else(|| self.keyspaces_differ(round.len()))
    }

    fn replies_differ(&mut self, round: &[Command]) -> Option<Disagreement> {
        let (ours, theirs) = (
            answers(&mut self.ours, round),
            answers(&mut self.theirs, round),
        );
        for (index, command) in round.iter().enumerate() {
            let (ours, theirs) = (&ours[index], &theirs[index]);
            if !compare::agree(command, ours, theirs) {
                let line = show(command);
                return Some(Disagreement {
                    after: index + 1,
                    line,
                    ours: ours.to_string(),
                    theirs: theirs.to_string(),
                });
            }
        }
        None
    }

    fn keyspaces_differ(&mut self, after: usize) -> Option<Disagreement> {
        for database in 0..DATABASES {
            let select = format!("SELECT {database}");
            self.ours.run(&select);
            self.theirs.run(&select);
            let look = compare::inspection(&self.theirs.run("KEYS *"));
            if let Some(found) = self.replies_differ(&look) {
                return Some(Disagreement { after, ..found });
            }
        }
        None
    }

    /// A disagreement with as few commands as still show it.
    fn report(
        &mut self,
        seed: u64,
        mut round: Vec<Command>,
        resp3: bool,
        mut found: Disagreement,
    ) -> String {
        round.truncate(found.after);
        let kind = found.kind();
        for index in (0..round.len()).rev() {
            let mut fewer = round.clone();
            fewer.remove(index);
            if let Some(still) = self
                .play(&fewer, resp3)
                .filter(|still| still.kind() == kind)
            {
                fewer.truncate(still.after);
                (round, found) = (fewer, still);
            }
        }
        let lines: Vec<String> = round.iter().map(show).collect();
        let lines = lines.join("\n    ");
        format!(
            "\n{}\n    ours {}\n   redis {}\nafter (repeat with FERROUS_DIFF_SEED={seed} FERROUS_DIFF_COMMANDS={ROUND_LEN})\n    {lines}\n",
            found.line, found.ours, found.theirs
        )
    }
}

/// Sends all commands at once and reads their replies.
fn answers(client: &mut Client, round: &[Command]) -> Vec<Reply> {
    client
        .pipeline(round)
        .unwrap_or_else(|error| panic!("{error} in a round of {} commands", round.len()))
}

fn show(command: &Command) -> String {
    let words: Vec<String> = command
        .iter()
        .map(|word| shorten(&word.escape_ascii().to_string()))
        .collect();
    words.join(" ")
}

fn shorten(word: &str) -> String {
    match word {
        "" => "\"\"".to_owned(),
        word if word.len() > 80 => format!("{}.. ({} bytes)", &word[..40], word.len()),
        word => word.to_owned(),
    }
}
