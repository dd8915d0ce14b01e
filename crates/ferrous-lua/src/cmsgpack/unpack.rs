//! `MessagePack` to values.

use crate::raise::{Outcome, Raise};
use crate::state::{Kind, Stack};

/// How deep values may nest: what fits on Lua's stack and the thread's with room to spare.
const DEPTH_MAX: usize = 1000;

/// Returns all values.
pub(super) fn unpack(stack: &mut Stack<'_>) -> Outcome {
    decode(stack, 0, 0)
}

/// Returns where the next value begins, or -1 behind the last, and one value.
pub(super) fn unpack_one(stack: &mut Stack<'_>) -> Outcome {
    let offset = optional_int(stack, 2)?;
    decode(stack, 1, offset)
}

/// Returns where the next value begins, or -1 behind the last, and as many values as asked for.
pub(super) fn unpack_limit(stack: &mut Stack<'_>) -> Outcome {
    let limit = stack.check_int(2)?;
    let offset = optional_int(stack, 3)?;
    decode(stack, limit, offset)
}

fn optional_int(stack: &Stack<'_>, number: i32) -> Result<i32, Raise> {
    match stack.kind(number) {
        Kind::None | Kind::Nil => Ok(0),
        _ => stack.check_int(number),
    }
}

fn decode(stack: &mut Stack<'_>, limit: i32, offset: i32) -> Outcome {
    let data = stack.check_text(1)?.to_vec();
    let len = data.len();
    if offset < 0 || limit < 0 {
        return Err(Raise::here(format!(
            "Invalid request to unpack with offset of {offset} and limit of {len}."
        )));
    }
    if offset as usize > len {
        return Err(Raise::here(format!(
            "Start offset {offset} greater than input length {len}."
        )));
    }
    let everything = limit == 0 && offset == 0;
    let limit = if everything || limit == 0 {
        i32::MAX
    } else {
        limit
    };
    let mut reader = Reader {
        data: &data,
        at: offset as usize,
    };
    let base = stack.top();
    let mut count = 0;
    while reader.at < len && count < limit {
        if !stack.has_room(3) {
            return Err(stack.bad_argument(
                1,
                "too many return values at once; use unpack_one or unpack_limit instead.",
            ));
        }
        push_value(stack, &mut reader, 0)?;
        count += 1;
    }
    if !everything {
        let next = if reader.at < len {
            reader.at as f64
        } else {
            -1.0
        };
        stack.push_number(next)?;
        stack.insert(base + 1);
        count += 1;
    }
    Ok(count)
}

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> Result<&'a [u8], Raise> {
        let end = self.at.checked_add(bytes);
        let taken = end
            .and_then(|end| self.data.get(self.at..end))
            .ok_or_else(|| Raise::here("Missing bytes in input."))?;
        self.at += bytes;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Raise> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn len<const N: usize>(&mut self) -> Result<usize, Raise> {
        let bytes = self.array::<N>()?;
        Ok(bytes
            .iter()
            .fold(0, |len, byte| len << 8 | usize::from(*byte)))
    }
}

fn push_value(stack: &mut Stack<'_>, reader: &mut Reader<'_>, depth: usize) -> Result<(), Raise> {
    let first = reader.array::<1>()?[0];
    let number = match first {
        0x00..=0x7f => f64::from(first),
        0xe0..=0xff => f64::from(first as i8),
        0xcc => f64::from(reader.array::<1>()?[0]),
        0xcd => f64::from(u16::from_be_bytes(reader.array()?)),
        0xce => f64::from(u32::from_be_bytes(reader.array()?)),
        0xcf => u64::from_be_bytes(reader.array()?) as f64,
        0xd0 => f64::from(i8::from_be_bytes(reader.array()?)),
        0xd1 => f64::from(i16::from_be_bytes(reader.array()?)),
        0xd2 => f64::from(i32::from_be_bytes(reader.array()?)),
        0xd3 => i64::from_be_bytes(reader.array()?) as f64,
        0xca => f64::from(f32::from_be_bytes(reader.array()?)),
        0xcb => f64::from_be_bytes(reader.array()?),
        _ => return push_other(stack, reader, first, depth),
    };
    stack.push_number(number)
}

fn push_other(
    stack: &mut Stack<'_>,
    reader: &mut Reader<'_>,
    first: u8,
    depth: usize,
) -> Result<(), Raise> {
    let low = usize::from(first & 0x0f);
    match first {
        0xc0 => stack.push_nil(),
        0xc2 => stack.push_boolean(false),
        0xc3 => stack.push_boolean(true),
        0xa0..=0xbf => push_string(stack, reader, usize::from(first & 0x1f)),
        0xd9 => reader
            .len::<1>()
            .and_then(|len| push_string(stack, reader, len)),
        0xda => reader
            .len::<2>()
            .and_then(|len| push_string(stack, reader, len)),
        0xdb => reader
            .len::<4>()
            .and_then(|len| push_string(stack, reader, len)),
        0x90..=0x9f => push_array(stack, reader, low, depth),
        0xdc => reader
            .len::<2>()
            .and_then(|len| push_array(stack, reader, len, depth)),
        0xdd => reader
            .len::<4>()
            .and_then(|len| push_array(stack, reader, len, depth)),
        0x80..=0x8f => push_map(stack, reader, low, depth),
        0xde => reader
            .len::<2>()
            .and_then(|len| push_map(stack, reader, len, depth)),
        0xdf => reader
            .len::<4>()
            .and_then(|len| push_map(stack, reader, len, depth)),
        _ => Err(Raise::here("Bad data format in input.")),
    }
}

fn push_string(stack: &mut Stack<'_>, reader: &mut Reader<'_>, len: usize) -> Result<(), Raise> {
    let text = reader.take(len)?;
    stack.push_bytes(text)
}

fn push_container(stack: &mut Stack<'_>, depth: usize) -> Result<i32, Raise> {
    if depth >= DEPTH_MAX || !stack.has_room(3) {
        return Err(Raise::here("stack overflow (values nest too deep)"));
    }
    stack.push_table(0, 0)?;
    Ok(stack.top())
}

fn push_array(
    stack: &mut Stack<'_>,
    reader: &mut Reader<'_>,
    len: usize,
    depth: usize,
) -> Result<(), Raise> {
    let table = push_container(stack, depth)?;
    for position in 1..=len {
        push_value(stack, reader, depth + 1)?;
        // The announced length may be as large as u32, but each element takes a byte that is there.
        stack.raw_set_index(table, position as i32);
        stack.check_memory()?;
    }
    Ok(())
}

fn push_map(
    stack: &mut Stack<'_>,
    reader: &mut Reader<'_>,
    pairs: usize,
    depth: usize,
) -> Result<(), Raise> {
    let table = push_container(stack, depth)?;
    for _ in 0..pairs {
        push_value(stack, reader, depth + 1)?;
        push_value(stack, reader, depth + 1)?;
        stack.raw_set(table)?;
        stack.check_memory()?;
    }
    Ok(())
}
