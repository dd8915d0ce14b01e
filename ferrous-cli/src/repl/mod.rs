//! The prompt.
//!
//! A line is read with hints and colours ([`helper`]) and completion ([`complete`], [`keys`]), kept in the history
//! unless it holds a secret ([`secrets`]), and is one of: a `:` command ([`colon`], [`settings`]), `help` ([`help`]),
//! or a command, which may be asked about first ([`danger`]) and whose reply may be piped to a shell ([`pipe`]).

mod colon;
mod complete;
mod danger;
mod help;
mod helper;
mod keys;
mod pipe;
mod prompt;
mod record;
mod secrets;
mod settings;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use ferrous_client::split_line;
use rustyline::config::Configurer;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Cmd, CompletionType, Config, EditMode, Editor, KeyCode, KeyEvent, Modifiers};

use crate::catalog::{self, Catalog};
use crate::lines::{Outcome, run_line};
use crate::options::{Options, dotfile};
use crate::session::{Session, Source};
use crate::{print_line, talk};
use helper::LineHelper;
use record::Recording;
pub(crate) use record::replay;
use settings::Settings;

/// The prompt and all that it remembers.
pub(crate) struct Repl {
    session: Session,
    settings: Settings,
    catalog: Catalog,
    interrupt: Arc<AtomicBool>,
    recording: Option<Recording>,
    /// The last line that was run, for `:edit`.
    last_line: String,
    /// What the next prompt begins with.
    next_line: String,
}

/// Reads and runs lines until `quit`, Ctrl-D, or Ctrl-C on an empty line twice.
pub(crate) fn run(options: Options) -> anyhow::Result<ExitCode> {
    let interrupt = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, interrupt.clone())?;
    let mut session = Session::new(options, Source::Prompt);
    session.interrupt = Some(interrupt.clone());
    // A failure is reported; the next command tries again.
    let _ = session.connect(false);
    let catalog = catalog::of_server(&mut session);
    introduce(&mut session, &catalog);
    let settings = Settings::load(&mut session.options);
    let mut repl = Repl {
        session,
        settings,
        catalog,
        interrupt,
        recording: None,
        last_line: String::new(),
        next_line: String::new(),
    };
    repl.read_lines()?;
    Ok(ExitCode::SUCCESS)
}

/// Tells the server which program this is, where it wants to know.
fn introduce(session: &mut Session, catalog: &Catalog) {
    let Some(connection) = session
        .connection
        .as_mut()
        .filter(|_| catalog.get("CLIENT SETINFO").is_some())
    else {
        return;
    };
    for (name, value) in [
        ("LIB-NAME", "ferrous-cli"),
        ("LIB-VER", env!("CARGO_PKG_VERSION")),
    ] {
        // It is a courtesy: a user who may not say it works all the same.
        let _ = connection.call(["CLIENT", "SETINFO", name, value]);
    }
}

