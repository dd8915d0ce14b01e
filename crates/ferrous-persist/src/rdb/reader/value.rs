//! Values: what a type byte and the bytes behind it come down to, part by part.

use std::borrow::Cow;
use std::io::Read;

use ferrous_types::Listpack;
use ferrous_types::intset::IntSet;

use super::array::ArrayDecoder;
use super::module;
use super::stream::StreamDecoder;
use crate::rdb::check::{self, REDIS_EXPIRY_MS_MAX, Validation};
use crate::rdb::error::{CollectionError, RdbError, Reason};
use crate::rdb::event::{ModuleId, ModulePart, Part};
use crate::rdb::legacy::{ziplist_to_listpack, zipmap_to_listpack};
use crate::rdb::source::{Source, Text};
use crate::rdb::value_type::ValueType;

/// Where the decoding of a value is.
#[derive(Debug)]
pub(crate) struct ValueDecoder {
    stage: Stage,
    validation: Validation,
}

#[derive(Debug)]
enum Stage {
    /// The value is over.
    Done,
    /// A string is all there is.
    String,
    /// A compact encoding is all there is.
    Compact(Compact),
    /// A count comes next, and items after it.
    Count(Item),
    /// One item comes next, uncounted.
    Single(Item),
    /// So many items come next.
    Items(Item, u64),
    Stream(Box<StreamDecoder>),
    Array(ArrayDecoder),
    /// A module's type comes next, and its data after it.
    ModuleType,
    ModuleData,
}

/// A string whose content is a collection.
#[derive(Debug, Clone, Copy)]
enum Compact {
    Set,
    Intset,
    Hash,
    HashZiplist,
    HashZipmap,
    /// With times of expiry, behind the earliest of them or without it.
    ExpiringHash {
        has_earliest: bool,
    },
    SortedSet,
    SortedSetZiplist,
}

/// What a collection that is counted consists of.
#[derive(Debug, Clone, Copy)]
enum Item {
    Element,
    Field,
    /// A time of expiry, a field and a value.
    ExpiringField(Expiry),
    /// A field, a value and a time of expiry.
    FieldExpiring,
    Member,
    MemberText,
    /// A ziplist.
    NodeZiplist,
    /// The kind of node, and a listpack or an element.
    Node,
}

/// How times of expiry are told.
#[derive(Debug, Clone, Copy)]
enum Expiry {
    Absolute,
    /// The earliest comes first.
    RelativeTo,
    /// To the earliest, one more than the difference.
    Relative(u64),
}

impl ValueDecoder {
    /// A decoder of nothing.
    pub(crate) fn done(validation: Validation) -> Self {
        Self {
            stage: Stage::Done,
            validation,
        }
    }

    /// A decoder of the value of `value_type` that comes next.
    pub(crate) fn new(value_type: ValueType, validation: Validation) -> Self {
        Self {
            stage: Stage::new(value_type, validation),
            validation,
        }
    }

    /// A decoder of a module's data that belongs to no key.
    pub(crate) fn module_data(validation: Validation) -> Self {
        Self {
            stage: Stage::ModuleData,
            validation,
        }
    }

    /// True when no part is left.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done | Stage::Items(_, 0))
    }

    /// The next part, `None` after the last one.
    pub(crate) fn next<'s, R: Read>(
        &mut self,
        source: &'s mut Source<R>,
    ) -> Result<Option<Part<'s>>, RdbError> {
        source.release();
        match &mut self.stage {
            Stage::Done | Stage::Items(_, 0) => Ok(None),
            Stage::String => {
                self.stage = Stage::Done;
                let text = source.text()?;
                Ok(Some(Part::String(source.element(text))))
            }
            &mut Stage::Compact(compact) => {
                self.stage = Stage::Done;
                compact.read(source, self.validation).map(Some)
            }
            &mut Stage::Count(item) => {
                let item = item.begin(source)?;
                let count = source.length()?;
                self.stage = Stage::Items(item, count);
                Ok(Some(Part::Count(count)))
            }
            &mut Stage::Single(item) => {
                self.stage = Stage::Items(item, 1);
                Ok(Some(Part::Count(1)))
            }
            Stage::Items(item, left) => {
                *left -= 1;
                item.read(source).map(Some)
            }
            Stage::Stream(stream) => Ok(stream.next(source)?.map(Part::Stream)),
            Stage::Array(array) => Ok(array.next(source)?.map(Part::Array)),
            Stage::ModuleType => {
                self.stage = Stage::ModuleData;
                let module = ModuleId(source.length()?);
                Ok(Some(Part::Module(ModulePart::Type(module))))
            }
            Stage::ModuleData => {
                let part = module::next(source)?;
                if part.is_none() {
                    self.stage = Stage::Done;
                }
                Ok(part.map(Part::Module))
            }
        }
    }

    /// Passes over what is left of the value.
    pub(crate) fn skip<R: Read>(&mut self, source: &mut Source<R>) -> Result<(), RdbError> {
        source.set_skipping(true);
        while !self.is_done() && self.next(source)?.is_some() {}
        self.stage = Stage::Done;
        source.set_skipping(false);
        source.release();
        Ok(())
    }
}

