//! What can be wrong with a file, and where.

use std::{fmt, io};

use ferrous_types::intset::IntSetError;
use ferrous_types::listpack::ListpackError;
use ferrous_types::lzf::LzfError;
use ferrous_types::packed::PackedError;
use ferrous_types::sorted_set::MalformedPairs;
use ferrous_types::stream::{self, BlockError, StreamId};

use super::legacy::{ZiplistError, ZipmapError};
use super::value_type::ValueType;
use super::version::MagicError;
use crate::input::InputError;

/// A file that cannot be read: where it happened, in what, and why.
#[derive(Debug, thiserror::Error)]
#[error("RDB offset {offset}: {section}: {reason}")]
pub struct RdbError {
    /// Bytes from the beginning to the part of the file that is wrong; to the end of one that is cut
    /// short.
    pub offset: u64,
    /// What was being read.
    pub section: Section,
    /// What is wrong with it.
    pub reason: Reason,
}

impl RdbError {
    /// What was damaged, in the words by which released servers report it.
    pub fn headline(&self) -> String {
        let what = match self.section {
            Section::Value(value_type) => value_type.compact_form(),
            _ => None,
        };
        format!("{} integrity check failed", what.unwrap_or("Payload"))
    }
}

/// What was being read when an error turned up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// The first nine bytes.
    Header,
    /// What is not a key.
    Record,
    /// A key, and what precedes it.
    Key,
    /// A value.
    Value(ValueType),
    /// Data of a module that is no value.
    ModuleData,
    /// The checksum at the end.
    Checksum,
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header => f.write_str("header"),
            Self::Record => f.write_str("record"),
            Self::Key => f.write_str("key"),
            Self::Value(value_type) => write!(f, "{value_type}"),
            Self::ModuleData => f.write_str("module data"),
            Self::Checksum => f.write_str("checksum"),
        }
    }
}

/// Why a file, or a payload of DUMP, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The source failed.
    #[error("{0}")]
    Io(io::Error),
    /// The source ended within what was being read.
    #[error("unexpected end of the data")]
    End,
    /// The first bytes are not those of a file that can be read.
    #[error(transparent)]
    Magic(#[from] MagicError),
    /// A byte is neither an opcode nor a type.
    #[error("byte {0} is neither an opcode nor a type of value")]
    UnknownType(u8),
    /// A length begins with a byte that the format does not define.
    #[error("length prefix {0:#04x} is not defined by the format")]
    BadLength(u8),
    /// A string has an encoding that the format does not define.
    #[error("string encoding {0} is not defined by the format")]
    BadStringEncoding(u8),
    /// A compressed string does not give what it announces.
    #[error(transparent)]
    Lzf(#[from] LzfError),
    /// The bytes of a listpack are not one.
    #[error(transparent)]
    Listpack(#[from] ListpackError),
    /// The bytes of an intset are not one.
    #[error(transparent)]
    Intset(#[from] IntSetError),
    /// The bytes of a ziplist are not one.
    #[error(transparent)]
    Ziplist(#[from] ZiplistError),
    /// The bytes of a zipmap are not one.
    #[error(transparent)]
    Zipmap(#[from] ZipmapError),
    /// A collection is not what it should be.
    #[error(transparent)]
    Collection(#[from] CollectionError),
    /// A listpack is no set or hash.
    #[error(transparent)]
    Packed(#[from] PackedError),
    /// A listpack is no sorted set.
    #[error(transparent)]
    Pairs(#[from] MalformedPairs),
    /// A stream is not what it should be.
    #[error(transparent)]
    Stream(#[from] StreamError),
    /// Blocks are not the entries of a stream.
    #[error(transparent)]
    Log(#[from] stream::StreamError),
    /// Well-formed, but of a kind that the reader has no place for.
    #[error("{0} cannot be held here")]
    Unsupported(&'static str),
    /// A number is outside the range that its meaning allows.
    #[error("{what} of {value} is out of range")]
    OutOfRange {
        /// What the number means.
        what: &'static str,
        /// The number.
        value: u64,
    },
    /// Well-formed, but of no use without the program that wrote it.
    #[error("{0} can only be read by the release candidate that wrote it")]
    PreRelease(&'static str),
    /// Bytes follow a value that should be all there is.
    #[error("bytes follow the value")]
    Trailing,
    /// The checksum does not match.
    #[error(
        "CRC error: the file's checksum is {stored:016x}, but its content sums to {computed:016x}"
    )]
    Checksum {
        /// What the file says.
        stored: u64,
        /// What it is.
        computed: u64,
    },
}

/// What is wrong with a well-formed listpack, or with a score, in the place where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CollectionError {
    /// Entries do not come in the groups they should.
    #[error("{count} entries are not groups of {group}")]
    Incomplete {
        /// The entries there are.
        count: usize,
        /// Entries that belong together.
        group: usize,
    },
    /// An element is there twice.
    #[error("entry {index} repeats another one")]
    Duplicate {
        /// The number of the entry, from zero.
        index: usize,
    },
    /// A score is not a number.
    #[error("a score is not a number")]
    BadScore,
    /// Members are not in the order of their scores, or fields in that of their times.
    #[error("entry {index} is out of order")]
    Unsorted {
        /// The number of the entry, from zero.
        index: usize,
    },
    /// A time of expiry is not one.
    #[error("a field's time of expiry is not a number of milliseconds")]
    BadExpiry,
    /// A list's node is neither plain nor packed.
    #[error("list node of kind {0} is neither plain nor packed")]
    BadContainer(u64),
    /// A list's node is one big element, and has no bytes.
    #[error("a list node of one big element is empty")]
    EmptyNode,
    /// A module's data contains what the format does not define.
    #[error("module data of kind {0} is not defined by the format")]
    BadModulePart(u64),
    /// An array's value has a tag that the format does not define.
    #[error("array value of kind {0} is not defined by the format")]
    BadArrayTag(u64),
}

/// What is wrong with a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// A block's key is not an identifier.
    #[error("a block's identifier has {0} bytes instead of 16")]
    BadBlockId(usize),
    /// A block is not the run of entries it should be.
    #[error("block {0}: {1}")]
    BadBlock(StreamId, BlockError),
    /// Identifiers that ascend do not.
    #[error("identifier {0} does not exceed the one before it")]
    Unsorted(StreamId),
    /// The length is not that of the blocks.
    #[error("announces {announced} entries but has {count}")]
    BadLength {
        /// What it says.
        announced: u64,
        /// Entries in the blocks.
        count: u64,
    },
    /// A consumer has an entry that the group knows nothing about, or that another one has.
    #[error("pending entry {0} of a consumer is not one of its group")]
    Orphan(StreamId),
    /// A name is there twice among groups or among the consumers of one.
    #[error("a group or consumer of the same name came before")]
    DuplicateName,
    /// No consumer has a pending entry.
    #[error("pending entry {0} of a group belongs to no consumer")]
    Unowned(StreamId),
}

impl From<InputError> for Reason {
    fn from(error: InputError) -> Self {
        match error {
            InputError::End => Self::End,
            InputError::Io(error) => Self::Io(error),
        }
    }
}
