//! Borrowed entries: what a table lends.

use std::marker::PhantomData;

use super::block::{Block, Kind};
use super::value::{StringEncoding, ValueRef};
use super::{Buffer, Entry, OneWord};

/// A shared borrow of an entry.
pub struct EntryRef<'a, O: OneWord> {
    block: Block,
    entry: PhantomData<&'a Entry<O>>,
}

impl<O: OneWord> Clone for EntryRef<'_, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<O: OneWord> Copy for EntryRef<'_, O> {}

impl<'a, O: OneWord> EntryRef<'a, O> {
    /// # Safety
    ///
    /// The block is that of an `Entry<O>`, which for `'a` is neither changed nor dropped.
    #[inline]
    pub(super) unsafe fn new(block: Block) -> Self {
        Self {
            block,
            entry: PhantomData,
        }
    }

    /// The key.
    #[inline]
    pub fn key(self) -> &'a [u8] {
        // SAFETY: the entry is borrowed for `'a`.
        unsafe { self.block.key() }
    }

    /// When the key expires, in milliseconds of Unix time; `None` for never.
    #[inline]
    pub fn expire_at_ms(self) -> Option<i64> {
        self.block.expiry()
    }

    /// The access field: 24 bits that belong to the eviction policy.
    #[inline]
    pub fn access(self) -> u32 {
        self.block.access()
    }

    /// True when the entry carries the mark, a bit that belongs to whoever walks the table.
    #[inline]
    pub fn is_marked(self) -> bool {
        self.block.is_marked()
    }

    /// The value.
    #[inline]
    pub fn value(self) -> ValueRef<'a, O> {
        // SAFETY: the word is what the kind says, and the entry is borrowed for `'a`.
        unsafe {
            match self.block.kind() {
                Kind::Embedded => ValueRef::Bytes(self.block.embedded()),
                Kind::Int => ValueRef::Int(self.block.word::<i64>().read()),
                Kind::Buffer => ValueRef::Bytes(&*self.block.word::<Buffer>()),
                Kind::Object => {
                    ValueRef::Object(O::borrow_word(self.block.number(), &*self.block.word()))
                }
            }
        }
    }

    /// The object, unless the value is a string.
    #[inline]
    pub fn object(self) -> Option<O::Ref<'a>> {
        match self.value() {
            ValueRef::Object(object) => Some(object),
            ValueRef::Int(_) | ValueRef::Bytes(_) => None,
        }
    }

    /// How a string is held; `None` for an object.
    pub fn string_encoding(self) -> Option<StringEncoding> {
        match self.block.kind() {
            Kind::Int => Some(StringEncoding::Int),
            Kind::Embedded if self.block.shape().value_len <= StringEncoding::EMBSTR_MAX_LEN => {
                Some(StringEncoding::Embstr)
            }
            Kind::Embedded | Kind::Buffer => Some(StringEncoding::Raw),
            Kind::Object => None,
        }
    }

    /// The bytes allocated for the entry, with its string but without what its object owns.
    pub fn heap_bytes(self) -> usize {
        let outside = match self.block.kind() {
            Kind::Embedded | Kind::Int | Kind::Object => 0,
            // SAFETY: the kind says that the word is a buffer.
            Kind::Buffer => unsafe { (*self.block.word::<Buffer>()).heap_bytes() },
        };
        self.block.shape().layout().size() + outside
    }
}

/// An exclusive borrow of an entry, for changes that keep it where it is.
pub struct EntryMut<'a, O: OneWord> {
    block: Block,
    entry: PhantomData<&'a mut Entry<O>>,
}

impl<'a, O: OneWord> EntryMut<'a, O> {
    /// # Safety
    ///
    /// The block is that of an `Entry<O>`, which nobody else uses for `'a`.
    #[inline]
    pub(super) unsafe fn new(block: Block) -> Self {
        Self {
            block,
            entry: PhantomData,
        }
    }

    /// The entry, to be read.
    #[inline]
    pub fn view(&self) -> EntryRef<'_, O> {
        // SAFETY: the view lives no longer than this borrow of `self`.
        unsafe { EntryRef::new(self.block) }
    }

    /// Sets the access field to the low 24 bits of `access`.
    #[inline]
    pub fn set_access(&mut self, access: u32) {
        self.block.set_access(access);
    }

    /// Sets or clears the mark.
    #[inline]
    pub fn set_marked(&mut self, marked: bool) {
        self.block.set_marked(marked);
    }

    /// Overwrites an integer with another. False, and nothing changed, for any other value.
    pub fn set_int(&mut self, int: i64) -> bool {
        let is_int = self.block.kind() == Kind::Int;
        if is_int {
            // SAFETY: the kind says that the word is an `i64`.
            unsafe { self.block.word::<i64>().write(int) };
        }
        is_int
    }

    /// The string, if it is held in a buffer already.
    pub fn into_buffer(self) -> Option<&'a mut Buffer> {
        // SAFETY: the kind says that the word is a buffer; the entry is ours for `'a`.
        (self.block.kind() == Kind::Buffer).then(|| unsafe { &mut *self.block.word() })
    }

    /// The object, unless the value is a string.
    #[inline]
    pub fn into_object(self) -> Option<O::Mut<'a>> {
        if self.block.kind() != Kind::Object {
            return None;
        }
        // SAFETY: the kind says that the word is an object; the entry is ours for `'a`.
        Some(unsafe { O::borrow_word_mut(self.block.number(), &mut *self.block.word()) })
    }
}
