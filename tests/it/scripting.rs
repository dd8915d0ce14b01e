//! Lua scripts: what they return, how they are known, what they may do, and what of them is repeated.

use std::fs;

use crate::harness::{Server, Talk};

/// The digest of `return 1`.
const RETURN_1: &str = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";

#[test]
fn values_become_replies() {
    let mut t = Talk::new();
    for (script, in_resp2, in_resp3) in [
        ("return 3.99", ":3", ":3"),
        ("return -0.5", ":0", ":0"),
        ("return 'text'", "'text'", "'text'"),
        ("return true", ":1", ":1"),
        ("return false", "nil", "_"),
        ("return nil", "nil", "_"),
        (
            "return {1, 'two', {3}, nil, 5}",
            "[:1, 'two', [:3]]",
            "[:1, 'two', [:3]]",
        ),
        ("return {ok='fine'}", "+fine", "+fine"),
        ("return {err='MINE it is'}", "-MINE it is", "-MINE it is"),
        ("return {double=2.5}", "'2.5'", ",2.5"),
        ("return {big_number='12\\\\r\\\\n3'}", "'12  3'", "(12  3"),
        ("redis.setresp(3) return true", ":1", "#t"),
        (
            "redis.setresp(3) return {map={a=1}}",
            "['a', :1]",
            "{'a': :1}",
        ),
        ("redis.setresp(3) return {set={a=true}}", "['a']", "~['a']"),
        (
            "return {verbatim_string={string='s', format='txt'}}",
            "'s'",
            "=txt:'s'",
        ),
    ] {
        t.check_both(&format!("EVAL \"{script}\" 0"), in_resp2, in_resp3);
    }
}

#[test]
fn replies_become_values() {
    let mut t = Talk::new();
    t.run("HSET h f v");
    t.run("ZADD z 1.5 m");
    t.check_all(&[
        ("EVAL \"return redis.call('GET', 'none') == false\" 0", ":1"),
        ("EVAL \"return redis.call('SET', 'k', 1).ok\" 0", "'OK'"),
        (
            "EVAL \"return type(redis.call('HGETALL', 'h').map)\" 0",
            "'nil'",
        ),
        (
            "EVAL \"redis.setresp(3) return redis.call('HGETALL', 'h').map.f\" 0",
            "'v'",
        ),
        (
            "EVAL \"redis.setresp(3) return tostring(redis.call('ZSCORE', 'z', 'm').double)\" 0",
            "'1.5'",
        ),
        (
            "EVAL \"return redis.pcall('INCR', 'h').err\" 0",
            "'WRONGTYPE Operation against a key holding the wrong kind of value'",
        ),
    ]);
}

#[test]
fn keys_and_arguments_are_given() {
    let mut t = Talk::new();
    t.check_all(&[
        (
            "EVAL \"return {#KEYS, #ARGV, KEYS[1], KEYS[2], ARGV[1]}\" 2 a b c",
            "[:2, :1, 'a', 'b', 'c']",
        ),
        (
            "EVAL \"return 1\" x",
            "-ERR value is not an integer or out of range",
        ),
        (
            "EVAL \"return 1\" 1",
            "-ERR Number of keys can't be greater than number of args",
        ),
        (
            "EVAL \"return 1\" -1",
            "-ERR Number of keys can't be negative",
        ),
        (
            "EVAL \"return\"",
            "-ERR wrong number of arguments for 'eval' command",
        ),
        (
            "EVAL \"return #{redis.call('MGET', unpack(ARGV))}\" 0 a",
            ":1",
        ),
    ]);
    // As many values as unpack() gives at all.
    t.check(
        "EVAL \"local t = {} for i = 1, 7999 do t[i] = i end return redis.call('RPUSH', 'l', unpack(t))\" 0",
        ":7999",
    );
    t.check("LINDEX l 7998", "'7999'");
}

