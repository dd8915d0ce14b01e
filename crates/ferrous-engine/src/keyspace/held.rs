//! The partitions that a command may touch: locked before it runs, in ascending order, so that no two commands ever
//! wait for each other.

use std::sync::atomic::Ordering::SeqCst;

use parking_lot::MutexGuard;
use smallvec::SmallVec;

use super::{Key, Keyspace, Partition};

/// The number of a partition.
pub type PartitionIndex = u16;

/// Locked partitions.
pub enum Held<'k> {
    /// One, the rule.
    One(PartitionIndex, MutexGuard<'k, Partition>),
    /// Those of several keys, ascending.
    Some(SmallVec<[(PartitionIndex, MutexGuard<'k, Partition>); 4]>),
    /// All of them.
    All(Vec<MutexGuard<'k, Partition>>),
    /// None for longer than one step: they are locked one by one as they are visited.
    InTurn(&'k Keyspace),
}

impl<'k> Held<'k> {
    /// Locks the partitions of `keys`. A command without keys holds none.
    pub fn keys(keyspace: &'k Keyspace, keys: &[(u32, Key<'_>)]) -> Self {
        Self::try_keys(keyspace, keys)
            .unwrap_or_else(|| keyspace.wait_for(|| Self::try_keys(keyspace, keys)))
    }

    /// As [`Held::keys`]; nothing when somebody holds one of them for long.
    #[inline]
    pub fn try_keys(keyspace: &'k Keyspace, keys: &[(u32, Key<'_>)]) -> Option<Self> {
        match keys {
            [] => Some(Self::Some(SmallVec::new())),
            [(_, key)] => {
                let guard = keyspace.lock_soon(key.partition)?;
                Some(Self::One(key.partition, guard))
            }
            keys => Self::try_partitions(keyspace, keys.iter().map(|(_, key)| key.partition)),
        }
    }

    /// Locks the partitions that `indexes` name, in any order and more than once.
    pub fn partitions(
        keyspace: &'k Keyspace,
        indexes: impl Iterator<Item = PartitionIndex>,
    ) -> Self {
        let indexes: SmallVec<[PartitionIndex; 16]> = indexes.collect();
        let again = || Self::try_partitions(keyspace, indexes.iter().copied());
        again().unwrap_or_else(|| keyspace.wait_for(again))
    }

    /// As [`Held::partitions`]; nothing when somebody holds one of them for long.
    pub fn try_partitions(
        keyspace: &'k Keyspace,
        indexes: impl Iterator<Item = PartitionIndex>,
    ) -> Option<Self> {
        let mut indexes: SmallVec<[PartitionIndex; 16]> = indexes.collect();
        indexes.sort_unstable();
        indexes.dedup();
        lock_in_order(keyspace, &indexes).map(Self::Some)
    }

    /// Holds partition `index` as well; false when somebody else does. It never waits, so it may go against the order.
    pub fn try_add(&mut self, keyspace: &'k Keyspace, index: PartitionIndex) -> bool {
        if self.holds(index) {
            return true;
        }
        let Some(guard) = keyspace.try_lock(index) else {
            return false;
        };
        let mut guards = match std::mem::replace(self, Self::Some(SmallVec::new())) {
            Self::One(held, guard) => SmallVec::from_iter([(held, guard)]),
            Self::Some(guards) => guards,
            Self::InTurn(_) => SmallVec::new(),
            Self::All(_) => unreachable!("what holds every partition holds this one"),
        };
        let at = guards.partition_point(|(held, _)| *held < index);
        guards.insert(at, (index, guard));
        *self = Self::Some(guards);
        true
    }

    /// Holds every partition; false, with some of them held in addition maybe, when somebody else holds one.
    pub fn try_add_everything(&mut self, keyspace: &'k Keyspace) -> bool {
        if matches!(self, Self::All(_)) {
            return true;
        }
        let all = 0..keyspace.partitions() as PartitionIndex;
        if !all.into_iter().all(|index| self.try_add(keyspace, index)) {
            return false;
        }
        if let Self::Some(guards) = std::mem::replace(self, Self::Some(SmallVec::new())) {
            *self = Self::All(guards.into_iter().map(|(_, guard)| guard).collect());
        }
        true
    }

    /// Holds these partitions in addition, and waits for them, whatever is held already.
    ///
    /// That goes against the order which keeps commands from waiting for each other, so one at a time may do it, and
    /// everybody else who waits while he holds something lets go of it meanwhile. False when another insists too: he
    /// may be waiting for what is held here.
    pub fn insist(
        &mut self,
        keyspace: &'k Keyspace,
        indexes: impl Iterator<Item = PartitionIndex>,
    ) -> bool {
        let Some(_alone) = keyspace.insistence.try_lock() else {
            return false;
        };
        keyspace.insisted.store(true, SeqCst);
        for index in indexes {
            if !self.try_add(keyspace, index) {
                // Its holder is about to finish, or to let go.
                keyspace.wait_for(|| self.try_add(keyspace, index).then_some(()));
            }
        }
        keyspace.insisted.store(false, SeqCst);
        true
    }

    /// Says of what is held that it will be for long, or that it will not be.
    pub(crate) fn mark_long(&self, keyspace: &Keyspace, long: bool) {
        let mark = |index: PartitionIndex| {
            keyspace.held_long[usize::from(index)].store(long, SeqCst);
        };
        match self {
            Self::One(index, _) => mark(*index),
            Self::Some(guards) => guards.iter().for_each(|(index, _)| mark(*index)),
            Self::All(guards) => (0..guards.len()).for_each(|index| mark(index as PartitionIndex)),
            Self::InTurn(_) => {}
        }
    }

    /// The partitions that are held, unless it is all of them.
    pub(super) fn indexes(&self) -> SmallVec<[PartitionIndex; 4]> {
        match self {
            Self::One(index, _) => SmallVec::from_slice(&[*index]),
            Self::Some(guards) => guards.iter().map(|(index, _)| *index).collect(),
            Self::All(_) | Self::InTurn(_) => SmallVec::new(),
        }
    }

    /// True when partition `index` is held.
    pub fn holds(&self, index: PartitionIndex) -> bool {
        match self {
            Self::One(held, _) => *held == index,
            Self::Some(guards) => guards
                .binary_search_by_key(&index, |(held, _)| *held)
                .is_ok(),
            Self::All(_) => true,
            Self::InTurn(_) => false,
        }
    }

    /// Holds nothing: partitions are locked one by one as they are visited.
    pub fn in_turn(keyspace: &'k Keyspace) -> Self {
        Self::InTurn(keyspace)
    }

    /// How many partitions the keyspace has, when this holds all of them or visits them in turn.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::All(guards) => guards.len(),
            Self::InTurn(keyspace) => keyspace.partitions(),
            Self::One(..) | Self::Some(_) => {
                unreachable!("a command with keys touches those alone")
            }
        }
    }

    /// Locks every partition.
    pub fn all(keyspace: &'k Keyspace) -> Self {
        let again = || Self::try_all(keyspace);
        again().unwrap_or_else(|| keyspace.wait_for(again))
    }

    /// As [`Held::all`]; nothing when somebody holds a partition for long.
    pub fn try_all(keyspace: &'k Keyspace) -> Option<Self> {
        let all: Vec<PartitionIndex> = (0..keyspace.partitions() as PartitionIndex).collect();
        let guards: Vec<_> = lock_in_order(keyspace, &all)?;
        Some(Self::All(
            guards.into_iter().map(|(_, guard)| guard).collect(),
        ))
    }

    /// Locks every partition but those that somebody holds for long.
    pub fn all_that_can_be(keyspace: &'k Keyspace) -> Self {
        let again = || {
            let all = 0..keyspace.partitions() as PartitionIndex;
            Self::try_partitions(keyspace, all.filter(|index| !keyspace.is_held_long(*index)))
        };
        again().unwrap_or_else(|| keyspace.wait_for(again))
    }

    /// Empties every database of everything, which is held, and drops what was in them.
    pub fn take_everything(&mut self, now_ms: i64) {
        for index in 0..self.count() {
            let taken: Vec<_> = self.visit(index as PartitionIndex, |partition| {
                for database in 0..partition.databases.len() {
                    partition.watches.touch_all(database, |_| false);
                }
                let databases = partition.databases.iter_mut();
                databases.map(|share| share.take_all(now_ms)).collect()
            });
            drop(taken);
        }
    }

    /// Partition `index`, which must be held.
    #[inline]
    pub(super) fn partition(&mut self, index: PartitionIndex) -> &mut Partition {
        match self {
            Self::One(held, guard) => {
                assert_eq!(*held, index, "a command touches the keys of its row alone");
                guard
            }
            Self::Some(guards) => {
                let found = guards.binary_search_by_key(&index, |(held, _)| *held);
                let at = found.expect(
                    "a command touches the keys of its row alone, and their partitions are locked",
                );
                &mut guards[at].1
            }
            Self::All(guards) => &mut guards[usize::from(index)],
            Self::InTurn(_) => unreachable!(
                "a command that goes through the partitions in turn looks up no key by name"
            ),
        }
    }

    /// Partition `index`, which must be held, to look at beside others.
    pub(super) fn shared(&self, index: PartitionIndex) -> &Partition {
        match self {
            Self::One(held, guard) => {
                assert_eq!(*held, index, "a command touches the keys of its row alone");
                guard
            }
            Self::Some(guards) => {
                let found = guards.binary_search_by_key(&index, |(held, _)| *held);
                &guards[found.expect("a command touches the keys of its row alone")].1
            }
            Self::All(guards) => &guards[usize::from(index)],
            Self::InTurn(_) => unreachable!("what is visited in turn is not looked at at once"),
        }
    }

    /// Has a snapshot told a piece of every large value among `keys` of a database that it lacks; true once nothing is left
    /// of any.
    #[inline]
    pub(crate) fn prepare(&mut self, database: usize, keys: &[(u32, Key<'_>)]) -> bool {
        let mut is_ready = true;
        for (_, key) in keys {
            let share = self.partition(key.partition).database(database);
            is_ready &= share.prepare(key);
        }
        is_ready
    }

    /// Runs `visit` on partition `index`, which is locked for the visit unless it is held already.
    pub(super) fn visit<T>(
        &mut self,
        index: PartitionIndex,
        visit: impl FnOnce(&mut Partition) -> T,
    ) -> T {
        match self {
            Self::InTurn(keyspace) => visit(&mut keyspace.lock(index)),
            _ => visit(self.partition(index)),
        }
    }
}

/// Locks partitions given in ascending order; nothing, and none of them stays locked, when somebody holds one for long or
/// insists on what is held already. Others then get by who want but those that are free.
fn lock_in_order<'k, G>(keyspace: &'k Keyspace, indexes: &[PartitionIndex]) -> Option<G>
where
    G: FromIterator<(PartitionIndex, MutexGuard<'k, Partition>)>,
{
    if indexes.iter().any(|index| keyspace.is_held_long(*index)) {
        return None;
    }
    let mut guards = indexes.iter().enumerate().map(|(at, &index)| {
        // Who holds nothing stands in nobody's way.
        let guard = if at == 0 {
            keyspace.lock_soon(index)
        } else {
            keyspace.lock_next(index)
        };
        Some((index, guard?))
    });
    guards.by_ref().collect()
}
