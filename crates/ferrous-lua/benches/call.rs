//! What a script costs without the commands that it calls: the host answers at once.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ferrous_lua::{
    Host, LogLevel, Machine, Permission, Replication, Script, ScriptCache, Settings, Sha1,
};
use ferrous_resp::{Encoder, Protocol};

/// Answers every command with the same string.
struct Constant;

impl Host for Constant {
    fn call(&mut self, argv: &[&[u8]], _protocol: Protocol, reply: &mut Vec<u8>) {
        black_box(argv);
        reply.extend_from_slice(b"$5\r\nvalue\r\n");
    }

    fn may_run(&mut self, _argv: &[&[u8]]) -> Permission {
        Permission::Granted
    }

    fn log(&mut self, _level: LogLevel, _message: &[u8]) {}

    fn set_replication(&mut self, _replication: Replication) {}
}

fn bench(criterion: &mut Criterion, name: &str, body: &str) {
    let mut machine = Machine::new(&Settings::default());
    let script = Script::new(body.as_bytes()).expect("it has no first line of flags");
    let sha1: Sha1 = script.sha1();
    machine
        .compile(&ScriptCache::default().add(script))
        .expect("it is Lua");
    let mut out = Vec::new();
    criterion.bench_function(name, |bencher| {
        bencher.iter(|| {
            out.clear();
            let mut encoder = Encoder::new(&mut out, Protocol::Resp2);
            machine.run(&sha1, &[b"key:1"], &[b"value"], &mut Constant, &mut encoder)
        });
    });
}

fn scripts(criterion: &mut Criterion) {
    bench(criterion, "empty", "return 1");
    bench(criterion, "one call", "return redis.call('GET', KEYS[1])");
    bench(
        criterion,
        "ten calls",
        "for i = 1, 10 do redis.call('SET', KEYS[1], ARGV[1]) end return 1",
    );
    bench(
        criterion,
        "list of ten",
        "return {1, 2, 3, 4, 5, 'a', 'b', 'c', 'd', 'e'}",
    );
    bench(
        criterion,
        "json",
        "return cjson.encode(cjson.decode('{\"a\":[1,2,3],\"b\":{\"c\":\"d\"}}'))",
    );
}

criterion_group!(benches, scripts);
criterion_main!(benches);
