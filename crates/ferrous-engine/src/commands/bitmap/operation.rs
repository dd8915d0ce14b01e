//! Bitwise operations between strings.

use ferrous_types::entry::Buffer;

use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::EventClasses;

/// A bitwise operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    And,
    Or,
    Xor,
    Not,
}

impl Operation {
    fn parse(args: &Args<'_>) -> CommandResult<Self> {
        let known = [
            ("AND", Self::And),
            ("OR", Self::Or),
            ("XOR", Self::Xor),
            ("NOT", Self::Not),
        ];
        let found = known.into_iter().find(|(word, _)| args.is(1, word));
        let (_, operation) = found.ok_or(CommandError::SYNTAX)?;
        if operation == Self::Not && args.len() != 4 {
            return Err(CommandError::fixed(
                "ERR BITOP NOT must be called with a single source key.",
            ));
        }
        Ok(operation)
    }

    /// Makes `into` what the operation makes of it and `with`; shorter strings count as padded with zeros.
    fn fold(self, into: &mut Vec<u8>, with: &[u8]) {
        if into.len() < with.len() {
            into.resize(with.len(), 0);
        }
        let (common, beyond) = into.split_at_mut(with.len());
        for (byte, other) in common.iter_mut().zip(with) {
            match self {
                Self::And => *byte &= other,
                Self::Or => *byte |= other,
                Self::Xor => *byte ^= other,
                Self::Not => unreachable!("NOT takes one string"),
            }
        }
        if self == Self::And {
            beyond.fill(0);
        }
    }
}

pub(super) const BITOP: Command =
    Command::new(Group::Bitmap, "bitop", Arity::AtLeast(4), Keys(bitop))
        .flags(Flags::DENYOOM.with(Flags::WRITE))
        .keys(&[
            KeySpec::at(2).overwrites(),
            KeySpec::range(3, -1, 1).reads(),
        ])
        .args(&[
            Arg::one_of(
                "operation",
                &[
                    Arg::word("and", "AND"),
                    Arg::word("or", "OR"),
                    Arg::word("xor", "XOR"),
                    Arg::word("not", "NOT"),
                ],
            ),
            Arg::key("destkey"),
            Arg::key_of("key", 1).multiple(),
        ])
        .since("2.6.0")
        .cost("O(n), n = bytes of the strings")
        .summary("Combines the bits of strings and stores the result at a key.");

fn bitop(call: &mut Call) -> CommandResult {
    let operation = Operation::parse(&call.args)?;
    let mut keys = call.args.keys();
    let target = keys.next().ok_or(CommandError::SYNTAX)?;
    let mut result: Option<Vec<u8>> = None;
    let lending = call.db.lending();
    for key in keys {
        let text = call.db.text(&key)?;
        let bytes = text.as_deref().unwrap_or_default();
        lending.announce_bytes(bytes.len());
        match &mut result {
            None => result = Some(bytes.to_vec()),
            Some(result) => operation.fold(result, bytes),
        }
    }
    let mut result = result.unwrap_or_default();
    if operation == Operation::Not {
        for byte in &mut result {
            *byte = !*byte;
        }
    }
    if result.is_empty() {
        call.db.delete(&target);
    } else {
        call.db.set_buffer(&target, Buffer::new(&result));
        call.db.changed(&target, EventClasses::STRING, "set", 1);
    }
    call.reply.integer(result.len() as i64);
    Ok(())
}
