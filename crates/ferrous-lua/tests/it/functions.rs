//! Libraries and their functions.

use ferrous_lua::{Flags, Libraries, LibraryCode, Machine, Settings};
use ferrous_resp::{Encoder, Protocol};

use crate::harness::Recorder;

fn load(code: &str, libraries: &mut Libraries) -> Result<(), String> {
    let mut machine = Machine::new(&Settings::default());
    LibraryCode::new(code.as_bytes())
        .and_then(|code| machine.load(code, &mut Recorder::default()))
        .and_then(|library| libraries.insert(library, false))
        .map_err(|error| error.to_string())
}

#[track_caller]
fn refused(body: &str, message: &str) {
    let refused = load(&format!("#!lua name=a\n{body}"), &mut Libraries::default());
    assert_eq!(refused, Err(message.to_owned()), "{body}");
}

#[track_caller]
fn fails(body: &str, message: &str) {
    refused(body, &format!("Error registering functions: ERR {message}"));
}

#[test]
fn libraries_refused() {
    refused("return 1", "No functions registered");
    refused(
        "x x",
        "Error compiling function: user_function:2: '=' expected near 'x'",
    );
    fails(
        "redis.register_function()",
        "wrong number of arguments to redis.register_function",
    );
    fails(
        "redis.register_function('a')",
        "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).",
    );
    fails(
        "redis.register_function('a', 1)",
        "second argument to redis.register_function must be a function",
    );
    fails(
        "redis.register_function('f-1', function() end)",
        "Library names can only contain letters, numbers, or underscores(_) and must be at least one character long",
    );
    fails(
        "redis.register_function{}",
        "redis.register_function must get a function name argument",
    );
    fails(
        "redis.register_function{function_name='a'}",
        "redis.register_function must get a callback argument",
    );
    fails(
        "redis.register_function{function_name='a', callback=1}",
        "callback argument given to redis.register_function must be a function",
    );
    fails(
        "redis.register_function{function_name='a', callback=function() end, foo=1}",
        "unknown argument given to redis.register_function",
    );
    fails(
        "redis.register_function{function_name='a', callback=function() end, flags=1}",
        "flags argument to redis.register_function must be a table representing function flags",
    );
    fails(
        "redis.register_function{function_name='a', callback=function() end, flags={'x'}}",
        "unknown flag given",
    );
    fails(
        "redis.register_function('a', function() end) redis.register_function('a', function() end)",
        "Function already exists in the library",
    );
    for name in ["call", "setresp", "foo"] {
        fails(
            &format!("redis.{name}()"),
            &format!(
                "user_function:2: Script attempted to access nonexistent global variable '{name}'"
            ),
        );
    }
    fails(
        "error('x')",
        "user_function:2: Script attempted to access nonexistent global variable 'error'",
    );
    fails(
        "foo = 1",
        "user_function:2: Attempt to modify a readonly table",
    );
}

const LIBRARY: &str = "#!lua name=lib
redis.register_function('args', function(keys, args) return {keys, args} end)
redis.register_function('names', function() local t = {} for k in pairs(redis) do t[#t+1] = k end table.sort(t) return table.concat(t, ' ') end)
redis.register_function('keys', function() return KEYS end)
redis.register_function('set', function() foo = 1 end)
redis.register_function('boo', function() error('boo') end)
redis.register_function('bad', function() return redis.call('nosuch') end)
redis.register_function('own', function() return redis.register_function end)
redis.register_function{function_name='described', callback=function() return 1 end, flags={'no-writes', 'allow-stale'}, description='some'}
";

/// Calls a function on a machine that has not loaded its library.
fn call(name: &str, keys: &[&[u8]], arguments: &[&[u8]]) -> String {
    let mut libraries = Libraries::default();
    load(LIBRARY, &mut libraries).expect("the library is in order");
    let function = libraries
        .function(name.as_bytes())
        .expect("the library has it");
    let mut machine = Machine::new(&Settings::default());
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, Protocol::Resp2);
    machine.call(
        function,
        keys,
        arguments,
        &mut Recorder::default(),
        &mut encoder,
    );
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn calls() {
    assert_eq!(
        call("args", &[b"k"], &[b"a"]),
        "*2\r\n*1\r\n$1\r\nk\r\n*1\r\n$1\r\na\r\n"
    );
    let names = "LOG_DEBUG LOG_NOTICE LOG_VERBOSE LOG_WARNING REDIS_VERSION REDIS_VERSION_NUM REPL_ALL REPL_AOF REPL_NONE \
                 REPL_REPLICA REPL_SLAVE SERVER_NAME VALKEY_VERSION VALKEY_VERSION_NUM acl_check_cmd call error_reply log \
                 pcall set_repl setresp sha1hex status_reply";
    assert_eq!(
        call("names", &[], &[]),
        format!("${}\r\n{names}\r\n", names.len())
    );
    assert_eq!(call("own", &[], &[]), "$-1\r\n");
    for (name, message) in [
        (
            "keys",
            "ERR user_function:4: Script attempted to access nonexistent global variable 'KEYS' script: keys, on @user_function:4.",
        ),
        (
            "set",
            "ERR user_function:5: Attempt to modify a readonly table script: set, on @user_function:5.",
        ),
        (
            "boo",
            "ERR user_function:6: boo script: boo, on @user_function:6.",
        ),
        (
            "bad",
            "ERR Unknown command called from script script: bad, on @user_function:7.",
        ),
    ] {
        assert_eq!(call(name, &[], &[]), format!("-{message}\r\n"));
    }
}

#[test]
fn what_a_library_says_of_its_functions() {
    let mut libraries = Libraries::default();
    load(LIBRARY, &mut libraries).expect("the library is in order");
    let described = libraries
        .function(b"described")
        .expect("the library has it")
        .info();
    assert_eq!(described.flags, Flags::NO_WRITES | Flags::ALLOW_STALE);
    assert_eq!(described.description.as_deref(), Some(&b"some"[..]));
    assert_eq!(libraries.function_count(), 8);
}

#[test]
fn forgotten_libraries_are_loaded_again() {
    let mut libraries = Libraries::default();
    load(LIBRARY, &mut libraries).expect("the library is in order");
    let mut machine = Machine::new(&Settings::default());
    let function = libraries
        .function(b"described")
        .expect("the library has it")
        .clone();
    for _ in 0..3 {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out, Protocol::Resp2);
        machine.call(&function, &[], &[], &mut Recorder::default(), &mut encoder);
        assert_eq!(out, b":1\r\n");
        machine.forget_libraries(&Libraries::default());
    }
}
