//! Listpack: a short sequence of strings and integers packed into one block of bytes.
//!
//! ```text
//! total bytes u32 | number of entries u16 | entry ... entry | 0xFF        (little-endian)
//! ```
//!
//! The layout is byte for byte that of Redis and Valkey (see `encoding` for an entry), so RDB files
//! and DUMP payloads hold listpacks as they are in memory. 65535 as the number of entries says "count
//! them yourself".
//!
//! In memory a listpack is one thin pointer to one block, which is no longer than the allocator
//! would make it anyhow. Invariant: the bytes always pass the validation that bytes from outside
//! have to pass, so reading never fails.
//!
//! Costs: the ends and the next or previous entry O(1); by index and by value O(n); every edit
//! moves the bytes behind it, so a listpack is meant for up to some thousand bytes.

mod edit;
mod encoding;
mod iter;
mod validate;

use std::fmt;

use crate::element::Element;
use crate::thin_bytes::{PREFIX_LEN, ThinBytes};
use crate::word::{LISTPACK_TAG, Word};
use encoding::{END, decode, entry_len, entry_len_of};
use iter::previous_entry;

pub use iter::Iter;
pub use validate::ListpackError;

/// Bytes before the first entry: the total length and the number of entries.
const HEADER_LEN: usize = 6;

/// The number of entries in the header that stands for "too many for 16 bits".
const COUNT_UNKNOWN: u16 = u16::MAX;

/// A sequence of strings and integers in one block of bytes. See the module's description.
#[derive(Clone)]
#[repr(transparent)]
pub struct Listpack(ThinBytes<LISTPACK_TAG>);

#[allow(unsafe_code, reason = "a listpack is one pointer")]
// SAFETY: it is what its only field is.
unsafe impl Word for Listpack {
    const TAGS: u8 = ThinBytes::<LISTPACK_TAG>::TAGS;
}

/// Where an entry is in a listpack. An edit of the listpack makes it stale, except where the
/// method that edits returns a new one; a stale position may give nonsense or panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(u32);

impl Listpack {
    /// The most bytes a listpack may take: 1 GiB, as in Redis. Edits that would exceed it panic,
    /// so ask [`fits`](Self::fits) before adding what is not bounded otherwise.
    pub const BYTES_MAX: usize = 1 << 30;

    /// An empty listpack.
    pub fn new() -> Self {
        Self(ThinBytes::from_parts(&[&[0, 0, END]]))
    }

