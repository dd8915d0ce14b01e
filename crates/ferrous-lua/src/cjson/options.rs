//! The options of one library, and the functions that read and change them.

use crate::raise::{Outcome, Raise};
use crate::state::{Kind, Stack};

/// What numbers that JSON does not know become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InvalidNumbers {
    /// An error.
    Refused,
    /// What C prints.
    Written,
    /// `null`
    Null,
}

/// The options, read from the table that all functions of a library hold.
pub(super) struct Options {
    pub(super) sparse_convert: bool,
    pub(super) sparse_ratio: i32,
    pub(super) sparse_safe: i32,
    pub(super) encode_depth_max: i32,
    pub(super) decode_depth_max: i32,
    pub(super) encode_invalid: InvalidNumbers,
    pub(super) decode_invalid: bool,
    pub(super) precision: usize,
}

/// The places of the options in their table, with what they are at first.
const SPARSE_CONVERT: (i32, i32) = (1, 0);
const SPARSE_RATIO: (i32, i32) = (2, 2);
const SPARSE_SAFE: (i32, i32) = (3, 10);
const ENCODE_DEPTH: (i32, i32) = (4, 1000);
const DECODE_DEPTH: (i32, i32) = (5, 1000);
const ENCODE_INVALID: (i32, i32) = (6, 0);
const DECODE_INVALID: (i32, i32) = (7, 1);
const PRECISION: (i32, i32) = (8, 14);
const KEEP_BUFFER: (i32, i32) = (9, 1);

/// What an option of two values reads as; one more for [`InvalidNumbers`].
const CHOICES: [&str; 3] = ["off", "on", "null"];

/// Sets all options in the table at `table` as they are at first.
pub(crate) fn reset(stack: &mut Stack<'_>, table: i32) -> Result<(), Raise> {
    for (place, value) in [
        SPARSE_CONVERT,
        SPARSE_RATIO,
        SPARSE_SAFE,
        ENCODE_DEPTH,
        DECODE_DEPTH,
        ENCODE_INVALID,
        DECODE_INVALID,
        PRECISION,
        KEEP_BUFFER,
    ] {
        stack.push_number(f64::from(value))?;
        stack.raw_set_index(table, place);
    }
    Ok(())
}

impl Options {
    /// Those of the running function.
    pub(super) fn read(stack: &mut Stack<'_>) -> Result<Self, Raise> {
        Ok(Self {
            sparse_convert: get(stack, SPARSE_CONVERT)? != 0,
            sparse_ratio: get(stack, SPARSE_RATIO)?,
            sparse_safe: get(stack, SPARSE_SAFE)?,
            encode_depth_max: get(stack, ENCODE_DEPTH)?,
            decode_depth_max: get(stack, DECODE_DEPTH)?,
            encode_invalid: match get(stack, ENCODE_INVALID)? {
                0 => InvalidNumbers::Refused,
                1 => InvalidNumbers::Written,
                _ => InvalidNumbers::Null,
            },
            decode_invalid: get(stack, DECODE_INVALID)? != 0,
            precision: get(stack, PRECISION)?.clamp(1, 14) as usize,
        })
    }
}

fn get(stack: &mut Stack<'_>, (place, _): (i32, i32)) -> Result<i32, Raise> {
    stack.raw_get_index(Stack::upvalue(1), place)?;
    let value = stack.number(stack.top()).unwrap_or_default();
    stack.pop(1);
    Ok(value as i32)
}

fn set(stack: &mut Stack<'_>, (place, _): (i32, i32), value: i32) -> Result<(), Raise> {
    stack.shared().json_touched.set(true);
    stack.push_number(f64::from(value))?;
    stack.raw_set_index(Stack::upvalue(1), place);
    Ok(())
}

/// Allows so many arguments; those missing become nil.
fn take_arguments(stack: &mut Stack<'_>, count: i32) -> Result<(), Raise> {
    if stack.top() > count {
        return Err(stack.bad_argument(count + 1, "found too many arguments"));
    }
    stack.set_top(count);
    Ok(())
}

/// Changes a number unless the argument is nil, and pushes it.
fn integer(
    stack: &mut Stack<'_>,
    argument: i32,
    option: (i32, i32),
    min: i32,
    max: i32,
) -> Result<(), Raise> {
    if stack.kind(argument) != Kind::Nil {
        let value = stack.check_int(argument)?;
        if !(min..=max).contains(&value) {
            let problem = format!("expected integer between {min} and {max}");
            return Err(stack.bad_argument(argument, &problem));
        }
        set(stack, option, value)?;
    }
    let value = get(stack, option)?;
    stack.push_number(f64::from(value))
}

/// Changes one of the first `count` choices unless the argument is nil, and pushes it.
fn choice(
    stack: &mut Stack<'_>,
    argument: i32,
    option: (i32, i32),
    count: usize,
) -> Result<(), Raise> {
    match stack.kind(argument) {
        Kind::Nil => {}
        Kind::Boolean => set(stack, option, i32::from(stack.boolean(argument)))?,
        _ => {
            let given = stack.check_text(argument)?;
            let found = CHOICES[..count]
                .iter()
                .position(|choice| choice.as_bytes() == given);
            let Some(found) = found else {
                let given = String::from_utf8_lossy(given).into_owned();
                return Err(stack.bad_argument(argument, &format!("invalid option '{given}'")));
            };
            set(stack, option, found as i32)?;
        }
    }
    match get(stack, option)? {
        2 => stack.push_bytes(CHOICES[2].as_bytes()),
        value => stack.push_boolean(value != 0),
    }
}

pub(super) fn encode_sparse_array(stack: &mut Stack<'_>) -> Outcome {
    take_arguments(stack, 3)?;
    choice(stack, 1, SPARSE_CONVERT, 2)?;
    integer(stack, 2, SPARSE_RATIO, 0, i32::MAX)?;
    integer(stack, 3, SPARSE_SAFE, 0, i32::MAX)?;
    Ok(3)
}

pub(super) fn encode_max_depth(stack: &mut Stack<'_>) -> Outcome {
    take_arguments(stack, 1)?;
    integer(stack, 1, ENCODE_DEPTH, 1, i32::MAX)?;
    Ok(1)
}

pub(super) fn decode_max_depth(stack: &mut Stack<'_>) -> Outcome {
    take_arguments(stack, 1)?;
    integer(stack, 1, DECODE_DEPTH, 1, i32::MAX)?;
    Ok(1)
}

pub(super) fn encode_number_precision(stack: &mut Stack<'_>) -> Outcome {
    take_arguments(stack, 1)?;
    integer(stack, 1, PRECISION, 1, 14)?;
    Ok(1)
}

/// Whether the buffer is kept changes nothing that can be seen: each result is built in its own.
pub(super) fn encode_keep_buffer(stack: &mut Stack<'_>) -> Outcome {
    take_arguments(stack, 1)?;
    choice(stack, 1, KEEP_BUFFER, 2)?;
    Ok(1)
}

pub(super) fn encode_invalid_numbers(stack: &mut Stack<'_>) -> Outcome {
    take_arguments(stack, 1)?;
    choice(stack, 1, ENCODE_INVALID, 3)?;
    Ok(1)
}

pub(super) fn decode_invalid_numbers(stack: &mut Stack<'_>) -> Outcome {
    take_arguments(stack, 1)?;
    choice(stack, 1, DECODE_INVALID, 2)?;
    Ok(1)
}
