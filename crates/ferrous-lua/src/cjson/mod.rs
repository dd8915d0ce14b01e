//! `cjson`: values to and from JSON, as Mark Pulford's library defines it.

mod decode;
mod encode;
mod options;
mod token;

use crate::raise::{Outcome, Raise};
use crate::state::{Reference, Stack};

pub(crate) use options::reset;

/// Pushes the library and returns the table with its options, which scripts cannot reach.
pub(crate) fn push(stack: &mut Stack<'_>) -> Result<Reference, Raise> {
    stack.push_table(0, 16)?;
    let library = stack.top();
    stack.push_table(9, 0)?;
    let options = stack.top();
    reset(stack, options)?;
    macro_rules! add {
        ($($name:literal => $function:expr),* $(,)?) => {$(
            stack.push_copy(options)?;
            stack.push_function($function, 1)?;
            stack.raw_set_field(library, $name)?;
        )*};
    }
    add! {
        "encode" => encode::encode,
        "decode" => decode::decode,
        "encode_sparse_array" => options::encode_sparse_array,
        "encode_max_depth" => options::encode_max_depth,
        "decode_max_depth" => options::decode_max_depth,
        "encode_number_precision" => options::encode_number_precision,
        "encode_keep_buffer" => options::encode_keep_buffer,
        "encode_invalid_numbers" => options::encode_invalid_numbers,
        "decode_invalid_numbers" => options::decode_invalid_numbers,
        "new" => new,
    }
    let kept = stack.keep();
    stack.push_light(0)?;
    stack.raw_set_field(library, "null")?;
    for (name, value) in [("_NAME", "cjson"), ("_VERSION", "2.1.0")] {
        stack.push_bytes(value.as_bytes())?;
        stack.raw_set_field(library, name)?;
    }
    Ok(kept)
}

/// Returns a library of its own, with options of its own.
fn new(stack: &mut Stack<'_>) -> Outcome {
    let options = push(stack)?;
    stack.release(options);
    Ok(1)
}
