//! The form for pipes: the bytes themselves, elements apart by a delimiter.

use super::{plain, push_integer};
use crate::Value;

/// Appends `value` with `delimiter` between elements, at every depth; a map's key and value stand one space apart.
pub fn raw(out: &mut Vec<u8>, value: &Value, delimiter: &[u8]) {
    match plain(value) {
        Value::Simple(text)
        | Value::Bulk(text)
        | Value::Double(text)
        | Value::BigNumber(text)
        | Value::Verbatim { text, .. } => out.extend_from_slice(text),
        Value::Error(text) | Value::BlobError(text) => {
            out.extend_from_slice(text);
            out.push(b'\n');
        }
        Value::Integer(number) => push_integer(out, *number),
        Value::Nil | Value::NilArray | Value::Null => {}
        Value::Boolean(true) => out.extend_from_slice(b"(true)"),
        Value::Boolean(false) => out.extend_from_slice(b"(false)"),
        Value::Array(elements) | Value::Set(elements) | Value::Push(elements) => {
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.extend_from_slice(delimiter);
                }
                raw(out, element, delimiter);
            }
        }
        Value::Map(pairs) => {
            for (index, (key, value)) in pairs.iter().enumerate() {
                if index > 0 {
                    out.extend_from_slice(delimiter);
                }
                raw(out, key, delimiter);
                out.push(b' ');
                raw(out, value, delimiter);
            }
        }
        Value::Attributed(attributed) => raw(out, &attributed.value, delimiter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        let mut out = Vec::new();
        raw(&mut out, value, b"|");
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn elements_are_delimited() {
        let list = Value::Array(vec![
            Value::Integer(1),
            Value::Array(vec![Value::Null, Value::Boolean(true)]),
        ]);
        check(&list, "1||(true)");
        check(
            &Value::Map(vec![
                (Value::Bulk(b"f".to_vec()), list.clone()),
                (Value::Null, Value::Null),
            ]),
            "f 1||(true)| ",
        );
        check(&Value::Error(b"ERR".to_vec()), "ERR\n");
    }
}
