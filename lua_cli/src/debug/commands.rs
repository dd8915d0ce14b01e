//! The commands of the debugger.

use ferrous_lua::Inspector;
use ferrous_resp::Protocol;

use super::{Debugger, MAXLEN_MIN, Reason, say};
use crate::dataset::Dataset;

const HELP: &str = "\
Commands of the debugger, each with its short form:
[h]elp               This text.
[s]tep               Runs this line and halts at the next one.
[n]ext               The same.
[c]ontinue           Runs on to the next breakpoint.
[l]ist [line] [ctx]  Shows the lines around this one, or around another; ctx says how many.
[w]hole              Shows the whole script.
[p]rint [name]       Shows one variable, KEYS or ARGV; without a name every local variable.
[b]reak              Lists the breakpoints.
[b]reak <line> ...   Halts there from now on; -<line> no longer, 0 nowhere.
[t]race              Shows who called whom.
[e]val <code>        Runs Lua code, which sees no local variables.
[r]edis <cmd>        Runs a command.
[m]axlen [len]       Cuts values after so many bytes; 0 shows all of them.
[a]bort              Ends the script.
restart, quit        Runs the script anew; ends the session.

In a script, redis.debug(...) shows values and redis.breakpoint() halts at the next line.";

/// So many lines before and after one are shown.
const CONTEXT: u32 = 5;

/// A command and its arguments.
pub(super) enum Command<'a> {
    Help,
    Step,
    Continue,
    List { line: Option<&'a str>, context: u32 },
    Print(Option<&'a str>),
    Break(&'a [&'a str]),
    Trace,
    Eval(&'a str),
    Redis(&'a [&'a str]),
    Maxlen(Option<&'a str>),
    Abort,
    Restart,
}

/// What follows a command.
pub(super) enum Next {
    /// Another command.
    Asks,
    /// The script goes on.
    Goes,
    /// The script ends.
    Ends,
}

impl<'a> Command<'a> {
    /// The command that words spell; `None` when there is none, or it has other arguments.
    pub(super) fn read(words: &'a [&'a str]) -> Option<Self> {
        let name = words[0].to_ascii_lowercase();
        let rest = &words[1..];
        Some(match (name.as_str(), rest) {
            ("h" | "help", _) => Self::Help,
            ("s" | "step" | "n" | "next", _) => Self::Step,
            ("c" | "continue", _) => Self::Continue,
            ("l" | "list", [] | [_] | [_, _]) => Self::List {
                line: rest.first().copied(),
                context: match rest.get(1) {
                    None => CONTEXT,
                    Some(number) => number.parse().unwrap_or_default(),
                },
            },
            ("w" | "whole", []) => Self::List {
                line: Some("1"),
                context: 1_000_000,
            },
            ("p" | "print", [] | [_]) => Self::Print(rest.first().copied()),
            ("b" | "break", _) => Self::Break(rest),
            ("t" | "trace", _) => Self::Trace,
            ("e" | "eval", [code]) => Self::Eval(code),
            ("r" | "redis", [_, ..]) => Self::Redis(rest),
            ("m" | "maxlen", [] | [_]) => Self::Maxlen(rest.first().copied()),
            ("a" | "abort" | "quit" | "exit", []) => Self::Abort,
            ("restart", []) => Self::Restart,
            _ => return None,
        })
    }
}

impl Debugger {
    /// Does what a command asks for.
    pub(super) fn obey(
        &mut self,
        command: &Command<'_>,
        at: &mut Inspector<'_, '_>,
        dataset: &mut Dataset,
    ) -> Next {
        match command {
            Command::Help => say(HELP),
            Command::Step => {
                self.halts = Some(Reason::Step);
                return Next::Goes;
            }
            Command::Continue => return Next::Goes,
            Command::Abort => return Next::Ends,
            Command::Restart => {
                self.restarts = true;
                return Next::Ends;
            }
            Command::List { line, context } => {
                let line = line.map_or(0, |line| line.parse().unwrap_or_default());
                let line = if line == 0 {
                    self.listing.current
                } else {
                    line
                };
                say(&self.listing.around(line, *context));
            }
            Command::Print(None) => self.print_all(at),
            Command::Print(Some(name)) => match at.variable(name) {
                Some(value) => self.show(&format!("<value> {value}")),
                None => say("No such variable."),
            },
            Command::Break([]) => self.list_breakpoints(),
            Command::Break(lines) => lines.iter().for_each(|line| self.set_breakpoint(line)),
            Command::Trace => self.trace(at),
            Command::Eval(code) => match at.evaluate(code, dataset) {
                Ok(value) => self.show(&format!("<retval> {value}")),
                Err(message) => say(&format!("<error> {message}")),
            },
            Command::Redis(words) => {
                let argv: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
                let mut reply = Vec::new();
                let ran = dataset.call(&argv, Protocol::Resp2, &mut reply);
                self.show_call(&argv, &reply, ran);
            }
            Command::Maxlen(len) => self.set_maxlen(*len),
        }
        Next::Asks
    }

    fn print_all(&mut self, at: &mut Inspector<'_, '_>) {
        let locals = at.locals(0);
        if locals.is_empty() {
            say("No local variables in the current context.");
        }
        for (name, value) in locals {
            self.show(&format!("<value> {name} = {value}"));
        }
    }

    fn list_breakpoints(&mut self) {
        let lines = self.listing.breakpoints();
        if lines.is_empty() {
            say("No breakpoints set. Use 'b <line>' to add one.");
            return;
        }
        let mut text = format!("{} breakpoints set:", lines.len());
        for line in lines {
            text.push('\n');
            text += &self.listing.line(*line);
        }
        say(&text);
    }

    /// `8` sets one, `-8` removes it, `0` removes all.
    fn set_breakpoint(&mut self, word: &str) {
        let Ok(number) = word.parse::<i32>() else {
            say(&format!("Invalid argument:'{word}'"));
            return;
        };
        let line = number.unsigned_abs();
        if number == 0 {
            self.listing.remove_all();
            say("All breakpoints removed.");
        } else if number < 0 {
            let removed = self.listing.remove(line);
            say(if removed {
                "Breakpoint removed."
            } else {
                "No breakpoint in the specified line."
            });
        } else if !self.listing.has_line(line) {
            say("Wrong line number.");
        } else if self.listing.add(line) {
            say(&self.listing.around(line, 1));
        } else {
            say("Too many breakpoints set.");
        }
    }

    fn trace(&mut self, at: &Inspector<'_, '_>) {
        let frames = at.frames();
        let in_script = frames
            .iter()
            .filter(|frame| frame.source.starts_with("@user_"));
        for (depth, frame) in in_script.enumerate() {
            let name = frame.name.as_deref().unwrap_or("top level");
            let word = if depth == 0 { "In" } else { "From" };
            say(&format!("{word} {name}:"));
            if let Some(line) = frame.line {
                say(&self.listing.line(line));
            }
        }
    }

    fn set_maxlen(&mut self, len: Option<&str>) {
        if let Some(len) = len {
            let len: usize = len.parse().unwrap_or_default();
            self.maxlen = if len == 0 { 0 } else { len.max(MAXLEN_MIN) };
            self.hinted = true;
        }
        say(&match self.maxlen {
            0 => "<value> replies are unlimited.".to_owned(),
            len => format!("<value> replies are truncated at {len} bytes."),
        });
    }
}
