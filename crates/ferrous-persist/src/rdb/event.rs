//! What a file tells, record by record: [`Event`]s, and the [`Part`]s of the values among them.
//!
//! Readers give them and writers take them. They borrow from the reader's buffer, except for listpacks and
//! intsets, which come checked and owned, ready to move into a keyspace.

use std::borrow::Cow;
use std::fmt;

use ferrous_types::intset::IntSet;
use ferrous_types::stream::StreamId;
use ferrous_types::{Element, Listpack};

use super::value_type::Encoding;

/// One record of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// A name and a value about the file: `redis-ver`, `ctime`, `repl-id`, and whatever else.
    Aux {
        /// The name.
        name: &'a [u8],
        /// The value, integers in decimal.
        value: &'a [u8],
    },
    /// The keys that follow belong to this database.
    SelectDb(u64),
    /// Sizes of the current database, to make room for. Announced, not proven.
    Resize {
        /// Keys in the database.
        keys: u64,
        /// Keys among them that expire.
        expires: u64,
    },
    /// Sizes of a cluster slot, to make room for. Announced, not proven.
    Slot {
        /// The slot.
        slot: u64,
        /// Keys in the slot.
        keys: u64,
        /// Keys among them that expire.
        expires: u64,
    },
    /// Slots that were being imported when the file was written, by Valkey.
    SlotImport {
        /// The name of the import.
        name: &'a [u8],
        /// First and last slot of each range.
        ranges: &'a [(u64, u64)],
    },
    /// The source of a function library.
    Function(&'a [u8]),
    /// Data of a module that belongs to no key. Its [`Part::Module`]s follow.
    ModuleAux {
        /// The module's type that owns the data.
        module: ModuleId,
        /// 1 for data to load before the keys, 2 for data to load after them.
        when: u64,
    },
    /// Data that a module attached to the next key. Its [`Part::Module`]s follow.
    KeyMetadata {
        /// The class of metadata: a name of four letters and a version in 32 bits.
        class: u32,
    },
    /// A key. The parts of its value follow.
    Key(Key<'a>),
}

/// A key and what is known about it besides the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a> {
    /// The name.
    pub name: &'a [u8],
    /// How the value's parts are told.
    pub encoding: Encoding,
    /// When it expires, in milliseconds since 1970; `None` for never.
    pub expire_at_ms: Option<i64>,
    /// How long it had not been used when it was saved, under an LRU policy.
    pub idle_secs: Option<u64>,
    /// How often it had been used when it was saved, under an LFU policy.
    pub frequency: Option<u8>,
}

impl<'a> Key<'a> {
    /// A key that never expires.
    pub fn new(name: &'a [u8], encoding: Encoding) -> Self {
        Self {
            name,
            encoding,
            expire_at_ms: None,
            idle_secs: None,
            frequency: None,
        }
    }
}

