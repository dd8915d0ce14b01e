//! A key with its value, expiry and access time, in one allocation where possible.
//!
//! # Layout
//!
//! ```text
//! header      access 24 bits | flags 8 | key length 16 | embedded length 16      8 bytes
//!             (or which object)
//! expiry      Unix time in milliseconds, i64                      8, if the key expires
//! key length                                                      8, if above 65535
//! word        i64, Buffer or object                               8, unless embedded
//! key         bytes
//! value       bytes                                               if embedded
//! ```
//!
//! One of the flags is a mark that stays whatever else changes, for whoever walks a table and is to know an entry again.
//!
//! Strings are embedded up to 512 bytes of the whole. The size is rounded up to the allocator's
//! next size class, which costs nothing, and lets a value be overwritten in place by any other of
//! the same class. A 16-byte key with a 32-byte string takes 56 bytes, with an integer 32.
#![allow(unsafe_code, reason = "fields of variable length share one allocation")]

mod block;
mod buffer;
mod one_word;
mod value;
mod view;

use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

use block::{Block, Kind, Shape};

pub use buffer::Buffer;
pub use one_word::OneWord;
pub use value::{Detached, StringEncoding, Value, ValueRef};
pub use view::{EntryMut, EntryRef};

use crate::table::Handle;

/// A key and its value: a string, or an object of type `O`.
pub struct Entry<O: OneWord> {
    block: Block,
    object: PhantomData<O>,
}

// SAFETY: an entry owns its block, and in it at most an `O`.
unsafe impl<O: OneWord + Send> Send for Entry<O> {}
// SAFETY: a shared entry gives out shared references only.
unsafe impl<O: OneWord + Sync> Sync for Entry<O> {}

impl<O: OneWord> Entry<O> {
    /// An entry with an access field of zero. O(length).
    pub fn new(key: &[u8], value: Value<'_, O>, expire_at_ms: Option<i64>) -> Self {
        let blank = Shape {
            kind: Kind::Int,
            expires: expire_at_ms.is_some(),
            key_len: key.len(),
            value_len: 0,
            number: 0,
        };
        let (shape, content) = Content::fit(value, blank);
        let block = Block::allocate(shape, key, expire_at_ms);
        content.write(block);
        Self {
            block,
            object: PhantomData,
        }
    }

    /// The entry, to be read.
    #[inline]
    pub fn view(&self) -> EntryRef<'_, O> {
        // SAFETY: the view lives no longer than this borrow.
        unsafe { EntryRef::new(self.block) }
    }

    /// The entry, for changes in place.
    #[inline]
    pub fn view_mut(&mut self) -> EntryMut<'_, O> {
        // SAFETY: the view lives no longer than this exclusive borrow.
        unsafe { EntryMut::new(self.block) }
    }

    /// The key.
    #[inline]
    pub fn key(&self) -> &[u8] {
        self.view().key()
    }

    /// The value.
    #[inline]
    pub fn value(&self) -> ValueRef<'_, O> {
        self.view().value()
    }

    /// Sets or clears the expiry. Allocates only when the field comes or goes.
    pub fn set_expiry(&mut self, expire_at_ms: Option<i64>) {
        if self.block.shape().expires != expire_at_ms.is_some() {
            self.block.change_expires(expire_at_ms.is_some());
        }
        if let Some(at_ms) = expire_at_ms {
            self.block.set_expiry(at_ms);
        }
    }

    /// Puts another value in the place of the old one, and hands back what that held outside.
    ///
    /// Allocates only when the size class changes, or for the buffer of a long string.
    pub fn set_value(&mut self, value: Value<'_, O>) -> Detached<O> {
        let old = self.detach();
        let (shape, content) = Content::fit(value, self.block.shape());
        self.block.change_value(shape);
        content.write(self.block);
        old
    }

    /// Takes out what the value holds outside of the entry. The value is then the integer 0, unless
    /// there was nothing outside.
    pub fn detach(&mut self) -> Detached<O> {
        // SAFETY: the word is what the kind says, and is overwritten before anybody reads it again.
        let detached = unsafe {
            match self.block.kind() {
                Kind::Embedded | Kind::Int => return Detached::Nothing,
                Kind::Buffer => Detached::Buffer(self.block.word::<Buffer>().read()),
                Kind::Object => Detached::Object(O::from_word(
                    self.block.number(),
                    self.block.word::<NonNull<()>>().read(),
                )),
            }
        };
        let emptied = self.block.shape().holding(Kind::Int);
        self.block.change_value(emptied);
        Content::Int(0).write(self.block);
        detached
    }

    /// The string as a buffer that can grow; from then on it is raw, until a value is set. `None`
    /// for an object.
    pub fn string_mut(&mut self) -> Option<&mut Buffer> {
        let buffer = match self.value() {
            ValueRef::Int(int) => Some(Buffer::new(itoa::Buffer::new().format(int).as_bytes())),
            ValueRef::Bytes(bytes) => {
                (self.block.kind() == Kind::Embedded).then(|| Buffer::new(bytes))
            }
            ValueRef::Object(_) => return None,
        };
        if let Some(buffer) = buffer {
            self.set_value(Value::Buffer(buffer));
        }
        self.view_mut().into_buffer()
    }

    /// This entry under another key. Expiry and access stay; long strings and objects are moved.
    #[must_use]
    pub fn renamed(self, key: &[u8]) -> Self {
        let mut this = self;
        let expire_at_ms = this.view().expire_at_ms();
        let access = this.view().access();
        let value = match this.detach() {
            Detached::Buffer(buffer) => Value::Buffer(buffer),
            Detached::Object(object) => Value::Object(object),
            Detached::Nothing => match this.value() {
                ValueRef::Int(int) => Value::Int(int),
                ValueRef::Bytes(bytes) => Value::Bytes(bytes),
                ValueRef::Object(_) => unreachable!("an object would have been detached"),
            },
        };
        let mut renamed = Self::new(key, value, expire_at_ms);
        renamed.view_mut().set_access(access);
        renamed
    }
}

