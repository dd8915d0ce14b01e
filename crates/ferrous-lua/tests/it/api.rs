//! `redis.*`, and what base functions were made to do.

use ferrous_lua::{LogLevel, Replication};
use ferrous_resp::Protocol;

use crate::harness::{Bench, check, fails, list, text};

#[test]
fn errors_of_commands() {
    check(
        "return redis.call('nosuch')",
        "-ERR Unknown command called from script @user_script:1.\n",
    );
    check(
        "return redis.pcall('nosuch')",
        "-ERR Unknown command called from script\n",
    );
    text(
        "local ok, e = pcall(redis.call, 'nosuch') return type(e) .. ' ' .. e",
        "string ERR Unknown command called from script",
    );
    fails(
        "redis.call()",
        "Please specify at least one argument for this redis lib call",
    );
    fails(
        "redis.call({})",
        "Lua redis lib command arguments must be strings or integers",
    );
    check(
        "return redis.pcall({})",
        "-ERR Lua redis lib command arguments must be strings or integers\n",
    );
    check("redis.pcall({})", "$-1\n");
}

#[test]
fn errors_of_scripts() {
    fails("error('x')", "user_script:1: x");
    check("error({err='abc'})", "-abc @user_script:1.\n");
    check("error({})", "-ERR unknown error @user_script:1.\n");
    fails("error()", "nil");
    fails(
        "local x = nil; x.y = 1",
        "user_script:1: attempt to index local 'x' (a nil value)",
    );
    check(
        "\nlocal function f() error('deep') end\nf()",
        "-ERR user_script:2: deep @user_script:2.\n",
    );
    check(
        "return xx x",
        "-ERR Error compiling script (new function): user_script:1: '<eof>' expected near 'x'\n",
    );
    check(
        "#!lua\nerror('a')",
        "-ERR user_script:2: a @user_script:2.\n",
    );
}

#[test]
fn replies_made_by_scripts() {
    check("return redis.error_reply('x')", "-ERR x\n");
    check("return redis.error_reply('-x y')", "-x y\n");
    check("return redis.error_reply('')", "-ERR \n");
    check(
        "return redis.error_reply('ERR foo\\r\\nbar')",
        "-ERR foo  bar\n",
    );
    check(
        "return redis.error_reply()",
        "-ERR wrong number or type of arguments\n",
    );
    check(
        "return redis.status_reply({})",
        "-ERR wrong number or type of arguments\n",
    );
    check("return redis.status_reply('a\\r\\nb')", "+a  b\n");
}

#[test]
fn digests() {
    text(
        "return redis.sha1hex(1)",
        "356a192b7913b04c54574d18c28d46e6395428ab",
    );
    text(
        "return redis.sha1hex({})",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    );
    fails("return redis.sha1hex()", "wrong number of arguments");
}

#[test]
fn logging() {
    let mut bench = Bench::new();
    bench.eval("redis.log(redis.LOG_WARNING, 'a', 1, {}, 'b')");
    assert_eq!(bench.host.logged, [(LogLevel::Warning, "a 1 b".to_owned())]);
    fails(
        "redis.log(1)",
        "redis.log() requires two arguments or more.",
    );
    fails(
        "redis.log('a', 'b')",
        "First argument must be a number (log level).",
    );
    fails("redis.log(9, 'b')", "Invalid debug level.");
}

#[test]
fn protocol_and_replication() {
    fails("redis.setresp()", "redis.setresp() requires one argument.");
    fails("redis.setresp(4)", "RESP version must be 2 or 3.");
    fails(
        "redis.set_repl()",
        "redis.set_repl() requires one argument.",
    );
    fails(
        "redis.set_repl(8)",
        "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.",
    );
    let mut bench = Bench::new();
    bench.eval("redis.set_repl(redis.REPL_AOF)");
    let expected = Replication {
        aof: true,
        replicas: false,
    };
    assert_eq!(bench.host.replication, Some(expected));
    check("return redis.replicate_commands()", ":1\n");
    text("return tostring(redis.breakpoint())", "false");
    check("return redis.debug('a')", "$-1\n");
}

