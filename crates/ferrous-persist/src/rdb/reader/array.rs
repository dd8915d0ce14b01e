//! Arrays of Redis 8.8: a count, a cursor, and numbered values of four kinds.

use std::io::Read;

use ferrous_types::Element;

use crate::rdb::error::{CollectionError, RdbError, Reason};
use crate::rdb::event::ArrayPart;
use crate::rdb::source::Source;

/// Where the decoding of an array is: so many slots are left, once that is known.
#[derive(Debug, Default)]
pub(super) struct ArrayDecoder {
    left: Option<u64>,
}

impl ArrayDecoder {
    pub(super) fn next<'s, R: Read>(
        &mut self,
        source: &'s mut Source<R>,
    ) -> Result<Option<ArrayPart<'s>>, RdbError> {
        match &mut self.left {
            None => {
                let count = source.length()?;
                self.left = Some(count);
                let cursor = match source.length()? {
                    0 => None,
                    1 => Some(source.length()?),
                    value => {
                        let what = "flag of an array's cursor";
                        return Err(source.error(Reason::OutOfRange { what, value }));
                    }
                };
                Ok(Some(ArrayPart::Head { count, cursor }))
            }
            Some(0) => Ok(None),
            Some(left) => {
                *left -= 1;
                slot(source).map(Some)
            }
        }
    }
}

fn slot<R: Read>(source: &mut Source<R>) -> Result<ArrayPart<'_>, RdbError> {
    let index = source.length()?;
    match source.length()? {
        // A string, and one short enough to be kept in place.
        0 | 3 => {
            let text = source.text()?;
            Ok(ArrayPart::Slot {
                index,
                value: source.element(text),
            })
        }
        1 => Ok(ArrayPart::Slot {
            index,
            value: Element::Int(source.i64_le()?),
        }),
        2 => Ok(ArrayPart::Float {
            index,
            value: source.f64_le()?,
        }),
        tag => Err(source.error(CollectionError::BadArrayTag(tag))),
    }
}
