//! Values written out for people, as debuggers show them.

use crate::raise::Raise;
use crate::state::{Kind, Stack};

/// Deeper tables are cut short.
const DEPTH_MAX: usize = 60;

/// The value at `index` in the notation of Lua.
pub(crate) fn show(stack: &mut Stack<'_>, index: i32) -> Vec<u8> {
    let top = stack.top();
    let mut out = Vec::new();
    if write(stack, index, 0, &mut out).is_err() {
        out.extend_from_slice(b"...");
    }
    stack.set_top(top);
    out
}

fn write(stack: &mut Stack<'_>, index: i32, depth: usize, out: &mut Vec<u8>) -> Result<(), Raise> {
    match stack.kind(index) {
        Kind::String => quote(stack.bytes(index).unwrap_or_default(), out),
        Kind::Boolean => out.extend_from_slice(if stack.boolean(index) {
            b"true"
        } else {
            b"false"
        }),
        Kind::Number => {
            let number = stack.number(index).unwrap_or_default();
            crate::number::write_general(number, 17, out);
        }
        Kind::Nil | Kind::None => out.extend_from_slice(b"nil"),
        Kind::Table if depth == DEPTH_MAX => {
            out.extend_from_slice(b"<max recursion level reached! Nested table?>");
        }
        Kind::Table => table(stack, index, depth, out)?,
        Kind::LightUserdata if stack.address(index) == 0 => {
            out.extend_from_slice(b"userdata@(nil)");
        }
        other => out.extend_from_slice(
            format!("\"{}@{:#x}\"", other.name(), stack.identity(index)).as_bytes(),
        ),
    }
    Ok(())
}

/// A table: as a list when its keys are 1, 2 and so on, else with its keys.
fn table(stack: &mut Stack<'_>, index: i32, depth: usize, out: &mut Vec<u8>) -> Result<(), Raise> {
    let is_list = is_list(stack, index)?;
    out.push(b'{');
    let start = out.len();
    stack.push_nil()?;
    while stack.next(index)? {
        let value = stack.top();
        if out.len() > start {
            out.extend_from_slice(b"; ");
        }
        if !is_list {
            out.push(b'[');
            write(stack, value - 1, depth + 1, out)?;
            out.extend_from_slice(b"]=");
        }
        write(stack, value, depth + 1, out)?;
        stack.set_top(value - 1);
    }
    out.push(b'}');
    Ok(())
}

fn is_list(stack: &mut Stack<'_>, index: i32) -> Result<bool, Raise> {
    let mut expected = 1.0;
    stack.push_nil()?;
    while stack.next(index)? {
        let key = stack.top() - 1;
        stack.set_top(key);
        if stack.kind(key) != Kind::Number || stack.number(key) != Some(expected) {
            stack.pop(1);
            return Ok(false);
        }
        expected += 1.0;
    }
    Ok(true)
}

fn quote(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            7 => out.extend_from_slice(b"\\a"),
            8 => out.extend_from_slice(b"\\b"),
            b' '..=b'~' => out.push(byte),
            other => out.extend_from_slice(format!("\\x{other:02x}").as_bytes()),
        }
    }
    out.push(b'"');
}
