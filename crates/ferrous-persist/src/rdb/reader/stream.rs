//! Streams: blocks of entries, what is known about the stream, its consumer groups, and producers.

use std::borrow::Cow;
use std::io::Read;

use ferrous_types::Listpack;
use ferrous_types::stream::{StreamId, survey_block};

use super::pending::PendingCheck;
use crate::rdb::check::Validation;
use crate::rdb::error::{RdbError, Reason, StreamError};
use crate::rdb::event::{StreamInfo, StreamPart};
use crate::rdb::source::Source;

/// Where the decoding of a stream is.
#[derive(Debug)]
pub(super) struct StreamDecoder {
    /// 1 to 5; each adds to the one before it.
    revision: u8,
    validation: Validation,
    stage: Stage,
    /// Of the blocks so far.
    survey: BlocksSurvey,
    info: StreamInfo,
    groups_left: u64,
    consumers_left: u64,
    producers_left: u64,
    pending: PendingCheck,
}

#[derive(Debug, Clone, Copy)]
enum Stage {
    Blocks,
    Block(u64),
    /// A group, or what follows the last one.
    Group,
    Pending(u64),
    Consumer,
    Owned(u64),
    NackedCount,
    Nacked(u64),
    Producers,
    /// A producer, or what follows the last one.
    Producer,
    Produced(u64),
    Done,
}

/// What the blocks hold, for checks and for what files of revision 1 do not tell.
#[derive(Debug, Default)]
struct BlocksSurvey {
    live: u64,
    first: Option<StreamId>,
    last: Option<StreamId>,
}

impl StreamDecoder {
    pub(super) fn new(revision: u8, validation: Validation) -> Self {
        let zero = StreamId::default();
        Self {
            revision,
            validation,
            stage: Stage::Blocks,
            survey: BlocksSurvey::default(),
            info: StreamInfo {
                length: 0,
                last_id: zero,
                first_id: zero,
                max_deleted_id: zero,
                entries_added: 0,
                groups: 0,
            },
            groups_left: 0,
            consumers_left: 0,
            producers_left: 0,
            pending: PendingCheck::default(),
        }
    }

