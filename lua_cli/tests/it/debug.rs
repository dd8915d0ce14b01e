//! `--debug`.

use super::{file, path, run};

const SCRIPT: &str = "\
local x = 1
redis.call('SET', KEYS[1], ARGV[1])
local function f(a)
  return a * 2
end
x = f(x)
redis.breakpoint()
redis.debug({1, 'a'}, x)
return x";

/// What a session shows behind its welcome.
#[track_caller]
fn shows(commands: &str, expected: &[&str]) {
    let script = file(SCRIPT.as_bytes());
    let (shown, _, _) = run(&["--debug", path(&script), "k", ",", "hello"], commands);
    let lines: Vec<_> = shown.lines().skip(2).collect();
    assert_eq!(lines, expected, "{commands}");
}

const STOPPED: [&str; 2] = [
    "* Stopped at 1, stop reason = step over",
    "-> 1   local x = 1",
];

fn from_first(rest: &[&'static str]) -> Vec<&'static str> {
    [&STOPPED[..], rest].concat()
}

#[test]
fn steps_show_calls() {
    let expected = from_first(&[
        "* Stopped at 2, stop reason = step over",
        "-> 2   redis.call('SET', KEYS[1], ARGV[1])",
        "<redis> SET k hello",
        "<reply> \"+OK\"",
        "* Stopped at 5, stop reason = step over",
        "-> 5   end",
        "* Stopped at 6, stop reason = step over",
        "-> 6   x = f(x)",
        "<value> 1",
        "<value> {\"k\"}",
        "* Stopped at 8, stop reason = redis.breakpoint() called",
        "-> 8   redis.debug({1, 'a'}, x)",
        "<debug> line 8: {1; \"a\"}, 2",
        "(integer) 2",
    ]);
    shows("s\nnext\ns\np x\np KEYS\nc\nc\n", &expected);
}

#[test]
fn breakpoints_halt() {
    let expected = from_first(&[
        "   3   local function f(a)",
        "  #4     return a * 2",
        "   5   end",
        "Wrong line number.",
        "Invalid argument:'x'",
        "* Stopped at 4, stop reason = break point",
        "->#4     return a * 2",
        "In f:",
        "->#4     return a * 2",
        "From top level:",
        "   6   x = f(x)",
        "<value> 1",
        "No such variable.",
        "Breakpoint removed.",
        "No breakpoints set. Use 'b <line>' to add one.",
        "(error) ERR script aborted for user request script: 4a3a2ae0bcf2e4c6ad9bd2bd6cf53e54ed4c1e6c, on @user_script:4.",
    ]);
    let sha1 = run(&["--sha", "-e", SCRIPT], "").0;
    let last = expected[expected.len() - 1]
        .replace("4a3a2ae0bcf2e4c6ad9bd2bd6cf53e54ed4c1e6c", sha1.trim());
    let mut expected = expected;
    expected.pop();
    expected.push(&last);
    shows("b 4 99 x\nc\nt\np a\np y\nb -4\nb\na\n", &expected);
}

#[test]
fn commands_and_code_run_in_between() {
    let expected = from_first(&[
        "<retval> 2",
        "<retval> {[\"ok\"]=\"PONG\"}",
        "<error> ldb_eval:1: a b",
        "<redis> INCR n",
        "<reply> 1",
        "<redis> lrange n 0 x",
        "<error> -ERR value is not an integer or out of range",
        "<reply> \"-ERR value is not an integer or out of range\"",
        "<redis> nosuch",
        "<error> Unknown Redis command called from script",
        "<error> Unknown Redis Lua debugger command or wrong number of arguments.",
        "* Stopped at 1, stop reason = step over",
        "-> 1   local x = 1",
        "<redis> GET n",
        "<reply> NULL",
    ]);
    let script = file(SCRIPT.as_bytes());
    let commands = "e 1+1\ne redis.call(\"PING\")\ne error(\"a b\")\nr INCR n\nr lrange n 0 x\nr nosuch\nzz\nrestart\nr GET n\nquit\n";
    let (shown, _, status) = run(&["--ldb", path(&script), "k", ",", "hello"], commands);
    let lines: Vec<_> = shown.lines().skip(2).collect();
    assert_eq!(lines[..lines.len() - 1], expected);
    assert_eq!(status, 1);
}

#[test]
fn endless_loops_halt() {
    let script = file(b"while true do\n  local a = 1\nend");
    let (shown, _, _) = run(&["--debug", path(&script)], "c\na\n");
    assert!(
        shown.contains(", stop reason = timeout reached, infinite loop?\n"),
        "{shown}"
    );
}

#[test]
fn commands_are_not_mixed_with_the_script() {
    let (_, error, status) = run(&["--debug"], "return 1");
    assert!(error.contains("name a file or use -e"), "{error}");
    assert_eq!(status, 2);
}
