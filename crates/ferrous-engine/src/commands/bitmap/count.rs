//! Ones counted, bits found.

use std::ops::Range;

use super::bits;
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};

pub(super) const BITCOUNT: Command =
    Command::new(Group::Bitmap, "bitcount", Arity::AtLeast(2), Keys(bitcount))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[
            Arg::key("key"),
            Arg::block(
                "range",
                &[
                    Arg::integer("start"),
                    Arg::block(
                        "end-unit-block",
                        &[
                            Arg::integer("end"),
                            Arg::one_of(
                                "unit",
                                &[Arg::word("byte", "BYTE"), Arg::word("bit", "BIT")],
                            )
                            .optional()
                            .since("7.0.0"),
                        ],
                    )
                    .optional(),
                ],
            )
            .optional(),
        ])
        .since("2.6.0")
        .history(&[
            ("7.0.0", "Ranges may count bits: `BYTE` or `BIT`."),
            ("8.0.0", "A range may lack its `end`."),
        ])
        .cost("O(n), n = bytes looked at")
        .summary("Counts the ones in the string stored at a key, or in part of it.");

fn bitcount(call: &mut Call) -> CommandResult {
    let lending = call.db.lending();
    let ones = match call.db.text(&call.args.key(1))? {
        None => 0,
        Some(text) => match call.args.len() {
            2 => {
                lending.announce_bytes(text.len());
                bits::count_ones(&text)
            }
            4 | 5 if is_inverted(&call.args)? => 0,
            4 | 5 => {
                let range = bit_range(&call.args, 2, text.len())?;
                lending.announce_bytes(range.len() / 8);
                bits::count_ones_in(&text, range)
            }
            _ => return Err(CommandError::SYNTAX),
        },
    };
    call.reply.integer(ones as i64);
    Ok(())
}

pub(super) const BITPOS: Command =
    Command::new(Group::Bitmap, "bitpos", Arity::AtLeast(3), Keys(bitpos))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[
            Arg::key("key"),
            Arg::integer("bit"),
            Arg::block(
                "range",
                &[
                    Arg::integer("start"),
                    Arg::block(
                        "end-unit-block",
                        &[
                            Arg::integer("end"),
                            Arg::one_of(
                                "unit",
                                &[Arg::word("byte", "BYTE"), Arg::word("bit", "BIT")],
                            )
                            .optional()
                            .since("7.0.0"),
                        ],
                    )
                    .optional(),
                ],
            )
            .optional(),
        ])
        .since("2.8.7")
        .history(&[("7.0.0", "Ranges may count bits: `BYTE` or `BIT`.")])
        .cost("O(n), n = bytes looked at")
        .summary("Finds the first one or zero in the string stored at a key, or in part of it.");

fn bitpos(call: &mut Call) -> CommandResult {
    let bit = match call.args.int(2)? {
        0 => false,
        1 => true,
        _ => return Err(CommandError::fixed("ERR The bit argument must be 1 or 0.")),
    };
    let position = match call.db.text(&call.args.key(1))? {
        // An absent string is endless zeros.
        None => (!bit).then_some(0),
        Some(text) => {
            let range = bit_range(&call.args, 3, text.len())?;
            let found = bits::find(&text, bit, range.clone());
            // Without an end the string counts as padded with zeros, so a zero is always found behind it.
            let padded = !bit && call.args.len() < 5 && !range.is_empty();
            found.or(padded.then_some(text.len() * 8))
        }
    };
    call.reply
        .integer(position.map_or(-1, |position| position as i64));
    Ok(())
}

/// True when both offsets count from the end and the first lies behind the second: no bit then, for `BITCOUNT` alone.
/// Saturating at the first bit, as `BITPOS` does, would make one of it.
fn is_inverted(args: &Args<'_>) -> CommandResult<bool> {
    let (start, end) = (args.int(2)?, args.int(3)?);
    Ok(start < 0 && end < 0 && start > end)
}

/// The bits that the optional arguments `start [end [BYTE | BIT]]` from `first` on name in a string of `len` bytes.
fn bit_range(args: &Args<'_>, first: usize, len: usize) -> CommandResult<Range<usize>> {
    let start = if args.len() > first {
        args.int(first)?
    } else {
        0
    };
    let in_bits = match args.len().saturating_sub(first) {
        0..=2 => false,
        3 if args.is(first + 2, "BIT") => true,
        3 if args.is(first + 2, "BYTE") => false,
        _ => return Err(CommandError::SYNTAX),
    };
    let end = if args.len() > first + 1 {
        args.int(first + 1)?
    } else {
        -1
    };
    let scale = if in_bits { 1 } else { 8 };
    let units = (len * 8 / scale) as i64;
    let from_head = |offset: i64| {
        (if offset < 0 {
            offset.saturating_add(units)
        } else {
            offset
        })
        .max(0)
    };
    let past_end = from_head(end).saturating_add(1).min(units) as usize;
    let start = (from_head(start).min(units) as usize).min(past_end);
    Ok(start * scale..past_end * scale)
}