/// A value of which it is decided where it goes.
enum Content<'a> {
    Int(i64),
    Embedded(&'a [u8]),
    Buffer(Buffer),
    Object(NonNull<()>),
}

impl<'a> Content<'a> {
    /// The shape of a block that is to hold `value`, otherwise like `shape`.
    fn fit<O: OneWord>(value: Value<'a, O>, shape: Shape) -> (Shape, Self) {
        match value {
            Value::Int(int) => (shape.holding(Kind::Int), Self::Int(int)),
            Value::Bytes(bytes) => match shape.embedding(bytes.len()) {
                Some(shape) => (shape, Self::Embedded(bytes)),
                None => (
                    shape.holding(Kind::Buffer),
                    Self::Buffer(Buffer::new(bytes)),
                ),
            },
            Value::Buffer(buffer) => (shape.holding(Kind::Buffer), Self::Buffer(buffer)),
            Value::Object(object) => {
                let (number, word) = object.into_word();
                (shape.holding_object(number), Self::Object(word))
            }
        }
    }

    /// Writes the value of a block that has the shape which `fit` made.
    fn write(self, block: Block) {
        // SAFETY: a block of that shape has the word, and what it held before is gone.
        unsafe {
            match self {
                Self::Int(int) => block.word::<i64>().write(int),
                Self::Embedded(bytes) => block.write_embedded(bytes),
                Self::Buffer(buffer) => block.word::<Buffer>().write(buffer),
                Self::Object(word) => block.word::<NonNull<()>>().write(word),
            }
        }
    }
}

impl<O: OneWord> Drop for Entry<O> {
    fn drop(&mut self) {
        // SAFETY: the word is what the kind says, and nobody looks at the block again.
        unsafe {
            match self.block.kind() {
                Kind::Embedded | Kind::Int => {}
                Kind::Buffer => self.block.word::<Buffer>().drop_in_place(),
                Kind::Object => drop(O::from_word(
                    self.block.number(),
                    self.block.word::<NonNull<()>>().read(),
                )),
            }
            self.block.free();
        }
    }
}

// SAFETY: a block is aligned to 8 and below 2⁴⁸ as all of user space is; the views change neither
// its place nor its owner.
unsafe impl<O: OneWord> Handle for Entry<O> {
    type Ref<'a> = EntryRef<'a, O>;
    type Mut<'a> = EntryMut<'a, O>;

    #[inline]
    fn into_raw(self) -> NonNull<()> {
        ManuallyDrop::new(self).block.into_raw()
    }

    #[inline]
    unsafe fn from_raw(raw: NonNull<()>) -> Self {
        Self {
            block: Block::from_raw(raw),
            object: PhantomData,
        }
    }

    #[inline]
    unsafe fn borrow_raw<'a>(raw: NonNull<()>) -> EntryRef<'a, O> {
        // SAFETY: the caller promises what `EntryRef::new` asks for.
        unsafe { EntryRef::new(Block::from_raw(raw)) }
    }

    #[inline]
    unsafe fn borrow_raw_mut<'a>(raw: NonNull<()>) -> EntryMut<'a, O> {
        // SAFETY: the caller promises what `EntryMut::new` asks for.
        unsafe { EntryMut::new(Block::from_raw(raw)) }
    }
}
