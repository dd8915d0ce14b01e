//! Intset: a sorted array of distinct integers, all as wide as the widest needs.
//!
//! ```text
//! width u32 (2, 4 or 8) | number of integers u32 | integers, ascending       (little-endian)
//! ```
//!
//! That is the form of Redis and Valkey, which RDB files and DUMP payloads hold. In memory the total
//! length stands in the place of the width and the width in the place of the number, so that an
//! intset is one thin pointer to its bytes; [`header`](IntSet::header) makes the public form again.
//!
//! Costs: lookup O(log n); an insertion or removal moves the integers behind it, and the first
//! integer too wide for the others rewrites all. It never narrows, as in Redis.

use std::cmp::Ordering;
use std::fmt;
use std::iter::FusedIterator;

use thiserror::Error;

use crate::thin_bytes::{PREFIX_LEN, ThinBytes};
use crate::word::{INTSET_TAG, Word};

/// Bytes before the integers, in memory as in the public form.
const HEADER_LEN: usize = 8;

/// A sorted set of `i64` in the least space. See the module's description.
#[derive(Clone)]
#[repr(transparent)]
pub struct IntSet(ThinBytes<INTSET_TAG>);

#[allow(unsafe_code, reason = "an intset is one pointer")]
// SAFETY: it is what its only field is.
unsafe impl Word for IntSet {
    const TAGS: u8 = ThinBytes::<INTSET_TAG>::TAGS;
}

/// Why bytes are not an intset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IntSetError {
    /// The bytes are not as many as the header announces, or too few for a header.
    #[error("intset of {len} bytes does not have the length that its header announces")]
    LengthMismatch {
        /// The bytes there are.
        len: usize,
    },
    /// The width is none of 2, 4 and 8.
    #[error("intset announces integers of {width} bytes")]
    BadWidth {
        /// What the header says.
        width: u32,
    },
    /// An integer does not exceed the one before it.
    #[error("intset integer {index} does not exceed the one before it")]
    Unsorted {
        /// The number of the integer, from zero.
        index: usize,
    },
}

impl IntSet {
    /// An empty intset.
    pub fn new() -> Self {
        Self::from_payload(Width::Two, &[])
    }

    /// The intset that `bytes` are in the public form, after a check of every integer. O(n).
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IntSetError> {
        let mismatch = IntSetError::LengthMismatch { len: bytes.len() };
        let (header, payload) = bytes.split_first_chunk::<HEADER_LEN>().ok_or(mismatch)?;
        let [w0, w1, w2, w3, n0, n1, n2, n3] = *header;
        let width = u32::from_le_bytes([w0, w1, w2, w3]);
        let width = Width::from_bytes(width).ok_or(IntSetError::BadWidth { width })?;
        let count = u32::from_le_bytes([n0, n1, n2, n3]) as usize;
        // Less than 4 GiB, so that the length in memory has room.
        let fits = u32::try_from(bytes.len()).is_ok();
        if !fits || count.checked_mul(width.bytes()) != Some(payload.len()) {
            return Err(mismatch);
        }
        let set = Self::from_payload(width, payload);
        let unsorted = (1..count).find(|&index| set.at(index - 1) >= set.at(index));
        match unsorted {
            Some(index) => Err(IntSetError::Unsorted { index }),
            None => Ok(set),
        }
    }

    fn from_payload(width: Width, payload: &[u8]) -> Self {
        let width = (width.bytes() as u32).to_le_bytes();
        Self(ThinBytes::from_parts(&[&width, payload]))
    }

    /// The first bytes of the public form; [`payload`](Self::payload) follows them.
    pub fn header(&self) -> [u8; HEADER_LEN] {
        let mut header = [0; HEADER_LEN];
        header[..4].copy_from_slice(&(self.width().bytes() as u32).to_le_bytes());
        header[4..].copy_from_slice(&(self.len() as u32).to_le_bytes());
        header
    }

    /// The integers in ascending order, little-endian.
    pub fn payload(&self) -> &[u8] {
        &self.0.as_slice()[HEADER_LEN..]
    }

    /// The number of integers.
    pub fn len(&self) -> usize {
        self.payload().len() / self.width().bytes()
    }

    /// True when there is no integer.
    pub fn is_empty(&self) -> bool {
        self.payload().is_empty()
    }

    /// The memory behind the handle, in bytes.
    pub fn heap_bytes(&self) -> usize {
        self.0.capacity()
    }

    /// True when `int` is present. O(log n).
    pub fn contains(&self, int: i64) -> bool {
        self.search(int).is_ok()
    }

    /// The integer number `index` in ascending order, from zero.
    pub fn get(&self, index: usize) -> Option<i64> {
        (index < self.len()).then(|| self.at(index))
    }

    /// Adds `int`; false when it is present already.
    pub fn insert(&mut self, int: i64) -> bool {
        let Err(index) = self.search(int) else {
            return false;
        };
        let needed = Width::of(int);
        if needed > self.width() {
            self.widen(needed);
        }
        let width = self.width().bytes();
        let at = HEADER_LEN + index * width;
        self.0.splice(at..at, &[&int.to_le_bytes()[..width]]);
        true
    }

    /// Removes `int`; false when it is absent.
    pub fn remove(&mut self, int: i64) -> bool {
        let Ok(index) = self.search(int) else {
            return false;
        };
        let width = self.width().bytes();
        let at = HEADER_LEN + index * width;
        self.0.splice(at..at + width, &[]);
        true
    }

