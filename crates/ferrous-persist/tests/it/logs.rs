//! Logs of real servers: every command is found, and what is wrong with the damaged ones.

use std::fs;
use std::io::Read;
use std::path::Path;

use ferrous_persist::aof::{AofError, AofReader, CommandReader, CommandWriter, Entry, Manifest};
use ferrous_persist::rdb::{RdbError, RdbReader, ReadOptions};

use crate::fixtures::path;
use crate::model::Snapshot;

/// What a file of a log came to.
#[derive(Debug)]
struct Log {
    snapshot: Option<Snapshot>,
    /// The commands written again.
    commands: Vec<u8>,
    count: usize,
    end: Result<(), AofError>,
}

fn read(file: &Path) -> Result<Log, RdbError> {
    let source = fs::File::open(file).unwrap();
    let (snapshot, commands) = match AofReader::new(source, ReadOptions::default())? {
        AofReader::Preamble(mut reader) => {
            let snapshot = Snapshot::read_all(&mut reader)?;
            (Some(snapshot), CommandReader::after(reader))
        }
        AofReader::Commands(reader) => (None, reader),
    };
    Ok(read_commands(snapshot, commands))
}

fn read_commands<R: Read>(snapshot: Option<Snapshot>, mut reader: CommandReader<R>) -> Log {
    let mut writer = CommandWriter::new(Vec::new());
    let mut count = 0;
    let end = loop {
        match reader.next_entry() {
            Ok(None) => break Ok(()),
            Ok(Some(Entry::Timestamp(seconds))) => writer.timestamp(seconds).unwrap(),
            Ok(Some(Entry::Command(command))) => {
                count += 1;
                writer.command(command.iter()).unwrap();
            }
            Err(error) => break Err(error),
        }
    };
    Log {
        snapshot,
        commands: writer.finish().unwrap(),
        count,
        end,
    }
}

/// Reads a file that is in order; returns how many keys its snapshot has and how many commands follow.
#[track_caller]
fn check(file: &str) -> (usize, usize) {
    let file = path(file);
    let log = read(&file).unwrap();
    log.end.as_ref().unwrap();
    let bytes = fs::read(&file).unwrap();
    assert!(
        bytes.ends_with(&log.commands),
        "the commands come back as they are"
    );
    let keys = log.snapshot.map_or(0, |snapshot| {
        snapshot
            .databases
            .values()
            .map(std::collections::BTreeMap::len)
            .sum()
    });
    assert!(keys > 0 || log.commands == bytes);
    (keys, log.count)
}

/// The manifest in a folder.
fn manifest(folder: &str) -> Manifest {
    let text = fs::read(path(folder).join("appendonly.aof.manifest")).unwrap();
    Manifest::parse(&text).unwrap()
}

/// Reads all files that a folder's manifest names; returns how many keys and commands there are.
#[track_caller]
fn check_folder(folder: &str) -> (usize, usize) {
    let files = manifest(folder);
    let sums = files
        .files()
        .map(|file| check(&format!("{folder}/{}", file.name)));
    sums.fold((0, 0), |(keys, commands), file| {
        (keys + file.0, commands + file.1)
    })
}

#[test]
fn single_files() {
    assert_eq!(check("aof/redis-3.0.5/plain.aof"), (0, 422));
    assert_eq!(check("aof/redis-5.0.6/rdb-preamble.aof"), (281, 177));
    assert_eq!(check("aof/redis-5.0.6/rewritten-no-preamble.aof"), (0, 502));
}

#[test]
fn folders() {
    let check = |folder, keys, commands| assert_eq!(check_folder(folder), (keys, commands));
    check("aof/redis-7.0.15/multi-rdb-base", 260, 212);
    check("aof/redis-7.0.15/multi-aof-base-timestamps", 0, 530);
    check("aof/redis-8.0.6/multi-two-incr-hfe", 276, 312);
    check("aof/valkey-9.1.2/multi-valkey", 281, 215);
    check("aof-damaged/manifest-comment", 260, 212);
    check("aof-damaged/history-file", 260, 212);
}

#[test]
fn manifests_come_back() {
    for folder in [
        "aof/redis-7.0.15/multi-rdb-base",
        "aof/redis-8.0.6/multi-two-incr-hfe",
    ] {
        let text = fs::read_to_string(path(folder).join("appendonly.aof.manifest")).unwrap();
        assert_eq!(manifest(folder).to_string(), text);
    }
    let history = manifest("aof-damaged/history-file").take_history();
    assert_eq!(history[0].name, "old.1.incr.aof");
    let bad = fs::read(path(
        "aof-damaged/manifest-bad-line/appendonly.aof.manifest",
    ))
    .unwrap();
    let error = Manifest::parse(&bad).unwrap_err();
    let format = "Invalid AOF manifest file format: not 'file NAME seq NUMBER type LETTER'";
    assert_eq!(error.to_string(), format!("AOF manifest line 3: {format}"));
}

/// Reads a damaged increment; expects the error, the bytes that are good, and whether it is merely cut.
#[track_caller]
fn check_damaged(folder: &str, expected: &str, good_bytes: u64, is_truncated: bool) {
    let file = path("aof-damaged")
        .join(folder)
        .join("appendonly.aof.2.incr.aof");
    let error = read(&file).unwrap().end.unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert_eq!(
        (error.good_bytes, error.is_truncated()),
        (good_bytes, is_truncated)
    );
}

#[test]
fn damaged_increments() {
    let cut = "AOF offset 8149: the file ends within a command";
    check_damaged("truncated-tail", cut, 8149, true);
    let open = "AOF offset 8226: the file ends within a transaction";
    check_damaged("truncated-multi", open, 8180, true);
    let garbage = "AOF offset 4161: byte 0x24 begins neither a command nor an annotation";
    check_damaged("garbage-middle", garbage, 4138, false);
}

#[test]
fn a_damaged_base_is_refused() {
    let file = fs::File::open(path("aof-damaged/base-crc/appendonly.aof.2.base.rdb")).unwrap();
    let mut reader = RdbReader::new(file, ReadOptions::default()).unwrap();
    let error = Snapshot::read_all(&mut reader).unwrap_err();
    assert!(
        error.to_string().starts_with("RDB offset 8120: checksum: "),
        "{error}"
    );
}
