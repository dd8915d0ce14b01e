//! Values: how a version holds an encoding, and the parts in that form.

use std::io::Write;

use ferrous_types::intset::IntSet;
use ferrous_types::{Element, Listpack};

use super::error::WriteError;
use super::output::Target;
use super::stream::StreamEncoder;
use crate::rdb::check::REDIS_EXPIRY_MS_MAX;
use crate::rdb::event::{ModulePart, Part};
use crate::rdb::legacy::ziplist_from_listpack;
use crate::rdb::reader::module;
use crate::rdb::reader::value::{CONTAINER_PACKED, CONTAINER_PLAIN};
use crate::rdb::value_type::{Encoding, ValueType};
use crate::rdb::version::{Family, Version};

/// Where the encoding of a value is.
#[derive(Debug)]
pub(crate) struct ValueEncoder {
    form: Form,
    /// Whether the count comes next.
    expects_count: bool,
    /// Parts that have to come yet.
    left: u64,
}

/// How parts are written.
#[derive(Debug)]
enum Form {
    /// As they are: a string, an intset, elements, members, fields.
    Plain,
    /// A listpack as it is.
    Listpack,
    /// A listpack as the ziplist of its elements.
    Ziplist,
    /// A listpack element by element.
    Elements,
    /// A listpack behind the earliest time of expiry in it.
    ExpiringListpack,
    /// A listpack of fields, values and times field by field, as Valkey does.
    ExpiringFields,
    /// A time of expiry before each field.
    RedisFields,
    /// A time of expiry behind each field.
    ValkeyFields,
    /// Nodes of a list behind their kind.
    Nodes,
    /// Nodes of a list as ziplists.
    ZiplistNodes,
    Stream(StreamEncoder),
    Module,
}

const INCOMPLETE: &str = "a value ended before all its parts had come";
const NO_PART: &str = "a part does not belong to the value it came for";

impl ValueEncoder {
    /// The encoder of a value, and the type that it is of in files of `version`.
    ///
    /// # Errors
    /// [`WriteError::CannotHold`] when these have no place for it.
    pub(crate) fn new(
        encoding: Encoding,
        version: Version,
    ) -> Result<(Self, ValueType), WriteError> {
        let (value_type, form) =
            Form::choose(encoding, version).map_err(|what| WriteError::CannotHold {
                version,
                what,
                key: Vec::new(),
            })?;
        // A count or the one part there is; of a stream, the count of blocks and the summary.
        let left = match form {
            Form::Module => 0,
            Form::Stream(_) => 2,
            _ => 1,
        };
        let expects_count = encoding.is_counted();
        Ok((
            Self {
                form,
                expects_count,
                left,
            },
            value_type,
        ))
    }

    /// The encoder of a module's data that belongs to no key.
    pub(crate) fn module_data() -> Self {
        Self {
            form: Form::Module,
            expects_count: false,
            left: 0,
        }
    }

    /// The encoder of nothing.
    pub(crate) fn done() -> Self {
        Self {
            form: Form::Plain,
            expects_count: false,
            left: 0,
        }
    }

    /// Writes the next part.
    ///
    /// # Errors
    /// When `target` fails, the part does not belong here, or the version has no place for it.
    #[inline]
    pub(crate) fn part<W: Write>(
        &mut self,
        part: &Part<'_>,
        target: &mut Target<W>,
    ) -> Result<(), WriteError> {
        if let (Form::Stream(stream), Part::Stream(part)) = (&mut self.form, part) {
            self.left = stream.part(part, self.left, target)?;
            return Ok(());
        }
        if let (Form::Module, Part::Module(part)) = (&self.form, part) {
            return module_part(*part, target);
        }
        if let Part::Count(count) = *part
            && std::mem::take(&mut self.expects_count)
        {
            self.left = count;
            return self.form.count(count, target);
        }
        let misplaced = WriteError::Misplaced(NO_PART);
        if self.expects_count {
            return Err(misplaced);
        }
        self.left = self.left.checked_sub(1).ok_or(misplaced)?;
        self.form.part(part, target)
    }

    /// Ends the value.
    ///
    /// # Errors
    /// When `target` fails, or parts are missing.
    pub(crate) fn finish<W: Write>(self, target: &mut Target<W>) -> Result<(), WriteError> {
        match (self.form, self.left) {
            (Form::Module, _) => Ok(target.length(module::END)?),
            (_, 0) => Ok(()),
            _ => Err(WriteError::Misplaced(INCOMPLETE)),
        }
    }
}

