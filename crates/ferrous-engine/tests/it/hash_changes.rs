//! What the commands on hashes tell of their changes.

use crate::changes::{check, check_idle, check_verbatim};
use crate::host::{NOW_MS, Recorder};

#[test]
fn fields_are_set_and_removed() {
    let mut host = Recorder::new();
    check_verbatim(&mut host, "HSET h a 1 b 2", "new h, hset h", 2);
    check_verbatim(&mut host, "HSET h a 1 c 2", "hset h", 2);
    check_verbatim(&mut host, "HMSET h a 1", "hset h", 1);
    check_idle(&mut host, "HSETNX h a 5");
    check_verbatim(&mut host, "HSETNX h d 5", "hset h", 1);
    check_verbatim(&mut host, "HINCRBY h a 2", "hincrby h", 1);
    let sum = "HSET h a 3.5";
    check(&mut host, "HINCRBYFLOAT h a 0.5", sum, "hincrbyfloat h", 1);
    check_verbatim(&mut host, "HDEL h a b x", "hdel h", 2);
    check_idle(&mut host, "HDEL h x");
    check_verbatim(&mut host, "HGETDEL h FIELDS 2 c x", "hdel h", 1);
    check_verbatim(&mut host, "HDEL h d", "hdel h, del h", 1);
    check_idle(&mut host, "HGETDEL h FIELDS 1 a");
}

#[test]
fn fields_get_expiries() {
    let mut host = Recorder::new();
    let at = NOW_MS + 10_000;
    host.run("HSET h a 1 b 2 c 3");
    let effect = format!("HPEXPIREAT h {at} FIELDS 2 a x");
    check(
        &mut host,
        "HEXPIRE h 10 FIELDS 2 a x",
        &effect,
        "hexpire h",
        1,
    );
    let effect = format!("HPEXPIREAT h {at} NX FIELDS 2 a b");
    check(
        &mut host,
        "HPEXPIRE h 10000 NX FIELDS 2 a b",
        &effect,
        "hexpire h",
        1,
    );
    check_idle(&mut host, "HEXPIRE h 10 NX FIELDS 2 a b");
    let events = "hpersist h";
    check(
        &mut host,
        "HPERSIST h FIELDS 3 a c x",
        "HPERSIST h FIELDS 1 a",
        events,
        1,
    );
    check_idle(&mut host, "HPERSIST h FIELDS 3 a c x");
    check(
        &mut host,
        "HEXPIREAT h 1 FIELDS 2 a x",
        "HDEL h a",
        "hexpired h",
        1,
    );
    check(
        &mut host,
        "HEXPIRE h 0 FIELDS 2 b c",
        "HDEL h b c",
        "hexpired h, del h",
        2,
    );
}

#[test]
fn fields_are_read_with_a_change_of_expiry() {
    let mut host = Recorder::new();
    let at = NOW_MS + 10_000;
    host.run("HSET h a 1 b 2");
    check_idle(&mut host, "HGETEX h FIELDS 2 a b");
    let effect = format!("HPEXPIREAT h {at} FIELDS 1 a");
    check(
        &mut host,
        "HGETEX h EX 10 FIELDS 2 a x",
        &effect,
        "hexpire h",
        1,
    );
    let effect = "HPERSIST h FIELDS 1 a";
    check(
        &mut host,
        "HGETEX h PERSIST FIELDS 2 a b",
        effect,
        "hpersist h",
        1,
    );
    check(
        &mut host,
        "HGETEX h PX 0 FIELDS 2 a b",
        "HDEL h a b",
        "hexpired h, del h",
        2,
    );
}

#[test]
fn fields_are_set_with_an_expiry() {
    let mut host = Recorder::new();
    let at = NOW_MS + 10_000;
    let effect = format!("HSETEX h PXAT {at} FIELDS 2 a 1 b 2");
    let events = "new h, hset h, hexpire h";
    check(
        &mut host,
        "HSETEX h NX EX 10 FIELDS 2 a 1 b 2",
        &effect,
        events,
        2,
    );
    check_idle(&mut host, "HSETEX h FNX FIELDS 2 a 1 c 2");
    let effect = "HSETEX h KEEPTTL FIELDS 1 a 1";
    check(
        &mut host,
        "HSETEX h FXX KEEPTTL FIELDS 1 a 1",
        effect,
        "hset h",
        1,
    );
    // Counting up must not be repeated on a field that has expired by then.
    let effect = format!("HSETEX h PXAT {at} FIELDS 1 a 6");
    check(&mut host, "HINCRBY h a 5", &effect, "hincrby h", 1);
    let effect = format!("HSETEX h PXAT {at} FIELDS 1 a 6.5");
    check(
        &mut host,
        "HINCRBYFLOAT h a 0.5",
        &effect,
        "hincrbyfloat h",
        1,
    );
    check(
        &mut host,
        "HSETEX h FIELDS 1 a 1",
        "HSETEX h FIELDS 1 a 1",
        "hset h",
        1,
    );

    let events = "hset h, hexpire h, hexpired h";
    check(
        &mut host,
        "HSETEX h EX 0 FIELDS 2 a 1 x 2",
        "HDEL h a",
        events,
        1,
    );
    check(&mut host, "HSETEX h EX 0 FIELDS 1 x 2", "", events, 0);
    let events = "hset h, hexpire h, hexpired h, del h";
    check(
        &mut host,
        "HSETEX h EX 0 FIELDS 1 b 1",
        "HDEL h b",
        events,
        1,
    );
    check(&mut host, "HSETEX h EX 0 FIELDS 1 b 1", "", events, 0);
}

