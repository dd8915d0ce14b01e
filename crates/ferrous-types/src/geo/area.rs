//! The area of a search: what lies in it, and which cells cover it.

use std::ops::Range;

use super::hash::{Bounds, Cell, Frame};
use super::{EARTH_RADIUS_M, Point, STEPS_MAX, degrees, radians};

/// Half of the map's width in metres: the search radius that takes the whole map.
const MERCATOR_MAX_M: f64 = 20_037_726.37;

/// The shape of an area, in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// All that is no further away than the radius.
    Circle {
        /// The radius.
        radius_m: f64,
    },
    /// All that is no further away than half the height along the meridian, and than half the width
    /// along its own parallel.
    Rectangle {
        /// From west to east.
        width_m: f64,
        /// From south to north.
        height_m: f64,
    },
}

/// The area of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Its middle.
    pub center: Point,
    /// Its shape.
    pub shape: Shape,
}

impl Area {
    /// The distance in metres of a place inside from the middle, or `None` outside.
    pub fn distance_m(&self, place: Point) -> Option<f64> {
        match self.shape {
            Shape::Circle { radius_m } => {
                let distance_m = self.center.distance_m(place);
                (distance_m <= radius_m).then_some(distance_m)
            }
            Shape::Rectangle { width_m, height_m } => {
                let same_parallel = Point {
                    latitude: place.latitude,
                    ..self.center
                };
                // Redis refuses what is beyond rather than taking what is within, which differs for NaN.
                let beyond = self.center.distance_along_meridian_m(place) > height_m / 2.0
                    || place.distance_m(same_parallel) > width_m / 2.0;
                (!beyond).then(|| self.center.distance_m(place))
            }
        }
    }

    /// Ranges of geohashes that cover the area, and more, in the order in which Redis searches them: up to
    /// nine cells around the middle, each of about the area's size.
    pub fn cells(&self) -> Cells {
        let reach = self.reach();
        let mut steps = self.steps();
        let around = |steps| Cell::around(self.center, steps, Frame::MERCATOR);
        if steps > 1 && !neighbours_cover(around(steps), reach) {
            steps -= 1;
        }
        let middle = around(steps);
        let bounds = middle.bounds(Frame::MERCATOR);
        // Very large cells are all searched: there, the bounding box may reach around the map.
        let searched = |(east, north): (i32, i32)| {
            steps < 2
                || !(north < 0 && bounds.south < reach.south
                    || north > 0 && bounds.north > reach.north
                    || east < 0 && bounds.west < reach.west
                    || east > 0 && bounds.east > reach.east)
        };
        let mut cells = Cells {
            cells: [None; 9],
            next: 0,
        };
        let mut last = None;
        for (place, (east, north)) in cells.cells.iter_mut().zip(SEARCH_ORDER) {
            let cell = middle.neighbour(east, north);
            // On a small grid, neighbours wrap around to the same cell.
            if searched((east, north)) && last != Some(cell) {
                *place = Some(cell);
                last = Some(cell);
            }
        }
        cells
    }

    /// A box around the area. Beyond the poles, and where a parallel is shorter than the area is wide, its
    /// edges lose their meaning, as they do in Redis.
    fn reach(&self) -> Bounds {
        let (half_width_m, half_height_m) = match self.shape {
            Shape::Circle { radius_m } => (radius_m, radius_m),
            Shape::Rectangle { width_m, height_m } => (width_m / 2.0, height_m / 2.0),
        };
        let Point {
            longitude,
            latitude,
        } = self.center;
        let north = degrees(half_height_m / EARTH_RADIUS_M);
        let widest = if latitude < 0.0 {
            latitude - north
        } else {
            latitude + north
        };
        let east = degrees(half_width_m / EARTH_RADIUS_M / radians(widest).cos());
        Bounds {
            west: longitude - east,
            east: longitude + east,
            south: latitude - north,
            north: latitude + north,
        }
    }

