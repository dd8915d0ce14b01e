//! What the tab key offers: commands, subcommands, groups behind `help`, options, settings, and keys.

use ferrous_client::split_line;

use super::helper::LineHelper;
use super::keys::typed;
use super::settings::{COLON_COMMANDS, SWITCHES};
use crate::catalog::{expects_key, hint};

const TARGETS: [&str; 5] = ["@all", "@primaries", "@replicas", "@node", "@slot"];

impl LineHelper {
    /// Whole lines that may take the place of `line`.
    pub(super) fn completions(&self, line: &str) -> Vec<String> {
        if line.starts_with(':') {
            return settings(line);
        }
        // What goes before a command is kept as it is.
        let (before, line) = line.split_at(command_start(line));
        let mut found = self.names(line);
        if before.is_empty() && line.starts_with('@') {
            found.extend(beginning_with(TARGETS, line));
        }
        if found.is_empty() {
            found = self.options(line);
            found.extend(self.keys(line));
        }
        found
            .into_iter()
            .map(|line| format!("{before}{line}"))
            .collect()
    }

    /// Names that begin with the text: of groups and commands behind `help`, else of commands.
    pub(super) fn names(&self, text: &str) -> Vec<String> {
        let (prefix, text) = match text.get(..5) {
            Some(help) if help.eq_ignore_ascii_case("help ") => text.split_at(5),
            _ => ("", text),
        };
        let lower = text.chars().next().is_none_or(char::is_lowercase);
        let wanted = text.to_ascii_uppercase();
        let names = self.catalog.entries().iter().map(|entry| &entry.name);
        let mut found: Vec<String> = names
            .filter(|name| {
                name.starts_with(&wanted) && (wanted.contains(' ') || !name.contains(' '))
            })
            .map(|name| {
                if lower {
                    name.to_ascii_lowercase()
                } else {
                    name.clone()
                }
            })
            .collect();
        if !prefix.is_empty() {
            let groups = self.catalog.groups().into_iter();
            let groups = groups.map(|group| format!("@{group}"));
            found.extend(groups.filter(|group| group.starts_with(text)));
        }
        found
            .into_iter()
            .map(|name| format!("{prefix}{name}"))
            .collect()
    }

    /// Tokens of the command's syntax that begin with the last word.
    pub(super) fn options(&self, line: &str) -> Vec<String> {
        let (before, word) = last_word(line);
        let words = split_line(before.as_bytes()).unwrap_or_default();
        let Some(rest) = hint(&self.catalog, &words, true).filter(|_| !before.is_empty()) else {
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

    /// Keys of the server that begin with the last word, where a key may stand.
    fn keys(&self, line: &str) -> Vec<String> {
        let (before, word) = last_word(line);
        let words = split_line(before.as_bytes()).unwrap_or_default();
        let Some(finder) = &self.keys else {
            return Vec::new();
        };
        if before.is_empty() || word.starts_with(['"', '\'']) || !expects_key(&self.catalog, &words)
        {
            return Vec::new();
        }
        let keys = finder.find(word).into_iter();
        keys.map(|key| format!("{before}{}", typed(&key))).collect()
    }
}

/// Where the command of a line begins: behind a repeat count and behind `@all`, `@node address` and their kin.
pub(super) fn command_start(line: &str) -> usize {
    let mut rest = line;
    if let Some((count, after)) = first_word(rest)
        && count.bytes().all(|byte| byte.is_ascii_digit())
    {
        rest = after;
    }
    if let Some((target, after)) = first_word(rest).filter(|(word, _)| word.starts_with('@')) {
        rest = after;
        let has_name = matches!(target.to_ascii_lowercase().as_str(), "@node" | "@slot");
        if has_name && let Some((_, after)) = first_word(rest) {
            rest = after;
        }
    }
    line.len() - rest.len()
}

/// The first word and what stands behind it and its spaces; `None` when nothing follows it.
fn first_word(line: &str) -> Option<(&str, &str)> {
    let (word, rest) = line.split_once(' ')?;
    (!word.is_empty()).then(|| (word, rest.trim_start()))
}

/// What goes before the last word, and that word, which may be empty.
fn last_word(line: &str) -> (&str, &str) {
    line.split_at(line.rfind(' ').map_or(0, |space| space + 1))
}

fn beginning_with<'name>(
    names: impl IntoIterator<Item = &'name str>,
    text: &str,
) -> impl Iterator<Item = String> {
    let names = names.into_iter().filter(move |name| name.starts_with(text));
    names.map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// What follows a colon: its commands, and behind `:set` the settings.
fn settings(line: &str) -> Vec<String> {
    match line.strip_prefix(":set ") {
        Some(name) => beginning_with(SWITCHES.iter().map(|(name, _)| *name), name)
            .map(|name| format!(":set {name}"))
            .collect(),
        None => beginning_with(
            COLON_COMMANDS.iter().map(|(usage, _)| first_of(usage)),
            line,
        )
        .collect(),
    }
}

fn first_of(usage: &'static str) -> &'static str {
    usage.split([' ', ',']).next().unwrap_or(usage)
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;

    use super::*;

    fn helper() -> LineHelper {
        LineHelper::plain(Catalog::built_in())
    }

    #[test]
    fn completes_names_in_the_case_they_are_typed() {
        assert_eq!(helper().names("getr"), ["getrange"]);
        assert_eq!(helper().names("GETR"), ["GETRANGE"]);
        assert!(helper().names("config ").contains(&"config get".to_owned()));
        assert_eq!(helper().names("help @bit"), ["help @bitmap"]);
    }

    #[test]
    fn completes_options() {
        assert_eq!(helper().options("SET k v ke"), ["SET k v KEEPTTL"]);
        assert_eq!(helper().options("SCAN 0 match"), ["SCAN 0 MATCH"]);
    }

    #[test]
    fn what_goes_before_a_command_stays() {
        assert_eq!(helper().completions("5 getr"), ["5 getrange"]);
        assert_eq!(helper().completions("@all dbs"), ["@all dbsize"]);
        assert_eq!(
            helper().completions("@node 127.0.0.1:7000 dbs"),
            ["@node 127.0.0.1:7000 dbsize"]
        );
        assert_eq!(helper().completions("@pri"), ["@primaries"]);
        assert_eq!(helper().completions(":set tim"), [":set timing"]);
        assert_eq!(helper().completions(":pe"), [":peek"]);
    }
}
