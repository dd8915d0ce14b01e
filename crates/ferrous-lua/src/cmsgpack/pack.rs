//! Values to `MessagePack`.

use crate::raise::{Outcome, Raise};
use crate::state::{Kind, Stack};

/// Tables nested deeper are written as nil.
const DEPTH_MAX: usize = 16;

/// Returns the arguments one behind the other.
pub(super) fn pack(stack: &mut Stack<'_>) -> Outcome {
    let count = stack.top();
    if count == 0 {
        return Err(stack.bad_argument(0, "MessagePack pack needs input."));
    }
    let mut out = Vec::new();
    for index in 1..=count {
        write(stack, index, 0, &mut out)?;
    }
    stack.push_bytes(&out)?;
    Ok(1)
}

fn write(stack: &mut Stack<'_>, index: i32, depth: usize, out: &mut Vec<u8>) -> Result<(), Raise> {
    if !stack.shared().has_room(out.len()) {
        return Err(Raise::plain("not enough memory"));
    }
    match stack.kind(index) {
        Kind::String => write_string(stack.bytes(index).unwrap_or_default(), out),
        Kind::Boolean => out.push(if stack.boolean(index) { 0xc3 } else { 0xc2 }),
        Kind::Number => write_number(stack.number(index).unwrap_or_default(), out),
        Kind::Table if depth < DEPTH_MAX => return write_table(stack, index, depth, out),
        _ => out.push(0xc0),
    }
    Ok(())
}

fn write_string(text: &[u8], out: &mut Vec<u8>) {
    match text.len() {
        len @ 0..32 => out.push(0xa0 | len as u8),
        len @ 32..=0xff => out.extend_from_slice(&[0xd9, len as u8]),
        len => write_len(len, 0xda, out),
    }
    out.extend_from_slice(text);
}

/// A length of two bytes behind `short`, or of four behind the byte after it.
fn write_len(len: usize, short: u8, out: &mut Vec<u8>) {
    if let Ok(len) = u16::try_from(len) {
        out.push(short);
        out.extend_from_slice(&len.to_be_bytes());
    } else {
        out.push(short + 1);
        out.extend_from_slice(&(len as u32).to_be_bytes());
    }
}

fn write_number(number: f64, out: &mut Vec<u8>) {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if number.fract() == 0.0 && (-BOUND..BOUND).contains(&number) {
        return write_integer(number as i64, out);
    }
    let short = number as f32;
    // The same bits, that is: a NaN is written in full.
    if f64::from(short).to_bits() == number.to_bits() && !number.is_nan() {
        out.push(0xca);
        out.extend_from_slice(&short.to_be_bytes());
    } else {
        out.push(0xcb);
        out.extend_from_slice(&number.to_be_bytes());
    }
}

/// The shortest form.
fn write_integer(number: i64, out: &mut Vec<u8>) {
    match number {
        -32..=127 => out.push(number as u8),
        128..=0xff => out.extend_from_slice(&[0xcc, number as u8]),
        0x100..=0xffff => {
            out.push(0xcd);
            out.extend_from_slice(&(number as u16).to_be_bytes());
        }
        0x1_0000..=0xffff_ffff => {
            out.push(0xce);
            out.extend_from_slice(&(number as u32).to_be_bytes());
        }
        0x1_0000_0000.. => {
            out.push(0xcf);
            out.extend_from_slice(&number.to_be_bytes());
        }
        -128..=-33 => out.extend_from_slice(&[0xd0, number as u8]),
        -0x8000..=-129 => {
            out.push(0xd1);
            out.extend_from_slice(&(number as i16).to_be_bytes());
        }
        -0x8000_0000..=-0x8001 => {
            out.push(0xd2);
            out.extend_from_slice(&(number as i32).to_be_bytes());
        }
        _ => {
            out.push(0xd3);
            out.extend_from_slice(&number.to_be_bytes());
        }
    }
}

fn write_table(
    stack: &mut Stack<'_>,
    table: i32,
    depth: usize,
    out: &mut Vec<u8>,
) -> Result<(), Raise> {
    let (len, is_array) = measure(stack, table)?;
    match (is_array, len) {
        (true, 0..16) => out.push(0x90 | len as u8),
        (true, _) => write_len(len, 0xdc, out),
        (false, 0..16) => out.push(0x80 | len as u8),
        (false, _) => write_len(len, 0xde, out),
    }
    let top = stack.top();
    if is_array {
        for position in 1..=len {
            stack.raw_get_index(table, position as i32)?;
            write(stack, top + 1, depth + 1, out)?;
            stack.set_top(top);
        }
        return Ok(());
    }
    stack.push_nil()?;
    while stack.next(table)? {
        write(stack, top + 1, depth + 1, out)?;
        write(stack, top + 2, depth + 1, out)?;
        stack.set_top(top + 1);
    }
    Ok(())
}

/// How many pairs a table has, and whether its keys are 1, 2 and so on up to that number.
fn measure(stack: &mut Stack<'_>, table: i32) -> Result<(usize, bool), Raise> {
    let key = stack.top() + 1;
    let (mut len, mut max, mut is_array) = (0, 0.0_f64, true);
    stack.push_nil()?;
    while stack.next(table)? {
        let number = (stack.kind(key) == Kind::Number)
            .then(|| stack.number(key))
            .flatten();
        match number {
            Some(number) if number > 0.0 && number.fract() == 0.0 => max = max.max(number),
            _ => is_array = false,
        }
        len += 1;
        stack.set_top(key);
    }
    Ok((len, is_array && max as usize == len))
}
