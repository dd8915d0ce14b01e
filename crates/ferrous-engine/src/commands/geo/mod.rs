//! Places on Earth: sorted sets whose scores are geohashes.

mod add;
mod options;
mod read;
mod search;
mod search_rows;
mod unit;

use ferrous_types::geo::Point;
use ferrous_types::number::parse_f64;

use crate::args::Args;
use crate::call::Command;
use crate::error::{CommandError, CommandResult};

/// The rows of the family.
pub(super) const COMMANDS: &[Command] = &[
    add::GEOADD,
    read::GEODIST,
    read::GEOHASH,
    read::GEOPOS,
    search_rows::GEORADIUS,
    search_rows::GEORADIUSBYMEMBER,
    search_rows::GEORADIUSBYMEMBER_RO,
    search_rows::GEORADIUS_RO,
    search_rows::GEOSEARCH,
    search_rows::GEOSEARCHSTORE,
];

/// The place whose longitude is argument `index` and whose latitude is the next one, and its geohash.
fn parse_place(args: &Args, index: usize) -> CommandResult<(Point, u64)> {
    let degrees = |index| parse_f64(args.get(index)).ok_or(CommandError::NOT_FLOAT);
    let place = Point {
        longitude: degrees(index)?,
        latitude: degrees(index + 1)?,
    };
    let geohash = place.encode().ok_or_else(|| {
        let Point {
            longitude,
            latitude,
        } = place;
        CommandError::new(format!(
            "ERR invalid longitude,latitude pair {longitude:.6},{latitude:.6}"
        ))
    })?;
    Ok((place, geohash))
}

/// The text of a coordinate: 17 digits behind the point, without zeros at the end.
fn coordinate_text(degrees: f64) -> String {
    let text = format!("{degrees:.17}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0" } else { text }.to_owned()
}