    /// The listpack that `bytes` are, after a check of every entry. O(entries).
    ///
    /// # Errors
    /// What is wrong with them, and where.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ListpackError> {
        validate::validate(bytes)?;
        Ok(Self::from_valid_bytes(bytes))
    }

    /// The listpack that `bytes` are known to be.
    pub(crate) fn from_valid_bytes(bytes: &[u8]) -> Self {
        Self(ThinBytes::from_parts(&[&bytes[PREFIX_LEN..]]))
    }

    /// All bytes, as RDB files and DUMP payloads hold them.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// The number of bytes: `as_bytes().len()`.
    pub fn byte_len(&self) -> usize {
        self.0.len()
    }

    /// The memory behind the handle, in bytes.
    pub fn heap_bytes(&self) -> usize {
        self.0.capacity()
    }

    /// The number of elements. O(1) below 65535 of them, else O(n).
    pub fn len(&self) -> usize {
        match announced_count(self.as_bytes()) {
            COUNT_UNKNOWN => self.iter().count(),
            count => usize::from(count),
        }
    }

    /// True when there is no element.
    pub fn is_empty(&self) -> bool {
        self.byte_len() == HEADER_LEN + 1
    }

    /// True when a value of `len` bytes may be added without exceeding 1 GiB.
    pub fn fits(&self, len: usize) -> bool {
        // Header and backlen of one entry take ten bytes at most.
        self.byte_len().saturating_add(len).saturating_add(10) <= Self::BYTES_MAX
    }

    /// The bytes that `element` takes in a listpack.
    pub fn entry_len(element: Element<'_>) -> usize {
        entry_len_of(element)
    }

    /// All elements in order.
    pub fn iter(&self) -> Iter<'_> {
        Iter::new(self.as_bytes(), HEADER_LEN, self.end())
    }

    /// The elements from `position` on.
    pub fn iter_from(&self, position: Position) -> Iter<'_> {
        Iter::new(self.as_bytes(), position.offset(), self.end())
    }

    /// The elements from number `index` on; none when there are not so many. O(n) to begin with.
    pub fn iter_at(&self, index: usize) -> Iter<'_> {
        let front = self.seek(index).map_or(self.end(), Position::offset);
        Iter::new(self.as_bytes(), front, self.end())
    }

    /// The elements before number `index`; all when there are not so many. O(n) to begin with.
    pub fn iter_before(&self, index: usize) -> Iter<'_> {
        let back = self.seek(index).map_or(self.end(), Position::offset);
        Iter::new(self.as_bytes(), HEADER_LEN, back)
    }

    /// The position of the first element.
    pub fn first(&self) -> Option<Position> {
        self.position_unless_end(HEADER_LEN)
    }

    /// The position of the last element.
    pub fn last(&self) -> Option<Position> {
        (!self.is_empty()).then(|| Position::at(previous_entry(self.as_bytes(), self.end())))
    }

    /// The position behind `position`.
    pub fn next(&self, position: Position) -> Option<Position> {
        self.position_unless_end(self.offset_behind(position))
    }

    /// The position before `position`.
    pub fn previous(&self, position: Position) -> Option<Position> {
        let offset = position.offset();
        (offset > HEADER_LEN).then(|| Position::at(previous_entry(self.as_bytes(), offset)))
    }

    /// The element at `position`.
    pub fn get(&self, position: Position) -> Element<'_> {
        decode(&self.as_bytes()[position.offset()..]).0
    }

    /// The position of the element number `index`, from zero. O(n), from the nearer end.
    pub fn seek(&self, index: usize) -> Option<Position> {
        let len = self.len();
        if index >= len {
            return None;
        }
        let bytes = self.as_bytes();
        let offset = if index < len / 2 {
            (0..index).fold(HEADER_LEN, |offset, _| offset + entry_len(&bytes[offset..]))
        } else {
            (index..len).fold(self.end(), |offset, _| previous_entry(bytes, offset))
        };
        Some(Position::at(offset))
    }

    /// The element number `index`, from zero. O(n), from the nearer end.
    pub fn nth(&self, index: usize) -> Option<Element<'_>> {
        self.seek(index).map(|position| self.get(position))
    }

    /// The first position that holds `value`, looking at one element and skipping `skip` after
    /// it, over and over: 1 finds the field of field-value pairs.
    pub fn find(&self, value: &[u8], skip: usize) -> Option<Position> {
        let bytes = self.as_bytes();
        let needle = Element::from(value);
        let mut offset = HEADER_LEN;
        let mut to_skip = 0;
        while offset < self.end() {
            if to_skip == 0 {
                if decode(&bytes[offset..]).0 == needle {
                    return Some(Position::at(offset));
                }
                to_skip = skip + 1;
            }
            offset += entry_len(&bytes[offset..]);
            to_skip -= 1;
        }
        None
    }

    /// The offset of the end mark.
    fn end(&self) -> usize {
        self.byte_len() - 1
    }

    fn offset_behind(&self, position: Position) -> usize {
        let offset = position.offset();
        offset + entry_len(&self.as_bytes()[offset..])
    }

    fn position_unless_end(&self, offset: usize) -> Option<Position> {
        (offset < self.end()).then(|| Position::at(offset))
    }
}

impl Position {
    fn at(offset: usize) -> Self {
        Self(offset as u32)
    }

    fn offset(self) -> usize {
        self.0 as usize
    }
}

impl Default for Listpack {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> IntoIterator for &'a Listpack {
    type Item = Element<'a>;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl<'a, E: Into<Element<'a>>> Extend<E> for Listpack {
    fn extend<I: IntoIterator<Item = E>>(&mut self, elements: I) {
        elements
            .into_iter()
            .for_each(|element| self.push_back(element));
    }
}

impl<'a, E: Into<Element<'a>>> FromIterator<E> for Listpack {
    fn from_iter<I: IntoIterator<Item = E>>(elements: I) -> Self {
        let mut listpack = Self::new();
        listpack.extend(elements);
        listpack
    }
}

impl fmt::Debug for Listpack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

/// The number of entries that the header tells.
fn announced_count(bytes: &[u8]) -> u16 {
    u16::from_le_bytes([bytes[4], bytes[5]])
}
