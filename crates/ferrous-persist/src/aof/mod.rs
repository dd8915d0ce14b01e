//! AOF: the log of commands that Redis and Valkey keep, and the manifest of the files it is in.
//!
//! A log is one file of old, or a directory with a [`Manifest`]: a base that holds a whole keyspace, as a
//! snapshot or as commands, and increments that hold commands, to be replayed in order. [`AofReader`] tells which
//! of the two a file begins with.

mod error;
mod manifest;
mod manifest_file;
mod reader;
pub mod seal;
mod writer;

pub use error::{AofError, AofReason};
pub use manifest::{BaseFormat, Manifest};
pub use manifest_file::{FileKind, LogFile, ManifestError, ManifestReason};
pub use reader::{AofReader, CommandReader, Entry};
pub use writer::CommandWriter;
