//! RDB: the snapshot format of Redis and Valkey.
//!
//! A file is a magic with a version, then records, then a checksum. A record is an opcode with what
//! belongs to it, or a key: what is known about it, a type, the name, and the value. [`RdbReader`] tells
//! records as [`Event`]s and values as [`Part`]s; [`RdbWriter`] takes the same and writes the version it is
//! asked for.
//!
//! | module | what |
//! | --- | --- |
//! | `version`, `opcode`, `value_type` | the numbers of the format, and which family of servers they belong to |
//! | `event` | what a file tells |
//! | `source` | lengths, strings and numbers |
//! | `reader` | from bytes to events |
//! | `check` | what a value has to be beyond well-formed |
//! | `legacy` | encodings of old |
//! | `writer` | from events to bytes |
//! | `error` | what can be wrong, and where |

mod check;
mod error;
mod event;
mod legacy;
pub(crate) mod opcode;
pub(crate) mod reader;
pub(crate) mod source;
mod value_type;
mod version;
pub(crate) mod writer;

pub use check::Validation;
pub use error::{CollectionError, RdbError, Reason, Section, StreamError};
pub use event::{ArrayPart, Event, Key, ModuleId, ModulePart, Part, StreamInfo, StreamPart};
pub use legacy::{ZiplistError, ZipmapError};
pub use reader::{ChecksumStatus, RdbReader, ReadOptions};
pub use value_type::{Encoding, Kind, ValueType};
pub use version::{Family, MagicError, Version};
pub use writer::{Fragment, RdbWriter, WriteError, WriteOptions};
