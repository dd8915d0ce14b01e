//! `--test`: files of tests that run scripts, and say what is to come of them.
//!
//! A file of tests is a script itself, with a few functions more (`prelude.lua`), which reach [`suite`] by calling a
//! command that no server has. Each test has a keyspace of its own.

mod report;
mod suite;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};

use crate::options::Options;
use crate::say;
use suite::Suite;

/// How the names of files of tests end.
const SUFFIX: &str = "_test.lua";

/// What became of a test.
#[derive(Clone, Debug)]
struct Outcome {
    /// The file that it is in.
    file: String,
    name: String,
    /// What is wrong, with the place; `None` when it passed.
    problem: Option<String>,
    millis: f64,
}

/// Runs the files that the options name, and those in the directories that they name.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut files = Vec::new();
    let here = ".".to_owned();
    let words = if options.words.is_empty() {
        std::slice::from_ref(&here)
    } else {
        &options.words
    };
    for word in words {
        find(Path::new(word), true, &mut files)?;
    }
    ensure!(!files.is_empty(), "there is no file *{SUFFIX}");
    let mut outcomes = Vec::new();
    for file in &files {
        let text =
            fs::read(file).with_context(|| format!("cannot read the tests {}", file.display()))?;
        outcomes.extend(Suite::run(options, file, &text)?);
    }
    say(report::written(options.format, &outcomes, files.len()).as_bytes())?;
    let failed = outcomes.iter().any(|outcome| outcome.problem.is_some());
    Ok(ExitCode::from(u8::from(failed)))
}

/// Files of tests: one that is named is one whatever it is called.
fn find(path: &Path, named: bool, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    if path.is_dir() {
        let entries =
            fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut entries = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()?;
        entries.sort();
        return entries.iter().try_for_each(|path| find(path, false, files));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if named || name.ends_with(SUFFIX) {
        files.push(path.to_owned());
    }
    Ok(())
}
