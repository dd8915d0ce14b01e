//! Values to bytes.

use super::format::{Format, Item};
use crate::number::to_integer;
use crate::raise::{Outcome, Raise};
use crate::state::Stack;

pub(super) fn pack(stack: &mut Stack<'_>) -> Outcome {
    let mut format = Format::new(stack.check_text(1)?);
    let mut out = Vec::new();
    let mut argument = 2;
    while let Some(item) = format.next()? {
        out.resize(out.len() + format.padding(item, out.len()), 0);
        match item.letter {
            b'b' | b'B' | b'h' | b'H' | b'l' | b'L' | b'T' | b'i' | b'I' => {
                let number = stack.check_number(argument)?;
                push_integer(number, item.bytes, format.big_endian, &mut out);
            }
            b'f' => {
                let number = stack.check_number(argument)? as f32;
                push_ordered(&number.to_le_bytes(), format.big_endian, &mut out);
            }
            b'd' => {
                let number = stack.check_number(argument)?;
                push_ordered(&number.to_le_bytes(), format.big_endian, &mut out);
            }
            b'c' | b's' => push_string(stack, argument, item, &mut out)?,
            b'x' => {
                out.push(0);
                continue;
            }
            other => {
                format.control(stack, other)?;
                continue;
            }
        }
        argument += 1;
        if !stack.shared().has_room(out.len()) {
            return Err(Raise::plain("not enough memory"));
        }
    }
    stack.push_bytes(&out)?;
    Ok(1)
}

fn push_integer(number: f64, bytes: usize, big_endian: bool, out: &mut Vec<u8>) {
    let value = if number < 0.0 {
        to_integer(number) as u64
    } else {
        number as u64
    };
    let mut wide = [0; 32];
    wide[..8].copy_from_slice(&value.to_le_bytes());
    push_ordered(&wide[..bytes], big_endian, out);
}

fn push_ordered(little_endian: &[u8], big_endian: bool, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(little_endian);
    if big_endian {
        out[start..].reverse();
    }
}

/// A string cut to its size, or whole; `s` has a zero behind it.
fn push_string(
    stack: &mut Stack<'_>,
    argument: i32,
    item: Item,
    out: &mut Vec<u8>,
) -> Result<(), Raise> {
    let text = stack.check_text(argument)?;
    let bytes = if item.bytes == 0 {
        text.len()
    } else {
        item.bytes
    };
    match text.get(..bytes) {
        Some(text) => out.extend_from_slice(text),
        None => return Err(stack.bad_argument(argument + 1, "string too short")),
    }
    if item.letter == b's' {
        out.push(0);
    }
    Ok(())
}

/// How many bytes a layout takes whose values all have a fixed size.
pub(super) fn size(stack: &mut Stack<'_>) -> Outcome {
    let mut format = Format::new(stack.check_text(1)?);
    let mut total = 0_usize;
    while let Some(item) = format.next()? {
        total += format.padding(item, total);
        match (item.letter, item.bytes) {
            (b's', _) => return Err(stack.bad_argument(1, "option 's' has no fixed size")),
            (b'c', 0) => return Err(stack.bad_argument(1, "option 'c0' has no fixed size")),
            (letter, 0) if !letter.is_ascii_alphanumeric() => format.control(stack, letter)?,
            _ => {}
        }
        total += item.bytes;
    }
    stack.push_number(total as f64)?;
    Ok(1)
}
