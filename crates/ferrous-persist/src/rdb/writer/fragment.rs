//! Keys on their own, made apart from the file that they will be part of.

use std::mem;

use super::output::Target;
use super::{Records, WriteError, WriteOptions, is_written};
use crate::rdb::event::{Key, Part};

/// Encodes keys into memory, to be put into a file of the same version by
/// [`RdbWriter::splice`](super::RdbWriter::splice), maybe by another thread.
///
/// ```
/// use ferrous_persist::rdb::{Encoding, Fragment, Key, Part, RdbWriter, WriteOptions};
///
/// let options = WriteOptions::default();
/// let mut fragment = Fragment::new(options)?;
/// fragment.key(&Key::new(b"name", Encoding::String))?;
/// fragment.part(&Part::String(b"value"[..].into()))?;
/// fragment.end_value()?;
/// let mut file = RdbWriter::new(Vec::new(), options)?;
/// file.splice(fragment.bytes())?;
/// # Ok::<(), ferrous_persist::rdb::WriteError>(())
/// ```
#[derive(Debug)]
pub struct Fragment(Records<Vec<u8>>);

impl Fragment {
    /// A fragment without keys. Whether the file is summed is up to the file.
    ///
    /// # Errors
    /// [`WriteError::Version`] for versions that are only read.
    pub fn new(options: WriteOptions) -> Result<Self, WriteError> {
        if !is_written(options.version) {
            return Err(WriteError::Version(options.version));
        }
        let target = Target::new(Vec::new(), options.compress);
        Ok(Self(Records::new(target, options.version)))
    }

    /// Adds a key; the parts of its value follow by [`Self::part`].
    ///
    /// # Errors
    /// When the value before is incomplete, or the version cannot hold what comes.
    pub fn key(&mut self, key: &Key<'_>) -> Result<(), WriteError> {
        self.0.key(key)
    }

    /// Adds the next part of the current value.
    ///
    /// # Errors
    /// When the part is not one of the value, or the version cannot hold it.
    #[inline]
    pub fn part(&mut self, part: &Part<'_>) -> Result<(), WriteError> {
        self.0.part(part)
    }

    /// Ends the current value. Only then does the fragment hold whole records.
    ///
    /// # Errors
    /// When the value is incomplete.
    pub fn end_value(&mut self) -> Result<(), WriteError> {
        self.0.end_value()
    }

    /// Adds what another fragment of the same version holds.
    pub fn append(&mut self, records: &[u8]) {
        self.0.target.out.extend_from_slice(records);
    }

    /// The bytes since the last [`Self::clear`].
    pub fn bytes(&self) -> &[u8] {
        &self.0.target.out
    }

    /// Forgets the bytes, which are in a file by now. The value at hand goes on.
    pub fn clear(&mut self) {
        self.0.target.out.clear();
    }

    /// Takes the bytes out. The value at hand goes on.
    pub fn take(&mut self) -> Vec<u8> {
        mem::take(&mut self.0.target.out)
    }
}
