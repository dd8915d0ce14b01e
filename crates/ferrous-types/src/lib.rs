//! The data types of a Redis-compatible server and their encodings.
//!
//! This crate knows no keys, no clock and no I/O: limits, hashes, times and randomness come in as
//! arguments.

pub mod element;
pub mod entry;
pub mod field_map;
pub mod geo;
pub mod glob;
pub mod hash;
pub mod hyperloglog;
pub mod intset;
pub mod list;
pub mod listpack;
pub mod lzf;
pub mod number;
pub mod object;
pub mod packed;
pub mod random;
mod record;
mod sample;
pub mod set;
pub mod slot;
pub mod sorted_set;
pub mod stream;
pub mod table;
mod thin_bytes;
mod word;

pub use element::Element;
pub use entry::Entry;
pub use field_map::Hash;
pub use intset::IntSet;
pub use list::List;
pub use listpack::Listpack;
pub use object::{Object, ObjectMut, ObjectRef};
pub use set::Set;
pub use sorted_set::SortedSet;
pub use stream::Stream;
pub use table::Table;
