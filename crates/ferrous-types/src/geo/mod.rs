//! Places on Earth as 52-bit geohashes, and searches around a point.
//!
//! A geohash interleaves 26 bits of latitude with 26 of longitude, the highest first, longitude above
//! latitude. Places with a common prefix share a cell, so an area is a few ranges of geohashes, and a
//! sorted set with geohashes as scores answers what lies there. The arithmetic is that of Redis, step by
//! step, so that coordinates and distances come out the same to the last digit.

mod area;
mod hash;

use std::f64::consts::PI;

pub use self::area::{Area, Cells, Shape};
use self::hash::{Cell, Frame};

/// Longitudes and latitudes that can be stored, in degrees: those of Web Mercator (EPSG:900913).
pub const LONGITUDE_MAX: f64 = 180.0;
/// See [`LONGITUDE_MAX`].
pub const LATITUDE_MAX: f64 = 85.051_128_78;

/// The radius of Earth in metres that distances are computed with.
const EARTH_RADIUS_M: f64 = 6_372_797.560_856;

/// Bits of each coordinate in a stored geohash.
const STEPS_MAX: u32 = 26;

/// Characters of a geohash as text.
pub const TEXT_LEN: usize = 11;

/// A place, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Degrees to the east.
    pub longitude: f64,
    /// Degrees to the north.
    pub latitude: f64,
}

impl Point {
    /// The geohash of the cell that the place lies in, or `None` beyond what can be stored.
    pub fn encode(self) -> Option<u64> {
        let storable = (-LONGITUDE_MAX..=LONGITUDE_MAX).contains(&self.longitude)
            && (-LATITUDE_MAX..=LATITUDE_MAX).contains(&self.latitude);
        storable.then(|| Cell::around(self, STEPS_MAX, Frame::MERCATOR).bits())
    }

    /// The middle of a geohash's cell.
    pub fn decode(geohash: u64) -> Self {
        let bounds = Cell::from_bits(geohash).bounds(Frame::MERCATOR);
        let middle = |low: f64, high: f64, max: f64| f64::midpoint(low, high).clamp(-max, max);
        Self {
            longitude: middle(bounds.west, bounds.east, LONGITUDE_MAX),
            latitude: middle(bounds.south, bounds.north, LATITUDE_MAX),
        }
    }

    /// The standard geohash text of the place, as `GEOHASH` shows it: the last character is always `0`,
    /// for 52 bits fill ten characters and two bits.
    pub fn geohash_text(self) -> [u8; TEXT_LEN] {
        const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
        let bits = Cell::around(self, STEPS_MAX, Frame::STANDARD).bits();
        let mut text = [ALPHABET[0]; TEXT_LEN];
        for (place, character) in text[..TEXT_LEN - 1].iter_mut().enumerate() {
            let shift = 2 * STEPS_MAX as usize - 5 * (place + 1);
            *character = ALPHABET[(bits >> shift & 0x1f) as usize];
        }
        text
    }

    /// The great-circle distance to another place, in metres (haversine formula).
    pub fn distance_m(self, other: Self) -> f64 {
        let half_sine = |one: f64, other: f64| ((other - one) / 2.0).sin();
        let across = half_sine(radians(self.longitude), radians(other.longitude));
        if across == 0.0 {
            return self.distance_along_meridian_m(other);
        }
        let (one, two) = (radians(self.latitude), radians(other.latitude));
        let along = half_sine(one, two);
        let haversine = along * along + one.cos() * two.cos() * across * across;
        2.0 * EARTH_RADIUS_M * haversine.sqrt().asin()
    }

    fn distance_along_meridian_m(self, other: Self) -> f64 {
        EARTH_RADIUS_M * (radians(other.latitude) - radians(self.latitude)).abs()
    }
}

fn radians(degrees: f64) -> f64 {
    degrees * (PI / 180.0)
}

fn degrees(radians: f64) -> f64 {
    radians / (PI / 180.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PALERMO: Point = Point {
        longitude: 13.361_389,
        latitude: 38.115_556,
    };
    const CATANIA: Point = Point {
        longitude: 15.087_269,
        latitude: 37.502_669,
    };

    #[test]
    fn the_examples_of_the_documentation_hold() {
        assert_eq!(PALERMO.encode(), Some(3_479_099_956_230_698));
        assert_eq!(CATANIA.encode(), Some(3_479_447_370_796_909));
        let stored = [PALERMO, CATANIA].map(|place| Point::decode(place.encode().unwrap()));
        assert_eq!(
            format!("{:.4}", stored[0].distance_m(stored[1])),
            "166274.1516"
        );
        assert_eq!(&stored[0].geohash_text(), b"sqc8b49rny0");
        assert_eq!(&stored[1].geohash_text(), b"sqdtr74hyu0");
    }

    #[test]
    fn only_web_mercator_can_be_stored() {
        let at = |longitude, latitude| {
            Point {
                longitude,
                latitude,
            }
            .encode()
        };
        assert!(at(180.0, LATITUDE_MAX).is_some() && at(-180.0, -LATITUDE_MAX).is_some());
        assert_eq!(at(180.1, 0.0), None);
        assert_eq!(at(0.0, 85.06), None);
        assert_eq!(at(f64::NAN, 0.0), None);
    }

    #[test]
    fn any_number_decodes_to_a_place() {
        for geohash in [0, 1, 1 << 52, u64::MAX, u64::MAX / 3] {
            let place = Point::decode(geohash);
            assert!(place.longitude.abs() <= LONGITUDE_MAX && place.latitude.abs() <= LATITUDE_MAX);
        }
    }
}
