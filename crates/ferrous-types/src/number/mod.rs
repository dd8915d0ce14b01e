//! Numbers in text, exactly as released servers read and write them.
//!
//! Integers have one canonical spelling. Scores are `f64` in the shortest form that reads back.
//! INCRBYFLOAT computes in the 80-bit long double of x86, whatever the machine.

mod big;
mod float;
mod int;
mod long_double;

pub use float::{FloatText, parse_f64};
pub use int::parse_canonical_int;
pub use long_double::LongDouble;
