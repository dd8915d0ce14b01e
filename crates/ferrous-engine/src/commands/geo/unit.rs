//! Units of distance.

use ferrous_types::number::parse_f64;

use crate::args::Args;
use crate::error::{CommandError, CommandResult};

const UNKNOWN: CommandError =
    CommandError::fixed("ERR unsupported unit provided. please use M, KM, FT, MI");

/// The metres in each unit.
const UNITS: [(&str, f64); 4] = [("M", 1.0), ("KM", 1000.0), ("FT", 0.3048), ("MI", 1609.34)];

/// The metres in the unit that argument `index` names.
pub(super) fn metres_in(args: &Args, index: usize) -> CommandResult<f64> {
    let found = UNITS.iter().find(|(name, _)| args.is(index, name));
    found.map(|(_, metres)| *metres).ok_or(UNKNOWN)
}

/// The number in argument `index`, or `error`.
pub(super) fn number(args: &Args, index: usize, error: CommandError) -> CommandResult<f64> {
    parse_f64(args.get(index)).ok_or(error)
}

/// The text of a distance: four digits behind the point.
pub(super) fn distance_text(distance: f64) -> String {
    format!("{distance:.4}")
}