#[test]
fn scripts_are_known_by_their_digests() {
    let mut t = Talk::new();
    let missing = "-NOSCRIPT No matching script. Please use EVAL.";
    t.check(&format!("EVALSHA {RETURN_1} 0"), missing);
    t.check("SCRIPT LOAD \"return 1\"", &format!("'{RETURN_1}'"));
    t.check(&format!("EVALSHA {RETURN_1} 0"), ":1");
    t.check(&format!("EVALSHA {} 0", RETURN_1.to_uppercase()), ":1");
    t.check(&format!("EVALSHA_RO {RETURN_1} 0"), ":1");
    t.check(&format!("SCRIPT EXISTS {RETURN_1} ffff"), "[:1, :0]");
    t.check(&format!("SCRIPT SHOW {RETURN_1}"), "'return 1'");
    t.check("SCRIPT SHOW ffff", "-NOSCRIPT No matching script.");
    t.check(
        "SCRIPT FLUSH LATER",
        "-ERR SCRIPT FLUSH only support SYNC|ASYNC option",
    );
    t.check("SCRIPT FLUSH", "+OK");
    t.check(&format!("EVALSHA {RETURN_1} 0"), missing);
    // What EVAL has run is known as well.
    t.check("EVAL \"return 1\" 0", ":1");
    t.check(&format!("EVALSHA {RETURN_1} 0"), ":1");
    let refused = t.run("SCRIPT LOAD \"return +\"").to_string();
    assert!(
        refused.starts_with("-ERR Error compiling script (new function): user_script:1:"),
        "{refused}"
    );
}

#[test]
fn refusals_name_their_place() {
    let mut t = Talk::new();
    for (script, refusal) in [
        (
            "return redis.call('NONE')",
            "ERR Unknown Redis command called from script",
        ),
        (
            "return redis.call('GET')",
            "ERR Wrong number of args calling Redis command from script",
        ),
        (
            "return redis.call('MULTI')",
            "ERR This Redis command is not allowed from script",
        ),
        (
            "return redis.call('INCR', 'l')",
            "WRONGTYPE Operation against a key holding the wrong kind of value",
        ),
        ("error({err='MINE it is'})", "MINE it is"),
        ("error('no')", "ERR user_script:1: no"),
        (
            "undefined()",
            "ERR user_script:1: Script attempted to access nonexistent global variable 'undefined'",
        ),
        (
            "redis.call()",
            "ERR Please specify at least one argument for this redis lib call",
        ),
    ] {
        t.run("RPUSH l 1");
        let reply = t.run(&format!("EVAL \"{script}\" 0")).to_string();
        let expected = format!("-{refusal} script: ");
        assert!(
            reply.starts_with(&expected) && reply.ends_with(", on @user_script:1."),
            "{script}: {reply}"
        );
    }
    // One that is caught is an ordinary value.
    t.check(
        "EVAL \"return redis.pcall('GET').err\" 0",
        "'ERR Wrong number of args calling Redis command from script'",
    );
    t.check(
        "EVAL \"return redis.error_reply('MINE it is')\" 0",
        "-MINE it is",
    );
    t.check("EVAL \"return redis.status_reply('MINE')\" 0", "+MINE");
}

#[test]
fn flags_bind_scripts() {
    let mut t = Talk::new();
    let writes = "return redis.call('SET', KEYS[1], 1)";
    let refused = "-ERR Write commands are not allowed from read-only scripts. script: ";
    for line in [
        format!("EVAL_RO \"{writes}\" 1 k"),
        format!("EVAL \"#!lua flags=no-writes\\n{writes}\" 1 k"),
        "EVAL_RO \"return redis.call('PUBLISH', 'c', 'm')\" 0".to_owned(),
    ] {
        let reply = t.run(&line).to_string();
        assert!(reply.starts_with(refused), "{line}: {reply}");
    }
    t.check(
        &format!("EVAL_RO \"#!lua\\n{writes}\" 1 k"),
        "-ERR Can not execute a script with write flag using *_ro command.",
    );
    t.check(
        "EVAL \"#!lua flags=no-cluster,allow-cross-slot-keys\\nreturn 1\" 0",
        ":1",
    );
    t.check(
        "EVAL \"#!lua flags=nothing\\nreturn 1\" 0",
        "-ERR Unexpected flag in script shebang: nothing",
    );
    t.check(
        "EVAL \"#!js\\nreturn 1\" 0",
        "-ERR Unexpected engine in script shebang: #!js",
    );
    t.check("EXISTS k", ":0");
}

