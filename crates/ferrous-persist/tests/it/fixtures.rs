//! Every healthy file reads to exactly what a server read from it.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ferrous_persist::rdb::{ChecksumStatus, Event, RdbReader, ReadOptions};
use serde_json::Value as Json;

use crate::model::Snapshot;
use crate::truth;

/// A file or folder among the fixtures.
pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/fixtures")
        .join(name)
}

/// All files below `folder` whose name ends in `suffix`.
fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path, suffix)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.to_str().unwrap().ends_with(suffix))
        .collect();
    found.sort();
    found
}

pub(crate) fn snapshots() -> Vec<PathBuf> {
    files(&path("rdb"), ".rdb")
}

fn truth_of(file: &Path) -> Json {
    serde_json::from_slice(&fs::read(file.with_extension("truth.json")).unwrap()).unwrap()
}

/// Gives a few bytes per read, so that every item meets the end of the buffer.
struct Trickle<R>(R, usize);

impl<R: Read> Read for Trickle<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1 % 7 + 1;
        let len = self.1.min(out.len());
        self.0.read(&mut out[..len])
    }
}

#[test]
fn every_snapshot_reads_to_its_truth() {
    let files = snapshots();
    assert!(files.len() > 25);
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let snapshot = Snapshot::read(&bytes[..])
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        truth::assert_snapshot(&snapshot, &truth_of(&file));
        let trickled = Snapshot::read(Trickle(&bytes[..], 0)).unwrap();
        assert_eq!(trickled, snapshot);
    }
}

#[test]
fn checksums_are_verified_unless_there_are_none() {
    for file in snapshots() {
        let bytes = fs::read(&file).unwrap();
        let mut reader = RdbReader::new(&bytes[..], ReadOptions::default()).unwrap();
        let mut keys = 0;
        while let Some(event) = reader.next_event().unwrap() {
            keys += usize::from(matches!(event, Event::Key(_)));
        }
        let name = file.to_str().unwrap();
        let expected = match reader.version().number() {
            ..5 => ChecksumStatus::Absent,
            _ if name.ends_with("nochecksum.rdb") => ChecksumStatus::Disabled,
            _ => ChecksumStatus::Verified,
        };
        assert_eq!(reader.checksum(), Some(expected), "{name}");
        assert_eq!(reader.offset(), bytes.len() as u64, "{name}");
        // Passing over values finds the same keys as reading them.
        let read = Snapshot::read(&bytes[..]).unwrap();
        let read: usize = read
            .databases
            .values()
            .map(std::collections::BTreeMap::len)
            .sum();
        assert_eq!(keys, read, "{name}");
    }
}

#[test]
fn metadata_comes_with_its_key() {
    let read = |name| Snapshot::read(fs::File::open(path(name)).unwrap()).unwrap();
    let lfu = read("rdb/redis-7.0.15/lfu.rdb");
    assert!(
        lfu.databases[&0]
            .values()
            .all(|entry| entry.frequency.is_some())
    );
    let lru = read("rdb/redis-7.0.15/lru.rdb");
    assert!(
        lru.databases[&0]
            .values()
            .all(|entry| entry.idle_secs.is_some())
    );
    let modules = read("rdb/redis-8.0.6/modules.rdb").modules;
    assert!(
        modules.iter().any(|name| name == "hellotype"),
        "{modules:?}"
    );
    assert!(
        modules.iter().any(|name| name == "test__rdb"),
        "{modules:?}"
    );
}

#[test]
fn slots_of_a_cluster_are_told() {
    let file = fs::File::open(path("rdb/redis-8.0.6/cluster-slot-info.rdb")).unwrap();
    let mut reader = RdbReader::new(file, ReadOptions::default()).unwrap();
    let (mut announced, mut keys) = (0, 0);
    while let Some(event) = reader.next_event().unwrap() {
        match event {
            Event::Slot { slot, keys, .. } => {
                assert!(slot < 16_384);
                announced += keys;
            }
            Event::Key(_) => keys += 1,
            _ => {}
        }
    }
    assert_eq!(announced, keys);
}
