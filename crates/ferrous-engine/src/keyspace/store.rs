//! Values of any type put into a database and taken out, and the deadlines of their keys.

use ferrous_types::entry::{Detached, Value};
use ferrous_types::table::Slot;

use super::lookup::touch;
use super::snapshot::Deleted;
use super::{Circumstances, Db, DueKeys, Garbage, Key, Object, ObjectEntry};

/// What a change of a deadline came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadlineChange {
    /// There is no such key.
    Absent,
    /// The key has the deadline that it had, or still has none.
    Same,
    /// The key has another deadline, or none any more.
    Changed,
    /// The deadline had passed: the key is gone.
    Deleted,
}

impl Db<'_, '_> {
    /// Stores a value at `key`, whatever it held, with this deadline or none.
    pub fn set(&mut self, key: &Key<'_>, value: Value<'_, Object>, deadline: Option<i64>) {
        let Circumstances { access, now_ms, .. } = *self.environment.circumstances;
        let mut created = false;
        let mut old = Detached::Nothing;
        let database = self
            .held
            .partition(key.partition)
            .database(self.environment.database);
        let given_away = database.give_away_object(key);
        database.preserve(key);
        let old_deadline = match database.slot(key) {
            Slot::Occupied(mut present) => {
                let old_deadline = present.get().expire_at_ms();
                if old_deadline.is_some_and(|deadline| deadline <= now_ms) {
                    // Its time had come: what is stored takes the place of nothing.
                    created = true;
                    let environment = &self.environment;
                    self.changes.expired_key(
                        environment.database,
                        key.bytes,
                        environment.interests,
                        environment.limits.lazy_free.expired,
                    );
                }
                present.update(|entry| {
                    old = entry.set_value(value);
                    if old_deadline != deadline {
                        entry.set_expiry(deadline);
                    }
                });
                touch(&mut present, access, self.environment.random);
                old_deadline
            }
            Slot::Vacant(absent) => {
                let mut entry = ObjectEntry::new(key.bytes, value, deadline);
                entry.view_mut().set_access(access.initial());
                absent.insert(entry);
                database.born(key);
                created = !given_away;
                None
            }
        };
        if old_deadline != deadline {
            database.deadline_changed(key.hash, old_deadline, deadline);
        }
        let mut replaced = given_away;
        if let Detached::Object(object) = old {
            replaced = true;
            let field_deadline = object.view().next_field_deadline_ms();
            database
                .field_deadlines
                .changed(key.hash, field_deadline, None);
            let lazy = self.environment.limits.lazy_free.overwritten;
            self.changes.discard(Garbage::Object(object), lazy);
        }
        if replaced {
            self.ready(key);
        }
        if created {
            self.created(key);
        }
    }

    /// Takes the entry of `key` out of the database.
    pub fn take(&mut self, key: &Key<'_>) -> Option<ObjectEntry> {
        self.remove_if_due(key);
        let database = self.database(key);
        database.preserve(key);
        let taken = database.remove(key);
        if taken.is_some() {
            self.ready(key);
        }
        taken
    }

    /// Removes `key`; true when it existed. A large value is freed later.
    pub fn remove(&mut self, key: &Key<'_>) -> bool {
        let lazy = self.environment.limits.lazy_free.deleted;
        self.remove_if_due(key);
        match self.database(key).delete(key) {
            Deleted::Absent => return false,
            Deleted::HandedOver => {}
            Deleted::Entry(entry) => self.changes.discard(Garbage::Entry(entry), lazy),
        }
        self.ready(key);
        true
    }

    /// Puts an entry, whose key is `key`, into the database in place of what was there.
    pub fn put(&mut self, key: &Key<'_>, entry: ObjectEntry) {
        self.remove_if_due(key);
        let database = self.database(key);
        let old = database.delete(key);
        database.insert_absent(key, entry);
        match old {
            Deleted::Absent => self.created(key),
            Deleted::HandedOver => {}
            Deleted::Entry(old) => {
                let lazy = self.environment.limits.lazy_free.overwritten;
                self.changes.discard(Garbage::Entry(old), lazy);
            }
        }
        self.ready(key);
    }

    /// Gives `key` a deadline, or takes it away; a deadline that has passed deletes the key.
    pub fn set_deadline(&mut self, key: &Key<'_>, deadline: Option<i64>) -> DeadlineChange {
        let now_ms = self.environment.circumstances.now_ms;
        let Some(present) = self.peek(key) else {
            return DeadlineChange::Absent;
        };
        let old = present.expire_at_ms();
        let is_due = deadline.is_some_and(|deadline| deadline <= now_ms);
        if is_due && self.environment.circumstances.due_keys != DueKeys::Kept {
            self.remove(key);
            return DeadlineChange::Deleted;
        }
        if old == deadline {
            return DeadlineChange::Same;
        }
        let database = self.database(key);
        database.preserve(key);
        if let Slot::Occupied(mut present) = database.slot(key) {
            present.update(|entry| entry.set_expiry(deadline));
        }
        database.deadline_changed(key.hash, old, deadline);
        DeadlineChange::Changed
    }
}
