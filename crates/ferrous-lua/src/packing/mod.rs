//! `struct`: values to and from bytes of a described layout, as Roberto Ierusalimschy's library defines it.

mod format;
mod pack;
mod unpack;

use crate::raise::Raise;
use crate::state::Stack;

/// Pushes the library.
pub(crate) fn push(stack: &mut Stack<'_>) -> Result<(), Raise> {
    stack.push_table(0, 3)?;
    let library = stack.top();
    stack.push_function(pack::pack, 0)?;
    stack.raw_set_field(library, "pack")?;
    stack.push_function(unpack::unpack, 0)?;
    stack.raw_set_field(library, "unpack")?;
    stack.push_function(pack::size, 0)?;
    stack.raw_set_field(library, "size")
}
