//! Damage at random: an error or a prefix of the truth, and never a panic.

use std::fs;

use ferrous_persist::rdb::{RdbReader, ReadOptions, Validation};

use crate::fixtures::{path, snapshots};
use crate::payloads::{payloads, read};

/// A small generator of numbers, the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((self.0 >> 33) as usize) % bound
    }
}

/// Reads all of a file; the parts are of no interest.
fn exhaust(file: &[u8], validation: Validation) -> bool {
    let options = ReadOptions {
        checksum: false,
        validation,
    };
    let Ok(mut reader) = RdbReader::new(file, options) else {
        return false;
    };
    loop {
        match reader.next_event() {
            Ok(None) => return true,
            Ok(Some(_)) => {}
            Err(_) => return false,
        }
        loop {
            match reader.next_part() {
                Ok(None) => break,
                Ok(Some(_)) => {}
                Err(_) => return false,
            }
        }
    }
}

#[test]
fn flipped_bits_in_files() {
    let mut dice = Dice(42);
    let files: Vec<_> = snapshots()
        .iter()
        .map(|file| fs::read(file).unwrap())
        .collect();
    for file in files.iter().filter(|file| file.len() < 20_000) {
        for _ in 0..100 {
            let mut damaged = file.clone();
            for _ in 0..=dice.below(3) {
                let at = dice.below(damaged.len());
                damaged[at] ^= 1 << dice.below(8);
            }
            exhaust(&damaged, Validation::Full);
            exhaust(&damaged, Validation::Structure);
        }
    }
}

#[test]
fn changed_bytes_in_payloads() {
    let mut dice = Dice(7);
    for (payload, expected) in payloads() {
        let number = expected["rdb_version"].as_u64().unwrap() as u16;
        let version = ferrous_persist::rdb::Version::from_number(number).unwrap();
        for _ in 0..20 {
            let mut damaged = payload.clone();
            // Values that mean much in the format, and any others.
            let values = [
                0,
                1,
                0x3F,
                0x7F,
                0x80,
                0x81,
                0xC3,
                0xF4,
                0xFE,
                0xFF,
                dice.below(256) as u8,
            ];
            let at = dice.below(damaged.len());
            damaged[at] = values[dice.below(values.len())];
            // Duplicates in what is not compact are for the keyspace to refuse: the model panics.
            let _ = std::panic::catch_unwind(|| read(&damaged, version).is_ok());
        }
    }
}

#[test]
fn files_cut_short_are_refused() {
    let file = fs::read(path("rdb/redis-8.0.6/small.rdb")).unwrap();
    for len in 0..file.len() {
        assert!(!exhaust(&file[..len], Validation::Full), "cut to {len}");
    }
    assert!(exhaust(&file, Validation::Full));
}
