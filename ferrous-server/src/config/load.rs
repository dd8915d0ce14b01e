//! Reading configuration files, and what comes like them.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use ferrous_resp::split_line;
use thiserror::Error;

use super::value::{Assign, Refusal};
use super::{Config, Effect, Parameter, RenamedCommand, Sources, error_text, table};

/// Why the configuration was not read.
#[derive(Debug, Error)]
pub enum LoadError {
    /// A file cannot be read.
    #[error("Fatal error, can't open config file '{}': {}", path.display(), error_text(error))]
    Open {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// A line is wrong. The text is a block of lines for people to read.
    #[error(
        "\n*** FATAL CONFIG FILE ERROR (Ferrous {}) ***\nReading the configuration file, at line {number}{}\n>>> '{line}'\n{reason}",
        env!("CARGO_PKG_VERSION"),
        included.as_ref().map(|path| format!(" of {}", path.display())).unwrap_or_default()
    )]
    Line {
        /// The included file that the line is in; `None` for the main one and for what follows it.
        included: Option<PathBuf>,
        /// The number of the line, from one.
        number: usize,
        /// The line.
        line: String,
        /// What is wrong with it.
        reason: Refusal,
    },
}

/// How deep files may include each other.
const INCLUDES_MAX: usize = 16;

const BAD_DIRECTIVE: &str = "Bad directive or wrong number of arguments";

/// Lines that are no parameters, and why they are not taken.
const REFUSED_DIRECTIVES: [(&str, &str); 3] = [
    ("loadmodule", "this build does not support modules"),
    ("sentinel", "sentinel directive while not in sentinel mode"),
    ("user", "this build does not support users yet"),
];

/// Parameters of the past, which take one value and change nothing.
const RETIRED_DIRECTIVES: [&str; 3] = [
    "list-max-ziplist-entries",
    "list-max-ziplist-value",
    "lua-replicate-commands",
];

impl Config {
    /// The configuration that `sources` describe: defaults, changed by the file, standard input and the options.
    ///
    /// The `dir` that they name is entered at once, as later includes are relative to it.
    ///
    /// # Errors
    /// When a file cannot be read or a line is wrong.
    pub fn load(sources: &Sources, stdin: &mut impl Read) -> Result<Self, LoadError> {
        let mut config = Self::new();
        let mut text = Vec::new();
        if let Some(path) = &sources.file {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            text = read(&path)?;
            config.file = Some(path);
        }
        if sources.stdin {
            let read = stdin.read_to_end(&mut text);
            read.map_err(|error| LoadError::Open {
                path: "-".into(),
                error,
            })?;
        }
        text.push(b'\n');
        text.extend_from_slice(&sources.options);
        let mut loader = Loader {
            config: &config,
            begun: HashSet::new(),
            renamed: Vec::new(),
        };
        loader.text(&text, None, 0)?;
        config.renamed = loader.renamed;
        Ok(config)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, LoadError> {
    fs::read(path).map_err(|error| LoadError::Open {
        path: path.to_owned(),
        error,
    })
}

struct Loader<'a> {
    config: &'a Config,
    /// Parameters that had a line already, so that a further one extends their list.
    begun: HashSet<&'static str>,
    renamed: Vec<RenamedCommand>,
}

/// Why one line stops the loading: by itself, or by what is in the file it includes.
enum Stop {
    Line(Refusal),
    Within(LoadError),
}

impl<R: Into<Refusal>> From<R> for Stop {
    fn from(refusal: R) -> Self {
        Self::Line(refusal.into())
    }
}

impl Loader<'_> {
    fn text(
        &mut self,
        text: &[u8],
        included: Option<&Path>,
        depth: usize,
    ) -> Result<(), LoadError> {
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            self.line(line, depth).map_err(|stop| match stop {
                Stop::Within(error) => error,
                Stop::Line(reason) => LoadError::Line {
                    included: included.map(Path::to_owned),
                    number: index + 1,
                    line: String::from_utf8_lossy(line).into_owned(),
                    reason,
                },
            })?;
        }
        Ok(())
    }

    fn line(&mut self, line: &[u8], depth: usize) -> Result<(), Stop> {
        if line.is_empty() || line.starts_with(b"#") {
            return Ok(());
        }
        let words = split_line(line).ok_or("Unbalanced quotes in configuration line")?;
        let words: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
        let Some((name, values)) = words.split_first() else {
            return Ok(());
        };
        match table::find(name) {
            Some((_, row)) => Ok(self.assign(row, values)?),
            None => self.directive(name, values, depth),
        }
    }

    fn assign(&mut self, row: &'static Parameter, values: &[&[u8]]) -> Result<(), Refusal> {
        let assign = if self.begun.insert(row.name()) {
            Assign::Replace
        } else {
            Assign::Extend
        };
        row.stage(self.config, values, assign)?();
        if row.change_effect() == Some(Effect::Directory) {
            let directory = self.config.persistence.dir.load();
            std::env::set_current_dir(directory.as_path()).map_err(|error| error_text(&error))?;
        }
        Ok(())
    }

    fn directive(&mut self, name: &[u8], values: &[&[u8]], depth: usize) -> Result<(), Stop> {
        let is = |known: &str| known.as_bytes().eq_ignore_ascii_case(name);
        if is("include") && values.len() == 1 {
            return self.include(values[0], depth);
        }
        if RETIRED_DIRECTIVES.iter().any(|known| is(known)) && values.len() == 1 {
            return Ok(());
        }
        if is("rename-command")
            && let [command, name] = values
        {
            self.renamed.push(RenamedCommand {
                command: command.to_vec(),
                name: String::from_utf8_lossy(name).into_owned(),
            });
            return Ok(());
        }
        let refused = REFUSED_DIRECTIVES.iter().find(|(known, _)| is(known));
        Err(refused.map_or(BAD_DIRECTIVE, |(_, reason)| *reason).into())
    }

    /// Reads the files that `pattern` names. A pattern may name none; a plain path has to exist.
    fn include(&mut self, pattern: &[u8], depth: usize) -> Result<(), Stop> {
        if depth == INCLUDES_MAX {
            return Err("files include each other too deeply".into());
        }
        for path in included_paths(pattern)? {
            let text = read(&path).map_err(Stop::Within)?;
            self.text(&text, Some(&path), depth + 1)
                .map_err(Stop::Within)?;
        }
        Ok(())
    }
}

fn included_paths(pattern: &[u8]) -> Result<Vec<PathBuf>, Refusal> {
    let is_plain = !pattern.iter().any(|byte| b"*?[".contains(byte));
    match std::str::from_utf8(pattern) {
        Ok(pattern) if !is_plain => {
            let paths = glob::glob(pattern).map_err(|error| error.to_string())?;
            paths
                .collect::<Result<_, _>>()
                .map_err(|error| error.to_string().into())
        }
        _ => Ok(vec![PathBuf::from(std::ffi::OsStr::from_bytes(pattern))]),
    }
}

#[cfg(test)]
mod tests;
