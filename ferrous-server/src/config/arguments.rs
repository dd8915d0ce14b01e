//! The command line: a configuration file, options, or a question about the program.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use ferrous_resp::quote_into;

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Arguments {
    /// To serve, with a configuration from these sources.
    Serve(Sources),
    /// To print this and be done.
    Print(String),
    /// Something that the program does not do, for the reason given.
    Refuse(String),
}

/// Where configuration comes from. What is read later wins: the file, then standard input, then the options.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// The configuration file.
    pub file: Option<PathBuf>,
    /// Whether configuration is to be read from standard input.
    pub stdin: bool,
    /// The options as lines of a configuration file.
    pub options: Vec<u8>,
}

impl Arguments {
    /// Reads the arguments that follow the program's own name, which is `program`.
    ///
    /// `--name` begins an option and takes whatever follows it as its first value, even when that begins with `--`, too.
    /// The two exceptions are old: `--save` and `--sentinel` may be left without a value. A `-` at either end reads
    /// standard input, and any other first argument without a dash is the configuration file.
    pub fn parse(program: &str, arguments: impl IntoIterator<Item = OsString>) -> Self {
        let arguments: Vec<Vec<u8>> = arguments.into_iter().map(OsString::into_vec).collect();
        match arguments.first().map(Vec::as_slice) {
            Some(b"-v" | b"--version") => Self::Print(version()),
            Some(b"-h" | b"--help") => Self::Print(usage(program)),
            Some(b"--test-memory") => Self::Refuse(no_memory_test(program)),
            Some(b"--check-system") => {
                Self::Refuse(format!("{program} does not check the system it runs on.\n"))
            }
            _ => Self::Serve(sources(arguments)),
        }
    }
}

fn sources(mut arguments: Vec<Vec<u8>>) -> Sources {
    let mut sources = Sources::default();
    if arguments
        .first()
        .is_some_and(|first| !first.starts_with(b"-"))
    {
        sources.file = Some(PathBuf::from(OsString::from_vec(arguments.remove(0))));
    }
    if arguments.first().is_some_and(|first| first == b"-") {
        sources.stdin = true;
        arguments.remove(0);
    }
    if arguments.last().is_some_and(|last| last == b"-") {
        sources.stdin = true;
        arguments.pop();
    }
    sources.options = option_lines(&arguments);
    sources
}

/// The options as lines of a configuration file: each name begins a line, and its values follow it in quotes.
fn option_lines(arguments: &[Vec<u8>]) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut wants_value = false;
    for (at, argument) in arguments.iter().enumerate() {
        match argument.strip_prefix(b"--") {
            Some(name) if !wants_value => {
                if !lines.is_empty() {
                    lines.push(b'\n');
                }
                lines.extend_from_slice(name);
                let is_last = arguments
                    .get(at + 1)
                    .is_none_or(|next| next.starts_with(b"--"));
                wants_value = match name.to_ascii_lowercase().as_slice() {
                    b"save" if is_last => {
                        lines.extend_from_slice(b" \"\"");
                        false
                    }
                    b"sentinel" if is_last => false,
                    // `--port 6379` as one argument brings its value along.
                    name => !name.trim_ascii().contains(&b' '),
                };
            }
            _ => {
                lines.push(b' ');
                quote_into(&mut lines, argument);
                wants_value = false;
            }
        }
    }
    lines
}

fn version() -> String {
    format!(
        "Ferrous server v={} malloc=jemalloc bits={} redis_version={}\n",
        env!("CARGO_PKG_VERSION"),
        usize::BITS,
        crate::REDIS_VERSION
    )
}

fn no_memory_test(program: &str) -> String {
    format!(
        "{program} does not test memory: use a tool that can test all of it, such as memtest86+.\n"
    )
}

fn usage(program: &str) -> String {
    format!(
        "Usage: {program} [/path/to/ferrous.conf] [options] [-]
       {program} - (read config from stdin)
       {program} -v or --version
       {program} -h or --help

Every parameter of the configuration file is an option, too: its name behind two dashes, and then its values.

Examples:
       {program} (run the server with default conf)
       echo 'maxmemory 128mb' | {program} -
       {program} /etc/ferrous/6379.conf
       {program} --port 7777
       {program} --port 7777 --requirepass secret
       {program} /etc/ferrous.conf --loglevel verbose -
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Arguments {
        Arguments::parse("ferrous-server", arguments.iter().map(OsString::from))
    }

    #[track_caller]
    fn check(arguments: &[&str], file: Option<&str>, stdin: bool, options: &str) {
        let options = options.as_bytes().to_vec();
        assert_eq!(
            parse(arguments),
            Arguments::Serve(Sources {
                file: file.map(PathBuf::from),
                stdin,
                options
            })
        );
    }

    #[test]
    fn options_become_lines() {
        check(&[], None, false, "");
        check(
            &["--port", "6380", "--bind", "a", "b"],
            None,
            false,
            "port \"6380\"\nbind \"a\" \"b\"",
        );
        check(
            &["--save", "900", "1", "300", "10"],
            None,
            false,
            "save \"900\" \"1\" \"300\" \"10\"",
        );
        check(&["--save", ""], None, false, "save \"\"");
        check(
            &["--requirepass", "a \"b\""],
            None,
            false,
            r#"requirepass "a \"b\"""#,
        );
        check(
            &["--port 6380", "--loglevel", "warning"],
            None,
            false,
            "port 6380\nloglevel \"warning\"",
        );
    }

    #[test]
    fn a_name_takes_what_follows_it() {
        check(
            &["--requirepass", "--x", "--port", "1"],
            None,
            false,
            "requirepass \"--x\"\nport \"1\"",
        );
        check(&["--timeout", "-1"], None, false, "timeout \"-1\"");
        check(&["--port"], None, false, "port");
    }

    #[test]
    fn save_and_sentinel_may_go_without() {
        check(
            &["--save", "--port", "1"],
            None,
            false,
            "save \"\"\nport \"1\"",
        );
        check(
            &["--port", "1", "--SAVE"],
            None,
            false,
            "port \"1\"\nSAVE \"\"",
        );
        check(
            &["--sentinel", "--port", "1"],
            None,
            false,
            "sentinel\nport \"1\"",
        );
    }

    #[test]
    fn file_and_standard_input() {
        check(&["a.conf"], Some("a.conf"), false, "");
        check(
            &["a.conf", "--port", "1"],
            Some("a.conf"),
            false,
            "port \"1\"",
        );
        check(&["-"], None, true, "");
        check(&["-", "--port", "1"], None, true, "port \"1\"");
        check(
            &["a.conf", "--port", "1", "-"],
            Some("a.conf"),
            true,
            "port \"1\"",
        );
        check(&["-x"], None, false, " \"-x\"");
    }

    #[test]
    fn questions_about_the_program() {
        assert!(
            matches!(parse(&["--version"]), Arguments::Print(text) if text.starts_with("Ferrous server v="))
        );
        assert!(
            matches!(parse(&["-h"]), Arguments::Print(text) if text.starts_with("Usage: ferrous-server "))
        );
        assert!(matches!(
            parse(&["--test-memory", "10"]),
            Arguments::Refuse(_)
        ));
        check(
            &["--port", "1", "--version"],
            None,
            false,
            "port \"1\"\nversion",
        );
    }
}
