//! The byte that begins every record of a file, unless it is the type of the key that follows.

use super::version::Family;

/// What a record is that is not a key, or that precedes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    /// 243 in Valkey's files: a slot import in progress.
    SlotImport,
    /// 243 in Redis' files: metadata that modules attached to the key that follows.
    KeyMetadata,
    /// 244: sizes of a cluster slot.
    SlotInfo,
    /// 245: a function library.
    Function,
    /// 246: a function in a format that release candidates wrote.
    FunctionPreRelease,
    /// 247: data of a module that belongs to no key.
    ModuleAux,
    /// 248: the idle time of the key that follows.
    Idle,
    /// 249: the access frequency of the key that follows.
    Frequency,
    /// 250: a name and a value about the file.
    Aux,
    /// 251: sizes of the current database.
    Resize,
    /// 252: when the key that follows expires, in milliseconds.
    ExpiryMs,
    /// 253: the same in seconds.
    ExpirySeconds,
    /// 254: the database of the keys that follow.
    SelectDb,
    /// 255: the end.
    End,
}

impl Opcode {
    /// The opcode of `code` in files of `family`, unless the byte is a type or undefined.
    pub(crate) fn from_code(code: u8, family: Family) -> Option<Self> {
        Some(match code {
            243 => match family {
                Family::Redis => Self::KeyMetadata,
                Family::Valkey => Self::SlotImport,
            },
            244 => Self::SlotInfo,
            245 => Self::Function,
            246 => Self::FunctionPreRelease,
            247 => Self::ModuleAux,
            248 => Self::Idle,
            249 => Self::Frequency,
            250 => Self::Aux,
            251 => Self::Resize,
            252 => Self::ExpiryMs,
            253 => Self::ExpirySeconds,
            254 => Self::SelectDb,
            255 => Self::End,
            _ => return None,
        })
    }

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::SlotImport | Self::KeyMetadata => 243,
            Self::SlotInfo => 244,
            Self::Function => 245,
            Self::FunctionPreRelease => 246,
            Self::ModuleAux => 247,
            Self::Idle => 248,
            Self::Frequency => 249,
            Self::Aux => 250,
            Self::Resize => 251,
            Self::ExpiryMs => 252,
            Self::ExpirySeconds => 253,
            Self::SelectDb => 254,
            Self::End => 255,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_their_own_inverse() {
        for family in [Family::Redis, Family::Valkey] {
            for code in 243..=255 {
                assert_eq!(
                    Opcode::from_code(code, family).map(Opcode::code),
                    Some(code)
                );
            }
            assert_eq!(Opcode::from_code(242, family), None);
        }
    }
}
