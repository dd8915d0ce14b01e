//! Black-box tests of the built program.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::io::Write;
use std::process::{Command, Stdio};

/// What a run printed, and its status.
#[track_caller]
fn run(words: &[&str], input: &str) -> (String, String, i32) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lua_cli"))
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that reads nothing may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let status = output.status.code().unwrap();
    (text(output.stdout), text(output.stderr), status)
}

#[track_caller]
fn check(words: &[&str], input: &str, stdout: &str, status: i32) {
    let (printed, _, code) = run(words, input);
    assert_eq!((&*printed, code), (stdout, status), "{words:?}");
}

#[test]
fn scripts_run_from_everywhere() {
    let script = "return {KEYS[1], #KEYS, ARGV[1], #ARGV}";
    let reply = "1) \"k\"\n2) (integer) 1\n3) \"a\"\n4) (integer) 2\n";
    check(&["-e", script, "k", ",", "a", "b"], "", reply, 0);
    check(&["-", "k", ",", "a", "b"], script, reply, 0);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script).unwrap();
    let path = file.path().to_str().unwrap();
    check(&[path, "k", ",", "a", "b"], "", reply, 0);
    check(&[path, "k", ",", "a", "-1"], "", reply, 0);
    let (_, error, status) = run(&["/nowhere.lua"], "");
    assert!(error.starts_with("lua_cli: cannot read the script /nowhere.lua"));
    assert_eq!(status, 2);
}

#[test]
fn commands_work_on_a_keyspace() {
    let script = "redis.call('RPUSH', KEYS[1], 'a', 'b') redis.call('EXPIRE', KEYS[1], 10) \
                  return {redis.call('TTL', KEYS[1]), redis.call('LRANGE', KEYS[1], 0, -1)}";
    let reply = "1) (integer) 10\n2) 1) \"a\"\n   2) \"b\"\n";
    check(&["-e", script, "k"], "", reply, 0);
    check(
        &["-e", "return #redis.call('TIME')"],
        "",
        "(integer) 2\n",
        0,
    );
}

#[test]
fn errors_are_those_of_servers() {
    let (reply, _, status) = run(&["-e", "return redis.call('NOSUCH')"], "");
    assert!(reply.starts_with("(error) ERR Unknown Redis command called from script script: "));
    assert_eq!(status, 1);
    check(
        &["-e", "return redis.pcall('GET')"],
        "",
        "(error) ERR Wrong number of args calling Redis command from script\n",
        1,
    );
    check(
        &["-"],
        "#!lua flags=no-writes\nreturn redis.pcall('SET', 'k', 'v')",
        "(error) ERR Write commands are not allowed from read-only scripts.\n",
        1,
    );
    check(
        &["-e", "return x x"],
        "",
        "(error) ERR Error compiling script (new function): user_script:1: '<eof>' expected near 'x'\n",
        1,
    );
}

#[test]
fn limits_end_scripts() {
    let (reply, _, status) = run(&["--time-limit", "20", "-e", "while true do end"], "");
    assert!(reply.contains("ended after 20 ms"), "{reply}");
    assert_eq!(status, 1);
    let bomb = "local s = 'x' while true do s = s .. s end";
    let (reply, _, status) = run(&["--memory-limit", "10000000", "-e", bomb], "");
    assert!(reply.contains("not enough memory"), "{reply}");
    assert_eq!(status, 1);
}

#[test]
fn traces_show_calls() {
    let script = "redis.call('SET', KEYS[1], 'a b')";
    let (reply, trace, _) = run(&["--trace", "-e", script, "k"], "");
    assert_eq!(reply, "(nil)\n");
    assert!(
        trace.contains(" us  SET k \"a b\"\n           OK\n"),
        "{trace}"
    );
}

#[test]
fn digests() {
    let digest = "356a192b7913b04c54574d18c28d46e6395428ab\n";
    check(&["--sha", "-e", "1"], "", digest, 0);
}

#[test]
fn checks_have_statuses_for_machines() {
    check(&["--check", "-e", "return KEYS[1]"], "", "", 0);
    check(
        &["--check"],
        "return 1\nprnt()",
        "-:2:1: error: '<eof>' expected near 'prnt' [syntax]\n",
        1,
    );
    let found = r#"[{"column":8,"file":"-e","line":1,"message":"'x' is not declared","rule":"global","severity":"error"}]"#;
    let words = ["--check", "--format", "json", "-e", "return x"];
    check(&words, "", &format!("{found}\n"), 1);
    let warned = "return redis.call('RANDOMKEY')";
    let (found, _, status) = run(&["--check", "-e", warned], "");
    assert!(found.contains("warning"));
    assert_eq!(status, 0);
}

#[test]
fn servers_that_are_not_there() {
    let (_, error, status) = run(&["-u", "redis://127.0.0.1:1", "-e", "return 1"], "");
    assert!(
        error.starts_with("lua_cli: cannot connect to 127.0.0.1:1"),
        "{error}"
    );
    assert_eq!(status, 2);
}
