//! `--lru-test`: GETs and SETs of keys under an 80-20 distribution, and how many GETs hit.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use ferrous_client::{Connection, Value};

use crate::options::Options;
use crate::print_line;

/// Commands in one round trip.
const PIPELINE: usize = 250;
/// Rounds between two looks at the clock.
const ROUNDS: usize = 16;

pub(super) fn run(mut connection: Connection, options: &Options) -> anyhow::Result<ExitCode> {
    let mut random = Random(u64::from(std::process::id()) | 1);
    let keys = options.lru_keys.max(1);
    loop {
        let start = Instant::now();
        let (mut hits, mut misses) = (0_u64, 0_u64);
        while start.elapsed() < Duration::from_secs(1) {
            for _ in 0..ROUNDS {
                set_some(&mut connection, &mut random, keys)?;
                let (hit, miss) = get_some(&mut connection, &mut random, keys)?;
                hits += hit;
                misses += miss;
            }
        }
        let gets = hits + misses;
        let share = |part: u64| part as f64 * 100.0 / gets.max(1) as f64;
        print_line!(
            "{gets} Gets/sec | Hits: {hits} ({:.2}%) | Misses: {misses} ({:.2}%)",
            share(hits),
            share(misses)
        );
    }
}

fn set_some(connection: &mut Connection, random: &mut Random, keys: u64) -> anyhow::Result<()> {
    for _ in 0..PIPELINE {
        let value = format!("{:010x}{:010x}", random.next(), random.next());
        connection.queue(["SET", &random.key(keys), &value]);
    }
    for _ in 0..PIPELINE {
        if let Value::Error(message) = connection.reply()? {
            anyhow::bail!("{}", String::from_utf8_lossy(&message));
        }
    }
    Ok(())
}

fn get_some(
    connection: &mut Connection,
    random: &mut Random,
    keys: u64,
) -> anyhow::Result<(u64, u64)> {
    for _ in 0..PIPELINE {
        connection.queue(["GET", &random.key(keys)]);
    }
    let (mut hits, mut misses) = (0, 0);
    for _ in 0..PIPELINE {
        match connection.reply()? {
            Value::Error(message) => anyhow::bail!("{}", String::from_utf8_lossy(&message)),
            reply if reply.is_nil() => misses += 1,
            _ => hits += 1,
        }
    }
    Ok((hits, misses))
}

/// A xorshift generator: the test needs speed, not secrecy.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A key of which the first fifth gets four fifths of the accesses: a power law with the exponent 6.2.
    fn key(&mut self, keys: u64) -> String {
        const EXPONENT: f64 = 6.2;
        let uniform = (self.next() >> 11) as f64 / (1_u64 << 53) as f64;
        let (low, high) = (1.0_f64, (keys + 1) as f64);
        let power = EXPONENT + 1.0;
        let drawn =
            ((high.powf(power) - low.powf(power)) * uniform + low.powf(power)).powf(1.0 / power);
        format!("lru:{}", keys.saturating_sub(drawn as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_keys_get_most_accesses() {
        let mut random = Random(7);
        let numbers = (0..10_000).map(|_| random.key(1000)[4..].parse::<u64>().unwrap());
        let hot = numbers.filter(|&number| number < 200).count();
        assert!((7_000..9_500).contains(&hot), "{hot} of 10000");
    }
}
