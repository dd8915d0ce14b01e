//! LZF: the compression of strings in RDB files and of list nodes, in liblzf's format.
//!
//! A stream is a sequence of
//!
//! ```text
//! 000lllll  l + 1 bytes                  those bytes themselves
//! lllooooo  oooooooo                     l + 2 bytes again, from o + 1 bytes back    (l of 1..=6)
//! 111ooooo  llllllll  oooooooo           l + 9 bytes again, from o + 1 bytes back
//! ```
//!
//! A repetition may reach into what it is itself producing. The stream knows neither its own
//! length nor that of its content: both have to be told.

mod compress;
mod decompress;

pub use compress::compress;
pub use decompress::{LzfError, decompress};

/// The longest run of bytes that one instruction gives literally.
const LITERALS_MAX: usize = 32;

/// The shortest repetition.
const REPEAT_MIN: usize = 3;

/// The longest repetition.
const REPEAT_MAX: usize = 7 + 255 + 2;

/// How far back a repetition may reach.
const DISTANCE_MAX: usize = 1 << 13;
