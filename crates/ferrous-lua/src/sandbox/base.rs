//! Replacements of base functions that would show what is hidden, or take what they must not.

use super::freeze::{freeze, marks_frozen};
use crate::raise::{Failure, Outcome, Raise};
use crate::state::{Kind, Stack};

/// More values than this do not fit on the stack of a function.
const RESULTS_MAX: i64 = 8000;

/// Adds the replacements to the table at `globals`.
pub(super) fn add(stack: &mut Stack<'_>, globals: i32) -> Result<(), Raise> {
    stack.raw_get_field(globals, "next")?;
    stack.push_function(pairs, 1)?;
    stack.raw_set_field(globals, "pairs")?;

    push_string_metatable(stack, globals)?;
    stack.push_function(getmetatable, 1)?;
    stack.raw_set_field(globals, "getmetatable")?;

    stack.push_function(load, 0)?;
    stack.raw_set_field(globals, "load")?;
    stack.push_function(loadstring, 0)?;
    stack.raw_set_field(globals, "loadstring")?;
    stack.push_function(unpack, 0)?;
    stack.raw_set_field(globals, "unpack")
}

/// What scripts get as the metatable of strings; the real one reads from the library that they cannot reach.
fn push_string_metatable(stack: &mut Stack<'_>, globals: i32) -> Result<(), Raise> {
    stack.push_table(0, 1)?;
    let metatable = stack.top();
    stack.raw_get_field(globals, "string")?;
    stack.raw_set_field(metatable, "__index")?;
    freeze(stack, false)
}

fn pairs(stack: &mut Stack<'_>) -> Outcome {
    stack.check_table(1)?;
    stack.push_copy(Stack::upvalue(1))?;
    stack.push_copy(1)?;
    stack.push_nil()?;
    Ok(3)
}

fn getmetatable(stack: &mut Stack<'_>) -> Outcome {
    match stack.kind(1) {
        Kind::None => return Err(stack.bad_argument(1, "value expected")),
        Kind::String => stack.push_copy(Stack::upvalue(1))?,
        _ => visible_metatable(stack)?,
    }
    Ok(1)
}

fn visible_metatable(stack: &mut Stack<'_>) -> Result<(), Raise> {
    if !stack.push_metatable(1)? {
        return stack.push_nil();
    }
    let metatable = stack.top();
    if marks_frozen(stack, metatable)? {
        return stack.raw_get_index(metatable, 3);
    }
    stack.raw_get_field(metatable, "__metatable")?;
    if stack.kind(metatable + 1) == Kind::Nil {
        stack.pop(1);
    }
    Ok(())
}

fn loadstring(stack: &mut Stack<'_>) -> Outcome {
    let source = stack.check_text(1)?.to_vec();
    let name = match stack.kind(2) {
        Kind::None | Kind::Nil => source.clone(),
        _ => stack.check_text(2)?.to_vec(),
    };
    load_source(stack, &source, &name)
}

fn load(stack: &mut Stack<'_>) -> Outcome {
    let name = match stack.kind(2) {
        Kind::None | Kind::Nil => b"=(load)".to_vec(),
        _ => stack.check_text(2)?.to_vec(),
    };
    if stack.kind(1) != Kind::Function {
        let got = stack.kind(1).name();
        return Err(stack.bad_argument(1, &format!("function expected, got {got}")));
    }
    let mut source = Vec::new();
    loop {
        stack.set_top(1);
        stack.push_copy(1)?;
        if let Err(failure) = stack.call(0, 1, 0) {
            return refused(stack, failure);
        }
        match stack.kind(2) {
            Kind::Nil => break,
            Kind::String if stack.len(2) == 0 => break,
            Kind::String => source.extend_from_slice(stack.bytes(2).unwrap_or_default()),
            _ => {
                stack.push_nil()?;
                stack.push_bytes(b"reader function must return a string")?;
                return Ok(2);
            }
        }
        if !stack.shared().has_room(source.len()) {
            return Err(Raise::plain("not enough memory"));
        }
    }
    load_source(stack, &source, &name)
}

fn load_source(stack: &mut Stack<'_>, source: &[u8], name: &[u8]) -> Outcome {
    if stack.load(source, name)? {
        Ok(1)
    } else {
        refused(stack, Failure::Error)
    }
}

/// Returns nil and the message on top; an end of the run goes on.
fn refused(stack: &mut Stack<'_>, failure: Failure) -> Outcome {
    if stack.shared().is_ending() || failure == Failure::Memory {
        return Err(Raise::Top);
    }
    stack.push_nil()?;
    let top = stack.top();
    stack.insert(top - 1);
    Ok(2)
}

/// As Lua's own, whose count of the results overflows.
fn unpack(stack: &mut Stack<'_>) -> Outcome {
    stack.check_table(1)?;
    let first = match stack.kind(2) {
        Kind::None | Kind::Nil => 1,
        _ => stack.check_int(2)?,
    };
    let last = match stack.kind(3) {
        Kind::None | Kind::Nil => stack.len(1) as i32,
        _ => stack.check_int(3)?,
    };
    let count = i64::from(last) - i64::from(first) + 1;
    if count <= 0 {
        return Ok(0);
    }
    if count >= RESULTS_MAX || !stack.has_room(count as i32) {
        return Err(Raise::here("too many results to unpack"));
    }
    for position in first..=last {
        stack.raw_get_index(1, position)?;
    }
    Ok(count as i32)
}
