//! A map from keys of databases to what somebody wants with them. Nearly always it is empty, and asking costs one load.

use std::collections::{BTreeMap, HashMap};

/// What is known of some keys, by database and key. A database without any is not in the map.
pub(super) struct KeyMap<V>(BTreeMap<usize, HashMap<Box<[u8]>, V>>);

impl<V> Default for KeyMap<V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<V> KeyMap<V> {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get_mut(&mut self, database: usize, key: &[u8]) -> Option<&mut V> {
        self.0.get_mut(&database)?.get_mut(key)
    }

    /// What is known of `key`, from now on at least.
    pub(super) fn ensure(&mut self, database: usize, key: &[u8]) -> &mut V
    where
        V: Default,
    {
        self.0
            .entry(database)
            .or_default()
            .entry(key.into())
            .or_default()
    }

    pub(super) fn remove(&mut self, database: usize, key: &[u8]) -> Option<V> {
        let keys = self.0.get_mut(&database)?;
        let removed = keys.remove(key);
        if keys.is_empty() {
            self.0.remove(&database);
        }
        removed
    }

    /// What is known of every key.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.values().flat_map(HashMap::values)
    }

    /// The keys of a database.
    pub(super) fn keys_of(&self, database: usize) -> impl Iterator<Item = (&[u8], &V)> {
        let keys = self.0.get(&database).into_iter().flatten();
        keys.map(|(key, value)| (&**key, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_do_not_see_each_others_keys() {
        let mut map = KeyMap::default();
        *map.ensure(1, b"k") = 7;
        assert_eq!(map.get_mut(1, b"k"), Some(&mut 7));
        assert_eq!(map.get_mut(0, b"k"), None);
        assert_eq!(map.keys_of(1).count(), 1);
        assert_eq!(map.remove(0, b"k"), None);
        assert_eq!(map.remove(1, b"k"), Some(7));
        assert!(map.is_empty());
    }
}
