//! Black-box tests of the built program.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod check;
mod data;
mod debug;
mod profile;
mod repl;
mod run;
mod tests;

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

/// A file of its own with this text.
fn file(text: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn path(file: &tempfile::NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}
