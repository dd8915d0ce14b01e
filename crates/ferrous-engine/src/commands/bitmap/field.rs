//! Integers of any width at any bit: `BITFIELD`.

use ferrous_resp::Encoder;

use super::bits;
use super::single::bit_offset;
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::EventClasses;

const INVALID_TYPE: CommandError = CommandError::fixed(
    "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but i64 is.",
);

/// The kind of integer that a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FieldType {
    signed: bool,
    /// In bits: 1 to 64, or to 63 when unsigned.
    width: u32,
}

impl FieldType {
    fn parse(text: &[u8]) -> Option<Self> {
        let (sign, digits) = text.split_first()?;
        let signed = match sign {
            b'i' => true,
            b'u' => false,
            _ => return None,
        };
        let width = ferrous_types::number::parse_canonical_int(digits)?;
        let widest = if signed { 64 } else { 63 };
        (1..=widest).contains(&width).then_some(Self {
            signed,
            width: width as u32,
        })
    }

    fn min(self) -> i128 {
        if self.signed {
            -(1 << (self.width - 1))
        } else {
            0
        }
    }

    fn max(self) -> i128 {
        (1 << (self.width - u32::from(self.signed))) - 1
    }

    /// The number that the low bits of `bits` stand for.
    fn value_of(self, bits: u64) -> i64 {
        if self.signed {
            (bits << (64 - self.width)) as i64 >> (64 - self.width)
        } else {
            bits as i64
        }
    }

    fn read(self, bytes: &[u8], offset: usize) -> i64 {
        self.value_of(bits::get_field(bytes, offset, self.width))
    }

    /// The value that goes into the field when `value` may not fit; nothing when that is a failure.
    fn fit(self, value: i128, overflow: Overflow) -> Option<i64> {
        if (self.min()..=self.max()).contains(&value) {
            return Some(value as i64);
        }
        match overflow {
            Overflow::Fail => None,
            Overflow::Saturate => Some(value.clamp(self.min(), self.max()) as i64),
            Overflow::Wrap => Some(self.value_of(value as u64 & (u64::MAX >> (64 - self.width)))),
        }
    }
}

/// What becomes of a value that does not fit its field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Get,
    Set(i64),
    Increment(i64),
}

#[derive(Clone, Copy, Debug)]
struct Step {
    field: FieldType,
    offset: usize,
    action: Action,
    overflow: Overflow,
}

impl Step {
    /// Where a field that is written ends, in bits.
    fn written_end(&self) -> Option<usize> {
        (self.action != Action::Get).then_some(self.offset + self.field.width as usize)
    }

    /// Carries the step out on bytes that reach as far as it writes, and replies with its outcome; true when it wrote
    /// something else than was there.
    fn apply(&self, bytes: &mut [u8], reply: &mut Encoder<'_>) -> bool {
        let before = self.field.read(bytes, self.offset);
        let (target, shown_before) = match self.action {
            Action::Get => {
                reply.integer(before);
                return false;
            }
            // What is stored in an unsigned field is taken as unsigned, as released servers do.
            Action::Set(value) if !self.field.signed => (i128::from(value as u64), true),
            Action::Set(value) => (i128::from(value), true),
            Action::Increment(by) => (i128::from(before) + i128::from(by), false),
        };
        let Some(after) = self.field.fit(target, self.overflow) else {
            reply.nil();
            return false;
        };
        bits::set_field(bytes, self.offset, self.field.width, after as u64);
        reply.integer(if shown_before { before } else { after });
        after != before
    }
}

fn parse(args: &Args<'_>, read_only: bool, bytes_max: usize) -> CommandResult<Vec<Step>> {
    let mut steps = Vec::new();
    let mut overflow = Overflow::Wrap;
    let mut index = 2;
    while index < args.len() {
        let left = args.len() - index - 1;
        if args.is(index, "OVERFLOW") && left >= 1 {
            overflow = match () {
                () if args.is(index + 1, "WRAP") => Overflow::Wrap,
                () if args.is(index + 1, "SAT") => Overflow::Saturate,
                () if args.is(index + 1, "FAIL") => Overflow::Fail,
                () => return Err(CommandError::fixed("ERR Invalid OVERFLOW type specified")),
            };
            index += 2;
            continue;
        }
        let operands = match () {
            () if args.is(index, "GET") && left >= 2 => 2,
            () if (args.is(index, "SET") || args.is(index, "INCRBY")) && left >= 3 => 3,
            () => return Err(CommandError::SYNTAX),
        };
        let field = FieldType::parse(args.get(index + 1)).ok_or(INVALID_TYPE)?;
        let offset = bit_offset(args, index + 2, field.width, bytes_max)?;
        let action = match operands {
            2 => Action::Get,
            _ if args.is(index, "SET") => Action::Set(args.int(index + 3)?),
            _ => Action::Increment(args.int(index + 3)?),
        };
        if read_only && action != Action::Get {
            return Err(CommandError::fixed(
                "ERR BITFIELD_RO only supports the GET subcommand",
            ));
        }
        steps.push(Step {
            field,
            offset,
            action,
            overflow,
        });
        index += operands + 1;
    }
    Ok(steps)
}

