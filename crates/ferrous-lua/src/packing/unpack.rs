//! Bytes to values.

use super::format::{Format, Item};
use crate::raise::{Outcome, Raise};
use crate::state::{Kind, Stack};

pub(super) fn unpack(stack: &mut Stack<'_>) -> Outcome {
    let mut format = Format::new(stack.check_text(1)?);
    let data = stack.check_text(2)?.to_vec();
    let mut at = match stack.kind(3) {
        Kind::None | Kind::Nil => 0,
        _ => {
            let position = stack.check_number(3)? as i64;
            if position == 0 {
                return Err(stack.bad_argument(3, "offset must be 1 or greater"));
            }
            // A position below zero lies beyond all data.
            position as u64 as usize - 1
        }
    };
    let mut results = 0;
    while let Some(item) = format.next()? {
        at = at.saturating_add(format.padding(item, at));
        let field = field(stack, &data, at, item.bytes)?;
        if !stack.has_room(3) {
            return Err(Raise::here("stack overflow (too many results)"));
        }
        let mut taken = item.bytes;
        match item.letter {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                let signed = item.letter.is_ascii_lowercase();
                stack.push_number(integer(field, format.big_endian, signed))?;
            }
            b'f' => stack.push_number(f64::from(f32::from_le_bytes(ordered(
                field,
                format.big_endian,
            ))))?,
            b'd' => stack.push_number(f64::from_le_bytes(ordered(field, format.big_endian)))?,
            b'c' => {
                taken = push_text(stack, &data, at, item, &mut results)?;
            }
            b's' => {
                let rest = data.get(at..).unwrap_or_default();
                let Some(end) = rest.iter().position(|byte| *byte == 0) else {
                    return Err(Raise::here("unfinished string in data"));
                };
                stack.push_bytes(&rest[..end])?;
                taken = end + 1;
            }
            b'x' => {
                at += 1;
                continue;
            }
            other => {
                format.control(stack, other)?;
                continue;
            }
        }
        results += 1;
        at += taken;
    }
    stack.push_number(at.wrapping_add(1) as f64)?;
    Ok(results + 1)
}

fn field<'a>(
    stack: &Stack<'_>,
    data: &'a [u8],
    at: usize,
    bytes: usize,
) -> Result<&'a [u8], Raise> {
    at.checked_add(bytes)
        .and_then(|end| data.get(at..end))
        .ok_or_else(|| stack.bad_argument(2, "data string too short"))
}

/// A string of fixed size, or of the size that the result before it says, which it replaces.
fn push_text(
    stack: &mut Stack<'_>,
    data: &[u8],
    at: usize,
    item: Item,
    results: &mut i32,
) -> Result<usize, Raise> {
    let mut bytes = item.bytes;
    if bytes == 0 {
        let top = stack.top();
        let size = (*results > 0).then(|| stack.number(top)).flatten();
        let Some(size) = size else {
            return Err(Raise::here("format 'c0' needs a previous size"));
        };
        // What no string has as its length is too long for any.
        bytes = if size >= 0.0 {
            size as usize
        } else {
            usize::MAX
        };
        stack.pop(1);
        *results -= 1;
    }
    let text = field(stack, data, at, bytes)?;
    stack.push_bytes(text)?;
    Ok(bytes)
}

fn ordered<const N: usize>(field: &[u8], big_endian: bool) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(field);
    if big_endian {
        bytes.reverse();
    }
    bytes
}

/// Of more than eight bytes the least significant ones count.
fn integer(field: &[u8], big_endian: bool, signed: bool) -> f64 {
    let mut value = 0_u64;
    for index in 0..field.len() {
        let next = if big_endian {
            field[index]
        } else {
            field[field.len() - 1 - index]
        };
        value = value << 8 | u64::from(next);
    }
    if !signed {
        return value as f64;
    }
    let unused = 64_usize.saturating_sub(field.len() * 8).min(63);
    ((value << unused) as i64 >> unused) as f64
}
