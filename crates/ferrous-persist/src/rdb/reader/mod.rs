//! Reading a file, record by record.

mod array;
pub(crate) mod module;
mod pending;
pub(crate) mod stream;
pub(crate) mod value;

use std::io::Read;

use self::value::ValueDecoder;
use super::check::Validation;
use super::error::{RdbError, Reason, Section};
use super::event::{Event, Key, ModuleId, Part};
use super::opcode::Opcode;
use super::source::Source;
use super::value_type::ValueType;
use super::version::Version;
use crate::input::Input;

/// How a file is read.
#[derive(Debug, Clone, Copy)]
pub struct ReadOptions {
    /// Whether to check the checksum, when there is one.
    pub checksum: bool,
    /// How much of the values to check.
    pub validation: Validation,
}

impl Default for ReadOptions {
    /// Checks all there is.
    fn default() -> Self {
        Self {
            checksum: true,
            validation: Validation::Full,
        }
    }
}

/// What came of a file's checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumStatus {
    /// The format had none yet.
    Absent,
    /// The writer left it out.
    Disabled,
    /// The reader left it unchecked.
    Unchecked,
    /// It is right.
    Verified,
}

/// Reads an RDB file from any source of bytes, in constant memory but for the largest string.
///
/// ```
/// use ferrous_persist::rdb::{Event, Part, RdbReader, ReadOptions};
///
/// let file = b"REDIS0003\x00\x03key\x05value\xff";
/// let mut reader = RdbReader::new(&file[..], ReadOptions::default())?;
/// while let Some(event) = reader.next_event()? {
///     if let Event::Key(key) = event {
///         assert_eq!(key.name, b"key");
///         while let Some(part) = reader.next_part()? {
///             assert!(matches!(part, Part::String(_)));
///         }
///     }
/// }
/// # Ok::<(), ferrous_persist::rdb::RdbError>(())
/// ```
#[derive(Debug)]
pub struct RdbReader<R> {
    source: Source<R>,
    version: Version,
    options: ReadOptions,
    value: ValueDecoder,
    value_type: Option<ValueType>,
    /// What is known so far about the key to come.
    attributes: Attributes,
    /// Classes of metadata still to come before the key.
    metadata_left: u64,
    /// Of the slot import at hand.
    ranges: Vec<(u64, u64)>,
    checksum: Option<ChecksumStatus>,
}

/// What precedes a key.
#[derive(Debug, Default)]
struct Attributes {
    expire_at_ms: Option<i64>,
    idle_secs: Option<u64>,
    frequency: Option<u8>,
}

impl<R: Read> RdbReader<R> {
    /// A reader of the file that `source` begins with. Reads the header; the source needs no buffer of
    /// its own.
    ///
    /// # Errors
    /// When the source fails, or begins with anything else.
    pub fn new(source: R, options: ReadOptions) -> Result<Self, RdbError> {
        Self::from_input(Input::new(source), options)
    }

    pub(crate) fn from_input(mut input: Input<R>, options: ReadOptions) -> Result<Self, RdbError> {
        input.release();
        if options.checksum {
            input.start_checksum();
        }
        let mut source = Source::new(input);
        let magic = source.magic()?;
        let version = source.check(Version::from_magic(&magic))?;
        Ok(Self {
            source,
            version,
            options,
            value: ValueDecoder::done(options.validation),
            value_type: None,
            attributes: Attributes::default(),
            metadata_left: 0,
            ranges: Vec::new(),
            checksum: None,
        })
    }

    /// The version that the header tells.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The type of the current key's value, as the file numbers it.
    pub fn value_type(&self) -> Option<ValueType> {
        self.value_type
    }

    /// Bytes read so far.
    pub fn offset(&self) -> u64 {
        self.source.offset()
    }

    /// What came of the checksum, once the end has been reached.
    pub fn checksum(&self) -> Option<ChecksumStatus> {
        self.checksum
    }

