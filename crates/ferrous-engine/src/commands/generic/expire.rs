//! Deadlines set: the `EXPIRE` family.

use std::cmp::Ordering;
use std::ops::Range;

use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::expiry::TimeUnit;
use crate::error::{CommandError, CommandResult};

pub(super) const EXPIRE: Command =
    Command::new(Group::Generic, "expire", Arity::AtLeast(3), Keys(expire))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
        .args(&[
            Arg::key("key"),
            Arg::integer("seconds"),
            Arg::one_of(
                "condition",
                &[
                    Arg::word("nx", "NX"),
                    Arg::word("xx", "XX"),
                    Arg::word("gt", "GT"),
                    Arg::word("lt", "LT"),
                ],
            )
            .optional()
            .since("7.0.0"),
        ])
        .since("1.0.0")
        .history(&[("7.0.0", "Takes the conditions `NX`, `XX`, `GT` and `LT`.")])
        .cost("O(1)")
        .summary("Has a key expire after some seconds.");

fn expire(call: &mut Call) -> CommandResult {
    set_deadline(call, TimeUnit::SECONDS)
}

pub(super) const PEXPIRE: Command =
    Command::new(Group::Generic, "pexpire", Arity::AtLeast(3), Keys(pexpire))
        .flags(Flags::FAST.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
        .args(&[
            Arg::key("key"),
            Arg::integer("milliseconds"),
            Arg::one_of(
                "condition",
                &[
                    Arg::word("nx", "NX"),
                    Arg::word("xx", "XX"),
                    Arg::word("gt", "GT"),
                    Arg::word("lt", "LT"),
                ],
            )
            .optional()
            .since("7.0.0"),
        ])
        .since("2.6.0")
        .history(&[("7.0.0", "Takes the conditions `NX`, `XX`, `GT` and `LT`.")])
        .cost("O(1)")
        .summary("Has a key expire after some milliseconds.");

fn pexpire(call: &mut Call) -> CommandResult {
    set_deadline(call, TimeUnit::MILLISECONDS)
}

pub(super) const EXPIREAT: Command = Command::new(
    Group::Generic,
    "expireat",
    Arity::AtLeast(3),
    Keys(expireat),
)
.flags(Flags::FAST.with(Flags::WRITE))
.keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
.args(&[
    Arg::key("key"),
    Arg::unix_time("unix-time-seconds"),
    Arg::one_of(
        "condition",
        &[
            Arg::word("nx", "NX"),
            Arg::word("xx", "XX"),
            Arg::word("gt", "GT"),
            Arg::word("lt", "LT"),
        ],
    )
    .optional()
    .since("7.0.0"),
])
.since("1.2.0")
.history(&[("7.0.0", "Takes the conditions `NX`, `XX`, `GT` and `LT`.")])
.cost("O(1)")
.summary("Has a key expire at a Unix time in seconds.");

fn expireat(call: &mut Call) -> CommandResult {
    set_deadline(call, TimeUnit::UNIX_SECONDS)
}

pub(super) const PEXPIREAT: Command = Command::new(
    Group::Generic,
    "pexpireat",
    Arity::AtLeast(3),
    Keys(pexpireat),
)
.flags(Flags::FAST.with(Flags::WRITE))
.keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
.args(&[
    Arg::key("key"),
    Arg::unix_time("unix-time-milliseconds"),
    Arg::one_of(
        "condition",
        &[
            Arg::word("nx", "NX"),
            Arg::word("xx", "XX"),
            Arg::word("gt", "GT"),
            Arg::word("lt", "LT"),
        ],
    )
    .optional()
    .since("7.0.0"),
])
.since("2.6.0")
.history(&[("7.0.0", "Takes the conditions `NX`, `XX`, `GT` and `LT`.")])
.cost("O(1)")
.summary("Has a key expire at a Unix time in milliseconds.");

fn pexpireat(call: &mut Call) -> CommandResult {
    set_deadline(call, TimeUnit::UNIX_MILLISECONDS)
}

/// Under which circumstances a deadline is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::commands) struct Condition {
    /// Whether there must have been one, or none.
    existing: Option<bool>,
    /// How the new one must compare with the one there was; none at all counts as latest.
    order: Option<Ordering>,
}

impl Condition {
    /// Reads it from the arguments in `range`.
    pub(in crate::commands) fn parse(args: &Args<'_>, range: Range<usize>) -> CommandResult<Self> {
        let (mut none, mut some, mut later, mut earlier) = (false, false, false, false);
        for index in range {
            match () {
                () if args.is(index, "NX") => none = true,
                () if args.is(index, "XX") => some = true,
                () if args.is(index, "GT") => later = true,
                () if args.is(index, "LT") => earlier = true,
                () => {
                    let word = CommandError::shown(args.get(index));
                    return Err(CommandError::quoting([b"ERR Unsupported option ", word]));
                }
            }
        }
        if none && (some || later || earlier) {
            return Err(CommandError::fixed(
                "ERR NX and XX, GT or LT options at the same time are not compatible",
            ));
        }
        if later && earlier {
            return Err(CommandError::fixed(
                "ERR GT and LT options at the same time are not compatible",
            ));
        }
        Ok(Self {
            existing: (none || some).then_some(some),
            order: match (later, earlier) {
                (true, _) => Some(Ordering::Greater),
                (_, true) => Some(Ordering::Less),
                _ => None,
            },
        })
    }

    /// True when a deadline that is `current`, or none, may become `new`.
    pub(in crate::commands) fn allows(self, current: Option<i64>, new: i64) -> bool {
        let existing = self.existing.is_none_or(|some| some == current.is_some());
        let compared = current.map_or(Ordering::Less, |current| new.cmp(&current));
        existing && self.order.is_none_or(|order| order == compared)
    }
}

fn set_deadline(call: &mut Call, unit: TimeUnit) -> CommandResult {
    let key = call.args.key(1);
    let condition = Condition::parse(&call.args, 3..call.args.len())?;
    let value = call.args.int(2)?;
    let deadline = unit
        .to_unix_ms(value, call.db.now_ms())
        .ok_or_else(|| CommandError::invalid_expire(call.name))?;
    let set = call.db.exists(&key) && condition.allows(call.db.deadline(&key), deadline);
    if set {
        call.db.expire_at(&key, deadline);
    }
    call.reply.integer(i64::from(set));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_deadline_counts_as_the_latest() {
        let later = Condition {
            order: Some(Ordering::Greater),
            ..Condition::default()
        };
        let earlier = Condition {
            order: Some(Ordering::Less),
            ..Condition::default()
        };
        assert!(!later.allows(None, 10));
        assert!(earlier.allows(None, 10));
        assert!(later.allows(Some(9), 10) && !later.allows(Some(10), 10));
        assert!(earlier.allows(Some(11), 10) && !earlier.allows(Some(10), 10));
    }
}