impl Form {
    /// The type that holds an encoding in files of a version, and how; or what these cannot hold.
    fn choose(encoding: Encoding, version: Version) -> Result<(ValueType, Self), &'static str> {
        let has_listpacks = version.since(10);
        Ok(match encoding {
            Encoding::String => (ValueType::String, Self::Plain),
            Encoding::List => (ValueType::List, Self::Plain),
            Encoding::Quicklist if has_listpacks => (ValueType::Quicklist, Self::Nodes),
            Encoding::Quicklist => (ValueType::QuicklistZiplists, Self::ZiplistNodes),
            Encoding::Set => (ValueType::Set, Self::Plain),
            Encoding::SetIntset => (ValueType::SetIntset, Self::Plain),
            Encoding::SetListpack if version.since(11) => (ValueType::SetListpack, Self::Listpack),
            Encoding::SetListpack => (ValueType::Set, Self::Elements),
            Encoding::SortedSet => (ValueType::SortedSet, Self::Plain),
            Encoding::SortedSetListpack if has_listpacks => {
                (ValueType::SortedSetListpack, Self::Listpack)
            }
            Encoding::SortedSetListpack => (ValueType::SortedSetZiplist, Self::Ziplist),
            Encoding::Hash => (ValueType::Hash, Self::Plain),
            Encoding::HashListpack | Encoding::HashZipmap if has_listpacks => {
                (ValueType::HashListpack, Self::Listpack)
            }
            Encoding::HashListpack | Encoding::HashZipmap => {
                (ValueType::HashZiplist, Self::Ziplist)
            }
            Encoding::HashExpiring | Encoding::HashListpackExpiring => {
                return Self::choose_expiring(encoding, version);
            }
            Encoding::Stream => {
                let stream = StreamEncoder::new(version);
                (stream.value_type(), Self::Stream(stream))
            }
            Encoding::Module => (ValueType::Module, Self::Module),
            Encoding::Array => return Err("an array"),
        })
    }

    fn choose_expiring(
        encoding: Encoding,
        version: Version,
    ) -> Result<(ValueType, Self), &'static str> {
        let is_packed = encoding == Encoding::HashListpackExpiring;
        Ok(match version.family() {
            Family::Redis if !version.since(12) => return Err("fields that expire"),
            Family::Redis if is_packed => (ValueType::HashListpackExpiring, Self::ExpiringListpack),
            Family::Redis => (ValueType::HashExpiring, Self::RedisFields),
            Family::Valkey if is_packed => (ValueType::HashExpiringValkey, Self::ExpiringFields),
            Family::Valkey => (ValueType::HashExpiringValkey, Self::ValkeyFields),
        })
    }

    fn count<W: Write>(&self, count: u64, target: &mut Target<W>) -> Result<(), WriteError> {
        if matches!(self, Self::RedisFields) {
            // Times are relative to the earliest, which is not known yet: 0 makes them absolute.
            target.raw(&0_u64.to_le_bytes())?;
        }
        Ok(target.length(count)?)
    }

    fn part<W: Write>(&self, part: &Part<'_>, target: &mut Target<W>) -> Result<(), WriteError> {
        match (self, part) {
            (Self::Nodes, Part::Element(element)) => {
                target.length(CONTAINER_PLAIN)?;
                target.element(*element)?;
            }
            (Self::Nodes, Part::Listpack(node)) => {
                target.length(CONTAINER_PACKED)?;
                target.string(node.as_bytes())?;
            }
            (Self::ZiplistNodes, Part::Element(element)) => {
                let mut node = Listpack::new();
                node.push_back(*element);
                ziplist(&node, target)?;
            }
            (Self::Plain, Part::String(element) | Part::Element(element)) => {
                target.element(*element)?;
            }
            (Self::Plain, Part::Intset(ints)) => intset(ints, target)?,
            (Self::Plain, Part::Member { member, score }) => {
                target.element(*member)?;
                target.raw(&score.to_le_bytes())?;
            }
            (
                _,
                Part::Field {
                    name,
                    value,
                    expire_at_ms,
                },
            ) => {
                self.field(*name, *value, *expire_at_ms, target)?;
            }
            (_, Part::Listpack(listpack)) => self.listpack(listpack, target)?,
            _ => return Err(WriteError::Misplaced(NO_PART)),
        }
        Ok(())
    }

    fn field<W: Write>(
        &self,
        name: Element<'_>,
        value: Element<'_>,
        expire_at_ms: Option<i64>,
        target: &mut Target<W>,
    ) -> Result<(), WriteError> {
        match (self, expire_at_ms) {
            (Self::Plain, None) | (Self::ValkeyFields | Self::ExpiringFields, _) => {}
            (Self::RedisFields, time) => {
                let time = time.map(redis_time).transpose()?;
                target.length(time.map_or(0, |time| time + 1))?;
            }
            _ => return Err(WriteError::Misplaced(NO_PART)),
        }
        target.element(name)?;
        target.element(value)?;
        if matches!(self, Self::ValkeyFields | Self::ExpiringFields) {
            target.raw(&expire_at_ms.unwrap_or(-1).to_le_bytes())?;
        }
        Ok(())
    }

    fn listpack<W: Write>(
        &self,
        listpack: &Listpack,
        target: &mut Target<W>,
    ) -> Result<(), WriteError> {
        match self {
            Self::Listpack => target.string(listpack.as_bytes())?,
            Self::Ziplist | Self::ZiplistNodes => ziplist(listpack, target)?,
            Self::Elements => {
                target.length(listpack.len() as u64)?;
                listpack
                    .iter()
                    .try_for_each(|element| target.element(element))?;
            }
            Self::ExpiringListpack => {
                let times = listpack
                    .iter()
                    .skip(2)
                    .step_by(3)
                    .filter_map(Element::as_int);
                let times = times.filter(|&time| time != 0).map(redis_time);
                let times = times.collect::<Result<Vec<_>, _>>()?;
                let earliest = times.into_iter().min().unwrap_or(0);
                target.raw(&earliest.to_le_bytes())?;
                target.string(listpack.as_bytes())?;
            }
            Self::ExpiringFields => self.expiring_fields(listpack, target)?,
            _ => return Err(WriteError::Misplaced(NO_PART)),
        }
        Ok(())
    }

    fn expiring_fields<W: Write>(
        &self,
        listpack: &Listpack,
        target: &mut Target<W>,
    ) -> Result<(), WriteError> {
        target.length(listpack.len() as u64 / 3)?;
        let mut elements = listpack.iter();
        while let (Some(name), Some(value), Some(time)) =
            (elements.next(), elements.next(), elements.next())
        {
            self.field(name, value, time.as_int().filter(|&time| time != 0), target)?;
        }
        Ok(())
    }
}

