//! Scripts that would not end, and those that want everything.

use crate::harness::{Bench, check};

#[track_caller]
fn killed(body: &str) {
    let mut bench = Bench::new();
    bench.host.polls_left = Some(3);
    let reply = bench.eval(body);
    assert!(
        reply.starts_with("-ERR Script killed by user with SCRIPT KILL."),
        "{body}: {reply}"
    );
    bench.host.polls_left = None;
    assert_eq!(bench.eval("return 1"), ":1\r\n", "the machine goes on");
}

#[test]
fn loops_are_ended_whatever_they_catch() {
    killed("while true do end");
    killed("while true do pcall(function() while true do end end) end");
    killed("while true do xpcall(function() while true do end end, function(e) return e end) end");
    killed(
        "while true do local c = coroutine.create(function() while true do end end) coroutine.resume(c) end",
    );
    killed("while true do pcall(coroutine.wrap(function() while true do end end)) end");
    killed("local function f() while true do pcall(f) end end f()");
    killed("while true do load(function() while true do end end) end");
    killed("while true do pcall(string.gsub, 'x', 'x', function() while true do end end) end");
}

#[test]
fn memory_has_an_end() {
    for body in [
        "local t = {} while true do t[#t + 1] = {} end",
        "local s = 'x' while true do s = s .. s end",
        "return string.rep('x', 1000000000)",
        "return string.rep('', 1000000000)..string.rep(string.rep('x', 1000), 1000000)",
        "local t = {} for i = 1, 100000000 do t[i] = i end",
        "return cjson.encode(string.rep('\\1', 30000000))",
        "return cmsgpack.unpack('\\221\\1\\0\\0\\0' .. string.rep('\\1', 16777216))",
        "local t = {} while true do pcall(function() while true do t[#t + 1] = ('x'):rep(100000) .. #t end end) end",
    ] {
        let mut bench = Bench::new();
        bench.host.polls_left = Some(100_000);
        let reply = bench.eval(body);
        let stopped = reply.contains("not enough memory") || reply.contains("killed");
        assert!(stopped, "{body}: {}", &reply[..100.min(reply.len())]);
        assert_eq!(
            bench.eval("return 1"),
            ":1\r\n",
            "the machine goes on after {body}"
        );
    }
}

#[test]
fn a_megabyte_of_zeros_grows_sixfold() {
    // The length of the text overflowed: CVE-2022-24834.
    check(
        "return #cjson.encode(string.rep('\\0', 1000000))",
        ":6000002\n",
    );
}

#[test]
fn memory_of_scripts_is_given_back() {
    let mut bench = Bench::new();
    for _ in 0..50 {
        bench.eval("local t = {} for i = 1, 100000 do t[i] = tostring(i) end return #t");
    }
    assert!(bench.machine.memory_used() < 32 << 20);
}
