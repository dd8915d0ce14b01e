//! Files of real servers, written again in every version there is.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;

use ferrous_persist::rdb::{
    Event, RdbReader, RdbWriter, ReadOptions, Version, WriteError, WriteOptions,
};
use ferrous_types::stream::StreamId;

use crate::fixtures::{path, snapshots};
use crate::model::{Snapshot, Value};

pub(crate) const WRITTEN: [Version; 5] = [
    Version::REDIS_5,
    Version::REDIS_7_0,
    Version::REDIS_7_2,
    Version::REDIS_7_4,
    Version::VALKEY_9,
];

/// Writes a file again.
pub(crate) fn convert(file: &[u8], options: WriteOptions) -> Result<Vec<u8>, WriteError> {
    let mut reader = RdbReader::new(file, ReadOptions::default()).unwrap();
    let mut writer = RdbWriter::new(Vec::new(), options)?;
    copy(&mut reader, &mut writer)?;
    writer.finish()
}

fn copy<R: Read, W: Write>(
    reader: &mut RdbReader<R>,
    writer: &mut RdbWriter<W>,
) -> Result<(), WriteError> {
    while let Some(event) = reader.next_event().unwrap() {
        let has_parts = matches!(event, Event::Key(_) | Event::ModuleAux { .. });
        writer.event(&event)?;
        while has_parts && let Some(part) = reader.next_part().unwrap() {
            writer.part(&part)?;
        }
    }
    Ok(())
}

/// A snapshot without the metadata that files of a version cannot tell.
pub(crate) fn reduced(mut snapshot: Snapshot, version: Version) -> Snapshot {
    let values = snapshot
        .databases
        .values_mut()
        .flat_map(|keys| keys.values_mut());
    for entry in values {
        let Value::Stream(stream) = &mut entry.value else {
            continue;
        };
        for group in &mut stream.groups {
            if version.number() < 11 {
                group
                    .consumers
                    .iter_mut()
                    .for_each(|consumer| consumer.active_at_ms = 0);
            }
            if version.number() < 10 {
                group.entries_read = None;
            }
        }
        if let Some(info) = &mut stream.info
            && version.number() < 10
        {
            info.entries_added = 0;
            (info.first_id, info.max_deleted_id) = (StreamId::default(), StreamId::default());
        }
    }
    snapshot
}

#[test]
fn every_version_holds_what_it_can() {
    for file in snapshots() {
        let bytes = fs::read(&file).unwrap();
        for version in WRITTEN {
            for compress in [true, false] {
                let options = WriteOptions {
                    version,
                    compress,
                    checksum: true,
                };
                let name = format!("{} as {version}", file.display());
                let converted = match convert(&bytes, options) {
                    Ok(converted) => converted,
                    Err(WriteError::CannotHold { what, .. }) => {
                        let expected = if version.number() < 10 {
                            ["functions", "fields that expire"]
                        } else {
                            ["fields that expire"; 2]
                        };
                        assert!(
                            version.number() < 12 && expected.contains(&what),
                            "{name}: {what}"
                        );
                        continue;
                    }
                    Err(error) => panic!("{name}: {error}"),
                };
                let before = reduced(Snapshot::read(&bytes[..]).unwrap(), version);
                let after = reduced(Snapshot::read(&converted[..]).unwrap(), version);
                assert!(before == after, "{name}");
            }
        }
    }
}

#[test]
fn what_a_version_cannot_hold_is_named() {
    let file = fs::read(path("rdb/synthetic/rdb12-hfe-release-candidate.rdb")).unwrap();
    let error = convert(&file, WriteOptions::default()).unwrap_err();
    let expected = "Redis RDB version 11 cannot hold fields that expire: key 'hfe:pre-ga:";
    assert!(error.to_string().starts_with(expected), "{error}");
    let options = WriteOptions {
        version: Version::from_number(8).unwrap(),
        ..Default::default()
    };
    let error = convert(&file, options).unwrap_err();
    assert_eq!(error.to_string(), "Redis RDB version 8 is not written");
}

#[test]
fn redis_finds_nothing_wrong() {
    let folder = std::env::temp_dir().join(format!("ferrous-persist-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let target = folder.join("dump.rdb");
    for file in snapshots() {
        let bytes = fs::read(&file).unwrap();
        let options = WriteOptions {
            version: Version::REDIS_7_0,
            ..Default::default()
        };
        let Ok(converted) = convert(&bytes, options) else {
            continue;
        };
        fs::write(&target, converted).unwrap();
        if !passes_redis_check(&target) {
            break;
        }
    }
    fs::remove_dir_all(&folder).unwrap();
}

/// Runs the checker of Redis 7.0 over a file; false when there is none to run.
#[track_caller]
fn passes_redis_check(file: &Path) -> bool {
    let Ok(output) = Command::new("redis-check-rdb").arg(file).output() else {
        println!("skipped: redis-check-rdb is not installed");
        return false;
    };
    let says = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{says}");
    assert!(says.contains("RDB looks OK"), "{says}");
    true
}
