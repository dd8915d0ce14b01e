//! `lua_cli` answers a script as the server does: conversions, errors and refusals, in both protocols.

use std::process::Command;

use crate::harness::{Server, lua_cli_program};

/// What a script may go through; each runs with one key and one argument on an empty keyspace.
const SCRIPTS: &[&str] = &[
    "return {1, 2.9, 'a', true, false, nil, 4}",
    "return 3.99",
    "return -0.5",
    "return 1e20",
    "return {ok='fine'}",
    "return {err='BAD thing'}",
    "return {err='bad'}",
    "return redis.error_reply('x')",
    "return redis.error_reply('-WORD text')",
    "return redis.status_reply('S')",
    "return {double=1.5}",
    "redis.setresp(3) return {double=1.5}",
    "redis.setresp(3) return {map={a=1}}",
    "redis.setresp(3) return {set={a=true}}",
    "redis.setresp(3) return true",
    "redis.setresp(3) return redis.call('HGETALL','nokey')",
    "redis.setresp(3) return redis.call('ZSCORE','z','m')",
    "return tostring(1e15)..tostring(2^53)..tostring(0/0)..tostring(1/0)",
    "return redis.call('SET','a')",
    "return redis.call('NOSUCH','a')",
    "return redis.pcall('NOSUCH','a')",
    "return redis.call('OBJECT','NOSUCH','a')",
    "return redis.call('CONFIG','GET','x')",
    "return redis.call('SUBSCRIBE','x')",
    "return redis.call('EVAL','return 1',0)",
    "return redis.call('SCRIPT','LOAD','return 1')",
    "return redis.call('BLPOP','l',0)",
    "return redis.call('SET','a',{})",
    "return redis.call()",
    "return redis.call({})",
    "return redis.call('SET','a',1.5) ",
    "redis.call('SET','a',3.0) return redis.call('GET','a')",
    "redis.call('SET','a',0.1) return redis.call('GET','a')",
    "redis.call('SET','a','x') return redis.call('INCR','a')",
    "redis.call('SET','a','x') return redis.pcall('INCR','a')",
    "redis.call('SET','a','x') return redis.pcall('LPUSH','a',1)",
    "redis.call('SET','a','x') local ok, e = pcall(redis.call, 'LPUSH','a',1) return {tostring(ok), tostring(e)}",
    "error('boom')",
    "error({err='CODE boom'})",
    "error({err='boom'})",
    "error(nil)",
    "error({})",
    "local t = nil; return t.x",
    "foo = 1",
    "return foo",
    "return _G.foo",
    "redis.call = 1",
    "string.x = 1",
    "return print",
    "return os.time()",
    "return os.clock() >= 0",
    "return #redis.call('TIME')",
    "return redis.sha1hex('a')",
    "return redis.sha1hex()",
    "return {redis.REDIS_VERSION, redis.REDIS_VERSION_NUM, server.SERVER_NAME}",
    "return redis.log(1)",
    "return redis.log('a','b')",
    "return redis.setresp(4)",
    "return redis.setresp()",
    "return redis.set_repl(9)",
    "return redis.set_repl(redis.REPL_NONE)",
    "return redis.replicate_commands()",
    "return redis.breakpoint()",
    "return redis.acl_check_cmd('SET','a','b')",
    "return redis.acl_check_cmd('NOSUCH')",
    "return cjson.encode({1,2,{a=1}})",
    "return cjson.decode('[1,2,{\"a\":null}]')[1]",
    "return cjson.decode('[1')",
    "return cjson.encode({[1]=1,[1000]=2})",
    "return cmsgpack.unpack(cmsgpack.pack({1,'a'}))",
    "return struct.pack('>I2', 258)",
    "return bit.tohex(bit.bor(1, 2))",
    "return loadstring('return 5')()",
    "return loadstring('x x')",
    "return load",
    "return setmetatable({}, {})",
    "local t = {} t.t = t return t",
    "return string.rep('x', 10)",
    "return {KEYS[1], ARGV[1], #KEYS, #ARGV}",
    "return redis.call('SELECT', 99)",
    "redis.call('SELECT', 3) redis.call('SET','q',1) redis.call('SELECT',0) return redis.call('GET','q')",
    "return redis.call('PING')",
    "return redis.call('PING', 'a', 'b')",
    "return redis.call('ECHO', 'a')",
    "return redis.call('PUBLISH', 'c', 'm')",
    "return redis.call('HELLO')",
    "return redis.call('MULTI')",
    "return redis.call('GETRANGE','a')",
    "return redis.call('ZADD','z','x','m')",
    "return redis.call('XADD','s','*','f')",
    "redis.call('XADD','s','1-1','f','v') return redis.call('XRANGE','s','-','+')",
    "redis.call('RPUSH','l',1,2,3) return redis.call('LRANGE','l',0,-1)",
    "redis.call('HSET','h','f','v') return redis.call('HGETALL','h')",
    "return redis.call('GET','none')",
    "return redis.call('LPOP','none',3)",
    "return redis.call('SMEMBERS','none')",
    "return redis.call('DBSIZE')",
    "return redis.call('FLUSHALL')",
    "return redis.call('OBJECT','HELP')",
    "return redis.call('DEBUG','SLEEP',0)",
    "return x x",
    "return '",
    "#!lua flags=x",
    "#!lua",
    "#!js name=x\nreturn 1",
    "while true do local a = redis.call('GET') end",
    "return type(redis.pcall('GET','a')) ",
    "return {1,{2,{3,{4}}}}",
    "return coroutine.wrap(function() return 1 end)()",
    "local c = coroutine.create(function() coroutine.yield(1) end) return {coroutine.resume(c)}",
    "return table.concat({1,2,3}, ',')",
    "return string.format('%5.2f', 3.14159)",
    "return ('x'):rep(3)",
    "return next({})",
    "return unpack({1,2,3})",
    "return tonumber('0x10')",
    "return tonumber('z', 36)",
    "return select('#', 1, nil, nil)",
    "return string.dump(function() end)",
    "return getmetatable('')",
    "return collectgarbage('count') > 0",
    "return rawset(redis, 'a', 1)",
];

/// What a run prints, and its status.
fn run(words: &[&str], script: &str) -> (String, Option<i32>) {
    let output = Command::new(lua_cli_program())
        .args(words)
        .args(["-e", script, "k1", ",", "a1"])
        .output()
        .expect("lua_cli can be started");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (text, output.status.code())
}

#[test]
fn scripts_are_answered_alike() {
    let server = Server::start();
    let mut client = server.client();
    let uri = format!("redis://127.0.0.1:{}", server.port());
    for script in SCRIPTS {
        for protocol in [&[][..], &["-3"]] {
            client.check("FLUSHALL", "+OK");
            let here = run(protocol, script);
            let there = run(&[protocol, &["-u", &uri]].concat(), script);
            assert_eq!(here, there, "{script} {protocol:?}");
        }
    }
}
