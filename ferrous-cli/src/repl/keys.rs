//! Names of keys for completion, found by SCAN when the tab key asks for them.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use ferrous_client::{Connection, Target, Value};

/// Most names that are offered.
const KEYS_MAX: usize = 100;
/// Longest search: the tab key is pressed between two words.
const TIME_MAX: Duration = Duration::from_millis(200);

/// Looks for keys through a connection of its own: the prompt's may be in a transaction, or subscribed.
pub(super) struct KeyFinder {
    target: Target,
    connection: RefCell<Option<Connection>>,
}

impl KeyFinder {
    pub(super) fn new(target: Target) -> Self {
        Self {
            target,
            connection: RefCell::new(None),
        }
    }

    /// Keys that begin with `prefix`, sorted; none when the server cannot be asked.
    pub(super) fn find(&self, prefix: &str) -> Vec<String> {
        let mut connection = self.connection.borrow_mut();
        if connection.is_none() {
            *connection = Connection::connect(&self.target).ok();
        }
        let found = connection
            .as_mut()
            .and_then(|connection| scan(connection, prefix));
        if found.is_none() {
            *connection = None;
        }
        let mut found = found.unwrap_or_default();
        found.sort_unstable();
        found.dedup();
        found.truncate(KEYS_MAX);
        found
    }
}

fn scan(connection: &mut Connection, prefix: &str) -> Option<Vec<String>> {
    let pattern = format!("{}*", escape(prefix));
    let start = Instant::now();
    let mut found = Vec::new();
    let mut cursor = b"0".to_vec();
    loop {
        let command = [b"SCAN".as_slice(), &cursor, b"MATCH", pattern.as_bytes()];
        let command = command.into_iter().chain([b"COUNT".as_slice(), b"1000"]);
        let reply = connection.run(command.collect::<Vec<_>>()).ok()?;
        let Value::Array(parts) = reply else {
            return None;
        };
        let [Value::Bulk(next), Value::Array(keys)] = parts.as_slice() else {
            return None;
        };
        found.extend(keys.iter().filter_map(|key| match key {
            // A key of other bytes cannot be typed as it is.
            Value::Bulk(key) => String::from_utf8(key.clone()).ok(),
            _ => None,
        }));
        if next == b"0" || found.len() >= KEYS_MAX || start.elapsed() > TIME_MAX {
            return Some(found);
        }
        cursor.clone_from(next);
    }
}

/// The text as a pattern that only it matches.
fn escape(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '*' | '?' | '[' | ']' | '\\' | '^') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern
}

/// A word as it is typed: in quotes when it must be.
pub(super) fn typed(word: &str) -> String {
    let plain = !word.is_empty()
        && word.chars().all(|letter| {
            !letter.is_whitespace() && !letter.is_control() && !"\"'".contains(letter)
        });
    if plain {
        word.to_owned()
    } else {
        String::from_utf8_lossy(&ferrous_client::quote(word.as_bytes())).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_match_themselves_only() {
        assert_eq!(escape("a*[b]?"), "a\\*\\[b\\]\\?");
        assert_eq!(typed("user:1"), "user:1");
        assert_eq!(typed("two words"), "\"two words\"");
    }
}
