//! The blocks of a stream, walked to check them.
//!
//! A block is a listpack of
//!
//! ```text
//! live entries | deleted entries | n | n master fields | 0
//! entry: flags | ms delta | seq delta | (m | m fields and values, or n values) | elements of the entry before this one
//! ```
//!
//! Flag 1 says that an entry is deleted, flag 2 that its fields are the master's. The deltas are to the
//! block's own identifier.

use ferrous_types::listpack::Iter;
use ferrous_types::{Element, Listpack};

use super::event::StreamId;

const DELETED: i64 = 1;
const SAME_FIELDS: i64 = 2;

/// What a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Survey {
    /// Entries that are not deleted.
    pub(crate) live: u64,
    /// The first of them.
    pub(crate) first: Option<StreamId>,
    /// The last entry's identifier, deleted or not.
    pub(crate) last: StreamId,
}

/// Walks a block whose identifier is `base`. O(elements).
///
/// # Errors
/// What is wrong with it.
pub(crate) fn survey(base: StreamId, block: &Listpack) -> Result<Survey, &'static str> {
    let mut elements = block.iter();
    let live = count(&mut elements).ok_or("no count of entries")?;
    let deleted = count(&mut elements).ok_or("no count of deleted entries")?;
    let fields = count(&mut elements).ok_or("no count of master fields")?;
    skip(&mut elements, fields).ok_or("master fields are missing")?;
    if int(&mut elements) != Some(0) {
        return Err("master entry does not end with 0");
    }
    let mut survey = Survey {
        live: 0,
        first: None,
        last: base,
    };
    let mut walked = 0;
    while let Some(flags) = elements.next() {
        let flags = flags.as_int().ok_or("flags of an entry are not a number")?;
        let id = entry(&mut elements, base, flags, fields)?;
        if walked > 0 && id <= survey.last {
            return Err("entries do not ascend");
        }
        survey.last = id;
        if flags & DELETED == 0 {
            survey.live += 1;
            survey.first = survey.first.or(Some(id));
        }
        walked += 1;
    }
    let agrees = survey.live == live && live.checked_add(deleted) == Some(walked);
    if agrees {
        Ok(survey)
    } else {
        Err("counts are not those of the entries")
    }
}

/// Walks one entry behind its flags; returns its identifier.
fn entry(
    elements: &mut Iter<'_>,
    base: StreamId,
    flags: i64,
    master_fields: u64,
) -> Result<StreamId, &'static str> {
    const NO_ID: &str = "identifier of an entry is not one";
    let id = StreamId {
        // Deltas wrap, as the difference of a lower number within a later millisecond does.
        ms: base.ms.wrapping_add(int(elements).ok_or(NO_ID)? as u64),
        seq: base.seq.wrapping_add(int(elements).ok_or(NO_ID)? as u64),
    };
    if id < base {
        return Err("an entry precedes its block");
    }
    // Flags and both deltas, besides what follows.
    let (values, len) = if flags & SAME_FIELDS != 0 {
        (Some(master_fields), master_fields.checked_add(3))
    } else {
        let fields = count(elements).ok_or("no count of an entry's fields")?;
        let values = fields.checked_mul(2);
        (values, values.and_then(|values| values.checked_add(4)))
    };
    values
        .and_then(|values| skip(elements, values))
        .ok_or("fields of an entry are missing")?;
    let told = count(elements).ok_or("no length of an entry")?;
    if Some(told) == len {
        Ok(id)
    } else {
        Err("length of an entry is not its own")
    }
}

fn int(elements: &mut Iter<'_>) -> Option<i64> {
    elements.next().and_then(Element::as_int)
}

fn count(elements: &mut Iter<'_>) -> Option<u64> {
    int(elements).and_then(|int| u64::try_from(int).ok())
}

fn skip(elements: &mut Iter<'_>, count: u64) -> Option<()> {
    (0..count).try_for_each(|_| elements.next().map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: StreamId = StreamId { ms: 100, seq: 5 };

    #[track_caller]
    fn check(elements: &[&str], expected: Result<(u64, &str, &str), &str>) {
        let block: Listpack = elements.iter().map(|element| element.as_bytes()).collect();
        let survey = survey(BASE, &block).map(|survey| {
            let first = survey.first.map_or_else(String::new, |id| id.to_string());
            (survey.live, first, survey.last.to_string())
        });
        let survey = survey
            .as_ref()
            .map(|(live, first, last)| (*live, &**first, &**last));
        assert_eq!(survey.map_err(|what| *what), expected);
    }

    #[test]
    fn a_block_is_walked() {
        let block = [
            "2", "1", "1", "field", "0", // master
            "3", "0", "0", "gone", "4", // deleted, same fields
            "2", "0", "1", "value", "4", // same fields
            "0", "1", "-5", "1", "other", "value", "6", // its own fields
        ];
        check(&block, Ok((2, "100-6", "101-0")));
        check(&["0", "0", "0", "0"], Ok((0, "", "100-5")));
    }

    #[test]
    fn tells_what_is_wrong() {
        check(&[], Err("no count of entries"));
        check(
            &["0", "0", "9999999", "f"],
            Err("master fields are missing"),
        );
        check(
            &["0", "0", "1", "f", "1"],
            Err("master entry does not end with 0"),
        );
        let counts = Err("counts are not those of the entries");
        check(&["2", "0", "0", "0", "2", "0", "0", "3"], counts);
        check(
            &["1", "0", "0", "0", "x"],
            Err("flags of an entry are not a number"),
        );
        check(
            &["1", "0", "0", "0", "2", "-1", "0", "3"],
            Err("an entry precedes its block"),
        );
        check(
            &["1", "0", "0", "0", "2", "0", "0", "4"],
            Err("length of an entry is not its own"),
        );
        let repeated = ["2", "0", "0", "0", "2", "0", "0", "3", "2", "0", "0", "3"];
        check(&repeated, Err("entries do not ascend"));
        let huge = [
            "1",
            "0",
            "0",
            "0",
            "0",
            "0",
            "0",
            "9223372036854775807",
            "f",
        ];
        check(&huge, Err("fields of an entry are missing"));
    }
}
