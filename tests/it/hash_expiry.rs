//! Fields that expire: the exact replies of the commands on their expiries, and when the fields are gone.

use crate::harness::{Talk, eventually};

const WRONG_TYPE: &str = "-WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_INTEGER: &str = "-ERR value is not an integer or out of range";
const SYNTAX: &str = "-ERR syntax error";
const NUMBER_OF_FIELDS: &str =
    "-ERR numfields should be greater than 0 and match the provided number of fields";

#[test]
fn expiries_are_set_under_conditions() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HSET h a 1 b 2 c 3", ":3"),
        ("HPEXPIREAT h 4102444800000 FIELDS 2 a missing", "[:1, :-2]"),
        ("HPEXPIREAT h 4102444800000 NX FIELDS 2 a b", "[:0, :1]"),
        ("HPEXPIREAT h 4102444800000 XX FIELDS 2 a c", "[:1, :0]"),
        ("HPEXPIREAT h 4102444800000 GT FIELDS 2 a c", "[:0, :0]"),
        ("HPEXPIREAT h 4102444800001 GT FIELDS 2 a c", "[:1, :0]"),
        ("HPEXPIREAT h 4102444800000 LT FIELDS 2 a c", "[:1, :1]"),
        ("HPEXPIREAT h 4102444800000 XX GT FIELDS 1 c", "[:0]"),
        (
            "HPEXPIREAT missing 4102444800000 FIELDS 2 a b",
            "[:-2, :-2]",
        ),
        ("HEXPIREAT h 4102444801 FIELDS 1 a", "[:1]"),
        (
            "HPEXPIRETIME h FIELDS 3 a c missing",
            "[:4102444801000, :4102444800000, :-2]",
        ),
        (
            "HEXPIRETIME h FIELDS 3 a c missing",
            "[:4102444801, :4102444800, :-2]",
        ),
        ("HEXPIRE h 100 FIELDS 1 b", "[:1]"),
        ("HTTL h FIELDS 2 b missing", "[:100, :-2]"),
        ("HPEXPIRE h 100000 FIELDS 1 a", "[:1]"),
        ("HTTL h FIELDS 1 a", "[:100]"),
        ("HTTL missing FIELDS 2 a b", "[:-2, :-2]"),
        ("HPTTL missing FIELDS 1 a", "[:-2]"),
        ("OBJECT ENCODING h", "'hashtable'"),
    ]);
    for (line, expected) in [
        ("HEXPIRE h 100 FIELDS 2 b missing", "[:1, :-2]"),
        ("HTTL h FIELDS 2 b missing", "[:100, :-2]"),
    ] {
        t.check3(line, expected);
    }
}

#[test]
fn expiries_that_have_passed_remove_fields() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HSET h a 1 b 2 c 3 d 4", ":4"),
        ("HEXPIRE h 0 FIELDS 2 a missing", "[:2, :-2]"),
        ("HEXPIREAT h 1 NX FIELDS 1 b", "[:2]"),
        ("HEXPIRE h 0 XX FIELDS 1 c", "[:0]"),
        ("HEXPIRE h 0 GT FIELDS 1 c", "[:0]"),
        ("HGETALL h", "['c', '3', 'd', '4']"),
        ("HPEXPIRE h 0 LT FIELDS 3 c d c", "[:2, :2, :-2]"),
        ("EXISTS h", ":0"),
    ]);
}

#[test]
fn expiries_are_taken_away() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HSET h a 1 b 2", ":2"),
        ("HEXPIRE h 100 FIELDS 1 a", "[:1]"),
        ("HPERSIST h FIELDS 3 a b missing", "[:1, :-1, :-2]"),
        ("HPERSIST h FIELDS 1 a", "[:-1]"),
        ("HTTL h FIELDS 1 a", "[:-1]"),
        ("HPERSIST missing FIELDS 2 a b", "[:-2, :-2]"),
    ]);
}

