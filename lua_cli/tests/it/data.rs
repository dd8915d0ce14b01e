//! `--data`.

use super::{check, file, path, run};

const SCRIPT: &str =
    "return {redis.call('TYPE', KEYS[1]), redis.call('PTTL', KEYS[1]) > 0, redis.call('DBSIZE')}";

#[test]
fn json_and_commands_make_keys() {
    let json = file(br#"{"z": {"type": "zset", "value": {"a": 1}, "ttl_ms": 100000}, "l": ["x"]}"#);
    let reply = "1) zset\n2) (integer) 1\n3) (integer) 2\n";
    check(&["--data", path(&json), "-e", SCRIPT, "z"], "", reply, 0);
    let commands = file(b"# two keys\nZADD z 1 \"a b\"\nPEXPIRE z 100000\r\n\nRPUSH l x\n");
    check(
        &["--data", path(&commands), "-e", SCRIPT, "z"],
        "",
        reply,
        0,
    );
    let both = ["-d", path(&json), "-d", path(&commands), "-e", SCRIPT, "z"];
    check(&both, "", reply, 0);
}

/// An RDB file of version 11 with a string, a list in database 1 and a library of functions; no checksum.
fn dump() -> Vec<u8> {
    let library = b"#!lua name=l\nredis.register_function('f', function() return 7 end)";
    let mut dump = b"REDIS0011\xf5".to_vec();
    dump.push(0x40 | (library.len() >> 8) as u8);
    dump.push(library.len() as u8);
    dump.extend_from_slice(library);
    dump.extend_from_slice(b"\xfe\x00\x00\x01k\x05hello\xfe\x01\x01\x01l\x02\x01a\x01b\xff");
    dump.extend_from_slice(&[0; 8]);
    dump
}

#[test]
fn dumps_are_loaded() {
    let dump = file(&dump());
    let script = "local a = redis.call('GET', 'k') redis.call('SELECT', 1) \
                  return {a, redis.call('LRANGE', 'l', 0, -1)}";
    let reply = "1) \"hello\"\n2) 1) \"a\"\n   2) \"b\"\n";
    check(&["-d", path(&dump), "-e", script], "", reply, 0);
}

#[test]
fn files_that_make_no_sense() {
    #[track_caller]
    fn refuses(text: &[u8], why: &str) {
        let file = file(text);
        let (_, error, status) = run(&["-d", path(&file), "-e", "return 1"], "");
        assert!(error.contains(why), "{error}");
        assert_eq!(status, 2);
    }
    refuses(b"{\"a\": null}", "the key 'a': null stands where");
    refuses(
        b"SET a 1\nINCR b c\n",
        "line 2: INCR: ERR Wrong number of args",
    );
    refuses(b"SET \"a", "line 1: unbalanced quotes");
    refuses(&dump()[..40], "cannot load");
    refuses(b"REDIS0099", "cannot load");
}
