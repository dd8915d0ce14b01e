//! Every way out of such a sandbox that has been published, and a few that have not.

use crate::harness::{Bench, check, fails, list, text};

const READONLY: &str = "Attempt to modify a readonly table";

#[test]
fn the_environment_cannot_be_changed() {
    for body in [
        "foo = 1",
        "KEYS = 1",
        "redis = nil",
        "redis.call = nil",
        "redis.foo = 1",
        "server.foo = 1",
        "_G.foo = 1",
        "_G._G = 1",
        "string.x = 1",
        "table.insert = nil",
        "math.random = nil",
        "coroutine.x = 1",
        "cjson.encode = nil",
        "cjson.null = 1",
        "cmsgpack.pack = nil",
        "bit.band = nil",
        "struct.pack = nil",
        "os.clock = nil",
        "getmetatable('').__index = nil",
        "getmetatable('').__add = function() return 1 end",
        "getmetatable(_G).__index = nil",
        "getmetatable(_G).__newindex = nil",
        "function string.len() end",
        "loadstring('foo = 1')()",
    ] {
        let reply = Bench::new().eval(body);
        assert!(reply.contains(READONLY), "{body}: {reply}");
    }
}

#[test]
fn functions_that_look_past_metatables_are_guarded() {
    for body in [
        "rawset(_G, 'a', 1)",
        "rawset(redis, 'a', 1)",
        "rawset(cjson, 'encode', 1)",
        "rawset(getmetatable(''), '__index', 1)",
        "setmetatable(_G, {})",
        "setmetatable(_G, nil)",
        "setmetatable(redis, {})",
        "setmetatable(getmetatable(''), {})",
        "table.insert(redis, 1)",
        "table.insert(redis, 1, 1)",
        "table.remove(_G)",
        "table.sort(_G)",
    ] {
        fails(body, READONLY);
    }
    text(
        "return type(getmetatable(_G))..type(getmetatable(redis))..type(getmetatable(''))",
        "tableniltable",
    );
    text(
        "return tostring(getmetatable('').__index == string)",
        "true",
    );
    text(
        "return type(rawget(_G, 'redis'))..type(rawget(redis, 'call'))..type(rawget(_G, 'nothing'))",
        "tablefunctionnil",
    );
}

#[test]
fn absent_globals_are_errors() {
    for name in [
        "print", "dofile", "loadfile", "newproxy", "setfenv", "getfenv", "io", "debug", "package",
        "require", "module", "arg", "foo",
    ] {
        fails(
            &format!("return {name}"),
            &format!(
                "user_script:1: Script attempted to access nonexistent global variable '{name}'"
            ),
        );
    }
    fails(
        "os.execute('true')",
        "user_script:1: attempt to call field 'execute' (a nil value)",
    );
    text("return type(redis.register_function)", "nil");
}

#[test]
fn scripts_do_not_see_one_another() {
    let mut bench = Bench::new();
    bench.eval("cjson.encode_sparse_array(true, 1, 1) math.randomseed(9) redis.setresp(3)");
    assert_eq!(
        bench.eval("return cjson.encode({1,nil,3})"),
        "$10\r\n[1,null,3]\r\n"
    );
    let first = Bench::new().eval("return math.random(1000)");
    assert_eq!(bench.eval("return math.random(1000)"), first);
    bench.eval("collectgarbage('stop') collectgarbage('setpause', 100000)");
    for _ in 0..200 {
        bench.eval("return #string.rep('x', 1000000)");
    }
    assert!(
        bench.machine.memory_used() < 32 << 20,
        "garbage is collected again"
    );
}

#[test]
fn bytecode_is_not_loaded() {
    list(
        "local f, e = loadstring('\\27Lua') return {tostring(f), e}",
        "nil [string \"?\"]:1: unexpected symbol near 'char(27)'",
    );
    text(
        "return tostring((loadstring(string.dump(function() end))))",
        "nil",
    );
    text(
        "local d, n = string.dump(function() end), 0 return tostring((load(function() n = n + 1 return n == 1 and d:sub(1, 1) or n == 2 and d:sub(2) or nil end)))",
        "nil",
    );
    check(
        "\x1bLua",
        "-ERR Error compiling script (new function): user_script:1: unexpected symbol near 'char(27)'\n",
    );
}

#[test]
fn ranges_of_unpack_do_not_overflow() {
    for range in [
        "1, 1e8",
        "-2147483648, 2147483647",
        "1, 2147483647",
        "-1, 2147483646",
        "0, 8000",
        "-2147483648, -2147475000",
    ] {
        fails(
            &format!("return unpack({{}}, {range})"),
            "user_script:1: too many results to unpack",
        );
    }
    check(
        "return select('#', unpack({}, 2147483647, -2147483648))",
        ":0\n",
    );
    check(
        "return select('#', unpack({}, 2147483640, 2147483647))",
        ":8\n",
    );
    let reply = Bench::new().eval("return redis.pcall('rpush', 'k', unpack((function() local t = {} for i = 1, 7990 do t[i] = i end return t end)()))");
    assert!(reply.starts_with("-ERR"), "{reply}");
}