/// A time at which a field expires, if Redis can tell it: it refuses files with a later one.
fn redis_time(time_ms: i64) -> Result<u64, WriteError> {
    let told = Some(time_ms).filter(|time| (0..=REDIS_EXPIRY_MS_MAX).contains(time));
    let told = told.map(|time| time as u64);
    told.ok_or_else(|| WriteError::CannotHold {
        version: Version::REDIS_7_4,
        what: "a field that expires after the year 10889",
        key: Vec::new(),
    })
}

fn intset<W: Write>(ints: &IntSet, target: &mut Target<W>) -> Result<(), WriteError> {
    Ok(target.string(&[&ints.header()[..], ints.payload()].concat())?)
}

fn ziplist<W: Write>(listpack: &Listpack, target: &mut Target<W>) -> Result<(), WriteError> {
    let too_big = WriteError::Misplaced("a listpack is too big for a ziplist");
    let ziplist = ziplist_from_listpack(listpack).ok_or(too_big)?;
    Ok(target.string(&ziplist)?)
}

fn module_part<W: Write>(part: ModulePart<'_>, target: &mut Target<W>) -> Result<(), WriteError> {
    match part {
        ModulePart::Type(id) => target.length(id.0)?,
        ModulePart::Signed(int) => {
            target.length(module::SIGNED)?;
            target.length(int as u64)?;
        }
        ModulePart::Unsigned(int) => {
            target.length(module::UNSIGNED)?;
            target.length(int)?;
        }
        ModulePart::Float(float) => {
            target.length(module::FLOAT)?;
            target.raw(&float.to_le_bytes())?;
        }
        ModulePart::Double(double) => {
            target.length(module::DOUBLE)?;
            target.raw(&double.to_le_bytes())?;
        }
        ModulePart::String(string) => {
            target.length(module::STRING)?;
            target.string(string)?;
        }
    }
    Ok(())
}
