//! `--keystats`: sizes and lengths of keys, their rankings and distributions.

use std::process::ExitCode;

use ferrous_client::Value;
use serde_json::json;

use super::histogram::Histogram;
use super::keyspace::{Keyspace, Servers};
use super::kind::Kind;
use super::{average, percent, quoted};
use crate::options::Options;
use crate::print_line;

/// The lengths of names that are told apart, in bytes; longer ones share a row.
const NAME_LENGTHS: [u64; 5] = [1 << 5, 1 << 8, 1 << 16, 1 << 20, 1 << 24];

/// A number of things, their sum, the largest and whose it is.
#[derive(Default)]
struct Tally {
    count: u64,
    sum: u64,
    largest: u64,
    key: Vec<u8>,
}

impl Tally {
    fn add(&mut self, value: u64, key: &[u8]) {
        self.count += 1;
        self.sum += value;
        if value > self.largest || self.count == 1 {
            self.largest = value;
            self.key = key.to_vec();
        }
    }
}

struct Report {
    kinds: Vec<(Kind, Tally, Tally)>,
    sizes: Histogram,
    name_lengths: Histogram,
    top: Vec<(u64, usize, Vec<u8>)>,
    rows: usize,
}

pub(super) fn run(servers: Servers, options: &Options) -> anyhow::Result<ExitCode> {
    let mut keyspace = Keyspace::new(servers, options)?;
    let mut report = Report {
        kinds: Kind::known()
            .into_iter()
            .map(|kind| (kind, Tally::default(), Tally::default()))
            .collect(),
        sizes: Histogram::default(),
        name_lengths: Histogram::default(),
        top: Vec::new(),
        rows: options.top,
    };
    let as_json = options.output.is_json();
    if !as_json {
        print_line!(
            "\n# Scanning the entire keyspace to find the biggest keys and distribution information.\n\
             # Use -i 0.1 to sleep 0.1 sec per 100 SCAN commands (not usually needed).\n\
             # Use --cursor <n> to start the scan at the cursor <n> (usually after a Ctrl-C).\n\
             # Use --top <n> to display <n> top key sizes (default is 10).\n\
             # Ctrl-C to stop the scan.\n"
        );
    }
    while let Some(keys) = keyspace.next_page()? {
        report.add_page(&mut keyspace, &keys, options.memory_samples)?;
    }
    if as_json {
        report.print_json(&keyspace);
    } else {
        report.print(&keyspace);
    }
    Ok(ExitCode::SUCCESS)
}

impl Report {
    fn add_page(
        &mut self,
        keyspace: &mut Keyspace,
        keys: &[Vec<u8>],
        samples: Option<u64>,
    ) -> anyhow::Result<()> {
        let types = keyspace.types(keys)?;
        let samples = samples.map(|samples| samples.to_string());
        let sizes = keyspace.ask(keys, |key| {
            let mut command = vec![b"MEMORY".to_vec(), b"USAGE".to_vec(), key.clone()];
            if let Some(samples) = &samples {
                command.extend([b"SAMPLES".to_vec(), samples.clone().into_bytes()]);
            }
            Some(command)
        })?;
        let keyed: Vec<(&Vec<u8>, Option<usize>)> = keys
            .iter()
            .zip(&types)
            .map(|(key, kind)| (key, self.place(kind)))
            .collect();
        let lengths = keyspace.ask(&keyed, |(key, place)| {
            let command = self.kinds[(*place)?].0.length_command;
            (!command.is_empty()).then(|| vec![command.into(), (*key).clone()])
        })?;
        for (((key, place), size), length) in keyed.into_iter().zip(sizes).zip(lengths) {
            let (Some(place), Some(Value::Integer(size))) = (place, size) else {
                continue;
            };
            let length = if let Some(Value::Integer(length)) = length {
                length.max(0) as u64
            } else {
                0
            };
            self.add_key(key, place, size.max(0) as u64, length);
        }
        Ok(())
    }

    fn place(&mut self, kind: &str) -> Option<usize> {
        if kind == "none" {
            return None;
        }
        let known = self.kinds.iter().position(|(other, ..)| other.name == kind);
        known.or_else(|| {
            self.kinds
                .push((Kind::of_module(kind), Tally::default(), Tally::default()));
            Some(self.kinds.len() - 1)
        })
    }

    fn add_key(&mut self, key: &[u8], place: usize, size: u64, length: u64) {
        let (_, sizes, lengths) = &mut self.kinds[place];
        sizes.add(size, key);
        lengths.add(length, key);
        self.sizes.add(size);
        self.name_lengths.add(key.len() as u64);
        let rank = self.top.partition_point(|(other, ..)| *other >= size);
        if rank < self.rows {
            self.top.insert(rank, (size, place, key.to_vec()));
            self.top.truncate(self.rows);
        }
    }

    fn used(&self) -> impl Iterator<Item = &(Kind, Tally, Tally)> {
        self.kinds.iter().filter(|(_, sizes, _)| sizes.count > 0)
    }

