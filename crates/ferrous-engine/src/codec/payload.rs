//! Values as payloads of `DUMP`.

use ferrous_persist::dump::{self, PayloadError, PayloadReader, PayloadWriter};
use ferrous_persist::rdb::{RdbError, Validation, Version, WriteError};
use ferrous_types::entry::ValueRef;
use ferrous_types::hash::Seed;

use super::{Loaded, encoding, load, save};
use crate::keyspace::Object;
use crate::limits::Limits;

/// How payloads are written and read (`dump-rdb-version`, `rdbcompression`, `sanitize-dump-payload`).
#[derive(Clone, Copy, Debug)]
pub struct PayloadRules {
    /// The version that payloads are written in, if it can hold the value.
    pub version: Version,
    /// Whether to compress strings that get shorter by it.
    pub compress: bool,
    /// Whether a reader checks checksums.
    pub checksum: bool,
    /// How much a reader checks beyond what the commands rely on.
    pub validation: Validation,
}

impl Default for PayloadRules {
    fn default() -> Self {
        Self {
            version: Version::REDIS_7_2,
            compress: true,
            checksum: true,
            validation: Validation::Structure,
        }
    }
}

/// Why a payload is not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// It is not looked into.
    #[error(transparent)]
    Payload(#[from] PayloadError),
    /// It holds no value.
    #[error(transparent)]
    Value(#[from] RdbError),
    /// It holds a collection without elements.
    #[error("the payload holds a collection without elements")]
    Empty,
}

/// The payload of a value.
///
/// Fields that expire make it one of Valkey 9 where the version that the rules name has no place for them.
pub fn dump(value: &ValueRef<'_, Object>, rules: PayloadRules) -> Vec<u8> {
    write(value, rules.version, rules.compress)
        .or_else(|_| write(value, Version::VALKEY_9, rules.compress))
        .expect("Valkey 9 has a place for every value")
}

fn write(
    value: &ValueRef<'_, Object>,
    version: Version,
    compress: bool,
) -> Result<Vec<u8>, WriteError> {
    let mut writer = PayloadWriter::new(encoding(value), version, compress)?;
    save(value, |part| writer.part(part))?;
    writer.finish()
}

/// The value of a payload.
///
/// # Errors
/// What is wrong with the payload.
pub fn restore(payload: &[u8], limits: &Limits, seed: Seed) -> Result<Loaded, RestoreError> {
    let version = dump::verify(payload, limits.payload.checksum)?;
    let mut reader = PayloadReader::new(payload, version, limits.payload.validation)?;
    let loaded = load(reader.encoding(), &mut reader, limits, seed)?;
    reader.finish()?;
    loaded.ok_or(RestoreError::Empty)
}
