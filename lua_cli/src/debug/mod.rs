//! `--debug`: a script run line by line, with the commands and the words of `redis-cli --ldb`, and without a server.
//!
//! [`Debugger`] is told of every line, call and message; where it halts it reads commands ([`commands`]) from the
//! console and shows what they ask for ([`listing`], [`reply`]).

mod commands;
mod listing;
mod reply;

use std::time::{Duration, Instant};

use ferrous_client::split_line;
use ferrous_lua::{Inspector, Interrupt};

use crate::console::{Console, Line, write_line};
use crate::dataset::Dataset;
use commands::{Command, Next};
use listing::Listing;
use reply::readable;

/// What a user hears first.
const WELCOME: &str = "Lua debugging session: step, next, continue, list, print, break, trace, eval, redis, maxlen, \
                       restart, quit; help tells more.\n";

const PROMPT: &str = "lua debugger> ";

/// Values and replies are cut after so many bytes, at first and at least.
const MAXLEN: usize = 256;
const MAXLEN_MIN: usize = 60;

/// What ends a run that is to end.
const ABORTED: &str = "script aborted for user request";

/// Why a script halts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// The user goes step by step.
    Step,
    /// The line has a breakpoint.
    Breakpoint,
    /// The script called `redis.breakpoint()`.
    Called,
    /// It has not halted for long.
    Timeout,
}

impl Reason {
    fn words(self) -> &'static str {
        match self {
            Self::Step => "step over",
            Self::Breakpoint => "break point",
            Self::Called => "redis.breakpoint() called",
            Self::Timeout => "timeout reached, infinite loop?",
        }
    }
}

/// A script that goes on for so long halts by itself: nobody could halt it otherwise.
const PATIENCE: Duration = Duration::from_secs(5);

/// A debugging session.
pub(crate) struct Debugger {
    listing: Listing,
    console: Console<()>,
    /// Why it halts at the next line, if it does.
    halts: Option<Reason>,
    /// When the user last let it go on.
    resumed: Instant,
    /// Values are cut after so many bytes; 0 for never.
    maxlen: usize,
    /// The user knows that values are cut.
    hinted: bool,
    /// The script is to be run again from its beginning.
    pub(crate) restarts: bool,
    /// The script is to end.
    aborted: bool,
}

impl Debugger {
    /// Of the script with this text.
    pub(crate) fn new(script: &[u8]) -> Self {
        write_line(WELCOME);
        Self {
            listing: Listing::new(script),
            console: Console::new(PROMPT, None, None),
            halts: Some(Reason::Step),
            resumed: Instant::now(),
            maxlen: MAXLEN,
            hinted: false,
            restarts: false,
            aborted: false,
        }
    }

    /// The script begins again: breakpoints stay.
    pub(crate) fn rewind(&mut self) {
        self.halts = Some(Reason::Step);
        (self.restarts, self.aborted) = (false, false);
    }

    /// A line is about to run.
    pub(crate) fn line(&mut self, at: &mut Inspector<'_, '_>, dataset: &mut Dataset) -> Interrupt {
        if self.aborted {
            return Interrupt::Stop(ABORTED.to_owned());
        }
        if !at.source().starts_with("@user_") {
            return Interrupt::Continue;
        }
        self.listing.current = at.line();
        let line = at.line();
        let halts = self.halts.take();
        let reason = if self.listing.is_breakpoint(line) {
            Reason::Breakpoint
        } else if let Some(reason) = halts {
            reason
        } else {
            return Interrupt::Continue;
        };
        say(&format!(
            "* Stopped at {line}, stop reason = {}",
            reason.words()
        ));
        say(&self.listing.around(line, 0));
        let interrupt = self.converse(at, dataset);
        self.resumed = Instant::now();
        interrupt
    }

    /// Asked now and then while the script runs.
    pub(crate) fn poll(&mut self) {
        if self.halts.is_none() && self.resumed.elapsed() >= PATIENCE {
            self.halts = Some(Reason::Timeout);
        }
    }

