//! The types of values as files number them, and the encodings they come down to.

use std::fmt;

use super::version::Family;

/// What a value is to its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `string`
    String,
    /// `list`
    List,
    /// `set`
    Set,
    /// `zset`
    SortedSet,
    /// `hash`
    Hash,
    /// `stream`
    Stream,
    /// `array`, new in Redis 8.8
    Array,
    /// A value of a module, which names its type itself.
    Module,
}

impl Kind {
    /// The name that the TYPE command gives.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::List => "list",
            Self::Set => "set",
            Self::SortedSet => "zset",
            Self::Hash => "hash",
            Self::Stream => "stream",
            Self::Array => "array",
            Self::Module => "module",
        }
    }
}

/// How a value is told in [`Part`](super::Part)s.
///
/// Readers bring every type a file can hold down to one of these, and writers choose the type of
/// their version that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// One [`Part::String`](super::Part::String).
    String,
    /// `Count`, then as many `Element`s.
    List,
    /// `Count`, then as many nodes: `Listpack`s of elements, or an `Element` too big for one.
    Quicklist,
    /// `Count`, then as many `Element`s.
    Set,
    /// One `Intset`.
    SetIntset,
    /// One `Listpack` of members.
    SetListpack,
    /// `Count`, then as many `Member`s.
    SortedSet,
    /// One `Listpack` of members and scores, in the order of the scores.
    SortedSetListpack,
    /// `Count`, then as many `Field`s, none of which expires.
    Hash,
    /// One `Listpack` of fields and values.
    HashListpack,
    /// The same, from a time with no bound on the length of what such a hash holds.
    HashZipmap,
    /// `Count`, then as many `Field`s, some of which expire.
    HashExpiring,
    /// One `Listpack` of fields, values and times of expiry in milliseconds, 0 for never, in the
    /// order of the times with those that never expire last.
    HashListpackExpiring,
    /// The parts of [`StreamPart`](super::StreamPart).
    Stream,
    /// The parts of [`ArrayPart`](super::ArrayPart).
    Array,
    /// The parts of [`ModulePart`](super::ModulePart).
    Module,
}

impl Encoding {
    /// What a value of this encoding is to its users.
    pub fn kind(self) -> Kind {
        match self {
            Self::String => Kind::String,
            Self::List | Self::Quicklist => Kind::List,
            Self::Set | Self::SetIntset | Self::SetListpack => Kind::Set,
            Self::SortedSet | Self::SortedSetListpack => Kind::SortedSet,
            Self::Hash
            | Self::HashListpack
            | Self::HashZipmap
            | Self::HashExpiring
            | Self::HashListpackExpiring => Kind::Hash,
            Self::Stream => Kind::Stream,
            Self::Array => Kind::Array,
            Self::Module => Kind::Module,
        }
    }

    /// True when a `Count` comes first, and as many parts as it says after it.
    pub(crate) fn is_counted(self) -> bool {
        match self {
            Self::List
            | Self::Quicklist
            | Self::Set
            | Self::SortedSet
            | Self::Hash
            | Self::HashExpiring => true,
            Self::String
            | Self::SetIntset
            | Self::SetListpack
            | Self::SortedSetListpack
            | Self::HashListpack
            | Self::HashZipmap
            | Self::HashListpackExpiring
            | Self::Stream
            | Self::Array
            | Self::Module => false,
        }
    }
}

