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
        match keys {
            [] => Self::Some(SmallVec::new()),
            [(_, key)] => Self::One(key.partition, keyspace.lock(key.partition)),
            keys => Self::partitions(keyspace, keys.iter().map(|(_, key)| key.partition)),
        }
    }

    /// Locks the partitions that `indexes` name, in any order and more than once.
    pub fn partitions(
        keyspace: &'k Keyspace,
        indexes: impl Iterator<Item = PartitionIndex>,
    ) -> Self {
        let mut indexes: SmallVec<[PartitionIndex; 16]> = indexes.collect();
        indexes.sort_unstable();
        indexes.dedup();
        let in_order = || lock_in_order(keyspace, indexes.iter().copied());
        Self::Some(until_held(keyspace, in_order))
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
            while !self.try_add(keyspace, index) {
                // Its holder is about to finish, or to let go.
                std::thread::yield_now();
            }
        }
        keyspace.insisted.store(false, SeqCst);
        true
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
        let all = || 0..keyspace.partitions() as PartitionIndex;
        Self::All(until_held(keyspace, || {
            let guards: Option<Vec<_>> = lock_in_order(keyspace, all());
            guards.map(|guards| guards.into_iter().map(|(_, guard)| guard).collect())
        }))
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

/// Locks partitions given in ascending order; nothing, when somebody insists on what is held already.
fn lock_in_order<'k, G>(
    keyspace: &'k Keyspace,
    mut indexes: impl Iterator<Item = PartitionIndex>,
) -> Option<G>
where
    G: FromIterator<(PartitionIndex, MutexGuard<'k, Partition>)>,
{
    // Who holds nothing may wait for as long as it takes.
    let first = indexes.next().map(|index| (index, keyspace.lock(index)));
    let first = first.into_iter().map(Some);
    first
        .chain(indexes.map(|index| Some((index, keyspace.lock_next(index)?))))
        .collect()
}

/// Tries until `hold` holds everything that it wants, making way for whoever insists.
fn until_held<T>(keyspace: &Keyspace, mut hold: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(held) = hold() {
            return held;
        }
        keyspace.yield_to_insistence();
    }
}