pub(super) const BITFIELD: Command =
    Command::new(Group::Bitmap, "bitfield", Arity::AtLeast(2), Keys(bitfield))
        .flags(Flags::DENYOOM.with(Flags::WRITE))
        .keys(&[KeySpec::at(1)
            .modifies()
            .flags(KeyFlags::VARIABLE)
            .notes("Some steps read the key, others change it")])
        .key_use(bitfield_key_use)
        .args(&[
            Arg::key("key"),
            Arg::one_of(
                "operation",
                &[
                    Arg::block(
                        "get-block",
                        &[Arg::string("encoding"), Arg::integer("offset")],
                    )
                    .token("GET"),
                    Arg::block(
                        "write",
                        &[
                            Arg::one_of(
                                "overflow-block",
                                &[
                                    Arg::word("wrap", "WRAP"),
                                    Arg::word("sat", "SAT"),
                                    Arg::word("fail", "FAIL"),
                                ],
                            )
                            .token("OVERFLOW")
                            .optional(),
                            Arg::one_of(
                                "write-operation",
                                &[
                                    Arg::block(
                                        "set-block",
                                        &[
                                            Arg::string("encoding"),
                                            Arg::integer("offset"),
                                            Arg::integer("value"),
                                        ],
                                    )
                                    .token("SET"),
                                    Arg::block(
                                        "incrby-block",
                                        &[
                                            Arg::string("encoding"),
                                            Arg::integer("offset"),
                                            Arg::integer("increment"),
                                        ],
                                    )
                                    .token("INCRBY"),
                                ],
                            ),
                        ],
                    ),
                ],
            )
            .optional()
            .multiple(),
        ])
        .since("3.2.0")
        .cost("O(1) per step")
        .summary("Reads and changes integers of any width within the string stored at a key.");

/// Without a step that writes, the key is only read.
fn bitfield_key_use(argv: &[&[u8]]) -> KeyFlags {
    let writes =
        |word: &&[u8]| word.eq_ignore_ascii_case(b"SET") || word.eq_ignore_ascii_case(b"INCRBY");
    let access = if argv.iter().skip(2).any(writes) {
        KeyFlags::RW.with(KeyFlags::UPDATE)
    } else {
        KeyFlags::RO
    };
    access.with(KeyFlags::ACCESS)
}

fn bitfield(call: &mut Call) -> CommandResult {
    let steps = parse(&call.args, false, call.limits.string_bytes_max)?;
    let Some(end) = steps.iter().filter_map(Step::written_end).max() else {
        return read_all(call, &steps);
    };
    if end.div_ceil(8) > call.limits.string_bytes_max {
        return Err(CommandError::STRING_TOO_LONG);
    }
    let reply = &mut *call.reply;
    let key = call.args.key(1);
    let changes = call.db.edit_text(&key, |bytes| {
        let grown = bytes.len() < end.div_ceil(8);
        if grown {
            bytes.resize(end.div_ceil(8));
        }
        reply.array(steps.len());
        let changes = steps.iter().filter(|step| step.apply(bytes, reply)).count();
        changes.max(usize::from(grown))
    })?;
    if changes > 0 {
        call.db
            .changed(&key, EventClasses::STRING, "setbit", changes as u64);
    }
    Ok(())
}

pub(super) const BITFIELD_RO: Command = Command::new(
    Group::Bitmap,
    "bitfield_ro",
    Arity::AtLeast(2),
    Keys(bitfield_ro),
)
.flags(Flags::FAST.with(Flags::READONLY))
.keys(&[KeySpec::at(1).reads()])
.args(&[
    Arg::key("key"),
    Arg::block(
        "get-block",
        &[Arg::string("encoding"), Arg::integer("offset")],
    )
    .token("GET")
    .optional()
    .multiple_token(),
])
.since("6.0.0")
.cost("O(1) per step")
.summary("Reads integers of any width within the string stored at a key.");

fn bitfield_ro(call: &mut Call) -> CommandResult {
    let steps = parse(&call.args, true, call.limits.string_bytes_max)?;
    read_all(call, &steps)
}

fn read_all(call: &mut Call, steps: &[Step]) -> CommandResult {
    let text = call.db.text(&call.args.key(1))?;
    let bytes = text.as_deref().unwrap_or_default();
    call.reply.array(steps.len());
    for step in steps {
        call.reply.integer(step.field.read(bytes, step.offset));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_bounded() {
        assert_eq!(
            FieldType::parse(b"u63"),
            Some(FieldType {
                signed: false,
                width: 63
            })
        );
        assert_eq!(
            FieldType::parse(b"i64"),
            Some(FieldType {
                signed: true,
                width: 64
            })
        );
        for refused in ["u64", "i65", "i0", "u-1", "x8", "", "i"] {
            assert_eq!(FieldType::parse(refused.as_bytes()), None, "{refused}");
        }
    }

    #[test]
    fn overflow_wraps_saturates_or_fails() {
        let byte = FieldType {
            signed: false,
            width: 8,
        };
        let signed = FieldType {
            signed: true,
            width: 8,
        };
        assert_eq!(byte.fit(257, Overflow::Wrap), Some(1));
        assert_eq!(byte.fit(-1, Overflow::Saturate), Some(0));
        assert_eq!(byte.fit(256, Overflow::Fail), None);
        assert_eq!(signed.fit(128, Overflow::Wrap), Some(-128));
        assert_eq!(signed.fit(-129, Overflow::Saturate), Some(-128));
        let widest = FieldType {
            signed: true,
            width: 64,
        };
        assert_eq!(
            widest.fit(i128::from(i64::MAX) + 1, Overflow::Wrap),
            Some(i64::MIN)
        );
    }
}
