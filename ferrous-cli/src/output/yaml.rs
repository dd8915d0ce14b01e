//! YAML: blocks for aggregates, JSON's scalars, which YAML shares.

use ferrous_client::Value;
use ferrous_client::print::strict_json;

/// Appends `value` as a document, `---` first, so that several replies make a stream.
pub(super) fn yaml(out: &mut Vec<u8>, value: &Value) {
    out.extend_from_slice(b"---\n");
    block(out, value, 0);
}

/// Writes a value that starts on a line of its own.
fn block(out: &mut Vec<u8>, value: &Value, indent: usize) {
    match value {
        Value::Array(elements) | Value::Set(elements) | Value::Push(elements)
            if !elements.is_empty() =>
        {
            for element in elements {
                start(out, indent);
                out.push(b'-');
                after_mark(out, element, indent);
            }
        }
        Value::Map(pairs) if !pairs.is_empty() => {
            for (key, value) in pairs {
                start(out, indent);
                strict_json(out, key);
                out.push(b':');
                after_mark(out, value, indent);
            }
        }
        scalar => {
            start(out, indent);
            strict_json(out, scalar);
            out.push(b'\n');
        }
    }
}

/// Writes a value behind `-` or `key:`: a scalar on the same line, an aggregate below.
fn after_mark(out: &mut Vec<u8>, value: &Value, indent: usize) {
    let is_block = match value {
        Value::Array(elements) | Value::Set(elements) | Value::Push(elements) => {
            !elements.is_empty()
        }
        Value::Map(pairs) => !pairs.is_empty(),
        _ => false,
    };
    if is_block {
        out.push(b'\n');
        block(out, value, indent + 2);
    } else {
        out.push(b' ');
        strict_json(out, value);
        out.push(b'\n');
    }
}

fn start(out: &mut Vec<u8>, indent: usize) {
    out.resize(out.len() + indent, b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_nest() {
        let text = |text: &str| Value::Bulk(text.as_bytes().to_vec());
        let inner = Value::Array(vec![Value::Integer(1), Value::Null]);
        let mut out = Vec::new();
        yaml(
            &mut out,
            &Value::Map(vec![
                (text("a"), inner.clone()),
                (text("b"), Value::Array(vec![inner])),
            ]),
        );
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "---\n\"a\":\n  - 1\n  - null\n\"b\":\n  -\n    - 1\n    - null\n"
        );
    }
}
