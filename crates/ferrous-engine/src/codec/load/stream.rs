//! Streams from their parts.

use ferrous_persist::rdb::{Reason, StreamError, StreamInfo, StreamPart};
use ferrous_types::Stream;
use ferrous_types::stream::{
    Consumer, ConsumerKey, Counters, Group, Log, LogBuilder, Pending, StreamId,
};

/// A stream so far.
#[derive(Default)]
pub(super) struct StreamLoader {
    blocks: LogBuilder,
    /// All entries, once the blocks are over.
    log: Option<Log>,
    stream: Stream,
    group: Option<LoadedGroup>,
}

/// The group whose parts are coming.
struct LoadedGroup {
    name: Box<[u8]>,
    group: Group,
    /// What is pending, ascending, and whether a consumer was met who has it.
    pending: Vec<Unassigned>,
    consumer: Option<ConsumerKey>,
}

/// A pending entry of the group.
struct Unassigned {
    id: StreamId,
    delivered_at_ms: i64,
    deliveries: u64,
    assigned: bool,
}

impl StreamLoader {
    /// Takes the next part.
    pub(super) fn part(&mut self, part: StreamPart<'_>) -> Result<(), Reason> {
        match part {
            StreamPart::Block { base, entries } => {
                self.blocks.push(base, entries.into_owned())?;
            }
            StreamPart::Info(info) => self.info(&info)?,
            StreamPart::Group {
                name,
                last_delivered_id,
                entries_read,
                ..
            } => {
                self.end_group()?;
                self.group = Some(LoadedGroup {
                    name: name.into(),
                    group: Group::new(last_delivered_id, entries_read),
                    pending: Vec::new(),
                    consumer: None,
                });
            }
            StreamPart::Pending {
                id,
                delivered_at_ms,
                deliveries,
            } => self.group()?.add_pending(Unassigned {
                id,
                delivered_at_ms,
                deliveries,
                assigned: false,
            })?,
            StreamPart::Consumer {
                name,
                seen_at_ms,
                active_at_ms,
                ..
            } => self.group()?.add_consumer(name, seen_at_ms, active_at_ms)?,
            StreamPart::Owned(id) => self.group()?.assign(id)?,
            StreamPart::Nacked(_) => {
                return Err(Reason::Unsupported("a pending entry without a consumer"));
            }
            StreamPart::Producer { .. } | StreamPart::Produced { .. } => {
                return Err(Reason::Unsupported("a stream's idempotent producer"));
            }
            // Announcements, and statistics of producers of which there is none.
            StreamPart::Blocks(_)
            | StreamPart::Consumers(_)
            | StreamPart::NackedCount(_)
            | StreamPart::Producers { .. }
            | StreamPart::ProducerCounters { .. } => {}
        }
        Ok(())
    }

    /// The stream.
    pub(super) fn finish(mut self) -> Result<Stream, Reason> {
        self.end_group()?;
        self.stream.log = self.log.ok_or(Reason::End)?;
        Ok(self.stream)
    }

    fn info(&mut self, info: &StreamInfo) -> Result<(), Reason> {
        let counters = Counters {
            last_id: info.last_id,
            max_deleted_id: info.max_deleted_id,
            entries_added: info.entries_added,
        };
        let blocks = std::mem::take(&mut self.blocks);
        self.log = Some(blocks.finish(info.length, counters)?);
        Ok(())
    }

    fn group(&mut self) -> Result<&mut LoadedGroup, Reason> {
        self.group.as_mut().ok_or(super::MISPLACED)
    }

    fn end_group(&mut self) -> Result<(), Reason> {
        let Some(LoadedGroup {
            name,
            group,
            pending,
            ..
        }) = self.group.take()
        else {
            return Ok(());
        };
        if let Some(unowned) = pending.iter().find(|pending| !pending.assigned) {
            return Err(StreamError::Unowned(unowned.id).into());
        }
        match self.stream.groups.insert(name, group) {
            Some(_) => Err(StreamError::DuplicateName.into()),
            None => Ok(()),
        }
    }
}

impl LoadedGroup {
    fn add_pending(&mut self, pending: Unassigned) -> Result<(), StreamError> {
        if self
            .pending
            .last()
            .is_some_and(|last| pending.id <= last.id)
        {
            return Err(StreamError::Unsorted(pending.id));
        }
        self.pending.push(pending);
        Ok(())
    }

    fn add_consumer(
        &mut self,
        name: &[u8],
        seen_at_ms: i64,
        active_at_ms: i64,
    ) -> Result<(), StreamError> {
        let (key, true) = self.group.ensure_consumer(name, seen_at_ms) else {
            return Err(StreamError::DuplicateName);
        };
        let consumer: &mut Consumer = self.group.consumer_mut(key);
        consumer.active_at_ms = Some(active_at_ms).filter(|&time| time >= 0);
        self.consumer = Some(key);
        Ok(())
    }

    /// Gives a pending entry to the consumer at hand.
    fn assign(&mut self, id: StreamId) -> Result<(), Reason> {
        let consumer = self.consumer.ok_or(super::MISPLACED)?;
        let found = self.pending.binary_search_by_key(&id, |pending| pending.id);
        let pending = found
            .ok()
            .map(|index| &mut self.pending[index])
            .filter(|pending| !pending.assigned)
            .ok_or(StreamError::Orphan(id))?;
        pending.assigned = true;
        let pending = Pending {
            consumer,
            delivered_at_ms: pending.delivered_at_ms,
            deliveries: pending.deliveries,
        };
        self.group.assign(id, pending);
        Ok(())
    }
}
