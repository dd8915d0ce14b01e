//! A command's reply on one line, as released debuggers write it.

use ferrous_client::{Value, quote};

use crate::world::parse;

/// A whole reply.
pub(super) fn readable(reply: &[u8]) -> String {
    parse(reply).map_or_else(String::new, |value| spelled(&value))
}

fn spelled(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Simple(text) => quoted(&[b"+", &text[..]].concat()),
        Value::Error(text) | Value::BlobError(text) => quoted(&[b"-", &text[..]].concat()),
        Value::Bulk(text) | Value::BigNumber(text) | Value::Verbatim { text, .. } => quoted(text),
        Value::Nil | Value::NilArray => "NULL".to_owned(),
        Value::Null => "(null)".to_owned(),
        Value::Boolean(truth) => format!("#{truth}"),
        Value::Double(text) => format!("(double) {}", String::from_utf8_lossy(text)),
        Value::Array(elements) | Value::Push(elements) => format!("[{}]", list(elements)),
        Value::Set(elements) => format!("~({})", list(elements)),
        Value::Map(pairs) => {
            let pairs: Vec<_> = pairs
                .iter()
                .map(|(key, value)| format!("{} => {}", spelled(key), spelled(value)))
                .collect();
            format!("{{{}}}", pairs.join(","))
        }
        Value::Attributed(attributed) => spelled(&attributed.value),
    }
}

fn list(elements: &[Value]) -> String {
    let elements: Vec<_> = elements.iter().map(spelled).collect();
    elements.join(",")
}

fn quoted(text: &[u8]) -> String {
    String::from_utf8_lossy(&quote(text)).into_owned()
}
