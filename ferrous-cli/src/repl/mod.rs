//! The prompt.
//!
//! A line is read with hints and completion ([`helper`]), kept in the history unless it holds a secret
//! ([`secrets`]), and is one of: a `:` setting ([`settings`]), `help` ([`help`]), or a command, whose reply may be
//! piped to a shell ([`pipe`]).

mod help;
mod helper;
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
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Cmd, CompletionType, Config, Editor, KeyCode, KeyEvent, Modifiers};

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
}

/// Reads and runs lines until `quit`, Ctrl-D, or Ctrl-C on an empty line twice.
pub(crate) fn run(options: Options) -> anyhow::Result<ExitCode> {
    let interrupt = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, interrupt.clone())?;
    let mut session = Session::new(options, Source::Prompt);
    session.interrupt = Some(interrupt.clone());
    // A failure is reported; the next command tries again.
    let _ = session.connect(false);
    let catalog = server_catalog(&mut session).unwrap_or_else(|| Catalog::built_in().clone());
    let mut repl = Repl {
        session,
        settings: Settings::load(),
        catalog,
        interrupt,
        recording: None,
    };
    repl.read_lines()?;
    Ok(ExitCode::SUCCESS)
}

/// What the server says about its commands; `None` when it does not.
fn server_catalog(session: &mut Session) -> Option<Catalog> {
    let connection = session.connection.as_mut()?;
    catalog::from_reply(&connection.call(["COMMAND", "DOCS"]).ok()?)
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
            editor.set_helper(Some(LineHelper::new(&self.catalog, &self.settings)));
            match editor.readline(&prompt::prompt(&self.session)) {
                Ok(line) => {
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

    fn run_line(&mut self, line: &str) -> Outcome {
        let trimmed = line.trim();
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
            Some(b"clear") if words.len() == 1 => {
                crate::say(b"\x1b[H\x1b[2J");
                return Outcome::Done;
            }
            _ => {}
        }
        if self.settings.confirm && !self.confirmed(&words) {
            return Outcome::Done;
        }
        self.run_command(line, shell)
    }

    fn run_command(&mut self, line: &str, shell: Option<&str>) -> Outcome {
        let captured = shell.is_some() || self.settings.pager || self.settings.decode.is_some();
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
        let decoded = self.settings.decode.zip(self.session.last_reply.as_ref());
        let text = decoded
            .and_then(|(decoder, reply)| decoder.decode(reply))
            .unwrap_or_else(|| text.to_vec());
        let outcome = match shell {
            Some(shell) => {
                pipe::to_shell(shell, &pipe::plain(self.session.last_reply.as_ref(), &text))
            }
            None if self.settings.pager && pipe::is_tall(&text) => pipe::to_pager(&text),
            None => {
                crate::say(&text);
                Ok(())
            }
        };
        if let Err(error) = outcome {
            talk!("{error}");
        }
    }

    /// Asks before a command that destroys much.
    fn confirmed(&self, words: &[Vec<u8>]) -> bool {
        let dangerous = words.iter().position(|word| {
            let name = word.to_ascii_lowercase();
            matches!(
                name.as_slice(),
                b"flushall" | b"flushdb" | b"shutdown" | b"keys" | b"debug" | b"swapdb"
            )
        });
        dangerous != Some(0)
            || crate::terminal::confirm(&format!(
                "{} on {}?",
                String::from_utf8_lossy(&words[0]).to_uppercase(),
                self.session.options.target.address
            ))
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

/// `help` for commands that come as lines or arguments.
pub(crate) fn print_help(catalog: &Catalog, words: &[Vec<u8>]) {
    crate::say(help::help(catalog, words).as_bytes());
}