#[test]
fn writes_keep_or_drop_expiries() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HSET h a 1 b 2 c 3", ":3"),
        ("HPEXPIREAT h 4102444800000 FIELDS 3 a b c", "[:1, :1, :1]"),
        ("HINCRBY h a 5", ":6"),
        ("HINCRBYFLOAT h a 0.5", "'6.5'"),
        ("HPEXPIRETIME h FIELDS 1 a", "[:4102444800000]"),
        ("HSETNX h a 9", ":0"),
        ("HPEXPIRETIME h FIELDS 1 a", "[:4102444800000]"),
        ("HSET h a 9", ":0"),
        ("HMSET h b 9", "+OK"),
        ("HTTL h FIELDS 2 a b", "[:-1, :-1]"),
        ("HDEL h c", ":1"),
        ("HSET h c 1", ":1"),
        ("HTTL h FIELDS 1 c", "[:-1]"),
        ("HPEXPIREAT h 4102444800000 FIELDS 1 a", "[:1]"),
        ("COPY h copied", ":1"),
        ("HPEXPIRETIME copied FIELDS 2 a b", "[:4102444800000, :-1]"),
        ("RENAME copied renamed", "+OK"),
        ("HPEXPIRETIME renamed FIELDS 2 a b", "[:4102444800000, :-1]"),
    ]);
}

#[test]
fn the_syntax_of_expiries() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HSET h a 1", ":1"),
        ("SET s v", "+OK"),
        (
            "HEXPIRE h 10 FIELDS 1",
            "-ERR wrong number of arguments for 'hexpire' command",
        ),
        ("HEXPIRE h 10 FIELDS 2 a", NUMBER_OF_FIELDS),
        ("HEXPIRE h 10 FIELDS 1 a b", NUMBER_OF_FIELDS),
        ("HEXPIRE h 10 FIELDS 0 a", NUMBER_OF_FIELDS),
        ("HEXPIRE h 10 FIELDS -1 a", NUMBER_OF_FIELDS),
        ("HEXPIRE h 10 FIELDS x a", NOT_INTEGER),
        (
            "HEXPIRE h 10 NX XX FIELDS 1 a",
            "-ERR NX and XX, GT or LT options at the same time are not compatible",
        ),
        (
            "HEXPIRE h 10 NX GT FIELDS 1 a",
            "-ERR NX and XX, GT or LT options at the same time are not compatible",
        ),
        (
            "HEXPIRE h 10 GT LT FIELDS 1 a",
            "-ERR GT and LT options at the same time are not compatible",
        ),
        (
            "HEXPIRE h 10 nonsense FIELDS 1 a",
            "-ERR Unsupported option nonsense",
        ),
        ("HEXPIRE h 10 nonsense 1 a", NUMBER_OF_FIELDS),
        ("HEXPIRE h x FIELDS 0 a", NUMBER_OF_FIELDS),
        (
            "HEXPIRE h x NX XX FIELDS 1 a",
            "-ERR NX and XX, GT or LT options at the same time are not compatible",
        ),
        ("HEXPIRE h x FIELDS 1 a", NOT_INTEGER),
        (
            "HEXPIRE h -1 FIELDS 1 a",
            "-ERR invalid expire time in 'hexpire' command",
        ),
        (
            "HEXPIRE h 9223372036854775807 FIELDS 1 a",
            "-ERR invalid expire time in 'hexpire' command",
        ),
        (
            "HPEXPIRE h 9223372036854775807 FIELDS 1 a",
            "-ERR invalid expire time in 'hpexpire' command",
        ),
        (
            "HPEXPIREAT h -1 FIELDS 1 a",
            "-ERR invalid expire time in 'hpexpireat' command",
        ),
        ("HEXPIRE s x FIELDS 1 a", NOT_INTEGER),
        ("HEXPIRE s 10 FIELDS 1 a", WRONG_TYPE),
        ("HTTL h FIELDS 2 a", SYNTAX),
        ("HTTL h FIELDS 0 a", SYNTAX),
        ("HTTL h FIELDS x a", NOT_INTEGER),
        ("HTTL h nonsense 1 a", SYNTAX),
        ("HTTL s FIELDS 1 a", WRONG_TYPE),
        ("HPERSIST h FIELDS 2 a", NUMBER_OF_FIELDS),
        ("HPERSIST h FIELDS x a", NOT_INTEGER),
        ("HPERSIST h nonsense 1 a", SYNTAX),
        ("HPERSIST s FIELDS 1 a", WRONG_TYPE),
    ]);
}

