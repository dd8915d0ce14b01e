//! `CONFIG SET`: several parameters at once, all of them or none.

use std::collections::BTreeMap;

use thiserror::Error;

use super::value::{Assign, Refusal};
use super::{Config, Effect, Parameter, table};

/// Who wants to change parameters, and when.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// Whether the client is on the same machine.
    pub is_local: bool,
    /// Whether the server is still loading its data set.
    pub is_loading: bool,
}

/// Why parameters were not set. The text is that of the reply, behind the error's code.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SetError {
    /// There is no such parameter.
    #[error("Unknown option or number of arguments for CONFIG SET - '{0}'")]
    Unknown(String),
    /// A parameter cannot be set, or not to this value.
    #[error("CONFIG SET failed (possibly related to argument '{name}') - {reason}")]
    Refused {
        /// The parameter, by the name that was used for it.
        name: &'static str,
        /// What is wrong.
        reason: Refusal,
    },
    /// A parameter cannot be set now; the client gets the error that every command gets which has to wait for the data.
    #[error("the data set is being loaded")]
    Loading,
}

impl SetError {
    /// The refusal of `name` because of what the server met when it carried out a change.
    pub fn refused(name: &'static str, reason: impl Into<Refusal>) -> Self {
        Self::Refused {
            name,
            reason: reason.into(),
        }
    }
}

/// Parameters that were changed: what is left to do about it, and the way back.
#[derive(Debug)]
#[must_use = "the server has to carry out the effects"]
pub struct Change {
    effects: BTreeMap<Effect, &'static str>,
    before: Vec<(&'static Parameter, Vec<u8>)>,
}

impl Change {
    /// What the server has to do, each with the name of a parameter that asks for it. When one fails,
    /// [`undo`](Self::undo) the change and answer [`SetError::refused`].
    pub fn effects(&self) -> impl Iterator<Item = (Effect, &'static str)> {
        self.effects.iter().map(|(effect, name)| (*effect, *name))
    }

    /// Puts back the values that there were before.
    pub fn undo(self, config: &Config) {
        let _together = config.storing.lock();
        for (row, value) in self.before.into_iter().rev() {
            let store = row.stage(config, &[&value], Assign::Replace);
            store.expect("a row takes back what it has shown")();
        }
    }
}

impl Config {
    /// Sets all of `pairs`, names and values, or none of them.
    ///
    /// # Errors
    /// The first thing that is wrong with a pair.
    pub fn set(&self, pairs: &[(&[u8], &[u8])], caller: Caller) -> Result<Change, SetError> {
        let rows = self.settable(pairs, caller)?;
        let _together = self.storing.lock();
        let mut staged = Vec::with_capacity(pairs.len());
        for ((name, row), (_, value)) in rows.iter().zip(pairs) {
            let store = row.stage(self, &[value], Assign::Replace);
            staged.push(store.map_err(|reason| SetError::Refused { name, reason })?);
        }
        let before: Vec<_> = rows
            .iter()
            .map(|(_, row)| (*row, row.value(self).show()))
            .collect();
        for store in staged {
            store();
        }
        let changed = rows
            .iter()
            .zip(&before)
            .filter(|((_, row), (_, value))| row.value(self).show() != *value);
        let effects = changed
            .filter_map(|((name, row), _)| Some((row.change_effect()?, *name)))
            .collect();
        Ok(Change { effects, before })
    }

    /// The rows that `pairs` name, with the names used for them, when `caller` may set them all.
    fn settable(
        &self,
        pairs: &[(&[u8], &[u8])],
        caller: Caller,
    ) -> Result<Vec<(&'static str, &'static Parameter)>, SetError> {
        let mut rows = Vec::with_capacity(pairs.len());
        for (given, _) in pairs {
            let Some((name, row)) = table::find(given) else {
                return Err(SetError::Unknown(
                    String::from_utf8_lossy(given).into_owned(),
                ));
            };
            if caller.is_loading && !row.is_settable_while_loading() {
                return Err(SetError::Loading);
            }
            if let Some(reason) = self.forbidden(row, caller) {
                return Err(SetError::refused(name, reason));
            }
            if rows.iter().any(|(other, _)| *other == name) {
                return Err(SetError::refused(name, "duplicate parameter"));
            }
            rows.push((name, row));
        }
        Ok(rows)
    }

    fn forbidden(&self, row: &Parameter, caller: Caller) -> Option<&'static str> {
        if !row.is_mutable() {
            Some("can't set immutable config")
        } else if row.is_protected()
            && !self
                .security
                .enable_protected_configs
                .get()
                .allows(caller.is_local)
        {
            Some("can't set protected config")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests;
