//! Any bytes as a snapshot: read whole or refused, and what is read can be written.

#![no_main]

use ferrous_persist::rdb::{RdbReader, RdbWriter, ReadOptions, WriteOptions};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let options = ReadOptions {
        checksum: false,
        ..ReadOptions::default()
    };
    let Ok(mut reader) = RdbReader::new(file, options) else {
        return;
    };
    let mut writer =
        RdbWriter::new(Vec::new(), WriteOptions::default()).expect("memory does not fail");
    while let Ok(Some(event)) = reader.next_event() {
        if writer.event(&event).is_err() {
            return;
        }
        while let Ok(Some(part)) = reader.next_part() {
            if writer.part(&part).is_err() {
                return;
            }
        }
    }
});