    /// The next part, `None` after the last one.
    ///
    /// The count of blocks is told as a [`StreamPart::Blocks`].
    pub(super) fn next<'s, R: Read>(
        &mut self,
        source: &'s mut Source<R>,
    ) -> Result<Option<StreamPart<'s>>, RdbError> {
        match self.stage {
            Stage::Blocks => {
                let count = source.length()?;
                self.stage = Stage::Block(count);
                Ok(Some(StreamPart::Blocks(count)))
            }
            Stage::Block(0) => self.info(source).map(Some),
            Stage::Block(left) => {
                self.stage = Stage::Block(left - 1);
                self.block(source).map(Some)
            }
            Stage::Group if self.groups_left > 0 => self.group(source).map(Some),
            Stage::Group if self.revision >= 4 => {
                self.stage = Stage::Producers;
                self.next(source)
            }
            Stage::Pending(0) => {
                self.consumers_left = source.length()?;
                self.stage = Stage::Consumer;
                Ok(Some(StreamPart::Consumers(self.consumers_left)))
            }
            Stage::Pending(left) => {
                self.stage = Stage::Pending(left - 1);
                self.pending(source).map(Some)
            }
            Stage::Consumer if self.consumers_left > 0 => self.consumer(source).map(Some),
            Stage::Owned(0) => {
                self.stage = Stage::Consumer;
                self.next(source)
            }
            Stage::Owned(left) => {
                self.stage = Stage::Owned(left - 1);
                Ok(Some(StreamPart::Owned(self.owned(source)?)))
            }
            Stage::Consumer if self.revision >= 5 => {
                self.stage = Stage::NackedCount;
                self.next(source)
            }
            Stage::NackedCount => {
                let count = source.length()?;
                self.stage = Stage::Nacked(count);
                Ok(Some(StreamPart::NackedCount(count)))
            }
            Stage::Consumer | Stage::Nacked(0) => {
                source.check(self.pending.finish())?;
                self.stage = Stage::Group;
                self.next(source)
            }
            Stage::Nacked(left) => {
                self.stage = Stage::Nacked(left - 1);
                Ok(Some(StreamPart::Nacked(self.owned(source)?)))
            }
            Stage::Producers => self.producers(source).map(Some),
            Stage::Producer if self.producers_left > 0 => self.producer(source).map(Some),
            Stage::Producer => {
                self.stage = Stage::Done;
                let (added, duplicates) = (source.length()?, source.length()?);
                Ok(Some(StreamPart::ProducerCounters { added, duplicates }))
            }
            Stage::Produced(0) => {
                self.stage = Stage::Producer;
                self.next(source)
            }
            Stage::Produced(left) => {
                self.stage = Stage::Produced(left - 1);
                let token = source.bytes()?;
                let id = source.stream_id_lengths()?;
                Ok(Some(StreamPart::Produced {
                    token: source.slice(token),
                    id,
                }))
            }
            Stage::Group | Stage::Done => {
                self.stage = Stage::Done;
                Ok(None)
            }
        }
    }

    fn block<'s, R: Read>(
        &mut self,
        source: &'s mut Source<R>,
    ) -> Result<StreamPart<'s>, RdbError> {
        let id = source.bytes()?;
        let entries = source.bytes()?;
        if source.is_skipping() {
            let (base, entries) = (StreamId::default(), Cow::Owned(Listpack::new()));
            return Ok(StreamPart::Block { base, entries });
        }
        let base = source.check(parse_id(source.slice(id)))?;
        let entries = source.check(Listpack::from_bytes(source.slice(entries)))?;
        source.check(self.survey.add(base, &entries))?;
        Ok(StreamPart::Block {
            base,
            entries: Cow::Owned(entries),
        })
    }

    fn info<'s, R: Read>(&mut self, source: &'s mut Source<R>) -> Result<StreamPart<'s>, RdbError> {
        let length = source.length()?;
        let last_id = source.stream_id_lengths()?;
        self.info = StreamInfo {
            length,
            last_id,
            ..self.info
        };
        if self.revision >= 2 {
            self.info.first_id = source.stream_id_lengths()?;
            self.info.max_deleted_id = source.stream_id_lengths()?;
            self.info.entries_added = source.length()?;
        } else {
            // What servers make of an empty stream, too.
            self.info.first_id = self.survey.first.unwrap_or(StreamId::MAX);
            self.info.entries_added = length;
        }
        self.info.groups = source.length()?;
        self.groups_left = self.info.groups;
        self.stage = Stage::Group;
        if !source.is_skipping() && self.validation == Validation::Full {
            source.check(self.survey.check(&self.info))?;
        }
        Ok(StreamPart::Info(self.info))
    }

    fn group<'s, R: Read>(
        &mut self,
        source: &'s mut Source<R>,
    ) -> Result<StreamPart<'s>, RdbError> {
        self.groups_left -= 1;
        let name = source.bytes()?;
        let last_delivered_id = source.stream_id_lengths()?;
        let entries_read = if self.revision >= 2 {
            Some(source.length()?).filter(|&read| read != ENTRIES_READ_UNKNOWN)
        } else {
            self.info.entries_up_to(last_delivered_id)
        };
        let pending = source.length()?;
        self.stage = Stage::Pending(pending);
        let checks = !source.is_skipping() && self.validation == Validation::Full;
        self.pending.start(checks);
        let name = source.slice(name);
        Ok(StreamPart::Group {
            name,
            last_delivered_id,
            entries_read,
            pending,
        })
    }

    fn pending<'s, R: Read>(
        &mut self,
        source: &'s mut Source<R>,
    ) -> Result<StreamPart<'s>, RdbError> {
        let id = source.stream_id()?;
        let delivered_at_ms = source.i64_le()?;
        let deliveries = source.length()?;
        source.check(self.pending.add(id))?;
        Ok(StreamPart::Pending {
            id,
            delivered_at_ms,
            deliveries,
        })
    }

    fn consumer<'s, R: Read>(
        &mut self,
        source: &'s mut Source<R>,
    ) -> Result<StreamPart<'s>, RdbError> {
        self.consumers_left -= 1;
        let name = source.bytes()?;
        let seen_at_ms = source.i64_le()?;
        // As good a guess as there is for files that do not tell.
        let active_at_ms = if self.revision >= 3 {
            source.i64_le()?
        } else {
            seen_at_ms
        };
        let pending = source.length()?;
        self.stage = Stage::Owned(pending);
        Ok(StreamPart::Consumer {
            name: source.slice(name),
            seen_at_ms,
            active_at_ms,
            pending,
        })
    }

    /// An entry that a consumer has, or that was handed back.
    fn owned<R: Read>(&mut self, source: &mut Source<R>) -> Result<StreamId, RdbError> {
        let id = source.stream_id()?;
        source.check(self.pending.take(id))?;
        Ok(id)
    }

    fn producers<'s, R: Read>(
        &mut self,
        source: &'s mut Source<R>,
    ) -> Result<StreamPart<'s>, RdbError> {
        let (duration_secs, entries_max) = (source.length()?, source.length()?);
        self.producers_left = source.length()?;
        self.stage = Stage::Producer;
        Ok(StreamPart::Producers {
            duration_secs,
            entries_max,
            count: self.producers_left,
        })
    }

    fn producer<'s, R: Read>(
        &mut self,
        source: &'s mut Source<R>,
    ) -> Result<StreamPart<'s>, RdbError> {
        self.producers_left -= 1;
        let name = source.bytes()?;
        let entries = source.length()?;
        self.stage = Stage::Produced(entries);
        Ok(StreamPart::Producer {
            name: source.slice(name),
            entries,
        })
    }
}