    /// All integers in ascending order.
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            set: self,
            front: 0,
            back: self.len(),
        }
    }

    /// Where `int` is, or else where it would be.
    fn search(&self, int: i64) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        // Integers often come in ascending order.
        if high > 0 && int > self.at(high - 1) {
            return Err(high);
        }
        while low < high {
            let middle = low.midpoint(high);
            match self.at(middle).cmp(&int) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Ok(middle),
                Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    /// Rewrites all integers with `width` bytes.
    fn widen(&mut self, width: Width) {
        let payload = self
            .iter()
            .flat_map(|int| int.to_le_bytes().into_iter().take(width.bytes()));
        *self = Self::from_payload(width, &payload.collect::<Vec<u8>>());
    }

    fn at(&self, index: usize) -> i64 {
        let payload = self.payload();
        match self.width() {
            Width::Two => i64::from(i16::from_le_bytes(chunk(payload, index))),
            Width::Four => i64::from(i32::from_le_bytes(chunk(payload, index))),
            Width::Eight => i64::from_le_bytes(chunk(payload, index)),
        }
    }

    fn width(&self) -> Width {
        match self.0.as_slice()[PREFIX_LEN] {
            2 => Width::Two,
            4 => Width::Four,
            _ => Width::Eight,
        }
    }
}

/// The `N` bytes of the integer number `index`.
fn chunk<const N: usize>(payload: &[u8], index: usize) -> [u8; N] {
    *payload[index * N..]
        .first_chunk()
        .expect("an index is below the number of integers")
}

/// The bytes that each integer takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    Two,
    Four,
    Eight,
}

impl Width {
    fn of(int: i64) -> Self {
        if i16::try_from(int).is_ok() {
            Self::Two
        } else if i32::try_from(int).is_ok() {
            Self::Four
        } else {
            Self::Eight
        }
    }

    fn from_bytes(bytes: u32) -> Option<Self> {
        match bytes {
            2 => Some(Self::Two),
            4 => Some(Self::Four),
            8 => Some(Self::Eight),
            _ => None,
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Two => 2,
            Self::Four => 4,
            Self::Eight => 8,
        }
    }
}

impl Default for IntSet {
    fn default() -> Self {
        Self::new()
    }
}

impl Extend<i64> for IntSet {
    fn extend<I: IntoIterator<Item = i64>>(&mut self, ints: I) {
        for int in ints {
            self.insert(int);
        }
    }
}

impl FromIterator<i64> for IntSet {
    fn from_iter<I: IntoIterator<Item = i64>>(ints: I) -> Self {
        let mut set = Self::new();
        set.extend(ints);
        set
    }
}

impl<'a> IntoIterator for &'a IntSet {
    type Item = i64;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl fmt::Debug for IntSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}

/// The integers of an intset in ascending order, from both ends.
#[derive(Clone)]
pub struct Iter<'a> {
    set: &'a IntSet,
    front: usize,
    back: usize,
}

impl Iterator for Iter<'_> {
    type Item = i64;

    fn next(&mut self) -> Option<i64> {
        let index = self.front;
        (index < self.back).then(|| {
            self.front += 1;
            self.set.at(index)
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.back - self.front;
        (left, Some(left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<i64> {
        (self.front < self.back).then(|| {
            self.back -= 1;
            self.set.at(self.back)
        })
    }
}

impl ExactSizeIterator for Iter<'_> {}
impl FusedIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(set: &IntSet) -> Vec<u8> {
        [&set.header(), set.payload()].concat()
    }

    #[test]
    fn widens_and_never_narrows() {
        let mut set: IntSet = [3, 1, 2].into_iter().collect();
        assert_eq!(public(&set), [2, 0, 0, 0, 3, 0, 0, 0, 1, 0, 2, 0, 3, 0]);
        assert!(set.insert(-70_000) && !set.insert(-70_000));
        assert_eq!(set.header(), [4, 0, 0, 0, 4, 0, 0, 0]);
        assert!(set.insert(i64::MAX) && set.remove(i64::MAX) && !set.remove(i64::MAX));
        assert_eq!(set.header(), [8, 0, 0, 0, 4, 0, 0, 0]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [-70_000, 1, 2, 3]);
        assert_eq!(set.iter().rev().collect::<Vec<_>>(), [3, 2, 1, -70_000]);
        assert_eq!((set.get(0), set.get(4)), (Some(-70_000), None));
    }

    #[test]
    fn refuses_what_is_no_intset() {
        let set: IntSet = [-1, 7].into_iter().collect();
        let bytes = public(&set);
        assert_eq!(public(&IntSet::from_bytes(&bytes).unwrap()), bytes);
        let changed = |at: usize, byte: u8| {
            let mut bytes = bytes.clone();
            bytes[at] = byte;
            IntSet::from_bytes(&bytes).unwrap_err()
        };
        assert_eq!(changed(0, 3), IntSetError::BadWidth { width: 3 });
        assert_eq!(changed(0, 4), IntSetError::LengthMismatch { len: 12 });
        assert_eq!(changed(7, 0xFF), IntSetError::LengthMismatch { len: 12 });
        assert_eq!(changed(9, 0), IntSetError::Unsorted { index: 1 });
        assert!(IntSet::from_bytes(&bytes[..7]).is_err());
    }
}
