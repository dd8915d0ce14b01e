//! The interactive and scripting client.
//!
//! [`options`] reads the command line; [`run`] picks what to do. A command given as arguments, lines of standard
//! input and the prompt all go through a [`session::Session`], which keeps the connection and what is known about
//! it; the analysers and the other long modes use plain connections of `ferrous-client`. Output and exit status
//! are those of `redis-cli`, since scripts depend on them, wherever it has the feature.

mod options;
mod output;
mod terminal;

mod catalog;
mod session;

mod lines;
mod one_shot;
mod script;

mod decode;
mod explain;
mod fan_out;
mod hints;
mod repl;

mod analyse;
mod cluster;
mod latency;
mod transfer;

#[cfg(test)]
mod reference;

use std::process::ExitCode;

use options::{Mode, Options};
pub(crate) use terminal::say;

fn main() -> ExitCode {
    let outcome = options::parse(std::env::args_os().skip(1))
        .map_err(Into::into)
        .and_then(run);
    outcome.unwrap_or_else(|error: anyhow::Error| {
        let message = format!("{error:#}");
        if !message.is_empty() {
            talk!("{message}");
        }
        ExitCode::FAILURE
    })
}

/// Does what the options ask for.
fn run(mut options: Options) -> anyhow::Result<ExitCode> {
    if options.ask_password {
        options.password = Some(terminal::ask_password("Please input password: ")?);
        options.settle_credentials();
    }
    match options.mode {
        Mode::Cluster => cluster::run(&options),
        Mode::Latency | Mode::LatencyDistribution | Mode::Statistics | Mode::LruTest => {
            latency::run(options)
        }
        Mode::IntrinsicLatency => latency::intrinsic(&options),
        Mode::Replica => transfer::replica(options),
        Mode::Rdb => transfer::rdb(options),
        Mode::Pipe => transfer::pipe(options),
        Mode::BigKeys | Mode::MemoryKeys | Mode::KeyStatistics | Mode::HotKeys | Mode::Scan => {
            analyse::run(options)
        }
        Mode::Hint | Mode::HintFile => hints::run(&options),
        Mode::Replay => repl::replay(options),
        Mode::Explain => Ok(explain::run(options)),
        Mode::Eval => script::run(options),
        Mode::Command if !options.words.is_empty() => Ok(one_shot::run(options)),
        Mode::Command if options.file.is_none() && lines::is_prompt() => repl::run(options),
        Mode::Command => lines::run(options),
    }
}
