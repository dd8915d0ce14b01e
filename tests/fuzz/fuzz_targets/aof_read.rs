//! Any bytes as a log, and as its manifest.

#![no_main]

use ferrous_persist::aof::{AofReader, CommandReader, Manifest};
use ferrous_persist::rdb::ReadOptions;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    // A file of comments names no files, and is then written without a line, which is no manifest.
    if let Ok(manifest) = Manifest::parse(file)
        && manifest.files().next().is_some()
    {
        assert_eq!(
            Manifest::parse(manifest.to_string().as_bytes()),
            Ok(manifest)
        );
    }
    let mut commands = match AofReader::new(file, ReadOptions::default()) {
        Ok(AofReader::Commands(reader)) => reader,
        Ok(AofReader::Preamble(mut reader)) => {
            while let Ok(Some(_)) = reader.next_event() {}
            CommandReader::after(reader)
        }
        Err(_) => return,
    };
    while let Ok(Some(_)) = commands.next_entry() {}
    assert!(commands.good_bytes() <= commands.offset());
});
