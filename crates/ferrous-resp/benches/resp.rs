//! The hot path of a server and of a client: requests in, replies out, replies in.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ferrous_resp::{
    Arguments, DoubleText, Encoder, Limits, Protocol, ReplyParser, RequestParser, Status,
    encode_command,
};

const PIPELINE: usize = 16;

/// The requests of `pipeline`, parsed as a server does: all that the buffer holds, one after the other.
fn parse_all(pipeline: &[u8], parser: &mut RequestParser, arguments: &mut Arguments) -> usize {
    let (limits, mut at, mut seen) = (Limits::default(), 0, 0);
    loop {
        arguments.clear();
        match parser.next(pipeline, at, &limits, arguments) {
            Ok(Status::Complete { end }) => at = end,
            other => return black_box(other).map_or(0, |_| seen),
        }
        seen += arguments.request(pipeline)[0].len();
    }
}

fn requests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse 16 requests");
    group.throughput(Throughput::Elements(PIPELINE as u64));
    let value = "x".repeat(300);
    let cases: [(&str, &[&str]); 3] = [
        ("GET", &["GET", "key:000000000042"]),
        ("SET", &["SET", "key:000000000042", "xxx"]),
        ("SET of 300 bytes", &["SET", "key:000000000042", &value]),
    ];
    for (name, command) in cases {
        let mut pipeline = Vec::new();
        for _ in 0..PIPELINE {
            encode_command(&mut pipeline, command);
        }
        let (mut parser, mut arguments) = (RequestParser::default(), Arguments::default());
        group.bench_function(name, |bencher| {
            bencher.iter(|| parse_all(black_box(&pipeline), &mut parser, &mut arguments));
        });
    }
    group.finish();
}

fn replies(criterion: &mut Criterion) {
    let mut out = Vec::new();
    let mut write_array = |element: &[u8]| {
        out.clear();
        let mut reply = Encoder::new(&mut out, Protocol::Resp2);
        reply.array(100);
        for _ in 0..100 {
            reply.bulk(black_box(element));
        }
        out.len()
    };
    criterion.bench_function("encode 100 bulks of 16 bytes", |bencher| {
        bencher.iter(|| write_array(b"element:00000042"));
    });
    write_array(b"element:00000042");

    criterion.bench_function("parse 100 bulks of 16 bytes into a value", |bencher| {
        let mut parser = ReplyParser::default();
        bencher.iter(|| parser.next(black_box(&out)));
    });
    criterion.bench_function("spell a double", |bencher| {
        bencher.iter(|| DoubleText::new(black_box(0.123_456_789_012_345_67)));
    });
}

criterion_group!(benches, requests, replies);
criterion_main!(benches);
