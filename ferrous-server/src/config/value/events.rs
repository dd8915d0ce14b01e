//! The classes of keyspace events that are published.

use std::ops::BitOr;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};

use super::text::quoted;
use super::{Assign, Refusal, Staged, Value, single};
use crate::config::Parameter;

/// A set of classes of keyspace events, and of the channels they go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyspaceEvents(u16);

impl KeyspaceEvents {
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
    const ALL: Self = Self(
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

    /// The letters in the order in which they are shown; `A` goes before those that it covers.
    const LETTERS: [(u8, Self); 15] = [
        (b'A', Self::ALL),
        (b'g', Self::GENERIC),
        (b'$', Self::STRING),
        (b'l', Self::LIST),
        (b's', Self::SET),
        (b'h', Self::HASH),
        (b'z', Self::SORTED_SET),
        (b'x', Self::EXPIRED),
        (b'e', Self::EVICTED),
        (b't', Self::STREAM),
        (b'd', Self::MODULE),
        (b'n', Self::NEW),
        (b'K', Self::KEYSPACE),
        (b'E', Self::KEYEVENT),
        (b'm', Self::KEY_MISS),
    ];

    /// Whether all of `classes` are in the set.
    pub fn contains(self, classes: Self) -> bool {
        self.0 & classes.0 == classes.0
    }

    fn parse(letters: &[u8]) -> Option<Self> {
        letters.iter().try_fold(Self::default(), |events, letter| {
            let (_, class) = Self::LETTERS.iter().find(|(known, _)| known == letter)?;
            Some(events | *class)
        })
    }

    /// The letters of the set, each class once.
    fn letters(self) -> Vec<u8> {
        let mut shown = Self::default();
        let mut letters = Vec::new();
        for (letter, class) in Self::LETTERS {
            if self.contains(class) && !shown.contains(class) {
                letters.push(letter);
                shown = shown | class;
            }
        }
        letters
    }
}

impl BitOr for KeyspaceEvents {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A live set of classes of keyspace events.
#[derive(Debug, Default)]
pub struct KeyspaceEventsCell(AtomicU16);

impl KeyspaceEventsCell {
    /// The set.
    pub fn get(&self) -> KeyspaceEvents {
        KeyspaceEvents(self.0.load(Relaxed))
    }
}

impl Value for KeyspaceEventsCell {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let events = KeyspaceEvents::parse(single(words))
            .ok_or("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")?;
        Ok(Box::new(move || self.0.store(events.0, Relaxed)))
    }

    fn show(&self) -> Vec<u8> {
        self.get().letters()
    }

    fn lines(&self) -> Vec<Vec<u8>> {
        vec![quoted(&self.show())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_out_in_one_order() {
        for (given, shown) in [
            ("KEA", "AKE"),
            ("Kgn", "gnK"),
            ("Amd", "Am"),
            ("Ag", "A"),
            ("", ""),
            ("g$lshzxetdE", "AE"),
        ] {
            let events = KeyspaceEvents::parse(given.as_bytes()).expect("known letters");
            assert_eq!(String::from_utf8_lossy(&events.letters()), shown, "{given}");
        }
        assert_eq!(KeyspaceEvents::parse(b"gQ"), None);
    }
}
