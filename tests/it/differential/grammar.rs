//! The notation in which commands are described: their syntax as the documentation writes it.
//!
//! | written | stands for |
//! | --- | --- |
//! | `SET`, `0` | itself |
//! | `key` | a word of that kind, from the caller |
//! | `[a\|b c]` | one of the alternatives, or nothing |
//! | `(a\|b c)` | one of the alternatives |
//! | `item...` | the item one to three times |

use fastrand::Rng;

/// Writes one random command that `template` describes; `word` makes the words that stand for a kind.
pub(super) fn expand(
    template: &str,
    rng: &mut Rng,
    word: &impl Fn(&str, &mut Rng) -> Vec<u8>,
) -> Vec<Vec<u8>> {
    let mut words = Vec::new();
    for item in split(template, ' ') {
        words.extend(expand_item(item, rng, word));
    }
    words
}

fn expand_item(
    item: &str,
    rng: &mut Rng,
    word: &impl Fn(&str, &mut Rng) -> Vec<u8>,
) -> Vec<Vec<u8>> {
    if let Some(repeated) = item.strip_suffix("...") {
        return (0..rng.usize(1..=3))
            .flat_map(|_| expand_item(repeated, rng, word))
            .collect();
    }
    if let Some(optional) = inside(item, '[', ']') {
        return if rng.bool() {
            expand(choose(optional, rng), rng, word)
        } else {
            Vec::new()
        };
    }
    if let Some(required) = inside(item, '(', ')') {
        return expand(choose(required, rng), rng, word);
    }
    if item.starts_with(|first: char| first.is_ascii_lowercase()) {
        return vec![word(item, rng)];
    }
    vec![item.as_bytes().to_vec()]
}

fn inside(item: &str, open: char, close: char) -> Option<&str> {
    item.strip_prefix(open)?.strip_suffix(close)
}

fn choose<'a>(alternatives: &'a str, rng: &mut Rng) -> &'a str {
    let all = split(alternatives, '|');
    all[rng.usize(..all.len())]
}

/// The parts between separators that stand outside all brackets.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|c| {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            _ => {}
        }
        c == separator && depth == 0
    })
    .collect()
}

#[test]
fn templates_are_expanded() {
    let word = |kind: &str, _: &mut Rng| kind.as_bytes().to_vec();
    let mut rng = Rng::with_seed(1);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..500 {
        let words = expand("SET key [NX|(EX|PX) time] (a b)...", &mut rng, &word);
        seen.insert(String::from_utf8(words.join(&b' ')).unwrap());
    }
    assert!(seen.contains("SET key a b"));
    assert!(seen.contains("SET key NX a b a b"));
    assert!(seen.contains("SET key PX time a b a b a b"));
    assert_eq!(seen.len(), 12);
}
