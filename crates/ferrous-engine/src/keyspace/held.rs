//! The partitions that a command may touch: locked before it runs, in ascending order, so that no two commands ever
//! wait for each other.

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
        let lock = |index| (index, keyspace.lock(index));
        Self::Some(indexes.into_iter().map(lock).collect())
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
        Self::All(
            (0..keyspace.partitions())
                .map(|index| keyspace.lock(index as PartitionIndex))
                .collect(),
        )
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
