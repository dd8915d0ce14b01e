//! From parts to values.

mod stream;

use std::io::Read;

use ferrous_persist::dump::PayloadReader;
use ferrous_persist::rdb::{CollectionError, Encoding, Part, RdbError, RdbReader, Reason};
use ferrous_types::entry::Value;
use ferrous_types::field_map::NewExpiry;
use ferrous_types::hash::Seed;
use ferrous_types::list::{End, ListNode};
use ferrous_types::sorted_set::{AddRules, Added};
use ferrous_types::{Element, Hash, List, Listpack, Set, SortedSet};

use self::stream::StreamLoader;
use crate::keyspace::{Collection, Object, ObjectEntry};
use crate::limits::Limits;

/// Room is made for so many members at most before they come.
const PREPARED_MAX: usize = 1 << 18;

/// A value that was loaded.
pub enum Loaded {
    /// A string.
    Text(Vec<u8>),
    /// A string that spells an integer.
    Int(i64),
    /// Any other value.
    Object(Object),
}

impl Loaded {
    /// An entry of a database that holds the value.
    pub fn into_entry(self, key: &[u8], expire_at_ms: Option<i64>) -> ObjectEntry {
        match self {
            Self::Text(bytes) => ObjectEntry::new(key, Value::string(&bytes), expire_at_ms),
            Self::Int(int) => ObjectEntry::new(key, Value::Int(int), expire_at_ms),
            Self::Object(object) => ObjectEntry::new(key, Value::Object(object), expire_at_ms),
        }
    }

    fn of<T: Collection>(collection: T) -> Option<Self> {
        (!collection.is_spent()).then(|| Self::Object(collection.into()))
    }
}

/// Where the parts of a value come from.
pub trait PartReader {
    /// The next part, `None` at the end of the value.
    ///
    /// # Errors
    /// When the source fails, or holds what the format does not allow.
    fn next_part(&mut self) -> Result<Option<Part<'_>>, RdbError>;

    /// An error about the part that came last.
    fn error(&self, reason: Reason) -> RdbError;
}

impl<R: Read> PartReader for RdbReader<R> {
    fn next_part(&mut self) -> Result<Option<Part<'_>>, RdbError> {
        RdbReader::next_part(self)
    }

    fn error(&self, reason: Reason) -> RdbError {
        RdbReader::error(self, reason)
    }
}

impl PartReader for PayloadReader<'_> {
    fn next_part(&mut self) -> Result<Option<Part<'_>>, RdbError> {
        PayloadReader::next_part(self)
    }

    fn error(&self, reason: Reason) -> RdbError {
        PayloadReader::error(self, reason)
    }
}

/// Reads a whole value; `None` for a collection without elements, which servers of old saved and no keyspace holds.
///
/// # Errors
/// When the source fails, or what it holds is not a value of this encoding.
pub fn load(
    encoding: Encoding,
    parts: &mut impl PartReader,
    limits: &Limits,
    seed: Seed,
) -> Result<Option<Loaded>, RdbError> {
    let mut loader = Loader::new(encoding, limits, seed).map_err(|reason| parts.error(reason))?;
    loop {
        let taken = match parts.next_part()? {
            Some(part) => loader.part(part),
            None => return loader.finish().map_err(|reason| parts.error(reason)),
        };
        taken.map_err(|reason| parts.error(reason))?;
    }
}

/// Makes a value of parts, in the encoding that the limits call for.
///
/// It checks what the commands rely on (nothing twice, what consumers have is pending, and the like) however much the
/// reader has checked before.
pub struct Loader<'l> {
    encoding: Encoding,
    building: Building,
    /// How many elements, members or fields came.
    taken: usize,
    limits: &'l Limits,
    seed: Seed,
}

/// The value so far.
enum Building {
    Nothing,
    Text(Loaded),
    List(List),
    Set(Set),
    Hash(Hash),
    SortedSet(SortedSet),
    Stream(Box<StreamLoader>),
}

/// No field of what is being loaded has expired yet: that is for the keyspace to find out.
const BEFORE_ALL_EXPIRIES: i64 = i64::MIN;

impl<'l> Loader<'l> {
    /// A loader of a value whose parts come as `encoding` says.
    ///
    /// # Errors
    /// When the keyspace has no such values.
    pub fn new(encoding: Encoding, limits: &'l Limits, seed: Seed) -> Result<Self, Reason> {
        let building = match encoding {
            Encoding::String => Building::Nothing,
            Encoding::List | Encoding::Quicklist => Building::List(List::new()),
            Encoding::Set | Encoding::SetIntset | Encoding::SetListpack => {
                Building::Set(Set::new())
            }
            Encoding::SortedSet | Encoding::SortedSetListpack => {
                Building::SortedSet(SortedSet::new())
            }
            Encoding::Hash
            | Encoding::HashListpack
            | Encoding::HashZipmap
            | Encoding::HashExpiring
            | Encoding::HashListpackExpiring => Building::Hash(Hash::new()),
            Encoding::Stream => Building::Stream(Box::default()),
            Encoding::Array => return Err(Reason::Unsupported("an array")),
            Encoding::Module => return Err(Reason::Unsupported("a module's value")),
        };
        Ok(Self {
            encoding,
            building,
            taken: 0,
            limits,
            seed,
        })
    }

