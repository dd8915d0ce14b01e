//! From values to parts.

mod stream;

use std::borrow::Cow;

use ferrous_persist::rdb::{Encoding, Part};
use ferrous_types::entry::ValueRef;
use ferrous_types::field_map::HashRepr;
use ferrous_types::list::{ListRepr, NodeView};
use ferrous_types::set::SetRepr;
use ferrous_types::sorted_set::SortedSetRepr;
use ferrous_types::{Element, Hash, List, Listpack, Set, SortedSet, lzf};

use self::stream::StreamPlace;
use crate::keyspace::{Object, ObjectRef};

/// How the parts of a value come.
pub fn encoding(value: &ValueRef<'_, Object>) -> Encoding {
    let ValueRef::Object(object) = value else {
        return Encoding::String;
    };
    match object {
        ObjectRef::List(_) => Encoding::Quicklist,
        ObjectRef::Set(set) => match set.repr() {
            SetRepr::Ints(_) => Encoding::SetIntset,
            SetRepr::Packed(_) => Encoding::SetListpack,
            SetRepr::Hashed(_) => Encoding::Set,
        },
        ObjectRef::Hash(hash) => match hash.repr() {
            HashRepr::Packed(_) => Encoding::HashListpack,
            HashRepr::Hashed(_) if hash.has_expiries() => Encoding::HashExpiring,
            HashRepr::Hashed(_) => Encoding::Hash,
        },
        ObjectRef::SortedSet(set) => match set.repr() {
            SortedSetRepr::Packed(_) => Encoding::SortedSetListpack,
            SortedSetRepr::Entries(_) => Encoding::SortedSet,
        },
        ObjectRef::Stream(_) => Encoding::Stream,
    }
}

