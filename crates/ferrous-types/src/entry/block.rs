//! The one allocation of an entry, as raw memory.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ops::Range;
use std::ptr::NonNull;

use crate::thin_bytes::size_class;

/// Strings are embedded up to this size of the whole allocation, and always up to
/// [`SHORT_VALUE_LEN`], however long the key.
const EMBEDDED_BLOCK_BYTES: usize = 512;
const SHORT_VALUE_LEN: usize = 64;

/// The access field has this many bits.
pub(super) const ACCESS_BITS: u32 = 24;

/// What every block begins with.
#[repr(C, align(8))]
struct Header {
    /// The access field, and the flags above it.
    access_and_flags: u32,
    /// The key's length, unless [`WIDE_KEY`] says that a word of its own has it.
    key_len: u16,
    /// The length of an embedded string, or the number of an object.
    value_len_or_number: u16,
}

const HEADER_BYTES: usize = size_of::<Header>();
const WORD_BYTES: usize = size_of::<u64>();

const KIND_BITS: u8 = 0b11;
const EXPIRY: u8 = 0b100;
const WIDE_KEY: u8 = 0b1000;
const MARK: u8 = 0b1_0000;

/// How the value is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// The string's bytes follow the key.
    Embedded = 0,
    /// The word is an `i64`.
    Int = 1,
    /// The word is a `Buffer`.
    Buffer = 2,
    /// The word is an object, whose number is in the header.
    Object = 3,
}

/// Which fields a block has and how long they are: all that decides its layout.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) expires: bool,
    pub(super) key_len: usize,
    /// Zero unless the value is embedded.
    pub(super) value_len: usize,
    /// Says what the word of an object is; zero unless the value is one.
    pub(super) number: u16,
}

impl Shape {
    /// This shape with an embedded string, if a string of that length is to be embedded.
    pub(super) fn embedding(self, value_len: usize) -> Option<Self> {
        let shape = Self {
            kind: Kind::Embedded,
            value_len,
            number: 0,
            ..self
        };
        let embeds = value_len <= SHORT_VALUE_LEN || shape.bytes() <= EMBEDDED_BLOCK_BYTES;
        embeds.then_some(shape)
    }

    /// This shape with a value in the word.
    pub(super) fn holding(self, kind: Kind) -> Self {
        Self {
            kind,
            value_len: 0,
            number: 0,
            ..self
        }
    }

    /// This shape with an object of this number in the word.
    pub(super) fn holding_object(self, number: u16) -> Self {
        Self {
            number,
            ..self.holding(Kind::Object)
        }
    }

    fn has_wide_key(self) -> bool {
        self.key_len > u16::MAX.into()
    }

    fn wide_key_at(self) -> usize {
        HEADER_BYTES + if self.expires { WORD_BYTES } else { 0 }
    }

    fn word_at(self) -> usize {
        self.wide_key_at() + if self.has_wide_key() { WORD_BYTES } else { 0 }
    }

    fn key_at(self) -> usize {
        self.word_at()
            + if self.kind == Kind::Embedded {
                0
            } else {
                WORD_BYTES
            }
    }

    fn value_at(self) -> usize {
        self.key_at() + self.key_len
    }

    fn bytes(self) -> usize {
        self.value_at() + self.value_len
    }

    /// Sizes are rounded as an allocator rounds them, so that shapes of one class can take each
    /// other's place.
    pub(super) fn layout(self) -> Layout {
        Layout::from_size_align(size_class(self.bytes()), align_of::<Header>())
            .expect("keys are slices, so below isize::MAX")
    }
}

/// A pointer to an entry's allocation; the entry and its views hold copies of it.
///
/// Its methods expect the block to be alive, and nobody else to change it meanwhile: the owner and
/// the borrows of [`Entry`](super::Entry) see to that.
#[derive(Clone, Copy)]
pub(super) struct Block(NonNull<Header>);

