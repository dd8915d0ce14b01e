//! Why something was not written.

use std::{fmt, io};

use crate::rdb::version::Version;

/// Why something was not written.
///
/// After an error the file is torn: give it up.
#[derive(Debug)]
pub enum WriteError {
    /// The target failed.
    Io(io::Error),
    /// A version that can be read but is not written.
    Version(Version),
    /// The version has no place for what was to be written.
    CannotHold {
        /// The version that was asked for.
        version: Version,
        /// What it has no place for.
        what: &'static str,
        /// The key it belongs to, empty when it belongs to none.
        key: Vec<u8>,
    },
    /// What was to be written does not belong where it came.
    Misplaced(&'static str),
}

impl WriteError {
    /// The same with the name of the key that it is about.
    pub(super) fn of_key(self, name: &[u8]) -> Self {
        match self {
            Self::CannotHold { version, what, .. } => Self::CannotHold {
                version,
                what,
                key: name.to_vec(),
            },
            other => other,
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::Version(version) => write!(f, "{version} is not written"),
            Self::CannotHold { version, what, key } if key.is_empty() => {
                write!(f, "{version} cannot hold {what}")
            }
            Self::CannotHold { version, what, key } => {
                write!(
                    f,
                    "{version} cannot hold {what}: key '{}'",
                    key.escape_ascii()
                )
            }
            Self::Misplaced(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
