//! Writing a file, record by record.

mod error;
mod fragment;
mod output;
mod stream;
mod value;

use std::io::Write;

use self::output::Output;
pub(crate) use self::output::Target;
pub(crate) use self::value::ValueEncoder;
use super::event::{Event, Key, Part};
use super::opcode::Opcode;
use super::reader::module;
use super::version::{Family, Version};

pub use self::error::WriteError;
pub use self::fragment::Fragment;

/// How a file is written.
#[derive(Debug, Clone, Copy)]
pub struct WriteOptions {
    /// Redis' 9 to 12, or Valkey's 80.
    pub version: Version,
    /// Whether to compress strings that get shorter by it.
    pub compress: bool,
    /// Whether to sum the file; without, the checksum is 0, which readers do not check.
    pub checksum: bool,
}

impl Default for WriteOptions {
    /// Version 11, which Redis 7.2 and Valkey 8 and all later ones read, compressed and summed.
    fn default() -> Self {
        Self {
            version: Version::REDIS_7_2,
            compress: true,
            checksum: true,
        }
    }
}

/// Writes an RDB file to any target, buffered.
///
/// Takes the events and parts that a reader gives, in the same order, and writes each value as the
/// type of its version that holds it.
#[derive(Debug)]
pub struct RdbWriter<W: Write> {
    records: Records<Output<W>>,
}

impl<W: Write> RdbWriter<W> {
    /// A writer that begins with the header.
    ///
    /// # Errors
    /// [`WriteError::Version`] for versions that are only read; when `out` fails.
    pub fn new(out: W, options: WriteOptions) -> Result<Self, WriteError> {
        let version = options.version;
        if !is_written(version) {
            return Err(WriteError::Version(version));
        }
        let mut target = Target::new(Output::new(out, options.checksum), options.compress);
        target.raw(&version.magic())?;
        let records = Records::new(target, version);
        Ok(Self { records })
    }

    /// Bytes written so far, those in the buffer included.
    pub fn bytes_written(&self) -> u64 {
        self.records.target.out.bytes()
    }

    /// Writes a record. After a key or a module's data, its parts follow by [`Self::part`].
    ///
    /// Sizes of slots are left out of versions that have no place for these hints.
    ///
    /// # Errors
    /// When the target fails, the value before is incomplete, or the version cannot hold what comes.
    pub fn event(&mut self, event: &Event<'_>) -> Result<(), WriteError> {
        self.records.end_value()?;
        match event {
            Event::Aux { name, value } => {
                self.records.opcode(Opcode::Aux)?;
                self.records.target.string(name)?;
                self.records.target.string(value)?;
            }
            Event::SelectDb(db) => self.records.lengths(Opcode::SelectDb, &[*db])?,
            Event::Resize { keys, expires } => {
                self.records.lengths(Opcode::Resize, &[*keys, *expires])?;
            }
            Event::Slot {
                slot,
                keys,
                expires,
            } => {
                if self.records.version.since(12) {
                    self.records
                        .lengths(Opcode::SlotInfo, &[*slot, *keys, *expires])?;
                }
            }
            Event::SlotImport { name, ranges } => self.slot_import(name, ranges)?,
            Event::Function(code) => self.function(code)?,
            Event::ModuleAux { module, when } => {
                self.records
                    .lengths(Opcode::ModuleAux, &[module.0, module::UNSIGNED, *when])?;
                self.records.value = ValueEncoder::module_data();
            }
            Event::KeyMetadata { .. } => return self.refuse("metadata of modules"),
            Event::Key(key) => self.key(key)?,
        }
        Ok(())
    }

    /// Writes a key; the parts of its value follow by [`Self::part`]. The same as the event.
    ///
    /// # Errors
    /// As [`Self::event`].
    pub fn key(&mut self, key: &Key<'_>) -> Result<(), WriteError> {
        self.records.key(key)
    }

    /// Writes the next part of the current value.
    ///
    /// # Errors
    /// When the target fails, the part is not one of the value, or the version cannot hold it.
    pub fn part(&mut self, part: &Part<'_>) -> Result<(), WriteError> {
        self.records.part(part)
    }

