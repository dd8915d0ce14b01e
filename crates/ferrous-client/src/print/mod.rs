//! Replies as text: for people, for scripts, for spreadsheets and for programs.
//!
//! Each form appends to a buffer and, apart from the standard one, adds no line end of its own.

mod csv;
mod json;
mod raw;
mod standard;
mod strict_json;

pub use csv::csv;
pub use json::{JsonStrings, json};
pub use raw::raw;
pub use standard::standard;
pub use strict_json::strict_json;

use crate::Value;

/// A number's digits, appended.
fn push_integer(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// The reply without the data about it, which none of the compatible forms has a place for.
fn plain(mut value: &Value) -> &Value {
    while let Value::Attributed(attributed) = value {
        value = &attributed.value;
    }
    value
}
