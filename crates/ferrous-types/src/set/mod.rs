//! A set of byte strings.
//!
//! In place it only widens, intset to listpack to hashtable: clients see the encoding through
//! `OBJECT ENCODING`, and a set that shrank tends to grow back. When it widens is as in Redis 7.2
//! and Valkey.
//!
//! Costs: lookup, insertion and removal O(1) as a hashtable, O(log n) to find and O(n) bytes to move
//! as an intset, O(n) as a listpack.

mod limits;
mod random;
mod view;

use crate::element::Element;
use crate::hash::Seed;
use crate::intset::IntSet;
use crate::listpack::Listpack;
use crate::number::parse_canonical_int;
use crate::record::Record;
use crate::table::{Slot, Table};
use crate::word::{Boxed, Either, OneOf, Word};

pub use limits::SetLimits;
pub use view::{Iter, SetRepr};

/// A set of byte strings. See the module's description.
#[derive(Clone)]
#[repr(transparent)]
pub struct Set(OneOf<Small, Boxed<Members>>);

type Small = OneOf<IntSet, Listpack>;

#[allow(unsafe_code, reason = "a set is one pointer")]
// SAFETY: it is what its only field is.
unsafe impl Word for Set {
    const TAGS: u8 = OneOf::<Small, Boxed<Members>>::TAGS;
}

