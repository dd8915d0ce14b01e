//! Adding places.

use ferrous_types::sorted_set::{AddRules, Presence};

use super::parse_place;
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeyFlags, KeySpec};
use crate::commands::sorted_set::add_all;
use crate::error::{CommandError, CommandResult};
use crate::keyspace::IntText;

pub(super) const GEOADD: Command =
    Command::new(Group::Geo, "geoadd", Arity::AtLeast(5), Keys(geoadd))
        .flags(Flags::DENYOOM.with(Flags::WRITE))
        .keys(&[KeySpec::at(1).flags(KeyFlags::RW.with(KeyFlags::UPDATE))])
        .args(&[
            Arg::key("key"),
            Arg::one_of("condition", &[Arg::word("nx", "NX"), Arg::word("xx", "XX")])
                .optional()
                .since("6.2.0"),
            Arg::word("change", "CH").optional().since("6.2.0"),
            Arg::block(
                "data",
                &[
                    Arg::double("longitude"),
                    Arg::double("latitude"),
                    Arg::string("member"),
                ],
            )
            .multiple(),
        ])
        .since("3.2.0")
        .history(&[("6.2.0", "Takes `CH`, `NX` and `XX`.")])
        .cost("O(m * log(n)), m = places given, n = members of the sorted set")
        .summary("Adds places to a sorted set, or moves them.");

fn geoadd(call: &mut Call) -> CommandResult {
    let args = call.args;
    let (mut absent, mut present, mut count_changed) = (false, false, false);
    let mut first = 2;
    loop {
        match () {
            () if args.is(first, "NX") => absent = true,
            () if args.is(first, "XX") => present = true,
            () if args.is(first, "CH") => count_changed = true,
            () => break,
        }
        first += 1;
    }
    let data = args.from(first);
    if !data.len().is_multiple_of(3) || absent && present {
        return Err(CommandError::SYNTAX);
    }
    let geohashes = (first..args.len())
        .step_by(3)
        .map(|index| parse_place(&args, index).map(|(_, geohash)| geohash))
        .collect::<CommandResult<Vec<u64>>>()?;
    let rules = AddRules {
        presence: match (absent, present) {
            (true, _) => Presence::Absent,
            (_, true) => Presence::Present,
            _ => Presence::Any,
        },
        ..AddRules::default()
    };
    let members = data.chunks_exact(3).map(|place| place[2]);
    let scored = geohashes.iter().map(|geohash| *geohash as f64).zip(members);
    let (added, updated) = add_all(call.db, &args.key(1), scored, rules)?;
    if added + updated > 0 {
        repeat_as_scores(call, first, &geohashes);
    }
    let reported = if count_changed {
        added + updated
    } else {
        added
    };
    call.reply.integer(reported as i64);
    Ok(())
}

/// Has `ZADD` with the geohashes repeat the call: what a place comes to is then not computed again.
fn repeat_as_scores(call: &mut Call, first: usize, geohashes: &[u64]) {
    if !call.db.wants_effects() {
        return;
    }
    let args = call.args;
    let scores: Vec<IntText> = geohashes
        .iter()
        .map(|geohash| IntText::new(*geohash as i64))
        .collect();
    let mut repeated: Vec<&[u8]> = vec![b"ZADD"];
    repeated.extend(&args.all()[1..first]);
    for (score, place) in scores.iter().zip(args.from(first).chunks_exact(3)) {
        repeated.extend([&**score, place[2]]);
    }
    call.db.repeat(&repeated);
}
