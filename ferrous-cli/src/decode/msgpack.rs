//! `MessagePack` as JSON values; bytes that are no UTF-8 become a hexadecimal string.

use serde_json::{Map, Number, Value};

/// Nesting that is still followed.
const DEPTH_MAX: usize = 64;

/// The value that `bytes` hold; `None` when they are not exactly one.
pub(super) fn decode(bytes: &[u8]) -> Option<Value> {
    let mut reader = Reader(bytes);
    let value = reader.value(0)?;
    reader.0.is_empty().then_some(value)
}

struct Reader<'bytes>(&'bytes [u8]);

impl<'bytes> Reader<'bytes> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEPTH_MAX {
            return None;
        }
        Some(match self.byte()? {
            byte @ 0x00..=0x7f => byte.into(),
            byte @ 0x80..=0x8f => self.map(usize::from(byte & 15), depth)?,
            byte @ 0x90..=0x9f => self.array(usize::from(byte & 15), depth)?,
            byte @ 0xa0..=0xbf => self.text(usize::from(byte & 31))?,
            0xc0 => Value::Null,
            0xc2 => false.into(),
            0xc3 => true.into(),
            0xc4 | 0xd9 => self.sized_text(1)?,
            0xc5 | 0xda => self.sized_text(2)?,
            0xc6 | 0xdb => self.sized_text(4)?,
            0xc7 => self.extension(1)?,
            0xc8 => self.extension(2)?,
            0xc9 => self.extension(4)?,
            0xca => float(f64::from(f32::from_be_bytes(
                self.take(4)?.try_into().ok()?,
            ))),
            0xcb => float(f64::from_be_bytes(self.take(8)?.try_into().ok()?)),
            byte @ 0xcc..=0xcf => self.unsigned(1 << (byte - 0xcc))?.into(),
            byte @ 0xd0..=0xd3 => self.signed(1 << (byte - 0xd0))?.into(),
            byte @ 0xd4..=0xd8 => {
                // A type of the application, then its data.
                self.byte()?;
                self.text(1 << (byte - 0xd4))?
            }
            0xdc => self.sized(2).and_then(|len| self.array(len, depth))?,
            0xdd => self.sized(4).and_then(|len| self.array(len, depth))?,
            0xde => self.sized(2).and_then(|len| self.map(len, depth))?,
            0xdf => self.sized(4).and_then(|len| self.map(len, depth))?,
            byte @ 0xe0..=0xff => (byte as i8).into(),
            0xc1 => return None,
        })
    }

    fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    fn take(&mut self, len: usize) -> Option<&'bytes [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn unsigned(&mut self, len: usize) -> Option<u64> {
        Some(
            self.take(len)?
                .iter()
                .fold(0, |number, &byte| number << 8 | u64::from(byte)),
        )
    }

    fn signed(&mut self, len: usize) -> Option<i64> {
        let unused = 64 - 8 * len as u32;
        Some((self.unsigned(len)? << unused) as i64 >> unused)
    }

    fn sized(&mut self, len: usize) -> Option<usize> {
        usize::try_from(self.unsigned(len)?).ok()
    }

    fn array(&mut self, len: usize, depth: usize) -> Option<Value> {
        (0..len)
            .map(|_| self.value(depth + 1))
            .collect::<Option<Vec<_>>>()
            .map(Value::Array)
    }

    fn map(&mut self, len: usize, depth: usize) -> Option<Value> {
        let mut map = Map::new();
        for _ in 0..len {
            let key = match self.value(depth + 1)? {
                Value::String(key) => key,
                other => other.to_string(),
            };
            map.insert(key, self.value(depth + 1)?);
        }
        Some(Value::Object(map))
    }

    fn text(&mut self, len: usize) -> Option<Value> {
        let bytes = self.take(len)?;
        Some(match std::str::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => super::hex(bytes).into(),
        })
    }

    fn sized_text(&mut self, len: usize) -> Option<Value> {
        let len = self.sized(len)?;
        self.text(len)
    }

    fn extension(&mut self, len: usize) -> Option<Value> {
        let len = self.sized(len)?;
        self.byte()?;
        self.text(len)
    }
}

fn float(number: f64) -> Value {
    Number::from_f64(number).map_or_else(|| number.to_string().into(), Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], json: &str) {
        assert_eq!(
            decode(bytes).map(|value| value.to_string()).as_deref(),
            Some(json)
        );
    }

    #[test]
    fn values_of_every_kind() {
        check(b"\x93\x01\xff\xd1\xfe\x00", "[1,-1,-512]");
        check(
            b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
            "18446744073709551615",
        );
        check(b"\xcb\x3f\xf8\0\0\0\0\0\0", "1.5");
        check(b"\xc4\x02\xff\x00", "\"ff00\"");
        check(b"\xde\x00\x01\xa1k\xc3", "{\"k\":true}");
        check(b"\xd4\x05\x61", "\"a\"");
    }

    #[test]
    fn anything_else_is_refused() {
        for bytes in [
            &b""[..],
            b"\xc1",
            b"\x91",
            b"\x01\x02",
            b"\xdd\xff\xff\xff\xff",
        ] {
            assert_eq!(decode(bytes), None);
        }
        assert_eq!(decode(&[0x91; 1000]), None);
    }
}
