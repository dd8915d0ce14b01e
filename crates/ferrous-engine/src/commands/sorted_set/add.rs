//! Adding members and changing scores.

use ferrous_types::SortedSet;
use ferrous_types::number::parse_f64;
use ferrous_types::sorted_set::{AddRules, Added, Direction, NotANumber, Presence};

use crate::args::Args;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::{Db, EventClasses, Key};

const ABSENT_AND_PRESENT: CommandError =
    CommandError::fixed("ERR XX and NX options at the same time are not compatible");
const ABSENT_AND_COMPARED: CommandError =
    CommandError::fixed("ERR GT, LT, and/or NX options at the same time are not compatible");
const ONE_INCREMENT: CommandError =
    CommandError::fixed("ERR INCR option supports a single increment-element pair");
const NOT_A_NUMBER: CommandError = CommandError::fixed("ERR resulting score is not a number (NaN)");

pub(super) const ZADD: Command =
    Command::new(Group::SortedSet, "zadd", Arity::AtLeast(4), Keys(zadd))
        .flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
        .args(&[
            Arg::key("key"),
            Arg::one_of("condition", &[Arg::word("nx", "NX"), Arg::word("xx", "XX")])
                .optional()
                .since("3.0.2"),
            Arg::one_of(
                "comparison",
                &[Arg::word("gt", "GT"), Arg::word("lt", "LT")],
            )
            .optional()
            .since("6.2.0"),
            Arg::word("change", "CH").optional().since("3.0.2"),
            Arg::word("increment", "INCR").optional().since("3.0.2"),
            Arg::block("data", &[Arg::double("score"), Arg::string("member")]).multiple(),
        ])
        .since("1.2.0")
        .history(&[
            ("2.4.0", "Takes several members at once."),
            ("3.0.2", "Takes `CH`, `INCR`, `NX` and `XX`."),
            ("6.2.0", "Takes `GT` and `LT`."),
        ])
        .cost("O(m * log(n)), m = members given, n = members of the sorted set")
        .summary("Adds members to a sorted set, or changes their scores.");

fn zadd(call: &mut Call) -> CommandResult {
    let options = Options::parse(&call.args);
    let pairs = call.args.from(options.pairs_at);
    if pairs.is_empty() || !pairs.len().is_multiple_of(2) {
        return Err(CommandError::SYNTAX);
    }
    if let Some(conflict) = options.conflict {
        return Err(conflict);
    }
    if options.rules.increment && pairs.len() > 2 {
        return Err(ONE_INCREMENT);
    }
    if let [score, member] = pairs
        && options.rules.increment
    {
        return increment(call, member, score, options.rules);
    }
    let scores = parse_scores(pairs)?;
    let members = pairs.chunks_exact(2).map(|pair| pair[1]);
    let (added, updated) = add_all(
        call.db,
        &call.args.key(1),
        scores.iter().copied().zip(members),
        options.rules,
    )?;
    let reported = if options.count_changed {
        added + updated
    } else {
        added
    };
    call.reply.integer(reported as i64);
    Ok(())
}

/// Every second word as a score.
fn parse_scores(pairs: &[&[u8]]) -> CommandResult<smallvec::SmallVec<[f64; 8]>> {
    let scores = pairs.iter().step_by(2);
    scores
        .map(|score| parse_f64(score).ok_or(CommandError::NOT_FLOAT))
        .collect()
}

/// Adds members with these scores, none of them a NaN, and tells so; returns how many are new and how many have another
/// score.
pub(in crate::commands) fn add_all<'a>(
    db: &mut Db,
    key: &Key,
    members: impl Iterator<Item = (f64, &'a [u8])>,
    rules: AddRules,
) -> CommandResult<(u64, u64)> {
    let (limits, seed) = (db.limits().sorted_set, db.seed());
    let (added, updated) = db.edit_or_create(key, SortedSet::new, |set: &mut SortedSet| {
        let (mut added, mut updated) = (0, 0);
        for (score, member) in members {
            match set.add(member, score, rules, limits, seed) {
                Ok(Added::New(_)) => added += 1,
                Ok(Added::Updated(_)) => updated += 1,
                Ok(Added::Same(_) | Added::Refused) | Err(NotANumber) => {}
            }
        }
        (added, updated)
    })?;
    if added + updated > 0 {
        db.changed(key, EventClasses::SORTED_SET, "zadd", added + updated);
    }
    Ok((added, updated))
}