    /// Writes bytes of a [`Fragment`] of the same version.
    ///
    /// # Errors
    /// When the target fails, or the value before is incomplete.
    pub fn splice(&mut self, fragment: &[u8]) -> Result<(), WriteError> {
        self.records.end_value()?;
        Ok(self.records.target.raw(fragment)?)
    }

    /// Ends the file and returns its target, to which all has been written but not flushed.
    ///
    /// # Errors
    /// When the target fails, or the value before is incomplete.
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.records.end_value()?;
        self.records.opcode(Opcode::End)?;
        let (mut out, checksum) = self.records.target.into_inner().finish()?;
        out.write_all(&checksum.to_le_bytes())?;
        Ok(out)
    }

    fn function(&mut self, code: &[u8]) -> Result<(), WriteError> {
        if !self.records.version.since(10) {
            return self.refuse("functions");
        }
        self.records.opcode(Opcode::Function)?;
        Ok(self.records.target.string(code)?)
    }

    fn slot_import(&mut self, name: &[u8], ranges: &[(u64, u64)]) -> Result<(), WriteError> {
        if self.records.version.family() != Family::Valkey {
            return self.refuse("an import of slots");
        }
        self.records.opcode(Opcode::SlotImport)?;
        self.records.target.string(name)?;
        self.records.target.length(ranges.len() as u64)?;
        for (first, last) in ranges {
            self.records.target.length(*first)?;
            self.records.target.length(*last)?;
        }
        Ok(())
    }

    fn refuse(&self, what: &'static str) -> Result<(), WriteError> {
        Err(WriteError::CannotHold {
            version: self.records.version,
            what,
            key: Vec::new(),
        })
    }
}

/// Writes the records of keys.
#[derive(Debug)]
struct Records<W> {
    target: Target<W>,
    version: Version,
    value: ValueEncoder,
    /// The current key's name, for errors.
    key: Vec<u8>,
}

impl<W: Write> Records<W> {
    fn new(target: Target<W>, version: Version) -> Self {
        Self {
            target,
            version,
            value: ValueEncoder::done(),
            key: Vec::new(),
        }
    }

    fn key(&mut self, key: &Key<'_>) -> Result<(), WriteError> {
        self.end_value()?;
        self.key.clear();
        self.key.extend_from_slice(key.name);
        let (value, value_type) = ValueEncoder::new(key.encoding, self.version)
            .map_err(|error| error.of_key(key.name))?;
        if let Some(time) = key.expire_at_ms {
            self.opcode(Opcode::ExpiryMs)?;
            self.target.raw(&time.to_le_bytes())?;
        }
        if let Some(idle_secs) = key.idle_secs {
            self.lengths(Opcode::Idle, &[idle_secs])?;
        }
        if let Some(frequency) = key.frequency {
            self.opcode(Opcode::Frequency)?;
            self.target.raw(&[frequency])?;
        }
        self.target.raw(&[value_type.code()])?;
        self.target.string(key.name)?;
        self.value = value;
        Ok(())
    }

    fn part(&mut self, part: &Part<'_>) -> Result<(), WriteError> {
        let written = self.value.part(part, &mut self.target);
        written.map_err(|error| error.of_key(&self.key))
    }

    fn end_value(&mut self) -> Result<(), WriteError> {
        std::mem::replace(&mut self.value, ValueEncoder::done()).finish(&mut self.target)
    }

    fn opcode(&mut self, opcode: Opcode) -> Result<(), WriteError> {
        Ok(self.target.raw(&[opcode.code()])?)
    }

    fn lengths(&mut self, opcode: Opcode, lengths: &[u64]) -> Result<(), WriteError> {
        self.opcode(opcode)?;
        lengths
            .iter()
            .try_for_each(|&length| Ok(self.target.length(length)?))
    }
}

/// True for versions that are written: those that servers in use can load.
pub(crate) fn is_written(version: Version) -> bool {
    match version.family() {
        Family::Redis => (9..=12).contains(&version.number()),
        Family::Valkey => true,
    }
}
