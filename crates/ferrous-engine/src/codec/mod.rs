//! Values as files and payloads tell them: between the keyspace and the parts of [`ferrous_persist::rdb`].
//!
//! [`Saver`] gives the parts of a value, some at a time; [`Loader`] makes a value of parts, under the limits of this
//! server, and trusts none of them: what it accepts, every command can walk. Compact encodings pass through as copies.

mod load;
mod payload;
mod save;

pub use load::{Loaded, Loader, PartReader, load};
pub use payload::{PayloadRules, RestoreError, dump, restore};
pub use save::{Saver, encoding, save};

#[cfg(test)]
mod tests;
