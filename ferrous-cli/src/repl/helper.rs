//! Hints behind the cursor and completion with the tab key.

use std::borrow::Cow;

use ferrous_client::split_line;
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper};

use super::settings::Settings;
use crate::catalog::{Catalog, hint};

/// What the line editor asks while a line is typed.
pub(super) struct LineHelper {
    catalog: Catalog,
    hints: bool,
    colours: bool,
}

impl LineHelper {
    pub(super) fn new(catalog: &Catalog, settings: &Settings) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        Self {
            catalog: catalog.clone(),
            hints: settings.hints,
            colours: std::env::var_os("NO_COLOR").is_none() && !dumb,
        }
    }

    /// Names that begin with the text: of groups and commands behind `help`, else of commands.
    fn candidates(&self, text: &str) -> Vec<String> {
        let (prefix, text) = match text.get(..5) {
            Some(help) if help.eq_ignore_ascii_case("help ") => text.split_at(5),
            _ => ("", text),
        };
        let lower = text.chars().next().is_none_or(char::is_lowercase);
        let wanted = text.to_ascii_uppercase();
        let names = self
            .catalog
            .entries()
            .iter()
            .map(|entry| entry.name.as_str());
        let mut found: Vec<String> = names
            .filter(|name| {
                name.starts_with(&wanted) && (wanted.contains(' ') || !name.contains(' '))
            })
            .map(|name| {
                if lower {
                    name.to_ascii_lowercase()
                } else {
                    name.to_owned()
                }
            })
            .collect();
        if !prefix.is_empty() {
            let groups = self
                .catalog
                .groups()
                .into_iter()
                .map(|group| format!("@{group}"));
            found.extend(groups.filter(|group| group.starts_with(text)));
        }
        found
            .into_iter()
            .map(|name| format!("{prefix}{name}"))
            .collect()
    }

    /// Tokens of the command's syntax that begin with the last word.
    fn options(&self, line: &str) -> Vec<String> {
        let start = line.rfind(' ').map_or(0, |space| space + 1);
        let (before, word) = line.split_at(start);
        let words = split_line(before.as_bytes()).unwrap_or_default();
        let Some(rest) = hint(&self.catalog, &words, true).filter(|_| start > 0) else {
            return Vec::new();
        };
        let upper = word.to_ascii_uppercase();
        let tokens = rest.split(|letter: char| {
            !letter.is_ascii_uppercase() && !matches!(letter, '-' | '_' | '0'..='9')
        });
        let mut tokens: Vec<String> = tokens
            .filter(|token| token.len() > 1 && token.starts_with(&upper))
            .map(|token| format!("{before}{token}"))
            .collect();
        tokens.dedup();
        tokens
    }
}

impl Helper for LineHelper {}
impl Validator for LineHelper {}

impl Completer for LineHelper {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let text = &line[..pos];
        let mut found = self.candidates(text);
        if found.is_empty() {
            found = self.options(text);
        }
        Ok((0, found))
    }
}

impl Hinter for LineHelper {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, _context: &Context<'_>) -> Option<String> {
        if !self.hints || pos < line.len() {
            return None;
        }
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

impl Highlighter for LineHelper {
    fn highlight_hint<'hint>(&self, hint: &'hint str) -> Cow<'hint, str> {
        if self.colours {
            Cow::Owned(format!("\x1b[90m{hint}\x1b[0m"))
        } else {
            Cow::Borrowed(hint)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn helper() -> LineHelper {
        LineHelper {
            catalog: Catalog::built_in().clone(),
            hints: true,
            colours: false,
        }
    }

    #[test]
    fn completes_names_in_the_case_they_are_typed() {
        assert_eq!(helper().candidates("getr"), ["getrange"]);
        assert_eq!(helper().candidates("GETR"), ["GETRANGE"]);
        assert!(
            helper()
                .candidates("config ")
                .contains(&"config get".to_owned())
        );
        assert_eq!(helper().candidates("help @bit"), ["help @bitmap"]);
    }

    #[test]
    fn completes_options() {
        assert_eq!(helper().options("SET k v ke"), ["SET k v KEEPTTL"]);
        assert_eq!(helper().options("SCAN 0 match"), ["SCAN 0 MATCH"]);
    }
}
