//! Consumer groups: entries shared out, acknowledged, claimed.

use crate::harness::Talk;

const NO_GROUP: &str = "-NOGROUP No such key 's' or consumer group 'x'";

/// A server with a stream of three entries and a group that has read none.
fn talk() -> Talk {
    let mut t = Talk::new();
    for seq in 1..=3 {
        t.check(&format!("XADD s 1-{seq} f {seq}"), &format!("'1-{seq}'"));
    }
    t.check("XGROUP CREATE s g 0", "+OK");
    t
}

#[test]
fn groups_are_managed() {
    let mut t = talk();
    let no_key = "-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use \
        the MKSTREAM option to create an empty stream automatically.";
    let unknown = "-NOGROUP No such consumer group 'x' for key name 's'";
    t.check(
        "XGROUP CREATE s y 0 MKSTREAM MKSTREAM ENTRIESREAD 1",
        "-ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.",
    );
    // Names are bytes, in errors as well; the strict reader of replies takes these for what they are.
    t.check(
        r#"XINFO CONSUMERS s "caf\xc3\xa9""#,
        "-NOGROUP No such consumer group 'caf\u{e9}' for key name 's'",
    );
    t.check_all(&[
        (
            "XGROUP CREATE s g 0",
            "-BUSYGROUP Consumer Group name already exists",
        ),
        ("XGROUP CREATE t g $", no_key),
        ("XGROUP CREATE t g $ MKSTREAM", "+OK"),
        ("XLEN t", ":0"),
        ("XGROUP CREATE s h 1 ENTRIESREAD 2", "+OK"),
        (
            "XGROUP CREATE s i 1 ENTRIESREAD -2",
            "-ERR value for ENTRIESREAD must be positive or -1",
        ),
        (
            "XGROUP CREATE s i 1 FOO",
            "-ERR unknown subcommand or wrong number of arguments for 'CREATE'. Try XGROUP HELP.",
        ),
        (
            "XGROUP SETID s h 0 MKSTREAM",
            "-ERR unknown subcommand or wrong number of arguments for 'SETID'. Try XGROUP HELP.",
        ),
        (
            "XGROUP FOO",
            "-ERR unknown subcommand 'FOO'. Try XGROUP HELP.",
        ),
        ("XGROUP SETID s h $", "+OK"),
        ("XGROUP SETID s h -", "+OK"),
        (
            "XGROUP CREATE s i -",
            "-ERR Invalid stream ID specified as stream command argument",
        ),
        ("XGROUP SETID s x $", unknown),
        ("XGROUP CREATECONSUMER s g c", ":1"),
        ("XGROUP CREATECONSUMER s g c", ":0"),
        ("XGROUP CREATECONSUMER s x c", unknown),
        ("XGROUP DELCONSUMER s g d", ":0"),
        (
            "XREADGROUP GROUP g c COUNT 2 STREAMS s >",
            "[['s', [['1-1', ['f', '1']], ['1-2', ['f', '2']]]]]",
        ),
        ("XGROUP DELCONSUMER s g c", ":2"),
        ("XPENDING s g", "[:0, nil, nil, nil[]]"),
        ("XGROUP DESTROY s g", ":1"),
        ("XGROUP DESTROY s g", ":0"),
        ("XGROUP DESTROY missing g", no_key),
    ]);
}

#[test]
fn consumers_share_the_reading() {
    let mut t = talk();
    t.check(
        "XREADGROUP GROUP g a COUNT 1 STREAMS s >",
        "[['s', [['1-1', ['f', '1']]]]]",
    );
    t.check3(
        "XREADGROUP GROUP g b STREAMS s >",
        "{'s': [['1-2', ['f', '2']], ['1-3', ['f', '3']]]}",
    );
    t.check_both("XREADGROUP GROUP g a STREAMS s >", "nil[]", "_");
    t.check("XDEL s 1-3", ":1");
    t.check(
        "XREADGROUP GROUP g b STREAMS s 0",
        "[['s', [['1-2', ['f', '2']], ['1-3', nil[]]]]]",
    );
    t.check("XREADGROUP GROUP g b STREAMS s 1-3", "[['s', []]]");
    t.check("XACK s g 1-1 1-2 9-9", ":2");
    t.check("XACK s x 1-1", ":0");
    t.check("XACK missing g 1-1", ":0");
    t.check("XPENDING s g", "[:1, '1-3', '1-3', [['b', '1']]]");
    t.check("XADD s 2-0 f 4", "'2-0'");
    t.check(
        "XREADGROUP GROUP g a NOACK STREAMS s >",
        "[['s', [['2-0', ['f', '4']]]]]",
    );
    t.check("XPENDING s g", "[:1, '1-3', '1-3', [['b', '1']]]");
}

#[test]
fn reading_in_a_group_is_checked() {
    let mut t = talk();
    t.check_all(&[
        (
            "XREADGROUP GROUP x c STREAMS s >",
            "-NOGROUP No such key 's' or consumer group 'x' in XREADGROUP with GROUP option",
        ),
        (
            "XREADGROUP GROUP g c STREAMS s $",
            "-ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
        ),
        (
            "XREADGROUP COUNT 1 COUNT 1 STREAMS s >",
            "-ERR Missing GROUP option for XREADGROUP",
        ),
        (
            "XREAD GROUP g c STREAMS s 0",
            "-ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
        ),
        (
            "XREAD NOACK STREAMS s 0",
            "-ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
        ),
        // A group by the name of an option.
        ("XGROUP CREATE s streams 0", "+OK"),
        (
            "XREADGROUP GROUP streams c COUNT 1 STREAMS s >",
            "[['s', [['1-1', ['f', '1']]]]]",
        ),
    ]);
}

