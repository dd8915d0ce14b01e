//! `--bigkeys` and `--memkeys`: the biggest key of each type, and averages.

use std::process::ExitCode;

use ferrous_client::Value;
use serde_json::json;

use super::keyspace::{Keyspace, Servers};
use super::kind::Kind;
use super::{average, percent, quoted, text};
use crate::options::Options;
use crate::{print_line, talk};

/// What makes a key big.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    /// The number of its elements, or bytes of a string.
    Elements,
    /// MEMORY USAGE.
    Memory,
}

/// How often to tell that the walk is going on, in keys.
const PROGRESS_KEYS: u64 = 1_000_000;

/// What was found of one type.
struct Tally {
    kind: Kind,
    biggest_key: Option<Vec<u8>>,
    biggest: u64,
    total: u64,
    count: u64,
}

struct Report {
    measure: Measure,
    as_json: bool,
    tallies: Vec<Tally>,
    key_bytes: u64,
}

pub(super) fn run(
    servers: Servers,
    options: &Options,
    measure: Measure,
) -> anyhow::Result<ExitCode> {
    let mut keyspace = Keyspace::new(servers, options)?;
    let tallies = Kind::known().into_iter().map(Tally::new).collect();
    let mut report = Report {
        measure,
        as_json: options.output.is_json(),
        tallies,
        key_bytes: 0,
    };
    if !report.as_json {
        print_line!(
            "\n# Scanning the entire keyspace to find biggest keys as well as\n\
             # average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n\
             # per 100 SCAN commands (not usually needed).\n"
        );
    }
    loop {
        let done = keyspace.percent();
        let Some(keys) = keyspace.next_page()? else {
            break;
        };
        report.add_page(&mut keyspace, &keys, done, options.memory_samples)?;
    }
    report.summarize(keyspace.sampled);
    Ok(ExitCode::SUCCESS)
}

impl Tally {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            biggest_key: None,
            biggest: 0,
            total: 0,
            count: 0,
        }
    }
}

impl Report {
    fn unit(&self, tally: &Tally) -> &'static str {
        match self.measure {
            Measure::Elements => tally.kind.unit,
            Measure::Memory => "bytes",
        }
    }

    fn add_page(
        &mut self,
        keyspace: &mut Keyspace,
        keys: &[Vec<u8>],
        done: f64,
        samples: Option<u64>,
    ) -> anyhow::Result<()> {
        let types = keyspace.types(keys)?;
        let keyed: Vec<(&Vec<u8>, Option<usize>)> = keys
            .iter()
            .zip(&types)
            .map(|(key, kind)| (key, self.tally_of(kind)))
            .collect();
        let sizes = keyspace.ask(&keyed, |(key, tally)| {
            self.question(key, (*tally)?, samples)
        })?;
        let before = keyspace.sampled - keys.len() as u64;
        for (index, ((key, tally), size)) in keyed.iter().zip(sizes).enumerate() {
            if let Some(tally) = *tally {
                self.add_key(key, tally, size, done);
            }
            let so_far = before + index as u64 + 1;
            if so_far.is_multiple_of(PROGRESS_KEYS) && !self.as_json {
                print_line!("[{done:05.2}%] Sampled {so_far} keys so far");
            }
        }
        Ok(())
    }

    /// The place of a type's tally; `None` for a key that is gone.
    fn tally_of(&mut self, kind: &str) -> Option<usize> {
        if kind == "none" {
            return None;
        }
        let known = self
            .tallies
            .iter()
            .position(|tally| tally.kind.name == kind);
        known.or_else(|| {
            self.tallies.push(Tally::new(Kind::of_module(kind)));
            Some(self.tallies.len() - 1)
        })
    }

    fn question(&self, key: &[u8], tally: usize, samples: Option<u64>) -> Option<Vec<Vec<u8>>> {
        match self.measure {
            Measure::Memory => {
                let mut command = vec![b"MEMORY".to_vec(), b"USAGE".to_vec(), key.to_vec()];
                if let Some(samples) = samples {
                    command.extend([b"SAMPLES".to_vec(), samples.to_string().into_bytes()]);
                }
                Some(command)
            }
            Measure::Elements => {
                let command = self.tallies[tally].kind.length_command;
                (!command.is_empty()).then(|| vec![command.into(), key.to_vec()])
            }
        }
    }

    fn add_key(&mut self, key: &[u8], tally: usize, size: Option<Value>, done: f64) {
        let size = match size {
            Some(Value::Integer(size)) => size.max(0) as u64,
            Some(Value::Error(message)) => {
                let command = match self.measure {
                    Measure::Elements => self.tallies[tally].kind.length_command,
                    Measure::Memory => "MEMORY USAGE",
                };
                talk!(
                    "Warning:  {command} on '{}' failed (may have changed type): {}",
                    String::from_utf8_lossy(key),
                    String::from_utf8_lossy(&message)
                );
                0
            }
            _ => 0,
        };
        let unit = self.unit(&self.tallies[tally]);
        let tally = &mut self.tallies[tally];
        tally.total += size;
        tally.count += 1;
        self.key_bytes += key.len() as u64;
        if tally.biggest < size {
            tally.biggest = size;
            tally.biggest_key = Some(key.to_vec());
            if !self.as_json {
                print_line!(
                    "[{done:05.2}%] Biggest {:<6} found so far '{}' with {size} {unit}",
                    tally.kind.name,
                    quoted(key)
                );
            }
        }
    }

    fn summarize(&self, sampled: u64) {
        if self.as_json {
            return self.summarize_as_json(sampled);
        }
        print_line!("\n-------- summary -------\n");
        print_line!("Sampled {sampled} keys in the keyspace!");
        let average_length = average(self.key_bytes, sampled);
        print_line!(
            "Total key length in bytes is {} (avg len {average_length:.2})\n",
            self.key_bytes
        );
        for tally in &self.tallies {
            if let Some(key) = &tally.biggest_key {
                let unit = self.unit(tally);
                print_line!(
                    "Biggest {:>6} found '{}' has {} {unit}",
                    tally.kind.name,
                    quoted(key),
                    tally.biggest
                );
            }
        }
        print_line!("");
        for tally in &self.tallies {
            print_line!(
                "{} {}s with {} {} ({:05.2}% of keys, avg size {:.2})",
                tally.count,
                tally.kind.name,
                tally.total,
                self.unit(tally),
                percent(tally.count, sampled),
                average(tally.total, tally.count)
            );
        }
    }

    fn summarize_as_json(&self, sampled: u64) {
        let types: Vec<_> = self
            .tallies
            .iter()
            .map(|tally| {
                json!({
                    "type": tally.kind.name,
                    "count": tally.count,
                    "total": tally.total,
                    "unit": self.unit(tally),
                    "biggest": tally.biggest_key.as_ref().map(|key| json!({
                        "key": text(&Value::Bulk(key.clone())),
                        "size": tally.biggest,
                    })),
                })
            })
            .collect();
        print_line!(
            "{}",
            json!({"sampled": sampled, "key_bytes": self.key_bytes, "types": types})
        );
    }
}