/// Declares [`ValueType`] from one row per type: name, code, encoding, text.
macro_rules! value_types {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $encoding:ident, $text:literal;)+) => {
        /// The type of a value as a file numbers it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ValueType {
            $($(#[$doc])* $name,)+
        }

        impl ValueType {
            const ALL: &[Self] = &[$(Self::$name,)+];

            /// The byte that stands for the type.
            pub fn code(self) -> u8 {
                match self { $(Self::$name => $code,)+ }
            }

            /// The encoding that a reader brings values of this type down to.
            pub fn encoding(self) -> Encoding {
                match self { $(Self::$name => Encoding::$encoding,)+ }
            }

            /// What the type is, for people: `hash as ziplist`.
            pub fn describe(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

value_types! {
    /// A string.
    String = 0, String, "string";
    /// A list, element by element.
    List = 1, List, "list";
    /// A set, member by member.
    Set = 2, Set, "set";
    /// A sorted set with scores as text.
    SortedSetText = 3, SortedSet, "sorted set with scores as text";
    /// A hash, field by field.
    Hash = 4, Hash, "hash";
    /// A sorted set with binary scores.
    SortedSet = 5, SortedSet, "sorted set";
    /// A value of a module in the format of release candidates, which only the module can read.
    ModulePreRelease = 6, Module, "module value of a pre-release format";
    /// A value of a module.
    Module = 7, Module, "module value";
    /// A small hash of Redis before 2.6.
    HashZipmap = 9, HashZipmap, "hash as zipmap";
    /// A small list of Redis before 3.2.
    ListZiplist = 10, Quicklist, "list as ziplist";
    /// A small set of integers.
    SetIntset = 11, SetIntset, "set as intset";
    /// A small sorted set of Redis before 7.
    SortedSetZiplist = 12, SortedSetListpack, "sorted set as ziplist";
    /// A small hash of Redis before 7.
    HashZiplist = 13, HashListpack, "hash as ziplist";
    /// A list of Redis 3.2 to 6.2.
    QuicklistZiplists = 14, Quicklist, "quicklist of ziplists";
    /// A stream of Redis 5 and 6.
    Stream1 = 15, Stream, "stream";
    /// A small hash.
    HashListpack = 16, HashListpack, "hash as listpack";
    /// A small sorted set.
    SortedSetListpack = 17, SortedSetListpack, "sorted set as listpack";
    /// A list.
    Quicklist = 18, Quicklist, "quicklist";
    /// A stream of Redis 7.0: with counters.
    Stream2 = 19, Stream, "stream of version 2";
    /// A small set.
    SetListpack = 20, SetListpack, "set as listpack";
    /// A stream of Redis 7.2: with the active time of consumers.
    Stream3 = 21, Stream, "stream of version 3";
    /// A hash with expiring fields, of the release candidates of Redis 7.4.
    HashExpiringPreRelease = 22, HashExpiring, "hash with expiring fields, pre-release";
    /// The same as a listpack.
    HashListpackExpiringPreRelease = 23, HashListpackExpiring,
        "hash with expiring fields as listpack, pre-release";
    /// A hash with expiring fields.
    HashExpiring = 24, HashExpiring, "hash with expiring fields";
    /// A small hash with expiring fields.
    HashListpackExpiring = 25, HashListpackExpiring, "hash with expiring fields as listpack";
    /// A stream of Redis 8.6: with idempotent producers.
    Stream4 = 26, Stream, "stream of version 4";
    /// A stream of Redis 8.8: with entries that were handed back.
    Stream5 = 27, Stream, "stream of version 5";
    /// An array of Redis 8.8.
    Array = 28, Array, "array";
    /// A hash with expiring fields, of Valkey 9.
    HashExpiringValkey = 22, HashExpiring, "hash with expiring fields, of Valkey";
}

/// The first code that the families number each for themselves.
const FAMILY_CODES_MIN: u8 = 22;

impl ValueType {
    /// The type that `code` stands for in files of `family`; `None` when it has no meaning there.
    pub fn from_code(code: u8, family: Family) -> Option<Self> {
        Self::ALL.iter().copied().find(|value_type| {
            value_type.code() == code && (code < FAMILY_CODES_MIN || value_type.family() == family)
        })
    }

    /// The family that numbers the type so; those below [`FAMILY_CODES_MIN`] are common to both.
    fn family(self) -> Family {
        match self {
            Self::HashExpiringValkey => Family::Valkey,
            _ => Family::Redis,
        }
    }
}

impl ValueType {
    /// What released servers call the structure that holds a small value or a part of a large one, if one does.
    pub(super) fn compact_form(self) -> Option<&'static str> {
        Some(match self {
            Self::HashZipmap => "Zipmap",
            Self::ListZiplist => "List ziplist",
            Self::QuicklistZiplists => "Ziplist",
            Self::Quicklist => "Listpack",
            Self::SetIntset => "Intset",
            Self::SetListpack => "Set listpack",
            Self::SortedSetZiplist => "Zset ziplist",
            Self::SortedSetListpack => "Zset listpack",
            Self::HashZiplist => "Hash ziplist",
            Self::HashListpack | Self::HashListpackExpiring => "Hash listpack",
            Self::Stream1 | Self::Stream2 | Self::Stream3 => "Stream listpack",
            _ => return None,
        })
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.describe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_number_their_types_differently() {
        for code in 0..=28 {
            let known = ValueType::from_code(code, Family::Redis).map(ValueType::code);
            assert_eq!(known, (code != 8).then_some(code));
        }
        let of = ValueType::from_code;
        assert_eq!(
            of(22, Family::Redis),
            Some(ValueType::HashExpiringPreRelease)
        );
        assert_eq!(of(22, Family::Valkey), Some(ValueType::HashExpiringValkey));
        assert_eq!(of(24, Family::Valkey), None);
        assert_eq!(of(29, Family::Redis), None);
    }
}
