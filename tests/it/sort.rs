//! SORT: elements in order, by themselves or by what other keys hold.

use crate::harness::Talk;

/// A list of 3, 1, 2, 10 as Redis dumps it.
const LIST: &str =
    r#""\x12\x01\x02\x0f\x0f\x00\x00\x00\x04\x00\x03\x01\x01\x01\x02\x01\x0a\x01\xff""#;

/// A server with the list `l`, weights and objects of its elements, and the hash `h:<element>`.
fn talk() -> Talk {
    let mut t = Talk::new();
    t.check("XADD seed 1-1 f v", "'1-1'");
    t.check(&format!("RESTORE l 0 {}", payload(LIST)), "+OK");
    for (element, weight) in [(1, 30), (2, 20), (3, 10)] {
        t.check(&format!("SET w:{element} {weight}"), "+OK");
        t.check(&format!("HSET h:{element} f v{element} n {weight}"), ":2");
    }
    t
}

/// A value with the version and the checksum that make it a payload.
fn payload(value: &str) -> String {
    super::dump::signed(value, 10)
}

#[test]
fn numbers_and_texts_are_sorted() {
    let mut t = talk();
    for (options, expected) in [
        ("", "['1', '2', '3', '10']"),
        ("DESC", "['10', '3', '2', '1']"),
        ("ALPHA", "['1', '10', '2', '3']"),
        ("LIMIT 1 2", "['2', '3']"),
        ("LIMIT -1 1", "['1']"),
        ("LIMIT 9 1", "[]"),
        ("LIMIT 1 -1", "['2', '3', '10']"),
        ("BY nosort", "['3', '1', '2', '10']"),
        ("BY nosort LIMIT 1 2", "['1', '2']"),
        ("BY w:*", "['10', '3', '2', '1']"),
        ("BY w:* DESC", "['1', '2', '3', '10']"),
        ("BY h:*->n", "['10', '3', '2', '1']"),
        ("BY h:*->f ALPHA DESC", "['3', '2', '1', '10']"),
        (
            "BY w:* GET # GET h:*->f GET none",
            "['10', nil, nil, '3', 'v3', nil, '2', 'v2', nil, '1', 'v1', nil]",
        ),
        ("GET w:*", "['30', '20', '10', nil]"),
        ("GET h:*", "[nil, nil, nil, nil]"),
    ] {
        t.check(&format!("SORT l {options}"), expected);
        t.check(&format!("SORT_RO l {options}"), expected);
    }
    t.check("SORT missing", "[]");
}

#[test]
fn what_is_sorted_can_be_stored() {
    let mut t = talk();
    t.check("SORT l BY w:* GET # GET h:*->f STORE d", ":8");
    t.check(
        "SORT d BY nosort",
        "['10', '', '3', 'v3', '2', 'v2', '1', 'v1']",
    );
    t.check("TYPE d", "+list");
    t.check(
        "COMMAND GETKEYS SORT l BY w:* GET store STORE d STORE e",
        "['l', 'e']",
    );
    t.check("SORT l STORE d STORE l", ":4");
    t.check("SORT l BY nosort", "['1', '2', '3', '10']");
    t.check("SORT missing STORE d", ":0");
    t.check("EXISTS d", ":0");
    t.check("SORT_RO l STORE d", "-ERR syntax error");
}

#[test]
fn wrong_calls_are_refused() {
    let mut t = talk();
    t.check("SORT l FOO", "-ERR syntax error");
    t.check("SORT l LIMIT 1", "-ERR syntax error");
    t.check("SORT l BY", "-ERR syntax error");
    t.check(
        "SORT l LIMIT x 1",
        "-ERR value is not an integer or out of range",
    );
    t.check(
        "SORT l BY h:*->f",
        "-ERR One or more scores can't be converted into double",
    );
    t.check(
        "SORT seed",
        "-WRONGTYPE Operation against a key holding the wrong kind of value",
    );
    t.check(
        "SORT w:1",
        "-WRONGTYPE Operation against a key holding the wrong kind of value",
    );
    // What was refused left no partition held.
    t.check("SORT l BY w:* LIMIT 0 1", "['10']");
}

#[test]
fn sorting_by_other_keys_meets_other_commands_without_deadlock() {
    let t = talk();
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let mut client = t.server.client();
            std::thread::spawn(move || {
                for round in 0..300 {
                    match (number + round) % 3 {
                        0 => drop(client.run("SORT l BY w:* GET h:*->f STORE d")),
                        1 => drop(client.run(&format!("MSET w:1 {round} w:2 {round} x{round} 1"))),
                        _ => drop(client.run("SORT_RO l BY w:* GET w:*")),
                    }
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("every call is answered");
    }
}

#[test]
fn numbers_are_what_c_reads() {
    let mut t = Talk::new();
    t.check(r#"RPUSH l 2 "\x00x" "1\x00y" " 0.5" """#, ":5");
    t.check("SORT l", r"['', '\x00x', ' 0.5', '1\x00y', '2']");
    let refused = "-ERR One or more scores can't be converted into double";
    for text in ["5e-324", "1e-400", "1e400", "\"1 \"", "\" \"", "nan"] {
        t.check("DEL l", ":1");
        t.check(&format!("RPUSH l {text}"), ":1");
        t.check("SORT l", refused);
    }
}