#[test]
fn permissions() {
    check("return redis.acl_check_cmd('GET', 'k')", ":1\n");
    check("return redis.acl_check_cmd('SET', 'k', 'v')", "$-1\n");
    fails(
        "redis.acl_check_cmd('nosuch')",
        "Invalid command passed to redis.acl_check_cmd()",
    );
    fails(
        "redis.acl_check_cmd()",
        "Please specify at least one argument for this redis lib call",
    );
}

#[test]
fn names() {
    let names = "local t = {} for k in pairs(%) do t[#t+1] = k end table.sort(t) return table.concat(t, ' ')";
    text(
        &names.replace('%', "_G"),
        "ARGV KEYS _G _VERSION assert bit cjson cmsgpack collectgarbage coroutine error gcinfo getmetatable ipairs load \
         loadstring math next os pairs pcall rawequal rawget rawset redis select server setmetatable string struct table \
         tonumber tostring type unpack xpcall",
    );
    text(
        &names.replace('%', "redis"),
        "LOG_DEBUG LOG_NOTICE LOG_VERBOSE LOG_WARNING REDIS_VERSION REDIS_VERSION_NUM REPL_ALL REPL_AOF REPL_NONE \
         REPL_REPLICA REPL_SLAVE SERVER_NAME VALKEY_VERSION VALKEY_VERSION_NUM acl_check_cmd breakpoint call debug \
         error_reply log pcall replicate_commands set_repl setresp sha1hex status_reply",
    );
    text(&names.replace('%', "os"), "clock");
    check("return redis.REDIS_VERSION_NUM", ":459268\n");
    text("return server.SERVER_NAME", "ferrous");
}

#[test]
fn random_numbers_go_on_from_script_to_script() {
    let mut bench = Bench::new();
    assert_eq!(bench.eval("return math.random(1000)"), ":397\r\n");
    let next = bench.eval("return math.random(1000)");
    let mut other = Bench::new();
    other.eval("math.randomseed(5) return math.random(1000) + math.random(1000)");
    assert_eq!(other.eval("return math.random(1000)"), ":397\r\n");
    assert_eq!(other.eval("return math.random(1000)"), next);
    list(
        "math.randomseed(5) return {math.random(100), math.random(5, 10), math.random()}",
        "53 6 0.7885994686692",
    );
    fails(
        "math.random(0)",
        "user_script:1: bad argument #1 to 'random' (interval is empty)",
    );
    fails(
        "math.random(2, 1)",
        "user_script:1: bad argument #2 to 'random' (interval is empty)",
    );
    fails(
        "math.random(1, 2, 3)",
        "user_script:1: wrong number of arguments",
    );
}

#[test]
fn a_panic_of_the_host_leaves_the_machine_usable() {
    let mut bench = Bench::new();
    let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        bench.eval("pcall(redis.call, 'PANIC') return 'not reached'")
    }));
    assert!(broken.is_err());
    assert_eq!(
        bench.eval_as(Protocol::Resp2, "return 1", &[], &[]),
        b":1\r\n"
    );
}

#[test]
fn code_loaded_at_run_time() {
    list("return {pcall(loadstring('return 1'))}", "true 1");
    list(
        "local f, e = loadstring('x x') return {tostring(f), e}",
        "nil [string \"x x\"]:1: '=' expected near 'x'",
    );
    list(
        "local n = 0 return {load(function() n = n + 1 return ({'return ', '5'})[n] end)()}",
        "5",
    );
    list(
        "return {select(2, load(function() error('no') end))}",
        "user_script:1: no",
    );
    fails(
        "load(1)",
        "user_script:1: bad argument #1 to 'load' (function expected, got number)",
    );
}
