//! A command's reply as a Lua value.

use ferrous_resp::{Aggregate, ReplyLimits, Token, Tokenizer};

use crate::raise::{Raise, push_error_table};
use crate::state::{Kind, Stack};

/// No command nests its reply deeper.
const DEPTH_MAX: usize = 128;

/// Pushes what a reply, given as its bytes, is in Lua.
pub(crate) fn push_reply(stack: &mut Stack<'_>, reply: &[u8]) -> Result<(), Raise> {
    let limits = ReplyLimits {
        bulk_bytes_max: usize::MAX,
        elements_max: usize::MAX,
        ..ReplyLimits::default()
    };
    let mut reader = Reader {
        tokenizer: Tokenizer::new(limits),
        rest: reply,
    };
    push_value(stack, &mut reader, 0)
}

struct Reader<'a> {
    tokenizer: Tokenizer,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    #[inline]
    fn next(&mut self) -> Result<Token<'a>, Raise> {
        match self.tokenizer.next(self.rest) {
            Ok(Some((token, bytes))) => {
                self.rest = &self.rest[bytes..];
                Ok(token)
            }
            _ => Err(Raise::reply("the reply of a command is malformed")),
        }
    }
}

fn push_value(stack: &mut Stack<'_>, reader: &mut Reader<'_>, depth: usize) -> Result<(), Raise> {
    if depth > DEPTH_MAX {
        return Err(Raise::reply("the reply of a command nests too deep"));
    }
    match reader.next()? {
        Token::Bulk(text) => stack.push_bytes(text),
        Token::Integer(number) => stack.push_number(number as f64),
        Token::Nil | Token::NilArray => stack.push_boolean(false),
        Token::Simple(text) => push_field(stack, "ok", |stack| stack.push_bytes(text)),
        Token::Error(text) | Token::BlobError(text) => {
            push_error_table(stack, &error_text(text))?;
            let table = stack.top();
            stack.push_boolean(true)?;
            stack.raw_set_field(table, "ignore_error_stats_update")
        }
        Token::Null => stack.push_nil(),
        Token::Boolean(value) => stack.push_boolean(value),
        Token::Double(text) => {
            let value = crate::number::parse_prefix(text).map_or(f64::NAN, |(value, _)| value);
            push_field(stack, "double", |stack| stack.push_number(value))
        }
        Token::BigNumber(digits) => {
            push_field(stack, "big_number", |stack| stack.push_bytes(digits))
        }
        Token::Verbatim { format, text } => push_field(stack, "verbatim_string", |stack| {
            push_field(stack, "string", |stack| stack.push_bytes(text))?;
            let table = stack.top();
            stack.push_bytes(&format)?;
            stack.raw_set_field(table, "format")
        }),
        Token::Aggregate(Aggregate::Map, Some(pairs)) => {
            push_field(stack, "map", |stack| push_map(stack, reader, pairs, depth))
        }
        Token::Aggregate(Aggregate::Set, Some(len)) => {
            push_field(stack, "set", |stack| push_set(stack, reader, len, depth))
        }
        Token::Aggregate(_, Some(len)) => push_array(stack, reader, len, depth),
        Token::Attribute(pairs) => {
            // Scripts do not see attributes.
            for _ in 0..pairs * 2 {
                push_value(stack, reader, depth + 1)?;
                stack.pop(1);
            }
            push_value(stack, reader, depth)
        }
        Token::Aggregate(_, None) | Token::TextStream | Token::Chunk(_) | Token::End => {
            Err(Raise::reply("the reply of a command is streamed"))
        }
    }
}

/// Pushes a table whose only field is what `push` pushes.
fn push_field<'s>(
    stack: &mut Stack<'s>,
    name: &str,
    push: impl FnOnce(&mut Stack<'s>) -> Result<(), Raise>,
) -> Result<(), Raise> {
    stack.push_table(0, 1)?;
    let table = stack.top();
    push(stack)?;
    stack.raw_set_field(table, name)
}

fn push_array(
    stack: &mut Stack<'_>,
    reader: &mut Reader<'_>,
    len: usize,
    depth: usize,
) -> Result<(), Raise> {
    // An announced length reserves no more than the bytes that are there can hold.
    stack.push_table(len.min(reader.rest.len()), 0)?;
    let table = stack.top();
    for position in 1..=len {
        push_value(stack, reader, depth + 1)?;
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
    stack.push_table(0, pairs.min(reader.rest.len()))?;
    let table = stack.top();
    for _ in 0..pairs {
        push_value(stack, reader, depth + 1)?;
        push_value(stack, reader, depth + 1)?;
        set_unless_nil(stack, table)?;
    }
    Ok(())
}

fn push_set(
    stack: &mut Stack<'_>,
    reader: &mut Reader<'_>,
    len: usize,
    depth: usize,
) -> Result<(), Raise> {
    stack.push_table(0, len.min(reader.rest.len()))?;
    let table = stack.top();
    for _ in 0..len {
        push_value(stack, reader, depth + 1)?;
        stack.push_boolean(true)?;
        set_unless_nil(stack, table)?;
    }
    Ok(())
}

/// Sets the pair on top; a key that is nil has no place in a table.
fn set_unless_nil(stack: &mut Stack<'_>, table: i32) -> Result<(), Raise> {
    if stack.kind(table + 1) == Kind::Nil {
        stack.pop(2);
        return Ok(());
    }
    stack.raw_set(table)
}

/// The text of an error with a code: a single word gets the general one.
pub(crate) fn error_text(text: &[u8]) -> Vec<u8> {
    let ends = text
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let text = &text[..text.len() - ends];
    if text.contains(&b' ') {
        text.to_vec()
    } else {
        [b"ERR ", text].concat()
    }
}
