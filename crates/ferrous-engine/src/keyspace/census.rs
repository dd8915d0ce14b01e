//! What the keyspace comes to, counted partition by partition.

use super::{DatabaseSize, Held, Keyspace, Partition, PartitionIndex};

/// What the keyspace comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// Each database.
    pub databases: Vec<DatabaseSize>,
    /// Keys that somebody watches.
    pub watched_keys: usize,
    /// Keys that a call waits for.
    pub awaited_keys: usize,
    /// Those of them whose end is an answer, too.
    pub awaited_ends: usize,
}

impl Census {
    fn add(&mut self, partition: &Partition) {
        for (size, database) in self.databases.iter_mut().zip(&partition.databases) {
            size.add(database);
        }
        self.watched_keys += partition.watches.len();
        let (keys, ends) = partition.queues.len();
        self.awaited_keys += keys;
        self.awaited_ends += ends;
    }
}

impl Held<'_> {
    /// Counts; every partition is held, or is visited in turn.
    pub(crate) fn census(&mut self, keyspace: &Keyspace) -> Census {
        let mut census = Census {
            databases: vec![DatabaseSize::default(); keyspace.databases()],
            ..Census::default()
        };
        for index in 0..self.count() {
            self.visit(index as PartitionIndex, |partition| census.add(partition));
        }
        census
    }
}

impl Keyspace {
    /// Counts, one partition after the other. The caller holds none.
    pub fn census(&self) -> Census {
        Held::in_turn(self).census(self)
    }
}
