//! `--test_hint` and `--test_hint_file`: the prompt's hints without a prompt.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use ferrous_client::split_line;

use crate::catalog::{Catalog, hint};
use crate::options::{Mode, Options};
use crate::print_line;

/// Prints a hint, or checks a file of lines and hints, each pair of quoted strings on a line.
pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    if options.mode == Mode::Hint {
        print_line!("{}", hint_for(&options.hint));
        return Ok(ExitCode::SUCCESS);
    }
    let path = PathBuf::from(OsString::from_vec(options.hint.clone()));
    let text = fs::read_to_string(&path)
        .with_context(|| format!("Can't open file '{}'", path.display()))?;
    let (mut passed, mut failed) = (0, 0);
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some(pair) = split_line(line.as_bytes()).filter(|words| words.len() >= 2) else {
            bail!(
                "{}:{}: two quoted strings expected",
                path.display(),
                number + 1
            );
        };
        let (hint, expected) = (hint_for(&pair[0]), String::from_utf8_lossy(&pair[1]));
        if hint == expected {
            passed += 1;
        } else {
            failed += 1;
            print_line!(
                "{}:{}: expected '{expected}', got '{hint}'",
                path.display(),
                number + 1
            );
        }
    }
    print_line!(
        "{}: {passed}/{} passed",
        if failed == 0 { "SUCCESS" } else { "FAILURE" },
        passed + failed
    );
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn hint_for(line: &[u8]) -> String {
    let words = split_line(line).unwrap_or_default();
    hint(Catalog::built_in(), &words, line.ends_with(b" ")).unwrap_or_default()
}
