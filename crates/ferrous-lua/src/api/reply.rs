//! Functions that make replies, and one that makes digests.

use crate::convert;
use crate::raise::{Outcome, Raise, push_error_table};
use crate::script::Sha1;
use crate::state::{Kind, Stack};

/// Returns the table of an error reply.
pub(super) fn error_reply(stack: &mut Stack<'_>) -> Outcome {
    let text = match single_string(stack) {
        Some(text) => convert::error_text(text.strip_prefix(b"-").unwrap_or(text)),
        None => WRONG_ARGUMENT.to_vec(),
    };
    push_error_table(stack, &text)?;
    Ok(1)
}

/// Returns the table of a status reply.
pub(super) fn status_reply(stack: &mut Stack<'_>) -> Outcome {
    if single_string(stack).is_none() {
        push_error_table(stack, WRONG_ARGUMENT)?;
        return Ok(1);
    }
    stack.push_table(0, 1)?;
    stack.push_copy(1)?;
    stack.raw_set_field(2, "ok")?;
    Ok(1)
}

const WRONG_ARGUMENT: &[u8] = b"ERR wrong number or type of arguments";

fn single_string<'a>(stack: &'a Stack<'_>) -> Option<&'a [u8]> {
    let only = stack.top() == 1 && stack.kind(1) == Kind::String;
    only.then(|| stack.bytes(1)).flatten()
}

/// Returns the SHA1 digest of a string in hexadecimal digits.
pub(super) fn sha1hex(stack: &mut Stack<'_>) -> Outcome {
    if stack.top() != 1 {
        return Err(Raise::reply("wrong number of arguments"));
    }
    let digest = Sha1::of(stack.text(1).unwrap_or_default());
    stack.push_bytes(digest.as_bytes())?;
    Ok(1)
}
