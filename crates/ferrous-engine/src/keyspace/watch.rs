//! Keys that transactions depend on (`WATCH`): a write to one tells those who watch it, under the partition's lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::key_map::KeyMap;
use super::{DatabaseKey, Db, Held, Key};

/// One who watches keys. It is told with the partition of the key held, so whoever holds the partitions of all keys it
/// watches knows whether they are as they were.
#[derive(Debug, Default)]
pub struct Watcher {
    touched: AtomicBool,
}

impl Watcher {
    /// True when a watched key was changed.
    pub fn is_touched(&self) -> bool {
        self.touched.load(Relaxed)
    }

    /// Begins anew; it must watch no key.
    pub fn reset(&self) {
        self.touched.store(false, Relaxed);
    }

    fn touch(&self) {
        self.touched.store(true, Relaxed);
    }
}

/// A key watched by one watcher.
struct Watch {
    watcher: Arc<Watcher>,
    /// The key existed when the watch began. As long as nobody touches it, its time may come but nothing else.
    present: bool,
}

/// The watched keys of a partition.
#[derive(Default)]
pub(super) struct Watches {
    keys: KeyMap<Vec<Watch>>,
}

impl Watches {
    /// Tells those who watch `key` that it is not what it was. They need no second telling.
    #[inline]
    pub(super) fn touch(&mut self, database: usize, key: &[u8]) {
        if !self.keys.is_empty() {
            self.touch_if(database, key, |_| true);
        }
    }

    /// Tells those who watch a key of `database`, whose share of this partition was just emptied or replaced. What did
    /// not exist before and does not now is what it was: `is_live` says which keys exist now.
    pub(super) fn touch_all(&mut self, database: usize, is_live: impl Fn(&[u8]) -> bool) {
        let keys: Vec<Box<[u8]>> = self
            .keys
            .keys_of(database)
            .map(|(key, _)| key.into())
            .collect();
        for key in keys {
            let live = is_live(&key);
            self.touch_if(database, &key, |watch| watch.present || live);
        }
    }

    #[cold]
    fn touch_if(&mut self, database: usize, key: &[u8], is_changed: impl Fn(&Watch) -> bool) {
        let Some(watches) = self.keys.get_mut(database, key) else {
            return;
        };
        watches.retain(|watch| {
            let changed = is_changed(watch);
            if changed {
                watch.watcher.touch();
            }
            !changed
        });
        if watches.is_empty() {
            self.keys.remove(database, key);
        }
    }

    fn add(&mut self, database: usize, key: &[u8], watch: Watch) {
        self.keys.ensure(database, key).push(watch);
    }

    /// Ends a watch; returns whether the key existed when it began, unless it has ended already.
    fn remove(&mut self, database: usize, key: &[u8], watcher: &Arc<Watcher>) -> Option<bool> {
        let here = self.keys.get_mut(database, key)?;
        let at = here
            .iter()
            .position(|watch| Arc::ptr_eq(&watch.watcher, watcher))?;
        let watch = here.swap_remove(at);
        if here.is_empty() {
            self.keys.remove(database, key);
        }
        Some(watch.present)
    }

    /// How many keys are watched by somebody who does not know yet that a key of theirs has changed.
    pub(super) fn len(&self) -> usize {
        let watched =
            |watches: &&Vec<Watch>| watches.iter().any(|watch| !watch.watcher.is_touched());
        self.keys.values().filter(watched).count()
    }
}

impl Held<'_> {
    pub(crate) fn unwatch(&mut self, database: usize, key: &Key<'_>, watcher: &Arc<Watcher>) {
        let partition = self.partition(key.partition);
        partition.watches.remove(database, key.bytes, watcher);
    }
}

impl Db<'_, '_> {
    /// Has `watcher` told when `key` changes.
    pub fn watch(&mut self, key: &Key<'_>, watcher: &Arc<Watcher>) {
        let present = self.exists(key);
        let database = self.index();
        let watch = Watch {
            watcher: Arc::clone(watcher),
            present,
        };
        let partition = self.held.partition(key.partition);
        partition.watches.add(database, key.bytes, watch);
    }

    /// Ends what [`Db::watch`] began for these keys, whose partitions are held; true when each is what it was.
    pub fn unwatch(&mut self, keys: &[DatabaseKey], watcher: &Arc<Watcher>) -> bool {
        let selected = self.index();
        for DatabaseKey { database, key } in keys {
            self.select(*database);
            let key = self.key(key);
            let partition = self.held.partition(key.partition);
            let present = partition.watches.remove(*database, key.bytes, watcher);
            // A key whose time has come has changed, though nobody has noticed it yet.
            if present == Some(true) && !self.exists(&key) {
                watcher.touch();
            }
        }
        self.select(selected);
        !watcher.is_touched()
    }
}
