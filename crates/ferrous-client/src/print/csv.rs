//! Comma-separated values, every reply one line.

use super::{plain, push_integer};
use crate::{Value, quote_into};

/// Appends `value` as one record: nested replies are flattened, strings quoted as in a command line.
pub fn csv(out: &mut Vec<u8>, value: &Value) {
    match plain(value) {
        Value::Error(text) | Value::BlobError(text) => {
            out.extend_from_slice(b"ERROR,");
            quote_into(out, text);
        }
        Value::Simple(text) | Value::Bulk(text) | Value::Verbatim { text, .. } => {
            quote_into(out, text);
        }
        Value::Integer(number) => push_integer(out, *number),
        Value::Double(text) | Value::BigNumber(text) => out.extend_from_slice(text),
        Value::Nil | Value::NilArray | Value::Null => out.extend_from_slice(b"NULL"),
        Value::Boolean(true) => out.extend_from_slice(b"true"),
        Value::Boolean(false) => out.extend_from_slice(b"false"),
        Value::Array(elements) | Value::Set(elements) | Value::Push(elements) => {
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                csv(out, element);
            }
        }
        Value::Map(pairs) => {
            for (index, (key, value)) in pairs.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                csv(out, key);
                out.push(b',');
                csv(out, value);
            }
        }
        Value::Attributed(attributed) => csv(out, &attributed.value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_flat() {
        let mut out = Vec::new();
        let error = Value::Error(b"ERR x".to_vec());
        csv(
            &mut out,
            &Value::Map(vec![(
                Value::Simple(b"a".to_vec()),
                Value::Array(vec![Value::Integer(1), error]),
            )]),
        );
        assert_eq!(out, b"\"a\",1,ERROR,\"ERR x\"");
    }
}