/// A field that has expired and is not removed yet counts as absent, and whoever writes to it does away with it.
#[test]
fn expired_fields_are_met() {
    let mut host = Recorder::new();
    let expire = |host: &mut Recorder, fields: &str| {
        host.run(&format!("HPEXPIRE h 1 FIELDS {fields}"));
        host.wait_ms(2);
    };
    host.run("HSET h a 1 b 2");
    expire(&mut host, "1 a");
    let events = "hexpired h, hset h";
    check(&mut host, "HSET h a 2", "HDEL h a, HSET h a 2", events, 1);
    expire(&mut host, "1 a");
    check(&mut host, "HSETNX h a 2", "HDEL h a, HSET h a 2", events, 1);
    expire(&mut host, "1 a");
    let effect = "HDEL h a, HSETEX h KEEPTTL FIELDS 1 a 2";
    check(
        &mut host,
        "HSETEX h FNX KEEPTTL FIELDS 1 a 2",
        effect,
        events,
        1,
    );
    expire(&mut host, "1 a");
    check_idle(&mut host, "HSETEX h FXX FIELDS 1 a 2");
    let events = "hexpired h, hincrby h";
    check(
        &mut host,
        "HINCRBY h a 2",
        "HDEL h a, HSET h a 2",
        events,
        1,
    );
    expire(&mut host, "1 a");
    let events = "hexpired h, hincrbyfloat h";
    check(
        &mut host,
        "HINCRBYFLOAT h a 2",
        "HDEL h a, HSET h a 2",
        events,
        1,
    );
    expire(&mut host, "1 a");
    check_idle(&mut host, "HEXPIRE h 10 FIELDS 1 a");
    check_idle(&mut host, "HGETEX h EX 10 FIELDS 1 a");
    let events = "hexpired h, hdel h, del h";
    check(&mut host, "HDEL h a b", "HDEL h a, HDEL h a b", events, 1);

    host.run("HSET h a 1");
    expire(&mut host, "1 a");
    check(
        &mut host,
        "HGETDEL h FIELDS 1 a",
        "HDEL h a",
        "hexpired h, del h",
        0,
    );
    host.run("HSET h a 1");
    expire(&mut host, "1 a");
    let events = "hexpired h, hset h";
    check(&mut host, "HSET h a 2", "HDEL h a, HSET h a 2", events, 1);
}

#[test]
fn due_fields_are_removed_by_themselves() {
    let mut host = Recorder::new();
    host.run("HSET h a 1 b 2 c 3");
    host.run("HPEXPIRE h 100 FIELDS 1 a");
    host.run("HPEXPIRE h 101 FIELDS 1 b");
    host.run("HPEXPIRE h 5000 FIELDS 1 c");
    host.run("HSET other a 1");
    host.run("HPEXPIRE other 200 FIELDS 1 a");
    host.run("COPY h copied");
    host.run("RENAME copied renamed");
    host.run("DEL h");
    assert!(host.remove_due().effects.is_empty(), "nothing is due yet");

    host.wait_ms(1000);
    let told = host.remove_due();
    let sorted = |mut words: Vec<String>| {
        words.sort();
        words
    };
    assert_eq!(sorted(told.effects), ["HDEL other a", "HDEL renamed a b"]);
    let events = ["del other", "hexpired other", "hexpired renamed"];
    assert_eq!(sorted(told.events), events);
    assert_eq!(sorted(told.modified), ["other", "renamed"]);

    host.run("HPERSIST renamed FIELDS 1 c");
    host.wait_ms(10_000);
    assert!(
        host.remove_due().effects.is_empty(),
        "nothing expires any more"
    );
    host.run("HPEXPIRE renamed 1 FIELDS 1 c");
    host.wait_ms(1000);
    assert_eq!(
        host.remove_due().events,
        ["hexpired renamed", "del renamed"]
    );
}
