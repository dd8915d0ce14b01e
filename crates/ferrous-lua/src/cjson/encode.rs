//! Values to JSON.

use super::options::{InvalidNumbers, Options};
use crate::number::write_general;
use crate::raise::{Outcome, Raise};
use crate::state::{Kind, Stack};

/// However deep scripts allow: each level takes stack of the thread.
const DEPTH_MAX: i32 = 2600;

/// Returns the JSON text of a value.
pub(super) fn encode(stack: &mut Stack<'_>) -> Outcome {
    if stack.top() != 1 {
        return Err(stack.bad_argument(1, "expected 1 argument"));
    }
    let options = Options::read(stack)?;
    let mut writer = Writer {
        options,
        out: Vec::new(),
    };
    writer.value(stack, 1, 0)?;
    stack.push_bytes(&writer.out)?;
    Ok(1)
}

struct Writer {
    options: Options,
    out: Vec<u8>,
}

impl Writer {
    fn value(&mut self, stack: &mut Stack<'_>, index: i32, depth: i32) -> Result<(), Raise> {
        match stack.kind(index) {
            Kind::String => self.string(stack.bytes(index).unwrap_or_default()),
            Kind::Number => return self.number(stack.number(index).unwrap_or_default()),
            Kind::Boolean if stack.boolean(index) => self.out.extend_from_slice(b"true"),
            Kind::Boolean => self.out.extend_from_slice(b"false"),
            Kind::Table => return self.table(stack, index, depth + 1),
            Kind::Nil => self.out.extend_from_slice(b"null"),
            Kind::LightUserdata if stack.address(index) == 0 => {
                self.out.extend_from_slice(b"null");
            }
            other => return Err(refuse(other, "type not supported")),
        }
        if stack.shared().has_room(self.out.len()) {
            Ok(())
        } else {
            Err(Raise::plain("not enough memory"))
        }
    }

    fn table(&mut self, stack: &mut Stack<'_>, table: i32, depth: i32) -> Result<(), Raise> {
        let deepest = self.options.encode_depth_max.min(DEPTH_MAX);
        if depth > deepest || !stack.has_room(5) {
            return Err(Raise::here(format!(
                "Cannot serialise, excessive nesting ({depth})"
            )));
        }
        match self.array_len(stack, table)? {
            Some(len) if len > 0 => self.array(stack, table, len, depth),
            _ => self.object(stack, table, depth),
        }
    }

    fn array(
        &mut self,
        stack: &mut Stack<'_>,
        table: i32,
        len: i32,
        depth: i32,
    ) -> Result<(), Raise> {
        let top = stack.top();
        self.out.push(b'[');
        for position in 1..=len {
            if position > 1 {
                self.out.push(b',');
            }
            stack.raw_get_index(table, position)?;
            self.value(stack, top + 1, depth)?;
            stack.set_top(top);
        }
        self.out.push(b']');
        Ok(())
    }

    fn object(&mut self, stack: &mut Stack<'_>, table: i32, depth: i32) -> Result<(), Raise> {
        let key = stack.top() + 1;
        self.out.push(b'{');
        let mut first = true;
        stack.push_nil()?;
        while stack.next(table)? {
            if !std::mem::take(&mut first) {
                self.out.push(b',');
            }
            match stack.kind(key) {
                Kind::String => self.string(stack.bytes(key).unwrap_or_default()),
                Kind::Number => {
                    self.out.push(b'"');
                    self.number(stack.number(key).unwrap_or_default())?;
                    self.out.push(b'"');
                }
                other => return Err(refuse(other, "table key must be a number or string")),
            }
            self.out.push(b':');
            self.value(stack, key + 1, depth)?;
            stack.set_top(key);
        }
        self.out.push(b'}');
        Ok(())
    }

    /// The highest index of a table that is to be an array, else `None`.
    fn array_len(&self, stack: &mut Stack<'_>, table: i32) -> Result<Option<i32>, Raise> {
        let key = stack.top() + 1;
        let (mut max, mut items) = (0, 0_i64);
        stack.push_nil()?;
        while stack.next(table)? {
            let index = (stack.kind(key) == Kind::Number)
                .then(|| stack.number(key))
                .flatten()
                .filter(|number| number.fract() == 0.0)
                .filter(|number| (1.0..=f64::from(i32::MAX)).contains(number));
            let Some(index) = index else {
                stack.set_top(key - 1);
                return Ok(None);
            };
            max = max.max(index as i32);
            items += 1;
            stack.set_top(key);
        }
        let (ratio, safe) = (
            i64::from(self.options.sparse_ratio),
            self.options.sparse_safe,
        );
        if ratio > 0 && i64::from(max) > items * ratio && max > safe {
            if !self.options.sparse_convert {
                return Err(refuse(Kind::Table, "excessively sparse array"));
            }
            return Ok(None);
        }
        Ok(Some(max))
    }

    fn number(&mut self, number: f64) -> Result<(), Raise> {
        if !number.is_finite() {
            match self.options.encode_invalid {
                InvalidNumbers::Refused => {
                    return Err(refuse(Kind::Number, "must not be NaN or Inf"));
                }
                InvalidNumbers::Null => {
                    self.out.extend_from_slice(b"null");
                    return Ok(());
                }
                InvalidNumbers::Written => {}
            }
        }
        write_general(number, self.options.precision, &mut self.out);
        Ok(())
    }

    fn string(&mut self, text: &[u8]) {
        self.out.reserve(text.len() + 2);
        self.out.push(b'"');
        let mut rest = text;
        while let Some(special) = rest.iter().position(|byte| needs_escape(*byte)) {
            self.out.extend_from_slice(&rest[..special]);
            self.escape(rest[special]);
            rest = &rest[special + 1..];
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }

    fn escape(&mut self, byte: u8) {
        let short = match byte {
            b'"' | b'\\' | b'/' => byte,
            8 => b'b',
            12 => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            other => {
                self.out
                    .extend_from_slice(format!("\\u{other:04x}").as_bytes());
                return;
            }
        };
        self.out.extend_from_slice(&[b'\\', short]);
    }
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || matches!(byte, b'"' | b'\\' | b'/' | 0x7f)
}

#[cold]
fn refuse(kind: Kind, reason: &str) -> Raise {
    Raise::here(format!("Cannot serialise {}: {reason}", kind.name()))
}
