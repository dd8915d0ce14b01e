//! `--hotkeys`: the keys in most frequent use, by the server's LFU counters.

use std::process::ExitCode;

use anyhow::bail;
use ferrous_client::Value;
use serde_json::json;

use super::keyspace::{Keyspace, Servers};
use super::quoted;
use crate::options::Options;
use crate::{print_line, talk};

/// The hottest keys so far, the hottest last.
struct Ranking {
    keys: Vec<(u64, Vec<u8>)>,
    rows: usize,
}

pub(super) fn run(servers: Servers, options: &Options) -> anyhow::Result<ExitCode> {
    let mut keyspace = Keyspace::new(servers, options)?;
    let mut ranking = Ranking {
        keys: Vec::new(),
        rows: options.hot_keys,
    };
    let as_json = options.output.is_json();
    if !as_json {
        print_line!(
            "\n# Scanning the entire keyspace to find hot keys as well as\n\
             # average sizes per key type.  You can use -i 0.1 to sleep 0.1 sec\n\
             # per 100 SCAN commands (not usually needed).\n"
        );
    }
    loop {
        let done = keyspace.percent();
        let Some(keys) = keyspace.next_page()? else {
            break;
        };
        let counters = keyspace.ask(&keys, |key| {
            Some(vec![b"OBJECT".to_vec(), b"FREQ".to_vec(), key.clone()])
        })?;
        for (key, counter) in keys.into_iter().zip(counters) {
            let Some(counter) = counter_of(&key, counter)? else {
                continue;
            };
            let shown = quoted(&key);
            if ranking.insert(counter, key) && !as_json {
                print_line!("[{done:05.2}%] Hot key '{shown}' found so far with counter {counter}");
            }
        }
    }
    if as_json {
        let row = |(counter, key): &(u64, Vec<u8>)| json!({"key": String::from_utf8_lossy(key), "counter": counter});
        let rows: Vec<_> = ranking.keys.iter().rev().map(row).collect();
        print_line!("{}", json!({"sampled": keyspace.sampled, "keys": rows}));
        return Ok(ExitCode::SUCCESS);
    }
    print_line!("\n-------- summary -------\n");
    print_line!("Sampled {} keys in the keyspace!", keyspace.sampled);
    for (counter, key) in ranking.keys.iter().rev() {
        print_line!(
            "hot key found with counter: {counter}\tkeyname: {}",
            quoted(key)
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// The counter of a key; `None` when it is gone.
fn counter_of(key: &[u8], reply: Option<Value>) -> anyhow::Result<Option<u64>> {
    match reply {
        Some(Value::Integer(counter)) => Ok(Some(counter.max(0) as u64)),
        Some(Value::Error(message)) => bail!("Error: {}", String::from_utf8_lossy(&message)),
        _ => {
            talk!(
                "Warning: OBJECT freq on '{}' failed (may have been deleted)",
                String::from_utf8_lossy(key)
            );
            Ok(None)
        }
    }
}

impl Ranking {
    /// Takes the key in, if it is hot enough. Among equals the later comes below the earlier.
    fn insert(&mut self, counter: u64, key: Vec<u8>) -> bool {
        let place = self.keys.partition_point(|(other, _)| *other < counter);
        if counter == 0 || (place == 0 && self.keys.len() == self.rows) {
            return false;
        }
        self.keys.insert(place, (counter, key));
        if self.keys.len() > self.rows {
            self.keys.remove(0);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_hottest() {
        let mut ranking = Ranking {
            keys: Vec::new(),
            rows: 2,
        };
        assert!(!ranking.insert(0, b"cold".to_vec()));
        assert!(ranking.insert(3, b"a".to_vec()));
        assert!(ranking.insert(5, b"b".to_vec()));
        assert!(!ranking.insert(3, b"c".to_vec()));
        assert!(ranking.insert(4, b"d".to_vec()));
        assert_eq!(ranking.keys, [(4, b"d".to_vec()), (5, b"b".to_vec())]);
    }
}
