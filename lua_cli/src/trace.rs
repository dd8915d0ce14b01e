//! `--trace` and `--effects`: calls, their times and replies, and what repeats them, as people read them.

use std::time::Duration;

use ferrous_client::{Value, quote};

use crate::world::parse;

/// The lines that show a call.
pub(crate) fn shown(argv: &[&[u8]], reply: &[u8], took: Duration) -> Vec<u8> {
    let words: Vec<String> = argv.iter().map(|word| spell(word)).collect();
    let mut text = format!("{:>6} us  {}\n", took.as_micros(), words.join(" ")).into_bytes();
    if let Some(value) = parse(reply) {
        let mut printed = Vec::new();
        ferrous_client::print::standard(&mut printed, &value);
        for line in printed.trim_ascii_end().split(|byte| *byte == b'\n') {
            text.extend_from_slice(b"           ");
            text.extend_from_slice(line);
            text.push(b'\n');
        }
    }
    text
}

/// The lines that show what repeats the changes of a script.
pub(crate) fn effects(effects: &[(usize, Vec<u8>)]) -> String {
    let lines = effects.iter().map(|(database, request)| {
        let words = match parse(request) {
            Some(Value::Array(words)) => words,
            _ => Vec::new(),
        };
        let words: Vec<_> = words
            .iter()
            .map(|word| match word {
                Value::Bulk(word) => spell(word),
                _ => String::new(),
            })
            .collect();
        format!("effect[{database}] {}\n", words.join(" "))
    });
    lines.collect()
}

/// A word as it is when it is plain, else quoted.
fn spell(word: &[u8]) -> String {
    let plain = !word.is_empty() && word.iter().all(u8::is_ascii_graphic);
    if plain {
        return String::from_utf8_lossy(word).into_owned();
    }
    String::from_utf8_lossy(&quote(word)).into_owned()
}
