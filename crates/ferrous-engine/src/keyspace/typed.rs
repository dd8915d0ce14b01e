//! Access to the values that are more than a string.

use ferrous_types::entry::Value;
use ferrous_types::table::Slot;
use smallvec::SmallVec;

use super::lookup::{is_due, touch};
use super::{
    Circumstances, Collection, Db, DueKeys, EntryRef, Key, Object, ObjectEntry, ObjectRef,
};
use crate::error::{CommandError, CommandResult};

impl Db<'_, '_> {
    /// The collection at `key` for reading: counts as a hit or a miss, and as an access.
    ///
    /// # Errors
    /// `WRONGTYPE` when the key holds another type.
    pub fn collection<T: Collection + 'static>(
        &mut self,
        key: &Key<'_>,
    ) -> CommandResult<Option<&T>> {
        self.read(key).map(of_type).transpose()
    }

    /// The entries of `keys` for reading, all at once and whole; each counts as with [`Db::read`].
    pub fn entries<'k>(
        &mut self,
        keys: impl Iterator<Item = Key<'k>> + Clone,
    ) -> SmallVec<[Option<EntryRef<'_>>; 4]> {
        for key in keys.clone() {
            self.read(&key);
        }
        self.announce_all(keys.clone());
        keys.map(|key| self.find(&key)).collect()
    }

    /// Tells that all elements of what `keys` hold are to be looked at.
    fn announce_all<'k>(&mut self, keys: impl Iterator<Item = Key<'k>>) {
        let objects = keys.filter_map(|key| self.find(&key).and_then(EntryRef::object));
        let steps = objects.map(ObjectRef::free_effort).sum();
        self.announce(steps);
    }

    /// The collections at `keys` for reading, all at once and whole; each counts as with [`Db::collection`].
    ///
    /// # Errors
    /// `WRONGTYPE` when a key holds another type; those after it are not looked up.
    pub fn collections<'k, T: Collection + 'static>(
        &mut self,
        keys: impl Iterator<Item = Key<'k>> + Clone,
    ) -> CommandResult<SmallVec<[Option<&T>; 4]>> {
        for key in keys.clone() {
            self.collection::<T>(&key)?;
        }
        self.announce_all(keys.clone());
        keys.map(|key| self.find(&key).map(of_type).transpose())
            .collect()
    }

    /// The entry of a key that was read, to look at beside others.
    fn find(&self, key: &Key<'_>) -> Option<EntryRef<'_>> {
        let partition = self.held.shared(key.partition);
        let Circumstances {
            now_ms, due_keys, ..
        } = *self.environment.circumstances;
        let found = partition.share(self.environment.database).find(key);
        found.filter(|entry| due_keys != DueKeys::Hidden || !is_due(*entry, now_ms))
    }

    /// The collection at `key`, without a trace.
    ///
    /// # Errors
    /// `WRONGTYPE` when the key holds another type.
    pub fn peek_collection<T: Collection + 'static>(
        &mut self,
        key: &Key<'_>,
    ) -> CommandResult<Option<&T>> {
        self.peek(key).map(of_type).transpose()
    }

    /// Changes the collection at `key` in place; nothing when there is none.
    ///
    /// Whoever changed it calls [`Db::changed`] next, which also removes a key without elements.
    ///
    /// # Errors
    /// `WRONGTYPE` when the key holds another type.
    pub fn edit<T: Collection, R>(
        &mut self,
        key: &Key<'_>,
        edit: impl FnOnce(&mut T) -> R,
    ) -> CommandResult<Option<R>> {
        self.remove_if_due(key);
        let access = self.environment.circumstances.access;
        let index = self.index();
        let Self {
            held,
            environment,
            spent,
            ..
        } = self;
        let database = held.partition(key.partition).database(index);
        database.preserve(key);
        let Slot::Occupied(mut present) = database.slot(key) else {
            return Ok(None);
        };
        touch(&mut present, access, environment.random);
        let object = present.into_mut().into_object();
        let collection = object.and_then(T::of_mut);
        let collection = collection.ok_or(CommandError::WRONG_TYPE)?;
        let old_deadline = collection.next_deadline_ms();
        let result = edit(collection);
        *spent = collection.is_spent();
        let deadline = collection.next_deadline_ms();
        database
            .field_deadlines
            .changed(key.hash, old_deadline, deadline);
        Ok(Some(result))
    }

    /// As [`Db::edit`], but an absent key begins as `new`; it is stored if it has elements afterwards.
    ///
    /// # Errors
    /// `WRONGTYPE` when the key holds another type.
    pub fn edit_or_create<T: Collection, R>(
        &mut self,
        key: &Key<'_>,
        new: impl FnOnce() -> T,
        edit: impl FnOnce(&mut T) -> R,
    ) -> CommandResult<R> {
        let mut edit = Some(edit);
        let mut once = |collection: &mut T| {
            let edit = edit.take().expect("a key exists or does not");
            edit(collection)
        };
        if let Some(result) = self.edit(key, &mut once)? {
            return Ok(result);
        }
        let mut collection = new();
        let result = once(&mut collection);
        if !collection.is_spent() {
            self.put_object(key, collection.into(), None);
        }
        Ok(result)
    }

    /// Stores an object at `key`, whatever it held, with this deadline or none.
    pub fn put_object(&mut self, key: &Key<'_>, object: Object, deadline: Option<i64>) {
        let value = Value::Object(object);
        let mut entry = ObjectEntry::new(key.bytes, value, deadline);
        entry
            .view_mut()
            .set_access(self.environment.circumstances.access.initial());
        self.put(key, entry);
    }
}

fn of_type<T: Collection + 'static>(entry: EntryRef<'_>) -> CommandResult<&T> {
    entry
        .object()
        .and_then(T::of)
        .ok_or(CommandError::WRONG_TYPE)
}
