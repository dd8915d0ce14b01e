//! The catalog that a server tells, by COMMAND DOCS.

use ferrous_client::Value;

use super::argument::{Argument, Kind, Repeats, WordType};
use super::{Catalog, Entry};

/// Reads the reply of COMMAND DOCS, in RESP2 or RESP3; `None` when it is no such reply.
pub(crate) fn from_reply(reply: &Value) -> Option<Catalog> {
    let mut entries = Vec::new();
    for (name, documentation) in pairs(reply)? {
        push_entry(&mut entries, &text(name), documentation);
    }
    (!entries.is_empty()).then(|| Catalog::new(entries))
}

fn push_entry(entries: &mut Vec<Entry>, name: &str, documentation: &Value) {
    // A subcommand is listed as `config|get`.
    let name = name.replace('|', " ").to_ascii_uppercase();
    let subcommands = field(documentation, "subcommands")
        .and_then(pairs)
        .unwrap_or_default();
    entries.push(Entry {
        group: text_field(documentation, "group"),
        since: text_field(documentation, "since"),
        summary: text_field(documentation, "summary"),
        complexity: text_field(documentation, "complexity"),
        writes: Catalog::built_in()
            .get(&name)
            .is_none_or(|entry| entry.writes),
        is_container: !subcommands.is_empty(),
        arguments: arguments(documentation),
        name,
    });
    for (name, documentation) in subcommands {
        push_entry(entries, &text(name), documentation);
    }
}

fn arguments(parent: &Value) -> Vec<Argument> {
    match field(parent, "arguments") {
        Some(Value::Array(list)) => list.iter().map(argument).collect(),
        _ => Vec::new(),
    }
}

fn argument(description: &Value) -> Argument {
    let flags: Vec<String> = match field(description, "flags") {
        Some(Value::Array(flags) | Value::Set(flags)) => flags.iter().map(text).collect(),
        _ => Vec::new(),
    };
    let has = |flag: &str| flags.iter().any(|other| other == flag);
    let kind = match text_field(description, "type").as_str() {
        "pure-token" => Kind::Token,
        "oneof" => Kind::OneOf(arguments(description)),
        "block" => Kind::Block(arguments(description)),
        kind => Kind::Word(display_name(description), word_type(kind)),
    };
    Argument {
        token: field(description, "token").map(text).map(|token| {
            if token.is_empty() {
                "\"\"".to_owned()
            } else {
                token
            }
        }),
        optional: has("optional"),
        repeats: match (has("multiple_token"), has("multiple")) {
            (true, _) => Repeats::Everything,
            (false, true) => Repeats::Values,
            (false, false) => Repeats::Never,
        },
        kind,
    }
}

fn display_name(description: &Value) -> String {
    let shown = text_field(description, "display_text");
    if shown.is_empty() {
        text_field(description, "name")
    } else {
        shown
    }
}

fn word_type(kind: &str) -> WordType {
    match kind {
        "integer" => WordType::Integer,
        "double" => WordType::Double,
        "unix-time" => WordType::Time,
        "key" => WordType::Key,
        "pattern" => WordType::Pattern,
        _ => WordType::Text,
    }
}

/// The pairs of a map, or of RESP2's flat array.
fn pairs(value: &Value) -> Option<Vec<(&Value, &Value)>> {
    match value {
        Value::Map(pairs) => Some(pairs.iter().map(|(key, value)| (key, value)).collect()),
        Value::Array(flat) => Some(
            flat.chunks_exact(2)
                .map(|pair| (&pair[0], &pair[1]))
                .collect(),
        ),
        _ => None,
    }
}

fn field<'value>(map: &'value Value, name: &str) -> Option<&'value Value> {
    pairs(map)?
        .into_iter()
        .find(|(key, _)| text(key) == name)
        .map(|(_, value)| value)
}

fn text_field(map: &Value, name: &str) -> String {
    field(map, name).map(text).unwrap_or_default()
}

fn text(value: &Value) -> String {
    match value {
        Value::Bulk(text) | Value::Simple(text) | Value::Verbatim { text, .. } => {
            String::from_utf8_lossy(text).into_owned()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(parts: &[Value]) -> Value {
        Value::Array(parts.to_vec())
    }

    fn bulk(text: &str) -> Value {
        Value::Bulk(text.as_bytes().to_vec())
    }

    #[test]
    fn reads_flat_arrays() {
        let count = list(&[
            bulk("name"),
            bulk("count"),
            bulk("type"),
            bulk("integer"),
            bulk("token"),
            bulk("COUNT"),
            bulk("flags"),
            list(&[Value::Simple(b"optional".to_vec())]),
        ]);
        let sub = list(&[
            bulk("summary"),
            bulk("Says."),
            bulk("arguments"),
            list(&[count]),
        ]);
        let reply = list(&[
            bulk("a"),
            list(&[
                bulk("group"),
                bulk("g"),
                bulk("subcommands"),
                list(&[bulk("a|b"), sub]),
            ]),
        ]);
        let catalog = from_reply(&reply).unwrap();
        assert!(catalog.get("a").unwrap().is_container);
        assert_eq!(catalog.get("A B").unwrap().syntax(), "[COUNT count]");
        assert_eq!(catalog.get("a b").unwrap().summary, "Says.");
        assert_eq!(from_reply(&Value::Null), None);
    }
}
