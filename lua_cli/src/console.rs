//! Where lines come from: a line editor when a person types them, else standard input.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;

use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{Config, Editor, Helper};

/// What was read.
pub(crate) enum Line {
    /// A line, or several that belong together, without the last line end.
    Text(String),
    /// The user gave up a line.
    Interrupted,
    /// There are no more.
    End,
}

/// A conversation with the user, or with what stands for one.
pub(crate) struct Console<H: Helper> {
    prompt: &'static str,
    editor: Option<Box<Editor<H, FileHistory>>>,
    history: Option<PathBuf>,
}

impl<H: Helper> Console<H> {
    /// A console; `helper` is asked while a line is typed, and what is typed is kept in the file `history`.
    pub(crate) fn new(prompt: &'static str, helper: Option<H>, history: Option<PathBuf>) -> Self {
        let config = Config::builder().auto_add_history(true).build();
        // Where no editor can be had, plain lines do.
        let editor = io::stdin()
            .is_terminal()
            .then(|| Editor::with_config(config))
            .and_then(Result::ok);
        let editor = editor.map(|mut editor| {
            editor.set_helper(helper);
            if let Some(path) = &history {
                // The first time there is none.
                let _ = editor.load_history(path);
            }
            Box::new(editor)
        });
        Self {
            prompt,
            editor,
            history,
        }
    }

    /// Whether a person types.
    pub(crate) fn is_edited(&self) -> bool {
        self.editor.is_some()
    }

    /// Reads on.
    pub(crate) fn read(&mut self) -> Line {
        let Some(editor) = &mut self.editor else {
            let mut line = String::new();
            return match io::stdin().lock().read_line(&mut line) {
                Ok(0) | Err(_) => Line::End,
                Ok(_) => Line::Text(line.trim_end_matches(['\r', '\n']).to_owned()),
            };
        };
        match editor.readline(self.prompt) {
            Ok(line) => Line::Text(line),
            Err(ReadlineError::Interrupted) => Line::Interrupted,
            Err(_) => Line::End,
        }
    }
}

impl<H: Helper> Drop for Console<H> {
    fn drop(&mut self) {
        if let (Some(editor), Some(path)) = (&mut self.editor, &self.history) {
            // A history that cannot be kept must not stop the work.
            let _ = editor.append_history(path);
        }
    }
}

/// Writes a line. Standard output may be closed; the script runs on then.
pub(crate) fn write_line(text: &str) {
    let _ = io::stdout().write_all([text, "\n"].concat().as_bytes());
}
