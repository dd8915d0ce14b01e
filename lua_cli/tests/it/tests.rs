//! `--test`.

use std::fs;

use super::run;

const SCRIPT: &str = "\
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
if n > tonumber(ARGV[1]) then return redis.error_reply('LIMIT reached') end
return n";

const TESTS: &str = "\
test('counts', function()
  expect(run('limit.lua', {'k'}, {2, 1000}), 1)
  expect(redis.call('GET', 'k'), '1')
end)
test('starts anew', function()
  expect(redis.call('EXISTS', 'k'), 0)
  run('limit.lua', {'k'}, {1, 1000})
  expect_error(run('limit.lua', {'k'}, {1, 1000}), 'LIMIT')
  advance(1000)
  expect(run('limit.lua', {'k'}, {1, 1000}), 1)
end)
test('other ways', function()
  expect({1, {a = 'b'}}, {1, {a = 'b'}})
  expect_match('abc', '^a')
  expect_error(function() error('no') end, 'no')
  expect(eval('return {KEYS[1], #ARGV}', {'x'}, {'y', 'z'}), {'x', 2})
  load_library('lib.lua')
  expect(fcall('f', {'x'}), 'x')
end)
";

const FAILURES: &str = "\
test('wrong', function()
  expect(eval('return {1, false}'), {1, 'two'}, 'reply')
end)
test('raises', function()
  local x = 1

  redis.call('NOSUCH')
end)
test('lacks a file', function() run('none.lua') expect_error(run('none.lua'), 'x, y') end)
";

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

const LIBRARY: &str =
    "#!lua name=l\nredis.register_function('f', function(keys) return keys[1] end)";

/// The report without times, the directory's name left out.
fn report(directory: &tempfile::TempDir, words: &[&str]) -> (String, i32) {
    let path = directory.path().to_str().unwrap();
    let (text, error, status) = run(&[&["--test"], words, &[path]].concat(), "");
    let text = text.replace(&format!("{path}/"), "");
    let lines: Vec<_> = text
        .lines()
        .map(|line| line.split(" (").next().unwrap())
        .collect();
    (lines.join("\n") + "\n" + &error, status)
}

#[test]
fn tests_pass() {
    let directory = directory(&[
        ("limit.lua", SCRIPT),
        ("lib.lua", LIBRARY),
        ("a_test.lua", TESTS),
    ]);
    let expected = "a_test.lua\n  ok    counts\n  ok    starts anew\n  ok    other ways\n3 passed, 0 failed, in 1 file\n";
    assert_eq!(report(&directory, &[]), (expected.to_owned(), 0));
    let expected = "a_test.lua\n  ok    other ways\n1 passed, 0 failed, in 1 file\n";
    assert_eq!(
        report(&directory, &["--filter", "other"]),
        (expected.to_owned(), 0)
    );
}

#[test]
fn tests_fail_with_their_places() {
    let directory = directory(&[("b_test.lua", FAILURES), ("c_test.lua", "x y")]);
    let expected = "b_test.lua\n  \
        FAIL  wrong\n        b_test.lua:2: reply: expected {1, \"two\"}, got {1, false}\n  \
        FAIL  raises\n        b_test.lua:7: ERR Unknown Redis command called from script\n  \
        FAIL  lacks a file\n        b_test.lua:9: expected an error with \"x, y\", got \"ERR cannot read none.lua: No such file or directory\nc_test.lua\n  \
        FAIL  outside of tests\n        Error compiling script\n0 passed, 4 failed, in 2 files\n";
    assert_eq!(report(&directory, &[]), (expected.to_owned(), 1));
    let (xml, status) = report(&directory, &["--format", "junit"]);
    assert!(
        xml.contains("<testsuite name=\"lua_cli\" tests=\"4\" failures=\"4\">"),
        "{xml}"
    );
    assert!(
        xml.contains(
            "message=\"b_test.lua:2: reply: expected {1, &quot;two&quot;}, got {1, false}\"/>"
        ),
        "{xml}"
    );
    assert_eq!(status, 1);
    let (json, _) = report(&directory, &["--format", "json", "--filter", "raises"]);
    assert!(
        json.contains(r#""name":"raises","passed":false,"#),
        "{json}"
    );
}

#[test]
fn nothing_to_test_is_an_error() {
    let directory = directory(&[("limit.lua", SCRIPT)]);
    assert_eq!(
        report(&directory, &[]),
        ("\nlua_cli: there is no file *_test.lua\n".to_owned(), 2)
    );
}
