//! A machine with a host that knows a handful of commands.

use std::collections::HashMap;

use ferrous_lua::{
    Host, Interrupt, LogLevel, Machine, Permission, Replication, Script, ScriptCache, Settings,
};
use ferrous_resp::{Encoder, Protocol};

/// Answers some commands, and notes what else it is told.
#[derive(Default)]
pub(crate) struct Recorder {
    strings: HashMap<Vec<u8>, Vec<u8>>,
    pub(crate) logged: Vec<(LogLevel, String)>,
    pub(crate) replication: Option<Replication>,
    /// How many polls go by before the run is stopped.
    pub(crate) polls_left: Option<u32>,
}

impl Host for Recorder {
    fn call(&mut self, argv: &[&[u8]], protocol: Protocol, reply: &mut Vec<u8>) {
        let mut reply = Encoder::new(reply, protocol);
        match argv {
            [b"ECHO" | b"echo", text] => reply.bulk(text),
            [b"SET", key, value] => {
                self.strings.insert(key.to_vec(), value.to_vec());
                reply.ok();
            }
            [b"GET", key] => match self.strings.get(*key) {
                Some(value) => reply.bulk(value),
                None => reply.nil(),
            },
            // Replies with its first argument, as it is on the wire.
            [b"RAW", bytes] => reply.raw(bytes),
            [b"PANIC"] => panic!("the host is broken"),
            _ => reply.error(b"ERR Unknown command called from script"),
        }
    }

    fn may_run(&mut self, argv: &[&[u8]]) -> Permission {
        match argv[0] {
            b"GET" => Permission::Granted,
            b"SET" => Permission::Denied,
            _ => Permission::UnknownCommand,
        }
    }

    fn log(&mut self, level: LogLevel, message: &[u8]) {
        let message = String::from_utf8_lossy(message).into_owned();
        self.logged.push((level, message));
    }

    fn set_replication(&mut self, replication: Replication) {
        self.replication = Some(replication);
    }

    fn interrupt(&mut self) -> Interrupt {
        match &mut self.polls_left {
            None => Interrupt::Continue,
            Some(0) => Interrupt::Stop("Script killed by user with SCRIPT KILL.".to_owned()),
            Some(left) => {
                *left -= 1;
                Interrupt::Continue
            }
        }
    }
}

/// A machine, its host and the scripts it knows.
pub(crate) struct Bench {
    pub(crate) machine: Machine,
    pub(crate) host: Recorder,
    cache: ScriptCache,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let settings = Settings {
            memory_max: 64 << 20,
            random_seed: None,
        };
        Self {
            machine: Machine::new(&settings),
            host: Recorder::default(),
            cache: ScriptCache::default(),
        }
    }

    /// What EVAL replies to a client.
    pub(crate) fn eval_as(
        &mut self,
        protocol: Protocol,
        body: &str,
        keys: &[&[u8]],
        arguments: &[&[u8]],
    ) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out, protocol);
        let script = match Script::new(body.as_bytes()) {
            Ok(script) => self.cache.add(script),
            Err(error) => {
                encoder.error(format!("ERR {error}").as_bytes());
                return out;
            }
        };
        if let Err(message) = self.machine.compile(&script) {
            encoder.error(format!("ERR {message}").as_bytes());
            return out;
        }
        let sha1 = script.script().sha1();
        self.machine
            .run(&sha1, keys, arguments, &mut self.host, &mut encoder)
            .expect("it is compiled");
        out
    }

    /// The same in RESP2, as text, without the part of errors that depends on the digest.
    pub(crate) fn eval(&mut self, body: &str) -> String {
        let reply = self.eval_as(Protocol::Resp2, body, &[], &[]);
        without_digest(&String::from_utf8_lossy(&reply))
    }
}

fn without_digest(reply: &str) -> String {
    match reply.find(" script: ") {
        Some(start) if reply.starts_with('-') => {
            let rest = &reply[start + 9..];
            let digits = rest.find(',').unwrap_or_default();
            format!("{} @{}", &reply[..start], &rest[digits + 1..])
                .replace("@ on @user_script", "@user_script")
        }
        _ => reply.to_owned(),
    }
}

/// Runs a script on a new machine: the reply in RESP2, with `script: <digest>, on @user_script` as `@user_script`.
#[track_caller]
pub(crate) fn check(body: &str, expected: &str) {
    let reply = Bench::new().eval(body);
    assert_eq!(reply, expected.replace('\n', "\r\n"), "{body}");
}

/// As [`check`], for a script whose value is a string.
#[track_caller]
pub(crate) fn text(body: &str, expected: &str) {
    check(body, &format!("${}\n{expected}\n", expected.len()));
}

/// As [`check`], for a script that fails in its first line.
#[track_caller]
pub(crate) fn fails(body: &str, expected: &str) {
    check(body, &format!("-ERR {expected} @user_script:1.\n"));
}

/// As [`check`], for a script whose value is a list: its elements as redis-cli shows them raw, between blanks.
#[track_caller]
pub(crate) fn list(body: &str, expected: &str) {
    let joined = format!(
        "local t = (function() {body} end)() for i = 1, #t do t[i] = tostring(t[i]) end return table.concat(t, ' ')"
    );
    text(&joined, expected);
}