/// What stands for an unknown number of entries read.
pub(crate) const ENTRIES_READ_UNKNOWN: u64 = u64::MAX;

/// The identifier that a block's key is.
fn parse_id(key: &[u8]) -> Result<StreamId, StreamError> {
    let id = key.try_into().map(StreamId::from_be_bytes);
    id.map_err(|_| StreamError::BadBlockId(key.len()))
}

impl BlocksSurvey {
    fn add(&mut self, base: StreamId, entries: &Listpack) -> Result<(), Reason> {
        if self.last.is_some_and(|last| base <= last) {
            return Err(StreamError::Unsorted(base).into());
        }
        let block =
            survey_block(base, entries).map_err(|error| StreamError::BadBlock(base, error))?;
        self.live += block.live;
        self.first = self.first.or(block.first_live);
        self.last = Some(block.last);
        Ok(())
    }

    /// Checks what the stream tells about itself.
    fn check(&self, info: &StreamInfo) -> Result<(), StreamError> {
        if self.live != info.length {
            return Err(StreamError::BadLength {
                announced: info.length,
                count: self.live,
            });
        }
        match self.last {
            Some(last) if last > info.last_id => Err(StreamError::Unsorted(info.last_id)),
            _ => Ok(()),
        }
    }
}

impl StreamInfo {
    /// How many entries were ever added up to `id`, as far as that can be told without counting: what
    /// servers assume of groups in files that do not tell how much these have read.
    fn entries_up_to(&self, id: StreamId) -> Option<u64> {
        if self.entries_added == 0 {
            return Some(0);
        }
        if id == self.last_id || (self.length == 0 && id < self.last_id) {
            return Some(self.entries_added);
        }
        let before_first = self.entries_added.saturating_sub(self.length);
        if id < self.first_id {
            Some(before_first)
        } else {
            (id == self.first_id).then_some(before_first + 1)
        }
    }
}
