//! Reading fields with a change of their expiry.

use super::{expire, fields, get, ttl};
use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};

pub(super) const HGETEX: Command =
    Command::new(Group::Hash, "hgetex", Arity::AtLeast(5), Keys(hgetex))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).modifies()])
        .args(&[
            Arg::key("key"),
            Arg::one_of(
                "expiration",
                &[
                    Arg::integer("seconds").token("EX"),
                    Arg::integer("milliseconds").token("PX"),
                    Arg::unix_time("unix-time-seconds").token("EXAT"),
                    Arg::unix_time("unix-time-milliseconds").token("PXAT"),
                    Arg::word("persist", "PERSIST"),
                ],
            )
            .optional(),
            fields::FIELDS,
        ])
        .since("9.0.0")
        .cost("O(n), n = fields given")
        .summary("Returns the values of fields of a hash and changes when the fields expire.");

fn hgetex(call: &mut Call) -> CommandResult {
    let fields_at = fields::find(&call.args, 2)?;
    let change = Change::parse(&call.args, fields_at)?;
    let names = fields::read(&call.args, fields_at, 1)?;
    let deadline = match &change {
        Change::At(option) => Some(option.deadline(&call.args, call.db.now_ms(), call.name)?),
        Change::Keep | Change::Persist => None,
    };
    get::reply_values(call, names)?;
    match (change, deadline) {
        (_, Some(deadline)) => expire::expire_existing(call, names, deadline),
        (Change::Persist, _) => ttl::persist(call, names).map(drop),
        _ => Ok(()),
    }
}

/// What becomes of the expiry of the fields.
enum Change {
    Keep,
    Persist,
    At(fields::ExpiryOption),
}

impl Change {
    /// Reads the options before argument `end`.
    fn parse(args: &Args, end: usize) -> CommandResult<Self> {
        let mut change = Self::Keep;
        let mut index = 2;
        while index < end {
            change = match change {
                Self::Keep | Self::Persist if args.is(index, "PERSIST") => Self::Persist,
                Self::Persist => return Err(CommandError::SYNTAX),
                Self::Keep | Self::At(_) => {
                    let before = match &change {
                        Self::At(option) => Some(option),
                        _ => None,
                    };
                    let option = fields::ExpiryOption::read(args, index, end, before);
                    index += 1;
                    Self::At(option.ok_or(CommandError::SYNTAX)?)
                }
            };
            index += 1;
        }
        Ok(change)
    }
}