#[test]
fn fields_are_read_with_a_change_of_expiry() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HSET h a 1 b 2 c 3", ":3"),
        ("HGETEX h FIELDS 2 a missing", "['1', nil]"),
        (
            "HGETEX h PXAT 4102444800000 FIELDS 2 a missing",
            "['1', nil]",
        ),
        ("HPEXPIRETIME h FIELDS 2 a b", "[:4102444800000, :-1]"),
        ("HGETEX h PERSIST FIELDS 1 a", "['1']"),
        ("HTTL h FIELDS 1 a", "[:-1]"),
        ("HGETEX h EX 100 FIELDS 1 a", "['1']"),
        ("HGETEX h EX 100 EX 200 FIELDS 1 a", "['1']"),
        ("HTTL h FIELDS 1 a", "[:200]"),
        ("HGETEX h EX 0 FIELDS 1 a", "['1']"),
        ("HGETEX h EXAT 1 FIELDS 2 a b", "[nil, '2']"),
        ("HGETALL h", "['c', '3']"),
        ("HGETEX missing EX 10 FIELDS 2 a b", "[nil, nil]"),
        ("HGETEX h EX 10 PERSIST FIELDS 1 c", SYNTAX),
        ("HGETEX h PERSIST EX 10 FIELDS 1 c", SYNTAX),
        ("HGETEX h EX 10 PX 10 FIELDS 1 c", SYNTAX),
        ("HGETEX h EX FIELDS 1 c", SYNTAX),
        ("HGETEX h KEEPTTL FIELDS 1 c", SYNTAX),
        ("HGETEX h EX x FIELDS 1 c", NOT_INTEGER),
        ("HGETEX h EX x FIELDS 0 c", NUMBER_OF_FIELDS),
        (
            "HGETEX h EX -1 FIELDS 1 c",
            "-ERR invalid expire time in 'hgetex' command",
        ),
        (
            "HGETEX h PX 9223372036854775807 FIELDS 1 c",
            "-ERR invalid expire time in 'hgetex' command",
        ),
        ("HGETEX h FIELDS 1 c EX 10", NUMBER_OF_FIELDS),
        ("HGETEX h FIELDS x c", NOT_INTEGER),
        ("HGETEX h nonsense 1 c", NUMBER_OF_FIELDS),
        ("SET s v", "+OK"),
        ("HGETEX s FIELDS 1 a", WRONG_TYPE),
    ]);
    t.check3("HGETEX h FIELDS 2 c missing", "['3', _]");
}

#[test]
fn fields_are_set_with_an_expiry() {
    let mut t = Talk::new();
    t.check_all(&[
        ("HSETEX h FIELDS 1 a 1", ":1"),
        ("HSETEX h PXAT 4102444800000 FIELDS 2 a 1 b 2", ":1"),
        (
            "HPEXPIRETIME h FIELDS 2 a b",
            "[:4102444800000, :4102444800000]",
        ),
        ("HSETEX h KEEPTTL FIELDS 1 a 5", ":1"),
        ("HSETEX h FIELDS 1 b 5", ":1"),
        ("HPEXPIRETIME h FIELDS 2 a b", "[:4102444800000, :-1]"),
        ("HSETEX h FNX FIELDS 2 a 1 c 2", ":0"),
        ("HSETEX h FNX FIELDS 2 c 1 d 2", ":1"),
        ("HSETEX h FXX FIELDS 2 c 1 e 2", ":0"),
        ("HSETEX h FXX FIELDS 2 c 1 d 2", ":1"),
        ("HSETEX h NX FIELDS 1 a 1", ":0"),
        ("HSETEX new NX FIELDS 1 a 1", ":1"),
        ("HSETEX h XX FIELDS 1 a 1", ":1"),
        ("HSETEX missing XX FIELDS 1 a 1", ":0"),
        ("HSETEX missing FXX FIELDS 1 a 1", ":0"),
        ("EXISTS missing", ":0"),
        ("HSETEX h EX 10 FIELDS 2 a 1 a 2", ":1"),
        ("HGET h a", "'2'"),
        ("HSETEX h EX 0 FIELDS 2 a 1 b 2", ":1"),
        ("HSETEX missing EXAT 1 FIELDS 1 a 1", ":1"),
        ("EXISTS missing", ":0"),
        ("HMGET h a b c", "[nil, nil, '1']"),
        ("HSETEX h NX XX FIELDS 1 a 1", SYNTAX),
        ("HSETEX h FNX FXX FIELDS 1 a 1", SYNTAX),
        ("HSETEX h EX 10 KEEPTTL FIELDS 1 a 1", SYNTAX),
        ("HSETEX h KEEPTTL EX 10 FIELDS 1 a 1", SYNTAX),
        ("HSETEX h EX 10 PX 10 FIELDS 1 a 1", SYNTAX),
        ("HSETEX h NX NX KEEPTTL KEEPTTL FIELDS 1 a 1", ":0"),
        ("HSETEX h PERSIST FIELDS 1 a 1", SYNTAX),
        ("HSETEX h EX FIELDS 1 a 1", SYNTAX),
        ("HSETEX h EX x FIELDS 1 a 1", NOT_INTEGER),
        ("HSETEX h EX x FIELDS 0 a 1", NUMBER_OF_FIELDS),
        (
            "HSETEX h EX -1 FIELDS 1 a 1",
            "-ERR invalid expire time in 'hsetex' command",
        ),
        ("HSETEX h FIELDS 2 a 1", NUMBER_OF_FIELDS),
        ("HSETEX h FIELDS 1 a 1 b", NUMBER_OF_FIELDS),
        ("HSETEX h FIELDS x a 1", NOT_INTEGER),
        ("HSETEX h nonsense 1 a 1", NUMBER_OF_FIELDS),
        ("SET s v", "+OK"),
        ("HSETEX s EX 0 FIELDS 1 a 1", WRONG_TYPE),
        ("HSETEX s NX FIELDS 1 a 1", WRONG_TYPE),
    ]);
}

