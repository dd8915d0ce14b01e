//! What is still to be typed of a command.
//!
//! The words so far are matched against the tree of arguments; the hint is what the match has not used. An
//! optional argument may come anywhere among its neighbours, and one that has begun goes first. Words that fit
//! nowhere leave no hint.

use super::Catalog;
use super::argument::{Argument, Kind, WordType};

/// The hint for a line whose last word is finished only when a space follows it.
pub(crate) fn hint(catalog: &Catalog, words: &[Vec<u8>], ends_with_space: bool) -> Option<String> {
    let (entry, name_words) = catalog.find(words)?;
    if entry.is_container {
        return None;
    }
    let arguments = words.get(name_words..)?;
    let finished = match arguments.split_last() {
        Some((_, finished)) if !ends_with_space => finished,
        _ => arguments,
    };
    let mut words = finished;
    let parts = match_sequence(&entry.arguments, &mut words);
    words.is_empty().then(|| parts.join(" "))
}

/// True when the next word of the line may be a key: `words` are those that are finished.
pub(crate) fn expects_key(catalog: &Catalog, words: &[Vec<u8>]) -> bool {
    let Some(left) = hint(catalog, words, true) else {
        return false;
    };
    let mut next = left
        .split([' ', '|'])
        .map(|word| word.trim_start_matches('[').trim_end_matches(']'));
    let Some(((entry, _), next)) = catalog.find(words).zip(next.next()) else {
        return false;
    };
    entry
        .arguments
        .iter()
        .any(|argument| has_key(argument, next))
}

/// The argument is, or has within it, a key that is called `name`.
fn has_key(argument: &Argument, name: &str) -> bool {
    match &argument.kind {
        Kind::Word(word, WordType::Key) => word == name,
        Kind::Word(..) | Kind::Token => false,
        Kind::OneOf(parts) | Kind::Block(parts) => parts.iter().any(|part| has_key(part, name)),
    }
}

type Words<'line> = &'line [Vec<u8>];

/// Matches arguments in order; returns what is left to type. Words that fit nowhere stay in `words`.
fn match_sequence(arguments: &[Argument], words: &mut Words<'_>) -> Vec<String> {
    let mut left = Vec::new();
    let mut rest = arguments;
    while let Some(first) = rest.first() {
        if first.optional {
            let run = rest.iter().take_while(|argument| argument.optional).count();
            let (options, after) = rest.split_at(run);
            left.extend(match_options(options, words));
            rest = after;
        } else {
            if words.is_empty() {
                left.push(first.to_string());
            } else if let Some(unfinished) = match_repeated(first, words) {
                left.clear();
                left.extend(unfinished);
            } else {
                return left;
            }
            rest = &rest[1..];
        }
    }
    left
}

/// Matches optional arguments in any order.
fn match_options(options: &[Argument], words: &mut Words<'_>) -> Vec<String> {
    let mut open: Vec<&Argument> = options.iter().collect();
    let mut unfinished = Vec::new();
    while !words.is_empty() {
        let matched = open.iter().enumerate().find_map(|(index, option)| {
            let mut ahead = *words;
            let left = match_repeated(option, &mut ahead)?;
            Some((index, left, ahead))
        });
        let Some((index, left, ahead)) = matched else {
            // What follows must be matched by the next argument, so none of these can come any more.
            return Vec::new();
        };
        open.remove(index);
        unfinished = left;
        *words = ahead;
    }
    unfinished
        .into_iter()
        .chain(open.into_iter().map(Argument::to_string))
        .collect()
}

/// Matches an argument as often as it fits; `None`, with no word used, when it does not fit at all.
fn match_repeated(argument: &Argument, words: &mut Words<'_>) -> Option<Vec<String>> {
    let mut left = match_once(argument, words, true)?;
    let Some(again) = argument.again() else {
        return Some(left);
    };
    while !words.is_empty() {
        let with_token = argument.repeats == super::argument::Repeats::Everything;
        match match_once(argument, words, with_token) {
            Some(unfinished) => left = unfinished,
            None => break,
        }
    }
    if words.is_empty() {
        left.push(again);
    }
    Some(left)
}

/// Matches an argument once.
fn match_once(argument: &Argument, words: &mut Words<'_>, with_token: bool) -> Option<Vec<String>> {
    let mut ahead = *words;
    if let Some(token) = argument.token.as_ref().filter(|_| with_token) {
        let word = take(&mut ahead)?;
        // The empty string as a token is shown as a pair of quotes.
        let token = if token == "\"\"" { "" } else { token };
        if !word.eq_ignore_ascii_case(token.as_bytes()) {
            return None;
        }
    }
    let left = if ahead.is_empty() && argument.kind != Kind::Token {
        vec![argument.inner()]
    } else {
        match_kind(&argument.kind, &mut ahead)?
    };
    *words = ahead;
    Some(left)
}

