//! Keyspace events: what happened to which key.

use std::ops::BitOr;

/// A set of classes of keyspace events, and of the channels they go to (`notify-keyspace-events`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventClasses(u16);

impl EventClasses {
    /// To the channel of the key, `__keyspace@<db>__:<key>`.
    pub const KEYSPACE: Self = Self(1);
    /// To the channel of the event, `__keyevent@<db>__:<event>`.
    pub const KEYEVENT: Self = Self(1 << 1);
    /// Commands on keys of any type.
    pub const GENERIC: Self = Self(1 << 2);
    /// String commands.
    pub const STRING: Self = Self(1 << 3);
    /// List commands.
    pub const LIST: Self = Self(1 << 4);
    /// Set commands.
    pub const SET: Self = Self(1 << 5);
    /// Hash commands.
    pub const HASH: Self = Self(1 << 6);
    /// Sorted set commands.
    pub const SORTED_SET: Self = Self(1 << 7);
    /// Keys that expired.
    pub const EXPIRED: Self = Self(1 << 8);
    /// Keys that were evicted.
    pub const EVICTED: Self = Self(1 << 9);
    /// Stream commands.
    pub const STREAM: Self = Self(1 << 10);
    /// Lookups of keys that are not there.
    pub const KEY_MISS: Self = Self(1 << 11);
    /// Events of modules.
    pub const MODULE: Self = Self(1 << 12);
    /// New keys.
    pub const NEW: Self = Self(1 << 13);

    /// What `A` stands for: all but missed and new keys.
    pub const ALL: Self = Self(
        Self::GENERIC.0
            | Self::STRING.0
            | Self::LIST.0
            | Self::SET.0
            | Self::HASH.0
            | Self::SORTED_SET.0
            | Self::EXPIRED.0
            | Self::EVICTED.0
            | Self::STREAM.0
            | Self::MODULE.0,
    );

    /// The set of these bits.
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The set as bits.
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Whether all of `classes` are in the set.
    pub const fn contains(self, classes: Self) -> bool {
        self.0 & classes.0 == classes.0
    }
}

impl BitOr for EventClasses {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Something that happened to a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The number of the key's database.
    pub database: usize,
    /// The class it is published under.
    pub class: EventClasses,
    /// What happened, as the channel names it.
    pub name: &'static str,
    /// The key.
    pub key: Box<[u8]>,
}