    /// The next record, `None` at the end. Passes over what is left of the current value, unchecked.
    ///
    /// # Errors
    /// When the source fails, or holds what the format does not allow.
    pub fn next_event(&mut self) -> Result<Option<Event<'_>>, RdbError> {
        self.value.skip(&mut self.source)?;
        self.value_type = None;
        if self.checksum.is_some() {
            return Ok(None);
        }
        loop {
            self.source.release();
            self.source.set_section(Section::Record);
            if self.metadata_left > 0 {
                return self.key_metadata().map(Some);
            }
            let code = self.source.byte()?;
            let Some(opcode) = Opcode::from_code(code, self.version.family()) else {
                return self.key(code).map(Some);
            };
            match opcode {
                Opcode::End => {
                    self.checksum = Some(self.finish()?);
                    return Ok(None);
                }
                Opcode::ModuleAux => return self.module_aux().map(Some),
                Opcode::SlotImport => return self.slot_import().map(Some),
                Opcode::KeyMetadata => self.metadata_left = self.source.length()?,
                opcode if self.attribute(opcode)? => {}
                opcode => return self.record(opcode).map(Some),
            }
        }
    }

    /// The next part of the current value, `None` at its end.
    ///
    /// # Errors
    /// When the source fails, or holds what the format does not allow.
    pub fn next_part(&mut self) -> Result<Option<Part<'_>>, RdbError> {
        self.value.next(&mut self.source)
    }

    /// An error of the caller's about what was read last.
    pub fn error(&self, reason: impl Into<Reason>) -> RdbError {
        self.source.error(reason)
    }

    /// What follows the file, for what it is the preamble of.
    pub(crate) fn into_input(self) -> Input<R> {
        self.source.into_input()
    }

    /// Reads what `opcode` tells about the key to come; false when it tells something else.
    fn attribute(&mut self, opcode: Opcode) -> Result<bool, RdbError> {
        let source = &mut self.source;
        match opcode {
            Opcode::ExpiryMs => self.attributes.expire_at_ms = Some(source.i64_le()?),
            Opcode::ExpirySeconds => {
                self.attributes.expire_at_ms = Some(i64::from(source.i32_le()?) * 1000);
            }
            Opcode::Idle => self.attributes.idle_secs = Some(source.length()?),
            Opcode::Frequency => self.attributes.frequency = Some(source.byte()?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn record(&mut self, opcode: Opcode) -> Result<Event<'_>, RdbError> {
        let source = &mut self.source;
        match opcode {
            Opcode::Aux => {
                let (name, value) = (source.bytes()?, source.bytes()?);
                Ok(Event::Aux {
                    name: source.slice(name),
                    value: source.slice(value),
                })
            }
            Opcode::SelectDb => Ok(Event::SelectDb(source.length()?)),
            Opcode::Resize => Ok(Event::Resize {
                keys: source.length()?,
                expires: source.length()?,
            }),
            Opcode::SlotInfo => Ok(Event::Slot {
                slot: source.length()?,
                keys: source.length()?,
                expires: source.length()?,
            }),
            Opcode::Function => {
                let code = source.bytes()?;
                Ok(Event::Function(source.slice(code)))
            }
            _ => Err(source.error(Reason::PreRelease("a function"))),
        }
    }

    fn key(&mut self, code: u8) -> Result<Event<'_>, RdbError> {
        let source = &mut self.source;
        source.set_section(Section::Key);
        let value_type = ValueType::from_code(code, self.version.family())
            .ok_or_else(|| source.error(Reason::UnknownType(code)))?;
        let name = source.bytes()?;
        source.set_section(Section::Value(value_type));
        if value_type == ValueType::ModulePreRelease {
            return Err(source.error(Reason::PreRelease("a module's value")));
        }
        self.value = ValueDecoder::new(value_type, self.options.validation);
        self.value_type = Some(value_type);
        let Attributes {
            expire_at_ms,
            idle_secs,
            frequency,
        } = std::mem::take(&mut self.attributes);
        Ok(Event::Key(Key {
            name: self.source.slice(name),
            encoding: value_type.encoding(),
            expire_at_ms,
            idle_secs,
            frequency,
        }))
    }

    fn module_aux(&mut self) -> Result<Event<'_>, RdbError> {
        let source = &mut self.source;
        source.set_section(Section::ModuleData);
        let module = ModuleId(source.length()?);
        let (tag, when) = (source.length()?, source.length()?);
        if tag != module::UNSIGNED {
            let what = "tag of a module's load time";
            return Err(source.error(Reason::OutOfRange { what, value: tag }));
        }
        self.value = ValueDecoder::module_data(self.options.validation);
        Ok(Event::ModuleAux { module, when })
    }

    fn key_metadata(&mut self) -> Result<Event<'_>, RdbError> {
        self.metadata_left -= 1;
        self.source.set_section(Section::ModuleData);
        let class = self.source.u32_le()?;
        self.value = ValueDecoder::module_data(self.options.validation);
        Ok(Event::KeyMetadata { class })
    }

    fn slot_import(&mut self) -> Result<Event<'_>, RdbError> {
        let source = &mut self.source;
        let name = source.bytes()?;
        self.ranges.clear();
        for _ in 0..source.length()? {
            self.ranges.push((source.length()?, source.length()?));
        }
        Ok(Event::SlotImport {
            name: source.slice(name),
            ranges: &self.ranges,
        })
    }

    /// Reads the checksum behind the end.
    fn finish(&mut self) -> Result<ChecksumStatus, RdbError> {
        if !self.version.has_checksum() {
            return Ok(ChecksumStatus::Absent);
        }
        self.source.set_section(Section::Checksum);
        let computed = self.source.input().take_checksum();
        let stored = self.source.u64_le()?;
        match stored {
            0 => Ok(ChecksumStatus::Disabled),
            _ if !self.options.checksum => Ok(ChecksumStatus::Unchecked),
            _ if stored == computed => Ok(ChecksumStatus::Verified),
            _ => Err(self.source.error(Reason::Checksum { stored, computed })),
        }
    }
}
