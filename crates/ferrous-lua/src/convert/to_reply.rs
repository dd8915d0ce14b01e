//! A script's result as a reply.

use ferrous_resp::{Aggregate, Deferred, Encoder, Protocol};

use crate::number::to_integer;
use crate::raise::Raise;
use crate::state::{Kind, Stack};

/// How many slots a step may need.
const SLOTS: i32 = 6;

/// An aggregate whose elements are being written; its table is on the stack.
struct Open {
    kind: Aggregate,
    header: Deferred,
    /// Elements or pairs so far.
    len: usize,
    table: i32,
    /// What to drop back to when it is complete.
    floor: i32,
    /// The key of a pair has been written, its value is on top.
    at_value: bool,
}

/// Writes the value on top, and pops it. Nesting is bounded by Lua's stack, not by that of the thread.
///
/// `protocol` is that of the script, which decides what booleans are.
pub(crate) fn write(
    stack: &mut Stack<'_>,
    protocol: Protocol,
    out: &mut Encoder<'_>,
) -> Result<(), Raise> {
    let mut open: Vec<Open> = Vec::new();
    loop {
        if let Some(opened) = write_one(stack, protocol, out)? {
            open.push(opened);
        }
        loop {
            let Some(innermost) = open.last_mut() else {
                return Ok(());
            };
            if push_next(stack, innermost)? {
                break;
            }
            if let Some(complete) = open.pop() {
                complete.header.finish(out, complete.len);
                stack.set_top(complete.floor);
            }
        }
    }
}

/// Pushes what is to be written next of an aggregate; false when it is complete.
fn push_next(stack: &mut Stack<'_>, open: &mut Open) -> Result<bool, Raise> {
    if open.kind == Aggregate::Array {
        stack.raw_get_index(open.table, open.len as i32 + 1)?;
        let more = stack.kind(stack.top()) != Kind::Nil;
        open.len += usize::from(more);
        return Ok(more);
    }
    if open.at_value {
        open.at_value = false;
        return Ok(true);
    }
    if open.len == 0 {
        stack.push_nil()?;
    }
    if !stack.next(open.table)? {
        return Ok(false);
    }
    open.len += 1;
    let key = open.table + 1;
    if open.kind == Aggregate::Set {
        stack.set_top(key);
    } else {
        open.at_value = true;
    }
    stack.push_copy(key)?;
    Ok(true)
}

/// Writes the value on top and pops it, unless it is an aggregate: that is opened, and stays.
fn write_one(
    stack: &mut Stack<'_>,
    protocol: Protocol,
    out: &mut Encoder<'_>,
) -> Result<Option<Open>, Raise> {
    let value = stack.top();
    if !stack.has_room(SLOTS) {
        out.error(b"ERR reached lua stack limit");
        stack.pop(1);
        return Ok(None);
    }
    match stack.kind(value) {
        Kind::String => out.bulk(stack.bytes(value).unwrap_or_default()),
        Kind::Number => out.integer(to_integer(stack.number(value).unwrap_or_default())),
        Kind::Boolean => match (protocol, stack.boolean(value)) {
            (Protocol::Resp2, true) => out.integer(1),
            (Protocol::Resp2, false) => out.nil(),
            (Protocol::Resp3, truth) => out.boolean(truth),
        },
        Kind::Table => return write_table(stack, value, out),
        _ => out.nil(),
    }
    stack.set_top(value - 1);
    Ok(None)
}

/// The fields that make a table something else than an array, in the order in which they are looked for.
fn write_table(
    stack: &mut Stack<'_>,
    table: i32,
    out: &mut Encoder<'_>,
) -> Result<Option<Open>, Raise> {
    let found = table + 1;
    let written = if field(stack, table, "err", Kind::String)? {
        out.error(until_zero(stack.bytes(found)));
        true
    } else if field(stack, table, "ok", Kind::String)? {
        out.simple(until_zero(stack.bytes(found)));
        true
    } else if field(stack, table, "double", Kind::Number)? {
        out.double(stack.number(found).unwrap_or_default());
        true
    } else if field(stack, table, "big_number", Kind::String)? {
        let digits = stack.bytes(found).unwrap_or_default();
        if digits.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
            out.big_number(&on_one_line(digits));
        } else {
            out.big_number(digits);
        }
        true
    } else {
        field(stack, table, "verbatim_string", Kind::Table)? && write_verbatim(stack, found, out)?
    };
    if written {
        stack.set_top(table - 1);
        return Ok(None);
    }
    stack.set_top(table);
    let (kind, inner) = if field(stack, table, "map", Kind::Table)? {
        (Aggregate::Map, found)
    } else if field(stack, table, "set", Kind::Table)? {
        (Aggregate::Set, found)
    } else {
        (Aggregate::Array, table)
    };
    Ok(Some(Open {
        kind,
        header: out.defer(kind, stack.len(inner).max(1)),
        len: 0,
        table: inner,
        floor: table - 1,
        at_value: false,
    }))
}

/// Pushes a field when it is of that kind; else nothing is pushed.
fn field(stack: &mut Stack<'_>, table: i32, name: &str, kind: Kind) -> Result<bool, Raise> {
    stack.raw_get_field(table, name)?;
    if stack.kind(stack.top()) == kind {
        return Ok(true);
    }
    stack.pop(1);
    Ok(false)
}

fn write_verbatim(stack: &mut Stack<'_>, table: i32, out: &mut Encoder<'_>) -> Result<bool, Raise> {
    if !field(stack, table, "format", Kind::String)?
        || !field(stack, table, "string", Kind::String)?
    {
        return Ok(false);
    }
    let given = until_zero(stack.bytes(table + 1));
    let mut format = *b"   ";
    for (to, from) in format.iter_mut().zip(given) {
        *to = *from;
    }
    out.verbatim(format, stack.bytes(table + 2).unwrap_or_default());
    Ok(true)
}

/// With spaces in the place of what would end a line.
#[cold]
fn on_one_line(text: &[u8]) -> Vec<u8> {
    let space = |byte: &u8| match byte {
        b'\r' | b'\n' => b' ',
        byte => *byte,
    };
    text.iter().map(space).collect()
}

/// Lines of the protocol end at a zero, as the C strings do that released servers make of them.
fn until_zero(text: Option<&[u8]>) -> &[u8] {
    let text = text.unwrap_or_default();
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}
