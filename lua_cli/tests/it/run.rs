//! Running scripts.

use super::{check, file, path, run};

#[test]
fn scripts_run_from_everywhere() {
    let script = "return {KEYS[1], #KEYS, ARGV[1], #ARGV}";
    let reply = "1) \"k\"\n2) (integer) 1\n3) \"a\"\n4) (integer) 2\n";
    check(&["-e", script, "k", ",", "a", "b"], "", reply, 0);
    check(&["-", "k", ",", "a", "b"], script, reply, 0);
    let file = file(script.as_bytes());
    let path = path(&file);
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
    let forbidden = "(error) ERR This Redis command is not allowed from script\n";
    for call in [
        "'SUBSCRIBE', 'c'",
        "'CONFIG', 'GET', 'x'",
        "'EVAL', 'x', 0",
        "'MULTI'",
    ] {
        let script = format!("return redis.pcall({call})");
        check(&["-e", &script], "", forbidden, 1);
    }
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
    let (_, excerpt, _) = run(&["-e", "local x\nreturn x.y"], "");
    assert_eq!(excerpt, "    2 | return x.y\n");
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
    assert!(
        reply.starts_with("(error) ERR the script was ended after 20 ms"),
        "{reply}"
    );
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
fn effects_are_what_is_replicated() {
    let script = "redis.call('INCRBYFLOAT', KEYS[1], 1.5) redis.call('GET', KEYS[1]) \
                  redis.call('SELECT', 2) redis.call('SET', KEYS[1], 'x y') \
                  redis.set_repl(redis.REPL_NONE) redis.call('SET', KEYS[1], 'z') return 1";
    let (_, effects, _) = run(&["--effects", "-e", script, "k"], "");
    let expected = "effect[0] SET k 1.5 KEEPTTL\neffect[2] SET k \"x y\"\n";
    assert_eq!(effects, expected);
}

#[test]
fn digests() {
    let digest = "356a192b7913b04c54574d18c28d46e6395428ab\n";
    check(&["--sha", "-e", "1"], "", digest, 0);
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

#[test]
fn functions_are_called() {
    let library = "#!lua name=l\nredis.register_function('f', function(keys, args) return {keys[1], args[1]} end)\n\
                   redis.register_function{function_name='r', flags={'no-writes'}, \
                   callback=function(keys) return redis.call('DEL', keys[1]) end}";
    let file = file(library.as_bytes());
    let path = path(&file);
    check(
        &["-f", "f", path, "k", ",", "a"],
        "",
        "1) \"k\"\n2) \"a\"\n",
        0,
    );
    let (reply, _, status) = run(&["--function", "r", path, "k"], "");
    assert_eq!(
        reply,
        "(error) ERR Write commands are not allowed from read-only scripts. script: r, on @user_function:3.\n"
    );
    assert_eq!(status, 1);
    check(
        &["-f", "x", path],
        "",
        "(error) ERR Function not found\n",
        1,
    );
    check(
        &["-f", "x", "-e", "return 1"],
        "",
        "(error) ERR Missing library metadata\n",
        1,
    );
}

#[test]
fn replies_come_in_either_protocol() {
    let script = "redis.setresp(3) return redis.call('HGETALL', KEYS[1])";
    let data = file(br#"{"h": {"f": "v"}}"#);
    check(
        &["-d", path(&data), "-e", script, "h"],
        "",
        "1) \"f\"\n2) \"v\"\n",
        0,
    );
    check(
        &["-3", "-d", path(&data), "-e", script, "h"],
        "",
        "1# \"f\" => \"v\"\n",
        0,
    );
}

#[test]
fn commands_of_servers_that_scripts_lean_on() {
    let script = "redis.call('SELECT', 1) redis.call('SET', 'k', 1) redis.call('SELECT', 0) \
                  return {redis.call('EXISTS', 'k'), redis.call('PING'), redis.call('ECHO', 'a'), \
                  redis.call('PUBLISH', 'c', 'm'), redis.pcall('SELECT', 16).err, #redis.call('OBJECT', 'HELP') > 2}";
    let reply = "1) (integer) 0\n2) PONG\n3) \"a\"\n4) (integer) 0\n5) \"ERR DB index is out of range\"\n6) (integer) 1\n";
    check(&["-e", script], "", reply, 0);
}
