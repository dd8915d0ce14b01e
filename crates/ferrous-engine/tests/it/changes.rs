//! What each command tells of its changes: the commands that repeat it, the events, the keys, the count.

use crate::host::{NOW_MS, Recorder, Told};

/// Runs a call; `effects` and `events` are separated by commas.
#[track_caller]
pub(crate) fn check(
    host: &mut Recorder,
    line: &str,
    effects: &str,
    events: &str,
    dirty: u64,
) -> Told {
    let told = host.run(line);
    assert_eq!(told.effects.join(", "), effects, "what repeats {line}");
    assert_eq!(told.events.join(", "), events, "the events of {line}");
    assert_eq!(told.dirty, dirty, "the changes that {line} counts for");
    told
}

/// As [`check`], of a call that is repeated as it is.
#[track_caller]
pub(crate) fn check_verbatim(host: &mut Recorder, line: &str, events: &str, dirty: u64) {
    check(host, line, line, events, dirty);
}

/// Checks that a call changes nothing.
#[track_caller]
pub(crate) fn check_idle(host: &mut Recorder, line: &str) {
    let told = check(host, line, "", "", 0);
    assert!(told.modified.is_empty(), "{line} changes no key");
}

#[test]
fn strings_are_set() {
    let mut host = Recorder::new();
    let at = NOW_MS + 10_000;
    check_verbatim(&mut host, "SET k v", "new k, set k", 1);
    check_verbatim(&mut host, "SET k v XX", "set k", 1);
    check_idle(&mut host, "SET k v NX");
    check(&mut host, "SET k w GET", "SET k w", "set k", 1);
    check(&mut host, "SET k x IFEQ w", "SET k x", "set k", 1);
    check_idle(&mut host, "SET k x IFEQ w");
    let with_deadline = format!("SET k v PXAT {at}");
    for line in ["SET k v EX 10", "SET k v XX PX 10000 GET", "SETEX k 10 v"] {
        check(&mut host, line, &with_deadline, "set k, expire k", 1);
    }
    check_verbatim(&mut host, "SET k v KEEPTTL", "set k", 1);
    check(&mut host, "GETSET k w", "SET k w", "set k", 1);
    check_idle(&mut host, "SETNX k v");
    check_verbatim(&mut host, "SETNX l v", "new l, set l", 1);
}

#[test]
fn strings_are_changed() {
    let mut host = Recorder::new();
    check_verbatim(&mut host, "APPEND k v", "new k, append k", 1);
    check_verbatim(&mut host, "SETRANGE k 2 xx", "setrange k", 1);
    check_verbatim(&mut host, "INCR n", "new n, incrby n", 1);
    check_verbatim(&mut host, "DECRBY n 5", "incrby n", 1);
    check(
        &mut host,
        "INCRBYFLOAT n 0.5",
        "SET n -3.5 KEEPTTL",
        "incrbyfloat n",
        1,
    );
    check_verbatim(&mut host, "SETBIT b 7 0", "new b, setbit b", 1);
    check_idle(&mut host, "SETBIT b 7 0");
    check_verbatim(&mut host, "SETBIT b 7 1", "setbit b", 1);
    check_verbatim(&mut host, "BITFIELD b SET u8 0 2 SET u8 0 3", "setbit b", 2);
    check_idle(&mut host, "BITFIELD b SET u8 0 3");
    check_verbatim(&mut host, "BITOP NOT c b", "new c, set c", 1);
    check_verbatim(&mut host, "BITOP AND c missing", "del c", 1);
    check_idle(&mut host, "BITOP AND c missing");
}

#[test]
fn several_strings_are_set() {
    let mut host = Recorder::new();
    let events = "new a, set a, new b, set b";
    check_verbatim(&mut host, "MSET a 1 b 2", events, 2);
    check_idle(&mut host, "MSETNX a 1 c 2");
    check(
        &mut host,
        "MSETEX 2 a 1 b 2 XX EX 10",
        &format!("MSETEX 2 a 1 b 2 PXAT {}", NOW_MS + 10_000),
        "set a, expire a, set b, expire b",
        2,
    );
}

#[test]
fn strings_are_read_with_a_change() {
    let mut host = Recorder::new();
    let at = NOW_MS + 10_000;
    host.run("MSET a 1 b 2 c 3");
    check_idle(&mut host, "GETEX a");
    check_idle(&mut host, "GETEX a PERSIST");
    let effect = format!("PEXPIREAT a {at}");
    check(&mut host, "GETEX a EX 10", &effect, "expire a", 1);
    check(&mut host, "GETEX a PERSIST", "PERSIST a", "persist a", 1);
    check(&mut host, "GETEX a PXAT 1", "UNLINK a", "del a", 1);
    check(&mut host, "GETDEL b", "UNLINK b", "del b", 1);
    check_idle(&mut host, "GETDEL b");
    check(&mut host, "DELIFEQ c 3", "UNLINK c", "del c", 1);
}

#[test]
fn keys_expire() {
    let mut host = Recorder::new();
    let at = NOW_MS + 10_000;
    host.run("MSET a 1 b 2 c 3 d 4");
    let effect = format!("PEXPIREAT a {at}");
    check(&mut host, "EXPIRE a 10", &effect, "expire a", 1);
    check(&mut host, "PEXPIRE a 10000", &effect, "expire a", 1);
    check_idle(&mut host, "EXPIRE a 10 NX");
    check_verbatim(&mut host, "PERSIST a", "persist a", 1);
    check_idle(&mut host, "PERSIST a");
    check(&mut host, "EXPIREAT a 1", "UNLINK a", "del a", 1);
    check_idle(&mut host, "EXPIRE a 10");

    // A read finds that the time has come; so does a write over it, which then stores a new key.
    host.run("MSETEX 2 b 2 c 3 PX 5");
    host.wait_ms(5);
    let told = check(&mut host, "GET b", "UNLINK b", "expired b", 0);
    assert_eq!(told.modified, ["b"]);
    let events = "expired c, new c, set c";
    check(&mut host, "SET c v", "UNLINK c, SET c v", events, 1);
}

#[test]
fn keys_are_renamed_copied_and_moved() {
    let mut host = Recorder::new();
    host.run("MSET a 1 b 2");
    check_idle(&mut host, "RENAMENX a b");
    check_idle(&mut host, "RENAME a a");
    let events = "new b, rename_from a, rename_to b";
    check_verbatim(&mut host, "RENAME a b", events, 1);
    check_verbatim(&mut host, "COPY b c", "new c, copy_to c", 1);
    check_idle(&mut host, "COPY b c");
    let events = "1:new c, 1:copy_to c";
    check_verbatim(&mut host, "COPY b c DB 1", events, 1);
    let told = host.run("MOVE b 1");
    assert_eq!(told.events.join(", "), "1:new b, move_from b, 1:move_to b");
    assert_eq!(told.modified, ["1:b", "b"]);
    assert_eq!(told.effects, ["MOVE b 1"]);
}

#[test]
fn keys_are_deleted() {
    let mut host = Recorder::new();
    host.run("MSET a 1 b 2 c 3");
    check_verbatim(&mut host, "DEL a b x", "del a, del b", 2);
    check_verbatim(&mut host, "UNLINK c", "del c", 1);
    check_idle(&mut host, "DEL a");
    // Repeated even when there was nothing: a replica may have what this server lacks.
    check_verbatim(&mut host, "FLUSHALL", "", 0);
    check_verbatim(&mut host, "SWAPDB 0 1", "", 1);
}
