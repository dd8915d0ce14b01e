//! How a change to a key is told: to the statistics, to the log, to those who listen for keyspace events, to those who
//! cache or watch keys.

use super::field_deadlines::ExpiredFields;
use super::{
    Changes, DatabaseKey, Db, DeadlineChange, Event, EventClasses, Garbage, IntText, Interests,
    Key, ObjectEntry,
};

/// Values of more allocations than this are freed in the background.
const FREE_EFFORT_MAX: usize = 64;

impl Db<'_, '_> {
    /// Tells that `key` was changed: `name` is the keyspace event, `changes` what it counts for. A collection without
    /// elements is removed then, which is an event of its own.
    pub fn changed(
        &mut self,
        key: &Key<'_>,
        class: EventClasses,
        name: &'static str,
        changes: u64,
    ) {
        self.modified(key);
        self.notify(class, name, key);
        self.changes.tally.dirty += changes;
        self.remove_spent(key);
    }

    /// Removes `key` if the last edit left its collection without elements, which is an event of its own.
    pub fn remove_spent(&mut self, key: &Key<'_>) {
        if std::mem::take(&mut self.spent) {
            self.remove(key);
            self.notify(EventClasses::GENERIC, "del", key);
        }
    }

    /// Deletes `key`, and tells so; true when it existed. A large value is freed later.
    pub fn delete(&mut self, key: &Key<'_>) -> bool {
        let existed = self.remove(key);
        if existed {
            self.changed(key, EventClasses::GENERIC, "del", 1);
        }
        existed
    }

    /// Has `key` expire at `deadline`, in ms since the epoch, and tells so; a deadline that has passed deletes it. What
    /// repeats the call is the deadline itself, or the deletion.
    pub fn expire_at(&mut self, key: &Key<'_>, deadline: i64) {
        match self.set_deadline(key, Some(deadline)) {
            DeadlineChange::Absent => {}
            DeadlineChange::Same | DeadlineChange::Changed => {
                self.changed(key, EventClasses::GENERIC, "expire", 1);
                self.repeat(&[b"PEXPIREAT", key.bytes, &IntText::new(deadline)]);
            }
            DeadlineChange::Deleted => {
                self.changed(key, EventClasses::GENERIC, "del", 1);
                self.repeat_deletion(key, self.limits().lazy_free.expired);
            }
        }
    }

    /// Has the deletion of `key` repeat what the call did. `lazy` chooses the verb that frees in the background.
    pub fn repeat_deletion(&mut self, key: &Key<'_>, lazy: bool) {
        self.repeat(&[deletion(lazy), key.bytes]);
    }

    /// Tells that a call met `count` fields of the hash at `key` that had expired, and did away with them.
    pub fn met_expired_fields(&mut self, key: &Key<'_>, count: u64) {
        self.changes.tally.expired_fields += count;
        self.notify(EventClasses::HASH, "hexpired", key);
        self.modified(key);
    }

    /// Counts `changes`, as `rdb_changes_since_last_save` does. Without any, a call has no effect to repeat.
    pub fn dirty(&mut self, changes: u64) {
        self.changes.tally.dirty += changes;
    }

    /// Tells those who watch or cache `key` that it is not what it was.
    pub fn modified(&mut self, key: &Key<'_>) {
        let database = self.index();
        let watches = &mut self.held.partition(key.partition).watches;
        watches.touch(database, key.bytes);
        if self.interests().modified {
            self.changes.modified.push(DatabaseKey {
                database: self.index(),
                key: key.bytes.into(),
            });
        }
    }

    /// Publishes a keyspace event.
    pub fn notify(&mut self, class: EventClasses, name: &'static str, key: &Key<'_>) {
        if self.interests().events.contains(class) {
            self.changes.events.push(Event {
                database: self.index(),
                class,
                name,
                key: key.bytes.into(),
            });
        }
    }

    /// Has `argv` repeat what the call did, in the place of the call itself; several are repeated as a transaction.
    pub fn repeat(&mut self, argv: &[&[u8]]) {
        self.changes.effects.replaced = true;
        if self.interests().effects {
            let database = self.index();
            self.changes.effects.push(database, argv);
        }
    }

