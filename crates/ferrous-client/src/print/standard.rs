//! The form for terminals: typed, indexed, indented.

use super::{plain, push_integer};
use crate::{Value, quote_into};

/// Appends `value` as people read it, ending with a line end.
///
/// Elements are numbered from 1, the mark after the number telling the kind: `1)` array, `1#` map, `1~` set.
pub fn standard(out: &mut Vec<u8>, value: &Value) {
    append(out, value, 0);
}

/// `indent` is the number of columns in front of every line but the first, which the caller has begun.
fn append(out: &mut Vec<u8>, value: &Value, indent: usize) {
    match plain(value) {
        Value::Simple(text) | Value::Verbatim { text, .. } => out.extend_from_slice(text),
        Value::Error(text) | Value::BlobError(text) => {
            out.extend_from_slice(b"(error) ");
            out.extend_from_slice(text);
        }
        Value::Integer(number) => {
            out.extend_from_slice(b"(integer) ");
            push_integer(out, *number);
        }
        Value::Double(text) => {
            out.extend_from_slice(b"(double) ");
            out.extend_from_slice(text);
        }
        Value::BigNumber(digits) => {
            out.extend_from_slice(b"(big number) ");
            out.extend_from_slice(digits);
        }
        Value::Bulk(text) => quote_into(out, text),
        Value::Nil | Value::NilArray | Value::Null => out.extend_from_slice(b"(nil)"),
        Value::Boolean(true) => out.extend_from_slice(b"(true)"),
        Value::Boolean(false) => out.extend_from_slice(b"(false)"),
        Value::Array(elements) => return append_elements(out, elements, indent, b')', "array"),
        Value::Set(elements) => return append_elements(out, elements, indent, b'~', "set"),
        Value::Push(elements) => return append_elements(out, elements, indent, b')', "push"),
        Value::Map(pairs) => return append_pairs(out, pairs, indent),
        Value::Attributed(attributed) => return append(out, &attributed.value, indent),
    }
    out.push(b'\n');
}

fn append_elements(out: &mut Vec<u8>, elements: &[Value], indent: usize, mark: u8, kind: &str) {
    if elements.is_empty() {
        out.extend_from_slice(format!("(empty {kind})\n").as_bytes());
        return;
    }
    let width = decimal_width(elements.len());
    for (index, element) in elements.iter().enumerate() {
        append_index(out, index, width, indent, mark);
        append(out, element, indent + width + 2);
    }
}

fn append_pairs(out: &mut Vec<u8>, pairs: &[(Value, Value)], indent: usize) {
    if pairs.is_empty() {
        out.extend_from_slice(b"(empty hash)\n");
        return;
    }
    let width = decimal_width(pairs.len());
    for (index, (key, value)) in pairs.iter().enumerate() {
        append_index(out, index, width, indent, b'#');
        append(out, key, indent + width + 2);
        out.truncate(out.len() - 1);
        out.extend_from_slice(b" => ");
        if has_lines(value) {
            out.push(b'\n');
            out.resize(out.len() + indent + width + 2, b' ');
        }
        append(out, value, indent + width + 2);
    }
}

/// An aggregate of several lines, which as a map's value starts on a line of its own.
fn has_lines(value: &Value) -> bool {
    match plain(value) {
        Value::Array(elements) | Value::Set(elements) | Value::Push(elements) => {
            elements.len() > 1 || elements.iter().any(has_lines)
        }
        Value::Map(pairs) => {
            pairs.len() > 1
                || pairs
                    .iter()
                    .any(|(key, value)| has_lines(key) || has_lines(value))
        }
        _ => false,
    }
}

/// The number of an element, right aligned; the caller of the first one has indented already.
fn append_index(out: &mut Vec<u8>, index: usize, width: usize, indent: usize, mark: u8) {
    let indent = if index == 0 { 0 } else { indent };
    let number = index + 1;
    out.resize(out.len() + indent + width - decimal_width(number), b' ');
    push_integer(out, number as i64);
    out.extend([mark, b' ']);
}

fn decimal_width(number: usize) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        let mut out = Vec::new();
        standard(&mut out, value);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn scalars() {
        check(&Value::Simple(b"OK".to_vec()), "OK\n");
        check(&Value::Error(b"ERR no".to_vec()), "(error) ERR no\n");
        check(&Value::Integer(-1), "(integer) -1\n");
        check(&Value::Bulk(b"a\"\0".to_vec()), "\"a\\\"\\x00\"\n");
        check(&Value::Null, "(nil)\n");
        check(&Value::Boolean(true), "(true)\n");
        check(
            &Value::Double(b"0.10000000000000001".to_vec()),
            "(double) 0.10000000000000001\n",
        );
        check(
            &Value::Verbatim {
                format: *b"txt",
                text: b"a\nb".to_vec(),
            },
            "a\nb\n",
        );
    }

    #[test]
    fn aggregates_nest() {
        let inner = Value::Array(vec![Value::Integer(1), Value::Array(vec![])]);
        let outer = Value::Array(vec![
            inner.clone(),
            Value::Set(vec![Value::Integer(2), inner]),
        ]);
        check(
            &outer,
            "1) 1) (integer) 1\n   2) (empty array)\n2) 1~ (integer) 2\n   2~ 1) (integer) 1\n      2) (empty array)\n",
        );
    }

    #[test]
    fn numbers_are_right_aligned() {
        let ten = Value::Array(vec![Value::Null; 10]);
        let mut out = Vec::new();
        standard(&mut out, &ten);
        assert!(out.starts_with(b" 1) (nil)\n"));
        assert!(out.ends_with(b"\n10) (nil)\n"));
    }

    #[test]
    fn aggregates_in_maps_start_below_their_key() {
        let one = Value::Array(vec![Value::Integer(1)]);
        let two = Value::Array(vec![Value::Integer(1), Value::Null]);
        let map = Value::Map(vec![(Value::Integer(3), one), (Value::Integer(4), two)]);
        check(
            &Value::Map(vec![(Value::Integer(2), map)]),
            "1# (integer) 2 => \n   1# (integer) 3 => 1) (integer) 1\n   2# (integer) 4 => \n      1) (integer) 1\n      2) (nil)\n",
        );
    }
}
