//! The values that are more than a string.

use ferrous_types::{Hash, List, Set, SortedSet, Stream};

pub use ferrous_types::{Object, ObjectMut, ObjectRef};

/// One of the types in [`Object`]: what makes an object of it and finds it in one again.
pub trait Collection: Into<Object> {
    /// The value, when `object` is of this type.
    fn of(object: ObjectRef<'_>) -> Option<&Self>;

    /// The value to be changed, when `object` is of this type.
    fn of_mut(object: ObjectMut<'_>) -> Option<&mut Self>;

    /// True when nothing is left in it and its key is to go. A stream stays.
    fn is_spent(&self) -> bool;

    /// When the next of its elements expires, in ms since the epoch. Only fields of hashes do.
    fn next_deadline_ms(&self) -> Option<i64>;
}

/// Ties a type to its arm of [`Object`].
macro_rules! collection {
    ($type:ident, $is_spent:expr, $next_deadline_ms:expr) => {
        impl Collection for $type {
            fn of(object: ObjectRef<'_>) -> Option<&Self> {
                match object {
                    ObjectRef::$type(value) => Some(value),
                    _ => None,
                }
            }

            fn of_mut(object: ObjectMut<'_>) -> Option<&mut Self> {
                match object {
                    ObjectMut::$type(value) => Some(value),
                    _ => None,
                }
            }

            fn is_spent(&self) -> bool {
                let is_spent: fn(&Self) -> bool = $is_spent;
                is_spent(self)
            }

            fn next_deadline_ms(&self) -> Option<i64> {
                let next_deadline_ms: fn(&Self) -> Option<i64> = $next_deadline_ms;
                next_deadline_ms(self)
            }
        }
    };
}

collection!(List, Self::is_empty, |_| None);
collection!(Set, Self::is_empty, |_| None);
collection!(Hash, Self::is_empty, Self::next_expiry_ms);
collection!(SortedSet, Self::is_empty, |_| None);
collection!(Stream, |_| false, |_| None);
