//! The order of elements, by number or by text.

use std::cmp::Ordering;

use ferrous_types::number::parse_f64;

use super::Item;
use super::options::{By, Options};
use crate::error::{CommandError, CommandResult};
use crate::keyspace::Db;

const NOT_NUMBERS: CommandError =
    CommandError::fixed("ERR One or more scores can't be converted into double");

/// The elements in the order that the options ask for. O(n log n).
///
/// # Errors
/// When they are to be ordered by numbers and one is none.
pub(super) fn ordered(
    db: &mut Db<'_, '_>,
    elements: Vec<Item>,
    options: &Options<'_>,
) -> CommandResult<Vec<Item>> {
    match (options.by, options.alpha) {
        (By::Nothing, _) => Ok(elements),
        (By::Element, true) => {
            let mut elements = elements;
            sort(&mut elements, options.descending, Ord::cmp);
            Ok(elements)
        }
        (By::Element, false) => by_number(elements, options, number),
        (By::Pattern(pattern), true) => {
            let keyed = elements.into_iter();
            // Elements without a text come first, and so does `None`.
            let mut keyed: Vec<_> = keyed.map(|item| (pattern.value(db, &item), item)).collect();
            sort(&mut keyed, options.descending, |one, two| one.0.cmp(&two.0));
            Ok(keyed.into_iter().map(|(_, item)| item).collect())
        }
        (By::Pattern(pattern), false) => by_number(elements, options, |element| {
            // What is not there counts as 0.
            pattern
                .value(db, element)
                .map_or(Some(0.0), |text| number(&text))
        }),
    }
}

fn by_number(
    elements: Vec<Item>,
    options: &Options<'_>,
    mut number: impl FnMut(&[u8]) -> Option<f64>,
) -> CommandResult<Vec<Item>> {
    let scored = elements
        .into_iter()
        .map(|item| number(&item).map(|score| (score, item)));
    let mut scored = scored.collect::<Option<Vec<_>>>().ok_or(NOT_NUMBERS)?;
    // Equal numbers are told apart by the text, so that the outcome is the same everywhere.
    sort(&mut scored, options.descending, |one, two| {
        let by_score = one.0.partial_cmp(&two.0).unwrap_or(Ordering::Equal);
        by_score.then_with(|| one.1.cmp(&two.1))
    });
    Ok(scored.into_iter().map(|(_, item)| item).collect())
}

fn sort<T>(items: &mut [T], descending: bool, compare: impl Fn(&T, &T) -> Ordering) {
    items.sort_by(|one, two| {
        let order = compare(one, two);
        if descending { order.reverse() } else { order }
    });
}

/// The number that a text is, as C reads it: it ends at a NUL, space before it is passed over, and nothing is 0. What
/// is nearer to zero than a double can tell in full precision is out of range.
fn number(text: &[u8]) -> Option<f64> {
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    match text.trim_ascii_start() {
        [] if text.is_empty() => Some(0.0),
        text => parse_f64(text).filter(|number| !number.is_subnormal()),
    }
}