#[test]
fn exhausted_memory_refuses_what_may_grow_it() {
    let mut t = Talk::new();
    t.run("CONFIG SET maxmemory 1");
    let writes = "return redis.call('SET', KEYS[1], 1)";
    let refused = t.run(&format!("EVAL \"{writes}\" 1 k")).to_string();
    assert!(
        refused.starts_with("-OOM command not allowed when used memory > 'maxmemory'. script: "),
        "{refused}"
    );
    t.check(
        &format!("EVAL \"#!lua\\n{writes}\" 1 k"),
        "-OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
    );
    t.check("EVAL \"#!lua flags=no-writes\\nreturn 1\" 0", ":1");
    t.check(
        &format!("EVAL \"#!lua flags=allow-oom\\n{writes}\" 1 k"),
        "+OK",
    );
    let stats = t.run("INFO commandstats").text();
    let set = stats.lines().find(|line| line.starts_with("cmdstat_set:"));
    assert!(
        set.is_some_and(|line| line.contains("rejected_calls=1")),
        "{stats}"
    );
}

#[test]
fn keys_need_not_be_declared() {
    let mut t = Talk::new();
    let sum = "local sum = 0 for i = 1, 200 do redis.call('SET', 'k' .. i, i) sum = sum + redis.call('GET', 'k' .. i) end return sum";
    t.check(&format!("EVAL \"{sum}\" 0"), ":20100");
    t.check(&format!("EVAL \"{sum}\" 1 k7"), ":20100");
    t.check(
        "EVAL \"redis.call('SELECT', 3) redis.call('SET', 'other', 1)\" 0",
        "nil",
    );
    t.check("EXISTS other", ":0");
    t.check("EVAL \"return redis.call('DBSIZE')\" 1 k1", ":200");
    t.check(
        "EVAL \"return #redis.call('SORT', 'l', 'BY', 'nosort')\" 0",
        ":0",
    );
    t.check_all(&[
        ("MULTI", "+OK"),
        ("EVAL \"return redis.call('INCR', KEYS[1])\" 1 n", "+QUEUED"),
        ("INCR n", "+QUEUED"),
        ("EXEC", "[:1, :2]"),
    ]);
}

/// Nothing waits in a script, and what is pushed there serves others when it is over.
#[test]
fn scripts_do_not_wait_and_serve_who_waits() {
    let server = Server::start();
    let mut client = server.client();
    client.check("EVAL \"return redis.call('BLPOP', 'k', 0)\" 0", "nil");
    let mut waits = server.client();
    waits.send("BLPOP k 0");
    crate::harness::eventually("the client waits", || {
        client
            .run("INFO clients")
            .text()
            .contains("blocked_clients:1")
    });
    client.check(
        "EVAL \"redis.call('RPUSH', 'k', 'a', 'b') return redis.call('LLEN', 'k')\" 0",
        ":2",
    );
    assert_eq!(waits.read().to_string(), "['k', 'a']");
}

