//! The same invocation of `redis-cli` and of ours must print the same bytes and end with the same status.

use crate::server::{FERROUS_CLI, Server, is_installed, run};

/// Lines that fill the server; run once.
const DATA: &str = r#"
SET plain value
SET binary "\x00\x01\xff\"\\ \n\t\a\b"
SET unicode "h\xc3\xa9llo \xe2\x82\xac"
SET empty ""
SET number 42
RPUSH list a b "c d" "" "\xff"
RPUSH long 1 2 3 4 5 6 7 8 9 10 11
SADD set one
HSET hash f1 v1
HSET bighash a 1 b 2 c 3 d 4 e 5 f 6
ZADD zset 1 a 2.5 b 3 c
ZADD odd 0.1 x 3.0000000000000004 y inf z -inf w 1e21 v
XADD stream 1-1 a b c d
XADD stream 2-1 e f
GEOADD geo 13.361389 38.115556 Palermo
EVAL "redis.call('SET','big',string.rep('x',100000))" 0
"#;

/// Commands whose replies cover all types and shapes.
const COMMANDS: &[&str] = &[
    "PING",
    "PING hello",
    "GET plain",
    "GET binary",
    "GET unicode",
    "GET empty",
    "GET missing",
    "GET number",
    "STRLEN big",
    "GET big",
    "NOSUCH command",
    "GET",
    "INCR plain",
    "LPUSH plain x",
    "LRANGE list 0 -1",
    "LRANGE long 0 -1",
    "LRANGE missing 0 -1",
    "SMEMBERS set",
    "SMEMBERS missing",
    "HGETALL hash",
    "HGETALL bighash",
    "HGETALL missing",
    "HMGET hash f1 nope",
    "ZRANGE zset 0 -1 WITHSCORES",
    "ZRANGE odd 0 -1 WITHSCORES",
    "ZSCORE odd x",
    "ZSCORE odd z",
    "ZSCORE odd missing",
    "XRANGE stream - +",
    "XINFO STREAM stream",
    "GEOPOS geo Palermo nobody",
    "COMMAND INFO get nosuch set",
    "COMMAND DOCS get",
    "CONFIG GET maxmemory*",
    "OBJECT ENCODING hash",
    "TYPE list",
    "TTL plain",
    "MEMORY DOCTOR",
    "LATENCY DOCTOR",
    "CLUSTER INFO",
    "ACL WHOAMI",
    "ACL LIST",
    "ACL GETUSER default",
    "LCS plain unicode IDX",
    "EVAL return{1,{2,{3,'x'}},false,{}} 0",
    "EVAL return{} 0",
    "EVAL return{{}} 0",
    "EVAL return{err='boom'} 0",
    "EVAL return{ok='fine'} 0",
    "EVAL return{1,{err='inner'},'after'} 0",
    "DEBUG PROTOCOL string",
    "DEBUG PROTOCOL integer",
    "DEBUG PROTOCOL double",
    "DEBUG PROTOCOL null",
    "DEBUG PROTOCOL array",
    "DEBUG PROTOCOL set",
    "DEBUG PROTOCOL map",
    "DEBUG PROTOCOL push",
    "DEBUG PROTOCOL verbatim",
    "DEBUG PROTOCOL true",
    "DEBUG PROTOCOL false",
    "DEBUG HTSTATS 9",
];

/// The forms of output, each with every command.
const FORMS: &[&str] = &[
    "--no-raw",
    "--raw",
    "--csv",
    "--json",
    "--quoted-json",
    "-3 --no-raw",
    "-3 --raw",
    "-3 --csv",
    "-2 --json",
    "-d | -D ;",
];

