//! No script source, and no input of a script's libraries, crashes the machine or keeps it from the next script.
#![no_main]

use std::cell::RefCell;
use std::sync::Arc;

use ferrous_lua::{
    CachedScript, Host, Interrupt, LogLevel, Machine, Permission, Replication, Script, ScriptCache,
    Settings,
};
use ferrous_resp::{Encoder, Protocol};
use libfuzzer_sys::fuzz_target;

/// Echoes its arguments as bytes of the wire, and ends a script at the second poll.
struct Impatient(u32);

impl Host for Impatient {
    fn call(&mut self, argv: &[&[u8]], protocol: Protocol, reply: &mut Vec<u8>) {
        match argv {
            [b"RAW", bytes] => reply.extend_from_slice(bytes),
            _ => Encoder::new(reply, protocol).bulk(argv[0]),
        }
    }

    fn may_run(&mut self, _argv: &[&[u8]]) -> Permission {
        Permission::Granted
    }

    fn log(&mut self, _level: LogLevel, _message: &[u8]) {}

    fn set_replication(&mut self, _replication: Replication) {}

    fn interrupt(&mut self) -> Interrupt {
        self.0 += 1;
        if self.0 < 2 {
            Interrupt::Continue
        } else {
            Interrupt::Stop("out of time".to_owned())
        }
    }
}

/// Scripts whose input is the argument; the first byte chooses one, or its own text when there is none.
const READERS: [&str; 5] = [
    "return cjson.encode(cjson.decode(ARGV[1]))",
    "return cmsgpack.pack(cmsgpack.unpack(ARGV[1]))",
    "return struct.unpack(ARGV[1], ARGV[1])",
    "return struct.pack(ARGV[1], 1, 'a', 2, 'b', 3, 'c', 4)",
    "redis.setresp(3) return redis.pcall('RAW', ARGV[1])",
];

struct Bench {
    machine: Machine,
    cache: ScriptCache,
}

impl Bench {
    fn run(&mut self, source: &[u8], argument: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let Ok(script) = Script::new(source) else {
            return out;
        };
        let script: Arc<CachedScript> = self.cache.add(script);
        if self.machine.compile(&script).is_ok() {
            let mut encoder = Encoder::new(&mut out, Protocol::Resp3);
            let sha1 = script.script().sha1();
            self.machine
                .run(&sha1, &[], &[argument], &mut Impatient(0), &mut encoder);
        }
        out
    }
}

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::new(Bench {
        machine: Machine::new(&Settings { memory_max: 32 << 20, random_seed: None }),
        cache: ScriptCache::default(),
    });
}

fuzz_target!(|data: &[u8]| {
    let Some((choice, input)) = data.split_first() else {
        return;
    };
    BENCH.with_borrow_mut(|bench| {
        match READERS.get(usize::from(*choice)) {
            Some(reader) => bench.run(reader.as_bytes(), input),
            None => bench.run(input, b"argument"),
        };
        assert_eq!(bench.run(b"return 1", b""), b":1\r\n");
    });
});
