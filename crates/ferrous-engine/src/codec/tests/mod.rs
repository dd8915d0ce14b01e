//! Values survive being saved and loaded; what is no value is refused.

mod refusals;
mod round_trips;

use ferrous_types::hash::Seed;

fn seed() -> Seed {
    Seed::new(1, 2)
}
