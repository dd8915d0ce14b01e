//! Strings repeated without running for ever on the way to nothing.

use crate::raise::{Outcome, Raise};
use crate::state::Stack;

/// Replaces functions of the `string` library at `library`.
pub(super) fn add(stack: &mut Stack<'_>, library: i32) -> Result<(), Raise> {
    stack.push_function(rep, 0)?;
    stack.raw_set_field(library, "rep")
}

fn rep(stack: &mut Stack<'_>) -> Outcome {
    let text = stack.check_text(1)?.to_vec();
    let times = stack.check_int(2)?.max(0) as usize;
    // Lua builds the result in a buffer and copies it.
    let bytes = text.len().checked_mul(times);
    if !bytes.is_some_and(|bytes| stack.shared().has_room(bytes)) {
        return Err(Raise::plain("not enough memory"));
    }
    stack.push_bytes(&text.repeat(times))?;
    Ok(1)
}
