//! `cmsgpack`: values to and from `MessagePack`, as Salvatore Sanfilippo's library defines it.

mod pack;
mod unpack;

use crate::raise::Raise;
use crate::state::Stack;

/// Pushes the library.
pub(crate) fn push(stack: &mut Stack<'_>) -> Result<(), Raise> {
    stack.push_table(0, 8)?;
    let library = stack.top();
    stack.push_function(pack::pack, 0)?;
    stack.raw_set_field(library, "pack")?;
    stack.push_function(unpack::unpack, 0)?;
    stack.raw_set_field(library, "unpack")?;
    stack.push_function(unpack::unpack_one, 0)?;
    stack.raw_set_field(library, "unpack_one")?;
    stack.push_function(unpack::unpack_limit, 0)?;
    stack.raw_set_field(library, "unpack_limit")?;
    for (name, value) in [
        ("_NAME", "cmsgpack"),
        ("_VERSION", "lua-cmsgpack 0.4.0"),
        ("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo"),
        ("_DESCRIPTION", "MessagePack C implementation for Lua"),
    ] {
        stack.push_bytes(value.as_bytes())?;
        stack.raw_set_field(library, name)?;
    }
    Ok(())
}
