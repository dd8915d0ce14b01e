//! Runs, checks, tests and debugs Lua scripts without a server, in the sandbox that the server runs them in.
//!
//! [`options`] reads the command line. A script then is checked without running ([`check`]), or [`run`] over a
//! [`dataset`] of this process through a [`world`], which is what it can reach, or sent to a live server. While it runs it
//! may be measured ([`profile`]) or halted ([`debug`]). [`repl`] runs what is typed, [`test`] what files of tests say.

mod options;

mod dataset;
mod trace;
mod world;

mod excerpt;
mod run;
mod runner;

mod console;
mod debug;
mod profile;
mod repl;

mod test;

mod check;

use std::fs;
use std::io::{self, IsTerminal, Read, Write};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Parser;
use ferrous_lua::Sha1;

use options::Options;

/// The status of a script that could not be had, or of a command line that makes no sense.
const TROUBLE: u8 = 2;

fn main() -> ExitCode {
    start(&Options::parse()).unwrap_or_else(|error| {
        // Standard error may be closed; there is nobody left to tell then.
        let _ = writeln!(io::stderr(), "lua_cli: {error:#}");
        ExitCode::from(TROUBLE)
    })
}

/// Does what the options ask for.
fn start(options: &Options) -> anyhow::Result<ExitCode> {
    if options.check {
        return check::run(options);
    }
    if options.test {
        return test::run(options);
    }
    let is_idle = options.words.is_empty() && options.text.is_none() && !options.debug;
    if options.interactive || (is_idle && !options.sha && io::stdin().is_terminal()) {
        return repl::run(options);
    }
    ensure!(
        !(options.debug && options.reads_input()),
        "the debugger reads its commands from standard input: name a file or use -e"
    );
    let script = script(options)?;
    if options.sha {
        say(format!("{}\n", Sha1::of(&script)).as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    run::run(options, &script)
}

/// The text of the script.
fn script(options: &Options) -> anyhow::Result<Vec<u8>> {
    if let Some(text) = &options.text {
        return Ok(text.clone().into_bytes());
    }
    match options.words.first() {
        None => read("-"),
        Some(path) => read(path),
    }
}

/// What a file holds; `-` is standard input.
fn read(path: &str) -> anyhow::Result<Vec<u8>> {
    if path != "-" {
        return fs::read(path).with_context(|| format!("cannot read the script {path}"));
    }
    let mut script = Vec::new();
    io::stdin()
        .read_to_end(&mut script)
        .context("cannot read the script from standard input")?;
    Ok(script)
}

/// Prints.
fn say(text: &[u8]) -> anyhow::Result<()> {
    io::stdout()
        .write_all(text)
        .context("cannot print the result")
}
