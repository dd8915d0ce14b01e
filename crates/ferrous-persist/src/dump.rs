//! Payloads of DUMP and RESTORE: one value on its own.
//!
//! ```text
//! type u8 | value as in RDB | RDB version u16 | CRC-64 of all before it u64      (little-endian)
//! ```

use crate::checksum::Crc64;
use crate::input::Input;
use crate::rdb::opcode::Opcode;
use crate::rdb::reader::value::ValueDecoder;
use crate::rdb::source::Source;
use crate::rdb::writer::{Target, ValueEncoder, is_written};
use crate::rdb::{
    Encoding, Part, RdbError, Reason, Section, Validation, ValueType, Version, WriteError,
};

/// Bytes of the version and the checksum.
const FOOTER_BYTES: usize = 10;

/// Why a payload is not even looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Too short for a type, a version and a checksum.
    #[error("payload is too short")]
    TooShort,
    /// Of a version that is not understood.
    #[error("payload of RDB version {0} is not understood")]
    Version(u16),
    /// The checksum is wrong.
    #[error("payload's checksum does not match")]
    Checksum,
}

/// Reads a payload part by part.
#[derive(Debug)]
pub struct PayloadReader<'a> {
    source: Source<&'a [u8]>,
    value: ValueDecoder,
    value_type: ValueType,
}

/// Checks version and, if `checksum` asks for that, checksum of a payload; returns the version.
///
/// # Errors
/// What RESTORE refuses a payload for before it looks at the value.
pub fn verify(payload: &[u8], checksum: bool) -> Result<Version, PayloadError> {
    let body = payload
        .len()
        .checked_sub(FOOTER_BYTES)
        .ok_or(PayloadError::TooShort)?;
    let (_, footer) = payload.split_at(body);
    let (version, stored) = footer.split_first_chunk().ok_or(PayloadError::TooShort)?;
    let number = u16::from_le_bytes(*version);
    let version = Version::from_number(number).ok_or(PayloadError::Version(number))?;
    let sum = || Crc64::of(&payload[..payload.len() - stored.len()]).to_le_bytes();
    if checksum && sum() != stored {
        return Err(PayloadError::Checksum);
    }
    Ok(version)
}

impl<'a> PayloadReader<'a> {
    /// A reader of a payload of `version`, which [`verify`] has checked and told.
    ///
    /// # Errors
    /// When the type is unknown.
    pub fn new(
        payload: &'a [u8],
        version: Version,
        validation: Validation,
    ) -> Result<Self, RdbError> {
        let body = &payload[..payload.len().saturating_sub(FOOTER_BYTES)];
        let mut source = Source::new(Input::with_capacity(body, body.len()));
        source.set_section(Section::Key);
        let code = source.byte()?;
        let value_type = ValueType::from_code(code, version.family())
            .ok_or_else(|| source.error(Reason::UnknownType(code)))?;
        source.set_section(Section::Value(value_type));
        if value_type == ValueType::ModulePreRelease {
            return Err(source.error(Reason::PreRelease("a module's value")));
        }
        let value = ValueDecoder::new(value_type, validation);
        Ok(Self {
            source,
            value,
            value_type,
        })
    }

    /// The type of the value, as the payload numbers it.
    pub fn value_type(&self) -> ValueType {
        self.value_type
    }

    /// How the value's parts are told.
    pub fn encoding(&self) -> Encoding {
        self.value_type.encoding()
    }

    /// The next part of the value, `None` at its end.
    ///
    /// # Errors
    /// When the value is not what its type demands.
    pub fn next_part(&mut self) -> Result<Option<Part<'_>>, RdbError> {
        self.value.next(&mut self.source)
    }

    /// An error of the caller's about what was read last.
    pub fn error(&self, reason: impl Into<Reason>) -> RdbError {
        self.source.error(reason)
    }

    /// Passes over what is left of the value, and checks that it is all there is.
    ///
    /// # Errors
    /// When something follows the value.
    pub fn finish(mut self) -> Result<(), RdbError> {
        self.value.skip(&mut self.source)?;
        match self.source.byte() {
            Ok(_) => Err(self.source.error(Reason::Trailing)),
            Err(_) => Ok(()),
        }
    }
}

/// The payload of `FUNCTION DUMP`: the code of every library, each as its record in a file, and the same footer.
///
/// # Errors
/// When `version` is not written, or has no functions.
pub fn write_functions<C: AsRef<[u8]>>(
    codes: &[C],
    version: Version,
) -> Result<Vec<u8>, WriteError> {
    if !is_written(version) {
        return Err(WriteError::Version(version));
    }
    let mut target = Target::new(Vec::new(), true);
    for code in codes {
        target.raw(&[Opcode::Function.code()])?;
        target.string(code.as_ref())?;
    }
    Ok(with_footer(target.into_inner(), version))
}

/// The code of every library in a payload of `version`, which [`verify`] has checked and told.
///
/// # Errors
/// When it holds anything else.
pub fn read_functions(payload: &[u8], version: Version) -> Result<Vec<Vec<u8>>, RdbError> {
    let body = &payload[..payload.len().saturating_sub(FOOTER_BYTES)];
    let mut source = Source::new(Input::with_capacity(body, body.len()));
    source.set_section(Section::Key);
    let mut codes = Vec::new();
    while source.offset() < body.len() as u64 {
        let code = source.byte()?;
        if Opcode::from_code(code, version.family()) != Some(Opcode::Function) {
            return Err(source.error(Reason::UnknownType(code)));
        }
        let text = source.bytes()?;
        codes.push(source.slice(text).to_vec());
        source.release();
    }
    Ok(codes)
}

/// A payload with its version and checksum.
fn with_footer(mut payload: Vec<u8>, version: Version) -> Vec<u8> {
    payload.extend_from_slice(&version.number().to_le_bytes());
    payload.extend_from_slice(&Crc64::of(&payload).to_le_bytes());
    payload
}

/// Writes a payload part by part.
#[derive(Debug)]
pub struct PayloadWriter {
    target: Target<Vec<u8>>,
    version: Version,
    value: ValueEncoder,
}

impl PayloadWriter {
    /// A writer of a value. Strings are compressed when they get shorter by it and `compress` is set.
    ///
    /// # Errors
    /// When `version` is not written, or cannot hold the value.
    pub fn new(encoding: Encoding, version: Version, compress: bool) -> Result<Self, WriteError> {
        if !is_written(version) {
            return Err(WriteError::Version(version));
        }
        let (value, value_type) = ValueEncoder::new(encoding, version)?;
        let mut target = Target::new(Vec::new(), compress);
        target.raw(&[value_type.code()])?;
        Ok(Self {
            target,
            version,
            value,
        })
    }

    /// Writes the next part.
    ///
    /// # Errors
    /// When it is not one of the value, or the version cannot hold it.
    pub fn part(&mut self, part: &Part<'_>) -> Result<(), WriteError> {
        self.value.part(part, &mut self.target)
    }

    /// The payload.
    ///
    /// # Errors
    /// When parts are missing.
    pub fn finish(mut self) -> Result<Vec<u8>, WriteError> {
        self.value.finish(&mut self.target)?;
        Ok(with_footer(self.target.into_inner(), self.version))
    }
}