/// What a set is.
enum Repr<'a> {
    /// Every member is a canonical decimal `i64`: "07" and "+7" are members in their own right.
    Ints(&'a IntSet),
    /// Few and short members.
    Packed(&'a Listpack),
    Hashed(&'a Members),
}

/// What a set is, to be changed.
enum ReprMut<'a> {
    Ints(&'a mut IntSet),
    Packed(&'a mut Listpack),
    Hashed(&'a mut Members),
}

/// The members as a hashtable, and what they are hashed with.
struct Members {
    table: Table<Record>,
    seed: Seed,
}

impl Clone for Members {
    fn clone(&self) -> Self {
        Self {
            table: self.table.duplicate(|member| Record::from_parts(&[member])),
            seed: self.seed,
        }
    }
}

impl Members {
    fn with_capacity(count: usize, seed: Seed) -> Self {
        Self {
            table: Table::with_capacity(count),
            seed,
        }
    }

    fn contains(&self, member: &[u8]) -> bool {
        self.table
            .find(self.seed.hash(member), |other| other == member)
            .is_some()
    }

    fn insert(&mut self, member: &[u8]) -> bool {
        match self
            .table
            .slot(self.seed.hash(member), |other| other == member)
        {
            Slot::Occupied(_) => false,
            Slot::Vacant(vacant) => {
                vacant.insert(Record::from_parts(&[member]));
                true
            }
        }
    }

    fn remove(&mut self, member: &[u8]) -> bool {
        self.table
            .remove(self.seed.hash(member), |other| other == member)
            .is_some()
    }
}

impl Set {
    /// An empty set that begins as an intset.
    pub fn new() -> Self {
        Self::of_ints(IntSet::new())
    }

    /// An empty set that begins as a listpack, which [`unpack_ints`](Self::unpack_ints) may turn
    /// into an intset in the end.
    pub fn new_packed() -> Self {
        Self::of_list(Listpack::new())
    }

    /// An empty set that begins as a hashtable, with room for about `count` members.
    pub fn with_capacity(count: usize, seed: Seed) -> Self {
        Self(OneOf::second(Boxed::new(Members::with_capacity(
            count, seed,
        ))))
    }

    /// Gives back the room for members that did not come. O(n).
    pub fn fit(&mut self) {
        if let ReprMut::Hashed(members) = self.view_mut() {
            members.table.fit();
        }
    }

    fn of_ints(ints: IntSet) -> Self {
        Self(OneOf::first(OneOf::first(ints)))
    }

    fn of_list(list: Listpack) -> Self {
        Self(OneOf::first(OneOf::second(list)))
    }

    #[inline]
    fn view(&self) -> Repr<'_> {
        match self.0.view() {
            Either::First(small) => match small.view() {
                Either::First(ints) => Repr::Ints(ints),
                Either::Second(list) => Repr::Packed(list),
            },
            Either::Second(members) => Repr::Hashed(members),
        }
    }

    #[inline]
    fn view_mut(&mut self) -> ReprMut<'_> {
        match self.0.view_mut() {
            Either::First(small) => match small.view_mut() {
                Either::First(ints) => ReprMut::Ints(ints),
                Either::Second(list) => ReprMut::Packed(list),
            },
            Either::Second(members) => ReprMut::Hashed(members),
        }
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        match self.view() {
            Repr::Ints(ints) => ints.len(),
            Repr::Packed(list) => list.len(),
            Repr::Hashed(members) => members.table.len(),
        }
    }

    /// True when there is no member.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What `OBJECT ENCODING` says.
    pub fn encoding(&self) -> &'static str {
        match self.view() {
            Repr::Ints(_) => "intset",
            Repr::Packed(_) => "listpack",
            Repr::Hashed(_) => "hashtable",
        }
    }

    /// True when `member` is present.
    pub fn contains(&self, member: &[u8]) -> bool {
        match self.view() {
            Repr::Ints(ints) => parse_canonical_int(member).is_some_and(|int| ints.contains(int)),
            Repr::Packed(list) => list.find(member, 0).is_some(),
            Repr::Hashed(members) => members.contains(member),
        }
    }

    /// Adds all of `members` with the encoding that so many call for; returns how many were absent.
    ///
    /// Before anything is added, the encoding of an empty set is chosen by the first of them and by
    /// how many they are, and a set that so many members alone would outgrow is widened.
    pub fn insert_all<'a, I>(&mut self, members: I, limits: &SetLimits, seed: Seed) -> usize
    where
        I: IntoIterator<Item = &'a [u8], IntoIter: ExactSizeIterator>,
    {
        let mut members = members.into_iter().peekable();
        let Some(&first) = members.peek() else {
            return 0;
        };
        self.prepare_for(members.len(), first, limits, seed);
        members
            .filter(|member| self.insert(member, limits, seed))
            .count()
    }

    /// Adds `member`; false when it is present already. `seed` is for a set that becomes a
    /// hashtable by this.
    pub fn insert(&mut self, member: &[u8], limits: &SetLimits, seed: Seed) -> bool {
        match self.view_mut() {
            ReprMut::Ints(ints) => match parse_canonical_int(member) {
                Some(int) => {
                    let added = ints.insert(int);
                    if ints.len() > limits.ints_max() {
                        self.hash_members(seed);
                    }
                    added
                }
                None => self.insert_among_ints(member, limits, seed),
            },
            ReprMut::Packed(list) => {
                if list.find(member, 0).is_some() {
                    return false;
                }
                if limits.allow_packed(list.len() + 1, member.len()) && list.fits(member.len()) {
                    list.push_back(member);
                    return true;
                }
                self.hash_members(seed).insert(member)
            }
            ReprMut::Hashed(members) => members.insert(member),
        }
    }

    /// Removes `member`; false when it is absent.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match self.view_mut() {
            ReprMut::Ints(ints) => parse_canonical_int(member).is_some_and(|int| ints.remove(int)),
            ReprMut::Packed(list) => {
                let Some(position) = list.find(member, 0) else {
                    return false;
                };
                list.remove(position);
                true
            }
            ReprMut::Hashed(members) => members.remove(member),
        }
    }

    /// Becomes an intset if all members are integers, and not too many.
    pub fn unpack_ints(&mut self, limits: &SetLimits) {
        if !matches!(self.view(), Repr::Ints(_))
            && self.len() <= limits.ints_max()
            && let Some(ints) = self.iter().map(Element::as_int).collect()
        {
            *self = Self::of_ints(ints);
        }
    }

    /// Chooses the encoding for `count` members to come, the first of which is `first`.
    fn prepare_for(&mut self, count: usize, first: &[u8], limits: &SetLimits, seed: Seed) {
        if self.is_empty() && !matches!(self.view(), Repr::Hashed(_)) {
            *self = if parse_canonical_int(first).is_some() && count <= limits.ints_max() {
                Self::new()
            } else {
                Self::new_packed()
            };
        }
        let count_max = match self.view() {
            Repr::Ints(_) => limits.ints_max(),
            Repr::Packed(_) => limits.listpack_entries,
            Repr::Hashed(_) => usize::MAX,
        };
        if count > count_max {
            self.hash_members(seed);
        }
    }

    /// Widens an intset by `member`, which is no integer.
    fn insert_among_ints(&mut self, member: &[u8], limits: &SetLimits, seed: Seed) -> bool {
        let Repr::Ints(ints) = self.view() else {
            unreachable!("callers have just found it to be an intset");
        };
        let ends = [ints.iter().next(), ints.iter().next_back()];
        let widest = ends
            .into_iter()
            .flatten()
            .map(|int| Element::Int(int).byte_len())
            .max();
        let longest = member.len().max(widest.unwrap_or(0));
        if !limits.allow_packed(ints.len() + 1, longest) {
            return self.hash_members(seed).insert(member);
        }
        let mut list: Listpack = ints.iter().map(Element::Int).collect();
        if !list.fits(member.len()) {
            return self.hash_members(seed).insert(member);
        }
        list.push_back(member);
        *self = Self::of_list(list);
        true
    }

    /// Becomes a hashtable.
    fn hash_members(&mut self, seed: Seed) -> &mut Members {
        let mut members = Members::with_capacity(self.len() + 1, seed);
        for member in self.iter() {
            member.with_bytes(|member| members.insert(member));
        }
        self.0 = OneOf::second(Boxed::new(members));
        match self.view_mut() {
            ReprMut::Hashed(members) => members,
            _ => unreachable!("it has just become a hashtable"),
        }
    }
}

impl Default for Set {
    fn default() -> Self {
        Self::new()
    }
}
