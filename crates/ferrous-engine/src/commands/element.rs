//! Elements of collections, as calls number them and replies show them.

use std::ops::Range;

use ferrous_resp::Encoder;
use ferrous_types::Element;

/// Writes one element as a bulk string.
#[inline]
pub(super) fn reply_element(reply: &mut Encoder<'_>, element: Element<'_>) {
    element.with_bytes(|bytes| reply.bulk(bytes));
}

/// The elements that inclusive numbers `start..=stop` name in a collection of `len`. Numbers below zero count back from
/// the end; an empty range begins within the collection.
pub(super) fn numbered(start: i64, stop: i64, len: usize) -> Range<usize> {
    let len = len as i64;
    let from_head = |number: i64| if number < 0 { number + len } else { number };
    let end = from_head(stop).saturating_add(1).clamp(0, len);
    from_head(start).clamp(0, end) as usize..end as usize
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn numbers_count_from_either_end_and_never_leave_the_collection() {
        assert_eq!(numbered(0, -1, 3), 0..3);
        assert_eq!(numbered(-2, 1, 3), 1..2);
        assert_eq!(numbered(-100, 100, 3), 0..3);
        assert_eq!(numbered(i64::MIN, i64::MAX, 3), 0..3);
        for (start, stop) in [(3, 10), (2, 1), (-1, -2), (0, -100), (i64::MAX, i64::MIN)] {
            assert!(numbered(start, stop, 3).is_empty(), "{start}..={stop}");
        }
        assert_eq!(numbered(0, -1, 0), 0..0);
    }
}
