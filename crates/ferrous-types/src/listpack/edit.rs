//! Changing a listpack. Every edit is one splice of the block and a new count in the header.

use std::ops::Range;

use super::encoding::Encoded;
use super::{COUNT_UNKNOWN, HEADER_LEN, Listpack, Position, announced_count};
use crate::element::Element;
use crate::thin_bytes::{PREFIX_LEN, ThinBytes};

impl Listpack {
    /// Adds an element behind the last one.
    pub fn push_back<'a>(&mut self, element: impl Into<Element<'a>>) {
        self.insert_at(self.end(), element.into());
    }

    /// Adds an element before the first one.
    pub fn push_front<'a>(&mut self, element: impl Into<Element<'a>>) {
        self.insert_at(HEADER_LEN, element.into());
    }

    /// Adds an element before the one at `position`, which from now on is where the new one is.
    pub fn insert_before<'a>(&mut self, position: Position, element: impl Into<Element<'a>>) {
        self.insert_at(position.offset(), element.into());
    }

    /// Adds an element behind the one at `position`, which stays valid.
    pub fn insert_after<'a>(&mut self, position: Position, element: impl Into<Element<'a>>) {
        self.insert_at(self.offset_behind(position), element.into());
    }

    /// Puts another element in the place of the one at `position`, which stays valid.
    pub fn replace<'a>(&mut self, position: Position, element: impl Into<Element<'a>>) {
        let range = position.offset()..self.offset_behind(position);
        self.splice(range, &Encoded::new(element.into()).parts(), 1, 1);
    }

    /// Removes the element at `position`; returns where the one behind it is now.
    pub fn remove(&mut self, position: Position) -> Option<Position> {
        self.remove_run(position, 1)
    }

    /// Removes up to `count` elements from `position` on; returns where the one behind them is now.
    pub fn remove_run(&mut self, position: Position, count: usize) -> Option<Position> {
        let (mut behind, mut removed) = (Some(position), 0);
        while let Some(next) = behind.filter(|_| removed < count) {
            behind = self.next(next);
            removed += 1;
        }
        let end = behind.map_or(self.end(), Position::offset);
        self.splice(position.offset()..end, &[], removed, 0);
        self.position_unless_end(position.offset())
    }

    /// Removes up to `count` elements from number `index` on; returns how many it were.
    pub fn remove_range(&mut self, index: usize, count: usize) -> usize {
        let len = self.len();
        let removed = count.min(len.saturating_sub(index));
        let (Some(start), true) = (self.seek(index), removed > 0) else {
            return 0;
        };
        let end = self
            .seek(index + removed)
            .map_or(self.end(), Position::offset);
        self.splice(start.offset()..end, &[], removed, 0);
        removed
    }

    /// Removes all elements.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    /// Adds all elements of `other` behind the last one.
    pub fn append(&mut self, other: &Self) {
        let entries = &other.as_bytes()[HEADER_LEN..other.end()];
        self.splice(self.end()..self.end(), &[entries], 0, other.len());
    }

    /// Takes the elements from number `index` on out into a listpack of their own.
    #[must_use = "the elements taken out are nowhere else"]
    pub fn split_off(&mut self, index: usize) -> Self {
        let len = self.len();
        let Some(start) = self.seek(index) else {
            return Self::new();
        };
        let taken = len - index;
        let count = header_count(taken).to_le_bytes();
        let entries = &self.as_bytes()[start.offset()..];
        let tail = Self(ThinBytes::from_parts(&[&count, entries]));
        self.splice(start.offset()..self.end(), &[], taken, 0);
        tail
    }

    fn insert_at(&mut self, offset: usize, element: Element<'_>) {
        self.splice(offset..offset, &Encoded::new(element).parts(), 0, 1);
    }

    /// Puts the `added` entries in `parts` in the place of the `removed` entries in `range`.
    fn splice(&mut self, range: Range<usize>, parts: &[&[u8]], removed: usize, added: usize) {
        let inserted = parts.iter().map(|part| part.len()).sum::<usize>();
        let len = self.byte_len() - range.len() + inserted;
        assert!(len <= Self::BYTES_MAX, "a listpack stays below 1 GiB");
        // A count once unknown stays so until it can be told again for sure.
        let count = match announced_count(self.as_bytes()) {
            COUNT_UNKNOWN if len > HEADER_LEN + 1 => COUNT_UNKNOWN,
            COUNT_UNKNOWN => 0,
            count => header_count(usize::from(count) - removed + added),
        };
        self.0.splice(range, parts);
        self.0.content_mut()[..HEADER_LEN - PREFIX_LEN].copy_from_slice(&count.to_le_bytes());
    }
}

/// What the header says for `count` entries.
fn header_count(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(COUNT_UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(listpack: &Listpack) -> Vec<String> {
        listpack
            .iter()
            .map(|e| String::from_utf8(e.to_bytes().into_owned()).unwrap())
            .collect()
    }

    #[test]
    fn edits_in_every_place() {
        let mut list: Listpack = [b"b", b"d"].into_iter().collect();
        list.push_front(b"a");
        list.push_back(b"7");
        let d = list.find(b"d", 0).unwrap();
        list.insert_before(d, b"c");
        list.insert_after(d, b"cc");
        assert_eq!(strings(&list), ["a", "b", "c", "cc", "d", "7"]);
        list.replace(list.seek(3).unwrap(), 100_000);
        assert_eq!(list.remove_range(1, 2), 2);
        assert_eq!(strings(&list), ["a", "100000", "d", "7"]);
        assert_eq!(list.remove(list.last().unwrap()), None);
        let next = list.remove(list.first().unwrap()).unwrap();
        assert_eq!(list.get(next), Element::Int(100_000));
        assert_eq!(list.len(), 2);
        assert_eq!(Listpack::from_bytes(list.as_bytes()).unwrap().len(), 2);
    }

    #[test]
    fn splits_and_appends() {
        let mut list: Listpack = (0..10).map(Element::Int).collect();
        let tail = list.split_off(7);
        assert_eq!((list.len(), tail.len()), (7, 3));
        assert!(list.split_off(7).is_empty());
        list.append(&tail);
        assert!(list.iter().eq((0..10).map(Element::Int)));
        assert!(list.iter().rev().eq((0..10).rev().map(Element::Int)));
    }

    #[test]
    fn bytes_are_those_of_redis() {
        // DUMP of `RPUSH l hello 1 -5 20000`, without the quicklist around it.
        let list: Listpack = [b"hello".as_slice(), b"1", b"-5", b"20000"]
            .into_iter()
            .collect();
        let expected = b"\x17\0\0\0\x04\0\x85hello\x06\x01\x01\xdf\xfb\x02\xf1\x20\x4e\x03\xff";
        assert_eq!(list.as_bytes(), expected);
    }

    #[test]
    fn counts_past_sixteen_bits() {
        let mut list: Listpack = (0..65_534).map(|_| Element::Int(1)).collect();
        list.push_back(2);
        assert_eq!(list.len(), 65_535);
        list.push_back(3);
        assert_eq!(list.len(), 65_536);
        assert_eq!(list.nth(65_535), Some(Element::Int(3)));
        assert_eq!(list.remove_range(5, 100_000), 65_531);
        assert_eq!(list.len(), 5);
        assert_eq!(list.remove_range(0, 5), 5);
        assert_eq!((list.len(), list.is_empty()), (0, true));
    }
}