    fn print(&self, keyspace: &Keyspace) {
        print_line!("{:6.2}% keys scanned", keyspace.percent().min(100.0));
        if keyspace.is_stopped() {
            print_line!(
                "Scan interrupted:\nUse '--cursor {}' to restart from the last cursor.",
                keyspace.cursor
            );
        }
        let bytes: u64 = self.kinds.iter().map(|(_, sizes, _)| sizes.sum).sum();
        print_line!(
            "Keys sampled: {}\nKeys size:    {}\n",
            keyspace.sampled,
            human(bytes)
        );
        self.print_rankings();
        self.print_sizes();
        self.print_name_lengths();
        self.print_types();
    }

    fn print_rankings(&self) {
        print_line!("--- Top {} key sizes ---", self.rows);
        for (rank, (size, place, key)) in self.top.iter().enumerate() {
            print_line!(
                "{:3} {:>8} {:<10} {}",
                rank + 1,
                human(*size),
                self.kinds[*place].0.name,
                quoted(key)
            );
        }
        print_line!("\n--- Top size per type ---");
        for (kind, sizes, _) in self.used() {
            print_line!(
                "{:<10} {} is {}",
                kind.name,
                String::from_utf8_lossy(&sizes.key),
                human(sizes.largest)
            );
        }
        print_line!("\n--- Top length and cardinality per type ---");
        for (kind, _, lengths) in self.used() {
            let amount = if kind.unit == "bytes" {
                human(lengths.largest)
            } else {
                format!("{} {}", lengths.largest, kind.unit)
            };
            print_line!(
                "{:<10} {} has {amount}",
                kind.name,
                String::from_utf8_lossy(&lengths.key)
            );
        }
    }

    fn print_sizes(&self) {
        print_line!("\nKey size Percentile Total keys\n-------- ---------- -----------");
        for (size, reached, keys) in self.sizes.percentiles() {
            print_line!("{:>8} {reached:>9.4}% {keys:>11}", human(size));
        }
        let (mean, deviation) = self.sizes.mean_and_deviation();
        print_line!(
            "Note: 0.01% size precision, Mean: {}, StdDeviation: {}\n",
            human(mean as u64),
            human(deviation as u64)
        );
    }

    fn print_name_lengths(&self) {
        print_line!(
            "Key name length Percentile Total keys\n--------------- ---------- -----------"
        );
        for (length, reached, keys) in self.name_lengths.within(&NAME_LENGTHS) {
            print_line!("{:>15} {reached:>9.4}% {keys:>11}", human(length));
        }
        let (bytes, keys) = (self.name_lengths.sum(), self.name_lengths.total());
        // Without keys the average has no unit.
        let mean = bytes
            .checked_div(keys)
            .map_or_else(|| "0".to_owned(), human);
        print_line!("Total key length is {} ({mean} avg)\n", human(bytes));
    }

    fn print_types(&self) {
        print_line!(
            "Type        Total keys  Keys % Tot size Avg size  Total length/card Avg ln/card"
        );
        print_line!(
            "--------- ------------ ------- -------- -------- ------------------ -----------"
        );
        let total = self.sizes.total();
        for (kind, sizes, lengths) in self.used() {
            let mean = average(lengths.sum, lengths.count);
            let (sum, mean) = if kind.unit == "bytes" {
                (human(lengths.sum), human(mean as u64))
            } else {
                (
                    format!("{} {}", lengths.sum, kind.unit),
                    format!("{mean:.2}"),
                )
            };
            print_line!(
                "{:<10}{:>12} {:>6.2}% {:>8} {:>8} {sum:>18} {mean:>11}",
                kind.name,
                sizes.count,
                percent(sizes.count, total),
                human(sizes.sum),
                human(average(sizes.sum, sizes.count) as u64)
            );
        }
    }

    fn print_json(&self, keyspace: &Keyspace) {
        let types: Vec<_> = self.used().map(|(kind, sizes, lengths)| {
            json!({
                "type": kind.name, "count": sizes.count, "bytes": sizes.sum, "length": lengths.sum,
                "unit": kind.unit, "biggest": String::from_utf8_lossy(&sizes.key), "biggest_bytes": sizes.largest,
            })
        }).collect();
        let top: Vec<_> = self.top.iter().map(|(size, place, key)| {
            json!({"key": String::from_utf8_lossy(key), "type": self.kinds[*place].0.name, "bytes": size})
        }).collect();
        let sizes: Vec<_> = self
            .sizes
            .percentiles()
            .into_iter()
            .map(|(bytes, percent, keys)| json!({"bytes": bytes, "percent": percent, "keys": keys}))
            .collect();
        print_line!(
            "{}",
            json!({
                "sampled": keyspace.sampled, "cursor": keyspace.cursor.to_string(),
                "types": types, "top": top, "sizes": sizes,
            })
        );
    }
}

/// Bytes with a unit: `72B`, `9.09K`, `1.50M`.
fn human(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes}B");
    }
    let mut value = bytes as f64;
    let mut unit = ' ';
    for next in ['K', 'M', 'G', 'T', 'P', 'E'] {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = next;
    }
    format!("{value:.2}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(
            [
                human(0),
                human(1023),
                human(1024),
                human(9310),
                human(1 << 40)
            ],
            ["0B", "1023B", "1.00K", "9.09K", "1.00T"]
        );
    }
}