impl Block {
    /// A block with its key; the value is for the caller to write.
    pub(super) fn allocate(shape: Shape, key: &[u8], expire_at_ms: Option<i64>) -> Self {
        debug_assert!(shape.key_len == key.len() && shape.expires == expire_at_ms.is_some());
        let block = Self::allocate_blank(shape);
        block.write_header(shape, 0, false);
        if let Some(at_ms) = expire_at_ms {
            block.set_expiry(at_ms);
        }
        // SAFETY: the shape makes room for the length word, where it has one, and for the key.
        unsafe {
            if shape.has_wide_key() {
                block.at::<usize>(shape.wide_key_at()).write(key.len());
            }
            block
                .at::<u8>(shape.key_at())
                .copy_from_nonoverlapping(key.as_ptr(), key.len());
        }
        block
    }

    fn allocate_blank(shape: Shape) -> Self {
        let layout = shape.layout();
        // SAFETY: the layout holds a header, so its size is not zero.
        let memory = unsafe { alloc(layout) };
        Self(NonNull::new(memory.cast()).unwrap_or_else(|| handle_alloc_error(layout)))
    }

    /// Frees the block, but not what its word owns.
    ///
    /// # Safety
    ///
    /// No copy of this pointer is used again.
    pub(super) unsafe fn free(self) {
        // SAFETY: the block was allocated with the layout of its shape, or of one of its class.
        unsafe { dealloc(self.0.as_ptr().cast(), self.shape().layout()) };
    }

    pub(super) fn from_raw(raw: NonNull<()>) -> Self {
        Self(raw.cast())
    }

    pub(super) fn into_raw(self) -> NonNull<()> {
        self.0.cast()
    }

    #[inline]
    fn header(&self) -> &Header {
        // SAFETY: a block begins with an initialised header.
        unsafe { self.0.as_ref() }
    }

    #[inline]
    fn at<F>(self, offset: usize) -> *mut F {
        self.0.as_ptr().wrapping_byte_add(offset).cast()
    }

    fn write_header(self, shape: Shape, access: u32, marked: bool) {
        let wide_key = if shape.has_wide_key() { WIDE_KEY } else { 0 };
        let expiry = if shape.expires { EXPIRY } else { 0 };
        let mark = if marked { MARK } else { 0 };
        let flags = shape.kind as u8 | expiry | wide_key | mark;
        let header = Header {
            access_and_flags: access | u32::from(flags) << ACCESS_BITS,
            key_len: if wide_key == 0 {
                shape.key_len as u16
            } else {
                0
            },
            // One of the two is zero.
            value_len_or_number: shape.value_len as u16 | shape.number,
        };
        // SAFETY: a block has room for its header.
        unsafe { self.0.write(header) };
    }

    #[inline]
    fn flags(self) -> u8 {
        (self.header().access_and_flags >> ACCESS_BITS) as u8
    }

    #[inline]
    pub(super) fn kind(self) -> Kind {
        match self.flags() & KIND_BITS {
            0 => Kind::Embedded,
            1 => Kind::Int,
            2 => Kind::Buffer,
            _ => Kind::Object,
        }
    }

    #[inline]
    pub(super) fn shape(self) -> Shape {
        let expires = self.flags() & EXPIRY != 0;
        let key_len = if self.flags() & WIDE_KEY == 0 {
            self.header().key_len.into()
        } else {
            let at = HEADER_BYTES + if expires { WORD_BYTES } else { 0 };
            // SAFETY: the flag says that the key's length is there.
            unsafe { self.at::<usize>(at).read() }
        };
        let kind = self.kind();
        let value_len_or_number = self.header().value_len_or_number;
        let (value_len, number) = match kind {
            Kind::Embedded => (value_len_or_number, 0),
            _ => (0, value_len_or_number),
        };
        Shape {
            kind,
            expires,
            key_len,
            value_len: value_len.into(),
            number,
        }
    }

    #[inline]
    pub(super) fn access(self) -> u32 {
        self.header().access_and_flags & ((1 << ACCESS_BITS) - 1)
    }

    #[inline]
    pub(super) fn set_access(mut self, access: u32) {
        debug_assert!(access >> ACCESS_BITS == 0);
        let mask = (1 << ACCESS_BITS) - 1;
        // SAFETY: a block begins with an initialised header.
        let header = unsafe { self.0.as_mut() };
        header.access_and_flags = header.access_and_flags & !mask | access & mask;
    }

    #[inline]
    pub(super) fn is_marked(self) -> bool {
        self.flags() & MARK != 0
    }

