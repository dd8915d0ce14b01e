//! Cells: squares of the grid that halves the map `steps` times in both directions.

use super::{LATITUDE_MAX, LONGITUDE_MAX, Point, STEPS_MAX};

/// The map that the grid divides, symmetric around (0, 0), in degrees.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    longitude_max: f64,
    latitude_max: f64,
}

impl Frame {
    /// What is stored.
    pub(super) const MERCATOR: Self = Self {
        longitude_max: LONGITUDE_MAX,
        latitude_max: LATITUDE_MAX,
    };

    /// What geohash texts elsewhere mean.
    pub(super) const STANDARD: Self = Self {
        longitude_max: LONGITUDE_MAX,
        latitude_max: 90.0,
    };
}

/// The edges of a cell, in degrees.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) west: f64,
    pub(super) east: f64,
    pub(super) south: f64,
    pub(super) north: f64,
}

/// A cell by its column from the west and its row from the south.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    column: u32,
    row: u32,
    pub(super) steps: u32,
}

impl Cell {
    /// The cell that a place of the map lies in.
    pub(super) fn around(place: Point, steps: u32, frame: Frame) -> Self {
        let index = |degrees: f64, max: f64| {
            let share = (degrees + max) / (2.0 * max);
            (share * (1_u64 << steps) as f64) as u32
        };
        Self {
            column: index(place.longitude, frame.longitude_max),
            row: index(place.latitude, frame.latitude_max),
            steps,
        }
    }

    /// The smallest cell with that geohash; bits above the 52 of a geohash lead off the map.
    pub(super) fn from_bits(bits: u64) -> Self {
        Self {
            column: squeeze(bits >> 1),
            row: squeeze(bits),
            steps: STEPS_MAX,
        }
    }

    /// Its geohash, of `2 * steps` bits.
    pub(super) fn bits(self) -> u64 {
        spread(self.column) << 1 | spread(self.row)
    }

    pub(super) fn bounds(self, frame: Frame) -> Bounds {
        let edge = |index: u64, max: f64| {
            let share = index as f64 / (1_u64 << self.steps) as f64;
            -max + share * (2.0 * max)
        };
        let (column, row) = (u64::from(self.column), u64::from(self.row));
        Bounds {
            west: edge(column, frame.longitude_max),
            east: edge(column + 1, frame.longitude_max),
            south: edge(row, frame.latitude_max),
            north: edge(row + 1, frame.latitude_max),
        }
    }

    /// The cell so many columns to the east and rows to the north; the map wraps around at its edges.
    pub(super) fn neighbour(self, east: i32, north: i32) -> Self {
        let mask = (1_u32 << self.steps) - 1;
        // The cell of a place on the very edge lies one beyond the map, and stays there unless it is left.
        let moved = |index: u32, by: i32| match by {
            0 => index,
            by => index.wrapping_add_signed(by) & mask,
        };
        Self {
            column: moved(self.column, east),
            row: moved(self.row, north),
            steps: self.steps,
        }
    }
}

/// Puts bit n of the value at bit 2n.
fn spread(value: u32) -> u64 {
    let mut bits = u64::from(value);
    bits = (bits | bits << 16) & 0x0000_ffff_0000_ffff;
    bits = (bits | bits << 8) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | bits << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | bits << 2) & 0x3333_3333_3333_3333;
    (bits | bits << 1) & 0x5555_5555_5555_5555
}

/// Takes bit 2n as bit n: the inverse of [`spread`].
fn squeeze(bits: u64) -> u32 {
    let mut bits = bits & 0x5555_5555_5555_5555;
    bits = (bits | bits >> 1) & 0x3333_3333_3333_3333;
    bits = (bits | bits >> 2) & 0x0f0f_0f0f_0f0f_0f0f;
    bits = (bits | bits >> 4) & 0x00ff_00ff_00ff_00ff;
    bits = (bits | bits >> 8) & 0x0000_ffff_0000_ffff;
    (bits | bits >> 16) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interleaving_is_undone() {
        for value in [0, 1, 2, 0x0123_4567, 0x3ff_ffff, u32::MAX] {
            assert_eq!(squeeze(spread(value)), value);
            assert_eq!(squeeze(spread(value) << 1), 0);
        }
    }

    #[test]
    fn the_map_wraps_around() {
        let corner = Cell {
            column: 0,
            row: 3,
            steps: 2,
        };
        let next = corner.neighbour(-1, 1);
        assert!((next.column, next.row) == (3, 0));
        assert!(next.neighbour(1, -1) == corner);
    }
}