pub(super) const ZINCRBY: Command = Command::new(
    Group::SortedSet,
    "zincrby",
    Arity::Exactly(4),
    Keys(zincrby),
)
.flags(Flags::DENYOOM.with(Flags::FAST).with(Flags::WRITE))
.keys(&[KeySpec::at(1).modifies()])
.args(&[
    Arg::key("key"),
    Arg::integer("increment"),
    Arg::string("member"),
])
.since("1.2.0")
.cost("O(log(n)), n = members of the sorted set")
.summary("Adds to the score of a member of a sorted set; an absent member counts as 0.");

fn zincrby(call: &mut Call) -> CommandResult {
    // Released servers look for the options of ZADD first, and then miss an increment.
    if Options::parse(&call.args).pairs_at > 2 {
        return Err(CommandError::SYNTAX);
    }
    let rules = AddRules {
        increment: true,
        ..AddRules::default()
    };
    increment(call, call.args.get(3), call.args.get(2), rules)
}

/// Adds to the score of one member and replies with the sum, or nil when the rules forbid it.
fn increment(call: &mut Call, member: &[u8], score: &[u8], rules: AddRules) -> CommandResult {
    let score = parse_f64(score).ok_or(CommandError::NOT_FLOAT)?;
    let (key, limits, seed) = (call.args.key(1), call.limits.sorted_set, call.db.seed());
    let added = call
        .db
        .edit_or_create(&key, SortedSet::new, |set: &mut SortedSet| {
            set.add(member, score, rules, limits, seed)
        })?;
    let added = added.map_err(|NotANumber| NOT_A_NUMBER)?;
    if matches!(added, Added::New(_) | Added::Updated(_)) {
        call.db.changed(&key, EventClasses::SORTED_SET, "zincr", 1);
    }
    match added {
        Added::New(score) | Added::Updated(score) | Added::Same(score) => call.reply.double(score),
        Added::Refused => call.reply.nil(),
    }
    Ok(())
}

/// The options before the members.
struct Options {
    rules: AddRules,
    /// Some of them do not go together.
    conflict: Option<CommandError>,
    /// Changed scores count, too.
    count_changed: bool,
    /// The argument with the first score.
    pairs_at: usize,
}

impl Options {
    fn parse(args: &Args) -> Self {
        let (mut absent, mut present, mut up, mut down) = (false, false, false, false);
        let (mut increment, mut count_changed) = (false, false);
        let mut index = 2;
        while index < args.len() {
            let word = match () {
                () if args.is(index, "NX") => &mut absent,
                () if args.is(index, "XX") => &mut present,
                () if args.is(index, "GT") => &mut up,
                () if args.is(index, "LT") => &mut down,
                () if args.is(index, "CH") => &mut count_changed,
                () if args.is(index, "INCR") => &mut increment,
                () => break,
            };
            *word = true;
            index += 1;
        }
        let rules = AddRules {
            presence: match (absent, present) {
                (true, _) => Presence::Absent,
                (_, true) => Presence::Present,
                _ => Presence::Any,
            },
            direction: match (up, down) {
                (true, _) => Direction::Up,
                (_, true) => Direction::Down,
                _ => Direction::Any,
            },
            increment,
        };
        let conflict = if absent && present {
            Some(ABSENT_AND_PRESENT)
        } else {
            (absent && (up || down) || up && down).then_some(ABSENT_AND_COMPARED)
        };
        Self {
            rules,
            conflict,
            count_changed,
            pairs_at: index,
        }
    }
}
