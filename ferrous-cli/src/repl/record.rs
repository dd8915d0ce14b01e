//! Sessions in files: commands and what was answered, to be run again elsewhere and compared.
//!
//! A line per command: a JSON object with `command` (the line as typed) and `reply` (strict JSON).

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use ferrous_client::print::strict_json;
use ferrous_client::{Value, split_line};
use serde_json::json;

use super::secrets::is_sensitive;
use crate::options::Options;
use crate::print_line;
use crate::session::{Session, Source};

/// A session being written.
pub(super) struct Recording(File);

impl Recording {
    /// Starts a new file.
    pub(super) fn create(path: &str) -> io::Result<Self> {
        File::create(path).map(Self)
    }

    /// Writes a command and its reply, unless it holds a secret.
    pub(super) fn add(&mut self, line: &str, reply: Option<&Value>) {
        if is_sensitive(line) || line.trim().is_empty() {
            return;
        }
        let record = json!({"command": line, "reply": reply.map(as_json)});
        if let Err(error) = writeln!(self.0, "{record}") {
            crate::talk!("The recording failed: {error}");
        }
    }
}

fn as_json(reply: &Value) -> serde_json::Value {
    let mut text = Vec::new();
    strict_json(&mut text, reply);
    serde_json::from_slice(&text).unwrap_or(serde_json::Value::Null)
}

/// `--replay`: runs a recorded session; with `--diff`, shows where the replies differ.
pub(crate) fn replay(options: Options) -> anyhow::Result<ExitCode> {
    let path = PathBuf::from(OsString::from_vec(options.replay.clone()));
    let text = fs::read_to_string(&path)
        .with_context(|| format!("Can't open file '{}'", path.display()))?;
    let show_differences = options.show_differences;
    let mut session = Session::new(options, Source::Lines);
    if session.connect_or_fail().is_err() {
        return Ok(ExitCode::FAILURE);
    }
    let mut differences = 0;
    for (number, line) in text.lines().enumerate() {
        let record: serde_json::Value = serde_json::from_str(line)
            .with_context(|| format!("{}:{}", path.display(), number + 1))?;
        let command = record["command"].as_str().unwrap_or_default();
        let Some(args) = split_line(command.as_bytes()).filter(|args| !args.is_empty()) else {
            bail!("{}:{}: no command", path.display(), number + 1);
        };
        let Ok(reply) = session.quiet_call(|connection| connection.call(&args)) else {
            return Ok(ExitCode::FAILURE);
        };
        let reply = as_json(&reply);
        if !show_differences {
            print_line!("{command}\n{reply}");
        } else if reply != record["reply"] {
            differences += 1;
            print_line!(
                "{}:{}: {command}\n- {}\n+ {reply}",
                path.display(),
                number + 1,
                record["reply"]
            );
        }
    }
    Ok(if differences == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
