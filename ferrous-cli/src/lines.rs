//! Commands that come as lines: from standard input, from a file, or from the prompt.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal};
use std::os::unix::ffi::OsStringExt;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use ferrous_client::split_line;

use crate::options::Options;
use crate::output::Output;
use crate::session::{Fault, Session, Source};
use crate::{one_shot, print_line, talk};

/// Commands that take at least this long have their time printed.
const SLOW: Duration = Duration::from_millis(500);

/// Runs the lines of the file, of standard input, or of the prompt.
pub(crate) fn run(options: Options) -> anyhow::Result<ExitCode> {
    if let Some(path) = options.file.clone() {
        let path = std::path::PathBuf::from(OsString::from_vec(path));
        let file = File::open(&path)
            .map_err(|error| anyhow::anyhow!("Can't open file '{}': {error}", path.display()))?;
        let mut session = Session::new(options, Source::Lines);
        return Ok(run_lines(
            &mut session,
            BufReader::new(file),
            Some(&path.display().to_string()),
        ));
    }
    let mut session = Session::new(options, Source::Lines);
    let connected = session.connect(false);
    if let (Err(fault), true) = (connected, session.options.strict) {
        return Ok(one_shot::status(fault, true));
    }
    Ok(run_lines(&mut session, std::io::stdin().lock(), None))
}

/// Runs every line. With a name for the input, errors say which line caused them.
pub(crate) fn run_lines(
    session: &mut Session,
    mut input: impl BufRead,
    name: Option<&str>,
) -> ExitCode {
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        match input.read_until(b'\n', &mut line) {
            Ok(0) => return ExitCode::SUCCESS,
            Ok(_) => number += 1,
            Err(error) => {
                talk!(
                    "Error reading from stdin: {}",
                    ferrous_client::os_text(&error)
                );
                return ExitCode::FAILURE;
            }
        }
        let outcome = run_line(session, line.trim_ascii_end());
        let failed = !matches!(outcome, Outcome::Quit | Outcome::Done);
        if let (Some(name), true) = (name, failed) {
            talk!(
                "{name}:{number}: {}",
                String::from_utf8_lossy(line.trim_ascii())
            );
        }
        match outcome {
            Outcome::Quit => return ExitCode::SUCCESS,
            Outcome::Fault(fault) if session.options.strict => {
                return one_shot::status(fault, true);
            }
            Outcome::ErrorReply | Outcome::Invalid if session.options.strict => {
                return ExitCode::FAILURE;
            }
            _ => {}
        }
    }
}

/// How a line ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was run, or was empty.
    Done,
    /// The server answered with an error.
    ErrorReply,
    /// It is no command line.
    Invalid,
    /// There was no reply.
    Fault(Fault),
    /// It asks to end.
    Quit,
}

/// Runs one line.
pub(crate) fn run_line(session: &mut Session, line: &[u8]) -> Outcome {
    let Some(args) = split_line(line) else {
        print_line!("Invalid argument(s)");
        return Outcome::Invalid;
    };
    let Some((repeat, args)) = repetition(&args) else {
        print_line!("Invalid redis-cli repeat command option value.");
        return Outcome::Invalid;
    };
    let Some(first) = args.first() else {
        return Outcome::Done;
    };
    match first.to_ascii_lowercase().as_slice() {
        b"quit" | b"exit" => return Outcome::Quit,
        b"restart" => {
            print_line!("Use 'restart' only in Lua debugging mode.");
            return Outcome::Done;
        }
        b"help" | b"?" => {
            crate::repl::print_help(crate::catalog::Catalog::built_in(), &args[1..]);
            return Outcome::Done;
        }
        b"connect" if args.len() == 3 => return connect_to(session, &args[1], &args[2]),
        _ => {}
    }
    let start = Instant::now();
    let outcome = session.issue(args, repeat);
    let elapsed = start.elapsed();
    if elapsed >= SLOW && outcome.is_ok() && session.options.output == Output::Standard {
        print_line!("({:.2}s)", elapsed.as_secs_f64());
    }
    match outcome {
        Ok(()) if session.last_failed() => Outcome::ErrorReply,
        Ok(()) => Outcome::Done,
        Err(fault) => Outcome::Fault(fault),
    }
}

/// Splits `5 PING` into the count and the command; `None` when the count makes no sense.
fn repetition(args: &[Vec<u8>]) -> Option<(i64, &[Vec<u8>])> {
    let [count, rest @ ..] = args else {
        return Some((1, args));
    };
    let is_count = !rest.is_empty() && !count.is_empty() && {
        let digits = count.strip_prefix(b"-").unwrap_or(count);
        !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    };
    if !is_count {
        return Some((1, args));
    }
    let count = std::str::from_utf8(count).ok()?.parse().ok()?;
    (count > 0).then_some((count, rest))
}

fn connect_to(session: &mut Session, host: &[u8], port: &[u8]) -> Outcome {
    let (host, port) = (String::from_utf8_lossy(host), String::from_utf8_lossy(port));
    session.options.target.address = ferrous_client::Address::tcp(host, port.parse().unwrap_or(0));
    match session.reconnect() {
        Ok(()) => Outcome::Done,
        Err(fault) => Outcome::Fault(fault),
    }
}

/// The prompt is for people: both sides must be terminals, or pretend to be.
pub(crate) fn is_prompt() -> bool {
    std::env::var_os("FAKETTY_WITH_PROMPT").is_some() || std::io::stdin().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_go_before_commands() {
        let args = |line: &str| split_line(line.as_bytes()).unwrap();
        assert_eq!(repetition(&args("5 PING")).unwrap().0, 5);
        assert_eq!(repetition(&args("PING 5")).unwrap().0, 1);
        assert_eq!(repetition(&args("5")).unwrap(), (1, args("5").as_slice()));
        assert_eq!(repetition(&args("0 PING")), None);
        assert_eq!(repetition(&args("-1 PING")), None);
        assert_eq!(repetition(&args("99999999999999999999 PING")), None);
        assert_eq!(repetition(&[]), Some((1, [].as_slice())));
    }
}
