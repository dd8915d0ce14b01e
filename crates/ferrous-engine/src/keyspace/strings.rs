//! Strings of a database: read, stored, changed in place.

use ferrous_types::entry::{Buffer, Value};
use ferrous_types::table::Slot;

use super::lookup::touch;
use super::{Db, Key, ObjectEntry, Text};
use crate::error::{CommandError, CommandResult};

impl Db<'_, '_> {
    /// The string at `key` for reading: counts as a hit or a miss, and as an access.
    ///
    /// # Errors
    /// `WRONGTYPE` when the key holds another type.
    #[inline]
    pub fn text(&mut self, key: &Key<'_>) -> CommandResult<Option<Text<'_>>> {
        self.read(key)
            .map(|entry| Text::of(&entry.value()).ok_or(CommandError::WRONG_TYPE))
            .transpose()
    }

    /// The string at `key`, without a trace.
    ///
    /// # Errors
    /// `WRONGTYPE` when the key holds another type.
    pub fn peek_text(&mut self, key: &Key<'_>) -> CommandResult<Option<Text<'_>>> {
        self.peek(key)
            .map(|entry| Text::of(&entry.value()).ok_or(CommandError::WRONG_TYPE))
            .transpose()
    }

    /// Stores a string at `key`, whatever it held, with this deadline or none. A canonical integer is stored as one.
    pub fn set_text(&mut self, key: &Key<'_>, text: &[u8], deadline: Option<i64>) {
        self.set(key, Value::string(text), deadline);
    }

    /// As [`Db::set_text`], but never as an integer: for bytes that only look like one.
    pub fn set_bytes(&mut self, key: &Key<'_>, bytes: &[u8], deadline: Option<i64>) {
        self.set(key, Value::Bytes(bytes), deadline);
    }

    /// As [`Db::set_bytes`], but as one that was built up: it is raw, and never expires.
    pub fn set_buffer(&mut self, key: &Key<'_>, buffer: Buffer) {
        self.set(key, Value::Buffer(buffer), None);
    }

    /// Changes the bytes of the string at `key` in place; an absent key begins as an empty string without a deadline.
    ///
    /// # Errors
    /// `WRONGTYPE` when the key holds another type.
    pub fn edit_text<T>(
        &mut self,
        key: &Key<'_>,
        edit: impl FnOnce(&mut Buffer) -> T,
    ) -> CommandResult<T> {
        let access = self.environment.circumstances.access;
        let created = !self.exists(key);
        let database = self.database(key);
        database.preserve(key);
        if created {
            let mut entry = ObjectEntry::new(key.bytes, Value::Bytes(b""), None);
            entry.view_mut().set_access(access.initial());
            database.insert_absent(key, entry);
        }
        let Slot::Occupied(mut present) = database.slot(key) else {
            unreachable!("an absent key was just put there");
        };
        let edited = present.update(|entry| match entry.string_mut() {
            Some(text) => Ok(edit(text)),
            None => Err(CommandError::WRONG_TYPE),
        });
        if created {
            self.created(key);
        }
        edited
    }

    /// Replaces the integer at `key` by what `change` makes of it and returns that; an absent key counts as 0.
    ///
    /// # Errors
    /// `WRONGTYPE`, `ERR value is not an integer or out of range`, or what `change` refuses with; the key is as it was.
    pub fn update_int(
        &mut self,
        key: &Key<'_>,
        change: impl FnOnce(i64) -> CommandResult<i64>,
    ) -> CommandResult<i64> {
        self.remove_if_due(key);
        let access = self.environment.circumstances.access;
        let database = self
            .held
            .partition(key.partition)
            .database(self.environment.database);
        database.preserve(key);
        match database.slot(key) {
            Slot::Occupied(mut present) => {
                let current = Text::int_of(&present.get().value())?;
                let new = change(current)?;
                if !present.get_mut().set_int(new) {
                    present.update(|entry| drop(entry.set_value(Value::Int(new))));
                }
                touch(&mut present, access, self.environment.random);
                Ok(new)
            }
            Slot::Vacant(absent) => {
                let new = change(0)?;
                let mut entry = ObjectEntry::new(key.bytes, Value::Int(new), None);
                entry.view_mut().set_access(access.initial());
                absent.insert(entry);
                database.born(key);
                self.created(key);
                Ok(new)
            }
        }
    }
}
