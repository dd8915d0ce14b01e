//! Where places are, and how far apart.

use ferrous_types::SortedSet;
use ferrous_types::geo::Point;

use super::coordinate_text;
use super::unit::{distance_text, metres_in};
use crate::call::{Call, Command, DataHandler::Keys};
use crate::command::{Arg, Arity, Flags, Group, KeySpec};
use crate::error::{CommandError, CommandResult};

/// The syntax of a unit of distance.
pub(super) const UNIT: Arg = Arg::one_of(
    "unit",
    &[
        Arg::word("m", "M"),
        Arg::word("km", "KM"),
        Arg::word("ft", "FT"),
        Arg::word("mi", "MI"),
    ],
);

pub(super) const GEOPOS: Command =
    Command::new(Group::Geo, "geopos", Arity::AtLeast(2), Keys(geopos))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key"), Arg::string("member").multiple().optional()])
        .since("3.2.0")
        .cost("O(n), n = members asked for")
        .summary("Returns the longitudes and latitudes of members.");

fn geopos(call: &mut Call) -> CommandResult {
    reply_places(call, |call, place| match place {
        Some(place) => reply_coordinates(call, place),
        None => call.reply.nil_array(),
    })
}

pub(super) const GEOHASH: Command =
    Command::new(Group::Geo, "geohash", Arity::AtLeast(2), Keys(geohash))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[Arg::key("key"), Arg::string("member").multiple().optional()])
        .since("3.2.0")
        .cost("O(n), n = members asked for")
        .summary("Returns the geohashes of members in their standard spelling.");

fn geohash(call: &mut Call) -> CommandResult {
    reply_places(call, |call, place| match place {
        Some(place) => call.reply.bulk(&place.geohash_text()),
        None => call.reply.nil(),
    })
}

/// Replies with what `reply` writes for the place of each member.
fn reply_places(call: &mut Call, reply: impl Fn(&mut Call, Option<Point>)) -> CommandResult {
    let members = call.args.from(2);
    let seed = call.db.seed();
    let set = call.db.collection::<SortedSet>(&call.args.key(1))?;
    let places: Vec<Option<Point>> = members
        .iter()
        .map(|member| place_of(set?.score(member, seed)?))
        .collect();
    call.reply.array(places.len());
    for place in places {
        reply(call, place);
    }
    Ok(())
}

/// The place that a score stands for; every score is one.
fn place_of(score: f64) -> Option<Point> {
    Some(Point::decode(score as u64))
}

/// Writes a longitude and a latitude.
pub(super) fn reply_coordinates(call: &mut Call, place: Point) {
    call.reply.array(2);
    for degrees in [place.longitude, place.latitude] {
        call.reply.double_text(coordinate_text(degrees).as_bytes());
    }
}

pub(super) const GEODIST: Command =
    Command::new(Group::Geo, "geodist", Arity::AtLeast(4), Keys(geodist))
        .flags(Flags::READONLY)
        .keys(&[KeySpec::at(1).reads()])
        .args(&[
            Arg::key("key"),
            Arg::string("member1"),
            Arg::string("member2"),
            UNIT.optional(),
        ])
        .since("3.2.0")
        .cost("O(1)")
        .summary("Returns the distance between two members.");

fn geodist(call: &mut Call) -> CommandResult {
    let args = call.args;
    let metres = match args.len() {
        4 => 1.0,
        5 => metres_in(&args, 4)?,
        _ => return Err(CommandError::SYNTAX),
    };
    let seed = call.db.seed();
    let set = call.db.collection::<SortedSet>(&args.key(1))?;
    let place = |index| place_of(set?.score(args.get(index), seed)?);
    match (place(2), place(3)) {
        (Some(one), Some(other)) => {
            let distance = one.distance_m(other) / metres;
            call.reply.bulk(distance_text(distance).as_bytes());
        }
        _ => call.reply.nil(),
    }
    Ok(())
}