    /// Has nothing repeat what the call did, or nothing but what [`Db::repeat`] is given.
    pub fn repeat_nothing(&mut self) {
        self.changes.effects.replaced = true;
    }

    /// True when somebody wants effects: building one that nobody wants is wasted.
    pub fn wants_effects(&self) -> bool {
        self.interests().effects
    }

    /// Has the host's log say what the reply does not.
    pub fn complain(&mut self, complaint: String) {
        self.changes.complaints.push(complaint);
    }

    /// Tells that every database was emptied on purpose.
    pub fn emptied(&mut self) {
        self.changes.emptied = true;
    }

    /// Has the host drop what was taken out.
    pub fn discard(&mut self, garbage: Vec<Garbage>) {
        self.changes.garbage.extend(garbage);
    }

    /// Tells that `key` was not there before.
    pub(super) fn created(&mut self, key: &Key<'_>) {
        self.notify(EventClasses::NEW, "new", key);
    }
}

impl Changes {
    /// Drops what was taken out: at once when it is small or `lazy` is false, else the host will.
    pub(super) fn discard(&mut self, garbage: Garbage, lazy: bool) {
        if lazy && garbage.free_effort() > FREE_EFFORT_MAX {
            self.garbage.push(garbage);
        }
    }

    /// Tells of an entry that was removed because its time had come.
    pub(super) fn expired(
        &mut self,
        database: usize,
        entry: ObjectEntry,
        interests: Interests,
        lazy: bool,
    ) {
        self.expired_key(database, entry.key(), interests, lazy);
        self.discard(Garbage::Entry(entry), lazy);
    }

    /// Tells of an entry that was removed to make room.
    pub(super) fn evicted(
        &mut self,
        database: usize,
        entry: ObjectEntry,
        interests: Interests,
        lazy: bool,
    ) {
        self.tally.evicted += 1;
        self.gone(
            database,
            entry.key(),
            (EventClasses::EVICTED, "evicted"),
            interests,
            lazy,
        );
        self.discard(Garbage::Entry(entry), lazy);
    }

    /// Tells of a key whose time had come.
    pub(super) fn expired_key(
        &mut self,
        database: usize,
        key: &[u8],
        interests: Interests,
        lazy: bool,
    ) {
        self.tally.expired += 1;
        let event = (EventClasses::EXPIRED, "expired");
        self.gone(database, key, event, interests, lazy);
    }

    /// Tells of a key that the server removed on its own account.
    fn gone(
        &mut self,
        database: usize,
        key: &[u8],
        (class, name): (EventClasses, &'static str),
        interests: Interests,
        lazy: bool,
    ) {
        if interests.effects {
            self.effects.push(database, &[deletion(lazy), key]);
        }
        if interests.events.contains(class) {
            self.events.push(Event {
                database,
                class,
                name,
                key: key.into(),
            });
        }
        if interests.modified {
            self.modified.push(DatabaseKey {
                database,
                key: key.into(),
            });
        }
    }

    /// Tells of fields that were removed because their time had come.
    pub(super) fn fields_expired(
        &mut self,
        database: usize,
        fields: ExpiredFields,
        interests: Interests,
    ) {
        let ExpiredFields {
            key,
            names,
            emptied,
        } = fields;
        self.tally.expired_fields += names.len() as u64;
        if interests.effects {
            // Without its last field the key goes wherever this is repeated, too.
            let mut argv: Vec<&[u8]> = vec![b"HDEL", &key];
            argv.extend(names.iter().map(|name| &**name));
            self.effects.push(database, &argv);
        }
        let mut notify = |class, name| {
            if interests.events.contains(class) {
                self.events.push(Event {
                    database,
                    class,
                    name,
                    key: key.clone(),
                });
            }
        };
        notify(EventClasses::HASH, "hexpired");
        if emptied.is_some() {
            notify(EventClasses::GENERIC, "del");
        }
        if let Some(entry) = emptied {
            self.discard(Garbage::Entry(entry), true);
        }
        if interests.modified {
            self.modified.push(DatabaseKey { database, key });
        }
    }
}

/// The command that deletes keys, and frees them in the background or not.
fn deletion(lazy: bool) -> &'static [u8] {
    if lazy { b"UNLINK" } else { b"DEL" }
}
