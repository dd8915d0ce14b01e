//! Which clients read which keys.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use parking_lot::Mutex;
use smallvec::SmallVec;

/// Parts with a lock of their own; a power of two.
const PARTS: usize = 64;

/// The numbers of clients, ascending.
pub(super) type Clients = SmallVec<[u64; 2]>;

/// The readers of every key that somebody caches, whatever its database: clients know keys by their names alone.
#[derive(Debug)]
pub(super) struct Readers {
    parts: [Mutex<HashMap<Box<[u8]>, Clients>>; PARTS],
    hasher: RandomState,
    keys: AtomicUsize,
    items: AtomicUsize,
    /// The part that keys are taken from next, when they are too many.
    next: AtomicUsize,
}

impl Default for Readers {
    fn default() -> Self {
        Self {
            parts: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
            keys: AtomicUsize::new(0),
            items: AtomicUsize::new(0),
            next: AtomicUsize::new(0),
        }
    }
}

impl Readers {
    fn part(&self, key: &[u8]) -> &Mutex<HashMap<Box<[u8]>, Clients>> {
        &self.parts[self.hasher.hash_one(key) as usize % PARTS]
    }

    /// How many keys there are, and how many readers of them.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.keys.load(Relaxed), self.items.load(Relaxed))
    }

    /// Remembers that `client` read `key`.
    pub(super) fn add(&self, key: &[u8], client: u64) {
        let mut part = self.part(key).lock();
        let Some(clients) = part.get_mut(key) else {
            part.insert(key.into(), Clients::from_slice(&[client]));
            self.keys.fetch_add(1, Relaxed);
            self.items.fetch_add(1, Relaxed);
            return;
        };
        if let Err(place) = clients.binary_search(&client) {
            clients.insert(place, client);
            self.items.fetch_add(1, Relaxed);
        }
    }

    /// Forgets `key` and returns its readers.
    pub(super) fn take(&self, key: &[u8]) -> Option<Clients> {
        let clients = self.part(key).lock().remove(key)?;
        self.keys.fetch_sub(1, Relaxed);
        self.items.fetch_sub(clients.len(), Relaxed);
        Some(clients)
    }

    /// Forgets some key and returns it with its readers.
    pub(super) fn take_any(&self) -> Option<(Box<[u8]>, Clients)> {
        for _ in 0..PARTS {
            let index = self.next.fetch_add(1, Relaxed) % PARTS;
            let key = self.parts[index].lock().keys().next().cloned();
            if let Some(key) = key
                && let Some(clients) = self.take(&key)
            {
                return Some((key, clients));
            }
        }
        None
    }

    /// Forgets every key.
    pub(super) fn clear(&self) {
        for part in &self.parts {
            let taken = std::mem::take(&mut *part.lock());
            let items = taken.values().map(SmallVec::len).sum();
            self.keys.fetch_sub(taken.len(), Relaxed);
            self.items.fetch_sub(items, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_are_remembered_once_and_forgotten_together() {
        let readers = Readers::default();
        for client in [3, 1, 3, 2] {
            readers.add(b"k", client);
        }
        readers.add(b"other", 1);
        assert_eq!(readers.len(), (2, 4));
        assert_eq!(readers.take(b"k").as_deref(), Some(&[1, 2, 3][..]));
        assert_eq!(readers.take(b"k"), None);
        let (key, clients) = readers.take_any().unwrap();
        assert_eq!((&*key, &*clients), (&b"other"[..], &[1][..]));
        readers.add(b"k", 1);
        readers.clear();
        assert_eq!(readers.len(), (0, 0));
        assert_eq!(readers.take_any(), None);
    }
}