/// What a script did is in the log as one change: chance and time are settled, and what it did not want repeated is
/// missing.
#[test]
fn effects_are_logged_as_one_change() {
    let mut server = Server::with(&["--appendonly", "yes", "--appendfsync", "always"]);
    let mut client = server.client();
    client.check(
        "EVAL \"redis.call('SADD', 's', 'a') redis.call('SPOP', 's') redis.set_repl(redis.REPL_NONE) redis.call('SET', 'unlogged', 1) redis.set_repl(redis.REPL_ALL) redis.call('SET', 'k', 1, 'EX', 1000) return redis.call('GET', 'k')\" 0",
        "'1'",
    );
    client.check(
        "EVAL \"return redis.call('SET', KEYS[1], 1)\" 1 single",
        "+OK",
    );
    client.check("EVAL \"return redis.call('GET', KEYS[1])\" 1 single", "'1'");
    let log = fs::read(server.file("appendonlydir/appendonly.aof.1.incr.aof"))
        .expect("what is acknowledged is in the file");
    let log = String::from_utf8_lossy(&log);
    let words: Vec<&str> = log
        .lines()
        .filter(|line| !line.starts_with(['*', '$']))
        .map(|word| {
            if word.parse::<u64>().is_ok_and(|number| number > 1 << 32) {
                "TIME"
            } else {
                word
            }
        })
        .collect();
    assert_eq!(
        words.join(" "),
        "MULTI SELECT 0 SADD s a SREM s a SET k 1 PXAT TIME EXEC SET single 1"
    );
    server.again(&["--appendonly", "yes"]);
    let mut client = server.client();
    client.check("MGET unlogged k single", "[nil, '1', '1']");
    client.check("EXISTS s", ":0");
}

/// What one script does to what it shares with others is refused, and others do not see it.
#[test]
fn scripts_share_nothing() {
    let mut t = Talk::new();
    for script in [
        "x = 1",
        "_G.x = 1",
        "rawset(_G, 'x', 1)",
        "redis.call = nil",
        "string.rep = nil",
        "getmetatable('').__index = nil",
        "setmetatable(_G, {})",
        "cjson.encode = nil",
        "math.random = nil",
        "loadstring(string.dump(function() end))()",
        "return os.execute('true')",
        "return io.open('/etc/passwd')",
        "return dofile('/etc/passwd')",
        "return loadfile('/etc/passwd')",
        "return require('os')",
        "return package.loadlib('libc.so.6', '*')",
        "return debug.getregistry()",
        "return newproxy(true)",
        "return getfenv(0).x",
        "return cjson.decode(('['):rep(100000))",
        "return struct.pack('>I2147483648', 'x')",
        "return struct.unpack('I9223372036854775807', 'x')",
        "return cmsgpack.unpack('\\xdf\\xff\\xff\\xff\\xff')",
        "return {unpack({}, 0, 2147483647)}",
        "return loadstring('return ' .. ('('):rep(100000))()",
    ] {
        let reply = t.run(&format!("EVAL \"{script}\" 0"));
        assert!(reply.is_error(), "{script}: {reply}");
    }
    t.check(
        "EVAL \"return bit.tohex(65535, -2147483648)\" 0",
        "'0000FFFF'",
    );
    t.check(
        "EVAL \"return #cjson.encode(('\\\\0'):rep(1000000))\" 0",
        ":6000002",
    );
    t.check(
        "EVAL \"return redis.call('ECHO', ('x'):rep(3))\" 0",
        "'xxx'",
    );
}

/// An error's text cannot smuggle a reply of its own behind it.
#[test]
fn errors_stay_on_their_line() {
    let mut t = Talk::new();
    for script in [
        "return redis.error_reply('ERR a\\\\r\\\\n+OK')",
        "return {err='ERR a\\\\r\\\\n+OK'}",
        "return {ok='a\\\\r\\\\n+OK'}",
        "error('a\\\\r\\\\n+OK')",
        "error({err='ERR a\\\\n+OK'})",
        "return redis.call('a\\\\r\\\\n+OK')",
    ] {
        t.run(&format!("EVAL \"{script}\" 0"));
        t.check("ECHO in-step", "'in-step'");
    }
}