    /// Takes the next part.
    ///
    /// # Errors
    /// When the value cannot go on like that.
    pub fn part(&mut self, part: Part<'_>) -> Result<(), Reason> {
        let (limits, seed) = (self.limits, self.seed);
        match (&mut self.building, part) {
            (building @ Building::Nothing, Part::String(text)) => {
                *building = Building::Text(match text {
                    Element::Int(int) => Loaded::Int(int),
                    Element::Bytes(bytes) => Loaded::Text(bytes.to_vec()),
                });
            }
            // What is announced may be a lie, so only the encoding follows from it, and some room.
            (Building::Hash(hash), Part::Count(count)) => {
                hash.prepare_for(
                    usize::try_from(count).unwrap_or(usize::MAX),
                    &limits.hash,
                    seed,
                );
            }
            (Building::Set(set), Part::Count(count)) => {
                let count = usize::try_from(count).unwrap_or(usize::MAX);
                if count > limits.set.compact_max() {
                    *set = Set::with_capacity(count.min(PREPARED_MAX), seed);
                }
            }
            (_, Part::Count(_)) => {}
            (Building::List(_), Part::Element(Element::Bytes([])))
                if self.encoding == Encoding::Quicklist =>
            {
                return Err(CollectionError::EmptyNode.into());
            }
            (Building::List(list), Part::Element(element)) => {
                element.with_bytes(|bytes| list.push(End::Tail, [bytes], limits.list));
            }
            (Building::List(list), Part::Listpack(node)) => {
                list.append_node(ListNode::Packed(node.into_owned()), limits.list);
            }
            (Building::Set(set), Part::Element(member)) => {
                let new = member.with_bytes(|member| set.insert(member, &limits.set, seed));
                return self.count(new);
            }
            (Building::Set(set), Part::Intset(ints)) => {
                *set = Set::from_ints(ints.into_owned(), &limits.set, seed);
            }
            (Building::Set(set), Part::Listpack(list)) => {
                *set = Set::from_listpack(list.into_owned(), &limits.set, seed)?;
            }
            (Building::SortedSet(set), Part::Member { member, score }) => {
                let rules = AddRules::default();
                let added = member
                    .with_bytes(|member| set.add(member, score, rules, limits.sorted_set, seed))
                    .map_err(|_| CollectionError::BadScore)?;
                return self.count(matches!(added, Added::New(_)));
            }
            (Building::SortedSet(set), Part::Listpack(list)) => {
                *set = SortedSet::from_listpack(list.into_owned(), limits.sorted_set, seed)?;
            }
            (
                Building::Hash(_),
                Part::Field {
                    name,
                    value,
                    expire_at_ms,
                },
            ) => {
                return self.field(name, value, expire_at_ms);
            }
            (Building::Hash(_), Part::Listpack(list)) => return self.fields(list.into_owned()),
            (Building::Stream(stream), Part::Stream(part)) => stream.part(part)?,
            _ => return Err(MISPLACED),
        }
        Ok(())
    }

    /// The value; `None` for a collection without elements.
    ///
    /// # Errors
    /// When it is not complete.
    pub fn finish(self) -> Result<Option<Loaded>, Reason> {
        Ok(match self.building {
            Building::Nothing => return Err(Reason::End),
            Building::Text(text) => Some(text),
            Building::List(mut list) => {
                list.finish_loading(self.limits.list);
                Loaded::of(list)
            }
            Building::Set(set) => Loaded::of(set),
            Building::Hash(hash) => Loaded::of(hash),
            Building::SortedSet(set) => Loaded::of(set),
            Building::Stream(stream) => Loaded::of(stream.finish()?),
        })
    }

    /// Counts an element, which must not have been there before.
    fn count(&mut self, is_new: bool) -> Result<(), Reason> {
        if !is_new {
            let index = self.taken;
            return Err(CollectionError::Duplicate { index }.into());
        }
        self.taken += 1;
        Ok(())
    }

    fn field(
        &mut self,
        name: Element<'_>,
        value: Element<'_>,
        expire_at_ms: Option<i64>,
    ) -> Result<(), Reason> {
        let Building::Hash(hash) = &mut self.building else {
            return Err(MISPLACED);
        };
        let expiry = expire_at_ms.map_or(NewExpiry::Never, NewExpiry::At);
        let (now_ms, limits) = (BEFORE_ALL_EXPIRIES, &self.limits.hash);
        let new = name.with_bytes(|name| {
            value.with_bytes(|value| hash.insert(name, value, expiry, now_ms, limits, self.seed))
        });
        self.count(new)
    }

    fn fields(&mut self, list: Listpack) -> Result<(), Reason> {
        match self.encoding {
            Encoding::HashListpackExpiring => self.expiring_fields(&list),
            // Its elements may be longer than those of a listpack may.
            Encoding::HashZipmap => self.short_fields(&list),
            _ => {
                let hash = Hash::from_listpack(list, &self.limits.hash, self.seed)?;
                self.building = Building::Hash(hash);
                Ok(())
            }
        }
    }

    fn expiring_fields(&mut self, list: &Listpack) -> Result<(), Reason> {
        let mut elements = list.iter();
        while let (Some(name), Some(value), Some(time)) =
            (elements.next(), elements.next(), elements.next())
        {
            let time = time.as_int().ok_or(CollectionError::BadExpiry)?;
            self.field(name, value, Some(time).filter(|&time| time != 0))?;
        }
        Ok(())
    }

    fn short_fields(&mut self, list: &Listpack) -> Result<(), Reason> {
        let mut elements = list.iter();
        while let (Some(name), Some(value)) = (elements.next(), elements.next()) {
            self.field(name, value, None)?;
        }
        Ok(())
    }
}

/// A reader gives the parts that the encoding says, so this is for callers that mix them up.
const MISPLACED: Reason = Reason::Unsupported("a part of another type's value");
