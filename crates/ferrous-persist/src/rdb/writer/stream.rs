//! Streams: the parts in the revision that a version knows.

use std::io::Write;

use super::error::WriteError;
use super::output::Target;
use crate::rdb::event::{StreamInfo, StreamPart};
use crate::rdb::reader::stream::ENTRIES_READ_UNKNOWN;
use crate::rdb::value_type::ValueType;
use crate::rdb::version::Version;

/// Writes the parts of a stream.
///
/// Older revisions have no place for counters that servers work out anew (entries added and read, first and
/// deleted identifiers) and for the active time of consumers: these are left out.
#[derive(Debug)]
pub(super) struct StreamEncoder {
    version: Version,
}

impl StreamEncoder {
    pub(super) fn new(version: Version) -> Self {
        Self { version }
    }

    pub(super) fn value_type(&self) -> ValueType {
        if self.has_active_time() {
            ValueType::Stream3
        } else if self.has_counters() {
            ValueType::Stream2
        } else {
            ValueType::Stream1
        }
    }

    fn has_counters(&self) -> bool {
        self.version.since(10)
    }

    fn has_active_time(&self) -> bool {
        self.version.since(11)
    }

    /// Writes the next part when `left` have to come yet; returns how many then have to.
    pub(super) fn part<W: Write>(
        &self,
        part: &StreamPart<'_>,
        left: u64,
        target: &mut Target<W>,
    ) -> Result<u64, WriteError> {
        // What later revisions add, and what is nothing to lose.
        match part {
            StreamPart::NackedCount(0)
            | StreamPart::Producers { count: 0, .. }
            | StreamPart::ProducerCounters { .. } => return Ok(left),
            StreamPart::NackedCount(_) => return self.refuse("entries without a consumer"),
            StreamPart::Producers { .. } => return self.refuse("idempotent producers"),
            _ => {}
        }
        let misplaced = WriteError::Misplaced("a stream's part came after its last one");
        let left = left.checked_sub(1).ok_or(misplaced)?;
        let announced = self.known_part(part, target)?;
        left.checked_add(announced)
            .ok_or(WriteError::Misplaced("a stream announces too much"))
    }

    /// Writes a part of any revision; returns how many parts it announces.
    fn known_part<W: Write>(
        &self,
        part: &StreamPart<'_>,
        target: &mut Target<W>,
    ) -> Result<u64, WriteError> {
        match part {
            StreamPart::Blocks(count) | StreamPart::Consumers(count) => {
                target.length(*count)?;
                Ok(*count)
            }
            StreamPart::Block { base, entries } => {
                target.string(&base.to_be_bytes())?;
                target.string(entries.as_bytes())?;
                Ok(0)
            }
            StreamPart::Info(info) => self.info(info, target),
            StreamPart::Group {
                name,
                last_delivered_id,
                entries_read,
                pending,
            } => {
                target.string(name)?;
                target.stream_id_lengths(*last_delivered_id)?;
                if self.has_counters() {
                    target.length(entries_read.unwrap_or(ENTRIES_READ_UNKNOWN))?;
                }
                target.length(*pending)?;
                // The count of consumers comes as well.
                Ok(pending.saturating_add(1))
            }
            StreamPart::Pending {
                id,
                delivered_at_ms,
                deliveries,
            } => {
                target.stream_id(*id)?;
                target.raw(&delivered_at_ms.to_le_bytes())?;
                target.length(*deliveries)?;
                Ok(0)
            }
            StreamPart::Consumer {
                name,
                seen_at_ms,
                active_at_ms,
                pending,
            } => {
                target.string(name)?;
                target.raw(&seen_at_ms.to_le_bytes())?;
                if self.has_active_time() {
                    target.raw(&active_at_ms.to_le_bytes())?;
                }
                target.length(*pending)?;
                Ok(*pending)
            }
            StreamPart::Owned(id) => {
                target.stream_id(*id)?;
                Ok(0)
            }
            _ => Err(WriteError::Misplaced(
                "a stream's part belongs to a later revision",
            )),
        }
    }

    fn info<W: Write>(&self, info: &StreamInfo, target: &mut Target<W>) -> Result<u64, WriteError> {
        target.length(info.length)?;
        target.stream_id_lengths(info.last_id)?;
        if self.has_counters() {
            target.stream_id_lengths(info.first_id)?;
            target.stream_id_lengths(info.max_deleted_id)?;
            target.length(info.entries_added)?;
        }
        target.length(info.groups)?;
        Ok(info.groups)
    }

    fn refuse<T>(&self, what: &'static str) -> Result<T, WriteError> {
        Err(WriteError::CannotHold {
            version: self.version,
            what,
            key: Vec::new(),
        })
    }
}
