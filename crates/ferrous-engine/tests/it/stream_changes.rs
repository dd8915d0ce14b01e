//! What the commands on streams and `HyperLogLog`s tell of their changes.

use crate::changes::{check, check_idle, check_verbatim};
use crate::host::{NOW_MS, Recorder};

#[test]
fn entries_are_added_under_the_identifier_they_got() {
    let mut host = Recorder::new();
    let effect = format!("XADD s {NOW_MS}-0 f v");
    check(&mut host, "XADD s * f v", &effect, "new s, xadd s", 1);
    let effect = format!("XADD s NOMKSTREAM {NOW_MS}-1 f v");
    check(&mut host, "XADD s NOMKSTREAM * f v", &effect, "xadd s", 1);
    check_idle(&mut host, "XADD t NOMKSTREAM * f v");
    let line = format!("XADD s {NOW_MS}-7 f v");
    check_verbatim(&mut host, &line, "xadd s", 1);
    let line = format!("XADD s MAXLEN 2 {NOW_MS}-8 f v");
    check_verbatim(&mut host, &line, "xadd s, xtrim s", 1);
}

#[test]
fn what_an_approximate_trim_left_is_repeated_exactly() {
    let mut host = Recorder::new();
    for seq in 1..=250 {
        host.run(&format!("XADD s 1-{seq} f v"));
    }
    check(
        &mut host,
        "XADD s MAXLEN ~ 100 LIMIT 150 1-300 f v",
        "XADD s MAXLEN = 151 1-300 f v",
        "xadd s, xtrim s",
        1,
    );
    check(
        &mut host,
        "XTRIM s MINID ~ 1-220",
        "XTRIM s MINID = 1-201",
        "xtrim s",
        100,
    );
    check_idle(&mut host, "XTRIM s MINID ~ 1-220");
    check_verbatim(&mut host, "XTRIM s MAXLEN 10", "xtrim s", 41);
    check_verbatim(&mut host, "XDEL s 1-300 1-1", "xdel s", 1);
    check_verbatim(&mut host, "XSETID s 9-9", "xsetid s", 1);
}

#[test]
fn groups_come_and_go() {
    let mut host = Recorder::new();
    check_verbatim(
        &mut host,
        "XGROUP CREATE s g $ MKSTREAM",
        "new s, xgroup-create s",
        1,
    );
    check_verbatim(&mut host, "XGROUP SETID s g 0", "xgroup-setid s", 1);
    check_verbatim(
        &mut host,
        "XGROUP CREATECONSUMER s g c",
        "xgroup-createconsumer s",
        1,
    );
    check_idle(&mut host, "XGROUP CREATECONSUMER s g c");
    check_verbatim(
        &mut host,
        "XGROUP DELCONSUMER s g c",
        "xgroup-delconsumer s",
        1,
    );
    check_idle(&mut host, "XGROUP DELCONSUMER s g c");
    check_verbatim(&mut host, "XGROUP DESTROY s g", "xgroup-destroy s", 1);
    check_idle(&mut host, "XGROUP DESTROY s g");
}

#[test]
fn deliveries_are_repeated_as_claims() {
    let mut host = Recorder::new();
    host.run("XADD s 1-1 f v");
    host.run("XADD s 1-2 f v");
    host.run("XGROUP CREATE s g 0");
    let told = host.run("XREADGROUP GROUP g c STREAMS s >");
    let claim =
        |id| format!("XCLAIM s g c 0 {id} TIME {NOW_MS} RETRYCOUNT 1 FORCE JUSTID LASTID {id}");
    assert_eq!(
        told.effects,
        [
            claim("1-1"),
            claim("1-2"),
            "XGROUP SETID s g 1-2 ENTRIESREAD 2".to_owned()
        ]
    );
    assert_eq!(told.events, ["xgroup-createconsumer s"]);
    assert_eq!(told.dirty, 2);
    // What was delivered before is delivered again, which nobody has to repeat.
    let told = host.run("XREADGROUP GROUP g c STREAMS s 0");
    assert!(told.effects.is_empty());
    host.run("XADD s 1-3 f v");
    let told = host.run("XREADGROUP GROUP g d NOACK STREAMS s >");
    assert_eq!(
        told.effects,
        [
            "XGROUP CREATECONSUMER s g d",
            "XGROUP SETID s g 1-3 ENTRIESREAD 3"
        ]
    );
    host.wait_ms(500);
    let at = NOW_MS + 500;
    let claimed = format!("XCLAIM s g d 0 1-1 TIME {at} RETRYCOUNT 3 FORCE JUSTID LASTID 1-3");
    check(&mut host, "XCLAIM s g d 100 1-1 1-9", &claimed, "", 1);
    check_idle(&mut host, "XCLAIM s g c 100 1-1");
    host.run("XDEL s 1-2");
    let told = host.run("XAUTOCLAIM s g d 100 0");
    let gone = format!("XCLAIM s g c 0 1-2 TIME {NOW_MS} RETRYCOUNT 2 FORCE JUSTID LASTID 1-3");
    assert_eq!(told.effects, [gone]);
    let advanced = "XGROUP SETID s g 2-0 ENTRIESREAD 3";
    check(&mut host, "XCLAIM s g d 0 7-7 LASTID 2", advanced, "", 1);
    check_verbatim(&mut host, "XACK s g 1-1", "", 1);
    check_idle(&mut host, "XACK s g 1-1");
}

#[test]
fn hyperloglogs_grow() {
    let mut host = Recorder::new();
    check_verbatim(&mut host, "PFADD h a b", "new h, pfadd h", 3);
    check_idle(&mut host, "PFADD h a");
    // The estimate is kept in the value, so that the value is another one.
    check_verbatim(&mut host, "PFCOUNT h", "", 1);
    check_idle(&mut host, "PFCOUNT h");
    check_verbatim(&mut host, "PFMERGE m h", "new m, pfadd m", 1);
    check_verbatim(&mut host, "PFDEBUG TODENSE m", "", 1);
    check_verbatim(&mut host, "PFADD m z", "pfadd m", 1);
}

#[test]
fn sorted_elements_are_stored() {
    let mut host = Recorder::new();
    host.run("SET d x");
    check_verbatim(&mut host, "SORT missing STORE d", "del d", 1);
    check_idle(&mut host, "SORT missing STORE d");
}
