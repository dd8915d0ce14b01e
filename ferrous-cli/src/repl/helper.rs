//! What the line editor asks while a line is typed: hints behind the cursor, colours, whether it is finished.

use std::borrow::Cow;

use ferrous_client::{Target, split_line};
use rustyline::completion::Completer;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::SearchDirection;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};

use super::complete::command_start;
use super::keys::KeyFinder;
use super::settings::Settings;
use crate::catalog::{Catalog, hint};

/// See the module; its completions stand in `complete`.
pub(super) struct LineHelper {
    pub(super) catalog: Catalog,
    /// Absent where there is nothing to ask.
    pub(super) keys: Option<KeyFinder>,
    hints: bool,
    colours: bool,
}

impl LineHelper {
    pub(super) fn new(
        catalog: &Catalog,
        settings: &Settings,
        target: Target,
        colours: bool,
    ) -> Self {
        Self {
            catalog: catalog.clone(),
            keys: Some(KeyFinder::new(target)),
            hints: settings.hints,
            colours,
        }
    }

    /// Without colours and without a server.
    #[cfg(test)]
    pub(super) fn plain(catalog: &Catalog) -> Self {
        Self {
            catalog: catalog.clone(),
            keys: None,
            hints: true,
            colours: false,
        }
    }

    /// What is still to be typed of the command's syntax.
    fn syntax(&self, line: &str) -> Option<String> {
        let line = &line[command_start(line)..];
        let words = split_line(line.as_bytes())?;
        let ends_with_space = line.ends_with(' ');
        let hint = hint(&self.catalog, &words, ends_with_space).filter(|hint| !hint.is_empty())?;
        Some(if ends_with_space {
            hint
        } else {
            format!(" {hint}")
        })
    }
}

impl Helper for LineHelper {}

/// A line that ends with a backslash goes on in the next one.
impl Validator for LineHelper {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if context.input().ends_with(" \\") {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}

impl Completer for LineHelper {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok((0, self.completions(&line[..pos])))
    }
}

/// Text behind the cursor.
pub(super) struct Ghost {
    text: String,
    /// The text may be taken over, because it was typed before; a syntax may not.
    is_input: bool,
}

impl Hint for Ghost {
    fn display(&self) -> &str {
        &self.text
    }

    fn completion(&self) -> Option<&str> {
        self.is_input.then_some(&self.text)
    }
}

impl Hinter for LineHelper {
    type Hint = Ghost;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<Ghost> {
        if !self.hints || pos < line.len() || line.is_empty() {
            return None;
        }
        if let Some(text) = self.syntax(line) {
            let is_input = false;
            return Some(Ghost { text, is_input });
        }
        let history = context.history();
        let newest = history.len().checked_sub(1)?;
        let found = history.starts_with(line, newest, SearchDirection::Reverse);
        let text = found.ok()??.entry.get(line.len()..)?.to_owned();
        (!text.is_empty()).then_some(Ghost {
            text,
            is_input: true,
        })
    }
}

/// Colours of a line while it is typed.
const KNOWN: &str = "1";
const UNKNOWN: &str = "31";
const QUOTED: &str = "32";
const GREY: &str = "90";

impl Highlighter for LineHelper {
    fn highlight<'line>(&self, line: &'line str, _pos: usize) -> Cow<'line, str> {
        if !self.colours || line.starts_with(':') {
            return Cow::Borrowed(line);
        }
        let (before, command) = line.split_at(command_start(line));
        let name_len = command.find(' ').unwrap_or(command.len());
        let (name, arguments) = command.split_at(name_len);
        let mut out = before.to_owned();
        push_coloured(&mut out, self.name_colour(name, arguments.is_empty()), name);
        push_arguments(&mut out, arguments);
        Cow::Owned(out)
    }

    fn highlight_char(&self, _line: &str, _pos: usize, _kind: CmdKind) -> bool {
        self.colours
    }

    fn highlight_hint<'hint>(&self, hint: &'hint str) -> Cow<'hint, str> {
        if !self.colours {
            return Cow::Borrowed(hint);
        }
        let mut out = String::new();
        push_coloured(&mut out, GREY, hint);
        Cow::Owned(out)
    }
}

impl LineHelper {
    /// Commands are bold; what is none is red, once it cannot become one any more.
    fn name_colour(&self, name: &str, unfinished: bool) -> &'static str {
        const WORDS: [&str; 8] = [
            "help", "quit", "exit", "clear", "connect", "restart", "explain", "?",
        ];
        let lower = name.to_ascii_lowercase();
        let known = self.catalog.get(name).is_some() || WORDS.contains(&lower.as_str());
        let may_become = name.starts_with('@') || !self.names(name).is_empty() || is_number(name);
        match (known, unfinished && may_become) {
            (true, _) => KNOWN,
            (false, true) => "0",
            (false, false) => UNKNOWN,
        }
    }
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Strings in quotes are green, and red while the closing quote is missing.
fn push_arguments(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(start) = rest.find(['"', '\'']) {
        let (plain, quoted) = rest.split_at(start);
        out.push_str(plain);
        let Some(length) = quoted_len(quoted) else {
            return push_coloured(out, UNKNOWN, quoted);
        };
        push_coloured(out, QUOTED, &quoted[..length]);
        rest = &quoted[length..];
    }
    out.push_str(rest);
}

/// The length of the string in quotes at the front; `None` when it is not closed.
fn quoted_len(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

fn push_coloured(out: &mut String, colour: &str, text: &str) {
    crate::append!(out, "\x1b[{colour}m{text}\x1b[0m");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_coloured_by_what_they_are() {
        let helper = LineHelper {
            colours: true,
            ..LineHelper::plain(Catalog::built_in())
        };
        let check = |line: &str, expected: &str| {
            let painted = helper.highlight(line, 0).into_owned();
            let readable = painted.replace("\x1b[0m", "}").replace("\x1b[", "{");
            assert_eq!(readable, expected, "{line}");
        };
        check("GET k", "{1mGET} k");
        check("5 GET k", "5 {1mGET} k");
        check("NOSUCH k", "{31mNOSUCH} k");
        check("GE", "}GE}");
        check("SET k 'a b' x", "{1mSET} k {32m'a b'} x");
        check("SET k \"open", "{1mSET} k {31m\"open}");
        check(":set hints", ":set hints");
    }

    #[test]
    fn the_syntax_goes_behind_what_is_typed() {
        let helper = LineHelper::plain(Catalog::built_in());
        assert_eq!(helper.syntax("GET").as_deref(), Some(" key"));
        assert_eq!(helper.syntax("@all DEBUG SLEEP "), None);
        assert_eq!(helper.syntax("2 GET ").as_deref(), Some("key"));
    }
}