fn match_kind(kind: &Kind, words: &mut Words<'_>) -> Option<Vec<String>> {
    match kind {
        Kind::Token => Some(Vec::new()),
        Kind::Word(_, kind) => is_of(take(words)?, *kind).then(Vec::new),
        Kind::OneOf(choices) => choices
            .iter()
            .find_map(|choice| match_repeated(choice, words)),
        Kind::Block(parts) => {
            let before = words.len();
            let left = match_sequence(parts, words);
            (words.len() < before).then_some(left)
        }
    }
}

fn take<'line>(words: &mut Words<'line>) -> Option<&'line [u8]> {
    let (first, rest) = words.split_first()?;
    *words = rest;
    Some(first)
}

fn is_of(word: &[u8], kind: WordType) -> bool {
    let word = std::str::from_utf8(word).unwrap_or_default();
    match kind {
        WordType::Text | WordType::Key | WordType::Pattern => true,
        WordType::Integer | WordType::Time => word.parse::<i64>().is_ok(),
        WordType::Double => word.parse::<f64>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let words = ferrous_client::split_line(line.as_bytes()).unwrap();
        let hint = hint(Catalog::built_in(), &words, line.ends_with(' ')).unwrap_or_default();
        assert_eq!(hint, expected, "{line:?}");
    }

    #[test]
    fn words_and_repetition() {
        check("GET ", "key");
        check("GET abc ", "");
        check("DECRBY xyz ", "decrement");
        check("MGET k k ", "[key ...]");
        check("CONFIG SET param ", "value [parameter value ...]");
        check("CONFIG SET a b c d ", "[parameter value ...]");
        check("NOSUCH ", "");
        check("CONFIG ", "");
    }

    #[test]
    fn an_unfinished_word_changes_nothing() {
        check("XRANGE k 4 2 COU", "[COUNT count]");
        check("XRANGE k 4 2 COUNT", "[COUNT count]");
        check("XRANGE k 4 2 COUNT ", "count");
    }

    #[test]
    fn tokens_repeat() {
        check(
            "BITFIELD_RO k GET ",
            "encoding offset [GET encoding offset ...]",
        );
        check(
            "BITFIELD_RO k GET u8 12 GET u8 ",
            "offset [GET encoding offset ...]",
        );
        check("BITFIELD_RO k GET u8 12 ", "[GET encoding offset ...]");
    }

    #[test]
    fn options_come_in_any_order() {
        check("SCAN 2 COUNT ", "count [MATCH pattern] [TYPE type]");
        check(
            "ZRANGE k 1 2 limit 2 4 ",
            "[BYSCORE|BYLEX] [REV] [WITHSCORES]",
        );
        check(
            "ZADD key CH LT ",
            "[NX|XX] [INCR] score member [score member ...]",
        );
        check("ZADD key 0 ", "member [score member ...]");
        check("ZRANDMEMBER k 3 ", "[WITHSCORES]");
    }

    #[test]
    fn an_option_that_has_begun_goes_first() {
        let rest = "[WITHCOORD] [WITHDIST] [WITHHASH]";
        let store = "[STORE storekey|STOREDIST storedistkey]";
        check(
            "GEORADIUS k 1 2 3 M COUNT ",
            &format!("count [ANY] {rest} [ASC|DESC] {store}"),
        );
        check(
            "GEORADIUS k 1 2 3 M COUNT 12 ",
            &format!("[ANY] {rest} [ASC|DESC] {store}"),
        );
        check(
            "GEORADIUS k 1 2 3 M COUNT 12 ASC ",
            &format!("{rest} {store}"),
        );
    }

    #[test]
    fn what_does_not_fit_ends_the_hints() {
        check("SET key value FOOBAR ", "");
        check("ZRANDMEMBER k cnt ", "");
        check("GEORADIUS key 1 X ", "");
    }

    #[test]
    fn keys_are_expected_where_they_stand() {
        let expects = |line: &str| {
            let words = ferrous_client::split_line(line.as_bytes()).unwrap();
            expects_key(Catalog::built_in(), &words)
        };
        for line in [
            "GET",
            "MGET a b",
            "RENAME a",
            "OBJECT ENCODING",
            "ZUNIONSTORE d 2 a",
        ] {
            assert!(expects(line), "{line}");
        }
        for line in ["GET a", "SET a", "PING", "CONFIG GET", "NOSUCH", "SCAN"] {
            assert!(!expects(line), "{line}");
        }
    }

    #[test]
    fn the_empty_token() {
        assert!(
            hint(Catalog::built_in(), &[b"MIGRATE".to_vec()], true)
                .unwrap()
                .starts_with("host port key|\"\"")
        );
    }
}
