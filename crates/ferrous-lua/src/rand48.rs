//! The generator behind `math.random`: the 48-bit one of POSIX, so that a seed means the same everywhere.

/// The state of `lrand48`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rand48(u64);

impl Rand48 {
    /// The largest number is below this.
    pub(crate) const BOUND: f64 = i32::MAX as f64;

    /// As before any seed.
    pub(crate) const fn unseeded() -> Self {
        Self(0x1234_abcd_330e)
    }

    /// As `srand48(seed)`.
    pub(crate) fn new(seed: i32) -> Self {
        Self((u64::from(seed as u32) << 16) | 0x330e)
    }

    /// A number in `0..1`.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(0x5_deec_e66d).wrapping_add(0xb) & 0xffff_ffff_ffff;
        let number = (self.0 >> 17) % i32::MAX as u64;
        number as f64 / Self::BOUND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_that_of_released_servers() {
        let mut random = Rand48::new(0);
        let numbers: Vec<_> = (0..3)
            .map(|_| (random.unit() * 1000.0).floor() as i32 + 1)
            .collect();
        assert_eq!(numbers, [171, 750, 97]);
        assert_eq!((Rand48::unseeded().unit() * 1000.0) as i32 + 1, 397);
    }
}
