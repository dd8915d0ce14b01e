//! JSON that every parser accepts, with nothing of the reply lost.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::json::utf8_string;
use super::push_integer;
use crate::Value;

/// Appends `value` as valid JSON.
///
/// An error is `{"error":"ERR ..."}`; bytes that are not UTF-8 are `{"b64":"..."}`; infinities, NaN and big
/// numbers are strings; a map with keys other than strings is a list of `[key,value]` pairs under `"pairs"`;
/// attributes are `{"attributes":...,"value":...}`.
pub fn strict_json(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Error(text) | Value::BlobError(text) => {
            out.extend_from_slice(b"{\"error\":");
            bytes(out, text);
            out.push(b'}');
        }
        Value::Simple(text) | Value::Bulk(text) | Value::Verbatim { text, .. } => bytes(out, text),
        Value::Integer(number) => push_integer(out, *number),
        Value::Double(text) => double(out, text),
        Value::BigNumber(digits) => bytes(out, digits),
        Value::Nil | Value::NilArray | Value::Null => out.extend_from_slice(b"null"),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::Array(elements) | Value::Set(elements) | Value::Push(elements) => {
            list(out, elements);
        }
        Value::Map(pairs) => map(out, pairs),
        Value::Attributed(attributed) => {
            out.extend_from_slice(b"{\"attributes\":");
            map(out, &attributed.attributes);
            out.extend_from_slice(b",\"value\":");
            strict_json(out, &attributed.value);
            out.push(b'}');
        }
    }
}

fn list(out: &mut Vec<u8>, elements: &[Value]) {
    out.push(b'[');
    for (index, element) in elements.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        strict_json(out, element);
    }
    out.push(b']');
}

fn map(out: &mut Vec<u8>, pairs: &[(Value, Value)]) {
    if !pairs.iter().all(|(key, _)| key_text(key).is_some()) {
        out.extend_from_slice(b"{\"pairs\":[");
        for (index, (key, value)) in pairs.iter().enumerate() {
            out.extend_from_slice(if index > 0 { b",[" } else { b"[" });
            strict_json(out, key);
            out.push(b',');
            strict_json(out, value);
            out.push(b']');
        }
        out.extend_from_slice(b"]}");
        return;
    }
    out.push(b'{');
    for (index, (key, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        utf8_string(out, key_text(key).unwrap_or_default());
        out.push(b':');
        strict_json(out, value);
    }
    out.push(b'}');
}

/// The key as JSON's keys must be: text.
fn key_text(key: &Value) -> Option<&[u8]> {
    match key {
        Value::Simple(text) | Value::Bulk(text) | Value::Verbatim { text, .. } => {
            std::str::from_utf8(text).is_ok().then_some(text)
        }
        _ => None,
    }
}

fn bytes(out: &mut Vec<u8>, text: &[u8]) {
    if std::str::from_utf8(text).is_ok() {
        utf8_string(out, text);
    } else {
        out.extend_from_slice(b"{\"b64\":\"");
        out.extend_from_slice(BASE64.encode(text).as_bytes());
        out.extend_from_slice(b"\"}");
    }
}

fn double(out: &mut Vec<u8>, text: &[u8]) {
    let number = std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse::<f64>().ok());
    // `1.` and `.5` are doubles to the protocol but not to JSON.
    let is_json = text
        .first()
        .is_some_and(|&first| first == b'-' || first.is_ascii_digit())
        && text.last().is_some_and(u8::is_ascii_digit);
    match number {
        Some(number) if number.is_finite() && is_json => out.extend_from_slice(text),
        _ => bytes(out, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        let mut out = Vec::new();
        strict_json(&mut out, value);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn what_json_has_no_word_for() {
        check(&Value::Error(b"ERR".to_vec()), r#"{"error":"ERR"}"#);
        check(&Value::Bulk(b"\xff".to_vec()), r#"{"b64":"/w=="}"#);
        check(&Value::Double(b"inf".to_vec()), r#""inf""#);
        check(&Value::Double(b"-1.5".to_vec()), "-1.5");
        check(
            &Value::Map(vec![(Value::Integer(1), Value::Null)]),
            r#"{"pairs":[[1,null]]}"#,
        );
        check(
            &Value::Map(vec![(Value::Bulk(b"k".to_vec()), Value::Set(vec![]))]),
            r#"{"k":[]}"#,
        );
    }
}