    /// How often to halve the map, so that nine cells cover the area.
    fn steps(&self) -> u32 {
        let mut radius_m = match self.shape {
            Shape::Circle { radius_m } => radius_m,
            Shape::Rectangle { width_m, height_m } => {
                let (width_m, height_m) = (width_m / 2.0, height_m / 2.0);
                (width_m * width_m + height_m * height_m).sqrt()
            }
        };
        if radius_m == 0.0 {
            return STEPS_MAX;
        }
        let mut steps = 1_u32;
        while radius_m < MERCATOR_MAX_M && steps < 2 * STEPS_MAX {
            radius_m *= 2.0;
            steps += 1;
        }
        // Two less make sure that the area fits; towards the poles, degrees of longitude get shorter.
        let short = match self.center.latitude.abs() {
            latitude if latitude > 80.0 => 4,
            latitude if latitude > 66.0 => 3,
            _ => 2,
        };
        steps.saturating_sub(short).clamp(1, STEPS_MAX)
    }
}

/// True when the cells around `middle` reach as far as the box.
fn neighbours_cover(middle: Cell, reach: Bounds) -> bool {
    let bounds = |east, north| middle.neighbour(east, north).bounds(Frame::MERCATOR);
    let short = bounds(0, 1).north < reach.north
        || bounds(0, -1).south > reach.south
        || bounds(1, 0).east < reach.east
        || bounds(-1, 0).west > reach.west;
    !short
}

/// The middle, then the neighbours, as columns to the east and rows to the north.
const SEARCH_ORDER: [(i32, i32); 9] = [
    (0, 0),
    (0, 1),
    (0, -1),
    (1, 0),
    (-1, 0),
    (1, 1),
    (-1, 1),
    (1, -1),
    (-1, -1),
];

/// Ranges of geohashes; see [`Area::cells`].
#[derive(Clone)]
pub struct Cells {
    cells: [Option<Cell>; 9],
    next: usize,
}

impl Iterator for Cells {
    type Item = Range<u64>;

    fn next(&mut self) -> Option<Range<u64>> {
        let rest = &self.cells[self.next..];
        let found = rest.iter().position(Option::is_some)?;
        let cell = rest[found]?;
        self.next += found + 1;
        let shift = 2 * (STEPS_MAX - cell.steps);
        Some(cell.bits() << shift..(cell.bits() + 1) << shift)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Rng;

    /// Places inside an area lie in one of its cells.
    #[test]
    fn cells_cover_the_area() {
        let mut rng = Rng::new(3);
        for _ in 0..2000 {
            let center = Point {
                longitude: rng.unit() * 300.0 - 150.0,
                latitude: rng.unit() * 120.0 - 60.0,
            };
            let radius_m = 10_f64.powf(rng.unit() * 5.0);
            let shape = if rng.below(2) == 0 {
                Shape::Circle { radius_m }
            } else {
                Shape::Rectangle {
                    width_m: radius_m,
                    height_m: radius_m * 3.0,
                }
            };
            let area = Area { center, shape };
            let reach = degrees(3.0 * radius_m / EARTH_RADIUS_M);
            let near = Point {
                longitude: center.longitude + (rng.unit() - 0.5) * reach,
                latitude: center.latitude + (rng.unit() - 0.5) * reach,
            };
            if let Some(geohash) = near.encode()
                && area.distance_m(Point::decode(geohash)).is_some()
            {
                assert!(area.cells().any(|cell| cell.contains(&geohash)), "{area:?}");
            }
        }
    }

    #[test]
    fn the_edge_of_the_map_is_found() {
        let corner = Point {
            longitude: 180.0,
            latitude: 85.051_128_78,
        };
        let shape = Shape::Circle { radius_m: 1.0 };
        let geohash = corner.encode().unwrap();
        let center = Point::decode(geohash);
        let area = Area { center, shape };
        assert!(area.cells().any(|cell| cell.contains(&geohash)));
    }

    #[test]
    fn no_shape_is_too_strange() {
        for size in [0.0, 1e-300, 1e300, f64::INFINITY, f64::NAN, -1.0] {
            for (longitude, latitude) in [(0.0, 0.0), (180.0, 85.0), (-180.0, -85.0)] {
                let center = Point {
                    longitude,
                    latitude,
                };
                let area = Area {
                    center,
                    shape: Shape::Circle { radius_m: size },
                };
                assert!(area.cells().all(|cell| cell.end <= 1 << 54));
                area.distance_m(center);
            }
        }
    }
}
