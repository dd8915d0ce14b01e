//! The times to live of fields.

use super::pair::Pair;
use super::{Hash, Hashed, Packed, live};
use crate::hash::Seed;

/// Whether and when a field expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldExpiry {
    /// There is no such field.
    Missing,
    /// The field does not expire.
    Never,
    /// The field expires past this Unix time in milliseconds.
    At(i64),
}

impl Hash {
    /// Whether and when the field called `name` expires.
    pub fn expiry(&self, name: &[u8], now_ms: i64) -> FieldExpiry {
        match self.0.view() {
            Packed(list) if list.find(name, 1).is_some() => FieldExpiry::Never,
            Packed(_) => FieldExpiry::Missing,
            Hashed(fields) => match live(fields.get(name), now_ms) {
                None => FieldExpiry::Missing,
                Some(pair) => pair
                    .expires_at_ms
                    .map_or(FieldExpiry::Never, FieldExpiry::At),
            },
        }
    }

    /// Lets the field called `name` expire past a Unix time in milliseconds, or never; false when
    /// there is no such field. A field that is to expire makes the hash a hashtable.
    pub fn set_expiry(
        &mut self,
        name: &[u8],
        expires_at_ms: Option<i64>,
        now_ms: i64,
        seed: Seed,
    ) -> bool {
        if !self.contains(name, now_ms) {
            return false;
        }
        if expires_at_ms.is_none() && matches!(self.0.view(), Packed(_)) {
            return true;
        }
        let fields = self.hash_fields(seed);
        let value = fields.get(name).map(|pair| pair.value.to_vec());
        if let Some(value) = value {
            fields.insert(Pair {
                name,
                value: &value,
                expires_at_ms,
            });
        }
        true
    }

    /// True when the field called `name` has expired but was not removed yet.
    pub fn is_overdue(&self, name: &[u8], now_ms: i64) -> bool {
        match self.0.view() {
            Packed(_) => false,
            Hashed(fields) => {
                self.has_expired(now_ms)
                    && fields.get(name).is_some()
                    && live(fields.get(name), now_ms).is_none()
            }
        }
    }

    /// True when some field has an expiry.
    pub fn has_expiries(&self) -> bool {
        self.next_expiry_ms().is_some()
    }

    /// The earliest expiry of all fields, a Unix time in milliseconds. O(1) but for the depth of
    /// the index.
    pub fn next_expiry_ms(&self) -> Option<i64> {
        match self.0.view() {
            Packed(_) => None,
            Hashed(fields) => fields.next_expiry_ms(),
        }
    }

    /// Removes up to `budget` expired fields, the earliest first, and tells `removed` their names;
    /// returns how many it were. O(log n) each.
    pub fn expire_due(
        &mut self,
        now_ms: i64,
        budget: usize,
        mut removed: impl FnMut(&[u8]),
    ) -> usize {
        let Hashed(fields) = self.0.view_mut() else {
            return 0;
        };
        let mut count = 0;
        while count < budget
            && let Some(record) = fields.remove_due(now_ms)
        {
            removed(Pair::of(record.as_slice()).name);
            count += 1;
        }
        count
    }

    /// True when some field has expired but was not removed yet.
    pub(super) fn has_expired(&self, now_ms: i64) -> bool {
        self.next_expiry_ms().is_some_and(|at| at < now_ms)
    }
}