impl Repl {
    fn read_lines(&mut self) -> anyhow::Result<()> {
        let mut editor = editor()?;
        let history = dotfile("HISTFILE", ".rediscli_history");
        if let Some(path) = &history {
            // A first start has no history.
            let _ = editor.load_history(path);
        }
        let mut was_interrupted = false;
        loop {
            editor.set_helper(Some(self.line_helper()));
            editor.set_edit_mode(if self.settings.vi {
                EditMode::Vi
            } else {
                EditMode::Emacs
            });
            let begun = std::mem::take(&mut self.next_line);
            let prompt = prompt::prompt(&self.session, self.settings.prompt.as_deref());
            match editor.readline_with_initial(&prompt, (&begun, "")) {
                Ok(line) => {
                    // A backslash at the end of a line joins it with the next.
                    let line = line.replace(" \\\n", " ");
                    was_interrupted = false;
                    self.interrupt.store(false, Ordering::Relaxed);
                    remember(&mut editor, history.as_ref(), &line);
                    // A paste may bring several lines at once.
                    for line in line.lines() {
                        if self.run_line(line) == Outcome::Quit {
                            return Ok(());
                        }
                    }
                }
                Err(ReadlineError::Interrupted) if was_interrupted => return Ok(()),
                Err(ReadlineError::Interrupted) => {
                    was_interrupted = true;
                    print_line!("(press Ctrl-C again, or Ctrl-D, to quit)");
                }
                Err(ReadlineError::Eof) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn line_helper(&self) -> LineHelper {
        let mut target = self.session.options.target.clone();
        target.database = self.session.state.database;
        let colours = self.session.options.colours.enabled();
        LineHelper::new(&self.catalog, &self.settings, target, colours)
    }

    fn run_line(&mut self, line: &str) -> Outcome {
        let trimmed = line.trim();
        if trimmed != ":edit" {
            trimmed.clone_into(&mut self.last_line);
        }
        if let Some(command) = trimmed.strip_prefix(':') {
            self.colon_command(command);
            return Outcome::Done;
        }
        let (line, shell) = pipe::split(trimmed, self.settings.pipes);
        let words = split_line(line.as_bytes()).unwrap_or_default();
        match words
            .first()
            .map(|word| word.to_ascii_lowercase())
            .as_deref()
        {
            Some(b"help" | b"?") => {
                print_help(&self.catalog, &words[1..]);
                return Outcome::Done;
            }
            Some(b"explain") if words.len() > 1 => {
                self.explain(line["explain".len()..].trim_start());
                return Outcome::Done;
            }
            Some(b"clear") if words.len() == 1 => {
                crate::say(b"\x1b[H\x1b[2J");
                return Outcome::Done;
            }
            _ => {}
        }
        if !self.confirmed(&words) {
            return Outcome::Done;
        }
        self.run_command(line, shell)
    }

    fn run_command(&mut self, line: &str, shell: Option<&str>) -> Outcome {
        let captured = shell.is_some() || self.settings.pager;
        self.session.capture = captured.then(Vec::new);
        let start = Instant::now();
        let outcome = run_line(&mut self.session, line.as_bytes());
        let elapsed = start.elapsed();
        if let Some(text) = self.session.capture.take() {
            self.show(&text, shell);
        }
        if let Some(recording) = &mut self.recording {
            recording.add(line, self.session.last_reply.as_ref());
        }
        if self.settings.timing {
            print_line!("({:.3} ms)", elapsed.as_secs_f64() * 1e3);
        }
        if self.interrupt.swap(false, Ordering::Relaxed) {
            // Closing the connection is the only way to take back a command that waits.
            let _ = self.session.reconnect();
        }
        outcome
    }

    /// Prints captured output where it belongs.
    fn show(&self, text: &[u8], shell: Option<&str>) {
        let outcome = match shell {
            // What a decoder shows is what the user wants to go on with.
            Some(shell) if self.session.options.decode.is_some() => pipe::to_shell(shell, text),
            Some(shell) => {
                pipe::to_shell(shell, &pipe::plain(self.session.last_reply.as_ref(), text))
            }
            None if self.settings.pager && pipe::is_tall(text) => pipe::to_pager(text),
            None => {
                crate::say(text);
                Ok(())
            }
        };
        if let Err(error) = outcome {
            talk!("{error}");
        }
    }
}

fn editor() -> anyhow::Result<Editor<LineHelper, FileHistory>> {
    let config = Config::builder()
        .max_history_size(1000)?
        .history_ignore_space(true)
        .completion_type(CompletionType::List)
        .auto_add_history(false)
        .bracketed_paste(true)
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.bind_sequence(
        KeyEvent(KeyCode::Right, Modifiers::CTRL),
        Cmd::Move(rustyline::Movement::ForwardWord(
            1,
            rustyline::At::AfterEnd,
            rustyline::Word::Emacs,
        )),
    );
    Ok(editor)
}

/// Keeps a line in the history, if it may be kept.
fn remember(editor: &mut Editor<LineHelper, FileHistory>, path: Option<&PathBuf>, line: &str) {
    if line.trim().is_empty() || secrets::is_sensitive(line) {
        return;
    }
    // A history that cannot be written must not stop the work.
    let _ = editor.add_history_entry(line);
    if let Some(path) = path {
        let _ = editor.save_history(path);
    }
}

/// The `:` commands and what they do.
#[cfg(test)]
pub(crate) fn colon_rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    settings::COLON_COMMANDS.into_iter()
}

/// What `:set` changes.
#[cfg(test)]
pub(crate) fn setting_rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    settings::SWITCHES.into_iter()
}

/// `help` for commands that come as lines or arguments.
pub(crate) fn print_help(catalog: &Catalog, words: &[Vec<u8>]) {
    crate::say(help::help(catalog, words).as_bytes());
}
