//! Data of modules: a sequence of tagged numbers and strings, so that it can be passed over without
//! the module.

use std::io::Read;

use crate::rdb::error::{CollectionError, RdbError};
use crate::rdb::event::ModulePart;
use crate::rdb::source::Source;

/// The tag that ends the data.
pub(crate) const END: u64 = 0;
/// The tag of a signed integer.
pub(crate) const SIGNED: u64 = 1;
/// The tag of an unsigned integer.
pub(crate) const UNSIGNED: u64 = 2;
/// The tag of a float.
pub(crate) const FLOAT: u64 = 3;
/// The tag of a double.
pub(crate) const DOUBLE: u64 = 4;
/// The tag of a string.
pub(crate) const STRING: u64 = 5;

/// The next piece, `None` at the end.
pub(super) fn next<R: Read>(source: &mut Source<R>) -> Result<Option<ModulePart<'_>>, RdbError> {
    Ok(Some(match source.length()? {
        END => return Ok(None),
        SIGNED => ModulePart::Signed(source.length()? as i64),
        UNSIGNED => ModulePart::Unsigned(source.length()?),
        FLOAT => ModulePart::Float(source.f32_le()?),
        DOUBLE => ModulePart::Double(source.f64_le()?),
        STRING => {
            let text = source.bytes()?;
            ModulePart::String(source.slice(text))
        }
        tag => return Err(source.error(CollectionError::BadModulePart(tag))),
    }))
}
