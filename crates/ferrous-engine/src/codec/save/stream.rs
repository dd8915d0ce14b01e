//! The parts of a stream.

use std::borrow::Cow;
use std::ops::Bound;

use ferrous_persist::rdb::{Part, StreamInfo, StreamPart};
use ferrous_types::Stream;
use ferrous_types::stream::{Consumer, Group, StreamId};

use super::Sink;

/// What part of a stream comes next.
#[derive(Debug, Default)]
pub(super) enum StreamPlace {
    /// The count of blocks.
    #[default]
    Start,
    /// The blocks behind this one, or what follows the last of them.
    Blocks(Bound<StreamId>),
    /// The group behind the one of this name, or what follows the last of them.
    Group(Bound<Box<[u8]>>),
    /// What belongs to the group of this name.
    Within(Box<[u8]>, GroupPlace),
}

/// What part of a group comes next.
#[derive(Debug, Clone, Copy)]
pub(super) enum GroupPlace {
    /// The pending entries behind this one, or what follows the last of them.
    Pending(Bound<StreamId>),
    /// The consumer of this number, or what follows the last of them.
    Consumer(usize),
    /// The pending entries of a consumer behind this one, or what follows the last of them.
    Owned(usize, Bound<StreamId>),
}

impl StreamPlace {
    /// Gives what comes next; returns what comes after that.
    pub(super) fn next<E, F>(self, stream: &Stream, sink: &mut Sink<F>) -> Result<Option<Self>, E>
    where
        F: FnMut(&Part<'_>) -> Result<(), E>,
    {
        match self {
            Self::Start => {
                sink.give_stream(StreamPart::Blocks(stream.log.blocks().len() as u64))?;
                Ok(Some(Self::Blocks(Bound::Unbounded)))
            }
            Self::Blocks(behind) => {
                for (base, entries) in stream.log.blocks_from(behind) {
                    let entries = Cow::Borrowed(entries);
                    if sink.give_stream(StreamPart::Block { base, entries })? {
                        return Ok(Some(Self::Blocks(Bound::Excluded(base))));
                    }
                }
                sink.give_stream(StreamPart::Info(info(stream)))?;
                Ok(Some(Self::Group(Bound::Unbounded)))
            }
            Self::Group(behind) => {
                let behind = behind.as_ref().map(|name| &**name);
                let mut groups = stream.groups.range::<[u8], _>((behind, Bound::Unbounded));
                let Some((name, group)) = groups.next() else {
                    return Ok(None);
                };
                sink.give_stream(StreamPart::Group {
                    name,
                    last_delivered_id: group.last_delivered_id(),
                    entries_read: group.entries_read(),
                    pending: group.pending_len() as u64,
                })?;
                let place = GroupPlace::Pending(Bound::Unbounded);
                Ok(Some(Self::Within(name.clone(), place)))
            }
            Self::Within(name, place) => {
                let group = stream.groups.get(&name);
                let group = group.expect("the stream has not changed since the group came");
                match place.next(group, sink)? {
                    Some(place) => Ok(Some(Self::Within(name, place))),
                    None => Self::Group(Bound::Excluded(name)).next(stream, sink),
                }
            }
        }
    }
}

impl GroupPlace {
    fn next<E, F>(self, group: &Group, sink: &mut Sink<F>) -> Result<Option<Self>, E>
    where
        F: FnMut(&Part<'_>) -> Result<(), E>,
    {
        match self {
            Self::Pending(behind) => {
                for (&id, pending) in group.pending((behind, Bound::Unbounded)) {
                    let full = sink.give_stream(StreamPart::Pending {
                        id,
                        delivered_at_ms: pending.delivered_at_ms,
                        deliveries: pending.deliveries,
                    })?;
                    if full {
                        return Ok(Some(Self::Pending(Bound::Excluded(id))));
                    }
                }
                sink.give_stream(StreamPart::Consumers(group.consumers().len() as u64))?;
                Ok(Some(Self::Consumer(0)))
            }
            Self::Consumer(nth) => match group.consumer_at(nth) {
                Some(consumer) => {
                    sink.give_stream(consumer_part(consumer))?;
                    Ok(Some(Self::Owned(nth, Bound::Unbounded)))
                }
                None => Ok(None),
            },
            Self::Owned(nth, behind) => {
                let consumer = group.consumer_at(nth);
                let consumer =
                    consumer.expect("the stream has not changed since the consumer came");
                for &id in consumer.pending().range((behind, Bound::Unbounded)) {
                    if sink.give_stream(StreamPart::Owned(id))? {
                        return Ok(Some(Self::Owned(nth, Bound::Excluded(id))));
                    }
                }
                Self::Consumer(nth + 1).next(group, sink)
            }
        }
    }
}

impl<F> Sink<F> {
    /// Gives a part of a stream; true when that was enough for now.
    fn give_stream<E>(&mut self, part: StreamPart<'_>) -> Result<bool, E>
    where
        F: FnMut(&Part<'_>) -> Result<(), E>,
    {
        self.give(&Part::Stream(part)).map(|()| self.left == 0)
    }
}

fn info(stream: &Stream) -> StreamInfo {
    let counters = stream.log.counters();
    StreamInfo {
        length: stream.log.len(),
        last_id: counters.last_id,
        first_id: stream.log.first_id(),
        max_deleted_id: counters.max_deleted_id,
        entries_added: counters.entries_added,
        groups: stream.groups.len() as u64,
    }
}

fn consumer_part(consumer: &Consumer) -> StreamPart<'_> {
    StreamPart::Consumer {
        name: consumer.name(),
        seen_at_ms: consumer.seen_at_ms,
        active_at_ms: consumer.active_at_ms.unwrap_or(-1),
        pending: consumer.pending().len() as u64,
    }
}

/// About how many bytes a part comes to, and never 0.
pub(super) fn bytes_of(part: &StreamPart<'_>) -> usize {
    match part {
        StreamPart::Block { entries, .. } => entries.byte_len(),
        StreamPart::Group { name, .. } | StreamPart::Consumer { name, .. } => {
            name.len() + size_of::<StreamInfo>()
        }
        _ => size_of::<StreamId>(),
    }
}
