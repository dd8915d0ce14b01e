//! Configuration files as their owners see them.

use super::*;

fn load(text: &str, options: &str) -> Result<Config, LoadError> {
    let sources = Sources {
        file: None,
        stdin: true,
        options: options.into(),
    };
    Config::load(&sources, &mut text.as_bytes())
}

#[track_caller]
fn check(text: &str, options: &str, name: &str, shown: &str) {
    let config = load(text, options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        String::from_utf8_lossy(&config.get(&[name.as_bytes()])[name]),
        shown
    );
}

#[track_caller]
fn check_refused(text: &str, options: &str, number: usize, line: &str, reason: &str) {
    let version = env!("CARGO_PKG_VERSION");
    let expected = format!(
        "\n*** FATAL CONFIG FILE ERROR (Ferrous {version}) ***\n\
         Reading the configuration file, at line {number}\n>>> '{line}'\n{reason}"
    );
    assert_eq!(
        load(text, options).expect_err("a wrong line").to_string(),
        expected
    );
}

#[test]
fn later_lines_win_and_options_win_over_all() {
    check(
        "\n# comment\n  PORT 7000  \r\nport 7001",
        "",
        "port",
        "7001",
    );
    check("port 7000", "port \"7002\"", "port", "7002");
    check("requirepass \"a\\x41 \\n\"\n", "", "requirepass", "aA \n");
    check("unixsocketperm 0755", "", "unixsocketperm", "755");
    check("bind", "", "bind", "");
    check("bind \"127.0.0.1 ::1\"", "", "bind", "127.0.0.1 ::1");
    check(
        "hash-max-ziplist-entries 5",
        "",
        "hash-max-listpack-entries",
        "5",
    );
    check(
        "list-max-ziplist-entries 5\nlua-replicate-commands yes",
        "",
        "port",
        "6379",
    );
    check("replicaof no one", "", "replicaof", "");
    check(
        "client-output-buffer-limit normal 1 2 3\nclient-output-buffer-limit pubsub 4 5 6",
        "",
        "client-output-buffer-limit",
        "normal 1 2 3 slave 268435456 67108864 60 pubsub 4 5 6",
    );
}

#[test]
fn wrong_lines_are_named() {
    check_refused(
        "\n# c\nport abc\n",
        "",
        3,
        "port abc",
        "argument couldn't be parsed into an integer",
    );
    check_refused("foo bar", "", 1, "foo bar", BAD_DIRECTIVE);
    check_refused("port", "", 1, "port", "wrong number of arguments");
    check_refused("port 1 2", "", 1, "port 1 2", "wrong number of arguments");
    check_refused(
        "port 12 # x",
        "",
        1,
        "port 12 # x",
        "wrong number of arguments",
    );
    check_refused(
        "port \"12",
        "",
        1,
        "port \"12",
        "Unbalanced quotes in configuration line",
    );
    check_refused("", "foo \"bar\"", 2, "foo \"bar\"", BAD_DIRECTIVE);
    check_refused(
        "unixsocketperm 999",
        "",
        1,
        "unixsocketperm 999",
        "argument couldn't be parsed as an octal number",
    );
    check_refused(
        "unixsocketperm 1777",
        "",
        1,
        "unixsocketperm 1777",
        "argument must be between 0 and 777 inclusive",
    );
    check_refused(
        "dbfilename a/b",
        "",
        1,
        "dbfilename a/b",
        "dbfilename can't be a path, just a filename",
    );
    check_refused(
        "appenddirname a/b",
        "",
        1,
        "appenddirname a/b",
        "appenddirname can't be a path, just a dirname",
    );
    check_refused(
        "dir /nonexistent",
        "",
        1,
        "dir /nonexistent",
        "No such file or directory",
    );
    check_refused("dir ''", "", 1, "dir ''", "dir can't be empty");
    check_refused("dir /dev/null", "", 1, "dir /dev/null", "Not a directory");
    check_refused(
        "replicaof a",
        "",
        1,
        "replicaof a",
        "wrong number of arguments",
    );
    check_refused(
        "replicaof a b",
        "",
        1,
        "replicaof a b",
        "Invalid primary port",
    );
    check_refused(
        "sentinel monitor x",
        "",
        1,
        "sentinel monitor x",
        "sentinel directive while not in sentinel mode",
    );
    check_refused(
        "mptcp yes",
        "",
        1,
        "mptcp yes",
        "this build does not support Multipath TCP yet",
    );
    check_refused("include", "", 1, "include", BAD_DIRECTIVE);
}

#[test]
fn a_missing_file_is_named() {
    let sources = Sources {
        file: Some("/nonexistent.conf".into()),
        ..Sources::default()
    };
    let error = Config::load(&sources, &mut io::empty()).expect_err("no such file");
    assert_eq!(
        error.to_string(),
        "Fatal error, can't open config file '/nonexistent.conf': No such file or directory"
    );
}

#[test]
fn files_include_files() {
    let directory = tempfile::tempdir().expect("a directory for the test");
    let file = |name: &str, text: String| {
        fs::write(directory.path().join(name), text).expect("a file is written");
    };
    let at = directory.path().display();
    file("a.conf", "port 7000\n".into());
    file("b.conf", format!("include {at}/c.inc\ntimeout 7\n"));
    file("c.inc", "port 7001\nport x\n".into());
    file("d.conf", format!("include {at}/d.conf\n"));
    check(&format!("include {at}/[a]*.conf\n"), "", "port", "7000");
    check(&format!("include {at}/none*.conf\n"), "", "port", "6379");
    let error =
        load(&format!("include {at}/b.conf\n"), "").expect_err("a wrong line in an included file");
    assert!(
        error
            .to_string()
            .contains(&format!("at line 2 of {at}/c.inc\n>>> 'port x'")),
        "{error}"
    );
    let error =
        load(&format!("include {at}/d.conf\n"), "").expect_err("a file that includes itself");
    assert!(
        error
            .to_string()
            .ends_with("files include each other too deeply"),
        "{error}"
    );
    let error = load(&format!("include {at}/e.conf\n"), "").expect_err("no such file");
    assert!(matches!(error, LoadError::Open { .. }));
}

#[test]
fn save_lines_add_up_until_an_empty_one() {
    let config = Config::new();
    let row = table::parameter(b"save").expect("there is such a parameter");
    let store = |points: &[&[u8]], assign| {
        row.value(&config)
            .stage(row, points, assign)
            .expect("right points")();
    };
    store(&[b"100", b"1"], Assign::Replace);
    store(&[b"200", b"2"], Assign::Extend);
    assert_eq!(row.value(&config).show(), b"100 1 200 2");
    store(&[], Assign::Extend);
    store(&[b"5", b"6"], Assign::Extend);
    assert_eq!(row.value(&config).show(), b"5 6");
}
