//! Identifiers as arguments and in replies.

use ferrous_resp::Encoder;
use ferrous_types::stream::{Entry, Fields, NewId, StreamId};

use crate::args::Args;
use crate::error::{CommandError, CommandResult};

const INVALID: CommandError =
    CommandError::fixed("ERR Invalid stream ID specified as stream command argument");
const INVALID_START: CommandError = CommandError::fixed("ERR invalid start ID for the interval");
const INVALID_END: CommandError = CommandError::fixed("ERR invalid end ID for the interval");

/// No identifier is longer, whatever zeros it begins with.
const TEXT_BYTES_MAX: usize = 127;

/// The identifier that `text` spells; 0 is the number of one that has none.
pub(super) fn parse(text: &[u8]) -> CommandResult<StreamId> {
    parse_with(text, 0).ok_or(INVALID)
}

/// The identifier that `text` spells for a new entry.
pub(super) fn parse_new(text: &[u8]) -> CommandResult<NewId> {
    Some(text)
        .filter(|text| text.len() <= TEXT_BYTES_MAX)
        .and_then(NewId::parse)
        .ok_or(INVALID)
}

fn parse_with(text: &[u8], missing_seq: u64) -> Option<StreamId> {
    Some(text)
        .filter(|text| text.len() <= TEXT_BYTES_MAX)
        .and_then(|text| StreamId::parse(text, missing_seq))
}

/// The first and the last identifier of the interval that arguments `start` and `end` give.
pub(super) fn interval(
    args: &Args<'_>,
    start: usize,
    end: usize,
) -> CommandResult<(StreamId, StreamId)> {
    Ok((
        interval_start(args.get(start))?,
        interval_end(args.get(end))?,
    ))
}

/// The first identifier of the interval that begins at `text`.
pub(super) fn interval_start(text: &[u8]) -> CommandResult<StreamId> {
    match bound(text, 0)? {
        (id, false) => Ok(id),
        (id, true) => id.next().ok_or(INVALID_START),
    }
}

fn interval_end(text: &[u8]) -> CommandResult<StreamId> {
    match bound(text, u64::MAX)? {
        (id, false) => Ok(id),
        (id, true) => id.previous().ok_or(INVALID_END),
    }
}

/// The end of an interval, and whether it is excluded.
fn bound(text: &[u8], missing_seq: u64) -> CommandResult<(StreamId, bool)> {
    match text {
        b"-" => Ok((StreamId::MIN, false)),
        b"+" => Ok((StreamId::MAX, false)),
        [b'(', id @ ..] if !id.is_empty() => {
            let id = parse_with(id, missing_seq).ok_or(INVALID)?;
            Ok((id, true))
        }
        id => Ok((parse_with(id, missing_seq).ok_or(INVALID)?, false)),
    }
}

/// An identifier in decimal.
pub(super) struct IdText {
    bytes: [u8; 41],
    len: usize,
}

impl IdText {
    pub(super) fn new(id: StreamId) -> Self {
        let (mut ms, mut seq) = (itoa::Buffer::new(), itoa::Buffer::new());
        let (ms, seq) = (ms.format(id.ms).as_bytes(), seq.format(id.seq).as_bytes());
        let mut bytes = [b'-'; 41];
        let len = ms.len() + 1 + seq.len();
        bytes[..ms.len()].copy_from_slice(ms);
        bytes[ms.len() + 1..len].copy_from_slice(seq);
        Self { bytes, len }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Writes an identifier.
pub(super) fn reply_id(reply: &mut Encoder<'_>, id: StreamId) {
    reply.bulk(IdText::new(id).as_bytes());
}

/// Writes an entry: its identifier, and an array of its fields and values in turn.
pub(super) fn reply_entry(reply: &mut Encoder<'_>, entry: Entry<'_>) {
    reply.array(2);
    reply_id(reply, entry.id);
    reply_fields(reply, entry.fields);
}

fn reply_fields(reply: &mut Encoder<'_>, fields: Fields<'_>) {
    reply.array(2 * fields.len());
    for (name, value) in fields {
        name.with_bytes(|name| reply.bulk(name));
        value.with_bytes(|value| reply.bulk(value));
    }
}

/// Writes an array of the entries, at most `count` of them when that is given.
pub(super) fn reply_entries<'a>(
    reply: &mut Encoder<'_>,
    entries: impl Iterator<Item = Entry<'a>>,
    count: Option<usize>,
) {
    let expected = count.map_or(10, |count| count.min(99));
    let array = reply.defer(ferrous_resp::Aggregate::Array, expected);
    let mut len = 0;
    for entry in entries.take(count.unwrap_or(usize::MAX)) {
        reply_entry(reply, entry);
        len += 1;
    }
    array.finish(reply, len);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_print_as_they_parse() {
        for id in [StreamId::MIN, StreamId { ms: 5, seq: 17 }, StreamId::MAX] {
            let text = IdText::new(id);
            assert_eq!(text.as_bytes(), id.to_string().as_bytes());
            assert_eq!(parse(text.as_bytes()), Ok(id));
        }
    }

    #[test]
    fn intervals_may_leave_their_ends_out() {
        let id = |ms, seq| StreamId { ms, seq };
        assert_eq!(interval_start(b"(5-1"), Ok(id(5, 2)));
        assert_eq!(interval_end(b"5"), Ok(id(5, u64::MAX)));
        assert_eq!(interval_end(b"(5-0"), Ok(id(4, u64::MAX)));
        assert_eq!(interval_end(b"(0-0"), Err(INVALID_END));
        assert_eq!(interval_start(b"("), Err(INVALID));
    }
}
