//! Which format a file is in: the family of servers, and the number within it.

use std::fmt;

/// The servers that share a numbering of types and opcodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Redis, and Valkey up to 8.x: the magic is `REDIS`.
    Redis,
    /// Valkey from 9.0 on: the magic is `VALKEY`.
    Valkey,
}

/// A version of the format that can be read.
///
/// The families number the same byte differently (type 22 and opcode 243), so the magic and not
/// the number alone selects the decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version {
    family: Family,
    number: u16,
}

/// The first number that Valkey gave a format of its own, out of reach of Redis' numbers.
const VALKEY_MIN: u16 = 80;
/// The last format of Redis that is understood: 8.8.
const REDIS_MAX: u16 = 14;
/// The last format of Valkey that is understood: 9.x.
const VALKEY_MAX: u16 = 80;

impl Version {
    /// Redis 5 and 6.
    pub const REDIS_5: Self = Self::redis(9);
    /// Redis 7.0.
    pub const REDIS_7_0: Self = Self::redis(10);
    /// Redis 7.2, Valkey 7.2 and 8.
    pub const REDIS_7_2: Self = Self::redis(11);
    /// Redis 7.4 to 8.4.
    pub const REDIS_7_4: Self = Self::redis(12);
    /// Valkey 9.
    pub const VALKEY_9: Self = Self {
        family: Family::Valkey,
        number: 80,
    };
    /// The bytes of a magic with its number, for either family.
    pub const MAGIC_BYTES: usize = 9;

    const fn redis(number: u16) -> Self {
        Self {
            family: Family::Redis,
            number,
        }
    }

    /// The version of `number` alone, as a DUMP payload or a configuration names it; `None` when it is
    /// not understood.
    pub fn from_number(number: u16) -> Option<Self> {
        match number {
            1..=REDIS_MAX => Some(Self::redis(number)),
            VALKEY_MIN..=VALKEY_MAX => Some(Self {
                family: Family::Valkey,
                number,
            }),
            _ => None,
        }
    }

    /// The version that a file's first nine bytes announce: `REDIS` and four digits, or `VALKEY` and
    /// three.
    ///
    /// # Errors
    /// What is wrong with them, or which version it is that is not understood.
    pub fn from_magic(magic: &[u8]) -> Result<Self, MagicError> {
        let (family, digits) = match magic {
            [b'R', b'E', b'D', b'I', b'S', digits @ ..] if digits.len() == 4 => {
                (Family::Redis, digits)
            }
            [b'V', b'A', b'L', b'K', b'E', b'Y', digits @ ..] if digits.len() == 3 => {
                (Family::Valkey, digits)
            }
            _ => return Err(MagicError::Foreign),
        };
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(MagicError::NotANumber);
        }
        let number = digits
            .iter()
            .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
        match Self::from_number(number) {
            Some(version) if version.family == family => Ok(version),
            _ => Err(MagicError::Unknown { family, number }),
        }
    }

    /// The nine bytes a file of this version begins with.
    pub fn magic(self) -> [u8; Self::MAGIC_BYTES] {
        let text = match self.family {
            Family::Redis => format!("REDIS{:04}", self.number),
            Family::Valkey => format!("VALKEY{:03}", self.number),
        };
        let mut magic = [0; Self::MAGIC_BYTES];
        magic.copy_from_slice(text.as_bytes());
        magic
    }

    /// The family.
    pub fn family(self) -> Family {
        self.family
    }

    /// The number: 1 to 14 for Redis, 80 for Valkey.
    pub fn number(self) -> u16 {
        self.number
    }

    /// True when a checksum follows the end of a file. The first four versions had none.
    pub fn has_checksum(self) -> bool {
        self.number >= 5
    }

    /// True when files of this version can hold what Redis' version `number` introduced, and which
    /// Valkey took over.
    pub(crate) fn since(self, number: u16) -> bool {
        self.number >= number
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} RDB version {}", self.family, self.number)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redis => "Redis",
            Self::Valkey => "Valkey",
        })
    }
}

/// Why the first bytes of a file are not those of an RDB file that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MagicError {
    /// Neither magic.
    #[error("the file begins with neither REDIS nor VALKEY and a version")]
    Foreign,
    /// The magic is right, but no number follows it.
    #[error("the version behind the magic is not a number")]
    NotANumber,
    /// A version that is not understood.
    #[error("{family} RDB version {number} is not understood")]
    Unknown {
        /// Whose version it is.
        family: Family,
        /// The number.
        number: u16,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn magic_and_number_agree() {
        for number in (1..=14).chain([80]) {
            let version = Version::from_number(number).unwrap();
            assert_eq!(Version::from_magic(&version.magic()), Ok(version));
        }
        assert_eq!(Version::REDIS_7_2.magic(), *b"REDIS0011");
        assert_eq!(Version::VALKEY_9.magic(), *b"VALKEY080");
    }

    #[test]
    fn foreign_magics_are_told_apart() {
        use MagicError::*;
        let unknown = |family, number| Err(Unknown { family, number });
        assert_eq!(Version::from_magic(b"REDLS0010"), Err(Foreign));
        assert_eq!(Version::from_magic(b"REDIS"), Err(Foreign));
        assert_eq!(Version::from_magic(b"REDIS00x9"), Err(NotANumber));
        assert_eq!(Version::from_magic(b"REDIS0000"), unknown(Family::Redis, 0));
        assert_eq!(
            Version::from_magic(b"REDIS9999"),
            unknown(Family::Redis, 9999)
        );
        assert_eq!(
            Version::from_magic(b"REDIS0080"),
            unknown(Family::Redis, 80)
        );
        assert_eq!(
            Version::from_magic(b"VALKEY011"),
            unknown(Family::Valkey, 11)
        );
    }
}
