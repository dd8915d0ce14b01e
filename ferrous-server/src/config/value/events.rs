//! The classes of keyspace events that are published.

use std::sync::atomic::{AtomicU16, Ordering::Relaxed};

use ferrous_engine::keyspace::EventClasses;

use super::text::quoted;
use super::{Assign, Refusal, Staged, Value, single};
use crate::config::Parameter;

/// The letters in the order in which they are shown; `A` goes before those that it covers.
const LETTERS: [(u8, EventClasses); 15] = [
    (b'A', EventClasses::ALL),
    (b'g', EventClasses::GENERIC),
    (b'$', EventClasses::STRING),
    (b'l', EventClasses::LIST),
    (b's', EventClasses::SET),
    (b'h', EventClasses::HASH),
    (b'z', EventClasses::SORTED_SET),
    (b'x', EventClasses::EXPIRED),
    (b'e', EventClasses::EVICTED),
    (b't', EventClasses::STREAM),
    (b'd', EventClasses::MODULE),
    (b'n', EventClasses::NEW),
    (b'K', EventClasses::KEYSPACE),
    (b'E', EventClasses::KEYEVENT),
    (b'm', EventClasses::KEY_MISS),
];

fn parse(letters: &[u8]) -> Option<EventClasses> {
    let none = EventClasses::default();
    letters.iter().try_fold(none, |events, letter| {
        let (_, class) = LETTERS.iter().find(|(known, _)| known == letter)?;
        Some(events | *class)
    })
}

/// The letters of the set, each class once.
fn letters(events: EventClasses) -> Vec<u8> {
    let mut shown = EventClasses::default();
    let mut letters = Vec::new();
    for (letter, class) in LETTERS {
        if events.contains(class) && !shown.contains(class) {
            letters.push(letter);
            shown = shown | class;
        }
    }
    letters
}

/// A live set of classes of keyspace events.
#[derive(Debug, Default)]
pub struct KeyspaceEventsCell(AtomicU16);

impl KeyspaceEventsCell {
    /// The set; empty when it names no kind of channel, since nothing is published then.
    pub fn get(&self) -> EventClasses {
        let events = EventClasses::from_bits(self.0.load(Relaxed));
        let published =
            events.contains(EventClasses::KEYSPACE) || events.contains(EventClasses::KEYEVENT);
        if published {
            events
        } else {
            EventClasses::default()
        }
    }
}

impl Value for KeyspaceEventsCell {
    fn stage(&self, _: &Parameter, words: &[&[u8]], _: Assign) -> Result<Staged<'_>, Refusal> {
        let events =
            parse(single(words)).ok_or("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")?;
        Ok(Box::new(move || self.0.store(events.bits(), Relaxed)))
    }

    fn show(&self) -> Vec<u8> {
        letters(EventClasses::from_bits(self.0.load(Relaxed)))
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
            let events = parse(given.as_bytes()).expect("known letters");
            assert_eq!(String::from_utf8_lossy(&letters(events)), shown, "{given}");
        }
        assert_eq!(parse(b"gQ"), None);
    }
}
