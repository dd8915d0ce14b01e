//! Snapshots and logs in bytes per second, from memory to memory.

use std::hint::black_box;
use std::io::{self, Write};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ferrous_persist::Crc64;
use ferrous_persist::aof::{CommandReader, CommandWriter};
use ferrous_persist::rdb::{
    Encoding, Event, Key, Part, RdbReader, RdbWriter, ReadOptions, WriteError, WriteOptions,
};
use ferrous_types::Element;

const KEYS: u64 = 100_000;

/// Takes everything and keeps nothing, so that memory does not count.
struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        black_box(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A string that no compression makes shorter.
fn value(seed: u64) -> [u8; 32] {
    let mut value = [0; 32];
    let mut state = seed;
    for chunk in value.chunks_exact_mut(8) {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        chunk.copy_from_slice(&(state ^ state >> 29).to_le_bytes());
    }
    value
}

fn write_strings<W: Write>(out: W, options: WriteOptions) -> Result<W, WriteError> {
    let mut writer = RdbWriter::new(out, options)?;
    for number in 0..KEYS {
        writer.key(&Key::new(
            format!("key:{number:012}").as_bytes(),
            Encoding::String,
        ))?;
        writer.part(&Part::String(Element::Bytes(&value(number))))?;
    }
    writer.finish()
}

fn write_hash<W: Write>(out: W, options: WriteOptions) -> Result<W, WriteError> {
    let mut writer = RdbWriter::new(out, options)?;
    writer.key(&Key::new(b"hash", Encoding::Hash))?;
    writer.part(&Part::Count(KEYS))?;
    for number in 0..KEYS {
        let (name, value) = (format!("field:{number:010}"), value(number));
        writer.part(&Part::Field {
            name: Element::Bytes(name.as_bytes()),
            value: Element::Bytes(&value),
            expire_at_ms: None,
        })?;
    }
    writer.finish()
}

fn read_all(file: &[u8], options: ReadOptions) -> u64 {
    let mut reader = RdbReader::new(file, options).expect("the file is ours");
    let mut keys = 0;
    while let Some(event) = reader.next_event().expect("the file is ours") {
        keys += u64::from(matches!(event, Event::Key(_)));
        while let Some(part) = reader.next_part().expect("the file is ours") {
            black_box(part);
        }
    }
    keys
}

fn skip_all(file: &[u8]) -> u64 {
    let mut reader = RdbReader::new(file, ReadOptions::default()).expect("the file is ours");
    let mut keys = 0;
    while let Some(event) = reader.next_event().expect("the file is ours") {
        keys += u64::from(matches!(event, Event::Key(_)));
    }
    keys
}

fn snapshots(criterion: &mut Criterion) {
    let unpacked = WriteOptions {
        compress: false,
        ..WriteOptions::default()
    };
    let strings = write_strings(Vec::new(), unpacked).expect("memory does not fail");
    let hash = write_hash(Vec::new(), unpacked).expect("memory does not fail");

    let mut group = criterion.benchmark_group("rdb");
    group
        .sample_size(20)
        .throughput(Throughput::Bytes(strings.len() as u64));
    group.bench_function("read strings", |bencher| {
        bencher.iter(|| read_all(&strings, ReadOptions::default()));
    });
    group.bench_function("read strings, no checksum", |bencher| {
        let options = ReadOptions {
            checksum: false,
            ..ReadOptions::default()
        };
        bencher.iter(|| read_all(&strings, options));
    });
    group.bench_function("skip strings", |bencher| {
        bencher.iter(|| skip_all(&strings));
    });
    group.bench_function("write strings", |bencher| {
        bencher.iter(|| write_strings(Sink, unpacked).is_ok());
    });
    group.bench_function("write strings, compressing", |bencher| {
        bencher.iter(|| write_strings(Sink, WriteOptions::default()).is_ok());
    });
    group.throughput(Throughput::Bytes(hash.len() as u64));
    group.bench_function("read a hash", |bencher| {
        bencher.iter(|| read_all(&hash, ReadOptions::default()));
    });
    group.bench_function("write a hash", |bencher| {
        bencher.iter(|| write_hash(Sink, unpacked).is_ok());
    });
    group.finish();
}

fn write_log() -> io::Result<Vec<u8>> {
    let mut writer = CommandWriter::new(Vec::new());
    for number in 0..KEYS {
        let key = format!("key:{number:012}");
        writer.command([&b"SET"[..], key.as_bytes(), &value(number)])?;
    }
    writer.finish()
}

fn read_log(log: &[u8]) -> u64 {
    let mut reader = CommandReader::new(log);
    let mut commands = 0;
    while reader.next_entry().expect("the log is ours").is_some() {
        commands += 1;
    }
    commands
}

fn logs(criterion: &mut Criterion) {
    let log = write_log().expect("memory does not fail");
    let mut group = criterion.benchmark_group("aof");
    group
        .sample_size(20)
        .throughput(Throughput::Bytes(log.len() as u64));
    group.bench_function("read", |bencher| bencher.iter(|| read_log(&log)));
    group.bench_function("write", |bencher| bencher.iter(write_log));
    group.finish();
}

fn checksums(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("crc64");
    for len in [32, 1024, 256 * 1024] {
        let bytes = vec![7; len];
        group.throughput(Throughput::Bytes(len as u64));
        group.bench_function(format!("{len} bytes"), |bencher| {
            bencher.iter(|| Crc64::of(black_box(&bytes)));
        });
    }
    group.finish();
}

criterion_group!(benches, snapshots, logs, checksums);
criterion_main!(benches);
