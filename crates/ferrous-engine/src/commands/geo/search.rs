//! Searching an area.

use ferrous_types::SortedSet;
use ferrous_types::geo::{Area, Point};
use ferrous_types::sorted_set::{AddRules, ScoreBound};

use super::options::{Form, Options, Order};
use super::read::reply_coordinates;
use super::unit::distance_text;
use crate::call::Call;
use crate::commands::sorted_set::store;
use crate::error::CommandResult;

/// A member in the area.
struct Hit {
    member: Vec<u8>,
    score: f64,
    place: Point,
    distance_m: f64,
}

/// Answers a call of one of the commands that search.
pub(super) fn search(call: &mut Call, form: Form) -> CommandResult {
    let (args, seed) = (call.args, call.db.seed());
    let set = call.db.collection::<SortedSet>(&args.key(form.source()))?;
    let options = Options::parse(&args, form, set, seed)?;
    let hits = match (set, options.area()) {
        (Some(set), Some(area)) => sorted(hits(set, &area, &options), &options),
        _ => Vec::new(),
    };
    match options.store_at {
        Some(index) => store_hits(call, form, index, &hits, &options),
        None => reply_hits(call, &hits, &options),
    }
    Ok(())
}

/// The members in the area, in the order of the cells that cover it.
fn hits(set: &SortedSet, area: &Area, options: &Options) -> Vec<Hit> {
    let enough = options.count.filter(|_| options.any).unwrap_or(usize::MAX);
    let members = area.cells().flat_map(|cell| {
        let min = ScoreBound::Included(cell.start as f64);
        let max = ScoreBound::Excluded(cell.end as f64);
        set.range(set.ranks_by_score(min, max))
    });
    let within = members.filter_map(|entry| {
        let place = Point::decode(entry.score as u64);
        let distance_m = area.distance_m(place)?;
        Some(Hit {
            member: entry.member.to_bytes().into_owned(),
            score: entry.score,
            place,
            distance_m,
        })
    });
    within.take(enough).collect()
}

/// As many of the hits as were asked for, in the order that was asked for; the nearest, unless any will do.
fn sorted(mut hits: Vec<Hit>, options: &Options) -> Vec<Hit> {
    let nearest = options.count.is_some() && !options.any;
    match options.order.or(nearest.then_some(Order::Ascending)) {
        Some(Order::Ascending) => {
            hits.sort_by(|one, other| one.distance_m.total_cmp(&other.distance_m));
        }
        Some(Order::Descending) => {
            hits.sort_by(|one, other| other.distance_m.total_cmp(&one.distance_m));
        }
        None => {}
    }
    hits.truncate(options.count.unwrap_or(usize::MAX));
    hits
}

fn store_hits(call: &mut Call, form: Form, index: usize, hits: &[Hit], options: &Options) {
    let (limits, seed) = (call.limits.sorted_set, call.db.seed());
    let mut set = SortedSet::new();
    for hit in hits {
        let score = if options.store_distances {
            hit.distance_m / options.metres
        } else {
            hit.score
        };
        // A distance is a number, for no place is infinitely far away.
        let _ = set.add(&hit.member, score, AddRules::default(), limits, seed);
    }
    let event = match form {
        Form::SearchStore => "geosearchstore",
        _ => "georadiusstore",
    };
    let destination = call.args.key(index);
    store(call, &destination, set, event);
}

fn reply_hits(call: &mut Call, hits: &[Hit], options: &Options) {
    let shown = options.shown;
    call.reply.array(hits.len());
    for hit in hits {
        if shown.len() > 0 {
            call.reply.array(1 + shown.len());
        }
        call.reply.bulk(&hit.member);
        if shown.distance {
            let distance = hit.distance_m / options.metres;
            call.reply.bulk(distance_text(distance).as_bytes());
        }
        if shown.geohash {
            call.reply.integer(hit.score as i64);
        }
        if shown.coordinates {
            reply_coordinates(call, hit.place);
        }
    }
}