#[test]
fn digits_of_tohex_do_not_overflow() {
    text("return bit.tohex(65535, -2147483648)", "0000FFFF");
    text("return bit.tohex(65535, 2147483647)", "0000ffff");
}

#[test]
fn the_parser_survives_its_collector() {
    // The name of a chunk was freed while the chunk was parsed: CVE-2025-49844.
    check(
        "collectgarbage('setpause', 1) collectgarbage('setstepmul', 1000000) \
         local source = 'return 1' \
         for i = 1, 300 do source = 'local f = loadstring([=[' .. ('x'):rep(i) .. ' = 1]=], \"name' .. i .. '\" .. ' .. i .. ') return 1' \
         assert(loadstring(source, 'chunk' .. i))() end \
         return 1",
        ":1\n",
    );
}

#[test]
fn endless_brackets_and_nesting_are_refused() {
    let body = "return select(2, loadstring(string.rep('[', 1) .. string.rep('=', 1000000)))";
    let reply = Bench::new().eval(body);
    assert!(
        reply.contains("invalid long string delimiter"),
        "{}",
        &reply[..200.min(reply.len())]
    );
    let reply =
        Bench::new().eval("return select(2, loadstring('return ' .. string.rep('(', 100000)))");
    assert!(
        reply.contains("chunk has too many syntax levels"),
        "{reply}"
    );
    let reply = Bench::new().eval("return select(2, loadstring(string.rep('a=', 1000000)))");
    assert!(reply.starts_with('$'), "{reply}");
}

#[test]
fn patterns_do_not_exhaust_the_stack() {
    fails(
        "('a'):rep(300000):find(('.-'):rep(300000) .. 'b')",
        "user_script:1: pattern too complex",
    );
    fails(
        "string.gsub('x', ('a?'):rep(100000), '')",
        "user_script:1: pattern too complex",
    );
    check(
        "return ('a-b'):rep(1000):find(('a-b'):rep(1000), 1, true)",
        ":1\n",
    );
}

#[test]
fn odd_arguments_of_errors() {
    for body in [
        "error(redis)",
        "error(function() end)",
        "error(setmetatable({}, {__index = error}))",
        "redis.error_reply(nil)",
        "redis.error_reply({})",
        "redis.call(nil)",
        "redis.call(function() end)",
        "pcall()",
        "error({err = {}})",
        "error({err = 'a\\r\\n+OK\\r\\n'})",
        "error({err = 'a', source = 'b\\r\\n', line = 'c\\r\\n'})",
        "return {err = 'a\\r\\n+OK'}",
        "return {ok = 'a\\r\\n+OK'}",
        "return {err = 'a\\0b\\r\\n'}",
        "return {ok = 'a\\0b\\r\\n'}",
        "error('a\\r\\n-ERR b\\r\\n')",
        "redis.call('a\\r\\nb')",
        "return redis.status_reply('\\r\\n')",
    ] {
        let reply = Bench::new().eval(body);
        let lines = reply.matches("\r\n").count();
        let bulk = reply.starts_with('$') && !reply.starts_with("$-1");
        assert_eq!(lines, 1 + usize::from(bulk), "{body}: {reply:?}");
    }
}

#[test]
fn collectors_and_coroutines_lead_nowhere() {
    fails(
        "newproxy(true)",
        "user_script:1: Script attempted to access nonexistent global variable 'newproxy'",
    );
    check(
        "setmetatable({}, {__gc = function() error('x') end}) collectgarbage() return 1",
        ":1\n",
    );
    text(
        "local c = coroutine.wrap(function() return type(redis) end) return c()",
        "table",
    );
    fails(
        "coroutine.wrap(function() foo = 1 end)()",
        &format!("user_script:1: user_script:1: {READONLY}"),
    );
    fails(
        "coroutine.wrap(function() redis.call() end)()",
        "Please specify at least one argument for this redis lib call",
    );
    let reply = Bench::new().eval("local function f() return coroutine.wrap(f)() end return f()");
    assert!(reply.starts_with("-ERR"), "{reply}");
    let reply = Bench::new().eval("local f f = function() return pcall(f) end return f()");
    assert!(reply.ends_with("\r\n"), "{reply}");
    let reply =
        Bench::new().eval("local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x");
    assert!(reply.starts_with("-ERR"), "{reply}");
}
