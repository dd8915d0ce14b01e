//! A command given as arguments.

use std::io::Read;
use std::process::ExitCode;

use ferrous_client::unquote;

use crate::options::Options;
use crate::session::{Fault, Session, Source};
use crate::{print_line, talk};

/// Runs the command, as often as `-r` says, and prints its replies.
pub(crate) fn run(mut options: Options) -> ExitCode {
    let words = std::mem::take(&mut options.words);
    let (repeat, strict) = (options.repeat, options.strict);
    let mut session = Session::new(options, Source::Arguments);
    // Connecting first shows a refused password before standard input is waited for.
    if let Err(fault) = session.connect(true)
        && strict
        && fault == Fault::Refused
    {
        return ExitCode::FAILURE;
    }
    match arguments(&session.options, words) {
        Ok(args) => match session.issue(&args, repeat) {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => status(fault, strict),
        },
        Err(code) => code,
    }
}

/// The exit status for a command that got no reply.
pub(crate) fn status(fault: Fault, strict: bool) -> ExitCode {
    match fault {
        Fault::Unreachable if strict => ExitCode::from(3),
        Fault::TimedOut if strict => ExitCode::from(4),
        _ => ExitCode::FAILURE,
    }
}

/// The words as the command's arguments: unquoted, or one of them from standard input.
fn arguments(options: &Options, mut words: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, ExitCode> {
    if options.quoted_input {
        let unquoted: Option<Vec<_>> = words.iter().map(|word| unquote(word)).collect();
        words = unquoted.ok_or_else(|| {
            print_line!("Invalid quoted string");
            ExitCode::FAILURE
        })?;
    }
    if options.stdin_last_argument {
        words.push(standard_input()?);
    } else if let Some(tag) = &options.stdin_tag {
        let Some(place) = words.iter_mut().find(|word| *word == tag) else {
            talk!("Using -X option but stdin tag not match.");
            return Err(ExitCode::FAILURE);
        };
        *place = standard_input()?;
    }
    Ok(words)
}

fn standard_input() -> Result<Vec<u8>, ExitCode> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| {
            talk!(
                "Error reading from stdin: {}",
                ferrous_client::os_text(&error)
            );
            ExitCode::FAILURE
        })?;
    Ok(bytes)
}
