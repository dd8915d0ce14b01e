//! `:` commands and the settings they change.

use std::fs;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use ferrous_client::split_line;

use super::Repl;
use super::record::Recording;
use crate::decode::Decoder;
use crate::lines::run_line;
use crate::options::dotfile;
use crate::output::Output;
use crate::{explain, print_line};

/// What `:set` changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own that the user sets"
)]
pub(super) struct Settings {
    pub(super) hints: bool,
    pub(super) timing: bool,
    pub(super) pager: bool,
    pub(super) pipes: bool,
    pub(super) confirm: bool,
    pub(super) decode: Option<Decoder>,
}

/// The switches, with what they do.
const SWITCHES: [(&str, &str); 5] = [
    ("hints", "show the syntax behind the cursor"),
    ("timing", "print the time of each command"),
    ("pager", "show long replies with $PAGER"),
    ("pipes", "let '| command' pipe a reply to the shell"),
    (
        "confirm",
        "ask before FLUSHALL, SHUTDOWN, KEYS and their like",
    ),
];

const COMMANDS: &str = "\
:set                      lists the settings
:set NAME, :set noNAME    turns one on or off; ':set NAME on|off' does as well
:set output FORM          standard, raw, csv, json, jsonl, yaml or table
:set decode KIND          shows values as json, msgpack, gzip, zstd, hex or auto; 'off' shows them as they are
:watch SECONDS COMMAND    runs a command again and again, until Ctrl-C
:explain COMMAND          what a command would cost, where its keys are, whether you may
:peek KEY                 a value, its type, time to live and memory
:record FILE, :record     writes commands and replies to a file, for --replay; without FILE ends it
";

impl Settings {
    /// The defaults, changed by the preferences file.
    pub(super) fn load() -> Self {
        let mut settings = Self {
            hints: true,
            timing: false,
            pager: false,
            pipes: true,
            confirm: false,
            decode: None,
        };
        let text = dotfile("RCFILE", ".redisclirc").and_then(|path| fs::read_to_string(path).ok());
        for line in text.unwrap_or_default().lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [":set", rest @ ..] => {
                    if let Err(message) = settings.set(rest) {
                        crate::talk!(".redisclirc: {message}");
                    }
                }
                [] => {}
                _ => crate::talk!(".redisclirc: unknown redis-cli internal command '{line}'"),
            }
        }
        settings
    }

    fn switch(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "hints" => &mut self.hints,
            "timing" => &mut self.timing,
            "pager" => &mut self.pager,
            "pipes" => &mut self.pipes,
            "confirm" => &mut self.confirm,
            _ => return None,
        })
    }

    fn set(&mut self, words: &[&str]) -> Result<(), String> {
        let unknown = |name: &str| Err(format!("unknown redis-cli preference '{name}'"));
        match words {
            ["decode", "off"] => self.decode = None,
            ["decode", kind] => match Decoder::named(kind) {
                Some(decoder) => self.decode = Some(decoder),
                None => return unknown(kind),
            },
            [name] => match (self.switch(name).is_some(), name.strip_prefix("no")) {
                (true, _) => self.turn(name, true),
                (false, Some(name)) if self.switch(name).is_some() => self.turn(name, false),
                _ => return unknown(name),
            },
            [name, value @ ("on" | "off")] if self.switch(name).is_some() => {
                self.turn(name, *value == "on");
            }
            _ => return unknown(words.first().unwrap_or(&"")),
        }
        Ok(())
    }

    fn turn(&mut self, name: &str, on: bool) {
        if let Some(switch) = self.switch(name) {
            *switch = on;
        }
    }
}

impl Repl {
    /// Runs what follows a colon.
    pub(super) fn colon_command(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["help"] => crate::say(COMMANDS.as_bytes()),
            ["set"] => self.list_settings(),
            ["set", "output", form] => match Output::named(form) {
                Some(output) => self.session.options.output = output,
                None => print_line!("unknown output form '{form}'"),
            },
            ["set", rest @ ..] => {
                if let Err(message) = self.settings.set(rest) {
                    print_line!("{message}");
                }
            }
            ["watch", seconds, _, ..] => {
                let command = line.splitn(3, ' ').nth(2).unwrap_or_default();
                match seconds
                    .parse()
                    .ok()
                    .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
                {
                    Some(interval) => self.watch(interval, command),
                    None => print_line!("'{seconds}' is no number of seconds"),
                }
            }
            ["explain", _, ..] => {
                let args = split_line(&line.as_bytes()["explain".len()..]).unwrap_or_default();
                explain::explain(&mut self.session, &self.catalog, &args);
            }
            ["peek", key] => explain::peek(&mut self.session, key.as_bytes()),
            ["record", path] => match Recording::create(path) {
                Ok(recording) => self.recording = Some(recording),
                Err(error) => print_line!("Can't open file '{path}': {error}"),
            },
            ["record"] => self.recording = None,
            _ => print_line!("unknown redis-cli internal command ':{line}'"),
        }
    }

    fn list_settings(&mut self) {
        for (name, meaning) in SWITCHES {
            let on = self.settings.switch(name).is_some_and(|switch| *switch);
            print_line!("{name:<8} {:<4} {meaning}", if on { "on" } else { "off" });
        }
        print_line!(
            "decode   {}",
            self.settings.decode.map_or("off", Decoder::name)
        );
    }

    /// Runs a command until Ctrl-C, a screen for each run.
    fn watch(&mut self, interval: Duration, command: &str) {
        while !self.interrupt.load(Ordering::Relaxed) {
            crate::say(b"\x1b[H\x1b[2J");
            print_line!("Every {:.1} s: {command}\n", interval.as_secs_f64());
            run_line(&mut self.session, command.as_bytes());
            let until = Instant::now() + interval;
            while Instant::now() < until && !self.interrupt.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(20).min(interval));
            }
        }
        self.interrupt.store(false, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults() -> Settings {
        Settings {
            hints: true,
            timing: false,
            pager: false,
            pipes: true,
            confirm: false,
            decode: None,
        }
    }

    #[test]
    fn switches_have_three_spellings() {
        let mut settings = defaults();
        settings.set(&["nohints"]).unwrap();
        settings.set(&["timing"]).unwrap();
        settings.set(&["pipes", "off"]).unwrap();
        assert_eq!(
            settings,
            Settings {
                hints: false,
                timing: true,
                pipes: false,
                ..defaults()
            }
        );
        assert_eq!(
            settings.set(&["nope"]),
            Err("unknown redis-cli preference 'nope'".to_owned())
        );
    }
}