#[test]
fn pending_entries_are_listed() {
    let mut t = talk();
    t.run("XREADGROUP GROUP g a COUNT 2 STREAMS s >");
    t.run("XREADGROUP GROUP g b STREAMS s >");
    t.check(
        "XPENDING s g",
        "[:3, '1-1', '1-3', [['a', '2'], ['b', '1']]]",
    );
    t.check("XPENDING s g (1-1 + 0", "[]");
    t.check("XPENDING s g - + 10 nobody", "[]");
    t.check("XPENDING s g IDLE 1000000 - + 10", "[]");
    let listed = t.run("XPENDING s g 1-2 + 10").to_string();
    assert!(listed.starts_with("[['1-2', 'a', :") && listed.ends_with(", :1]]"));
    let listed = t.run("XPENDING s g - + 10 b").to_string();
    assert!(listed.starts_with("[['1-3', 'b', :"), "{listed}");
    t.check("XPENDING s x", NO_GROUP);
    t.check("XPENDING s g -", "-ERR syntax error");
    t.check("XPENDING s g IDLE 0 - +", "-ERR syntax error");
}

#[test]
fn entries_are_claimed() {
    let mut t = talk();
    t.run("XREADGROUP GROUP g a COUNT 2 STREAMS s >");
    t.check_all(&[
        ("XCLAIM s g b 0 1-1", "[['1-1', ['f', '1']]]"),
        ("XCLAIM s g b 0 1-2 JUSTID", "['1-2']"),
        ("XCLAIM s g b 0 1-3", "[]"),
        ("XCLAIM s g b 0 1-3 FORCE JUSTID", "['1-3']"),
        ("XCLAIM s g c 1000000 1-1 1-2", "[]"),
        (
            "XCLAIM s g c 0 1-2 IDLE 5000 RETRYCOUNT 7",
            "[['1-2', ['f', '2']]]",
        ),
        ("XPENDING s g IDLE 5000 - + 10 x", "[]"),
        ("XCLAIM s x b 0 1-1", NO_GROUP),
        (
            "XCLAIM s g b x 1-1",
            "-ERR Invalid min-idle-time argument for XCLAIM",
        ),
        ("XCLAIM s g b 0 x", "-ERR Unrecognized XCLAIM option 'x'"),
        (
            "XCLAIM s g b 0 1-1 IDLE x",
            "-ERR Invalid IDLE option argument for XCLAIM",
        ),
        ("XDEL s 1-1", ":1"),
        ("XCLAIM s g b 0 1-1", "[]"),
    ]);
    let listed = t.run("XPENDING s g IDLE 5000 - + 10").to_string();
    assert!(listed.starts_with("[['1-2', 'c', :") && listed.ends_with(", :7]]"));
}

#[test]
fn old_entries_are_claimed_by_themselves() {
    let mut t = talk();
    t.run("XREADGROUP GROUP g a STREAMS s >");
    t.check("XDEL s 1-2", ":1");
    t.check(
        "XAUTOCLAIM s g b 0 - COUNT 1",
        "['1-2', [['1-1', ['f', '1']]], []]",
    );
    t.check("XAUTOCLAIM s g b 0 1-2 JUSTID", "['0-0', ['1-3'], ['1-2']]");
    t.check("XAUTOCLAIM s g b 1000000 -", "['0-0', [], []]");
    t.check("XAUTOCLAIM s g b 0 - COUNT 0", "-ERR COUNT must be > 0");
    t.check(
        "XAUTOCLAIM s g b x -",
        "-ERR Invalid min-idle-time argument for XAUTOCLAIM",
    );
    t.check("XAUTOCLAIM s x b 0 -", NO_GROUP);
}

#[test]
fn groups_are_described() {
    let mut t = talk();
    t.check3(
        "XINFO GROUPS s",
        "[{'name': 'g', 'consumers': :0, 'pending': :0, 'last-delivered-id': '0-0', 'entries-read': _, 'lag': :3}]",
    );
    t.run("XREADGROUP GROUP g a COUNT 2 STREAMS s >");
    t.check(
        "XINFO GROUPS s",
        "[['name', 'g', 'consumers', :1, 'pending', :2, 'last-delivered-id', '1-2', 'entries-read', :2, 'lag', :1]]",
    );
    let consumers = t.run("XINFO CONSUMERS s g").to_string();
    assert!(consumers.starts_with("[['name', 'a', 'pending', :2, 'idle', :"));
    t.check("XGROUP CREATECONSUMER s g z", ":1");
    let consumers = t.run("XINFO CONSUMERS s g").to_string();
    assert!(consumers.ends_with("'inactive', :-1]]"), "{consumers}");
    t.check(
        "XINFO CONSUMERS s x",
        "-NOGROUP No such consumer group 'x' for key name 's'",
    );
    let full = t.run("XINFO STREAM s FULL COUNT 1").to_string();
    assert!(
        full.contains("'pel-count', :2, 'pending', [['1-1', 'a', :"),
        "{full}"
    );
}
