//! `--eval`: runs a script, or debugs it.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::anyhow;
use ferrous_client::{Value, split_line};

use crate::options::{Debugger, Options};
use crate::output::{Output, render};
use crate::print_line;
use crate::session::{Session, Source};

/// Runs the script with the words before a comma as keys, those after it as arguments.
pub(crate) fn run(mut options: Options) -> anyhow::Result<ExitCode> {
    let path = PathBuf::from(OsString::from_vec(options.eval.clone().unwrap_or_default()));
    let words = std::mem::take(&mut options.words);
    let debugger = options.debugger;
    let mut session = Session::new(options, Source::Arguments);
    if session.connect(false).is_err() {
        return Ok(ExitCode::FAILURE);
    }
    loop {
        let script = fs::read(&path).map_err(|error| {
            anyhow!(
                "Can't open file '{}': {}",
                path.display(),
                ferrous_client::os_text(&error)
            )
        })?;
        let command = command(script, &words);
        let Some(debugger) = debugger else {
            let outcome = session.issue(&command, 1);
            return Ok(if outcome.is_ok() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            });
        };
        if !debug(&mut session, &command, debugger)? {
            return Ok(ExitCode::SUCCESS);
        }
        session.reconnect().map_err(|_| anyhow!(""))?;
        print_line!("");
    }
}

fn command(script: Vec<u8>, words: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let comma = words.iter().position(|word| word == b",");
    let keys = comma.unwrap_or(words.len());
    let mut command = vec![b"EVAL".to_vec(), script, keys.to_string().into_bytes()];
    command.extend_from_slice(&words[..keys]);
    command.extend(words.iter().skip(keys + 1).cloned());
    command
}

/// A debugging session; true when the script is to be started again.
fn debug(session: &mut Session, command: &[Vec<u8>], debugger: Debugger) -> anyhow::Result<bool> {
    let connection = session.connection.as_mut().ok_or_else(|| anyhow!(""))?;
    let mode = match debugger {
        Debugger::Forked => "YES",
        Debugger::Sync => "SYNC",
    };
    connection.run(["SCRIPT", "DEBUG", mode])?;
    let first = connection.call(command)?;
    if !is_debugger_text(&first) {
        print_line!("Eval debugging session can't start:");
        session.print(&render(&first, &session.options));
        return Ok(false);
    }
    print_line!(
        "Lua debugging session started, please use:\n\
         quit    -- End the session.\n\
         restart -- Restart the script in debug mode again.\n\
         help    -- Show Lua script debugging commands.\n"
    );
    if show(&first) {
        return end(session, debugger);
    }
    let prompts = io::stdin().is_terminal();
    let mut lines = io::stdin().lock();
    loop {
        if prompts {
            crate::say(b"lua debugger> ");
        }
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(false);
        }
        let args = split_line(&line).unwrap_or_default();
        match args.first().map(Vec::as_slice) {
            None => continue,
            Some(b"quit" | b"exit") => return Ok(false),
            Some(b"restart") => return Ok(true),
            Some(_) => {}
        }
        let connection = session.connection.as_mut().ok_or_else(|| anyhow!(""))?;
        let reply = connection.call(&args)?;
        if show(&reply) {
            return end(session, debugger);
        }
    }
}

/// The debugger answers with lists of status lines.
fn is_debugger_text(reply: &Value) -> bool {
    matches!(reply, Value::Array(lines) if lines.iter().all(|line| matches!(line, Value::Simple(_))))
}

/// Prints lines of the debugger, coloured by their kind; true when they end the session.
fn show(reply: &Value) -> bool {
    let Value::Array(lines) = reply else {
        let mut text = Vec::new();
        ferrous_client::print::standard(&mut text, reply);
        crate::say(&text);
        return false;
    };
    let mut out = Vec::new();
    let mut ended = false;
    for line in lines {
        let Value::Simple(line) = line else { continue };
        if line == b"<endsession>" {
            ended = true;
            continue;
        }
        // Writing to memory does not fail.
        let _ = write!(out, "\x1b[0;{};49m", colour(line));
        out.extend_from_slice(line);
        out.extend_from_slice(b"\x1b[0m\n");
    }
    crate::say(&out);
    ended
}

/// Colours of the debugger's lines, by their beginnings.
const COLOURS: [(&[u8], u8); 9] = [
    (b"<debug>", 36),
    (b"<redis>", 32),
    (b"<reply>", 36),
    (b"<error>", 31),
    (b"<hint>", 35),
    (b"<value>", 35),
    (b"<retval>", 35),
    (b"-> ", 33),
    (b"->#", 33),
];

/// The colour of a line; a breakpoint's line is red, others are white.
fn colour(line: &[u8]) -> u8 {
    let known = COLOURS
        .iter()
        .find(|(beginning, _)| line.starts_with(beginning));
    let other = if line.get(2) == Some(&b'#') { 31 } else { 37 };
    known.map_or(other, |(_, colour)| *colour)
}

/// Prints the script's own reply.
fn end(session: &mut Session, debugger: Debugger) -> anyhow::Result<bool> {
    let connection = session.connection.as_mut().ok_or_else(|| anyhow!(""))?;
    let reply = connection.reply()?;
    session.options.output = if io::stdout().is_terminal() {
        Output::Standard
    } else {
        session.options.output
    };
    session.print(&render(&reply, &session.options));
    let rolled_back = if debugger == Debugger::Forked {
        " -- dataset changes rolled back"
    } else {
        ""
    };
    print_line!("\n(Lua debugging session ended{rolled_back})\n");
    Ok(false)
}
