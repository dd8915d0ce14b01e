//! Putting entries into the keyspace that come from a file.

use super::snapshot::Deleted;
use super::{Keyspace, ObjectEntry};

impl Keyspace {
    /// Puts `entry` into a database, which nobody else is using.
    ///
    /// # Errors
    /// The entry, when there is one of that name and it is not to be replaced.
    pub fn restore(
        &self,
        database: usize,
        entry: ObjectEntry,
        replace: bool,
    ) -> Result<(), ObjectEntry> {
        let key = self.key(entry.key());
        let hash = key.hash;
        let mut partition = self.lock(key.partition);
        let database = partition.database(database);
        if database.find(&key).is_some() {
            if !replace {
                return Err(entry);
            }
            let old: Deleted = database.delete(&key);
            drop(old);
        }
        database.insert_hashed(hash, entry);
        Ok(())
    }
}