    /// Reads commands until one lets the script go on, or end.
    fn converse(&mut self, at: &mut Inspector<'_, '_>, dataset: &mut Dataset) -> Interrupt {
        loop {
            let line = match self.console.read() {
                Line::Text(line) => line,
                Line::Interrupted => continue,
                Line::End => return self.abort(),
            };
            let Some(words) = split(line.trim()) else {
                say("Invalid argument(s)");
                continue;
            };
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if words.is_empty() {
                continue;
            }
            let Some(command) = Command::read(&words) else {
                say("<error> Unknown Redis Lua debugger command or wrong number of arguments.");
                continue;
            };
            match self.obey(&command, at, dataset) {
                Next::Asks => {}
                Next::Goes => return Interrupt::Continue,
                Next::Ends => return self.abort(),
            }
        }
    }

    fn abort(&mut self) -> Interrupt {
        self.aborted = true;
        Interrupt::Stop(ABORTED.to_owned())
    }

    /// `redis.breakpoint()`.
    pub(crate) fn breakpoint(&mut self) {
        self.halts = Some(Reason::Called);
    }

    /// `redis.debug()`.
    pub(crate) fn debug(&mut self, values: &[Vec<u8>]) {
        let values = String::from_utf8_lossy(&values.join(&b", "[..])).into_owned();
        let line = self.listing.current;
        say(&format!("<debug> line {line}: {values}"));
    }

    /// The script called a command; `ran` is false when it was refused.
    pub(crate) fn call(&mut self, argv: &[&[u8]], reply: &[u8], ran: bool) {
        if self.halts == Some(Reason::Step) {
            self.show_call(argv, reply, ran);
        }
    }

    fn show_call(&mut self, argv: &[&[u8]], reply: &[u8], ran: bool) {
        say(&format!("<redis> {}", called(argv)));
        if let Some(error) = reply.strip_prefix(b"-") {
            let error = String::from_utf8_lossy(error.trim_ascii()).into_owned();
            if !ran {
                let text = error.strip_prefix("ERR ").unwrap_or(&error);
                say(&format!("<error> {text}"));
                return;
            }
            say(&format!("<error> -{error}"));
        }
        self.show(&format!("<reply> {}", readable(reply)));
    }

    /// Shows a value, or as much of it as the user wants to see.
    fn show(&mut self, text: &str) {
        if self.maxlen == 0 || text.len() <= self.maxlen {
            say(text);
            return;
        }
        let cut = String::from_utf8_lossy(&text.as_bytes()[..self.maxlen]);
        say(&format!("{cut} ..."));
        if !self.hinted {
            self.hinted = true;
            say("<hint> The above reply was trimmed. Use 'maxlen 0' to disable trimming.");
        }
    }
}

/// Shows a line, or several; nothing is no line.
fn say(text: &str) {
    if !text.is_empty() {
        write_line(text);
    }
}

/// The words of a line; code that is to be evaluated is one, as it stands. `None` when quotes are not balanced.
fn split(line: &str) -> Option<Vec<String>> {
    if let Some((name @ ("e" | "eval"), code)) = line.split_once(' ') {
        return Some(vec![name.to_owned(), code.to_owned()]);
    }
    let words = split_line(line.as_bytes())?;
    let words = words
        .iter()
        .map(|word| String::from_utf8_lossy(word).into_owned());
    Some(words.collect())
}

/// More arguments of a call are not shown.
const ARGUMENTS_MAX: usize = 10;

fn called(argv: &[&[u8]]) -> String {
    let shown: Vec<_> = argv
        .iter()
        .take(ARGUMENTS_MAX)
        .map(|word| String::from_utf8_lossy(word))
        .collect();
    let more = argv.len().saturating_sub(ARGUMENTS_MAX);
    let rest = if more == 0 {
        String::new()
    } else {
        format!(" ... ({more} more)")
    };
    shown.join(" ") + &rest
}
