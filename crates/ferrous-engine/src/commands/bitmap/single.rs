//! One bit.

use super::bits;
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::EventClasses;

pub(super) const SETBIT: Command = Command::new(
    Group::Bitmap,
    "setbit",
    Arity::Exactly(4),
    Keys(setbit),
)
.flags(Flags::DENYOOM.with(Flags::WRITE))
.keys(&[KeySpec::at(1).modifies()])
.args(&[
    Arg::key("key"),
    Arg::integer("offset"),
    Arg::integer("value"),
])
.since("2.2.0")
.cost("O(1)")
.summary(
    "Sets a bit of the string stored at a key, which is padded with zero bytes as far as needed.",
);

fn setbit(call: &mut Call) -> CommandResult {
    let offset = bit_offset(&call.args, 2, 1, call.limits.string_bytes_max)?;
    let bit = match call.args.int_or(3, CommandError::BIT_VALUE)? {
        0 => false,
        1 => true,
        _ => return Err(CommandError::BIT_VALUE),
    };
    let key = call.args.key(1);
    let (before, grown) = call.db.edit_text(&key, |bytes| {
        let grown = bytes.len() <= offset / 8;
        if grown {
            bytes.resize(offset / 8 + 1);
        }
        (bits::set(bytes, offset, bit), grown)
    })?;
    if grown || before != bit {
        call.db.changed(&key, EventClasses::STRING, "setbit", 1);
    }
    call.reply.integer(i64::from(before));
    Ok(())
}

pub(super) const GETBIT: Command =
    Command::new(Group::Bitmap, "getbit", Arity::Exactly(3), Keys(getbit))
        .flags(Flags::FAST.with(Flags::READONLY))
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key"), Arg::integer("offset")])
        .since("2.2.0")
        .cost("O(1)")
        .summary("Returns a bit of the string stored at a key.");

fn getbit(call: &mut Call) -> CommandResult {
    let offset = bit_offset(&call.args, 2, 1, call.limits.string_bytes_max)?;
    let bit = call
        .db
        .text(&call.args.key(1))?
        .is_some_and(|text| bits::get(&text, offset));
    call.reply.integer(i64::from(bit));
    Ok(())
}

/// Argument `index` as the number of a bit within the longest string; `#n` stands for `n` fields of `width` bits.
pub(super) fn bit_offset(
    args: &Args<'_>,
    index: usize,
    width: u32,
    bytes_max: usize,
) -> CommandResult<usize> {
    let text = args.get(index);
    let (digits, scale) = match text.strip_prefix(b"#") {
        Some(digits) if width > 1 || args.len() > 4 => (digits, i64::from(width)),
        _ => (text, 1),
    };
    let number = ferrous_types::number::parse_canonical_int(digits)
        .and_then(|number| number.checked_mul(scale));
    let offset = number
        .and_then(|number| usize::try_from(number).ok())
        .filter(|offset| offset / 8 < bytes_max);
    offset.ok_or(CommandError::BIT_OFFSET)
}