impl Stage {
    fn new(value_type: ValueType, validation: Validation) -> Self {
        let expiring = |expiry| Self::Count(Item::ExpiringField(expiry));
        let stream = |revision| Self::Stream(Box::new(StreamDecoder::new(revision, validation)));
        match value_type {
            ValueType::String => Self::String,
            ValueType::List | ValueType::Set => Self::Count(Item::Element),
            ValueType::SortedSetText => Self::Count(Item::MemberText),
            ValueType::SortedSet => Self::Count(Item::Member),
            ValueType::Hash => Self::Count(Item::Field),
            ValueType::HashZipmap => Self::Compact(Compact::HashZipmap),
            ValueType::ListZiplist => Self::Single(Item::NodeZiplist),
            ValueType::SetIntset => Self::Compact(Compact::Intset),
            ValueType::SortedSetZiplist => Self::Compact(Compact::SortedSetZiplist),
            ValueType::HashZiplist => Self::Compact(Compact::HashZiplist),
            ValueType::QuicklistZiplists => Self::Count(Item::NodeZiplist),
            ValueType::HashListpack => Self::Compact(Compact::Hash),
            ValueType::SortedSetListpack => Self::Compact(Compact::SortedSet),
            ValueType::Quicklist => Self::Count(Item::Node),
            ValueType::SetListpack => Self::Compact(Compact::Set),
            ValueType::HashExpiringPreRelease => expiring(Expiry::Absolute),
            ValueType::HashExpiring => expiring(Expiry::RelativeTo),
            ValueType::HashExpiringValkey => Self::Count(Item::FieldExpiring),
            ValueType::HashListpackExpiringPreRelease => Self::Compact(Compact::ExpiringHash {
                has_earliest: false,
            }),
            ValueType::HashListpackExpiring => {
                Self::Compact(Compact::ExpiringHash { has_earliest: true })
            }
            ValueType::Stream1 => stream(1),
            ValueType::Stream2 => stream(2),
            ValueType::Stream3 => stream(3),
            ValueType::Stream4 => stream(4),
            ValueType::Stream5 => stream(5),
            ValueType::Array => Self::Array(ArrayDecoder::default()),
            ValueType::Module | ValueType::ModulePreRelease => Self::ModuleType,
        }
    }
}

impl Compact {
    fn read<R: Read>(
        self,
        source: &mut Source<R>,
        validation: Validation,
    ) -> Result<Part<'_>, RdbError> {
        if let Self::ExpiringHash { has_earliest: true } = self {
            // It is there to be told without looking inside, which happens here anyhow.
            source.i64_le()?;
        }
        let text = source.bytes()?;
        if source.is_skipping() {
            return Ok(Part::String(source.element(text)));
        }
        let part = self.decode(source.slice(text), validation);
        source.check(part)
    }

    fn decode<'a>(self, bytes: &[u8], validation: Validation) -> Result<Part<'a>, Reason> {
        let listpack = match self {
            Self::Intset => return Ok(Part::Intset(Cow::Owned(IntSet::from_bytes(bytes)?))),
            Self::HashZiplist | Self::SortedSetZiplist => ziplist_to_listpack(bytes)?,
            Self::HashZipmap => zipmap_to_listpack(bytes)?,
            _ => Listpack::from_bytes(bytes)?,
        };
        match self {
            Self::Set => check::set(&listpack, validation),
            Self::SortedSet | Self::SortedSetZiplist => check::sorted_set(&listpack, validation),
            Self::ExpiringHash { .. } => check::expiring_hash(&listpack, validation),
            _ => check::hash(&listpack, validation),
        }?;
        Ok(Part::Listpack(Cow::Owned(listpack)))
    }
}