/// Whole command lines (words apart by spaces, `@` and `@socket` for the arguments that name the server) and their input.
const LINES: &[(&str, &str)] = &[
    ("@ -x SET piped", "from stdin\n"),
    ("@ GET piped", ""),
    ("@ -X tag SET piped tag", "tagged"),
    ("@ -X tag SET piped nothing", "tagged"),
    ("@ --no-raw GET piped", ""),
    ("@ -r 3 PING", ""),
    ("@ -r 3 --no-raw INCR counter", ""),
    ("@ -r 2 -i 0.01 PING", ""),
    ("@ -r 0 PING", ""),
    ("@ -r x PING", ""),
    ("@ -e GET plain", ""),
    ("@ -e NOSUCH", ""),
    ("@ -e --json LPUSH plain x", ""),
    ("@ -n 3 --no-raw DBSIZE", ""),
    ("@ -n 99 PING", ""),
    ("@ -n x PING", ""),
    ("@ --quoted-input SET \"q\\x00\" \"v\\n\"", ""),
    ("@ --quoted-input GET \"q\\x00\"", ""),
    ("@ --quoted-input GET \"open", ""),
    ("@ --quoted-input GET 'single'", ""),
    ("@ --quoted-input GET pl\"ain", ""),
    ("@ -a wrong PING", ""),
    ("@ -a wrong --no-auth-warning PING", ""),
    ("@ --pass wrong --user nobody PING", ""),
    ("@ --user nobody PING", ""),
    ("@ --scan --pattern p*", ""),
    ("@ --scan --no-raw --pattern binary", ""),
    ("@ --scan --quoted-pattern \"bin\\x61ry\"", ""),
    ("@ --scan --quoted-pattern \"open", ""),
    ("@", "PING\n"),
    ("@", "PING"),
    ("@", "\n\nPING\r\nGET plain\n"),
    ("@ --no-raw", "SET a 1\nGET a\nLRANGE list 0 -1\n"),
    ("@", "GET \"open\nPING\n"),
    ("@", "GET \"a\"b\nPING\n"),
    ("@", "NOSUCH\nPING\n"),
    ("@ -e", "NOSUCH\nPING\n"),
    ("@", "3 PING\n"),
    ("@", "0 PING\nPING\n"),
    ("@", "-2 PING\n"),
    ("@", "5\n"),
    ("@", "QUIT\nPING\n"),
    ("@", "exit\nPING\n"),
    ("@", "SELECT 3\nDBSIZE\nSELECT 99\nDBSIZE\n"),
    ("@ --no-raw", "MULTI\nSET t 1\nGET t\nEXEC\n"),
    ("@ --no-raw", "MULTI\nDISCARD\nEXEC\n"),
    ("@ --no-raw", "MULTI\nNOSUCH\nEXEC\n"),
    ("@ --no-raw", "RESET\nPING\n"),
    ("@", "restart\n"),
    ("@ --json", "PING\nGET missing\nLRANGE list 0 1\n"),
    ("@ --csv", "PING\nGET missing\nLRANGE list 0 1\n"),
    ("@", "SET multi \"line1\\nline2\"\nGET multi\n"),
    ("@", "SET 'single quoted' 'it\\'s'\nGET 'single quoted'\n"),
    (
        "@ -3 --show-pushes yes --no-raw",
        "CLIENT TRACKING ON\nGET plain\nSET plain value\nPING\n",
    ),
    (
        "@ -3 --show-pushes no --no-raw",
        "CLIENT TRACKING ON\nGET plain\nSET plain value\nPING\n",
    ),
    (
        "@ -3 --show-pushes yes --no-raw",
        "CLIENT TRACKING ON\nGET plain\nFLUSHDB\nPING\n",
    ),
    ("@socket PING", ""),
    ("@socket --scan --pattern plain", ""),
    ("-p 1 PING", ""),
    ("-p 1", "PING\n"),
    ("-p 1 --scan", ""),
    ("-p 1 --bigkeys", ""),
    ("-p 1 --latency", ""),
    ("-p 1 --stat", ""),
    ("-p 1 --rdb /tmp/none.rdb", ""),
    ("-p 1 --pipe", ""),
    ("-p 1 --eval /nosuch", ""),
    ("-h nosuch.invalid PING", ""),
    ("-s /nosuch PING", ""),
    ("--nosuch", ""),
    ("-p", ""),
    ("-u http://x PING", ""),
    ("-2 -3 PING", ""),
    ("-x -X tag PING", ""),
    ("-c -s /nosuch PING", ""),
    ("--show-pushes maybe PING", ""),
    ("@ --eval /nosuch", ""),
    ("@ --pipe", "PING\r\n"),
    ("@ --pipe", "SET a b\r\nNOSUCH\r\nPING\r\n"),
    ("@ --pipe", "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n"),
    ("@ --pipe", ""),
    ("@ --bigkeys", ""),
    ("@ --memkeys", ""),
    ("@ --memkeys-samples 3", ""),
    ("@ --hotkeys", ""),
    ("@ SHUTDOWN nosuch", ""),
];

#[test]
fn prints_what_redis_cli_prints() {
    let Some(server) = ready() else { return };
    let mut wrong = Vec::new();
    let mut count = 0;
    for form in FORMS {
        for command in COMMANDS {
            let line = format!("@ {form} {command}");
            count += 1;
            wrong.extend(difference(&server, &line, ""));
        }
    }
    for (line, input) in LINES {
        count += 1;
        wrong.extend(difference(&server, line, input));
    }
    println!("{count} invocations compared");
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn ready() -> Option<Server> {
    if !is_installed("redis-cli") {
        println!("skipped: redis-cli is not installed");
        return None;
    }
    let server = Server::start(&[])?;
    fill(&server);
    Some(server)
}

fn fill(server: &Server) {
    run("redis-cli", &words(server, "@ FLUSHALL"), b"");
    let filled = run("redis-cli", &words(server, "@"), DATA.as_bytes());
    assert!(!filled.stdout.contains("ERR"), "{filled:?}");
}

fn words(server: &Server, line: &str) -> Vec<String> {
    line.split(' ')
        .flat_map(|word| match word {
            "@" => vec!["-p".to_owned(), server.port.to_string()],
            "@socket" => vec![
                "-s".to_owned(),
                server.directory.path().join("s").display().to_string(),
            ],
            word => vec![word.to_owned()],
        })
        .collect()
}

/// A report, when the two programs differ.
fn difference(server: &Server, line: &str, input: &str) -> Option<String> {
    let words = words(server, line);
    let [theirs, ours] = ["redis-cli", FERROUS_CLI].map(|program| {
        fill_if_writing(server, line, input);
        run(program, &words, input.as_bytes())
    });
    (theirs != ours)
        .then(|| format!("\n{line}   <<< {input:?}\ntheirs: {theirs:#?}\n  ours: {ours:#?}"))
}

/// Both programs must find the same data.
fn fill_if_writing(server: &Server, line: &str, input: &str) {
    let writes = [
        "SET",
        "INCR counter",
        "SELECT",
        "FLUSH",
        "--bigkeys",
        "--memkeys",
    ];
    if writes
        .iter()
        .any(|word| line.contains(word) || input.contains(word))
    {
        fill(server);
    }
}