    #[inline]
    pub(super) fn set_marked(mut self, marked: bool) {
        let bit = u32::from(MARK) << ACCESS_BITS;
        // SAFETY: a block begins with an initialised header.
        let header = unsafe { self.0.as_mut() };
        header.access_and_flags = header.access_and_flags & !bit | if marked { bit } else { 0 };
    }

    #[inline]
    pub(super) fn expiry(self) -> Option<i64> {
        if self.flags() & EXPIRY == 0 {
            return None;
        }
        // SAFETY: the flag says that the field is there.
        Some(unsafe { self.at::<i64>(HEADER_BYTES).read() })
    }

    /// Writes the expiry of a block that has the field.
    pub(super) fn set_expiry(self, at_ms: i64) {
        debug_assert!(self.flags() & EXPIRY != 0);
        // SAFETY: the shape makes room for the field.
        unsafe { self.at::<i64>(HEADER_BYTES).write(at_ms) };
    }

    /// # Safety
    ///
    /// The key stays in its place for `'a`.
    #[inline]
    pub(super) unsafe fn key<'a>(self) -> &'a [u8] {
        let shape = self.shape();
        // SAFETY: the shape says where the key is, and `allocate` wrote it.
        unsafe { std::slice::from_raw_parts(self.at(shape.key_at()), shape.key_len) }
    }

    /// # Safety
    ///
    /// The value is embedded, written, and stays in its place for `'a`.
    #[inline]
    pub(super) unsafe fn embedded<'a>(self) -> &'a [u8] {
        let shape = self.shape();
        // SAFETY: the shape says where the value is, and the caller that it was written.
        unsafe { std::slice::from_raw_parts(self.at(shape.value_at()), shape.value_len) }
    }

    /// Copies `bytes` to the place of an embedded value of that length.
    pub(super) fn write_embedded(self, bytes: &[u8]) {
        let shape = self.shape();
        debug_assert!(shape.kind == Kind::Embedded && shape.value_len == bytes.len());
        // SAFETY: the shape makes room, and `bytes` lies elsewhere: nobody borrows this block.
        unsafe {
            self.at::<u8>(shape.value_at())
                .copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
        }
    }

    /// The number of an object.
    #[inline]
    pub(super) fn number(self) -> u16 {
        debug_assert!(self.kind() == Kind::Object);
        self.header().value_len_or_number
    }

    /// The word: an `i64`, a `Buffer` or an object. Every kind but `Embedded` has it.
    #[inline]
    pub(super) fn word<W>(self) -> *mut W {
        const { assert!(size_of::<W>() == WORD_BYTES && align_of::<W>() <= WORD_BYTES) };
        self.at(self.shape().word_at())
    }

    /// Makes room for a value of another shape. The old value is gone, the new one to be written.
    pub(super) fn change_value(&mut self, new: Shape) {
        let old = self.shape();
        self.reshape(
            new,
            old.word_at(),
            old.key_at()..old.value_at(),
            new.key_at(),
        );
    }

    /// Adds or removes the field for the expiry; an added one is to be written.
    pub(super) fn change_expires(&mut self, expires: bool) {
        let old = self.shape();
        let new = Shape { expires, ..old };
        self.reshape(
            new,
            HEADER_BYTES,
            old.wide_key_at()..old.bytes(),
            new.wide_key_at(),
        );
    }

    /// Keeps the first `prefix` bytes and the `moved` ones, which go to offset `to`. In place if
    /// the size class stays, else in a new block.
    fn reshape(&mut self, new: Shape, prefix: usize, moved: Range<usize>, to: usize) {
        let (old, access, marked) = (*self, self.access(), self.is_marked());
        let in_place = old.shape().layout() == new.layout();
        if !in_place {
            *self = Self::allocate_blank(new);
        }
        // SAFETY: the old block holds the prefix and the moved bytes, the new one has room for
        // them, and the old one is freed after its last use.
        unsafe {
            old.at::<u8>(moved.start).copy_to(self.at(to), moved.len());
            if !in_place {
                old.at::<u8>(0).copy_to_nonoverlapping(self.at(0), prefix);
                old.free();
            }
        }
        self.write_header(new, access, marked);
    }
}
