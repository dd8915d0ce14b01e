//! The values that are more than a string.
#![allow(
    unsafe_code,
    reason = "an entry keeps which type a value is apart from the value"
)]

use std::ptr::NonNull;

use crate::entry::OneWord;
use crate::hash::Seed;
use crate::word::Word;
use crate::{Hash, List, Set, SortedSet, Stream};

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
    /// A stream.
    Stream(Box<Stream>),
}

/// A shared borrow of an object.
#[derive(Clone, Copy)]
pub enum ObjectRef<'a> {
    /// A list.
    List(&'a List),
    /// A set.
    Set(&'a Set),
    /// A hash.
    Hash(&'a Hash),
    /// A sorted set.
    SortedSet(&'a SortedSet),
    /// A stream.
    Stream(&'a Stream),
}

/// An exclusive borrow of an object.
pub enum ObjectMut<'a> {
    /// A list.
    List(&'a mut List),
    /// A set.
    Set(&'a mut Set),
    /// A hash.
    Hash(&'a mut Hash),
    /// A sorted set.
    SortedSet(&'a mut SortedSet),
    /// A stream.
    Stream(&'a mut Stream),
}

impl Object {
    /// The object, to be read.
    pub fn view(&self) -> ObjectRef<'_> {
        match self {
            Self::List(list) => ObjectRef::List(list),
            Self::Set(set) => ObjectRef::Set(set),
            Self::Hash(hash) => ObjectRef::Hash(hash),
            Self::SortedSet(set) => ObjectRef::SortedSet(set),
            Self::Stream(stream) => ObjectRef::Stream(stream),
        }
    }
}

impl ObjectRef<'_> {
    /// The type that `TYPE` and `SCAN … TYPE` know it by.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::List(_) => "list",
            Self::Set(_) => "set",
            Self::Hash(_) => "hash",
            Self::SortedSet(_) => "zset",
            Self::Stream(_) => "stream",
        }
    }

    /// What `OBJECT ENCODING` shows.
    pub fn encoding(self) -> &'static str {
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
    pub fn heap_bytes(self, samples: usize) -> usize {
        match self {
            Self::List(list) => list.heap_bytes(),
            Self::Set(set) => set.heap_bytes(samples),
            Self::Hash(hash) => hash.heap_bytes(samples),
            Self::SortedSet(set) => set.heap_bytes(),
            Self::Stream(stream) => size_of::<Stream>() + stream.heap_bytes(),
        }
    }

    /// When the next of its elements expires, in ms since the epoch. Only fields of hashes do.
    pub fn next_field_deadline_ms(self) -> Option<i64> {
        match self {
            Self::Hash(hash) => hash.next_expiry_ms(),
            _ => None,
        }
    }

    /// About how many allocations there are to free: what decides whether that is done in the background.
    pub fn free_effort(self) -> usize {
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
    pub fn duplicate(self, seed: Seed) -> Object {
        match self {
            Self::List(list) => Object::List(list.clone()),
            Self::Set(set) => Object::Set(set.clone()),
            Self::Hash(hash) => Object::Hash(hash.clone()),
            Self::SortedSet(set) => Object::SortedSet(set.duplicate(seed)),
            Self::Stream(stream) => Object::Stream(Box::new(stream.clone())),
        }
    }
}

impl From<List> for Object {
    fn from(list: List) -> Self {
        Self::List(list)
    }
}

impl From<Set> for Object {
    fn from(set: Set) -> Self {
        Self::Set(set)
    }
}

impl From<Hash> for Object {
    fn from(hash: Hash) -> Self {
        Self::Hash(hash)
    }
}

impl From<SortedSet> for Object {
    fn from(set: SortedSet) -> Self {
        Self::SortedSet(set)
    }
}

impl From<Stream> for Object {
    fn from(stream: Stream) -> Self {
        Self::Stream(Box::new(stream))
    }
}

// SAFETY: a box is a pointer that is not null, aligned to eight as a stream is.
unsafe impl Word for Box<Stream> {
    const TAGS: u8 = 1;
}

const LIST: u16 = 0;
const SET: u16 = 1;
const HASH: u16 = 2;
const SORTED_SET: u16 = 3;
const STREAM: u16 = 4;

// SAFETY: each number stands for one type, whose word it is.
unsafe impl OneWord for Object {
    type Ref<'a> = ObjectRef<'a>;
    type Mut<'a> = ObjectMut<'a>;

    fn into_word(self) -> (u16, NonNull<()>) {
        match self {
            Self::List(list) => (LIST, Word::into_word(list)),
            Self::Set(set) => (SET, Word::into_word(set)),
            Self::Hash(hash) => (HASH, Word::into_word(hash)),
            Self::SortedSet(set) => (SORTED_SET, Word::into_word(set)),
            Self::Stream(stream) => (STREAM, Word::into_word(stream)),
        }
    }

    unsafe fn from_word(number: u16, word: NonNull<()>) -> Self {
        // SAFETY: the number says what the word is.
        unsafe {
            match number {
                LIST => Self::List(Word::from_word(word)),
                SET => Self::Set(Word::from_word(word)),
                HASH => Self::Hash(Word::from_word(word)),
                SORTED_SET => Self::SortedSet(Word::from_word(word)),
                _ => Self::Stream(Word::from_word(word)),
            }
        }
    }

    #[inline]
    unsafe fn borrow_word(number: u16, word: &NonNull<()>) -> ObjectRef<'_> {
        // SAFETY: the number says what the word is.
        unsafe {
            match number {
                LIST => ObjectRef::List(Word::borrow(word)),
                SET => ObjectRef::Set(Word::borrow(word)),
                HASH => ObjectRef::Hash(Word::borrow(word)),
                SORTED_SET => ObjectRef::SortedSet(Word::borrow(word)),
                _ => ObjectRef::Stream(<Box<Stream> as Word>::borrow(word)),
            }
        }
    }

    #[inline]
    unsafe fn borrow_word_mut(number: u16, word: &mut NonNull<()>) -> ObjectMut<'_> {
        // SAFETY: the number says what the word is.
        unsafe {
            match number {
                LIST => ObjectMut::List(Word::borrow_mut(word)),
                SET => ObjectMut::Set(Word::borrow_mut(word)),
                HASH => ObjectMut::Hash(Word::borrow_mut(word)),
                SORTED_SET => ObjectMut::SortedSet(Word::borrow_mut(word)),
                _ => ObjectMut::Stream(<Box<Stream> as Word>::borrow_mut(word)),
            }
        }
    }
}
