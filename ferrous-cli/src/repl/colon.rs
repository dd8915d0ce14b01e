//! `:` commands.

use std::env;
use std::fs::{self, File};
use std::io::{BufReader, Write};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use ferrous_client::split_line;

use super::Repl;
use super::record::Recording;
use super::settings::{COLON_COMMANDS, Confirm, SWITCHES};
use crate::decode::Decoder;
use crate::lines::{run_line, run_lines};
use crate::{explain, print_line};

impl Repl {
    /// Runs what follows a colon.
    pub(super) fn colon_command(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let outcome = match words.as_slice() {
            ["help"] => {
                print_colon_help();
                Ok(())
            }
            ["set"] => {
                self.list_settings();
                Ok(())
            }
            ["set", ..] => self
                .settings
                .set(&line["set".len()..], &mut self.session.options),
            ["get", "pubsub"] => {
                print_line!("{}", u8::from(self.session.state.subscriptions > 0));
                Ok(())
            }
            ["watch", seconds, _, ..] => {
                let command = line.splitn(3, ' ').nth(2).unwrap_or_default();
                self.watch_command(seconds, command)
            }
            ["explain", _, ..] => {
                self.explain(&line["explain".len()..]);
                Ok(())
            }
            ["peek", key] => {
                let key = ferrous_client::unquote(key.as_bytes()).unwrap_or_default();
                explain::peek(&mut self.session, &key);
                Ok(())
            }
            ["source", path] => self.source(path),
            ["edit"] => self.edit(),
            ["record", path] => Recording::create(path)
                .map(|recording| self.recording = Some(recording))
                .map_err(|error| format!("Can't open file '{path}': {error}")),
            ["record"] => {
                self.recording = None;
                Ok(())
            }
            _ => Err(format!("unknown redis-cli internal command ':{line}'")),
        };
        if let Err(message) = outcome {
            print_line!("{message}");
        }
    }

    /// Tells about the command of a line.
    pub(super) fn explain(&mut self, line: &str) {
        let args = split_line(line.as_bytes()).unwrap_or_default();
        explain::explain(&mut self.session, &self.catalog, &args);
    }

    fn list_settings(&mut self) {
        for (name, meaning) in SWITCHES {
            let confirm = self.settings.confirm;
            let state = match (name, self.settings.switch(name), confirm) {
                (_, Some(true), _) | ("confirm", _, Confirm::Always) => "on",
                ("confirm", _, Confirm::Production) => "production",
                _ => "off",
            };
            print_line!("{name:<8} {state:<4} {meaning}");
        }
        let decode = self.session.options.decode;
        print_line!("decode   {}", decode.map_or("off", Decoder::name));
        let prompt = self.settings.prompt.as_deref().unwrap_or("default");
        print_line!("prompt   {prompt}");
    }

    fn watch_command(&mut self, seconds: &str, command: &str) -> Result<(), String> {
        let interval = seconds
            .parse()
            .ok()
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| format!("'{seconds}' is no number of seconds"))?;
        self.watch(interval, command);
        Ok(())
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

    /// Runs the lines of a file.
    fn source(&mut self, path: &str) -> Result<(), String> {
        let file =
            File::open(path).map_err(|error| format!("Can't open file '{path}': {error}"))?;
        let strict = std::mem::replace(&mut self.session.options.strict, true);
        run_lines(&mut self.session, BufReader::new(file), Some(path));
        self.session.options.strict = strict;
        Ok(())
    }

    /// Lets the editor of the user change the last line; the result stands at the next prompt.
    fn edit(&mut self) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("Can't edit: {error}");
        let editor = env::var("VISUAL")
            .or_else(|_| env::var("EDITOR"))
            .unwrap_or_else(|_| "vi".to_owned());
        let path = env::temp_dir().join(format!("ferrous-cli-{}.redis", std::process::id()));
        // The line may hold what others must not read.
        let mut options = File::options();
        options.write(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(failed)?;
        file.write_all(self.last_line.as_bytes()).map_err(failed)?;
        drop(file);
        let run = Command::new("sh")
            .args(["-c", &format!("{editor} \"$0\"")])
            .arg(&path)
            .status();
        let text = fs::read_to_string(&path);
        // A file that cannot be removed is no reason to lose the line.
        let _ = fs::remove_file(&path);
        if run.map_err(failed)?.success() {
            let text = text.map_err(failed)?;
            text.trim_end().clone_into(&mut self.next_line);
        }
        Ok(())
    }
}

fn print_colon_help() {
    for (usage, meaning) in COLON_COMMANDS {
        print_line!("{usage:<25} {meaning}");
    }
}
