//! What calls do to a consumer group, as the commands that repeat it.
//!
//! Who got which entry and when depends on time and on who asked first, so what is repeated is the outcome: `XCLAIM` for each
//! entry, `XGROUP SETID` for how far the group has read.

use ferrous_types::stream::{Group, Pending, StreamId};

use super::id::IdText;
use crate::keyspace::{Db, Key};

/// Changes to one group in one call.
pub(super) struct GroupChanges {
    wanted: bool,
    claims: Vec<Claim>,
    /// How far the group has read, if that is to be repeated.
    position: Option<(StreamId, Option<u64>)>,
    /// The name of a new consumer.
    created: Option<Box<[u8]>>,
}

/// An entry that a consumer got.
struct Claim {
    consumer: Box<[u8]>,
    id: StreamId,
    pending: Pending,
    last_delivered_id: StreamId,
}

impl GroupChanges {
    /// None yet. Nothing is gathered unless it is `wanted`.
    pub(super) fn new(wanted: bool) -> Self {
        Self {
            wanted,
            claims: Vec::new(),
            position: None,
            created: None,
        }
    }

    /// A consumer is new.
    pub(super) fn create(&mut self, consumer: &[u8]) {
        self.created = self.wanted.then(|| consumer.into());
    }

    /// An entry is pending as told, or goes because it was deleted.
    pub(super) fn claim(&mut self, group: &Group, id: StreamId, pending: Pending) {
        if self.wanted {
            self.claims.push(Claim {
                consumer: group.consumer(pending.consumer).name().into(),
                id,
                pending,
                last_delivered_id: group.last_delivered_id(),
            });
        }
    }

    /// The group has read further.
    pub(super) fn advance(&mut self, group: &Group) {
        self.position = Some((group.last_delivered_id(), group.entries_read()));
    }

    /// Has all of it repeated in the place of the call.
    pub(super) fn repeat(self, db: &mut Db<'_, '_>, key: &Key<'_>, group: &[u8]) {
        db.repeat_nothing();
        if !self.wanted {
            return;
        }
        // The first entry that a consumer gets creates it.
        if let Some(consumer) = self.created.filter(|_| self.claims.is_empty()) {
            db.repeat(&[b"XGROUP", b"CREATECONSUMER", key.bytes, group, &consumer]);
        }
        for claim in &self.claims {
            claim.repeat(db, key, group);
        }
        if let Some((id, entries_read)) = self.position {
            let read = entries_read.map_or("-1".to_owned(), |read| read.to_string());
            db.repeat(&[
                b"XGROUP",
                b"SETID",
                key.bytes,
                group,
                IdText::new(id).as_bytes(),
                b"ENTRIESREAD",
                read.as_bytes(),
            ]);
        }
    }
}

impl Claim {
    fn repeat(&self, db: &mut Db<'_, '_>, key: &Key<'_>, group: &[u8]) {
        let (mut time, mut deliveries) = (itoa::Buffer::new(), itoa::Buffer::new());
        db.repeat(&[
            b"XCLAIM",
            key.bytes,
            group,
            &self.consumer,
            b"0",
            IdText::new(self.id).as_bytes(),
            b"TIME",
            time.format(self.pending.delivered_at_ms).as_bytes(),
            b"RETRYCOUNT",
            deliveries.format(self.pending.deliveries).as_bytes(),
            b"FORCE",
            b"JUSTID",
            b"LASTID",
            IdText::new(self.last_delivered_id).as_bytes(),
        ]);
    }
}