/// A piece of a value. [`Encoding`] says which ones come, and in what order.
#[derive(Debug, Clone)]
pub enum Part<'a> {
    /// A whole string.
    String(Element<'a>),
    /// How many items follow. Announced, not proven: memory is not to be had for the asking.
    ///
    /// 0 is possible: servers of old saved empty collections, and skip such keys when they load.
    Count(u64),
    /// An element of a list or a member of a set.
    Element(Element<'a>),
    /// A field of a hash.
    Field {
        /// The field's name.
        name: Element<'a>,
        /// The value.
        value: Element<'a>,
        /// When the field expires, in milliseconds since 1970; `None` for never.
        expire_at_ms: Option<i64>,
    },
    /// A member of a sorted set.
    Member {
        /// The member.
        member: Element<'a>,
        /// The score, which is a number.
        score: f64,
    },
    /// A whole collection, or a node of a list.
    Listpack(Cow<'a, Listpack>),
    /// A whole set.
    Intset(Cow<'a, IntSet>),
    /// A piece of a stream.
    Stream(StreamPart<'a>),
    /// A piece of an array.
    Array(ArrayPart<'a>),
    /// A piece of a module's data.
    Module(ModulePart<'a>),
}

/// A piece of a stream, in this order:
///
/// ```text
/// Blocks  Block*  Info  (Group  Pending*  Consumers  (Consumer  Owned*)*  [Nacked*])*  [Producers  (Producer  Entry*)*  Counters]
/// ```
///
/// What is in brackets only comes from files of Redis 8.6 (producers) and 8.8 (entries handed back).
#[derive(Debug, Clone)]
pub enum StreamPart<'a> {
    /// How many [`StreamPart::Block`] follow.
    Blocks(u64),
    /// A run of entries as deltas to the first one's identifier and fields.
    Block {
        /// The identifier that those in the block are relative to; ascends from block to block.
        base: StreamId,
        /// The entries, in the format of Redis' `t_stream.c`.
        entries: Cow<'a, Listpack>,
    },
    /// What is known about the stream as a whole.
    Info(StreamInfo),
    /// A consumer group.
    Group {
        /// The name.
        name: &'a [u8],
        /// The last entry delivered to any consumer.
        last_delivered_id: StreamId,
        /// How many entries were ever read; `None` when that is not known.
        entries_read: Option<u64>,
        /// How many [`StreamPart::Pending`] follow.
        pending: u64,
    },
    /// An entry that was delivered and not yet acknowledged.
    Pending {
        /// The entry, which may have been deleted meanwhile. Ascends.
        id: StreamId,
        /// When it was last delivered, in milliseconds since 1970.
        delivered_at_ms: i64,
        /// How often it was delivered.
        deliveries: u64,
    },
    /// How many [`StreamPart::Consumer`] follow.
    Consumers(u64),
    /// A consumer of the group.
    Consumer {
        /// The name.
        name: &'a [u8],
        /// When it last tried to read, in milliseconds since 1970.
        seen_at_ms: i64,
        /// When it last got something, or -1 for never.
        active_at_ms: i64,
        /// How many [`StreamPart::Owned`] follow.
        pending: u64,
    },
    /// One of the group's pending entries that this consumer has.
    Owned(StreamId),
    /// How many [`StreamPart::Nacked`] follow.
    NackedCount(u64),
    /// One of the group's pending entries that no consumer has, since one handed it back.
    Nacked(StreamId),
    /// Settings for producers that repeat themselves, and how many [`StreamPart::Producer`] follow.
    Producers {
        /// How long their identifiers are remembered.
        duration_secs: u64,
        /// How many identifiers are remembered.
        entries_max: u64,
        /// How many producers follow.
        count: u64,
    },
    /// A producer.
    Producer {
        /// The name.
        name: &'a [u8],
        /// How many [`StreamPart::Produced`] follow.
        entries: u64,
    },
    /// What a producer added, under an identifier of its own.
    Produced {
        /// The producer's identifier.
        token: &'a [u8],
        /// The entry.
        id: StreamId,
    },
    /// The end of the producers.
    ProducerCounters {
        /// Identifiers that were ever added.
        added: u64,
        /// Identifiers that came again.
        duplicates: u64,
    },
}

/// What is known about a stream as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamInfo {
    /// Entries in the blocks.
    pub length: u64,
    /// The last identifier ever given.
    pub last_id: StreamId,
    /// The first entry's identifier; without entries, 0-0 or [`StreamId::MAX`].
    pub first_id: StreamId,
    /// The highest identifier that was ever deleted.
    pub max_deleted_id: StreamId,
    /// How many entries were ever added.
    pub entries_added: u64,
    /// How many [`StreamPart::Group`] follow.
    pub groups: u64,
}

/// A piece of an array of Redis 8.8: `Head`, then as many `Slot`s as it says.
#[derive(Debug, Clone, Copy)]
pub enum ArrayPart<'a> {
    /// The start.
    Head {
        /// How many slots are in use.
        count: u64,
        /// Where the next insertion goes, after the first.
        cursor: Option<u64>,
    },
    /// A slot in use.
    Slot {
        /// The slot's number.
        index: u64,
        /// The value.
        value: Element<'a>,
    },
    /// A slot in use, by a number.
    Float {
        /// The slot's number.
        index: u64,
        /// The value.
        value: f64,
    },
}

/// A piece of a module's data, which only the module can make sense of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ModulePart<'a> {
    /// The module's type, which begins a value.
    Type(ModuleId),
    /// A signed integer.
    Signed(i64),
    /// An unsigned integer.
    Unsigned(u64),
    /// A float.
    Float(f32),
    /// A double.
    Double(f64),
    /// A string.
    String(&'a [u8]),
}

/// The type of a module's values: nine characters of name, and a version, in 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ModuleId(pub u64);

impl ModuleId {
    /// The name, nine characters.
    pub fn name(self) -> String {
        const CHARACTERS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        (0..9)
            .map(|index| char::from(CHARACTERS[(self.0 >> (58 - 6 * index)) as usize & 63]))
            .collect()
    }

    /// The version of the type's format.
    pub fn version(self) -> u16 {
        self.0 as u16 & 1023
    }
}

impl fmt::Display for ModuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} version {}", self.name(), self.version())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_named_by_six_bits_a_character() {
        // "ReJSON-RL", version 3.
        let id = ModuleId(0x45e2_5238_df91_1400 | 3);
        assert_eq!(id.to_string().len(), "ReJSON-RL version 3".len());
        assert_eq!(ModuleId(3).to_string(), "AAAAAAAAA version 3");
        assert_eq!(ModuleId(u64::MAX).to_string(), "_________ version 1023");
    }
}
