//! The values that are more than a string.

use std::borrow::{Borrow as _, BorrowMut as _};

use ferrous_types::hash::Seed;
use ferrous_types::{Hash, List, Set, SortedSet, Stream};

/// A value of one of the types that hold elements.
pub enum Object {
    /// A list.
    List(List),
    /// A set.
    Set(Set),
    /// A hash.
    Hash(Hash),
    /// A sorted set.
    SortedSet(SortedSet),
    /// A stream; boxed because it is several times the size of the others.
    Stream(Box<Stream>),
}

/// One of the types in [`Object`]: what makes an object of it and finds it in one again.
pub trait Collection: Into<Object> {
    /// The value, when `object` is of this type.
    fn of(object: &Object) -> Option<&Self>;

    /// The value to be changed, when `object` is of this type.
    fn of_mut(object: &mut Object) -> Option<&mut Self>;

    /// True when nothing is left in it and its key is to go. A stream stays.
    fn is_spent(&self) -> bool;
}

/// Ties a type to its arm of [`Object`].
macro_rules! collection {
    ($type:ident, $is_spent:expr) => {
        impl From<$type> for Object {
            fn from(value: $type) -> Self {
                Self::$type(value.into())
            }
        }

        impl Collection for $type {
            fn of(object: &Object) -> Option<&Self> {
                match object {
                    Object::$type(value) => Some(value.borrow()),
                    _ => None,
                }
            }

            fn of_mut(object: &mut Object) -> Option<&mut Self> {
                match object {
                    Object::$type(value) => Some(value.borrow_mut()),
                    _ => None,
                }
            }

            fn is_spent(&self) -> bool {
                let is_spent: fn(&Self) -> bool = $is_spent;
                is_spent(self)
            }
        }
    };
}

collection!(List, Self::is_empty);
collection!(Set, Self::is_empty);
collection!(Hash, Self::is_empty);
collection!(SortedSet, Self::is_empty);
collection!(Stream, |_| false);

impl Object {
    /// The type that `TYPE` and `SCAN … TYPE` know it by.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Hash(_) => "hash",
            Self::SortedSet(_) => "zset",
            Self::Stream(_) => "stream",
        }
    }

    /// What `OBJECT ENCODING` shows.
    pub fn encoding(&self) -> &'static str {
        match self {
            Self::List(list) => list.encoding(),
            Self::Set(set) => set.encoding(),
            Self::Hash(hash) => hash.encoding(),
            Self::SortedSet(set) => set.encoding(),
            Self::Stream(stream) => stream.encoding(),
        }
    }

    /// The bytes allocated behind it. Where they are not counted along, `samples` elements stand for all; 0 looks at
    /// each of them.
    pub fn heap_bytes(&self, samples: usize) -> usize {
        match self {
            Self::List(list) => list.heap_bytes(),
            Self::Set(set) => set.heap_bytes(samples),
            Self::Hash(hash) => hash.heap_bytes(samples),
            Self::SortedSet(set) => set.heap_bytes(),
            Self::Stream(stream) => stream.heap_bytes(),
        }
    }

    /// When the next of its elements expires, in ms since the epoch. Only fields of hashes do.
    pub fn next_field_deadline_ms(&self) -> Option<i64> {
        match self {
            Self::Hash(hash) => hash.next_expiry_ms(),
            _ => None,
        }
    }

    /// About how many allocations there are to free: what decides whether that is done in the background.
    pub fn free_effort(&self) -> usize {
        match self {
            Self::List(list) => list.len() / 64,
            Self::Set(set) => set.len(),
            Self::Hash(hash) => hash.len(),
            Self::SortedSet(set) => set.len(),
            Self::Stream(stream) => stream.log.blocks().len() + stream.groups.len(),
        }
    }

    /// A copy in the same encoding. O(n).
    #[must_use]
    pub fn duplicate(&self, seed: Seed) -> Self {
        match self {
            Self::List(list) => Self::List(list.clone()),
            Self::Set(set) => Self::Set(set.clone()),
            Self::Hash(hash) => Self::Hash(hash.clone()),
            Self::SortedSet(set) => Self::SortedSet(set.duplicate(seed)),
            Self::Stream(stream) => Self::Stream(stream.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_collections_do_not_pay_for_large_ones() {
        assert!(size_of::<Object>() <= 32, "{}", size_of::<Object>());
    }
}