impl Item {
    /// Reads what comes before the count.
    fn begin<R: Read>(self, source: &mut Source<R>) -> Result<Self, RdbError> {
        Ok(match self {
            Self::ExpiringField(Expiry::RelativeTo) => {
                Self::ExpiringField(Expiry::Relative(source.u64_le()?))
            }
            item => item,
        })
    }

    #[inline]
    fn read<R: Read>(self, source: &mut Source<R>) -> Result<Part<'_>, RdbError> {
        match self {
            Self::Element => {
                let text = source.text()?;
                Ok(Part::Element(source.element(text)))
            }
            Self::Field => {
                let (name, value) = (source.text()?, source.text()?);
                Ok(field(source, name, value, None))
            }
            Self::ExpiringField(expiry) => {
                let expire_at_ms = expiry.read(source)?;
                let (name, value) = (source.text()?, source.text()?);
                Ok(field(source, name, value, expire_at_ms))
            }
            Self::FieldExpiring => {
                let (name, value) = (source.text()?, source.text()?);
                let expire_at_ms = match source.i64_le()? {
                    -1 => None,
                    time => Some(source.check(expiry_within(time as u64, i64::MAX))?),
                };
                Ok(field(source, name, value, expire_at_ms))
            }
            Self::Member => {
                let text = source.text()?;
                let score = source.f64_le()?;
                member(source, text, score)
            }
            Self::MemberText => {
                let text = source.text()?;
                let score = source.f64_text()?.unwrap_or(f64::NAN);
                member(source, text, score)
            }
            Self::NodeZiplist => packed(source, |bytes| Ok(ziplist_to_listpack(bytes)?)),
            Self::Node => match source.length()? {
                CONTAINER_PLAIN => {
                    let text = source.text()?;
                    Ok(Part::Element(source.element(text)))
                }
                CONTAINER_PACKED => packed(source, |bytes| Ok(Listpack::from_bytes(bytes)?)),
                kind => Err(source.error(CollectionError::BadContainer(kind))),
            },
        }
    }
}

/// The kind of a list's node that is one big element.
pub(crate) const CONTAINER_PLAIN: u64 = 1;
/// The kind of a list's node that is a listpack.
pub(crate) const CONTAINER_PACKED: u64 = 2;

impl Expiry {
    fn read<R: Read>(self, source: &mut Source<R>) -> Result<Option<i64>, RdbError> {
        let time = match (source.length()?, self) {
            (0, _) => return Ok(None),
            (after, Self::Relative(earliest)) => earliest.wrapping_add(after - 1),
            (time, _) => time,
        };
        source
            .check(expiry_within(time, REDIS_EXPIRY_MS_MAX))
            .map(Some)
    }
}

fn expiry_within(time: u64, latest: i64) -> Result<i64, Reason> {
    match i64::try_from(time) {
        Ok(time) if time <= latest => Ok(time),
        _ => Err(Reason::OutOfRange {
            what: "a field's time of expiry",
            value: time,
        }),
    }
}

fn field<R: Read>(
    source: &Source<R>,
    name: Text,
    value: Text,
    expire_at_ms: Option<i64>,
) -> Part<'_> {
    Part::Field {
        name: source.element(name),
        value: source.element(value),
        expire_at_ms,
    }
}

fn member<R: Read>(source: &Source<R>, member: Text, score: f64) -> Result<Part<'_>, RdbError> {
    if score.is_nan() {
        return Err(source.error(CollectionError::BadScore));
    }
    Ok(Part::Member {
        member: source.element(member),
        score,
    })
}

/// A node that is a string with a collection in it.
fn packed<R: Read>(
    source: &mut Source<R>,
    decode: impl FnOnce(&[u8]) -> Result<Listpack, Reason>,
) -> Result<Part<'_>, RdbError> {
    let text = source.bytes()?;
    if source.is_skipping() {
        return Ok(Part::Element(source.element(text)));
    }
    let listpack = source.check(decode(source.slice(text)))?;
    Ok(Part::Listpack(Cow::Owned(listpack)))
}