#[test]
fn expired_fields_count_as_absent_before_they_are_removed() {
    let mut t = Talk::with(&["--enable-debug-command", "yes"]);
    t.check("DEBUG SET-ACTIVE-EXPIRE 0", "+OK");
    t.check("HSET h a 1 b 2 c 3", ":3");
    t.check("HPEXPIRE h 1 FIELDS 2 a b", "[:1, :1]");
    eventually("the time has come", || {
        t.run("HGET h a").to_string() == "nil"
    });
    t.check_all(&[
        ("HLEN h", ":3"),
        ("HGETALL h", "['c', '3']"),
        ("HVALS h", "['3']"),
        ("HMGET h a b c", "[nil, nil, '3']"),
        ("HEXISTS h a", ":0"),
        ("HSTRLEN h a", ":0"),
        ("HRANDFIELD h -2 WITHVALUES", "['c', '3', 'c', '3']"),
        ("HRANDFIELD h 5", "['c']"),
        ("HSCAN h 0", "['0', ['c', '3']]"),
        ("HTTL h FIELDS 1 a", "[:-2]"),
        ("HPERSIST h FIELDS 1 a", "[:-2]"),
        ("HEXPIRE h 100 FIELDS 1 a", "[:-2]"),
        ("HGETEX h EX 100 FIELDS 1 a", "[nil]"),
        ("HSETEX h FXX FIELDS 1 a 1", ":0"),
        ("HDEL h a", ":0"),
        ("HSETNX h b 5", ":1"),
        ("HDEL h c", ":1"),
        ("HGETALL h", "['b', '5']"),
    ]);
    t.check3("HGETALL h", "{'b': '5'}");
}

#[test]
fn due_fields_are_removed_in_the_background() {
    let mut t = Talk::new();
    for n in 0..50 {
        t.check(&format!("HSET h{n} a 1 b 2 c 3"), ":3");
        t.check(&format!("HPEXPIRE h{n} 30 FIELDS 2 a b"), "[:1, :1]");
        t.check(&format!("HSET gone{n} a 1"), ":1");
        t.check(&format!("HPEXPIRE gone{n} 30 FIELDS 1 a"), "[:1]");
    }
    eventually("keys without fields are gone", || {
        t.run("DBSIZE").int() == 50
    });
    eventually("the fields are gone", || t.run("HLEN h49").int() == 1);
    t.check("HGETALL h0", "['c', '3']");
    let stats = t.run("INFO stats").text();
    assert!(stats.contains("expired_fields:150\r\n"), "{stats}");
    t.check("HEXPIRE h0 100 FIELDS 1 c", "[:1]");
    let keyspace = t.run("INFO keyspace").text();
    assert!(
        keyspace.contains("keys_with_volatile_items=1\r\n"),
        "{keyspace}"
    );
}
