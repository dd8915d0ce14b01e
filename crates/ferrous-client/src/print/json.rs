//! JSON as `redis-cli --json` writes it: errors, infinities and raw bytes are passed through as they are.

use super::{plain, push_integer};
use crate::{Value, quote_into};

/// How strings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonStrings {
    /// Bytes as they are, apart from control characters.
    Utf8,
    /// Printable ASCII only: other bytes appear as a readable `\\xHH` within the string.
    Ascii,
}

/// Appends `value` as JSON of the compatible kind; [`super::strict_json`] is the kind that always parses.
pub fn json(out: &mut Vec<u8>, value: &Value, strings: JsonStrings) {
    match plain(value) {
        Value::Error(text) | Value::BlobError(text) => {
            out.extend_from_slice(b"error:");
            string(out, text, strings);
        }
        Value::Simple(text) | Value::Bulk(text) | Value::Verbatim { text, .. } => {
            string(out, text, strings);
        }
        Value::Integer(number) => push_integer(out, *number),
        Value::Double(text) | Value::BigNumber(text) => out.extend_from_slice(text),
        Value::Nil | Value::NilArray | Value::Null => out.extend_from_slice(b"null"),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::Array(elements) | Value::Set(elements) | Value::Push(elements) => {
            out.push(b'[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                json(out, element, strings);
            }
            out.push(b']');
        }
        Value::Map(pairs) => {
            out.push(b'{');
            for (index, (key, value)) in pairs.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                map_key(out, key, strings);
                out.push(b':');
                json(out, value, strings);
            }
            out.push(b'}');
        }
        Value::Attributed(attributed) => json(out, &attributed.value, strings),
    }
}

/// JSON's keys are strings, so a key of another type is written as JSON and that text made a string.
fn map_key(out: &mut Vec<u8>, key: &Value, strings: JsonStrings) {
    match plain(key) {
        Value::Error(text)
        | Value::Simple(text)
        | Value::Bulk(text)
        | Value::Verbatim { text, .. } => {
            string(out, text, strings);
        }
        other => {
            let mut text = Vec::new();
            json(&mut text, other, strings);
            string(out, &text, strings);
        }
    }
}

fn string(out: &mut Vec<u8>, text: &[u8], strings: JsonStrings) {
    match strings {
        JsonStrings::Utf8 => utf8_string(out, text),
        JsonStrings::Ascii => ascii_string(out, text),
    }
}

/// Appends a JSON string; bytes above 0x7f are taken to be UTF-8.
pub(super) fn utf8_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for &byte in text {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            0x00..=0x1f => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// The quoted form of the text, made a JSON string: each of its backslashes is escaped, its quotes are already.
fn ascii_string(out: &mut Vec<u8>, text: &[u8]) {
    let mut quoted = Vec::with_capacity(text.len() + 2);
    quote_into(&mut quoted, text);
    out.push(b'"');
    for &byte in &quoted[1..quoted.len() - 1] {
        if byte == b'\\' {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &Value, strings: JsonStrings, expected: &str) {
        let mut out = Vec::new();
        json(&mut out, value, strings);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn strings_and_keys() {
        check(
            &Value::Bulk(b"a\"\n\x01\xc3\xa9".to_vec()),
            JsonStrings::Utf8,
            "\"a\\\"\\n\\u0001é\"",
        );
        check(
            &Value::Bulk(b"\n\xc3\xa9".to_vec()),
            JsonStrings::Ascii,
            "\"\\\\n\\\\xc3\\\\xa9\"",
        );
        let map = Value::Map(vec![
            (Value::Integer(1), Value::Null),
            (Value::Boolean(true), Value::Array(vec![])),
        ]);
        check(&map, JsonStrings::Utf8, "{\"1\":null,\"true\":[]}");
    }
}
