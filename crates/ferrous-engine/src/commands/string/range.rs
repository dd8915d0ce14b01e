//! Parts of strings.

use std::ops::Range;

use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::EventClasses;

pub(super) const STRLEN: Command =
    Command::new(Group::String, "strlen", Arity::Exactly(2), Keys(strlen))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RO)])
        .args(&[Arg::key("key")])
        .since("2.2.0")
        .cost("O(1)")
        .summary("Returns the length of the string stored at a key.");

fn strlen(call: &mut Call) -> CommandResult {
    let len = call
        .db
        .text(&call.args.key(1))?
        .map_or(0, |text| text.len());
    call.reply.integer(len as i64);
    Ok(())
}

pub(super) const APPEND: Command =
    Command::new(Group::String, "append", Arity::Exactly(3), Keys(append))
        .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::INSERT.with(KeyFlags::RW))])
        .args(&[Arg::key("key"), Arg::string("value")])
        .since("2.0.0")
        .cost("O(1) amortized, for values of bounded length")
        .summary("Appends to the string stored at a key; an absent key counts as empty.");

fn append(call: &mut Call) -> CommandResult {
    let (key, value) = (call.args.key(1), call.args.get(2));
    let current = call.db.peek_text(&key)?.map(|text| text.len());
    let len = if let Some(current) = current {
        check_length(call, current + value.len())?;
        call.db.edit_text(&key, |bytes| {
            bytes.extend_from_slice(value);
            bytes.len()
        })?
    } else {
        // A new string is stored as SET stores it: short ones compactly, integers as integers.
        call.db.set_text(&key, value, None);
        value.len()
    };
    call.db.changed(&key, EventClasses::STRING, "append", 1);
    call.reply.integer(len as i64);
    Ok(())
}

pub(super) const SETRANGE: Command = Command::new(Group::String, "setrange", Arity::Exactly(4), Keys(setrange))
    .flags(Flags::DENYOOM.with(Flags::WRITE))
    .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
    .args(&[
        Arg::key("key"),
        Arg::integer("offset"),
        Arg::string("value"),
    ])
    .since("2.2.0")
    .cost("O(1), for values of bounded length")
    .summary("Overwrites part of the string stored at a key, which is padded with zero bytes as far as needed.");

fn setrange(call: &mut Call) -> CommandResult {
    let (key, value) = (call.args.key(1), call.args.get(3));
    let offset = usize::try_from(call.args.int(2)?).map_err(|_| CommandError::OFFSET_RANGE)?;
    let current = call.db.peek_text(&key)?.map_or(0, |text| text.len());
    if value.is_empty() {
        call.reply.integer(current as i64);
        return Ok(());
    }
    let end = offset.saturating_add(value.len());
    check_length(call, end)?;
    let len = call.db.edit_text(&key, |bytes| {
        if bytes.len() < end {
            bytes.resize(end);
        }
        bytes[offset..end].copy_from_slice(value);
        bytes.len()
    })?;
    call.db.changed(&key, EventClasses::STRING, "setrange", 1);
    call.reply.integer(len as i64);
    Ok(())
}

/// Refuses a string that would grow to more than `proto-max-bulk-len`.
fn check_length(call: &Call, len: usize) -> CommandResult {
    if len > call.limits.string_bytes_max {
        Err(CommandError::STRING_TOO_LONG)
    } else {
        Ok(())
    }
}

pub(super) const GETRANGE: Command =
    Command::new(Group::String, "getrange", Arity::Exactly(4), Keys(getrange))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key"), Arg::integer("start"), Arg::integer("end")])
        .since("2.4.0")
        .cost("O(n), n = bytes returned")
        .summary("Returns part of the string stored at a key.");

fn getrange(call: &mut Call) -> CommandResult {
    let (start, end) = (call.args.int(2)?, call.args.int(3)?);
    match call.db.text(&call.args.key(1))? {
        Some(text) => call.reply.bulk(&text[byte_range(start, end, text.len())]),
        None => call.reply.bulk(b""),
    }
    Ok(())
}

pub(super) const SUBSTR: Command =
    Command::new(Group::String, "substr", Arity::Exactly(4), Keys(substr))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key"), Arg::integer("start"), Arg::integer("end")])
        .since("1.0.0")
        .cost("O(n), n = bytes returned")
        .summary("Returns part of the string stored at a key.");

fn substr(call: &mut Call) -> CommandResult {
    getrange(call)
}

/// The bytes that inclusive offsets `start..=end` name in a string of `len` bytes.
///
/// Offsets below zero count back from the end; both saturate at the first byte, so `0 -100` names one byte, not none:
/// clients depend on what released servers do.
fn byte_range(start: i64, end: i64, len: usize) -> Range<usize> {
    // Saturating would hide that these were inverted: -7..-9 of five bytes is empty.
    if start < 0 && end < 0 && start > end {
        return 0..0;
    }
    let len = len as i64;
    let from_head = |offset: i64| (if offset < 0 { offset + len } else { offset }).max(0);
    let past_end = from_head(end).saturating_add(1).min(len);
    from_head(start).min(past_end) as usize..past_end as usize
}

#[cfg(test)]
mod tests {
    use super::byte_range;

    #[test]
    fn offsets_saturate_as_in_released_servers() {
        assert_eq!(byte_range(0, 3, 11), 0..4);
        assert_eq!(byte_range(-3, -1, 11), 8..11);
        assert_eq!(byte_range(0, -100, 11), 0..1);
        assert_eq!(byte_range(-7, -9, 5), 0..0);
        assert_eq!(byte_range(5, 3, 11), 4..4);
        assert_eq!(byte_range(i64::MIN, i64::MAX, 11), 0..11);
        assert_eq!(byte_range(0, -1, 0), 0..0);
    }
}
