//! Blocks that come from outside are checked whole before anything walks them.

use super::block::{DELETED, HEAD_LEN, SAME_FIELDS};
use super::id::StreamId;
use crate::element::Element;
use crate::listpack::{self, Listpack};

/// What is wrong with a block of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The master entry is cut short or not ended by 0.
    #[error("the master entry is malformed")]
    Master,
    /// An entry is cut short, or a number in it is none.
    #[error("an entry is malformed")]
    Entry,
    /// The number at the end of an entry is not that of its elements.
    #[error("an entry tells a wrong number of elements")]
    ElementCount,
    /// An identifier is not above the one before it.
    #[error("the identifiers of entries do not ascend")]
    Order,
    /// The counts of live and deleted entries are not those of the entries.
    #[error("the counts of entries are wrong")]
    Counts,
}

/// What a block holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockSurvey {
    /// Entries that are not deleted.
    pub live: u64,
    /// The first of them.
    pub first_live: Option<StreamId>,
    /// The last entry, deleted or not.
    pub last: StreamId,
}

/// Checks that `list` is a block whose entries are relative to `base`. O(elements).
///
/// # Errors
/// What is wrong.
pub fn survey_block(base: StreamId, list: &Listpack) -> Result<BlockSurvey, BlockError> {
    let mut elements = list.iter();
    let live = count(&mut elements).ok_or(BlockError::Master)?;
    let deleted = count(&mut elements).ok_or(BlockError::Master)?;
    let names = count(&mut elements).ok_or(BlockError::Master)?;
    skip(&mut elements, names).ok_or(BlockError::Master)?;
    if int(&mut elements) != Some(0) {
        return Err(BlockError::Master);
    }
    let mut survey = BlockSurvey {
        live: 0,
        first_live: None,
        last: base,
    };
    let mut entries = 0;
    while let Some(flags) = elements.next() {
        let flags = flags.as_int().ok_or(BlockError::Entry)?;
        let id = entry(&mut elements, flags, base, names)?;
        // The first entry may be the one that the block is named after.
        if id < base || entries > 0 && id <= survey.last {
            return Err(BlockError::Order);
        }
        if flags & DELETED == 0 {
            survey.live += 1;
            survey.first_live = survey.first_live.or(Some(id));
        }
        survey.last = id;
        entries += 1;
    }
    if survey.live == live && live.checked_add(deleted) == Some(entries) && entries > 0 {
        Ok(survey)
    } else {
        Err(BlockError::Counts)
    }
}

/// Walks the rest of an entry whose flags were read; returns its identifier.
fn entry(
    elements: &mut listpack::Iter<'_>,
    flags: i64,
    base: StreamId,
    master_names: u64,
) -> Result<StreamId, BlockError> {
    let mut delta = || int(elements).ok_or(BlockError::Entry);
    let id = base.at_delta((delta()?, delta()?));
    let (count_len, fields) = if flags & SAME_FIELDS == 0 {
        let fields = count(elements).and_then(|fields| fields.checked_mul(2));
        (1, fields.ok_or(BlockError::Entry)?)
    } else {
        (0, master_names)
    };
    skip(elements, fields).ok_or(BlockError::Entry)?;
    let walked = HEAD_LEN as u64 + count_len + fields;
    if count(elements) == Some(walked) {
        Ok(id)
    } else {
        Err(BlockError::ElementCount)
    }
}

fn int(elements: &mut listpack::Iter<'_>) -> Option<i64> {
    elements.next().and_then(Element::as_int)
}

fn count(elements: &mut listpack::Iter<'_>) -> Option<u64> {
    int(elements).and_then(|count| u64::try_from(count).ok())
}

/// Walks over `n` elements. What `n` says may be a lie, so it ends with the elements.
fn skip(elements: &mut listpack::Iter<'_>, n: u64) -> Option<()> {
    for _ in 0..n {
        elements.next()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(elements: &[i64]) -> Result<BlockSurvey, BlockError> {
        let mut list = Listpack::new();
        for &element in elements {
            list.push_back(element);
        }
        survey_block(StreamId { ms: 5, seq: 0 }, &list)
    }

    #[test]
    fn blocks_are_checked() {
        let good = survey(&[1, 1, 1, 77, 0, 3, 0, 0, 9, 4, 0, 1, 0, 1, 8, 9, 6]).unwrap();
        assert_eq!(good.live, 1);
        assert_eq!(good.first_live, Some(StreamId { ms: 6, seq: 0 }));
        assert_eq!(survey(&[]), Err(BlockError::Master));
        assert_eq!(survey(&[1, 0, -1, 0]), Err(BlockError::Master));
        assert_eq!(survey(&[1, 0, i64::MAX, 0]), Err(BlockError::Master));
        assert_eq!(survey(&[1, 0, 0, 1]), Err(BlockError::Master));
        assert_eq!(survey(&[1, 0, 1, 77, 0, 2, 0]), Err(BlockError::Entry));
        assert_eq!(
            survey(&[1, 0, 1, 77, 0, 0, 0, 0, i64::MAX, 0, 0]),
            Err(BlockError::Entry)
        );
        assert_eq!(
            survey(&[1, 0, 1, 77, 0, 2, 0, 0, 9, 5]),
            Err(BlockError::ElementCount)
        );
        assert_eq!(
            survey(&[1, 0, 1, 77, 0, 2, -1, 0, 9, 4]),
            Err(BlockError::Order)
        );
        assert_eq!(
            survey(&[2, 0, 1, 77, 0, 2, 0, 0, 9, 4, 2, 0, 0, 9, 4]),
            Err(BlockError::Order)
        );
        assert_eq!(
            survey(&[2, 0, 1, 77, 0, 2, 0, 0, 9, 4]),
            Err(BlockError::Counts)
        );
        assert_eq!(survey(&[0, 0, 1, 77, 0]), Err(BlockError::Counts));
    }
}