/// Gives all parts of a value to `take`, in order.
///
/// # Errors
/// The first one of `take`.
pub fn save<E>(
    value: &ValueRef<'_, Object>,
    take: impl FnMut(&Part<'_>) -> Result<(), E>,
) -> Result<(), E> {
    Saver::new().save(value, usize::MAX, take).map(drop)
}

/// Gives the parts of one value, in as many goes as the caller likes.
///
/// It holds no reference to the value, only its place in it, so whatever guards the value can be let go between two goes.
/// The value must not change meanwhile: who is about to change it has the rest saved first.
#[derive(Debug, Default)]
pub struct Saver(Place);

/// What comes next.
#[derive(Debug, Default)]
enum Place {
    #[default]
    Start,
    /// The node of a list.
    Node(usize),
    /// The part of a hash table from a cursor on.
    Cursor(u64),
    /// The member of a sorted set.
    Rank(usize),
    Stream(StreamPlace),
    Done,
}

impl Saver {
    /// At the start of a value.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the next parts of `value` to `take`, about `budget` bytes of them and at least one; true when these were
    /// the last. O(bytes given), and O(log n) to find the place.
    ///
    /// # Errors
    /// The first one of `take`, after which the value cannot be gone on with.
    pub fn save<E>(
        &mut self,
        value: &ValueRef<'_, Object>,
        budget: usize,
        take: impl FnMut(&Part<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let mut sink = Sink { take, left: budget };
        loop {
            self.0 = match (std::mem::replace(&mut self.0, Place::Done), value) {
                (Place::Done, _) => return Ok(true),
                (_, ValueRef::Int(int)) => sink.last(&Part::String(Element::Int(*int)))?,
                (_, ValueRef::Bytes(bytes)) => sink.last(&Part::String(Element::Bytes(bytes)))?,
                (place, ValueRef::Object(object)) => place.next(*object, &mut sink)?,
            };
            if sink.left == 0 {
                return Ok(matches!(self.0, Place::Done));
            }
        }
    }
}

impl Place {
    /// Gives what comes next, at least one part unless the value is over; returns what comes after that.
    fn next<E, F>(self, object: ObjectRef<'_>, sink: &mut Sink<F>) -> Result<Self, E>
    where
        F: FnMut(&Part<'_>) -> Result<(), E>,
    {
        match object {
            ObjectRef::List(list) => self.next_of_list(list, sink),
            ObjectRef::Set(set) => self.next_of_set(set, sink),
            ObjectRef::Hash(hash) => self.next_of_hash(hash, sink),
            ObjectRef::SortedSet(set) => self.next_of_sorted_set(set, sink),
            ObjectRef::Stream(stream) => {
                let place = match self {
                    Self::Stream(place) => place,
                    _ => StreamPlace::default(),
                };
                let next = place.next(stream, sink)?;
                Ok(next.map_or(Self::Done, Self::Stream))
            }
        }
    }

    fn next_of_list<E, F>(self, list: &List, sink: &mut Sink<F>) -> Result<Self, E>
    where
        F: FnMut(&Part<'_>) -> Result<(), E>,
    {
        match (list.repr(), self) {
            (ListRepr::Packed(listpack), _) => {
                sink.give(&Part::Count(1))?;
                sink.last(&Part::Listpack(Cow::Borrowed(listpack)))
            }
            (ListRepr::Nodes(mut nodes), Self::Node(index)) => {
                for (index, node) in (index..).zip(nodes.by_ref().skip(index)) {
                    if sink.left == 0 {
                        return Ok(Self::Node(index));
                    }
                    give_node(&node, sink)?;
                }
                Ok(Self::Done)
            }
            (ListRepr::Nodes(nodes), _) => {
                sink.give(&Part::Count(nodes.len() as u64))?;
                Ok(Self::Node(0))
            }
        }
    }

    fn next_of_set<E, F>(self, set: &Set, sink: &mut Sink<F>) -> Result<Self, E>
    where
        F: FnMut(&Part<'_>) -> Result<(), E>,
    {
        match (set.repr(), self) {
            (SetRepr::Ints(ints), _) => sink.last(&Part::Intset(Cow::Borrowed(ints))),
            (SetRepr::Packed(list), _) => sink.last(&Part::Listpack(Cow::Borrowed(list))),
            (SetRepr::Hashed(_), Self::Cursor(cursor)) => sink.scan(|result, sink| {
                set.scan(cursor, |member| {
                    sink.give_unless_failed(result, || Part::Element(member));
                })
            }),
            (SetRepr::Hashed(_), _) => {
                sink.give(&Part::Count(set.len() as u64))?;
                Ok(Self::Cursor(0))
            }
        }
    }

    fn next_of_hash<E, F>(self, hash: &Hash, sink: &mut Sink<F>) -> Result<Self, E>
    where
        F: FnMut(&Part<'_>) -> Result<(), E>,
    {
        match (hash.repr(), self) {
            (HashRepr::Packed(list), _) => sink.last(&Part::Listpack(Cow::Borrowed(list))),
            // The beginning of time: what has expired and is still there was counted, too.
            (HashRepr::Hashed(_), Self::Cursor(cursor)) => sink.scan(|result, sink| {
                hash.scan(cursor, i64::MIN, |field| {
                    sink.give_unless_failed(result, || Part::Field {
                        name: field.name,
                        value: field.value,
                        expire_at_ms: field.expires_at_ms,
                    });
                })
            }),
            (HashRepr::Hashed(_), _) => {
                sink.give(&Part::Count(hash.len() as u64))?;
                Ok(Self::Cursor(0))
            }
        }
    }

    fn next_of_sorted_set<E, F>(self, set: &SortedSet, sink: &mut Sink<F>) -> Result<Self, E>
    where
        F: FnMut(&Part<'_>) -> Result<(), E>,
    {
        match (set.repr(), self) {
            (SortedSetRepr::Packed(list), _) => sink.last(&Part::Listpack(Cow::Borrowed(list))),
            (SortedSetRepr::Entries(_), Self::Rank(rank)) => {
                for (rank, entry) in (rank..).zip(set.range(rank..set.len())) {
                    if sink.left == 0 {
                        return Ok(Self::Rank(rank));
                    }
                    let (member, score) = (entry.member, entry.score);
                    sink.give(&Part::Member { member, score })?;
                }
                Ok(Self::Done)
            }
            (SortedSetRepr::Entries(_), _) => {
                sink.give(&Part::Count(set.len() as u64))?;
                Ok(Self::Rank(0))
            }
        }
    }
}

fn give_node<E, F>(node: &NodeView<'_>, sink: &mut Sink<F>) -> Result<(), E>
where
    F: FnMut(&Part<'_>) -> Result<(), E>,
{
    match *node {
        NodeView::Packed(list) => sink.give(&Part::Listpack(Cow::Borrowed(list))),
        NodeView::Plain(element) => sink.give(&Part::Element(Element::Bytes(element))),
        NodeView::Compressed { len, stream } => {
            let list = lzf::decompress(stream, len)
                .ok()
                .and_then(|bytes| Listpack::from_bytes(&bytes).ok())
                .expect("what a list compressed expands to a listpack again");
            sink.give(&Part::Listpack(Cow::Owned(list)))
        }
    }
}

/// Takes parts, and counts what they come to.
struct Sink<F> {
    take: F,
    /// Bytes that are still wanted.
    left: usize,
}

impl<F> Sink<F> {
    fn give<E>(&mut self, part: &Part<'_>) -> Result<(), E>
    where
        F: FnMut(&Part<'_>) -> Result<(), E>,
    {
        self.left = self.left.saturating_sub(bytes_of(part));
        (self.take)(part)
    }

    /// Gives the last part of a value.
    fn last<E>(&mut self, part: &Part<'_>) -> Result<Place, E>
    where
        F: FnMut(&Part<'_>) -> Result<(), E>,
    {
        self.give(part).map(|()| Place::Done)
    }

    fn give_unless_failed<'p, E>(
        &mut self,
        result: &mut Result<(), E>,
        part: impl FnOnce() -> Part<'p>,
    ) where
        F: FnMut(&Part<'_>) -> Result<(), E>,
    {
        if result.is_ok() {
            *result = self.give(&part());
        }
    }

    /// Gives what one step of a scan visits; the scan itself cannot be stopped by an error.
    fn scan<E>(
        &mut self,
        step: impl FnOnce(&mut Result<(), E>, &mut Self) -> u64,
    ) -> Result<Place, E> {
        let mut result = Ok(());
        let cursor = step(&mut result, self);
        result.map(|()| match cursor {
            0 => Place::Done,
            cursor => Place::Cursor(cursor),
        })
    }
}

/// About how many bytes a part comes to, and never 0.
fn bytes_of(part: &Part<'_>) -> usize {
    let element = |element: &Element<'_>| match element {
        Element::Int(_) => size_of::<i64>(),
        Element::Bytes(bytes) => bytes.len() + 1,
    };
    match part {
        Part::String(text) | Part::Element(text) | Part::Member { member: text, .. } => {
            element(text)
        }
        Part::Field { name, value, .. } => element(name) + element(value),
        Part::Listpack(list) => list.byte_len(),
        Part::Intset(ints) => ints.heap_bytes() + 1,
        Part::Stream(part) => stream::bytes_of(part),
        Part::Count(_) | Part::Array(_) | Part::Module(_) => size_of::<u64>(),
    }
}
